//! To whom an address was bound, and from when to when.

use core::net::Ipv4Addr;
use std::collections::BTreeMap;

use crate::endpoint::Event;
use crate::lease::Binding;
use crate::time::Instant;

/// How many spans an address has room for.
const ROOM: usize = 200;

/// An address of a server, and to whom it was bound.
#[derive(Clone, Debug)]
pub struct Line {
    /// The server.
    pub server: String,
    /// The address.
    pub address: Ipv4Addr,
    /// To whom it was bound, the first ones.
    pub spans: Vec<Span>,
    /// How many came later.
    pub left_out: u64,
}

/// A client that had an address.
#[derive(Clone, Debug)]
pub struct Span {
    /// The client.
    pub client: String,
    /// From when on.
    pub from: Instant,
    /// Until when; none if it was so when the run ended.
    pub until: Option<Instant>,
    /// How often the lease was extended.
    pub renewed: u64,
    /// How it ended.
    pub ending: Ending,
}

/// How a lease ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// It had not when the run did.
    Not,
    /// The client gave the address back.
    Released,
    /// Its time was over.
    Expired,
    /// The client found the address in use.
    Declined,
    /// Another client was given the address.
    Passed,
}

/// All lines.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    most: usize,
    lines: BTreeMap<(Ipv4Addr, String), Line>,
    /// Addresses that had no room: at most as many as there are addresses to give.
    missed: std::collections::BTreeSet<Ipv4Addr>,
}

impl Lines {
    pub(super) fn new(most: usize) -> Lines {
        Lines { most, lines: BTreeMap::new(), missed: std::collections::BTreeSet::new() }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Line> {
        self.lines.values()
    }

    pub(super) fn left_out(&self) -> usize {
        self.missed.len()
    }

    pub(super) fn event(
        &mut self,
        now: Instant,
        server: &str,
        event: &Event,
        name: impl Fn(&[u8]) -> Option<String>,
    ) {
        match event {
            Event::Bound(binding) => {
                let client = name(&binding.chaddr).unwrap_or_else(|| binding.client.to_string());
                self.bound(now, server, binding, client);
            }
            Event::Released(binding) => self.end(now, server, binding.address, Ending::Released),
            Event::Expired(binding) => self.end(now, server, binding.address, Ending::Expired),
            Event::Declined { address, .. } => self.end(now, server, *address, Ending::Declined),
            _ => {}
        }
    }

    fn bound(&mut self, now: Instant, server: &str, binding: &Binding, client: String) {
        let Some(line) = self.line(server, binding.address) else { return };
        if let Some(open) = line.spans.last_mut().filter(|span| span.until.is_none()) {
            if open.client == client {
                open.renewed = open.renewed.saturating_add(1);
                return;
            }
            (open.until, open.ending) = (Some(now), Ending::Passed);
        }
        match line.spans.len() < ROOM {
            true => line.spans.push(Span { client, from: now, until: None, renewed: 0, ending: Ending::Not }),
            false => line.left_out = line.left_out.saturating_add(1),
        }
    }

    fn end(&mut self, now: Instant, server: &str, address: Ipv4Addr, ending: Ending) {
        let line = self.lines.get_mut(&(address, server.to_owned()));
        if let Some(span) = line.and_then(|line| line.spans.last_mut()).filter(|span| span.until.is_none()) {
            (span.until, span.ending) = (Some(now), ending);
        }
    }

    fn line(&mut self, server: &str, address: Ipv4Addr) -> Option<&mut Line> {
        let key = (address, server.to_owned());
        if self.lines.len() >= self.most && !self.lines.contains_key(&key) {
            self.missed.insert(address);
            return None;
        }
        let new = || Line { server: server.to_owned(), address, spans: Vec::new(), left_out: 0 };
        Some(self.lines.entry(key).or_insert_with(new))
    }
}
