//! The client of RFC 2131 figure 5, without I/O: all of its states, and DHCPINFORM beside them.
//!
//! [`TRANSITIONS`] is the figure as data; the tests hold what clients do against it, row by row.

mod config;
mod crowd;
mod dice;
mod due;
mod figure;
mod message;
mod nonce;
mod phase;
mod reply;
mod terms;

use core::net::Ipv4Addr;
use core::time::Duration;
use std::collections::VecDeque;

pub use config::{Config, ForceRenew, Habits};
pub use crowd::{Crowd, Tally};
use dice::Dice;
pub use figure::{TRANSITIONS, Transition, mermaid, table};
use nonce::Nonce;
use phase::{Known, Phase};

use crate::endpoint::{
    Arrived, Destination, Endpoint, Event, InUse, Input, Lease, Moved, Output, Pause, State, Transmit,
    Trigger,
};
use crate::lease::touch;
use crate::time::Instant;

/// The least pause between a DHCPDECLINE and the next try (RFC 2131 §3.1 step 5).
const AFTER_DECLINE: Duration = Duration::from_secs(10);
/// So many servers that failed are remembered, the last ones.
const MOST_FAILED: usize = 8;

/// A DHCP client.
#[derive(Debug)]
pub struct Client {
    config: Config,
    dice: Dice,
    phase: Phase,
    /// When it began to ask: what secs counts from.
    began: Instant,
    /// The address that it had last, which it suggests.
    last: Option<Ipv4Addr>,
    /// How often it began anew since it had a lease.
    restarts: u32,
    /// Servers that made an offer and did not keep it since then: others are better.
    failed: Vec<Ipv4Addr>,
    nonce: Option<Box<Nonce>>,
    outputs: VecDeque<Output>,
}

impl Client {
    /// A client in state INIT that begins at `now`.
    #[must_use]
    pub fn new(config: Config, now: Instant) -> Client {
        let mut client = Client::idle(config);
        client.start(now);
        client
    }

    /// A client that has not begun.
    #[must_use]
    pub fn idle(config: Config) -> Client {
        Client {
            dice: Dice::new(config.seed),
            last: config.requested_address,
            config,
            phase: Phase::Stopped { known: None },
            began: Instant::EPOCH,
            restarts: 0,
            failed: Vec::new(),
            nonce: None,
            outputs: VecDeque::new(),
        }
    }

    /// What it is.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> State {
        self.phase.state()
    }

    /// The lease that it may use, if it has one.
    #[must_use]
    pub fn lease(&self) -> Option<&Lease> {
        self.phase.lease()
    }

    /// Looks at what it has, but for its lease, so that memory is waited for before it is needed.
    #[inline]
    pub(crate) fn touch(&self) {
        let waits = (self.phase.state(), self.phase.deadline(), self.began, self.restarts);
        touch((waits, self.config.seed, self.config.htype, self.outputs.len(), self.failed.len(), self.last));
    }

    /// Begins: in INIT-REBOOT if it has stopped with a lease that still lasts, else in INIT. Does nothing unless it
    /// has stopped.
    pub fn start(&mut self, now: Instant) {
        let Phase::Stopped { known } = &mut self.phase else { return };
        match known.take().filter(|lease| lease.expires() > now) {
            Some(lease) => self.reboot(now, lease.address, Some(lease)),
            None => {
                self.began = now;
                let at = now + self.first_wait();
                self.step(Trigger::Start, Phase::Init { at });
                self.paused(now, at, Pause::Desynchronised);
            }
        }
    }

    /// Begins in INIT-REBOOT with an address that is known from earlier, and its lease if it may still last. Does
    /// nothing unless it has stopped.
    pub fn reboot(&mut self, now: Instant, address: Ipv4Addr, lease: Option<Box<Lease>>) {
        if self.state() != State::Stopped {
            return;
        }
        self.began = now;
        let at = now + self.first_wait();
        self.step(Trigger::Reboot, Phase::InitReboot { known: Known { address, lease }, at });
        self.paused(now, at, Pause::Desynchronised);
    }

    /// Asks for parameters alone, for an address from elsewhere (§4.4.3). Does nothing unless it has stopped.
    pub fn inform(&mut self, now: Instant, address: Ipv4Addr) {
        if self.state() == State::Stopped {
            self.began = now;
            self.ask_parameters(now, Trigger::Inform, address, None, 1);
        }
    }

    /// Renews before T1 (§4.4.5), if it is BOUND.
    pub fn renew(&mut self, now: Instant) {
        self.early(now, Trigger::Renew);
    }

    /// Gives its lease back, if it has one, and ends (RFC 2131 §4.4.6). Nobody answers to that.
    pub fn release(&mut self, _: Instant) {
        if let Some(lease) = self.phase.lease() {
            let (address, server) = (lease.address, lease.server);
            let xid = self.dice.xid();
            let payload = message::release(&self.config, xid, address, server);
            self.transmit(Destination::Server(server), payload);
            self.step(Trigger::Release, Phase::Stopped { known: None });
        } else {
            self.stop(Trigger::Stop, false);
        }
    }

    /// Says that somebody else has its address, if it has one, and begins anew after ten seconds (§3.1 step 5).
    pub fn decline(&mut self, now: Instant) {
        if let Some(lease) = self.phase.lease() {
            let (address, server) = (lease.address, lease.server);
            self.decline_as(now, Trigger::Decline, address, server, "the client can't use this address");
        }
    }

    /// Ends without a word and keeps its lease in mind: [`Client::start`] comes back with INIT-REBOOT.
    pub fn halt(&mut self) {
        self.stop(Trigger::Stop, true);
    }

    /// Tells whether its link is up. One that goes down halts it; one that comes up makes it see whether it is still on
    /// the network that it was on (§3.7).
    pub fn link(&mut self, now: Instant, up: bool) {
        match up {
            true => self.start(now),
            false => self.halt(),
        }
    }

    fn stop(&mut self, on: Trigger, keep: bool) {
        if self.state() != State::Stopped {
            let phase = core::mem::replace(&mut self.phase, Phase::Informed);
            let from = phase.state();
            let known = phase.into_lease().filter(|_| keep);
            self.phase = Phase::Stopped { known };
            self.tell(Moved { from, on, to: State::Stopped });
        }
    }

    fn first_wait(&mut self) -> Duration {
        match self.config.habits.desynchronise {
            true => self.dice.desynchronised(),
            false => Duration::ZERO,
        }
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn transmit(&mut self, to: Destination, payload: Vec<u8>) {
        self.outputs.push_back(Output::Transmit(Transmit {
            to,
            answers: None,
            via: Arrived::default(),
            payload,
        }));
    }

    /// Enters a state, perhaps the one that it is in.
    fn step(&mut self, on: Trigger, phase: Phase) {
        let moved = Moved { from: self.phase.state(), on, to: phase.state() };
        self.phase = phase;
        self.tell(moved);
    }

    fn tell(&mut self, moved: Moved) {
        if self.config.habits.explain {
            self.event(Event::Moved(moved));
        }
        if moved.from != moved.to {
            self.event(Event::Entered(moved.to));
        }
    }

    /// Begins anew after a while that grows with each time, so that a server that goes on refusing is not flooded.
    fn restart(&mut self, now: Instant, on: Trigger, least: Duration) {
        self.restarts = self.restarts.saturating_add(1);
        let at = now + self.dice.delay(self.restarts).max(least);
        self.began = at;
        self.step(on, Phase::Init { at });
        let why = if least == AFTER_DECLINE { Pause::Declined } else { Pause::BackOff };
        self.paused(now, at, why);
    }

    /// Tells that it does nothing for a while.
    fn paused(&mut self, now: Instant, until: Instant, why: Pause) {
        if until > now {
            self.event(Event::Paused { until, why });
        }
    }

    /// Remembers a server that made an offer and did not keep it.
    fn has_failed(&mut self, server: Ipv4Addr) {
        if !self.failed.contains(&server) {
            if self.failed.len() == MOST_FAILED {
                self.failed.remove(0);
            }
            self.failed.push(server);
        }
    }

    fn decline_as(&mut self, now: Instant, on: Trigger, address: Ipv4Addr, server: Ipv4Addr, why: &str) {
        let xid = self.dice.xid();
        let payload = message::decline(&self.config, xid, address, server, why);
        self.transmit(Destination::AllServers, payload);
        self.last = None;
        self.restart(now, on, AFTER_DECLINE);
    }

    /// Has been granted an address: uses it, or asks first whether somebody has it.
    fn granted(&mut self, now: Instant, lease: Lease, xid: u32) {
        match self.config.habits.probe {
            Some(wait) => {
                let address = lease.address;
                let (state, until) = (self.state(), now + wait);
                self.outputs.push_back(Output::Probe(address));
                self.step(Trigger::Check, Phase::Checking { state, lease: Box::new(lease), xid, until });
            }
            None => self.bind(Trigger::Ack, lease),
        }
    }

    fn bind(&mut self, on: Trigger, lease: Lease) {
        self.restarts = 0;
        self.failed = Vec::new();
        self.last = Some(lease.address);
        let ack = if self.config.habits.keep_ack { lease.ack.clone() } else { Vec::new() };
        let kept = Lease { ack, ..lease };
        let at = phase::renew(&kept);
        self.step(on, Phase::Bound { lease: Box::new(kept), at });
        self.event(Event::Leased(Box::new(lease)));
    }

    fn probed(&mut self, now: Instant, address: Ipv4Addr, in_use: InUse) {
        let Phase::Checking { lease, .. } = &self.phase else { return };
        if lease.address != address {
            return;
        }
        match in_use {
            InUse::No => self.accept(),
            InUse::Yes => {
                let server = lease.server;
                self.event(Event::Taken(address));
                self.decline_as(now, Trigger::InUse, address, server, "address is in use");
            }
        }
    }

    /// Uses the address that it has checked.
    fn accept(&mut self) {
        if let Phase::Checking { lease, .. } = &self.phase {
            let lease = Lease::clone(lease);
            self.bind(Trigger::Ack, lease);
        }
    }
}

impl Endpoint for Client {
    fn handle(&mut self, now: Instant, input: Input<'_>) {
        // What was due before this came is done before: a late reply does not save a lease that has ended.
        self.catch_up(now);
        match input {
            Input::Datagram { payload, to, .. } => self.datagram(now, payload, to),
            Input::Probed(address, in_use) => self.probed(now, address, in_use),
            Input::Deadline | Input::Committed(..) => {}
        }
        self.catch_up(now);
    }

    fn poll(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if output.is_none() {
            // Idle clients are many, and hold no buffers.
            self.outputs = VecDeque::new();
        }
        output
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.phase.deadline()
    }
}
