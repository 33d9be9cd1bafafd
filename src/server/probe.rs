//! Probes of addresses before they are offered (RFC 2131 §2.2): asked for by the server, carried out by the driver.

use core::net::Ipv4Addr;
use std::collections::{BTreeMap, BTreeSet};

use super::Server;
use super::arrival::{Arrival, Origin};
use crate::endpoint::{DropReason, Dropped, Event, InUse, Output, Rule};
use crate::lease::{ClientKey, Standing};
use crate::packet::Packet;
use crate::time::Instant;

/// The most probes at once: each keeps a message.
const MOST: usize = 4096;
/// The most octets that these messages may have together: 576 each.
const MOST_OCTETS: usize = MOST * 576;

/// The most addresses that are found in use for one message: where all are, and few may rest, there would be no end.
const MOST_FOUND: u8 = 8;

/// A DHCPDISCOVER whose address is being probed.
#[derive(Clone, Debug)]
pub(super) struct Probing {
    client: ClientKey,
    origin: Origin,
    payload: Vec<u8>,
    until: Instant,
}

/// The probes under way: one an address that is held, so bounded by the addresses.
#[derive(Clone, Debug, Default)]
pub(super) struct Probes {
    by_address: BTreeMap<Ipv4Addr, Probing>,
    ends: BTreeSet<(Instant, Ipv4Addr)>,
    octets: usize,
}

impl Probes {
    /// Whether there are so many that strangers have to wait.
    pub(super) fn are_many(&self) -> bool {
        self.by_address.len() >= MOST || self.octets >= MOST_OCTETS
    }

    /// When the next is over without an answer.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.ends.first().map(|(at, _)| *at)
    }

    /// Whether an address is being probed for this client, whose message takes the place of its earlier one.
    pub(super) fn refresh(&mut self, arrival: &Arrival<'_>, address: Ipv4Addr) -> bool {
        let Some(probing) =
            self.by_address.get_mut(&address).filter(|probing| probing.client == arrival.client)
        else {
            return false;
        };
        probing.origin = arrival.origin;
        let before = core::mem::replace(&mut probing.payload, arrival.packet.octets().to_vec());
        let more = self.octets.saturating_add(probing.payload.len());
        self.octets = more.saturating_sub(before.len());
        true
    }

    fn insert(&mut self, address: Ipv4Addr, probing: Probing) {
        self.remove(address);
        self.ends.insert((probing.until, address));
        self.octets = self.octets.saturating_add(probing.payload.len());
        self.by_address.insert(address, probing);
    }

    fn remove(&mut self, address: Ipv4Addr) -> Option<Probing> {
        let probing = self.by_address.remove(&address)?;
        self.ends.remove(&(probing.until, address));
        self.octets = self.octets.saturating_sub(probing.payload.len());
        Some(probing)
    }

    /// The address of the next that is over at `now`.
    fn over(&self, now: Instant) -> Option<Ipv4Addr> {
        self.ends.first().filter(|(at, _)| *at <= now).map(|(_, address)| *address)
    }
}

impl Server {
    /// Holds an address for its client and has it probed.
    pub(super) fn probe(&mut self, arrival: &Arrival<'_>, address: Ipv4Addr) -> Result<(), DropReason> {
        let until = arrival.now() + arrival.plan.config.probe.unwrap_or_default();
        let source = self.is_stranger(arrival).then(|| arrival.source());
        if !self.table.offer(&arrival.client, address, until + arrival.plan.config.offer_hold, source) {
            return Err(DropReason::CommitPending(address));
        }
        let (client, origin) = (arrival.client.clone(), arrival.origin);
        let payload = arrival.packet.octets().to_vec();
        self.probes.insert(address, Probing { client, origin, payload, until });
        self.explain(arrival, || Rule::Probe(address));
        self.outputs.push_back(Output::Probe(address));
        Ok(())
    }

    /// Ends the probes that had no answer.
    pub(super) fn end_probes(&mut self, now: Instant) {
        while let Some(address) = self.probes.over(now) {
            self.probed(now, address, InUse::No);
        }
    }

    /// An address that answers rests, and its client is offered another; one that does not answer is offered.
    pub(super) fn probed(&mut self, now: Instant, address: Ipv4Addr, found: InUse) {
        let Some(Probing { client, origin, payload, .. }) = self.probes.remove(address) else { return };
        if self.table.standing(&client, address) != Standing::Offered {
            return;
        }
        let free = found == InUse::No;
        if !free {
            let until = now + self.plan.config.decline_rest;
            if let Ok(packet) = Packet::parse(&payload) {
                let event = Event::InUse { address, until };
                self.rest(&client, address, (now, until), &packet, event);
            }
        }
        let found = origin.found.saturating_add(u8::from(!free));
        if found < MOST_FOUND {
            self.datagram(Origin { now, probed: free, found, ..origin }, &payload);
            return;
        }
        if let Ok(packet) = Packet::parse(&payload) {
            let (message, xid) = (packet.message_type(), Some(packet.xid()));
            self.event(Event::Dropped(Dropped { message, xid, reason: DropReason::PoolExhausted }));
        }
    }
}
