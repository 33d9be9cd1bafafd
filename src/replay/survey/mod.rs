//! What a capture tells of the servers in it, and a configuration of ours that says the same.
//!
//! A first look at the whole capture: which servers answer, on which subnets, what each client was given. Everything that is
//! kept is bounded; what there is no room for is counted.

mod config;
mod facts;

use core::net::Ipv4Addr;
use std::collections::{BTreeMap, HashMap, VecDeque};

use foldhash::fast::FixedState;

use super::heard::{Heard, Speaker, answers};
use crate::lease::{ClientKey, Octets};
use crate::options::{PARAMETER_REQUEST_LIST, SERVER_IDENTIFIER};
use crate::packet::{MessageType, Packet};
use crate::time::Instant;
pub use config::{Assumed, CannotAssume};
use facts::Facts;

/// The most servers that are told apart.
const MOST_SERVERS: usize = 16;
/// The most requests that are remembered for their answers.
const MOST_REQUESTS: usize = 4096;
/// The most octets of option 55 that are remembered: there are no more codes.
const MOST_ASKED: usize = 256;

/// What a capture tells of the servers in it.
#[derive(Debug, Default)]
pub struct Survey {
    servers: BTreeMap<Ipv4Addr, Facts>,
    requests: HashMap<Key, Asked, FixedState>,
    order: VecDeque<Key>,
    start: Option<Instant>,
    /// Requests so far.
    pub asked: u64,
    /// Replies so far.
    pub replies: u64,
}

/// xid, chaddr, and the type of the request.
type Key = (u32, Octets, Option<MessageType>);

/// What a request says that its answer does not.
#[derive(Clone, Debug)]
struct Asked {
    client: ClientKey,
    /// Option 55.
    list: Option<Vec<u8>>,
    /// Whether it goes on with a lease.
    goes_on: bool,
    at: Option<Instant>,
}

impl Survey {
    /// Hears a message.
    pub fn hear(&mut self, heard: &Heard<'_>) {
        self.start = self.start.or(heard.time);
        let Ok(packet) = Packet::parse(heard.payload) else { return };
        match heard.speaker(&packet) {
            Speaker::Client => self.request(heard, &packet),
            Speaker::Server => self.reply(heard, &packet),
            Speaker::Other => {}
        }
    }

    fn request(&mut self, heard: &Heard<'_>, packet: &Packet<'_>) {
        self.asked = self.asked.saturating_add(1);
        let Ok(client) = ClientKey::of(packet) else { return };
        let key = (packet.xid(), Octets::from(packet.chaddr().0), packet.message_type());
        let goes_on =
            packet.message_type() == Some(MessageType::REQUEST) && !packet.has(SERVER_IDENTIFIER.code);
        let list = packet.value(PARAMETER_REQUEST_LIST.code);
        let list = list.map(|list| list.get(..MOST_ASKED).unwrap_or(&list).to_vec());
        let asked = Asked { client, list, goes_on, at: heard.time };
        if self.requests.insert(key.clone(), asked).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > MOST_REQUESTS
            && let Some(oldest) = self.order.pop_front()
        {
            self.requests.remove(&oldest);
        }
    }

    fn reply(&mut self, heard: &Heard<'_>, packet: &Packet<'_>) {
        self.replies = self.replies.saturating_add(1);
        let Some(server) = heard.server(packet) else { return };
        if !self.servers.contains_key(&server) && self.servers.len() >= MOST_SERVERS {
            return;
        }
        let chaddr = Octets::from(packet.chaddr().0);
        let kinds = [
            Some(MessageType::REQUEST),
            Some(MessageType::DISCOVER),
            Some(MessageType::INFORM),
            Some(MessageType::LEASEQUERY),
            None,
        ];
        let mut fitting = kinds.into_iter().filter(|kind| answers(*kind, packet));
        let asked =
            fitting.find_map(|kind| Some((kind, self.requests.get(&(packet.xid(), chaddr.clone(), kind))?)));
        let facts = self.servers.entry(server).or_default();
        facts.answer(packet, asked);
    }

    /// The server with the most answers; of several the one with the lowest address.
    #[must_use]
    pub fn server(&self) -> Option<Ipv4Addr> {
        let most = self.servers.values().map(Facts::answers).max()?;
        self.servers.iter().find(|(_, facts)| facts.answers() == most).map(|(server, _)| *server)
    }

    /// The servers with how often each answers.
    pub fn servers(&self) -> impl Iterator<Item = (Ipv4Addr, u64)> {
        self.servers.iter().map(|(server, facts)| (*server, facts.answers()))
    }

    /// A configuration that says what a server of the capture does.
    ///
    /// # Errors
    ///
    /// [`CannotAssume`] if it does not answer, or what it gives makes no configuration.
    pub fn assume(&self, server: Ipv4Addr) -> Result<Assumed, CannotAssume> {
        let facts = self.servers.get(&server).ok_or(CannotAssume::NoAnswer(server))?;
        config::assume(server, facts, self.start)
    }
}
