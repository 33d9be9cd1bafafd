//! The messages of some clients, each with those who sent and got them.

use core::net::Ipv4Addr;
use std::collections::BTreeMap;

use crate::endpoint::Event;
use crate::link::{self, Arp, LinkType, Mac};
use crate::options::{IP_ADDRESS_LEASE_TIME, REQUESTED_IP_ADDRESS};
use crate::packet::{MessageType, Op, Packet};
use crate::sim::node::Host;
use crate::sim::observer::Sighting;
use crate::time::Instant;

/// How much a ladder has room for.
const ROOM: usize = 120;

/// What happened to a client, in order.
#[derive(Clone, Debug, Default)]
pub struct Ladder {
    /// The client.
    pub client: String,
    /// What happened first.
    pub happenings: Vec<Happening>,
    /// How much happened later.
    pub left_out: u64,
}

/// Something that happened to a client.
#[derive(Clone, Debug)]
pub enum Happening {
    /// A frame from it or about it.
    Frame(Step),
    /// Something that it did or became.
    Note(Instant, String),
}

/// A frame from one to another.
#[derive(Clone, Debug)]
pub struct Step {
    /// When it was sent.
    pub at: Instant,
    /// The place of its segment.
    pub segment: usize,
    /// Who sent it.
    pub from: String,
    /// Whom it is for; none for all on the segment.
    pub to: Option<String>,
    /// What it says.
    pub text: String,
    /// The type of its message; none for ARP.
    pub kind: Option<MessageType>,
    /// When it came; none if it was lost.
    pub came: Option<Instant>,
    /// Whether it came twice.
    pub doubled: bool,
}

/// All ladders.
#[derive(Clone, Debug)]
pub(super) struct Ladders {
    most: usize,
    named: Vec<String>,
    ladders: Vec<Ladder>,
    /// The place of a customer's ladder.
    places: BTreeMap<u32, usize>,
    /// Nodes by address.
    hosts: BTreeMap<Ipv4Addr, String>,
}

impl Ladders {
    pub(super) fn new(most: usize, named: Vec<String>, hosts: BTreeMap<Ipv4Addr, String>) -> Ladders {
        Ladders { most, named, ladders: Vec::new(), places: BTreeMap::new(), hosts }
    }

    pub(super) fn all(&self) -> &[Ladder] {
        &self.ladders
    }

    /// What a client is called, as far as it has a ladder.
    pub(super) fn name(&self, chaddr: &[u8]) -> Option<String> {
        let Host::Customer(number) = Host::of(Mac(*chaddr.first_chunk()?))? else { return None };
        let place = self.places.get(&number)?;
        self.ladders.get(*place).map(|ladder| ladder.client.clone())
    }

    pub(super) fn frame(&mut self, now: Instant, sighting: &Sighting<'_>) {
        let frame = sighting.frame;
        let Some(source) = frame.get(6..).and_then(<[u8]>::first_chunk::<6>).map(|octets| Mac(*octets))
        else {
            return;
        };
        let Some(destination) = frame.first_chunk::<6>().map(|octets| Mac(*octets)) else { return };
        if let Some(Host::Customer(number)) = Host::of(source) {
            self.meet(number, sighting.from);
        }
        let Some((whose, text, kind)) = self.about(frame) else { return };
        let step = Step {
            at: now,
            segment: sighting.segment,
            from: sighting.from.to_owned(),
            to: (destination != Mac::BROADCAST).then(|| self.called(destination, frame)),
            text,
            kind,
            came: sighting.fate.first.or(sighting.fate.second),
            doubled: sighting.fate.second.is_some() && sighting.fate.first.is_some(),
        };
        self.add(whose, Happening::Frame(step));
    }

    /// What a client did or became that its frames do not show.
    pub(super) fn event(&mut self, now: Instant, who: &str, event: &Event) {
        let text = match event {
            Event::Entered(state) => state.to_string(),
            Event::Dropped(dropped) => format!("ignores a message: {}", dropped.reason),
            Event::LeaseEnded(address) => format!("the lease of {address} has ended"),
            Event::Taken(address) => format!("somebody else has {address}"),
            _ => return,
        };
        if let Some(place) = self.place_of(who) {
            self.add(place, Happening::Note(now, text));
        }
    }

    /// Something that begins with a client's name.
    pub(super) fn note(&mut self, now: Instant, what: &str) {
        let told = |ladder: &Ladder| what.strip_prefix(ladder.client.as_str())?.strip_prefix(' ');
        let found = (0..).zip(&self.ladders).find_map(|(place, ladder)| Some((place, told(ladder)?)));
        if let Some((place, text)) = found {
            let text = text.to_owned();
            self.add(place, Happening::Note(now, text));
        }
    }

    /// A customer is seen: it has a ladder if there is room for one or it was named.
    fn meet(&mut self, number: u32, name: &str) {
        let wanted = self.ladders.len() < self.most || self.named.iter().any(|named| named == name);
        if wanted && !self.places.contains_key(&number) {
            self.places.insert(number, self.ladders.len());
            self.ladders.push(Ladder { client: name.to_owned(), ..Ladder::default() });
        }
    }

    /// Whose ladder a frame belongs to, and what it says.
    fn about(&self, frame: &[u8]) -> Option<(usize, String, Option<MessageType>)> {
        if let Some(arp) = Arp::read(frame) {
            let place = self.place(arp.sender_mac).or_else(|| self.place(arp.target_mac))?;
            let text = match arp.operation {
                1 => format!("ARP: who has {}?", arp.target),
                _ => format!("ARP: {} is here", arp.sender),
            };
            return Some((place, text, None));
        }
        let datagram = link::datagram(LinkType::Ethernet, frame).ok()?;
        let packet = Packet::parse(datagram.payload).ok()?;
        let place = self.place(Mac(*packet.chaddr().0.first_chunk()?))?;
        Some((place, says(&packet), packet.message_type()))
    }

    fn place(&self, mac: Mac) -> Option<usize> {
        match Host::of(mac)? {
            Host::Customer(number) => self.places.get(&number).copied(),
            Host::Node(..) | Host::Router(_) => None,
        }
    }

    fn place_of(&self, who: &str) -> Option<usize> {
        self.ladders.iter().position(|ladder| ladder.client == who)
    }

    /// What somebody is called by its hardware address, or by the address that the frame is for.
    fn called(&self, mac: Mac, frame: &[u8]) -> String {
        let client = self.place(mac).and_then(|place| self.ladders.get(place));
        match (client, Host::of(mac)) {
            (Some(ladder), _) => ladder.client.clone(),
            (None, Some(Host::Router(_))) => "router".to_owned(),
            (None, _) => {
                let datagram = link::datagram(LinkType::Ethernet, frame).ok();
                let address = datagram.map(|datagram| *datagram.destination.ip());
                let name = address.and_then(|address| self.hosts.get(&address));
                name.cloned().or_else(|| Some(address?.to_string())).unwrap_or_else(|| "?".to_owned())
            }
        }
    }

    fn add(&mut self, place: usize, happening: Happening) {
        let Some(ladder) = self.ladders.get_mut(place) else { return };
        match ladder.happenings.len() < ROOM {
            true => ladder.happenings.push(happening),
            false => ladder.left_out = ladder.left_out.saturating_add(1),
        }
    }
}

/// A message in a few words.
fn says(packet: &Packet<'_>) -> String {
    let mut text = packet.message_type().and_then(|kind| kind.name()).unwrap_or("BOOTP").to_owned();
    let asked = packet.get(&REQUESTED_IP_ADDRESS).ok().flatten();
    let addresses = [Some(packet.yiaddr()), asked, Some(packet.ciaddr())];
    if let Some(address) = addresses.into_iter().flatten().find(|address| !address.is_unspecified()) {
        text.push_str(&format!(" {address}"));
    }
    if let (true, Ok(Some(seconds))) = (packet.op() == Op::BOOTREPLY, packet.get(&IP_ADDRESS_LEASE_TIME)) {
        text.push_str(&format!(" for {seconds} s"));
    }
    text
}
