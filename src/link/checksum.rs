//! The internet checksum (RFC 1071).

use core::net::Ipv4Addr;

/// A running one's complement sum of 16-bit words, in the machine's byte order: it is the same sum with its octets swapped
/// (RFC 1071 §2 B), and the machine adds many words at once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum(u64);

impl Sum {
    /// Adds octets; only the last piece added may have an odd length.
    ///
    /// Words of 32 bits fold to the same sum as words of 16 (RFC 1071 §2), in half the steps. Of 2³² such words no sum
    /// wraps; without a check for it at each the machine adds many at once.
    pub(super) fn add(mut self, octets: &[u8]) -> Self {
        let (words, rest) = octets.as_chunks::<4>();
        let words = words.iter().map(|word| u64::from(u32::from_ne_bytes(*word)));
        self.0 = words.fold(self.0, u64::wrapping_add);
        let mut tail = [0; 4];
        for (to, from) in tail.iter_mut().zip(rest) {
            *to = *from;
        }
        self.0 += u64::from(u32::from_ne_bytes(tail));
        self
    }

    /// Adds the pseudo-header of UDP (RFC 768).
    pub(super) fn pseudo_header(self, source: Ipv4Addr, destination: Ipv4Addr, udp_length: u16) -> Self {
        let [high, low] = udp_length.to_be_bytes();
        self.add(&source.octets()).add(&destination.octets()).add(&[0, 17, high, low])
    }

    /// The sum folded to 16 bits, not complemented.
    pub(super) fn folded(self) -> u16 {
        let mut sum = self.0;
        while sum > 0xffff {
            sum = (sum >> 16) + (sum & 0xffff);
        }
        u16::from_be(u16::try_from(sum).unwrap_or(u16::MAX))
    }

    /// The checksum: the complement of the sum.
    pub(super) fn checksum(self) -> u16 {
        !self.folded()
    }
}

/// True if octets that hold their own checksum add up, as an IPv4 header must (RFC 791 §3.1).
#[must_use]
pub fn adds_up(octets: &[u8]) -> bool {
    Sum::default().add(octets).folded() == u16::MAX
}

#[cfg(test)]
mod tests {
    use super::Sum;

    #[test]
    fn the_example_of_rfc_1071_adds_up() {
        let octets = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(0xddf2, Sum::default().add(&octets).folded());
    }

    #[test]
    fn an_odd_octet_counts_as_the_high_half() {
        assert_eq!(0x0302, Sum::default().add(&[1, 2, 2]).folded());
        assert_eq!(!0x0100, Sum::default().add(&[1]).checksum());
    }
}
