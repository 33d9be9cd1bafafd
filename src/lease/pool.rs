//! Which addresses there are to give: ranges within a subnet.

use core::fmt;
use core::net::Ipv4Addr;
use core::ops::RangeInclusive;

/// The most addresses that a pool may have.
const MAX_ADDRESSES: u64 = 1 << 20;

/// A subnet: an address and its prefix length. Shown as `10.67.0.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subnet {
    network: Ipv4Addr,
    prefix: u8,
}

impl Subnet {
    /// The subnet that `address` is in, if the prefix length is 0 to 32.
    #[must_use]
    pub fn of(address: Ipv4Addr, prefix: u8) -> Option<Subnet> {
        let mask = mask(prefix)?;
        Some(Subnet { network: Ipv4Addr::from(u32::from(address) & mask), prefix })
    }

    /// The subnet that `address` is in by its mask, if the mask's ones stand before its zeros.
    #[must_use]
    pub fn with_mask(address: Ipv4Addr, mask: Ipv4Addr) -> Option<Subnet> {
        let bits = u32::from(mask);
        let prefix = u8::try_from(bits.leading_ones()).ok()?;
        (bits.count_ones() == bits.leading_ones()).then(|| Subnet::of(address, prefix)).flatten()
    }

    /// The subnet mask (option 1).
    #[must_use]
    pub fn mask(&self) -> Ipv4Addr {
        Ipv4Addr::from(mask(self.prefix).unwrap_or_default())
    }

    /// The prefix length.
    #[must_use]
    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    /// The address whose host bits are zero.
    #[must_use]
    pub fn network(&self) -> Ipv4Addr {
        self.network
    }

    /// The address whose host bits are ones.
    #[must_use]
    pub fn broadcast(&self) -> Ipv4Addr {
        self.network | !self.mask()
    }

    /// Whether an address lies in the subnet.
    #[must_use]
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        address & self.mask() == self.network
    }
}

fn mask(prefix: u8) -> Option<u32> {
    match prefix {
        0 => Some(0),
        1..=32 => Some(u32::MAX << (32 - u32::from(prefix))),
        _ => None,
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

/// Why addresses make no pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolError {
    /// The first address is behind the last.
    Reversed(Ipv4Addr, Ipv4Addr),
    /// An address that is not in the subnet.
    Outside(Ipv4Addr, Subnet),
    /// More addresses than a pool may have.
    TooMany(u64),
    /// An address that the subnet itself uses.
    Reserved(Ipv4Addr, &'static str),
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PoolError::Reversed(first, last) => {
                write!(f, "{first} is behind {last}; the first address comes first")
            }
            PoolError::Outside(address, subnet) => write!(f, "{address} is not in {subnet}"),
            PoolError::TooMany(found) => {
                write!(f, "there are {found} addresses, at most {MAX_ADDRESSES} are allowed")
            }
            PoolError::Reserved(address, what) => write!(f, "{address} is {what}"),
        }
    }
}

impl core::error::Error for PoolError {}

/// A range of addresses in a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    subnet: Subnet,
    first: Ipv4Addr,
    last: Ipv4Addr,
}

impl Pool {
    /// The addresses from `first` to `last`, both included.
    ///
    /// # Errors
    ///
    /// [`PoolError`] if they are reversed, too many, not in the subnet, or its network or broadcast address.
    pub fn new(subnet: Subnet, first: Ipv4Addr, last: Ipv4Addr) -> Result<Pool, PoolError> {
        if first > last {
            return Err(PoolError::Reversed(first, last));
        }
        if let Some(outside) = [first, last].into_iter().find(|address| !subnet.contains(*address)) {
            return Err(PoolError::Outside(outside, subnet));
        }
        if subnet.prefix() < 31 {
            if first == subnet.network() {
                return Err(PoolError::Reserved(first, "the network's own address"));
            }
            if last == subnet.broadcast() {
                return Err(PoolError::Reserved(last, "the network's broadcast address"));
            }
        }
        let pool = Pool { subnet, first, last };
        match pool.size() {
            ..=MAX_ADDRESSES => Ok(pool),
            found => Err(PoolError::TooMany(found)),
        }
    }

    /// The subnet.
    #[must_use]
    pub fn subnet(&self) -> Subnet {
        self.subnet
    }

    /// The addresses.
    #[must_use]
    pub fn range(&self) -> RangeInclusive<Ipv4Addr> {
        self.first..=self.last
    }

    /// How many addresses there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        u64::from(u32::from(self.last) - u32::from(self.first)) + 1
    }

    /// Whether an address is one of the pool's.
    #[must_use]
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        self.range().contains(&address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Ipv4Addr {
        text.parse().unwrap()
    }

    #[test]
    fn a_pool_lies_in_its_subnet() {
        let subnet = Subnet::of(ip("10.67.0.9"), 24).unwrap();
        assert_eq!("10.67.0.0/24", subnet.to_string());
        assert_eq!(ip("255.255.255.0"), subnet.mask());
        for (first, last, want) in [
            ("10.67.0.10", "10.67.0.253", Ok(244)),
            ("10.67.0.20", "10.67.0.10", Err(PoolError::Reversed(ip("10.67.0.20"), ip("10.67.0.10")))),
            ("10.67.0.10", "10.67.1.10", Err(PoolError::Outside(ip("10.67.1.10"), subnet))),
            (
                "10.67.0.0",
                "10.67.0.1",
                Err(PoolError::Reserved(ip("10.67.0.0"), "the network's own address")),
            ),
        ] {
            assert_eq!(
                want,
                Pool::new(subnet, ip(first), ip(last)).map(|pool| pool.size()),
                "{first}-{last}"
            );
        }
        let all = Subnet::of(ip("0.0.0.0"), 0).unwrap();
        assert_eq!(Err(PoolError::TooMany(1 << 24)), Pool::new(all, ip("10.0.0.0"), ip("10.255.255.255")));
    }

    #[test]
    fn masks_have_their_ones_first() {
        for (mask, want) in [("255.255.255.0", Some(24)), ("0.0.0.0", Some(0)), ("255.0.255.0", None)] {
            let subnet = Subnet::with_mask(ip("10.67.0.9"), ip(mask));
            assert_eq!(want, subnet.map(|subnet| subnet.prefix()), "{mask}");
        }
    }
}
