//! A server's store as it fails: slowly, for want of room, by refusing, and between the write and the answer.

use core::net::Ipv4Addr;
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::io::ErrorKind;

use crate::endpoint::{Refused, Ticket};
use crate::lease::{Binding, Commit};
use crate::store::{LeaseStore, LoadError};
use crate::time::Instant;

/// How a store behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Temper {
    /// How long a batch takes to be durable.
    pub latency: Duration,
    /// The share of commits that it refuses as unwritable.
    pub refuse: f64,
    /// How many bindings it has room for; none for any number.
    pub room: Option<usize>,
    /// Whether it writes at all.
    pub broken: bool,
}

/// A store whose contents outlive its server.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// How it behaves.
    pub temper: Temper,
    /// Whether the server crashes when the next commit is durable and not answered.
    pub crash_on_write: bool,
    kept: BTreeMap<Ipv4Addr, Binding>,
    waiting: VecDeque<Write>,
    free: Instant,
}

/// A commit under way.
#[derive(Clone, Debug)]
pub(super) struct Write {
    pub(super) done: Instant,
    pub(super) ticket: Ticket,
    pub(super) commit: Commit,
    pub(super) refused: bool,
}

impl Disk {
    /// A store that behaves so.
    #[must_use]
    pub fn new(temper: Temper) -> Disk {
        Disk { temper, ..Disk::default() }
    }

    /// When a batch that is handed over now will be durable: behind all that went before.
    pub(super) fn accept(&mut self, now: Instant) -> Instant {
        self.free = self.free.max(now) + self.temper.latency;
        self.free
    }

    pub(super) fn wait(&mut self, write: Write) {
        self.waiting.push_back(write);
    }

    /// The next commit that is durable, or refused, by now.
    pub(super) fn done(&mut self, now: Instant) -> Option<Write> {
        let due = self.waiting.front().is_some_and(|write| write.done <= now);
        if due { self.waiting.pop_front() } else { None }
    }

    /// Whether it can write a commit.
    pub(super) fn accepts(&self, commit: &Commit, refused: bool) -> Result<(), Refused> {
        let full = self.temper.room.is_some_and(|room| self.kept.len() >= room);
        match commit.binding.address {
            _ if self.temper.broken || refused => Err(Refused::Unwritable(ErrorKind::Other)),
            address if full && !self.kept.contains_key(&address) => Err(Refused::Full),
            _ => Ok(()),
        }
    }

    /// Writes what it has accepted.
    pub(super) fn keep(&mut self, commit: Commit) {
        self.kept.insert(commit.binding.address, commit.binding);
    }

    /// The server has crashed: what is not durable is gone.
    pub(super) fn crash(&mut self) {
        self.waiting.clear();
        self.free = Instant::EPOCH;
        self.crash_on_write = false;
    }
}

impl LeaseStore for Disk {
    fn load(&mut self) -> Result<Vec<Binding>, LoadError> {
        Ok(self.kept.values().cloned().collect())
    }

    fn commit(&mut self, batch: &[Commit]) -> Vec<Result<(), Refused>> {
        let keep = |commit: &Commit| {
            self.accepts(commit, false)?;
            self.keep(commit.clone());
            Ok(())
        };
        batch.iter().map(keep).collect()
    }
}
