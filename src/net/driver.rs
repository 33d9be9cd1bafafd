//! The loop that drives an endpoint on a UDP socket: receive, handle, commit, send.

use std::io;
use std::net::{SocketAddr, SocketAddrV4, UdpSocket};
use std::time::Duration;

use super::addressing::Addressing;
use super::clock::Clock;
use super::stop::Stop;
use crate::endpoint::{Arrived, Endpoint, Event, Input, Output, Refused, Ticket};
use crate::lease::Commit;
use crate::store::LeaseStore;
use crate::time::Instant;

/// The longest wait before the stop flag is looked at again, should a signal come between look and wait.
const LONGEST_WAIT: Duration = Duration::from_millis(250);
/// The shortest wait that the system takes: none at all would mean for ever.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);
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

/// An endpoint with a socket, a store, a clock and an observer.
pub struct Driver<E, S, O> {
    /// The endpoint.
    pub endpoint: E,
    /// Its store.
    pub store: S,
    /// Who watches.
    pub observer: O,
    socket: UdpSocket,
    local: SocketAddrV4,
    connected: bool,
    addressing: Addressing,
    clock: Clock,
    commits: Vec<(Ticket, Commit)>,
}

impl<E: Endpoint, S: LeaseStore, O: Observer> Driver<E, S, O> {
    /// Puts them together.
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
        let SocketAddr::V4(local) = socket.local_addr()? else {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "not an IPv4 socket"));
        };
        let connected = socket.peer_addr().is_ok();
        let commits = Vec::new();
        Ok(Driver { endpoint, store, observer, socket, local, connected, addressing, clock, commits })
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
            let wait = deadline.min(until).since(now).clamp(SHORTEST_WAIT, LONGEST_WAIT);
            self.socket.set_read_timeout(Some(wait))?;
            match self.socket.recv_from(&mut buffer) {
                Ok((length, SocketAddr::V4(from))) => {
                    errors = 0;
                    self.receive(from, buffer.get(..length).unwrap_or_default())?;
                }
                Ok(_) => {}
                Err(error) if is_time_up(&error) => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    self.observer.unreachable(self.clock.now())?;
                }
                Err(error) if errors == MOST_ERRORS => return Err(error),
                Err(_) => errors += 1,
            }
        }
    }

    /// Handles what had arrived before the end, as long as that does not take long: who was heard is answered.
    fn finish(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let end = self.clock.now() + LONGEST_FINISH;
        self.socket.set_nonblocking(true)?;
        while self.clock.now() < end
            && let Ok((length, SocketAddr::V4(from))) = self.socket.recv_from(buffer)
        {
            self.receive(from, buffer.get(..length).unwrap_or_default())?;
            self.flush()?;
        }
        self.socket.set_nonblocking(false)
    }

    fn receive(&mut self, from: SocketAddrV4, payload: &[u8]) -> io::Result<()> {
        // An empty datagram wakes the driver up and says nothing.
        if payload.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        self.observer.received(now, from, self.local, payload)?;
        self.endpoint.handle(
            now,
            Input::Datagram { from, to: *self.local.ip(), arrived: Arrived::at(*self.local.ip()), payload },
        );
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
                    Output::Transmit(transmit) => {
                        let to = self.addressing.resolve(&transmit);
                        self.send(to, &transmit.payload)?;
                    }
                    Output::Commit(ticket, commit) => self.commits.push((ticket, commit)),
                    // A UDP socket has no probe; the endpoint takes silence for an answer.
                    Output::Probe(_) => {}
                    Output::Event(event) => self.observer.event(self.clock.now(), &event)?,
                }
            }
            if self.commits.is_empty() {
                return Ok(());
            }
            self.commit()?;
        }
    }

    fn send(&mut self, to: SocketAddrV4, payload: &[u8]) -> io::Result<()> {
        // Read before sending: the other side must not seem to answer what has not been sent.
        let now = self.clock.now();
        let mut sent = self.send_once(to, payload);
        if sent.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
            // The system tells of an earlier datagram here, and has not sent this one.
            self.observer.unreachable(self.clock.now())?;
            sent = self.send_once(to, payload);
        }
        self.observer.sent(now, self.local, to, payload, sent.map(|_| ()))
    }

    fn send_once(&self, to: SocketAddrV4, payload: &[u8]) -> io::Result<usize> {
        // A connected socket takes no address.
        if self.connected { self.socket.send(payload) } else { self.socket.send_to(payload, to) }
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

fn is_time_up(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
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
            Driver::new(socket, Addressing::Server, clock, Echo::default(), Memory::new(), Nobody).unwrap();
        assert_eq!(Ended::Stopped, driver.run(&stop, Instant::NEVER).unwrap());
        let mut buffer = [0; 8];
        for text in [b"one", b"two"] {
            let length = asker.recv(&mut buffer).unwrap();
            assert_eq!(text, &buffer[..length]);
        }
    }
}
