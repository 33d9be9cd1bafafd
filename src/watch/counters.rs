//! What a server counts, and what it is at: the numbers behind the metrics and the statistics.

use std::collections::BTreeMap;
use std::time::Duration;

use super::histogram::Histogram;
use super::script::ScriptCounts;
use super::socket_queue::SocketQueue;
use crate::endpoint::{Event, Refused};
use crate::net::Skipped;
use crate::packet::Packet;
use crate::time::Instant;

/// Counts by name. The names are the program's own, never a client's, so that there is a bound.
pub type ByName = BTreeMap<&'static str, u64>;

/// The types that are told from the start, so that a rate has a beginning.
const RECEIVED: [&str; 5] = ["DISCOVER", "REQUEST", "DECLINE", "RELEASE", "INFORM"];
const SENT: [&str; 3] = ["OFFER", "ACK", "NAK"];

/// Datagrams that the driver did not look at, by whose they were and why: `direct` or `relayed`, `full` or `stale`.
const SKIPPED: [&str; 4] = ["direct-full", "direct-stale", "relayed-full", "relayed-stale"];
/// Bounds of the time that a write of the store takes, in microseconds.
const WRITES: [u64; 14] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000,
];
/// Bounds of the number of bindings in one write.
const BATCHES: [u64; 11] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/// What has happened since the start. Only the serving thread counts, so that the numbers of a snapshot agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters {
    /// Messages that came, by type.
    pub received: ByName,
    /// Messages that were sent, by type.
    pub sent: ByName,
    /// Messages that could not be sent.
    pub send_errors: u64,
    /// Messages that were ignored, by reason.
    pub dropped: ByName,
    /// Requests that were refused by a DHCPNAK, by reason.
    pub refused: ByName,
    /// What became of offers and leases.
    pub leases: ByName,
    /// Bindings that the store was asked to keep.
    pub commits: u64,
    /// Bindings that the store did not keep.
    pub commit_errors: u64,
    /// How long writes of the store took, in microseconds.
    pub writes: Histogram,
    /// How many bindings were in each.
    pub batches: Histogram,
    /// Datagrams that were not looked at because more came than could be handled.
    pub skipped: ByName,
    /// Messages and other inputs that made the server panic.
    pub panics: u64,
    /// Reloads of the configuration that were carried out.
    pub reloads: u64,
    /// Reloads that kept the old configuration, because the new one was wrong.
    pub reload_errors: u64,
    /// When the configuration in force was loaded.
    pub loaded: Instant,
}

impl Counters {
    /// Nothing has happened, and the configuration was loaded at `now`.
    #[must_use]
    pub fn new(now: Instant) -> Counters {
        let zero = |names: &[&'static str]| names.iter().map(|name| (*name, 0)).collect();
        Counters {
            received: zero(&RECEIVED),
            sent: zero(&SENT),
            send_errors: 0,
            dropped: ByName::new(),
            refused: ByName::new(),
            leases: zero(&["offered", "bound", "released", "expired", "declined"]),
            commits: 0,
            commit_errors: 0,
            writes: Histogram::new(&WRITES),
            batches: Histogram::new(&BATCHES),
            skipped: zero(&SKIPPED),
            panics: 0,
            reloads: 0,
            reload_errors: 0,
            loaded: now,
        }
    }

    /// A message of a type came ([`type_name`]).
    pub fn received(&mut self, kind: &'static str) {
        add(&mut self.received, kind);
    }

    /// A message of a type was sent, or could not be.
    pub fn sent(&mut self, kind: &'static str, sent: bool) {
        match sent {
            true => add(&mut self.sent, kind),
            false => self.send_errors += 1,
        }
    }

    /// The endpoint told something.
    pub fn event(&mut self, event: &Event) {
        let lease = match event {
            Event::Dropped(dropped) => return add(&mut self.dropped, dropped.reason.name()),
            Event::Refused { why, .. } => return add(&mut self.refused, why.name()),
            Event::Offered { .. } => "offered",
            Event::OfferLapsed { .. } => "offer-lapsed",
            Event::Bound(..) => "bound",
            Event::Released(_) => "released",
            Event::Expired(_) => "expired",
            Event::Declined { .. } => "declined",
            Event::InUse { .. } => "in-use",
            Event::Rested(_) => "rested",
            _ => return,
        };
        add(&mut self.leases, lease);
    }

    /// Datagrams were not looked at.
    pub fn skipped(&mut self, skipped: &Skipped) {
        let Skipped { direct_full, direct_stale, relayed_full, relayed_stale } = *skipped;
        for (name, count) in SKIPPED.into_iter().zip([direct_full, direct_stale, relayed_full, relayed_stale])
        {
            *self.skipped.entry(name).or_default() += count;
        }
    }

    /// The store answered a batch, after so long.
    pub fn stored(&mut self, results: &[Result<(), Refused>], took: Duration) {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        self.writes.record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        self.batches.record(count(results.len()));
        self.commits += count(results.len());
        self.commit_errors += count(results.iter().filter(|result| result.is_err()).count());
    }
}

fn add(counts: &mut ByName, name: &'static str) {
    *counts.entry(name).or_default() += 1;
}

/// The type of a message as a label: `none` without option 53, `other` without a name, `unreadable` without a header.
#[must_use]
pub fn type_name(payload: &[u8]) -> &'static str {
    match Packet::parse(payload).map(|packet| packet.message_type()) {
        Ok(Some(kind)) => kind.name().unwrap_or("other"),
        Ok(None) => "none",
        Err(_) => "unreadable",
    }
}

/// The addresses of one subnet. The states add up to `size`, with those that are free.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolUse {
    /// The subnet, as `10.67.0.0/24`.
    pub subnet: String,
    /// Addresses that can be given.
    pub size: u64,
    /// Addresses that are bound to a client.
    pub bound: u64,
    /// Addresses that are held for a client.
    pub offered: u64,
    /// Addresses at rest, because somebody was found using them.
    pub declined: u64,
}

impl PoolUse {
    /// Addresses that nobody has, or whose first binding is being stored.
    #[must_use]
    pub fn free(&self) -> u64 {
        let used = [self.bound, self.offered, self.declined];
        used.iter().fold(self.size, |left, used| left.saturating_sub(*used))
    }
}

/// What a server is at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// When it started.
    pub started: Instant,
    /// Its subnets.
    pub pools: Vec<PoolUse>,
    /// Bindings that wait for the store.
    pub commits_pending: u64,
    /// The system's receive queue, where it tells.
    pub socket: Option<SocketQueue>,
    /// What became of the runs of the event script, where there is one.
    pub script: Option<ScriptCounts>,
    /// Log lines that were counted instead of written.
    pub log_suppressed: u64,
    /// Log lines and captured messages that could not be written.
    pub log_errors: u64,
}

/// Counters and gauges of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// What has happened.
    pub counters: Counters,
    /// What is.
    pub gauges: Gauges,
}

impl Default for Snapshot {
    fn default() -> Snapshot {
        Snapshot { counters: Counters::new(Instant::EPOCH), gauges: Gauges::default() }
    }
}
