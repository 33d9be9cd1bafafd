//! Who watches a run. Where nobody does, nothing is put into words.

use core::net::Ipv4Addr;

use crate::endpoint::Event;
use crate::time::Instant;

use super::action::Action;
use super::measure::Measures;
use super::path::Fate;

/// Is told of everything that happens.
pub trait Observer {
    /// A frame was put on a segment.
    fn frame(&mut self, now: Instant, frame: &Sighting<'_>);

    /// An endpoint tells something.
    fn event(&mut self, now: Instant, who: &str, event: &Event);

    /// Something else has happened: a power cut, a customer that leaves.
    fn note(&mut self, now: Instant, what: &str);

    /// Something is done to the network, as was planned.
    fn acted(&mut self, _now: Instant, _action: &Action) {}

    /// A server has started on what its store has: of offers, which are not stored, it knows nothing.
    fn started(&mut self, _now: Instant, _who: &str) {}

    /// A server that ran has crashed, between the write of a binding and its answer or whenever it was.
    fn crashed(&mut self, _now: Instant, _who: &str, _on_write: bool) {}

    /// Two hosts use one address.
    fn shared(&mut self, _now: Instant, _address: Ipv4Addr, _hosts: [&str; 2]) {}

    /// This is what had been counted when `now` came. Told before anything happens then.
    fn measured(&mut self, _now: Instant, _measures: &Measures) {}
}

/// All of them are told.
impl Observer for Vec<Box<dyn Observer>> {
    fn frame(&mut self, now: Instant, frame: &Sighting<'_>) {
        self.iter_mut().for_each(|observer| observer.frame(now, frame));
    }

    fn event(&mut self, now: Instant, who: &str, event: &Event) {
        self.iter_mut().for_each(|observer| observer.event(now, who, event));
    }

    fn note(&mut self, now: Instant, what: &str) {
        self.iter_mut().for_each(|observer| observer.note(now, what));
    }

    fn acted(&mut self, now: Instant, action: &Action) {
        self.iter_mut().for_each(|observer| observer.acted(now, action));
    }

    fn started(&mut self, now: Instant, who: &str) {
        self.iter_mut().for_each(|observer| observer.started(now, who));
    }

    fn crashed(&mut self, now: Instant, who: &str, on_write: bool) {
        self.iter_mut().for_each(|observer| observer.crashed(now, who, on_write));
    }

    fn shared(&mut self, now: Instant, address: Ipv4Addr, hosts: [&str; 2]) {
        self.iter_mut().for_each(|observer| observer.shared(now, address, hosts));
    }

    fn measured(&mut self, now: Instant, measures: &Measures) {
        self.iter_mut().for_each(|observer| observer.measured(now, measures));
    }
}

/// A frame and what becomes of it.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// The segment's place in the network.
    pub segment: usize,
    /// Its name.
    pub name: &'a str,
    /// Who sent it.
    pub from: &'a str,
    /// Its octets, from the Ethernet header on.
    pub frame: &'a [u8],
    /// When it comes.
    pub fate: Fate,
}
