//! A few octets of a client's, kept in place: most identifiers are short, and a lease has four of them.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

/// The most octets that are kept in place: a type octet and a DUID of a time and an Ethernet address take 15.
const INLINE: usize = 22;

/// Octets that do not change. Up to 22 take no allocation. Equal, ordered and hashed as the slice that they are.
#[derive(Clone)]
pub struct Octets(Kept);

#[derive(Clone)]
enum Kept {
    /// The first so many of these.
    Here(u8, [u8; INLINE]),
    Elsewhere(Box<[u8]>),
}

impl Octets {
    /// How many of them are allocated, as more than 22 are.
    #[must_use]
    pub fn allocated(&self) -> usize {
        match &self.0 {
            Kept::Here(..) => 0,
            Kept::Elsewhere(octets) => octets.len(),
        }
    }
}

impl Deref for Octets {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Kept::Here(length, octets) => octets.get(..usize::from(*length)).unwrap_or(octets),
            Kept::Elsewhere(octets) => octets,
        }
    }
}

impl From<&[u8]> for Octets {
    #[inline]
    fn from(octets: &[u8]) -> Octets {
        let mut here = [0; INLINE];
        match (here.get_mut(..octets.len()), u8::try_from(octets.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(octets);
                Octets(Kept::Here(length, here))
            }
            _ => Octets(Kept::Elsewhere(octets.into())),
        }
    }
}

impl<const N: usize> From<[u8; N]> for Octets {
    fn from(octets: [u8; N]) -> Octets {
        octets.as_slice().into()
    }
}

impl<const N: usize> From<&[u8; N]> for Octets {
    fn from(octets: &[u8; N]) -> Octets {
        octets.as_slice().into()
    }
}

impl From<Vec<u8>> for Octets {
    fn from(octets: Vec<u8>) -> Octets {
        octets.as_slice().into()
    }
}

impl From<Box<[u8]>> for Octets {
    fn from(octets: Box<[u8]>) -> Octets {
        octets.as_ref().into()
    }
}

impl AsRef<[u8]> for Octets {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl PartialEq for Octets {
    #[inline]
    fn eq(&self, other: &Octets) -> bool {
        **self == **other
    }
}

impl Eq for Octets {}

impl PartialOrd for Octets {
    fn partial_cmp(&self, other: &Octets) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Octets {
    fn cmp(&self, other: &Octets) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for Octets {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_what_their_slice_is_here_or_elsewhere() {
        assert_eq!(24, size_of::<Octets>());
        let long: Vec<u8> = (0..=255).collect();
        for length in [0, 1, 6, INLINE, INLINE + 1, 255] {
            let octets = Octets::from(&long[..length]);
            assert_eq!(long[..length], *octets);
            assert_eq!(octets, Octets::from(long[..length].to_vec()));
            assert_eq!(length <= INLINE, matches!(octets.0, Kept::Here(..)), "{length}");
            let shorter = Octets::from(&long[..length.saturating_sub(1)]);
            assert_eq!(length.cmp(&0), octets.cmp(&shorter));
        }
    }
}
