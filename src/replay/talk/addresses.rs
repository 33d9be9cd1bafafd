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
    /// What a client was given where another server had given `captured`. Whether that is new.
    pub(super) fn learn(&mut self, client: &ClientKey, captured: Ipv4Addr, ours: Ipv4Addr) -> bool {
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
