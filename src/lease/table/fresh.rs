//! The addresses of a range that nobody had yet.

use core::net::Ipv4Addr;

use super::queue::Queue;

/// Addresses from one on, and those before it that were offered and came back.
#[derive(Clone, Debug, Default)]
pub(super) struct Fresh {
    /// From here on nobody had any.
    next: Option<Ipv4Addr>,
    back: Queue,
}

impl Fresh {
    /// All addresses from `first` on.
    pub(super) fn from(first: Option<Ipv4Addr>) -> Fresh {
        Fresh { next: first, back: Queue::default() }
    }

    /// The first that `used` does not say is in use: those that were never offered before those that came back, the
    /// one that has been back for longest first. `after` is the address that follows another.
    pub(super) fn find(
        &mut self,
        used: impl Fn(Ipv4Addr) -> bool,
        after: impl Fn(Ipv4Addr) -> Option<Ipv4Addr>,
    ) -> Option<Ipv4Addr> {
        while let Some(address) = self.next {
            if !used(address) {
                return Some(address);
            }
            self.next = after(address);
        }
        self.back.first()
    }

    /// An address comes to be used.
    pub(super) fn take(&mut self, address: Ipv4Addr) {
        self.back.remove(address);
    }

    /// An address was used, and nobody had it after all.
    pub(super) fn give_back(&mut self, address: Ipv4Addr) {
        if self.next.is_none_or(|next| address < next) {
            self.back.push(address);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn ip(number: u8) -> Ipv4Addr {
        Ipv4Addr::new(192, 0, 2, number)
    }

    proptest! {
        #[test]
        fn there_is_a_fresh_address_as_long_as_one_is_not_used(steps in prop::collection::vec(0u8..20, 0..200)) {
            let (mut fresh, mut used) = (Fresh::from(Some(ip(0))), BTreeSet::new());
            for number in steps {
                // Addresses 0 to 9 are asked for; those of 10 to 19 mean the next fresh one.
                let next = |at: Ipv4Addr| (at < ip(9)).then(|| ip(at.octets()[3] + 1));
                let found = fresh.find(|address| used.contains(&address), next);
                prop_assert_eq!(used.len() < 10, found.is_some());
                prop_assert!(found.is_none_or(|found| !used.contains(&found)));
                let address = if number < 10 { Some(ip(number)) } else { found };
                let Some(address) = address else { continue };
                if used.remove(&address) {
                    fresh.give_back(address);
                } else {
                    used.insert(address);
                    fresh.take(address);
                }
            }
        }
    }
}
