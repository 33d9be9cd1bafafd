//! The loop that drives an endpoint on its sockets: receive, handle, commit, send, each for a batch at a time.
//!
//! A batch is what had come: nobody waits for others to fill one. Bindings go to the store, which writes them on a
//! thread of its own while the next batch is read; its answers come back between two batches, in the order of the
//! tickets. When a socket gives whole batches, more comes than is handled: then the known clients of each batch are handled
//! at once and strangers wait in [`lanes`], until the socket is empty or enough of them have gathered.

mod guard;
mod keeper;
mod lanes;
mod observer;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsFd;
use std::time::Duration;

use super::addressing::Addressing;
use super::clock::Clock;
use super::stop::Stop;
use super::sys::{BATCH, Inbox};
use super::wire::{Came, Incoming, Patience, Wire};
use crate::endpoint::{Endpoint, Event, Input, Lane, Output, Ticket, Transmit};
use crate::lease::Commit;
use crate::store::LeaseStore;
use crate::time::Instant;
pub use guard::Panicked;
use guard::guard;
pub use keeper::StoreLost;
use keeper::{Answered, Keeper};
use lanes::Lanes;
pub use lanes::Skipped;
pub use observer::{Observer, Stored};

/// The longest wait before the stop flag is looked at again, should a signal come between look and wait.
const LONGEST_WAIT: Duration = Duration::from_millis(250);
/// The longest that datagrams are handled which had arrived when the stop flag was set.
const LONGEST_FINISH: Duration = Duration::from_millis(250);
/// The longest that the store may take for what was heard, from when the stop flag was seen.
const LONGEST_STORE: Duration = Duration::from_millis(500);
/// The longest that the store may take to end, from then too: with the longest wait before, it makes a second.
const LONGEST_CLOSE: Duration = Duration::from_millis(750);
/// Receive errors in a row after which the socket is taken for broken.
const MOST_ERRORS: u32 = 100;
/// Panics in a row over what is not a datagram after which the endpoint is taken for broken.
const MOST_PANICS: u32 = 100;
/// The most bindings that wait for the store. Beyond that no datagrams are read until the store has caught up: they wait
/// in the system's receive buffer, which drops what it has no room for.
const MOST_COMMITS: usize = 4096;
/// Whole batches that are sorted one after the other before strangers have a turn.
const MOST_SORTED: u32 = 16;

/// Why a driver ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The stop flag was set.
    Stopped,
    /// The observer was done.
    Done,
    /// The time was up.
    TimeUp,
}

/// An endpoint with its sockets, a store, a clock and an observer.
pub struct Driver<E, S, O> {
    /// The endpoint.
    pub endpoint: E,
    /// Who watches.
    pub observer: O,
    keeper: Keeper<S>,
    wire: Wire,
    clock: Clock,
    inbox: Option<Inbox>,
    lanes: Lanes,
    /// What the endpoint wants stored and sent, of the batch at hand.
    commits: Vec<(Ticket, Commit)>,
    transmits: Vec<Transmit>,
    /// What the endpoint tells after so many of these transmits.
    told: Vec<(usize, Event)>,
    /// Whole batches since strangers had a turn.
    sorted: u32,
    panics: u32,
}

impl<E: Endpoint, S: LeaseStore + Send + 'static, O: Observer> Driver<E, S, O> {
    /// Puts them together, on one socket.
    ///
    /// # Errors
    ///
    /// What the system says if the socket has no IPv4 address.
    pub fn new(
        socket: UdpSocket,
        addressing: Addressing,
        clock: Clock,
        endpoint: E,
        store: S,
        observer: O,
    ) -> io::Result<Driver<E, S, O>> {
        Ok(Driver::on(Wire::of(socket, addressing)?, clock, endpoint, store, observer))
    }

    /// Puts them together, on sockets that are open.
    pub fn on(wire: Wire, clock: Clock, endpoint: E, store: S, observer: O) -> Driver<E, S, O> {
        Driver {
            endpoint,
            observer,
            keeper: Keeper::new(store, clock),
            wire,
            clock,
            inbox: None,
            lanes: Lanes::default(),
            commits: Vec::new(),
            transmits: Vec::new(),
            told: Vec::new(),
            sorted: 0,
            panics: 0,
        }
    }

    /// Runs until the stop flag is set, the observer is done, or it is `until`. After a stop the store is closed: whoever
    /// runs on gets nothing stored.
    ///
    /// # Errors
    ///
    /// What the observer returns, what the system says if the socket is broken, or [`StoreLost`].
    pub fn run(&mut self, stop: &Stop, until: Instant) -> io::Result<Ended> {
        let mut inbox = self.inbox.take().unwrap_or_else(Inbox::new);
        let ended = self.turns(stop, until, &mut inbox);
        self.inbox = Some(inbox);
        ended
    }

    fn turns(&mut self, stop: &Stop, until: Instant, inbox: &mut Inbox) -> io::Result<Ended> {
        let mut errors = 0;
        loop {
            self.settle()?;
            self.flush()?;
            self.keeper.check()?;
            let now = self.clock.now();
            self.observer.settled(now)?;
            if self.observer.is_done() {
                return Ok(Ended::Done);
            }
            if stop.is_set() {
                self.finish(inbox)?;
                return Ok(Ended::Stopped);
            }
            if now >= until {
                return Ok(Ended::TimeUp);
            }
            let deadline = self.endpoint.next_deadline().unwrap_or(Instant::NEVER);
            if deadline <= now {
                self.handle(now, Input::Deadline)?;
                continue;
            }
            let wait = deadline.min(until).since(now).min(LONGEST_WAIT);
            match self.turn(now, wait, inbox) {
                Ok(_) => errors = 0,
                Err(Trouble::Receiving(error)) if errors == MOST_ERRORS => return Err(error),
                Err(Trouble::Receiving(_)) => errors += 1,
                Err(Trouble::Watching(error)) => return Err(error),
            }
        }
    }

    /// Receives what one socket has and handles it; lets strangers have a turn where it is theirs. Whether anything came.
    fn turn(&mut self, now: Instant, wait: Duration, inbox: &mut Inbox) -> Result<bool, Trouble> {
        let wait = if self.lanes.is_empty() { wait } else { Duration::ZERO };
        let datagrams = self.keeper.waiting() < MOST_COMMITS;
        let bell = self.keeper.bell();
        let patience = Patience { longest: wait, datagrams, bell: bell.as_ref().map(|bell| bell.as_fd()) };
        let incoming = self.wire.receive(now, patience, inbox).map_err(Trouble::Receiving)?;
        let mut whole = false;
        match incoming {
            Incoming::Nothing | Incoming::Foreign => {}
            Incoming::Rung => self.keeper.quiet(),
            Incoming::Unreachable => {
                self.observer.unreachable(self.clock.now()).map_err(Trouble::Watching)?
            }
            Incoming::Probed(address, in_use) => {
                self.handle(self.clock.now(), Input::Probed(address, in_use)).map_err(Trouble::Watching)?;
            }
            Incoming::Datagrams(port, count) => {
                whole = count == BATCH;
                self.batch(port, count, inbox).map_err(Trouble::Watching)?;
            }
        }
        if datagrams && !self.lanes.is_empty() && (!whole || self.sorted >= MOST_SORTED) {
            self.strangers().map_err(Trouble::Watching)?;
        }
        Ok(!matches!(incoming, Incoming::Nothing))
    }

    /// Handles a batch in order; or, if more comes than is handled, only what is from known clients.
    fn batch(&mut self, port: usize, count: usize, inbox: &Inbox) -> io::Result<()> {
        let sorting = count == BATCH || !self.lanes.is_empty();
        self.sorted += u32::from(sorting);
        let now = self.clock.now();
        for number in 0..count {
            let Some((ready, payload)) = inbox.get(number) else { continue };
            // An empty datagram wakes the driver up and says nothing.
            let Some(came) = self.wire.came(port, &ready).filter(|_| !payload.is_empty()) else { continue };
            match sorting.then(|| self.lane(payload)) {
                Some(Lane::Stranger(relay)) => self.lanes.push(now, relay, came, payload),
                Some(Lane::Known) | None => self.receive(now, came, payload)?,
            }
        }
        Ok(())
    }

    /// Where a datagram waits. Whatever the endpoint panics over is a stranger's.
    fn lane(&self, payload: &[u8]) -> Lane {
        guard(|| self.endpoint.lane(payload)).unwrap_or(Lane::Stranger(Ipv4Addr::UNSPECIFIED))
    }

    /// Handles a batch of strangers, and tells how many were not looked at.
    fn strangers(&mut self) -> io::Result<()> {
        self.sorted = 0;
        let now = self.clock.now();
        for _ in 0..BATCH {
            let Some(waiting) = self.lanes.pop(now) else { break };
            self.receive(now, waiting.came, &waiting.payload)?;
            self.lanes.done(waiting);
        }
        match self.lanes.take_skipped() {
            Some(skipped) => self.observer.skipped(now, &skipped),
            None => Ok(()),
        }
    }

    fn receive(&mut self, now: Instant, came: Came, payload: &[u8]) -> io::Result<()> {
        let Came { from, to, arrived } = came;
        self.observer.received(now, from, to, payload)?;
        self.handle(now, Input::Datagram { from, to: *to.ip(), arrived, payload })
    }

    /// Lets the endpoint handle an input, and takes what it wants.
    ///
    /// A panic is told, and the endpoint goes on. What it was about may be half done then, and no law hangs on that: a
    /// message that was not made is not sent, an ACK leaves only after the store's answer to its own ticket, and an address
    /// whose binding was on its way to the store stays in that state, given to nobody else.
    fn handle(&mut self, now: Instant, input: Input<'_>) -> io::Result<()> {
        let payload = match input {
            Input::Datagram { payload, .. } => Some(payload),
            _ => None,
        };
        self.observer.input(now, &input)?;
        match guard(|| self.endpoint.handle(now, input)) {
            Ok(()) => self.panics = 0,
            Err(panicked) => {
                self.observer.panicked(now, &panicked, payload)?;
                // Datagrams can't bring a server to its end; what comes from inside would come again for ever.
                self.panics += u32::from(payload.is_none());
                if self.panics > MOST_PANICS {
                    return Err(io::Error::other(panicked));
                }
            }
        }
        self.collect()
    }

    /// Takes what the endpoint wants. Datagrams wait for the end of the batch, and so does what is told behind them.
    fn collect(&mut self) -> io::Result<()> {
        while let Some(output) = self.endpoint.poll() {
            self.observer.output(&output)?;
            match output {
                Output::Transmit(transmit) => self.transmits.push(transmit),
                Output::Probe(address) => self.wire.probe(self.clock.now(), address),
                Output::Commit(ticket, commit) => self.commits.push((ticket, commit)),
                Output::Event(event) if self.transmits.is_empty() => {
                    self.observer.event(self.clock.now(), &event)?;
                }
                Output::Event(event) => self.told.push((self.transmits.len(), event)),
            }
        }
        Ok(())
    }

    /// Carries out what the endpoint wants. What it wants stored goes to the store in one batch; of a store that
    /// takes its time the answers come later.
    ///
    /// # Errors
    ///
    /// What the observer returns, or [`StoreLost`].
    pub fn flush(&mut self) -> io::Result<()> {
        self.collect()?;
        while !self.commits.is_empty() {
            let batch = std::mem::take(&mut self.commits);
            match self.keeper.keep(batch)? {
                Some(answered) => self.answered(&answered)?,
                None => break,
            }
        }
        self.send()
    }

    fn send(&mut self) -> io::Result<()> {
        if self.transmits.is_empty() {
            return Ok(());
        }
        // Read before sending: the other side must not seem to answer what has not been sent.
        let now = self.clock.now();
        let mut told = self.told.drain(..).peekable();
        for (number, (transmit, sent)) in
            (0..).zip(self.transmits.iter().zip(self.wire.send(&self.transmits)))
        {
            while let Some((_, event)) = told.next_if(|(before, _)| *before <= number) {
                self.observer.event(now, &event)?;
            }
            if sent.unreachable {
                self.observer.unreachable(now)?;
            }
            self.observer.sent(now, sent.from, sent.to, &transmit.payload, sent.result)?;
        }
        told.try_for_each(|(_, event)| self.observer.event(now, &event))?;
        self.transmits.clear();
        Ok(())
    }

    /// Hands the store's answers to the endpoint.
    fn settle(&mut self) -> io::Result<()> {
        for answered in self.keeper.answers() {
            self.answered(&answered)?;
        }
        Ok(())
    }

    fn answered(&mut self, answered: &Answered) -> io::Result<()> {
        let Answered { tickets, commits, results, took, .. } = answered;
        let now = self.clock.now();
        self.observer.stored(now, &Stored { commits, results, took: *took })?;
        for (ticket, result) in tickets.iter().zip(results) {
            self.handle(now, Input::Committed(*ticket, *result))?;
        }
        Ok(())
    }

    /// Handles what had arrived before the end, as long as that does not take long: who was heard is answered, once the
    /// store has kept what there is to keep. A store that hangs does not hold up the end: what it has not kept was not
    /// acknowledged.
    fn finish(&mut self, inbox: &mut Inbox) -> io::Result<()> {
        let start = self.clock.now();
        let end = start + LONGEST_FINISH;
        let mut now = start;
        while now < end {
            match self.turn(now, Duration::ZERO, inbox) {
                Ok(false) | Err(Trouble::Receiving(_)) if self.lanes.is_empty() => break,
                Ok(_) | Err(Trouble::Receiving(_)) => {}
                Err(Trouble::Watching(error)) => return Err(error),
            }
            self.settle()?;
            self.flush()?;
            now = self.clock.now();
        }
        self.await_store(start + LONGEST_STORE)?;
        let limit = (start + LONGEST_CLOSE).since(self.clock.now());
        if !self.keeper.close(limit) || self.keeper.waiting() > 0 {
            self.observer.abandoned(self.clock.now(), self.keeper.waiting())?;
        }
        Ok(())
    }

    /// Waits for the store's answers, and sends what waited for them.
    fn await_store(&mut self, end: Instant) -> io::Result<()> {
        loop {
            self.settle()?;
            self.flush()?;
            let now = self.clock.now();
            let bell = self.keeper.bell();
            let Some(bell) = bell.filter(|_| self.keeper.waiting() > 0 && now < end) else { return Ok(()) };
            super::sys::wait_for(bell.as_fd(), end.since(now))?;
            self.keeper.quiet();
        }
    }
}

/// What prevents a turn.
enum Trouble {
    /// A socket gives an error.
    Receiving(io::Error),
    /// The observer does, or the endpoint is broken.
    Watching(io::Error),
}
