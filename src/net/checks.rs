//! Conflict checks on sockets: asks for the addresses under [`Probes`], and hears the answers.

use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::BorrowedFd;

use super::echo::EchoSocket;
use super::probes::{By, Due, Probes};
use super::segment::Segment;
use super::wire::is_nothing;
use crate::endpoint::InUse;
use crate::time::Instant;

/// Errors in a row after which a socket is given up.
const MOST_ERRORS: u32 = 100;

/// The conflict checks of a server.
#[derive(Debug)]
pub(super) struct Checks {
    probes: Probes,
    echo: Option<EchoSocket>,
    /// The addresses of this machine, which are in use and give no answer.
    own: Vec<Ipv4Addr>,
    ended: VecDeque<(Ipv4Addr, InUse)>,
    errors: u32,
}

impl Checks {
    /// Every address is taken for free.
    pub(super) fn none() -> Checks {
        Checks::new(None, Vec::new())
    }

    /// Checks by ARP where there are segments, and by ICMP echo where there is a socket for it.
    pub(super) fn new(echo: Option<EchoSocket>, own: Vec<Ipv4Addr>) -> Checks {
        // Random, as the keys of every hash map are.
        let token = RandomState::new().build_hasher().finish();
        Checks { probes: Probes::new(token), echo, own, ended: VecDeque::new(), errors: 0 }
    }

    /// The socket to wait on.
    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.echo.as_ref().map(EchoSocket::fd)
    }

    /// Starts the check of an address. Where it can't be asked for, it counts as free.
    pub(super) fn start(&mut self, now: Instant, address: Ipv4Addr, segments: &[Segment]) {
        if self.own.contains(&address) {
            return self.ended.push_back((address, InUse::Yes));
        }
        let asked = self
            .way(address, segments)
            .is_some_and(|by| self.probes.start(now, address, by) && self.ask(address, by, segments).is_ok());
        if !asked {
            self.probes.forget(address);
            self.ended.push_back((address, InUse::No));
        }
    }

    /// ARP where the subnet is attached, else ICMP echo.
    fn way(&self, address: Ipv4Addr, segments: &[Segment]) -> Option<By> {
        let attached = |segment: &Segment| segment.interface.attached(address).is_some();
        let by_arp = |segment: &Segment| segment.mac().is_some() && attached(segment);
        match segments.iter().position(by_arp) {
            Some(number) => Some(By::Arp(number)),
            None => self.echo.as_ref().map(|_| By::Echo),
        }
    }

    fn ask(&self, address: Ipv4Addr, by: By, segments: &[Segment]) -> io::Result<()> {
        let none = || io::Error::from(io::ErrorKind::NotConnected);
        match by {
            By::Arp(number) => segments.get(number).ok_or_else(none)?.ask(address),
            By::Echo => self.echo.as_ref().ok_or_else(none)?.send(address, &self.probes.question(address)),
        }
    }

    /// When something is due next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.probes.next()
    }

    /// Asks again where it is time, and gives the next check that has ended.
    pub(super) fn ended(&mut self, now: Instant, segments: &[Segment]) -> Option<(Ipv4Addr, InUse)> {
        for due in self.probes.due(now) {
            match due {
                // The first question went out; that a second one does not changes nothing.
                Due::Ask(address, by) => drop(self.ask(address, by, segments)),
                Due::Silent(address) => self.ended.push_back((address, InUse::No)),
            }
        }
        self.ended.pop_front()
    }

    /// Receives a frame on a segment: the address that it shows to be in use.
    pub(super) fn frame(
        &mut self,
        number: usize,
        segment: &mut Segment,
        buffer: &mut [u8],
    ) -> Option<Ipv4Addr> {
        let own = segment.mac()?;
        let heard = match segment.receive(buffer) {
            Ok(frame) => Ok(frame.and_then(|frame| self.probes.frame(number, own, frame))),
            Err(error) => Err(error),
        };
        self.settle(heard).unwrap_or_else(|| {
            segment.close();
            None
        })
    }

    /// Receives an ICMP message: the address that it shows to be in use.
    pub(super) fn echo(&mut self, buffer: &mut [u8]) -> Option<Ipv4Addr> {
        let heard = match self.echo.as_ref()?.receive(buffer) {
            Ok(found) => Ok(found.and_then(|(from, echo)| self.probes.echo(from, &echo))),
            Err(error) => Err(error),
        };
        self.settle(heard).unwrap_or_else(|| {
            self.echo = None;
            None
        })
    }

    /// What was heard; none if the socket is broken.
    fn settle(&mut self, heard: io::Result<Option<Ipv4Addr>>) -> Option<Option<Ipv4Addr>> {
        match heard {
            Ok(address) => {
                self.errors = 0;
                Some(address)
            }
            Err(error) if is_nothing(&error) => Some(None),
            Err(_) => {
                self.errors = self.errors.saturating_add(1);
                (self.errors <= MOST_ERRORS).then_some(None)
            }
        }
    }
}
