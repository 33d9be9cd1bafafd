//! What a client does by itself when its time has come: first messages, messages again, T1, T2, the end of a lease.

use core::net::Ipv4Addr;
use core::time::Duration;

use super::Client;
use super::message::{self, Exchange};
use super::phase::{Known, Offer, Phase, rebind};
use crate::endpoint::{Destination, Event, Moved, Pause, Trigger};
use crate::packet::MessageType;
use crate::time::Instant;

/// Sendings of a DHCPREQUEST or DHCPINFORM before the client gives up: a minute of them (RFC 2131 §3.1 step 5, §4.4.3).
const REQUESTS: u32 = 4;
/// The least time before a lease is asked for again (§4.4.5).
const LEAST: Duration = Duration::from_secs(60);

impl Client {
    /// Does all that is due.
    pub(super) fn catch_up(&mut self, now: Instant) {
        while self.phase.deadline().is_some_and(|at| at <= now) {
            self.due(now);
        }
    }

    fn due(&mut self, now: Instant) {
        match &self.phase {
            Phase::Init { .. } => {
                let exchange = self.exchange(now);
                self.discover(now, Trigger::WaitOver, exchange, now, 1);
            }
            Phase::Selecting { best: Some(best), .. } => {
                let offer = best.offer;
                self.choose(now, offer);
            }
            &Phase::Selecting { exchange, sent, attempt, .. } => {
                let exchange = Exchange { secs: self.secs(now), ..exchange };
                self.discover(now, Trigger::NoReply, exchange, sent, attempt.saturating_add(1));
            }
            &Phase::Chosen { offer, .. } => self.select(now, Trigger::Select, offer, now, 1),
            &Phase::Requesting { offer, sent, attempt, .. } => match attempt {
                REQUESTS.. => {
                    self.has_failed(offer.server);
                    self.restart(now, Trigger::GiveUp, Duration::ZERO);
                }
                _ => self.select(now, Trigger::NoReply, offer, sent, attempt + 1),
            },
            Phase::InitReboot { known, .. } => {
                let known = known.clone();
                let exchange = self.exchange(now);
                self.verify(now, Trigger::WaitOver, known, exchange, now, 1);
            }
            Phase::Rebooting { known, exchange, sent, attempt, .. } => {
                let (known, exchange, sent, attempt) = (known.clone(), *exchange, *sent, *attempt);
                match attempt {
                    REQUESTS.. => self.unverified(now, known),
                    _ => {
                        let exchange = Exchange { secs: self.secs(now), ..exchange };
                        self.verify(now, Trigger::NoReply, known, exchange, sent, attempt + 1);
                    }
                }
            }
            Phase::Checking { .. } => self.accept(),
            Phase::Bound { .. } | Phase::Extending { .. } => self.keep(now),
            &Phase::Informing { exchange, address, attempt, .. } => match attempt {
                REQUESTS.. => self.step(Trigger::GiveUp, Phase::Stopped { known: None }),
                _ => self.ask_parameters(now, Trigger::NoReply, address, Some(exchange), attempt + 1),
            },
            Phase::Informed | Phase::Stopped { .. } => {}
        }
    }

    /// The numbers of an exchange that begins.
    fn exchange(&mut self, now: Instant) -> Exchange {
        Exchange { xid: self.dice.xid(), secs: self.secs(now) }
    }

    fn secs(&self, now: Instant) -> u16 {
        u16::try_from((now - self.began).as_secs()).unwrap_or(u16::MAX)
    }

    fn discover(&mut self, now: Instant, on: Trigger, exchange: Exchange, sent: Instant, attempt: u32) {
        let again = now + self.dice.delay(attempt);
        self.step(on, Phase::Selecting { exchange, sent, attempt, again, best: None });
        let payload = message::discover(&self.config, exchange, self.last);
        self.send(Destination::AllServers, payload, (MessageType::DISCOVER, attempt, again));
    }

    /// Takes an offer, after the pause if there is one.
    pub(super) fn choose(&mut self, now: Instant, offer: Offer) {
        match self.config.habits.request_delay {
            Duration::ZERO => self.select(now, Trigger::Select, offer, now, 1),
            pause => {
                self.phase = Phase::Chosen { offer, at: now + pause };
                self.paused(now, now + pause, Pause::BeforeRequest);
            }
        }
    }

    fn select(&mut self, now: Instant, on: Trigger, offer: Offer, sent: Instant, attempt: u32) {
        let again = now + self.dice.delay(attempt);
        self.step(on, Phase::Requesting { offer, sent, attempt, again });
        let payload = message::select(&self.config, offer.exchange, offer.address, offer.server);
        self.send(Destination::AllServers, payload, (MessageType::REQUEST, attempt, again));
    }

    fn verify(
        &mut self,
        now: Instant,
        on: Trigger,
        known: Known,
        exchange: Exchange,
        sent: Instant,
        attempt: u32,
    ) {
        let again = now + self.dice.delay(attempt);
        let payload = message::reboot(&self.config, exchange, known.address);
        self.step(on, Phase::Rebooting { known, exchange, sent, attempt, again });
        self.send(Destination::AllServers, payload, (MessageType::REQUEST, attempt, again));
    }

    /// Nobody says whether the address is right: a lease that lasts may be used (§3.2 step 4).
    fn unverified(&mut self, now: Instant, known: Known) {
        self.last = Some(known.address);
        match known.lease.filter(|lease| lease.expires() > now) {
            Some(lease) => self.bind(Trigger::GiveUp, *lease),
            None => self.restart(now, Trigger::GiveUp, Duration::ZERO),
        }
    }

    /// Keeps a lease: at T1 asks its server, at T2 all servers, at the end begins anew.
    fn keep(&mut self, now: Instant) {
        let Some(lease) = self.phase.lease() else { return };
        if lease.expires() <= now {
            self.event(Event::LeaseEnded(lease.address));
            self.began = now;
            self.step(Trigger::Expired, Phase::Init { at: now });
            return;
        }
        let rebinding = rebind(lease) <= now;
        let on = match &self.phase {
            Phase::Extending { rebinding: before, .. } if *before == rebinding => Trigger::NoReply,
            _ if rebinding => Trigger::T2,
            _ => Trigger::T1,
        };
        if matches!(self.phase, Phase::Bound { .. }) {
            self.began = now;
        }
        self.extend(now, on, rebinding);
    }

    /// Asks for more time, if it has a lease. Each sending has an xid of its own, as §4.1 allows, so that an answer tells
    /// from when its lease counts.
    fn extend(&mut self, now: Instant, on: Trigger, rebinding: bool) {
        let attempt = match &self.phase {
            Phase::Extending { attempt, rebinding: before, .. } if *before == rebinding => {
                attempt.saturating_add(1)
            }
            _ => 1,
        };
        let from = self.phase.state();
        let Some(lease) = self.phase.take_lease() else { return };
        let exchange = self.exchange(now);
        let end = if rebinding { lease.expires() } else { rebind(&lease).min(lease.expires()) };
        let again = now + (end.since(now) / 2).max(LEAST);
        let payload = message::extend(&self.config, exchange, lease.address, rebinding);
        let to = if rebinding { Destination::AllServers } else { Destination::Server(lease.server) };
        let xid = exchange.xid;
        let at = again.min(end);
        self.phase = Phase::Extending { lease, rebinding, xid, sent: now, attempt, at };
        self.tell(Moved { from, on, to: self.phase.state() });
        self.send(to, payload, (MessageType::REQUEST, attempt, at));
    }

    /// Renews before T1 if it is BOUND; whether it was.
    pub(super) fn early(&mut self, now: Instant, on: Trigger) -> bool {
        let bound = matches!(self.phase, Phase::Bound { .. });
        if bound {
            self.began = now;
            self.extend(now, on, false);
        }
        bound
    }

    pub(super) fn ask_parameters(
        &mut self,
        now: Instant,
        on: Trigger,
        address: Ipv4Addr,
        exchange: Option<Exchange>,
        attempt: u32,
    ) {
        let exchange = match exchange {
            Some(exchange) => Exchange { secs: self.secs(now), ..exchange },
            None => self.exchange(now),
        };
        let again = now + self.dice.delay(attempt);
        self.step(on, Phase::Informing { exchange, address, attempt, again });
        let payload = message::inform(&self.config, exchange, address);
        self.send(Destination::AllServers, payload, (MessageType::INFORM, attempt, again));
    }

    fn send(
        &mut self,
        to: Destination,
        payload: Vec<u8>,
        (message, attempt, until): (MessageType, u32, Instant),
    ) {
        self.transmit(to, payload);
        self.event(Event::Waiting { message, attempt, until });
    }
}
