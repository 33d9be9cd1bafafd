//! From a message to a frame on a segment: headers, hardware address, and what the segment does to it.

use core::net::{Ipv4Addr, SocketAddrV4};

use super::dice::Dice;
use super::flight::Flight;
use super::node::{Host, SegmentId, place};
use super::observer::Sighting;
use super::path::Fate;
use super::peek;
use super::world::{Due, World};
use crate::link::{Arp, Envelope, Mac};
use crate::packet::MessageType;

/// A message on its way out.
pub(super) struct Letter<'a> {
    pub(super) from: Host,
    pub(super) segment: SegmentId,
    pub(super) source: SocketAddrV4,
    pub(super) destination: SocketAddrV4,
    /// The hardware address, where the sender knows it without asking.
    pub(super) mac: Option<Mac>,
    pub(super) payload: &'a [u8],
}

impl World {
    /// Sends a message.
    pub(super) fn send(&mut self, letter: &Letter<'_>, lawful: bool) {
        let kind = peek::kind(letter.payload);
        *self.measures.messages.entry(kind.0).or_default() += 1;
        let matters = matches!(kind, MessageType::ACK | MessageType::RELEASE | MessageType::DECLINE);
        if matters && lawful {
            self.law.sent(self.now, letter.payload);
        }
        let address = *letter.destination.ip();
        let mac = letter.mac.or_else(|| self.resolve(letter.segment, address));
        let Some(destination_mac) = mac else {
            self.measures.unreachable += 1;
            self.note(|world| format!("{}: no way to {address}", world.name(letter.from)));
            return;
        };
        let (slot, mut octets) = self.flights.buffer();
        let source_mac = letter.from.mac();
        let envelope =
            Envelope { source: letter.source, destination: letter.destination, source_mac, destination_mac };
        match envelope.append_ethernet(letter.payload, &mut octets) {
            Ok(()) => self.put(slot, letter.segment, letter.from, octets),
            Err(_) => self.flights.put_back(slot, octets),
        }
    }

    /// Asks on a segment who has an address.
    pub(super) fn ask_who_has(&mut self, from: Host, segment: SegmentId, address: Ipv4Addr) {
        let arp = Arp::probe(from.mac(), address);
        self.put_arp(from, segment, &arp, Mac::BROADCAST);
    }

    pub(super) fn put_arp(&mut self, from: Host, segment: SegmentId, arp: &Arp, to: Mac) {
        let (slot, mut octets) = self.flights.buffer();
        octets.extend_from_slice(&arp.ethernet(to));
        self.put(slot, segment, from, octets);
    }

    /// Puts a frame on a segment.
    pub(super) fn put(&mut self, slot: u32, segment: SegmentId, from: Host, octets: Vec<u8>) {
        self.measures.frames += 1;
        self.measures.octets += u64::try_from(octets.len()).unwrap_or_default();
        let fate = self.fate(segment, from, &octets);
        self.show(segment, from, &octets, fate);
        if fate.first.is_none() {
            self.measures.lost += 1;
        }
        if let Some(at) = fate.second {
            self.measures.doubled += 1;
            let (copy, mut buffer) = self.flights.buffer();
            buffer.extend_from_slice(&octets);
            self.flights.set_out(copy, Flight { segment: segment.0, octets: buffer });
            self.queue.push(at, Due::Frame(copy));
        }
        match fate.first {
            Some(at) => {
                self.flights.set_out(slot, Flight { segment: segment.0, octets });
                self.queue.push(at, Due::Frame(slot));
            }
            None => self.flights.put_back(slot, octets),
        }
    }

    /// What becomes of a frame.
    fn fate(&mut self, segment: SegmentId, from: Host, octets: &[u8]) -> Fate {
        let plugged = match from {
            Host::Node(node, _) => self.nodes.get(place(node)).is_some_and(|node| node.plugged),
            Host::Customer(_) | Host::Router(_) => true,
        };
        let there = self.segments.get(place(segment.0)).filter(|there| there.up && plugged);
        let Some(uncertain) = there.map(|there| there.quality.is_uncertain()) else {
            return Fate::default();
        };
        let mut dice = uncertain.then(|| self.dice(from, octets));
        let Some(there) = self.segments.get_mut(place(segment.0)) else { return Fate::default() };
        there.quality.carry(self.now, octets.len(), &mut there.free, dice.as_mut())
    }

    /// The numbers for a frame: of the customer whose it is, so that one more customer changes no other's luck.
    fn dice(&mut self, from: Host, octets: &[u8]) -> Dice {
        let seed = self.seed;
        let whose = match (from, peek::chaddr(octets).and_then(Host::of)) {
            (_, Some(customer @ Host::Customer(_))) => customer,
            (from, _) => from,
        };
        match whose {
            Host::Customer(number) => match self.customers.get_mut(place(number)) {
                Some(customer) => customer.dice(seed),
                None => Dice::of(seed, number.into(), 0),
            },
            Host::Node(number, _) => match self.nodes.get_mut(place(number)) {
                Some(node) => {
                    node.draws = node.draws.wrapping_add(1);
                    Dice::of(seed, node.stream, node.draws)
                }
                None => Dice::of(seed, number.into(), 0),
            },
            Host::Router(segment) => Dice::of(seed, u64::MAX - u64::from(segment), self.measures.frames),
        }
    }

    /// The hardware address to which a segment's hosts send what is for an address.
    fn resolve(&self, segment: SegmentId, address: Ipv4Addr) -> Option<Mac> {
        if address.is_broadcast() {
            return Some(Mac::BROADCAST);
        }
        match self.locate(address) {
            Some((host, there)) if there == segment => Some(host.mac()),
            Some(_) if self.routed => Some(Host::Router(segment.0).mac()),
            _ => None,
        }
    }

    /// Who has an address, and on which segment.
    pub(super) fn locate(&self, address: Ipv4Addr) -> Option<(Host, SegmentId)> {
        if let Some(found) = self.fixed.get(&address) {
            return Some(*found);
        }
        let holder = *self.holders.get(&address)?;
        let Host::Customer(number) = holder else { return None };
        let population = self.customers.get(place(number))?.population;
        Some((holder, self.populations.get(place(population))?.segment))
    }

    fn show(&mut self, segment: SegmentId, from: Host, frame: &[u8], fate: Fate) {
        if self.observer.is_none() {
            return;
        }
        let from = self.name(from);
        let number = place(segment.0);
        let Some(there) = self.segments.get(number) else { return };
        let sighting = Sighting { segment: number, name: &there.name, from: &from, frame, fate };
        if let Some(observer) = &mut self.observer {
            observer.frame(self.now, &sighting);
        }
    }
}
