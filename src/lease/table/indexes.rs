//! What is looked up beside the slots themselves: free addresses, those at rest, counts, marks of clients.

use core::net::Ipv4Addr;
use std::collections::{BTreeMap, BTreeSet};

use super::queue::Queue;
use super::shares::Offers;
use super::slot::{Slot, State};
use crate::lease::{Binding, Octets, Space};
use crate::time::Instant;

/// How many addresses of a subnet are at what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Bound, a renewal that is being stored included.
    pub bound: u64,
    /// Held for an offer, or being stored for the first time.
    pub offered: u64,
    /// At rest after a DECLINE or an answered probe.
    pub resting: u64,
}

/// What a lease query may ask by, beside the address and option 61 (RFC 4388 §6.2, RFC 6148 §4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Fields htype and chaddr.
    Hardware(u8, Octets),
    /// Sub-option 2 of option 82.
    RemoteId(Octets),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Indexes {
    /// By range, the slots that are free, the longest free first.
    pub(super) free: Vec<Queue>,
    /// By subnet, declined addresses, the one that has rested longest first.
    pub(super) resting: Vec<BTreeSet<(Instant, Ipv4Addr)>>,
    /// By subnet.
    pub(super) tally: Vec<Tally>,
    /// By network, how many addresses are bound, offered or at rest.
    pub(super) used: Vec<u64>,
    /// Offers to strangers.
    pub(super) offers: Offers,
    /// The bound addresses of each mark, if they are wanted.
    pub(super) marks: Option<BTreeMap<Mark, BTreeSet<Ipv4Addr>>>,
}

impl Indexes {
    pub(super) fn new(space: &Space, marks: bool) -> Indexes {
        Indexes {
            free: vec![Queue::default(); space.ranges()],
            resting: vec![BTreeSet::new(); space.subnets()],
            tally: vec![Tally::default(); space.subnets()],
            used: vec![0; space.networks()],
            offers: Offers::new(space.networks()),
            marks: marks.then(BTreeMap::new),
        }
    }

    /// Takes a slot up. A free one goes behind those that are free already, or before them.
    pub(super) fn link(&mut self, space: &Space, address: Ipv4Addr, slot: &Slot, front: bool) {
        self.count(space, address, slot, true);
        match &slot.state {
            State::Free { .. } if slot.storing.is_none() => match self.free(space, address) {
                Some(free) if front => free.push_front(address),
                Some(free) => free.push(address),
                None => {}
            },
            State::Bound(binding) => self.mark(binding, true),
            State::Declined(binding) => {
                if let Some(resting) = self.resting(space, address) {
                    resting.insert((binding.expires, address));
                }
            }
            State::Free { .. } | State::Offered { .. } => {}
        }
    }

    /// Lets a slot go that was taken up as it is.
    pub(super) fn unlink(&mut self, space: &Space, address: Ipv4Addr, slot: &Slot) {
        self.count(space, address, slot, false);
        match &slot.state {
            State::Free { .. } => {
                if let Some(free) = self.free(space, address) {
                    free.remove(address);
                }
            }
            State::Bound(binding) => self.mark(binding, false),
            State::Declined(binding) => {
                if let Some(resting) = self.resting(space, address) {
                    resting.remove(&(binding.expires, address));
                }
            }
            State::Offered { .. } => drop(self.offers.closed(address)),
        }
    }

    fn free(&mut self, space: &Space, address: Ipv4Addr) -> Option<&mut Queue> {
        self.free.get_mut(space.place(address)?.range?)
    }

    fn resting(&mut self, space: &Space, address: Ipv4Addr) -> Option<&mut BTreeSet<(Instant, Ipv4Addr)>> {
        self.resting.get_mut(space.locate(address)?.0)
    }

    fn count(&mut self, space: &Space, address: Ipv4Addr, slot: &Slot, more: bool) {
        let Some((subnet, network)) = space.locate(address) else { return };
        let (Some(tally), Some(used)) = (self.tally.get_mut(subnet), self.used.get_mut(network)) else {
            return;
        };
        let number = match &slot.state {
            State::Bound(_) => &mut tally.bound,
            State::Free { .. } if slot.storing.is_none() => return,
            State::Offered { .. } | State::Free { .. } => &mut tally.offered,
            State::Declined(_) => &mut tally.resting,
        };
        for number in [number, used] {
            *number = if more { number.saturating_add(1) } else { number.saturating_sub(1) };
        }
    }

    fn mark(&mut self, binding: &Binding, set: bool) {
        let Some(marks) = &mut self.marks else { return };
        let hardware = Mark::Hardware(binding.htype, binding.chaddr.clone());
        let remote = binding.remote_id().map(|remote| Mark::RemoteId(remote.into()));
        for mark in core::iter::once(hardware).chain(remote) {
            let addresses = marks.entry(mark.clone()).or_default();
            match set {
                true => addresses.insert(binding.address),
                false => addresses.remove(&binding.address),
            };
            if addresses.is_empty() {
                marks.remove(&mark);
            }
        }
    }
}
