//! A journal once more: its inputs to a fresh server at their times, and its outputs compared with what comes.
//!
//! Time goes only as the journal says, so that the same program gives the same octets. Where the server does something
//! else than was recorded, the answers of the store go to the commits that stand in the same place, and what nobody
//! recorded is stored at once.

use core::net::Ipv4Addr;
use std::collections::{HashMap, VecDeque};

use foldhash::fast::FixedState;
use serde_json::{Map, Value};

use super::difference::{Differs, Facet, differences};
use super::journal::{Entry, Row, RowError, Sent, refused, told};
use crate::endpoint::{Arrived, Endpoint, InUse, Input, Instant, Output, Ticket};
use crate::lease::Binding;
use crate::server::{Config, Server};

/// The most bindings of the start: what fits into some hundred MiB.
pub const MOST_LEASES: usize = 1 << 22;

/// A server that lives through a journal.
#[derive(Debug, Default)]
pub struct Rerun {
    server: Option<Server>,
    config: Option<Config>,
    leases: Vec<Binding>,
    step: Step,
    /// Which ticket of this server's a recorded one stands for. What is answered is taken out.
    tickets: HashMap<u64, Ticket, FixedState>,
    /// What was compared.
    pub counts: Counts,
}

/// How much was replayed and compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Inputs of all kinds.
    pub inputs: u64,
    /// Datagrams among them.
    pub datagrams: u64,
    /// Datagrams that were recorded as sent.
    pub sent: u64,
    /// Recorded commits.
    pub commits: u64,
    /// Recorded events.
    pub events: u64,
    /// Differences.
    pub differences: u64,
}

/// An input and what is left of its outputs.
#[derive(Debug, Default)]
struct Step {
    at: Instant,
    line: u64,
    /// The datagram, if it is one.
    payload: Vec<u8>,
    sent: VecDeque<Sent>,
    commits: VecDeque<(Ticket, Row)>,
    probes: VecDeque<Ipv4Addr>,
    events: VecDeque<Map<String, Value>>,
}

/// A difference and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// When.
    pub at: Instant,
    /// The line of the input in the journal.
    pub line: u64,
    /// The datagram that was handled; empty if it was another input.
    pub payload: Vec<u8>,
    /// What differs.
    pub what: What,
}

/// What differs.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A datagram: as recorded, as replayed, where they differ.
    Answer(Vec<u8>, Vec<u8>, Vec<Differs>),
    /// A binding of this address.
    Binding(Ipv4Addr, Vec<Differs>),
    /// An event: as recorded, as replayed.
    Event(Map<String, Value>, Map<String, Value>),
    /// A probe of another address.
    Probe(Ipv4Addr, Ipv4Addr),
    /// Something that only the recorded server did.
    Missing(Done),
    /// Something that only this one did.
    Added(Done),
}

/// Something that a server did.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// It sent these octets.
    Sent(Vec<u8>),
    /// It wanted the binding of this address stored.
    Commit(Ipv4Addr),
    /// It wanted this address probed.
    Probe(Ipv4Addr),
    /// It told this.
    Event(Map<String, Value>),
}

impl Rerun {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Rerun {
        Rerun::default()
    }

    /// Serves this from here on: at the start, or at a reload.
    pub fn configure(&mut self, config: Config) {
        match &mut self.server {
            Some(server) => server.reconfigure(config),
            None => self.config = Some(config),
        }
    }

    /// Whether there is a configuration.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.server.is_some() || self.config.is_some()
    }

    /// Takes a line of the journal that is no configuration, and tells differences.
    ///
    /// # Errors
    ///
    /// [`RowError`] if it has a binding that can't be.
    pub fn take(
        &mut self,
        line: u64,
        entry: Entry,
        tell: &mut dyn FnMut(Difference),
    ) -> Result<(), RowError> {
        match entry {
            Entry::Lease(_) if self.server.is_some() => return Err(RowError::Late),
            Entry::Lease(_) if self.leases.len() >= MOST_LEASES => {
                return Err(RowError::TooMany(MOST_LEASES));
            }
            Entry::Lease(row) => self.leases.push(row.binding()?),
            Entry::Sent(sent) => self.sent(&sent, tell),
            Entry::Commit { ticket, binding } => self.commit(ticket, &binding, tell),
            Entry::Probe { address } => self.probe(address, tell),
            Entry::Event(event) => self.event(event, tell),
            Entry::Recording { .. } | Entry::Config { .. } => {}
            Entry::Host { addresses, interfaces, .. } => {
                self.finish(tell);
                if let Some(server) = self.server() {
                    server.set_addresses(addresses.into_iter().collect());
                    server.set_interfaces(interfaces);
                }
            }
            Entry::End { .. } => self.finish(tell),
            input => self.input(line, &input, tell),
        }
        Ok(())
    }

    /// Tells what is left at the end.
    pub fn finish(&mut self, tell: &mut dyn FnMut(Difference)) {
        self.gather();
        let step = core::mem::take(&mut self.step);
        self.step = Step { at: step.at, line: step.line, ..Step::default() };
        let mut unasked: VecDeque<Ticket> = step.commits.iter().map(|(ticket, _)| *ticket).collect();
        let sent = step.sent.into_iter().map(|sent| Done::Sent(sent.octets.0));
        let commits = step.commits.into_iter().map(|(_, row)| Done::Commit(row.address));
        let probes = step.probes.into_iter().map(Done::Probe);
        let events = step.events.into_iter().map(Done::Event);
        for done in sent.chain(commits).chain(probes).chain(events) {
            self.counts.differences = self.counts.differences.saturating_add(1);
            let what = What::Added(done);
            tell(Difference { at: step.at, line: step.line, payload: step.payload.clone(), what });
        }
        // Nobody recorded an answer to these.
        while let (Some(ticket), Some(server)) = (unasked.pop_front(), &mut self.server) {
            server.handle(step.at, Input::Committed(ticket, Ok(())));
            self.gather();
            unasked.extend(self.step.commits.drain(..).map(|(ticket, _)| ticket));
            for sent in core::mem::take(&mut self.step.sent) {
                self.counts.differences = self.counts.differences.saturating_add(1);
                let what = What::Added(Done::Sent(sent.octets.0));
                tell(Difference { at: step.at, line: step.line, payload: step.payload.clone(), what });
            }
            self.step.events.clear();
        }
    }

    /// The server, which begins with what the journal had said of it.
    fn server(&mut self) -> Option<&mut Server> {
        if self.server.is_none() {
            let config = self.config.take()?;
            self.server = Some(Server::new(config, core::mem::take(&mut self.leases)));
        }
        self.server.as_mut()
    }

    fn input(&mut self, line: u64, entry: &Entry, tell: &mut dyn FnMut(Difference)) {
        self.finish(tell);
        self.counts.inputs = self.counts.inputs.saturating_add(1);
        let at = Instant::from_micros(entry.at().unwrap_or_default());
        self.step = Step { at, line, ..Step::default() };
        let input = match entry {
            Entry::Datagram { from, to, interface, local, octets, .. } => {
                self.counts.datagrams = self.counts.datagrams.saturating_add(1);
                self.step.payload.clone_from(&octets.0);
                let arrived = Arrived { interface: *interface, local: *local };
                Input::Datagram { from: *from, to: *to, arrived, payload: &octets.0 }
            }
            Entry::Stored { ticket, refused: why, .. } => {
                // A commit that this server did not ask for needs no answer.
                let Some(ticket) = self.tickets.remove(ticket) else { return };
                Input::Committed(ticket, why.as_deref().map_or(Ok(()), |why| Err(refused(why))))
            }
            Entry::Probed { address, in_use, .. } => {
                Input::Probed(*address, if *in_use { InUse::Yes } else { InUse::No })
            }
            _ => Input::Deadline,
        };
        if let Some(server) = self.server() {
            server.handle(at, input);
        }
    }

    /// Takes what the server wants, by kind.
    fn gather(&mut self) {
        let Some(server) = &mut self.server else { return };
        while let Some(output) = server.poll() {
            match output {
                Output::Transmit(transmit) => self.step.sent.push_back((&transmit).into()),
                Output::Commit(ticket, commit) => {
                    self.step.commits.push_back((ticket, (&*commit.binding).into()));
                }
                Output::Probe(address) => self.step.probes.push_back(address),
                Output::Event(event) => self.step.events.extend(told(&event)),
            }
        }
    }

    fn differ(&mut self, what: What, tell: &mut dyn FnMut(Difference)) {
        self.counts.differences = self.counts.differences.saturating_add(1);
        let Step { at, line, payload, .. } = &self.step;
        tell(Difference { at: *at, line: *line, payload: payload.clone(), what });
    }

    fn sent(&mut self, recorded: &Sent, tell: &mut dyn FnMut(Difference)) {
        self.counts.sent = self.counts.sent.saturating_add(1);
        self.gather();
        let Some(replayed) = self.step.sent.pop_front() else {
            return self.differ(What::Missing(Done::Sent(recorded.octets.0.clone())), tell);
        };
        let mut found = Vec::new();
        if recorded.to != replayed.to {
            found.push(Differs::of(Facet::Destination, &recorded.to, &replayed.to));
        }
        let way = |sent: &Sent| (sent.answers, sent.interface, sent.local);
        if way(recorded) != way(&replayed) {
            let tell = |sent: &Sent| {
                format!("answers {:?} by {:?} from {}", sent.answers, sent.interface, sent.local)
            };
            found.push(Differs::of(Facet::Destination, tell(recorded), tell(&replayed)));
        }
        found.extend(differences(&recorded.octets.0, &replayed.octets.0));
        if !found.is_empty() {
            self.differ(What::Answer(recorded.octets.0.clone(), replayed.octets.0, found), tell);
        }
    }

    fn commit(&mut self, ticket: u64, recorded: &Row, tell: &mut dyn FnMut(Difference)) {
        self.counts.commits = self.counts.commits.saturating_add(1);
        self.gather();
        let Some((ours, replayed)) = self.step.commits.pop_front() else {
            return self.differ(What::Missing(Done::Commit(recorded.address)), tell);
        };
        self.tickets.insert(ticket, ours);
        let found = rows(recorded, &replayed);
        if !found.is_empty() {
            self.differ(What::Binding(recorded.address, found), tell);
        }
    }

    fn probe(&mut self, recorded: Ipv4Addr, tell: &mut dyn FnMut(Difference)) {
        self.gather();
        match self.step.probes.pop_front() {
            None => self.differ(What::Missing(Done::Probe(recorded)), tell),
            Some(replayed) if replayed != recorded => self.differ(What::Probe(recorded, replayed), tell),
            Some(_) => {}
        }
    }

    fn event(&mut self, recorded: Map<String, Value>, tell: &mut dyn FnMut(Difference)) {
        self.counts.events = self.counts.events.saturating_add(1);
        self.gather();
        match self.step.events.pop_front() {
            None => self.differ(What::Missing(Done::Event(recorded)), tell),
            Some(replayed) if replayed != recorded => self.differ(What::Event(recorded, replayed), tell),
            Some(_) => {}
        }
    }
}

/// Where two bindings differ.
fn rows(before: &Row, now: &Row) -> Vec<Differs> {
    let octets = |octets: &Option<super::journal::Octets>| {
        octets.as_ref().map_or("none".to_owned(), |octets| crate::options::text::Hex(&octets.0).to_string())
    };
    let parts = |row: &Row| {
        [
            ("address", row.address.to_string()),
            ("subnet", format!("{}/{}", row.subnet, row.prefix)),
            ("client", format!("{:?}", row.client)),
            ("hardware address", format!("{} {}", row.htype, octets(&Some(row.chaddr.clone())))),
            ("host name", octets(&row.host_name)),
            ("option 82", octets(&row.relay)),
            ("state", format!("{:?}", row.state)),
            ("since", Instant::from_micros(row.since).to_string()),
            ("expires", row.expires.map_or("never".to_owned(), |at| Instant::from_micros(at).to_string())),
        ]
    };
    let pairs = parts(before).into_iter().zip(parts(now));
    let differing = pairs.filter(|((_, before), (_, now))| before != now);
    differing.map(|((name, before), (_, now))| Differs::of(Facet::Binding(name), before, now)).collect()
}
