//! A server's store as it fails: slowly, for want of room, by refusing, and between the write and the answer.

use core::net::Ipv4Addr;
use core::time::Duration;
use std::collections::{HashMap, VecDeque};
use std::io::ErrorKind;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::plant::Planted;
use crate::endpoint::{Refused, Ticket};
use crate::lease::{Binding, Commit, touch};
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
    /// A fault that should not be.
    pub(super) planted: Option<Planted>,
    /// Its order is never looked at.
    kept: HashMap<Ipv4Addr, Arc<Binding>, FixedState>,
    waiting: VecDeque<Write>,
    /// When the batch under way is durable.
    busy: Instant,
    /// When the batch behind it will be, if there is one.
    next: Option<Instant>,
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

    /// When a commit that is handed over now will be durable, and whether it is the first of a batch that takes time. What
    /// comes while a batch is written is in the next, all of it together, as with the store of `dhcpsim server`.
    pub(super) fn accept(&mut self, now: Instant) -> (Instant, bool) {
        if let Some(next) = self.next.filter(|_| self.busy <= now) {
            (self.busy, self.next) = (next, None);
        }
        if self.busy <= now {
            self.busy = now + self.temper.latency;
            return (self.busy, self.busy > now);
        }
        let begins = self.next.is_none();
        let next = *self.next.get_or_insert(self.busy + self.temper.latency);
        (next, begins)
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
        let mut binding = commit.binding;
        if let Some(planted) = &mut self.planted {
            let before = self.kept.get(&binding.address).map(Arc::as_ref);
            planted.keeps(Arc::make_mut(&mut binding), before);
        }
        self.kept.insert(binding.address, binding);
    }

    /// The addresses whose bindings are being written.
    pub(super) fn under_way(&self) -> impl Iterator<Item = Ipv4Addr> {
        self.waiting.iter().map(|write| write.commit.binding.address)
    }

    /// Whether nothing is being written.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Looks at what it has of an address.
    pub(super) fn touch(&self, address: Ipv4Addr) {
        touch(self.kept.get(&address).map(Arc::as_ptr));
    }

    /// The server has crashed: what is not durable is gone.
    pub(super) fn crash(&mut self) {
        self.waiting.clear();
        (self.busy, self.next) = (Instant::EPOCH, None);
        self.crash_on_write = false;
        while let Some((address, before)) = self.planted.as_mut().and_then(Planted::undone) {
            match before {
                Some(before) => self.kept.insert(address, Arc::new(before)),
                None => self.kept.remove(&address),
            };
        }
    }
}

impl LeaseStore for Disk {
    fn load(&mut self) -> Result<Vec<Binding>, LoadError> {
        let mut all: Vec<Binding> = self.kept.values().map(|binding| Binding::clone(binding)).collect();
        all.sort_unstable_by_key(|binding| binding.address);
        if let Some(planted) = &mut self.planted {
            planted.starts();
            planted.lose(&mut all);
        }
        Ok(all)
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

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn what_comes_while_a_batch_is_written_is_in_the_next() {
        let temper = Temper { latency: Duration::from_micros(10), ..Temper::default() };
        let mut disk = Disk::new(temper);
        // When it is handed over, when it is durable, whether it begins a batch.
        let cases = [
            (0, 10, true),
            (1, 20, true),
            (9, 20, false),
            (10, 30, true),
            (19, 30, false),
            (35, 45, true),
            (36, 55, true),
            (70, 80, true),
        ];
        for (now, durable, begins) in cases {
            let want = (Instant::from_micros(durable), begins);
            assert_eq!(want, disk.accept(Instant::from_micros(now)), "at {now}");
        }
        disk.crash();
        assert_eq!((Instant::from_micros(82), true), disk.accept(Instant::from_micros(72)));
        let mut at_once = Disk::new(Temper::default());
        assert_eq!((Instant::from_micros(5), false), at_once.accept(Instant::from_micros(5)));
    }
}
