//! What one server of a capture gives.

use core::net::Ipv4Addr;
use std::collections::BTreeMap;

use super::Asked;
use crate::endpoint::Instant;
use crate::lease::ClientKey;
use crate::options::{Code, IP_ADDRESS_LEASE_TIME, REBINDING_TIME, RENEWAL_TIME, SUBNET_MASK};
use crate::packet::{Area, FILE, MessageType, Packet, SNAME};
use crate::server::config::is_own;

/// The most clients whose gifts are remembered.
const MOST_CLIENTS: usize = 1 << 16;
/// The most addresses of a client.
const MOST_ADDRESSES: usize = 8;
/// The most octets of options of a client.
const MOST_OCTETS: usize = 4096;
/// The most octets of options of all clients of a server.
const MOST_OF_ALL: usize = 64 << 20;
/// The most different numbers of a kind that are counted.
const MOST_NUMBERS: usize = 64;

/// How often each of some numbers was seen.
pub(super) type Numbers = BTreeMap<u32, u64>;

/// What one server gives.
#[derive(Debug, Default)]
pub(super) struct Facts {
    answers: u64,
    /// Octets of options of all clients.
    octets: usize,
    pub(super) clients: BTreeMap<ClientKey, Given>,
    /// Clients for whom there was no room.
    pub(super) lost: u64,
    pub(super) leases: Numbers,
    pub(super) t1: Numbers,
    pub(super) t2: Numbers,
    pub(super) naks: u64,
    pub(super) rapid: bool,
    pub(super) bootp: bool,
    pub(super) query: bool,
}

/// What one client was given.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) htype: u8,
    pub(super) chaddr: Vec<u8>,
    /// Addresses, each with the mask and the relay agent that came with it.
    pub(super) addresses: BTreeMap<Ipv4Addr, Whence>,
    /// Options with their values, and whether each came unasked.
    pub(super) options: BTreeMap<Code, (Vec<u8>, bool)>,
    octets: usize,
    pub(super) next_server: Option<Ipv4Addr>,
    pub(super) server_name: Option<Vec<u8>>,
    pub(super) boot_file: Option<Vec<u8>>,
    /// A lease that it had when the capture began: the address, when it was seen, for how many seconds it was given then.
    pub(super) earlier: Option<(Ipv4Addr, Option<Instant>, u32)>,
}

/// Where an address is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Whence {
    pub(super) mask: Option<Ipv4Addr>,
    pub(super) relay: Option<Ipv4Addr>,
    /// Whether the server gave it; an address that a client has from elsewhere only tells of its subnet.
    pub(super) given: bool,
}

impl Facts {
    pub(super) fn answers(&self) -> u64 {
        self.answers
    }

    /// Learns from an answer, and the request that it answers.
    pub(super) fn answer(&mut self, packet: &Packet<'_>, asked: Option<(Option<MessageType>, &Asked)>) {
        self.answers = self.answers.saturating_add(1);
        let kind = packet.message_type();
        match kind {
            Some(MessageType::NAK) => self.naks = self.naks.saturating_add(1),
            Some(MessageType::LEASEACTIVE | MessageType::LEASEUNASSIGNED | MessageType::LEASEUNKNOWN) => {
                self.query = true;
            }
            None => self.bootp = true,
            Some(MessageType::ACK) if asked.is_some_and(|(kind, _)| kind == Some(MessageType::DISCOVER)) => {
                self.rapid = true;
            }
            _ => {}
        }
        if !matches!(kind, None | Some(MessageType::OFFER | MessageType::ACK)) {
            return;
        }
        let key = asked.map(|(_, asked)| asked.client.clone()).or_else(|| ClientKey::of(packet).ok());
        let Some(key) = key else { return };
        let full = self.clients.len() >= MOST_CLIENTS || self.octets > MOST_OF_ALL;
        if full && !self.clients.contains_key(&key) {
            self.lost = self.lost.saturating_add(1);
            return;
        }
        let lease = packet.get(&IP_ADDRESS_LEASE_TIME).ok().flatten();
        for (key, numbers) in [
            (&IP_ADDRESS_LEASE_TIME, &mut self.leases),
            (&RENEWAL_TIME, &mut self.t1),
            (&REBINDING_TIME, &mut self.t2),
        ] {
            if let Ok(Some(seconds)) = packet.get(key)
                && (numbers.len() < MOST_NUMBERS || numbers.contains_key(&seconds))
            {
                let count = numbers.entry(seconds).or_default();
                *count = count.saturating_add(1);
            }
        }
        let new = !self.clients.contains_key(&key);
        let given = self.clients.entry(key).or_default();
        let before = given.octets;
        given.learn(packet, asked.and_then(|(_, asked)| asked.list.as_deref()));
        self.octets = self.octets.saturating_sub(before).saturating_add(given.octets);
        if let Some((_, asked)) = asked.filter(|(_, asked)| asked.goes_on && new)
            && kind == Some(MessageType::ACK)
        {
            let lease = (packet.yiaddr(), asked.at, lease.unwrap_or(u32::MAX));
            given.earlier.get_or_insert(lease);
        }
    }
}

impl Given {
    fn learn(&mut self, packet: &Packet<'_>, asked: Option<&[u8]>) {
        self.htype = packet.htype();
        self.chaddr = packet.chaddr().0.to_vec();
        let set = |address: Ipv4Addr| Some(address).filter(|address| !address.is_unspecified());
        let mask = packet.get(&SUBNET_MASK).ok().flatten();
        let relay = set(packet.giaddr());
        let host = |address: &Ipv4Addr| {
            let [first, ..] = address.octets();
            (1..224).contains(&first) && !address.is_loopback()
        };
        let address = set(packet.yiaddr()).or_else(|| set(packet.ciaddr()));
        if let Some(address) = address.filter(host)
            && (self.addresses.len() < MOST_ADDRESSES || self.addresses.contains_key(&address))
        {
            let whence = self.addresses.entry(address).or_default();
            whence.mask = mask.or(whence.mask);
            whence.relay = relay.or(whence.relay);
            whence.given |= address == packet.yiaddr();
        }
        self.next_server = set(packet.siaddr()).or(self.next_server);
        let overloaded =
            |name: &'static str| packet.areas().any(|(area, _)| area != Area::Options && area.name() == name);
        let name = |octets: &[u8], field: &'static str| {
            let end = octets.iter().position(|octet| *octet == 0).unwrap_or(octets.len());
            octets.get(..end).filter(|name| !name.is_empty() && !overloaded(field)).map(<[u8]>::to_vec)
        };
        // A field needs room for a zero octet at its end.
        let short = |name: &Vec<u8>, size: usize| name.len() < size;
        let server_name = name(packet.sname(), SNAME.name).filter(|name| short(name, SNAME.size));
        self.server_name = server_name.or_else(|| self.server_name.take());
        let boot_file = name(packet.file(), FILE.name).filter(|name| short(name, FILE.size));
        self.boot_file = boot_file.or_else(|| self.boot_file.take());
        for part in packet.instances() {
            self.option(packet, part.code, asked);
        }
    }

    fn option(&mut self, packet: &Packet<'_>, code: Code, asked: Option<&[u8]>) {
        if is_own(code) || code == SUBNET_MASK.code {
            return;
        }
        let Some(value) = packet.value(code) else { return };
        let right = crate::options::tree::tree(code.layout(), &value).1.is_none();
        let before = self.options.get(&code).map_or(0, |(value, _)| value.len());
        let octets = self.octets.saturating_sub(before).saturating_add(value.len());
        if !right || octets > MOST_OCTETS {
            return;
        }
        self.octets = octets;
        // Who gives no list gets everything.
        let unasked = asked.is_some_and(|asked| !asked.contains(&code.0));
        self.options.insert(code, (value.into_owned(), unasked));
    }
}
