//! What an address is at.

use core::net::Ipv4Addr;
use std::sync::Arc;

use super::timers::Timer;
use crate::lease::{Binding, ClientKey};
use crate::time::Instant;

/// What an address is to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is bound to the client.
    Bound,
    /// It is held for the client, to whom it was offered.
    Offered,
    /// It is free, and was bound to the client last.
    Previous,
    /// It is free.
    Free,
    /// A binding of it to the client is being stored.
    Committing,
    /// It is another client's, or rests after a DECLINE.
    Other,
}

/// Something that ended by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lapse {
    /// An offer was not taken up.
    Offer(Ipv4Addr, ClientKey),
    /// A lease ran out.
    Lease(Arc<Binding>),
    /// A declined address has rested.
    Rest(Ipv4Addr),
}

/// The addresses that a client has to do with on a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// What is bound to it, or was last.
    pub has: Option<Ipv4Addr>,
    /// What is offered to it, or being stored for it.
    pub offered: Option<Ipv4Addr>,
}

/// What an address is at.
#[derive(Clone, Debug)]
pub(super) enum State {
    Free {
        since: Instant,
    },
    Offered {
        to: ClientKey,
        until: Instant,
    },
    Bound(Arc<Binding>),
    /// At rest, as it was declined.
    Declined(Arc<Binding>),
}

impl State {
    /// When it ends by itself.
    fn end(&self) -> Instant {
        match self {
            State::Free { .. } => Instant::NEVER,
            State::Offered { until, .. } => *until,
            State::Bound(binding) | State::Declined(binding) => binding.expires,
        }
    }
}

/// An address that is used, or was bound once.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) state: State,
    /// To whom the address is bound, or was last.
    pub(super) last: Option<ClientKey>,
    /// A binding that is being stored; until it is, the state stays as it is, and nothing ends by itself.
    pub(super) storing: Option<Arc<Binding>>,
    /// Until when a bound address is held for its client, to whom it was offered anew: the lease may end before.
    pub(super) hold: Instant,
    pub(super) timer: Timer,
}

impl Slot {
    pub(super) fn new(state: State, last: Option<ClientKey>) -> Slot {
        Slot { state, last, storing: None, hold: Instant::EPOCH, timer: Timer::default() }
    }

    /// When what it is at ends by itself.
    pub(super) fn end(&self) -> Instant {
        if self.storing.is_some() { Instant::NEVER } else { self.state.end() }
    }

    /// The binding, if the address is bound.
    pub(super) fn binding(&self) -> Option<&Binding> {
        match &self.state {
            State::Bound(binding) => Some(binding),
            _ => None,
        }
    }

    /// What the address is to a client.
    pub(super) fn standing(&self, client: &ClientKey) -> Standing {
        if let Some(binding) = &self.storing {
            return if binding.client == *client { Standing::Committing } else { Standing::Other };
        }
        match &self.state {
            State::Free { .. } if self.last.as_ref() == Some(client) => Standing::Previous,
            State::Free { .. } => Standing::Free,
            State::Offered { to, .. } if to == client => Standing::Offered,
            State::Bound(binding) if binding.client == *client => Standing::Bound,
            _ => Standing::Other,
        }
    }
}
