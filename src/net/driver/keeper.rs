//! The store beside the driver: bindings go to it in groups, each in one durable write, while the driver goes on.
//!
//! Whatever has gathered while the store was writing is its next batch: there is no timer, and who comes alone waits
//! for nobody. A store that is done at once is asked on the driver's own thread.

use std::fmt;
use std::io;
use std::mem;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::event::{EventfdFlags, eventfd};

use super::guard::{Panicked, guard};
use crate::endpoint::{Refused, Ticket};
use crate::lease::Commit;
use crate::net::Clock;
use crate::store::LeaseStore;
use crate::time::Instant;

/// The most bindings in one write, so that the first of them need not wait long for the last.
const MOST_AT_ONCE: usize = 1024;

/// That the store is gone: it panicked, or its thread could not be started. Nothing is acknowledged any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreLost(pub String);

impl fmt::Display for StoreLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the lease store is lost, nothing is acknowledged any more: {}", self.0)
    }
}

impl std::error::Error for StoreLost {}

impl From<StoreLost> for io::Error {
    fn from(lost: StoreLost) -> io::Error {
        io::Error::other(lost)
    }
}

/// A batch that has been answered.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) tickets: Vec<Ticket>,
    pub(super) commits: Vec<Commit>,
    pub(super) results: Vec<Result<(), Refused>>,
    pub(super) took: Duration,
    /// The panic that made an end to the store.
    panicked: Option<Panicked>,
}

/// A store, where it works.
pub(super) enum Keeper<S> {
    /// On the driver's thread.
    Inline(S, Clock),
    /// On a thread of its own.
    Threaded(Worker),
    /// Nowhere.
    Lost(StoreLost),
}

/// The thread of a store.
pub(super) struct Worker {
    shared: Arc<Shared>,
    bell: Arc<OwnedFd>,
    /// Bindings that were handed over and are not answered.
    waiting: usize,
}

#[derive(Debug, Default)]
struct Shared {
    desk: Mutex<Desk>,
    /// Something lies on the desk, or the end has come; or the thread has ended.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Desk {
    /// What is to be kept, in the order of the tickets.
    waiting: Vec<(Ticket, Commit)>,
    answered: Vec<Answered>,
    /// Whether the thread waits for something to do.
    idle: bool,
    /// Whether nothing more will come.
    closed: bool,
    /// Whether the store has been dropped and the thread has ended.
    ended: bool,
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: LeaseStore + Send + 'static> Keeper<S> {
    /// Puts a store to work.
    pub(super) fn new(store: S, clock: Clock) -> Keeper<S> {
        if store.is_instant() {
            return Keeper::Inline(store, clock);
        }
        match Worker::start(store, clock) {
            Ok(worker) => Keeper::Threaded(worker),
            Err(error) => Keeper::Lost(StoreLost(format!("no thread for it: {error}"))),
        }
    }

    /// Hands bindings over. The answer, if there is one at once.
    ///
    /// # Errors
    ///
    /// [`StoreLost`].
    pub(super) fn keep(&mut self, batch: Vec<(Ticket, Commit)>) -> Result<Option<Answered>, StoreLost> {
        match self {
            Keeper::Inline(store, clock) => {
                let answered = ask(store, *clock, batch);
                self.lose(answered.panicked.as_ref());
                Ok(Some(answered))
            }
            Keeper::Threaded(worker) => {
                worker.push(batch);
                Ok(None)
            }
            Keeper::Lost(lost) => Err(lost.clone()),
        }
    }

    /// What has been answered since this was asked last.
    pub(super) fn answers(&mut self) -> Vec<Answered> {
        let Keeper::Threaded(worker) = self else { return Vec::new() };
        let answers = worker.collect();
        if let Some(panicked) = answers.iter().find_map(|answered| answered.panicked.clone()) {
            self.lose(Some(&panicked));
        }
        answers
    }

    fn lose(&mut self, panicked: Option<&Panicked>) {
        if let Some(panicked) = panicked {
            *self = Keeper::Lost(StoreLost(panicked.to_string()));
        }
    }
}

impl<S> Keeper<S> {
    /// Whether the store can still keep something.
    ///
    /// # Errors
    ///
    /// [`StoreLost`] if not.
    pub(super) fn check(&self) -> Result<(), StoreLost> {
        match self {
            Keeper::Lost(lost) => Err(lost.clone()),
            Keeper::Inline(..) | Keeper::Threaded(_) => Ok(()),
        }
    }

    /// How many bindings were handed over and are not answered.
    pub(super) fn waiting(&self) -> usize {
        match self {
            Keeper::Threaded(worker) => worker.waiting,
            Keeper::Inline(..) | Keeper::Lost(_) => 0,
        }
    }

    /// What is readable when there are answers.
    pub(super) fn bell(&self) -> Option<Arc<OwnedFd>> {
        match self {
            Keeper::Threaded(worker) => Some(Arc::clone(&worker.bell)),
            Keeper::Inline(..) | Keeper::Lost(_) => None,
        }
    }

    /// Quiets the bell. Before the answers are asked for, lest the ring of one that comes in between is lost.
    pub(super) fn quiet(&self) {
        if let Keeper::Threaded(worker) = self {
            let _ = rustix::io::read(&worker.bell, &mut [0; 8]);
        }
    }

    /// Ends the thread after what waits has been kept; whether it has ended within so long. One that hangs is left alone.
    pub(super) fn close(&self, limit: Duration) -> bool {
        match self {
            Keeper::Threaded(worker) => worker.close(limit),
            Keeper::Inline(..) | Keeper::Lost(_) => true,
        }
    }
}

impl Worker {
    fn start<S: LeaseStore + Send + 'static>(store: S, clock: Clock) -> io::Result<Worker> {
        let bell = Arc::new(eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?);
        let shared = Arc::new(Shared::default());
        let (desk, ring) = (Arc::clone(&shared), Arc::clone(&bell));
        thread::Builder::new().name("leases".to_owned()).spawn(move || {
            work(store, clock, &desk, ring.as_fd());
            desk.desk().ended = true;
            desk.changed.notify_all();
        })?;
        Ok(Worker { shared, bell, waiting: 0 })
    }

    fn push(&mut self, mut batch: Vec<(Ticket, Commit)>) {
        self.waiting += batch.len();
        let mut desk = self.shared.desk();
        if desk.waiting.is_empty() {
            desk.waiting = batch;
        } else {
            desk.waiting.append(&mut batch);
        }
        if mem::take(&mut desk.idle) {
            drop(desk);
            self.shared.changed.notify_all();
        }
    }

    fn collect(&mut self) -> Vec<Answered> {
        if self.waiting == 0 {
            return Vec::new();
        }
        let answers = mem::take(&mut self.shared.desk().answered);
        let answered: usize = answers.iter().map(|answered| answered.tickets.len()).sum();
        self.waiting = self.waiting.saturating_sub(answered);
        answers
    }

    fn close(&self, limit: Duration) -> bool {
        let mut desk = self.shared.desk();
        desk.closed = true;
        self.shared.changed.notify_all();
        let waited = self.shared.changed.wait_timeout_while(desk, limit, |desk| !desk.ended);
        let (desk, _) = waited.unwrap_or_else(PoisonError::into_inner);
        desk.ended
    }
}

impl Drop for Worker {
    /// The thread ends by itself; nobody waits for it here.
    fn drop(&mut self) {
        self.shared.desk().closed = true;
        self.shared.changed.notify_all();
    }
}

/// Keeps what lies on the desk, until the end. After each answer the store may tidy.
fn work<S: LeaseStore>(mut store: S, clock: Clock, shared: &Shared, bell: BorrowedFd<'_>) {
    while let Some(batch) = next(shared) {
        let answered = ask(&mut store, clock, batch);
        let lost = answered.panicked.is_some();
        let mut desk = shared.desk();
        desk.answered.push(answered);
        drop(desk);
        let _ = rustix::io::write(bell, &1u64.to_ne_bytes());
        if lost {
            return;
        }
        // A store that panics here will be found out by its next batch.
        let _ = guard(|| store.tidy());
    }
}

/// The next batch; none at the end.
fn next(shared: &Shared) -> Option<Vec<(Ticket, Commit)>> {
    let mut desk = shared.desk();
    while desk.waiting.is_empty() {
        if desk.closed {
            return None;
        }
        desk.idle = true;
        desk = shared.changed.wait(desk).unwrap_or_else(PoisonError::into_inner);
    }
    desk.idle = false;
    let most = desk.waiting.len().min(MOST_AT_ONCE);
    let rest = desk.waiting.split_off(most);
    Some(mem::replace(&mut desk.waiting, rest))
}

/// Asks a store to keep a batch. One that panics has kept nothing that can be relied on.
fn ask<S: LeaseStore>(store: &mut S, clock: Clock, batch: Vec<(Ticket, Commit)>) -> Answered {
    let (tickets, commits): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    let start: Instant = clock.now();
    let outcome = guard(|| store.commit(&commits));
    let took = clock.now().since(start);
    let refused = || vec![Err(Refused::Unwritable(io::ErrorKind::Other)); tickets.len()];
    let (mut results, panicked) = match outcome {
        Ok(results) => (results, None),
        Err(panicked) => (refused(), Some(panicked)),
    };
    // A store that leaves an answer out has not said that it kept the binding.
    results.resize(tickets.len(), Err(Refused::Unwritable(io::ErrorKind::Other)));
    Answered { tickets, commits, results, took, panicked }
}
