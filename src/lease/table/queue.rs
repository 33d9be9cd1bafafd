//! Addresses in the order of their arrival, each once.
//!
//! Everything takes constant time: to go to the end, to leave from anywhere, to see who is first. An address takes some
//! thirty octets while it waits.

use core::net::Ipv4Addr;
use std::collections::HashMap;

use super::hash::ByAddress;

/// A line of addresses.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    links: HashMap<Ipv4Addr, Link, ByAddress>,
    first: Option<Ipv4Addr>,
    last: Option<Ipv4Addr>,
}

/// Who stands before and behind an address.
#[derive(Clone, Copy, Debug, Default)]
struct Link {
    before: Option<Ipv4Addr>,
    behind: Option<Ipv4Addr>,
}

impl Queue {
    /// Who is first.
    pub(super) fn first(&self) -> Option<Ipv4Addr> {
        self.first
    }

    /// Puts an address at the end, if it does not wait already.
    pub(super) fn push(&mut self, address: Ipv4Addr) {
        if self.links.contains_key(&address) {
            return;
        }
        let before = self.last.replace(address);
        self.links.insert(address, Link { before, behind: None });
        match before {
            Some(before) => self.change(before, |link| link.behind = Some(address)),
            None => self.first = Some(address),
        }
    }

    /// Puts an address at the front, if it does not wait already.
    pub(super) fn push_front(&mut self, address: Ipv4Addr) {
        if self.links.contains_key(&address) {
            return;
        }
        let behind = self.first.replace(address);
        self.links.insert(address, Link { before: None, behind });
        match behind {
            Some(behind) => self.change(behind, |link| link.before = Some(address)),
            None => self.last = Some(address),
        }
    }

    /// Takes an address out, wherever it stands.
    pub(super) fn remove(&mut self, address: Ipv4Addr) {
        let Some(Link { before, behind }) = self.links.remove(&address) else { return };
        match before {
            Some(before) => self.change(before, |link| link.behind = behind),
            None => self.first = behind,
        }
        match behind {
            Some(behind) => self.change(behind, |link| link.before = before),
            None => self.last = before,
        }
        if self.links.is_empty() {
            self.links.shrink_to(64);
        }
    }

    fn change(&mut self, address: Ipv4Addr, change: impl FnOnce(&mut Link)) {
        if let Some(link) = self.links.get_mut(&address) {
            change(link);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_queue_does_what_a_plain_line_does(steps in prop::collection::vec((0u8..4, 0u8..12), 0..200)) {
            let (mut queue, mut model) = (Queue::default(), VecDeque::new());
            for (what, number) in steps {
                let address = Ipv4Addr::new(192, 0, 2, number);
                match what {
                    0 | 1 if model.contains(&address) => queue.push(address),
                    0 => { queue.push(address); model.push_back(address); }
                    1 => { queue.push_front(address); model.push_front(address); }
                    _ => { queue.remove(address); model.retain(|there| *there != address); }
                }
                prop_assert_eq!(model.front().copied(), queue.first());
                prop_assert_eq!(model.len(), queue.links.len());
            }
            while let Some(address) = queue.first() {
                prop_assert_eq!(model.pop_front(), Some(address));
                queue.remove(address);
            }
            prop_assert!(model.is_empty());
        }
    }
}
