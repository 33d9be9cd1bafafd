//! Which address of ours stands for which captured one, by client.

use core::net::Ipv4Addr;
use std::collections::{HashMap, VecDeque};

use foldhash::fast::FixedState;

use crate::lease::ClientKey;

/// The most clients that are known; the one known longest is forgotten for another.
const MOST_CLIENTS: usize = 1 << 16;
/// The most addresses of a client.
const MOST_ADDRESSES: usize = 8;

/// Pairs of a captured address and ours.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    of: HashMap<ClientKey, VecDeque<(Ipv4Addr, Ipv4Addr)>, FixedState>,
    order: VecDeque<ClientKey>,
}

impl Addresses {
    /// What a client was given where another server had given `captured`. Whether that is another address, and new.
    pub(super) fn learn(&mut self, client: &ClientKey, captured: Ipv4Addr, ours: Ipv4Addr) -> bool {
        if captured == ours {
            // Neither stands for another any more.
            if let Some(pairs) = self.of.get_mut(client) {
                pairs.retain(|(from, to)| *from != captured && *to != ours);
            }
            return false;
        }
        if !self.of.contains_key(client) {
            if self.order.len() >= MOST_CLIENTS
                && let Some(oldest) = self.order.pop_front()
            {
                self.of.remove(&oldest);
            }
            self.order.push_back(client.clone());
        }
        let pairs = self.of.entry(client.clone()).or_default();
        if pairs.contains(&(captured, ours)) {
            return false;
        }
        pairs.retain(|(from, to)| *from != captured && *to != ours);
        if pairs.len() >= MOST_ADDRESSES {
            pairs.pop_front();
        }
        pairs.push_back((captured, ours));
        true
    }

    /// Our address for a captured one.
    pub(super) fn ours(&self, client: &ClientKey, captured: Ipv4Addr) -> Option<Ipv4Addr> {
        let pairs = self.of.get(client)?;
        pairs.iter().find(|(from, _)| *from == captured).map(|(_, to)| *to)
    }

    /// All pairs of a client.
    pub(super) fn pairs(&self, client: &ClientKey) -> impl Iterator<Item = (Ipv4Addr, Ipv4Addr)> {
        self.of.get(client).into_iter().flatten().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_both_give_stands_for_no_other() {
        let client = ClientKey::Identifier([1].into());
        let [a, b] = [Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2)];
        let mut addresses = Addresses::default();
        assert!(addresses.learn(&client, a, b));
        assert!(!addresses.learn(&client, a, b));
        assert_eq!(Some(b), addresses.ours(&client, a));
        assert!(!addresses.learn(&client, b, b));
        assert_eq!(None, addresses.ours(&client, a));
        assert_eq!(0, addresses.pairs(&client).count());
    }

    #[test]
    fn clients_and_addresses_are_bounded() {
        let mut addresses = Addresses::default();
        let at = |number: u32| Ipv4Addr::from(0x0a00_0000 + number);
        for number in 0..u32::try_from(MOST_CLIENTS).unwrap() + 10 {
            addresses.learn(&ClientKey::Identifier(number.to_be_bytes().into()), at(number), at(number + 1));
        }
        assert_eq!(MOST_CLIENTS, addresses.of.len());
        let client = ClientKey::Identifier([9].into());
        for number in 0..100 {
            assert!(addresses.learn(&client, at(2 * number), at(2 * number + 1)));
        }
        assert_eq!(MOST_ADDRESSES, addresses.pairs(&client).count());
    }
}
