//! A client's state and what belongs to it.

use core::net::Ipv4Addr;

use super::message::Exchange;
use crate::endpoint::{Lease, State};
use crate::time::Instant;

/// An offer that the client takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    pub(super) address: Ipv4Addr,
    pub(super) server: Ipv4Addr,
    pub(super) exchange: Exchange,
}

/// The best offer so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Best {
    pub(super) offer: Offer,
    /// Its server's place among the preferred ones; the lower the better.
    pub(super) rank: usize,
    /// When the choice is made.
    pub(super) until: Instant,
}

/// An address that the client knows from earlier, and its lease if it may still last.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) address: Ipv4Addr,
    pub(super) lease: Option<Box<Lease>>,
}

/// A state and what belongs to it.
#[derive(Debug)]
pub(super) enum Phase {
    /// Does nothing; knows its lease if it did not give it back.
    Stopped { known: Option<Box<Lease>> },
    /// Sends a DHCPDISCOVER at `at`.
    Init { at: Instant },
    /// Waits for offers and collects them, and asks again at `again` if there is none. A lease that is granted at
    /// once counts from `sent`.
    Selecting { exchange: Exchange, sent: Instant, attempt: u32, again: Instant, best: Option<Best> },
    /// Has chosen an offer and asks for it at `at`.
    Chosen { offer: Offer, at: Instant },
    /// Waits for the acknowledgement, and sends again at `again`. The lease counts from `sent`.
    Requesting { offer: Offer, sent: Instant, attempt: u32, again: Instant },
    /// Asks for an address that it knows at `at`.
    InitReboot { known: Known, at: Instant },
    /// Waits for the acknowledgement, and sends again at `again`. The lease counts from `sent`.
    Rebooting { known: Known, exchange: Exchange, sent: Instant, attempt: u32, again: Instant },
    /// Has been granted an address and asks whether somebody has it; silence until `until` is enough.
    Checking { state: State, lease: Box<Lease>, xid: u32, until: Instant },
    /// Has a lease, and asks for more time, or is without it, `at` then.
    Bound { lease: Box<Lease>, at: Instant },
    /// Has a lease and asks for more time: its server, or all servers, and does what is next `at` then. A new lease
    /// counts from `sent`.
    Extending { lease: Box<Lease>, rebinding: bool, xid: u32, sent: Instant, attempt: u32, at: Instant },
    /// Waits for parameters, and asks again at `again`.
    Informing { exchange: Exchange, address: Ipv4Addr, attempt: u32, again: Instant },
    /// Has parameters.
    Informed,
}

impl Phase {
    pub(super) fn state(&self) -> State {
        match self {
            Phase::Stopped { .. } => State::Stopped,
            Phase::Init { .. } => State::Init,
            Phase::Selecting { .. } | Phase::Chosen { .. } => State::Selecting,
            Phase::Requesting { .. } => State::Requesting,
            Phase::InitReboot { .. } => State::InitReboot,
            Phase::Rebooting { .. } => State::Rebooting,
            Phase::Checking { state, .. } => *state,
            Phase::Bound { .. } => State::Bound,
            Phase::Extending { rebinding: false, .. } => State::Renewing,
            Phase::Extending { rebinding: true, .. } => State::Rebinding,
            Phase::Informing { .. } => State::Informing,
            Phase::Informed => State::Informed,
        }
    }

    /// When the client does something by itself.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Phase::Init { at } | Phase::Chosen { at, .. } | Phase::InitReboot { at, .. } => Some(*at),
            Phase::Selecting { best: Some(best), .. } => Some(best.until),
            Phase::Selecting { again, .. }
            | Phase::Requesting { again, .. }
            | Phase::Rebooting { again, .. }
            | Phase::Informing { again, .. } => Some(*again),
            Phase::Checking { until, .. } => Some(*until),
            Phase::Bound { at, .. } | Phase::Extending { at, .. } => Some(*at).filter(|at| !at.is_never()),
            Phase::Informed | Phase::Stopped { .. } => None,
        }
    }

    /// The xid of the exchange under way.
    pub(super) fn xid(&self) -> Option<u32> {
        match self {
            Phase::Selecting { exchange, .. }
            | Phase::Rebooting { exchange, .. }
            | Phase::Informing { exchange, .. } => Some(exchange.xid),
            Phase::Chosen { offer, .. } | Phase::Requesting { offer, .. } => Some(offer.exchange.xid),
            Phase::Checking { xid, .. } | Phase::Extending { xid, .. } => Some(*xid),
            _ => None,
        }
    }

    /// The lease that the client may use.
    pub(super) fn lease(&self) -> Option<&Lease> {
        match self {
            Phase::Bound { lease, .. } | Phase::Extending { lease, .. } => Some(lease),
            _ => None,
        }
    }

    /// Takes out the lease that the client may use; what is left is to be replaced.
    pub(super) fn take_lease(&mut self) -> Option<Box<Lease>> {
        match self {
            Phase::Bound { .. } | Phase::Extending { .. } => {
                core::mem::replace(self, Phase::Informed).into_lease()
            }
            _ => None,
        }
    }

    /// Takes the lease out, as far as it is the client's or may still be.
    pub(super) fn into_lease(self) -> Option<Box<Lease>> {
        match self {
            Phase::Bound { lease, .. } | Phase::Extending { lease, .. } => Some(lease),
            Phase::Stopped { known } => known,
            Phase::InitReboot { known, .. } | Phase::Rebooting { known, .. } => known.lease,
            _ => None,
        }
    }
}

/// T1 of a lease as a point in time, or its end if that is sooner.
pub(super) fn renew(lease: &Lease) -> Instant {
    lease.t1.map_or(Instant::NEVER, |t1| lease.start + t1).min(lease.expires())
}

/// T2 of a lease as a point in time.
pub(super) fn rebind(lease: &Lease) -> Instant {
    lease.t2.map_or(Instant::NEVER, |t2| lease.start + t2)
}
