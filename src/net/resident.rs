//! The loop that drives a client on a [`Station`]: as [`Driver`](super::Driver) does on sockets, with frames and
//! without a store.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use super::clock::Clock;
use super::driver::{Ended, Observer};
use super::station::{Heard, Station};
use super::stop::Stop;
use crate::endpoint::{Arrived, Endpoint, Event, InUse, Input, Output, State};
use crate::time::Instant;

/// The longest wait before the stop flag is looked at again.
const LONGEST_WAIT: Duration = Duration::from_millis(250);
/// Errors in a row after which the interface is taken to be gone.
const MOST_ERRORS: u32 = 100;

/// A client with its station, a clock and an observer.
pub struct Resident<E, O> {
    /// The client.
    pub endpoint: E,
    /// Who watches.
    pub observer: O,
    station: Station,
    clock: Clock,
    /// The address that it has.
    own: Option<Ipv4Addr>,
}

impl<E: Endpoint, O: Observer> Resident<E, O> {
    /// Puts them together.
    pub fn new(station: Station, clock: Clock, endpoint: E, observer: O) -> Resident<E, O> {
        Resident { endpoint, observer, station, clock, own: None }
    }

    /// Runs until the stop flag is set, the observer is done, or it is `until`.
    ///
    /// # Errors
    ///
    /// What the observer returns, or what the system says if the interface is gone.
    pub fn run(&mut self, stop: &Stop, until: Instant) -> io::Result<Ended> {
        let mut buffer = vec![0; usize::from(u16::MAX)];
        let mut errors = 0;
        loop {
            self.flush()?;
            let now = self.clock.now();
            if self.observer.is_done() {
                return Ok(Ended::Done);
            }
            if stop.is_set() {
                return Ok(Ended::Stopped);
            }
            if now >= until {
                return Ok(Ended::TimeUp);
            }
            let deadline = self.endpoint.next_deadline().unwrap_or(Instant::NEVER);
            if deadline <= now {
                self.endpoint.handle(now, Input::Deadline);
                continue;
            }
            let ask = self.station.ask(now).unwrap_or(Instant::NEVER);
            let wait = deadline.min(until).min(ask).since(now).min(LONGEST_WAIT);
            match self.station.receive(wait, &mut buffer) {
                Ok(heard) => {
                    errors = 0;
                    self.take(heard, &buffer)?;
                }
                Err(error) if errors == MOST_ERRORS => return Err(error),
                Err(_) => errors += 1,
            }
        }
    }

    fn take(&mut self, heard: Heard, buffer: &[u8]) -> io::Result<()> {
        let now = self.clock.now();
        match heard {
            Heard::Nothing => {}
            Heard::InUse(address) => self.endpoint.handle(now, Input::Probed(address, InUse::Yes)),
            Heard::Message { start, end, from, to } => {
                let payload = buffer.get(start..end).unwrap_or_default();
                self.observer.received(now, from, to, payload)?;
                let arrived = Arrived { interface: Some(self.station.interface().index), local: *to.ip() };
                self.endpoint.handle(now, Input::Datagram { from, to: *to.ip(), arrived, payload });
            }
        }
        Ok(())
    }

    /// Carries out what the client wants until it wants nothing more.
    ///
    /// # Errors
    ///
    /// What the observer returns.
    pub fn flush(&mut self) -> io::Result<()> {
        while let Some(output) = self.endpoint.poll() {
            let now = self.clock.now();
            match output {
                Output::Transmit(transmit) => {
                    let own = self.own.unwrap_or(Ipv4Addr::UNSPECIFIED);
                    let (from, to, result) = self.station.send(&transmit, own);
                    self.observer.sent(now, from, to, &transmit.payload, result)?;
                }
                Output::Probe(address) => self.station.probe(now, address),
                Output::Event(event) => {
                    self.follow(&event);
                    self.observer.event(now, &event)?;
                }
                Output::Commit(..) => {}
            }
        }
        Ok(())
    }

    /// Has the station answer for the address that the client has.
    fn follow(&mut self, event: &Event) {
        match event {
            Event::Leased(lease) => self.own = Some(lease.address),
            Event::Entered(state) if !state.has_address() && *state != State::Informed => self.own = None,
            _ => return,
        }
        self.station.claim(self.own);
    }
}
