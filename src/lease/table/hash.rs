//! A quick hash of addresses.
//!
//! Which addresses there are is the configuration's choice, not a stranger's, so that a fixed hash will do. Keys that
//! clients choose are hashed with the standard library's own secret.

use core::hash::{BuildHasherDefault, Hasher};

/// Builds the hasher.
pub(super) type ByAddress = BuildHasherDefault<AddressHasher>;

/// Multiplies by the golden ratio, so that neighbours lie far apart, and lets the high half come down.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AddressHasher(u64);

/// 2^64 divided by the golden ratio, odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for AddressHasher {
    #[inline]
    fn write(&mut self, octets: &[u8]) {
        octets.iter().for_each(|octet| self.write_u32(u32::from(*octet)));
    }

    #[inline]
    fn write_u32(&mut self, value: u32) {
        self.0 = (self.0.rotate_left(8) ^ u64::from(value)).wrapping_mul(GOLDEN);
    }

    /// The length of an array says nothing.
    #[inline]
    fn write_usize(&mut self, _: usize) {}

    #[inline]
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

#[cfg(test)]
mod tests {
    use core::hash::{BuildHasher, BuildHasherDefault};
    use core::net::Ipv4Addr;
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn neighbours_lie_apart_in_both_halves() {
        let hash = |number: u32| {
            BuildHasherDefault::<AddressHasher>::default().hash_one(Ipv4Addr::from(0x0a00_0000 + number))
        };
        let hashes: Vec<u64> = (0..65_536).map(hash).collect();
        let low: BTreeSet<u64> = hashes.iter().map(|hash| hash & 0xffff).collect();
        let high: BTreeSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
        assert!(low.len() > 38_000, "{} of 65,536 places used", low.len());
        assert_eq!(128, high.len());
    }
}
