//! The lease table: what each address of the pool is at, and whose (RFC 2131 §4.3.1).
//!
//! Law: an address is offered to, being stored for, or bound to one client at most, and a client holds one address
//! at most. There is a slot for each address that was ever used and at most two clients a slot, so that the table is
//! bounded by the pool. Nothing depends on the order of a hash: the same inputs give the same choices.

use core::net::Ipv4Addr;
use std::collections::{BTreeMap, BTreeSet};

use super::binding::{Binding, BindingState};
use super::identity::ClientKey;
use super::pool::Pool;
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
    Lease(Binding),
    /// A declined address has rested.
    Rest(Ipv4Addr),
}

/// What an address is at.
#[derive(Clone, Debug)]
enum State {
    Free { since: Instant },
    Offered { to: ClientKey, until: Instant },
    Committing { binding: Binding, before: Box<State> },
    Bound(Binding),
    Declined { until: Instant },
}

#[derive(Clone, Debug)]
struct Slot {
    state: State,
    /// To whom the address is bound, or was last.
    last: Option<ClientKey>,
}

/// The addresses of a pool and their clients.
#[derive(Clone, Debug)]
pub struct Table {
    pool: Pool,
    slots: BTreeMap<Ipv4Addr, Slot>,
    /// The address each client has, is offered, or had last.
    clients: BTreeMap<ClientKey, Ipv4Addr>,
    /// When offers, leases and rests end.
    timers: BTreeSet<(Instant, Ipv4Addr)>,
    /// Slots that are free, the longest free first.
    free: BTreeSet<(Instant, Ipv4Addr)>,
    /// Declined addresses, the one that has rested longest first.
    resting: BTreeSet<(Instant, Ipv4Addr)>,
    /// No address from here on was ever given out in order.
    fresh: Option<Ipv4Addr>,
}

impl Table {
    /// A table of free addresses.
    #[must_use]
    pub fn new(pool: Pool) -> Table {
        let fresh = Some(*pool.range().start());
        Table {
            pool,
            slots: BTreeMap::new(),
            clients: BTreeMap::new(),
            timers: BTreeSet::new(),
            free: BTreeSet::new(),
            resting: BTreeSet::new(),
            fresh,
        }
    }

    /// The pool.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Takes over a stored binding, and says whether its address is the pool's.
    pub fn restore(&mut self, binding: Binding) -> bool {
        if !self.pool.contains(binding.address) {
            return false;
        }
        let address = binding.address;
        let client = binding.client.clone();
        let state = match binding.state {
            BindingState::Bound => State::Bound(binding),
            BindingState::Released => State::Free { since: binding.since },
            BindingState::Declined => State::Declined { until: binding.expires },
        };
        if matches!(state, State::Bound(_)) || !self.clients.contains_key(&client) {
            self.clients.insert(client.clone(), address);
        }
        self.slots.insert(address, Slot { state, last: Some(client) });
        self.link(address);
        true
    }

    /// When the next offer, lease or rest ends.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Ends the next offer, lease or rest that is due.
    pub fn lapse(&mut self, now: Instant) -> Option<Lapse> {
        let &(_, address) = self.timers.first().filter(|(at, _)| *at <= now)?;
        match self.become_state(address, State::Free { since: now })? {
            State::Offered { to, .. } => {
                self.forget_unless_last(&to, address);
                Some(Lapse::Offer(address, to))
            }
            State::Bound(binding) => Some(Lapse::Lease(binding)),
            _ => Some(Lapse::Rest(address)),
        }
    }

    /// What an address of the pool is to a client.
    #[must_use]
    pub fn standing(&self, client: &ClientKey, address: Ipv4Addr) -> Standing {
        let Some(slot) = self.slots.get(&address) else { return Standing::Free };
        match &slot.state {
            State::Free { .. } if slot.last.as_ref() == Some(client) => Standing::Previous,
            State::Free { .. } => Standing::Free,
            State::Offered { to, .. } if to == client => Standing::Offered,
            State::Bound(binding) if binding.client == *client => Standing::Bound,
            State::Committing { binding, .. } if binding.client == *client => Standing::Committing,
            _ => Standing::Other,
        }
    }

    /// The address that a client has, is offered or had last, and what that is to it today.
    #[must_use]
    pub fn record(&self, client: &ClientKey) -> Option<(Ipv4Addr, Standing)> {
        let address = *self.clients.get(client)?;
        Some((address, self.standing(client, address)))
    }

    /// The binding of an address, if it is bound.
    #[must_use]
    pub fn binding(&self, address: Ipv4Addr) -> Option<&Binding> {
        match &self.slots.get(&address)?.state {
            State::Bound(binding) => Some(binding),
            _ => None,
        }
    }

    /// The address for a client, in the order of RFC 2131 §4.3.1: its current one, its previous one, the one it
    /// asks for, a fresh one, the one that has been free for longest.
    #[must_use]
    pub fn choose(&mut self, client: &ClientKey, requested: Option<Ipv4Addr>) -> Option<Ipv4Addr> {
        let known = self.record(client).filter(|(_, standing)| *standing != Standing::Other);
        if let Some((address, _)) = known {
            return Some(address);
        }
        let asked = requested.filter(|address| self.pool.contains(*address));
        if let Some(address) = asked
            && matches!(self.standing(client, address), Standing::Free | Standing::Previous)
        {
            return Some(address);
        }
        while let Some(address) = self.fresh {
            if !self.slots.contains_key(&address) {
                return Some(address);
            }
            self.fresh = self.pool.next(address);
        }
        self.free.first().map(|(_, address)| *address)
    }

    /// Holds an address for a client until its offer ends. A binding that is there stays as it is.
    pub fn offer(&mut self, client: &ClientKey, address: Ipv4Addr, until: Instant) {
        match self.standing(client, address) {
            Standing::Free | Standing::Previous | Standing::Offered => {}
            Standing::Bound | Standing::Committing | Standing::Other => return,
        }
        self.withdraw_elsewhere(client, address);
        self.ensure(address);
        self.become_state(address, State::Offered { to: client.clone(), until });
        self.clients.insert(client.clone(), address);
    }

    /// Ends the offer to a client, which took another server's (RFC 2131 §3.1 step 4); the address it was.
    pub fn withdraw(&mut self, client: &ClientKey, now: Instant) -> Option<Ipv4Addr> {
        let (address, Standing::Offered) = self.record(client)? else { return None };
        self.become_state(address, State::Free { since: now });
        self.forget_unless_last(client, address);
        Some(address)
    }

    /// Keeps an address for a client while its binding is being stored. The address must be free, or offered or
    /// bound to the client, which must have no other; says whether that is so.
    pub fn begin(&mut self, binding: Binding) -> bool {
        let (client, address) = (binding.client.clone(), binding.address);
        let elsewhere = self.record(&client).is_some_and(|(other, standing)| {
            other != address && matches!(standing, Standing::Bound | Standing::Committing)
        });
        let taken = matches!(self.standing(&client, address), Standing::Other | Standing::Committing);
        if elsewhere || taken || !self.pool.contains(address) {
            return false;
        }
        self.withdraw_elsewhere(&client, address);
        self.ensure(address);
        self.unlink(address);
        if let Some(slot) = self.slots.get_mut(&address) {
            let before = core::mem::replace(&mut slot.state, State::Free { since: Instant::EPOCH });
            slot.state = State::Committing { binding, before: Box::new(before) };
        }
        self.link(address);
        self.clients.insert(client, address);
        true
    }

    /// The store has kept the binding of an address, or has not: then the address is what it was before. Gives the
    /// binding.
    pub fn finish(&mut self, address: Ipv4Addr, stored: bool) -> Option<Binding> {
        let slot = self.slots.get_mut(&address)?;
        let State::Committing { binding, before } = &mut slot.state else { return None };
        let binding = binding.clone();
        let client = &binding.client;
        if !stored {
            let before = core::mem::replace(&mut **before, State::Free { since: Instant::EPOCH });
            slot.state = before;
            self.link(address);
            if !matches!(self.standing(client, address), Standing::Offered | Standing::Bound) {
                self.forget_unless_last(client, address);
            }
            return Some(binding);
        }
        slot.state = State::Bound(binding.clone());
        let displaced = slot.last.replace(client.clone()).filter(|last| last != client);
        self.link(address);
        if let Some(last) = displaced {
            self.forget(&last, address);
        }
        Some(binding)
    }

    /// Frees the address of a client, which it stays the last holder of; the binding that ends.
    pub fn release(&mut self, client: &ClientKey, address: Ipv4Addr, now: Instant) -> Option<Binding> {
        if self.standing(client, address) != Standing::Bound {
            return None;
        }
        match self.become_state(address, State::Free { since: now })? {
            State::Bound(binding) => Some(binding),
            _ => None,
        }
    }

    /// Takes an address out of use until it has rested, if it is bound or offered to the client.
    pub fn decline(&mut self, client: &ClientKey, address: Ipv4Addr, until: Instant) -> bool {
        if !matches!(self.standing(client, address), Standing::Bound | Standing::Offered) {
            return false;
        }
        self.become_state(address, State::Declined { until });
        self.forget(client, address);
        true
    }

    /// Frees the address that has rested longest, if more than `most` rest.
    pub fn relieve(&mut self, most: usize, now: Instant) -> Option<Ipv4Addr> {
        let &(_, address) = self.resting.first().filter(|_| self.resting.len() > most)?;
        self.become_state(address, State::Free { since: now });
        Some(address)
    }

    /// How many addresses are bound.
    #[must_use]
    pub fn bound(&self) -> usize {
        self.slots.values().filter(|slot| matches!(slot.state, State::Bound(_))).count()
    }

    /// Makes a slot for an address that has none.
    fn ensure(&mut self, address: Ipv4Addr) {
        let free = Slot { state: State::Free { since: Instant::EPOCH }, last: None };
        self.slots.entry(address).or_insert(free);
        self.link(address);
    }

    /// Ends the offer of another address to the client.
    fn withdraw_elsewhere(&mut self, client: &ClientKey, address: Ipv4Addr) {
        if let Some((other, Standing::Offered)) = self.record(client)
            && other != address
        {
            self.become_state(other, State::Free { since: Instant::EPOCH });
        }
    }

    /// Sets the state of a slot, keeps timers and free addresses in step, and gives the state before.
    fn become_state(&mut self, address: Ipv4Addr, state: State) -> Option<State> {
        self.unlink(address);
        let before = core::mem::replace(&mut self.slots.get_mut(&address)?.state, state);
        self.link(address);
        Some(before)
    }

    fn link(&mut self, address: Ipv4Addr) {
        let Some(slot) = self.slots.get(&address) else { return };
        match &slot.state {
            State::Free { since } => {
                self.free.insert((*since, address));
            }
            State::Offered { until: at, .. } | State::Bound(Binding { expires: at, .. })
                if !at.is_never() =>
            {
                self.timers.insert((*at, address));
            }
            State::Declined { until } => {
                self.timers.insert((*until, address));
                self.resting.insert((*until, address));
            }
            State::Offered { .. } | State::Bound(_) | State::Committing { .. } => {}
        }
    }

    fn unlink(&mut self, address: Ipv4Addr) {
        let Some(slot) = self.slots.get(&address) else { return };
        match &slot.state {
            State::Free { since } => {
                self.free.remove(&(*since, address));
            }
            State::Offered { until: at, .. } | State::Bound(Binding { expires: at, .. }) => {
                self.timers.remove(&(*at, address));
            }
            State::Declined { until } => {
                self.timers.remove(&(*until, address));
                self.resting.remove(&(*until, address));
            }
            State::Committing { .. } => {}
        }
    }

    fn forget(&mut self, client: &ClientKey, address: Ipv4Addr) {
        if self.clients.get(client) == Some(&address) {
            self.clients.remove(client);
        }
    }

    fn forget_unless_last(&mut self, client: &ClientKey, address: Ipv4Addr) {
        let last = self.slots.get(&address).and_then(|slot| slot.last.as_ref());
        if last != Some(client) {
            self.forget(client, address);
        }
    }
}
