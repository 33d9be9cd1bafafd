//! Faults of servers and stores that were real ones elsewhere, planted where a server meets its world, so that what looks
//! for faults can be seen to find some. The server itself has no switch for any of them.

use core::net::Ipv4Addr;
use std::collections::VecDeque;

use super::clock::Clock;
use super::disk::Disk;
use super::node::{Node, NodeId, place};
use super::peek;
use super::world::World;
use crate::endpoint::Event;
use crate::lease::{Binding, BindingState};
use crate::packet::MessageType;

/// A fault of a server that should have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// The server takes a binding for stored while it is being written.
    EarlyAck,
    /// The store says that a binding is durable when the last ones would not outlive a crash.
    LyingDisk,
    /// The store has lost an entry when the server starts again.
    LostEntry,
    /// Leases end for the server before they do for its clients.
    EarlyExpiry,
    /// The server does not let a declined address rest.
    NoRest,
    /// The server forgets what it has offered.
    NoHold,
    /// The server does not hear that an address is in use.
    Deaf,
}

impl Plant {
    /// All of them, with their names and what they are.
    pub const ALL: [(Plant, &'static str, &'static str); 7] = [
        (Plant::EarlyAck, "early-ack", "acknowledges a binding while it is being written"),
        (Plant::LyingDisk, "lying-disk", "says that a binding is durable when a crash would lose it"),
        (Plant::LostEntry, "lost-entry", "has lost a binding when the server starts again"),
        (Plant::EarlyExpiry, "early-expiry", "lets leases end before their time"),
        (Plant::NoRest, "no-rest", "does not let declined addresses rest"),
        (Plant::NoHold, "no-hold", "forgets what it has offered"),
        (Plant::Deaf, "deaf", "does not hear a DHCPDECLINE"),
    ];

    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Plant> {
        Plant::ALL.into_iter().find(|(_, known, _)| *known == name).map(|(plant, ..)| plant)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Plant::ALL.iter().find(|(plant, ..)| *plant == self).map_or("", |(_, name, _)| name)
    }
}

/// How many bindings a lying disk has not written yet.
const UNWRITTEN: usize = 2;
/// A clock under which leases last eight ninths of their time, in parts in a million.
const HASTE: i32 = 125_000;

/// A fault in a store or its server.
#[derive(Clone, Debug)]
pub(super) struct Planted {
    pub(super) plant: Plant,
    /// What the store had before its last writes.
    unwritten: VecDeque<(Ipv4Addr, Option<Binding>)>,
    /// Whether the server is to forget what it has not stored.
    forgets: bool,
}

impl World {
    /// Plants a fault in all servers that should be there.
    pub fn plant_fault(&mut self, plant: Plant) {
        for number in 0..self.nodes.len() {
            let serving = self.nodes.get_mut(number).and_then(Node::serving);
            let Some(serving) = serving.filter(|serving| !serving.rogue) else { continue };
            serving.disk.planted = Some(Planted { plant, unwritten: VecDeque::new(), forgets: false });
            if plant == Plant::EarlyExpiry {
                let id = NodeId(u32::try_from(number).unwrap_or(u32::MAX));
                self.set_clock(id, Clock::new(0, HASTE));
            }
        }
    }

    /// A server has told something; with some faults it is to forget that.
    pub(super) fn may_forget(&mut self, number: u32, event: &Event) {
        let serving = self.nodes.get_mut(place(number)).and_then(Node::serving);
        let Some(planted) = serving.and_then(|serving| serving.disk.planted.as_mut()) else { return };
        planted.forgets |= match planted.plant {
            Plant::NoHold => matches!(event, Event::Offered { .. }),
            Plant::NoRest => matches!(event, Event::Declined { .. }),
            _ => false,
        };
    }

    /// Whether a server does not hear a message.
    pub(super) fn is_deaf(&mut self, number: u32, payload: &[u8]) -> bool {
        let serving = self.nodes.get_mut(place(number)).and_then(Node::serving);
        let planted = serving.and_then(|serving| serving.disk.planted.as_ref());
        planted.is_some_and(|planted| planted.plant == Plant::Deaf)
            && peek::kind(payload) == MessageType::DECLINE
    }

    /// Lets a server forget, as if it had started anew, once nothing is on its way to the store.
    pub(super) fn forget(&mut self, number: u32) {
        let Some(serving) = self.nodes.get_mut(place(number)).and_then(Node::serving) else { return };
        if serving.disk.is_idle() && serving.disk.planted.as_ref().is_some_and(|planted| planted.forgets) {
            self.revive(number);
        }
    }
}

impl Planted {
    /// A store keeps something; what it keeps in truth, and what it had before.
    pub(super) fn keeps(&mut self, binding: &mut Binding, before: Option<&Binding>) {
        match self.plant {
            Plant::LyingDisk => {
                self.unwritten.push_back((binding.address, before.cloned()));
                if self.unwritten.len() > UNWRITTEN {
                    self.unwritten.pop_front();
                }
            }
            Plant::NoRest if binding.state == BindingState::Declined => {
                binding.state = BindingState::Released;
            }
            _ => {}
        }
    }

    /// The server starts on what its store has.
    pub(super) fn starts(&mut self) {
        self.forgets = false;
    }

    /// What a crash undoes, the last first.
    pub(super) fn undone(&mut self) -> Option<(Ipv4Addr, Option<Binding>)> {
        self.unwritten.pop_back()
    }

    /// What is missing at a start of what was written: the binding that was stored last.
    pub(super) fn lose(&self, bindings: &mut Vec<Binding>) {
        if self.plant == Plant::LostEntry
            && let Some(last) = bindings.iter().map(|binding| (binding.since, binding.address)).max()
        {
            bindings.retain(|binding| (binding.since, binding.address) != last);
        }
    }
}

impl Disk {
    /// Whether the server takes for stored what is being written.
    pub(super) fn is_hasty(&self) -> bool {
        self.planted.as_ref().is_some_and(|planted| planted.plant == Plant::EarlyAck)
    }
}
