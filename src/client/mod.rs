//! The client: INIT, SELECTING, REQUESTING and BOUND of RFC 2131 figure 5, without I/O.

mod config;
mod message;
mod reply;
mod retransmit;

use core::net::Ipv4Addr;
use core::time::Duration;
use std::collections::VecDeque;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

pub use config::Config;
use message::Exchange;

use crate::endpoint::{Arrived, Destination, Endpoint, Event, Input, Lease, Output, State, Transmit};
use crate::packet::MessageType;
use crate::time::Instant;

/// Sendings of a DHCPREQUEST before the client begins anew: a minute of them (RFC 2131 §3.1 step 5).
const REQUESTS: u32 = 4;

/// A DHCP client.
#[derive(Debug)]
pub struct Client {
    config: Config,
    rng: ChaCha8Rng,
    phase: Phase,
    /// When it began: what secs counts from.
    began: Instant,
    outputs: VecDeque<Output>,
}

/// An offer that the client takes.
#[derive(Clone, Copy, Debug)]
struct Offer {
    address: Ipv4Addr,
    server: Ipv4Addr,
    exchange: Exchange,
}

/// A state and what belongs to it.
#[derive(Debug)]
enum Phase {
    /// Sends a DHCPDISCOVER at `at`.
    Init { at: Instant },
    /// Waits for an offer, and sends again at `again`.
    Selecting { exchange: Exchange, attempt: u32, again: Instant },
    /// Has chosen an offer and asks for it at `at`.
    Chosen { offer: Offer, at: Instant },
    /// Waits for the acknowledgement, and sends again at `again`. The lease counts from `sent`.
    Requesting { offer: Offer, sent: Instant, attempt: u32, again: Instant },
    /// Has a lease.
    Bound { lease: Box<Lease> },
    /// Does nothing more.
    Stopped,
}

impl Phase {
    fn state(&self) -> State {
        match self {
            Phase::Init { .. } => State::Init,
            Phase::Selecting { .. } | Phase::Chosen { .. } => State::Selecting,
            Phase::Requesting { .. } => State::Requesting,
            Phase::Bound { .. } => State::Bound,
            Phase::Stopped => State::Stopped,
        }
    }

    /// When the client does something by itself.
    fn deadline(&self) -> Option<Instant> {
        match self {
            Phase::Init { at } | Phase::Chosen { at, .. } => Some(*at),
            Phase::Selecting { again, .. } | Phase::Requesting { again, .. } => Some(*again),
            Phase::Bound { lease } => Some(lease.expires()).filter(|end| !end.is_never()),
            Phase::Stopped => None,
        }
    }

    /// The xid of the exchange under way.
    fn xid(&self) -> Option<u32> {
        match self {
            Phase::Selecting { exchange, .. } => Some(exchange.xid),
            Phase::Chosen { offer, .. } | Phase::Requesting { offer, .. } => Some(offer.exchange.xid),
            Phase::Init { .. } | Phase::Bound { .. } | Phase::Stopped => None,
        }
    }
}

impl Client {
    /// A client in state INIT that begins at `now`.
    #[must_use]
    pub fn new(config: Config, now: Instant) -> Client {
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        let wait = match config.desynchronise {
            true => Duration::from_micros(1_000_000 + retransmit::below(&mut rng, 9_000_001)),
            false => Duration::ZERO,
        };
        let outputs = VecDeque::from([Output::Event(Event::Entered(State::Init))]);
        Client { config, rng, phase: Phase::Init { at: now + wait }, began: now, outputs }
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> State {
        self.phase.state()
    }

    /// Its lease, if it has one.
    #[must_use]
    pub fn lease(&self) -> Option<&Lease> {
        match &self.phase {
            Phase::Bound { lease } => Some(lease),
            _ => None,
        }
    }

    /// Gives its lease back, if it has one, and ends (RFC 2131 §4.4.6). Nobody answers to that.
    pub fn release(&mut self) {
        let phase = core::mem::replace(&mut self.phase, Phase::Stopped);
        if let Phase::Bound { lease } = phase {
            let xid = self.rng.next_u32();
            let payload = message::release(&self.config, xid, lease.address, lease.server);
            self.transmit(Destination::Server(lease.server), payload);
        }
        self.event(Event::Entered(State::Stopped));
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

    fn enter(&mut self, phase: Phase) {
        let changed = self.phase.state() != phase.state();
        self.phase = phase;
        if changed {
            self.event(Event::Entered(self.phase.state()));
        }
    }

    /// Begins anew after a while, so that a server that goes on refusing is not flooded.
    fn restart(&mut self, now: Instant) {
        let at = now + retransmit::delay(&mut self.rng, 1);
        self.enter(Phase::Init { at });
    }

    /// Does what is due.
    fn due(&mut self, now: Instant) {
        match self.phase {
            Phase::Init { .. } => {
                let exchange = Exchange { xid: self.rng.next_u32(), secs: self.secs(now) };
                self.discover(now, exchange, 1);
            }
            Phase::Selecting { exchange, attempt, .. } => {
                let exchange = Exchange { secs: self.secs(now), ..exchange };
                self.discover(now, exchange, attempt.saturating_add(1));
            }
            Phase::Chosen { offer, .. } => self.select(now, offer, now, 1),
            Phase::Requesting { attempt: REQUESTS.., .. } => self.restart(now),
            Phase::Requesting { offer, sent, attempt, .. } => self.select(now, offer, sent, attempt + 1),
            Phase::Bound { ref lease } => {
                let address = lease.address;
                self.event(Event::LeaseEnded(address));
                self.enter(Phase::Init { at: now });
            }
            Phase::Stopped => {}
        }
    }

    fn discover(&mut self, now: Instant, exchange: Exchange, attempt: u32) {
        let again = now + retransmit::delay(&mut self.rng, attempt);
        self.enter(Phase::Selecting { exchange, attempt, again });
        self.transmit(Destination::AllServers, message::discover(&self.config, exchange));
        self.event(Event::Waiting { message: MessageType::DISCOVER, attempt, until: again });
    }

    fn select(&mut self, now: Instant, offer: Offer, sent: Instant, attempt: u32) {
        let again = now + retransmit::delay(&mut self.rng, attempt);
        self.enter(Phase::Requesting { offer, sent, attempt, again });
        let payload = message::select(&self.config, offer.exchange, offer.address, offer.server);
        self.transmit(Destination::AllServers, payload);
        self.event(Event::Waiting { message: MessageType::REQUEST, attempt, until: again });
    }

    fn secs(&self, now: Instant) -> u16 {
        u16::try_from((now - self.began).as_secs()).unwrap_or(u16::MAX)
    }
}

impl Endpoint for Client {
    fn handle(&mut self, now: Instant, input: Input<'_>) {
        if let Input::Datagram { payload, .. } = input {
            self.datagram(now, payload);
        }
        while self.phase.deadline().is_some_and(|at| at <= now) {
            self.due(now);
        }
    }

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.phase.deadline()
    }
}
