//! What is looked up beside the slots themselves: ends in time, free addresses, counts, marks of clients.

use core::net::Ipv4Addr;
use std::collections::{BTreeMap, BTreeSet};

use super::slot::{Slot, State};
use crate::lease::{Binding, Space};
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
    Hardware(u8, Box<[u8]>),
    /// Sub-option 2 of option 82.
    RemoteId(Box<[u8]>),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Indexes {
    /// When offers, leases and rests end.
    pub(super) timers: BTreeSet<(Instant, Ipv4Addr)>,
    /// By range, the slots that are free, the longest free first.
    pub(super) free: Vec<BTreeSet<(Instant, Ipv4Addr)>>,
    /// By subnet, declined addresses, the one that has rested longest first.
    pub(super) resting: Vec<BTreeSet<(Instant, Ipv4Addr)>>,
    /// By subnet.
    pub(super) tally: Vec<Tally>,
    /// The bound addresses of each mark, if they are wanted.
    pub(super) marks: Option<BTreeMap<Mark, BTreeSet<Ipv4Addr>>>,
}

impl Indexes {
    pub(super) fn new(space: &Space, marks: bool) -> Indexes {
        Indexes {
            timers: BTreeSet::new(),
            free: vec![BTreeSet::new(); space.ranges()],
            resting: vec![BTreeSet::new(); space.subnets()],
            tally: vec![Tally::default(); space.subnets()],
            marks: marks.then(BTreeMap::new),
        }
    }

    /// Takes a slot up.
    pub(super) fn link(&mut self, space: &Space, address: Ipv4Addr, slot: &Slot) {
        self.count(space, address, slot, true);
        match &slot.state {
            State::Free { since } => {
                let range = space.place(address).and_then(|place| place.range);
                if let Some(free) = range.and_then(|range| self.free.get_mut(range)) {
                    free.insert((*since, address));
                }
            }
            State::Offered { until: at, .. } if !at.is_never() => {
                self.timers.insert((*at, address));
            }
            State::Bound(binding) => {
                if !binding.expires.is_never() {
                    self.timers.insert((binding.expires, address));
                }
                self.mark(binding, true);
            }
            State::Declined { until } => {
                self.timers.insert((*until, address));
                if let Some(resting) = self.resting(space, address) {
                    resting.insert((*until, address));
                }
            }
            State::Offered { .. } | State::Committing { .. } => {}
        }
    }

    /// Lets a slot go that was taken up as it is.
    pub(super) fn unlink(&mut self, space: &Space, address: Ipv4Addr, slot: &Slot) {
        self.count(space, address, slot, false);
        match &slot.state {
            State::Free { since } => {
                let range = space.place(address).and_then(|place| place.range);
                if let Some(free) = range.and_then(|range| self.free.get_mut(range)) {
                    free.remove(&(*since, address));
                }
            }
            State::Offered { until: at, .. } => {
                self.timers.remove(&(*at, address));
            }
            State::Bound(binding) => {
                self.timers.remove(&(binding.expires, address));
                self.mark(binding, false);
            }
            State::Declined { until } => {
                self.timers.remove(&(*until, address));
                if let Some(resting) = self.resting(space, address) {
                    resting.remove(&(*until, address));
                }
            }
            State::Committing { .. } => {}
        }
    }

    fn resting(&mut self, space: &Space, address: Ipv4Addr) -> Option<&mut BTreeSet<(Instant, Ipv4Addr)>> {
        self.resting.get_mut(space.locate(address)?.0)
    }

    fn count(&mut self, space: &Space, address: Ipv4Addr, slot: &Slot, more: bool) {
        let Some(tally) = space.locate(address).and_then(|(subnet, _)| self.tally.get_mut(subnet)) else {
            return;
        };
        let number = match &slot.state {
            State::Free { .. } => return,
            State::Bound(_) => &mut tally.bound,
            State::Committing { before, .. } if matches!(**before, State::Bound(_)) => &mut tally.bound,
            State::Offered { .. } | State::Committing { .. } => &mut tally.offered,
            State::Declined { .. } => &mut tally.resting,
        };
        *number = if more { number.saturating_add(1) } else { number.saturating_sub(1) };
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
