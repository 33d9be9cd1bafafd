//! The loop that drives an endpoint on its sockets: receive, handle, commit, send.

use std::io;
use std::net::{SocketAddrV4, UdpSocket};
use std::time::Duration;

use super::addressing::Addressing;
use super::clock::Clock;
use super::stop::Stop;
use super::wire::{Incoming, Wire};
use crate::endpoint::{Arrived, Endpoint, Event, Input, Output, Refused, Ticket, Transmit};
use crate::lease::Commit;
use crate::store::LeaseStore;
use crate::time::Instant;

/// The longest wait before the stop flag is looked at again, should a signal come between look and wait.
const LONGEST_WAIT: Duration = Duration::from_millis(250);
/// The longest that datagrams are handled which had arrived when the stop flag was set.
const LONGEST_FINISH: Duration = Duration::from_millis(250);
/// Receive errors in a row after which the socket is taken for broken.
const MOST_ERRORS: u32 = 100;

/// Is told of everything that happens. What it returns as an error ends the driver.
pub trait Observer {
    /// A datagram came.
    ///
    /// # Errors
    ///
    /// Whatever prevents the observer from going on, such as output that can't be written.
    fn received(
        &mut self,
        now: Instant,
        from: SocketAddrV4,
        to: SocketAddrV4,
        payload: &[u8],
    ) -> io::Result<()>;

    /// A datagram was sent, or could not be.
    ///
    /// # Errors
    ///
    /// As for [`Observer::received`].
    fn sent(
        &mut self,
        now: Instant,
        from: SocketAddrV4,
        to: SocketAddrV4,
        payload: &[u8],
        result: io::Result<()>,
    ) -> io::Result<()>;

    /// The endpoint tells something.
    ///
    /// # Errors
    ///
    /// As for [`Observer::received`].
    fn event(&mut self, now: Instant, event: &Event) -> io::Result<()>;

    /// The store has answered what it was asked to keep.
    ///
    /// # Errors
    ///
    /// As for [`Observer::received`].
    fn stored(&mut self, _: Instant, _: &[Commit], _: &[Result<(), Refused>]) -> io::Result<()> {
        Ok(())
    }

    /// Nothing listens where the last datagram went (ICMP port unreachable).
    ///
    /// # Errors
    ///
    /// As for [`Observer::received`].
    fn unreachable(&mut self, _: Instant) -> io::Result<()> {
        Ok(())
    }

    /// Whether all that was wanted has happened.
    fn is_done(&self) -> bool {
        false
    }
}

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
    /// Its store.
    pub store: S,
    /// Who watches.
    pub observer: O,
    wire: Wire,
    clock: Clock,
    commits: Vec<(Ticket, Commit)>,
}

impl<E: Endpoint, S: LeaseStore, O: Observer> Driver<E, S, O> {
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
        Driver { endpoint, store, observer, wire, clock, commits: Vec::new() }
    }

    /// Runs until the stop flag is set, the observer is done, or it is `until`.
    ///
    /// # Errors
    ///
    /// What the observer returns, or what the system says if the socket is broken.
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
                self.finish(&mut buffer)?;
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
            let wait = deadline.min(until).since(now).min(LONGEST_WAIT);
            match self.wire.receive(now, wait, &mut buffer) {
                Ok(incoming) => {
                    errors = 0;
                    self.take(incoming, &buffer)?;
                }
                Err(error) if errors == MOST_ERRORS => return Err(error),
                Err(_) => errors += 1,
            }
        }
    }

    /// Handles what had arrived before the end, as long as that does not take long: who was heard is answered.
    fn finish(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let end = self.clock.now() + LONGEST_FINISH;
        loop {
            let now = self.clock.now();
            match self.wire.receive(now, Duration::ZERO, buffer) {
                Ok(Incoming::Nothing) | Err(_) => return Ok(()),
                Ok(incoming) if now < end => self.take(incoming, buffer)?,
                Ok(_) => return Ok(()),
            }
            self.flush()?;
        }
    }

    fn take(&mut self, incoming: Incoming, buffer: &[u8]) -> io::Result<()> {
        match incoming {
            Incoming::Nothing | Incoming::Foreign => {}
            Incoming::Unreachable => self.observer.unreachable(self.clock.now())?,
            Incoming::Probed(address, in_use) => {
                self.endpoint.handle(self.clock.now(), Input::Probed(address, in_use));
            }
            Incoming::Datagram { length, from, to, arrived } => {
                self.receive((from, to), arrived, buffer.get(..length).unwrap_or_default())?;
            }
        }
        Ok(())
    }

    fn receive(
        &mut self,
        (from, to): (SocketAddrV4, SocketAddrV4),
        arrived: Arrived,
        payload: &[u8],
    ) -> io::Result<()> {
        // An empty datagram wakes the driver up and says nothing.
        if payload.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        self.observer.received(now, from, to, payload)?;
        self.endpoint.handle(now, Input::Datagram { from, to: *to.ip(), arrived, payload });
        Ok(())
    }

    /// Carries out what the endpoint wants until it wants nothing more. What it wants stored is stored in one batch.
    ///
    /// # Errors
    ///
    /// What the observer returns.
    pub fn flush(&mut self) -> io::Result<()> {
        loop {
            while let Some(output) = self.endpoint.poll() {
                match output {
                    Output::Transmit(transmit) => self.send(&transmit)?,
                    Output::Probe(address) => self.wire.probe(self.clock.now(), address),
                    Output::Commit(ticket, commit) => self.commits.push((ticket, commit)),
                    Output::Event(event) => self.observer.event(self.clock.now(), &event)?,
                }
            }
            if self.commits.is_empty() {
                return Ok(());
            }
            self.commit()?;
        }
    }

    fn send(&mut self, transmit: &Transmit) -> io::Result<()> {
        // Read before sending: the other side must not seem to answer what has not been sent.
        let now = self.clock.now();
        let mut sent = self.wire.send(transmit);
        if sent.result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
            // The system tells of an earlier datagram here, and has not sent this one.
            self.observer.unreachable(self.clock.now())?;
            sent = self.wire.send(transmit);
        }
        self.observer.sent(now, sent.from, sent.to, &transmit.payload, sent.result)
    }

    fn commit(&mut self) -> io::Result<()> {
        let (tickets, commits): (Vec<_>, Vec<_>) = self.commits.drain(..).unzip();
        let results = self.store.commit(&commits);
        let now = self.clock.now();
        self.observer.stored(now, &commits, &results)?;
        for (ticket, result) in tickets.into_iter().zip(results) {
            self.endpoint.handle(now, Input::Committed(ticket, result));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Transmit;
    use crate::store::Memory;

    /// Sends back what it gets.
    #[derive(Default)]
    struct Echo(Vec<Output>);

    impl Endpoint for Echo {
        fn handle(&mut self, _: Instant, input: Input<'_>) {
            if let Input::Datagram { from, payload, .. } = input {
                let to = crate::endpoint::Destination::Client(*from.ip());
                self.0.push(Output::Transmit(Transmit {
                    via: Arrived::default(),
                    to,
                    answers: Some(from),
                    payload: payload.to_vec(),
                }));
            }
        }

        fn poll(&mut self) -> Option<Output> {
            self.0.pop()
        }

        fn next_deadline(&self) -> Option<Instant> {
            None
        }
    }

    struct Nobody;

    impl Observer for Nobody {
        fn received(&mut self, _: Instant, _: SocketAddrV4, _: SocketAddrV4, _: &[u8]) -> io::Result<()> {
            Ok(())
        }

        fn sent(
            &mut self,
            _: Instant,
            _: SocketAddrV4,
            _: SocketAddrV4,
            _: &[u8],
            result: io::Result<()>,
        ) -> io::Result<()> {
            result
        }

        fn event(&mut self, _: Instant, _: &Event) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_had_arrived_before_the_end_is_answered() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let asker = UdpSocket::bind("127.0.0.1:0").unwrap();
        asker.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        for text in [b"one", b"two"] {
            asker.send_to(text, socket.local_addr().unwrap()).unwrap();
        }
        let stop = Stop::new();
        stop.set(None);
        let clock = Clock::start();
        let mut driver =
            Driver::new(socket, Addressing::Server(6767), clock, Echo::default(), Memory::new(), Nobody)
                .unwrap();
        assert_eq!(Ended::Stopped, driver.run(&stop, Instant::NEVER).unwrap());
        let mut buffer = [0; 8];
        for text in [b"one", b"two"] {
            let length = asker.recv(&mut buffer).unwrap();
            assert_eq!(text, &buffer[..length]);
        }
    }
}
