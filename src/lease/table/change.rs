//! What changes the table: offers, bindings that are stored, and all the ways in which an address becomes free.

use core::net::Ipv4Addr;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::shares::Source;
use super::slot::{Held, Lapse, Slot, Standing, State};
use super::{Clients, Table};
use crate::lease::{Binding, ClientKey};
use crate::time::Instant;

impl Table {
    /// Ends the next offer, lease or rest that is due.
    pub fn lapse(&mut self, now: Instant) -> Option<Lapse> {
        let (_, address) = self.timers.first().filter(|(at, _)| *at <= now)?;
        if let Some(binding) = self.ends_held(address, now) {
            return Some(Lapse::Lease(binding));
        }
        match self.set_free(address, now, false)? {
            State::Offered { to, .. } => {
                self.set_held(&to, address, |held| held.offered = None);
                Some(Lapse::Offer(address, to))
            }
            State::Bound(binding) => Some(Lapse::Lease(binding)),
            State::Declined(_) | State::Free { .. } => Some(Lapse::Rest(address)),
        }
    }

    /// Ends a lease whose address was offered to its client anew, and is held for it from here on.
    fn ends_held(&mut self, address: Ipv4Addr, now: Instant) -> Option<Arc<Binding>> {
        let slot = self.slots.get(address).filter(|slot| slot.hold > now)?;
        let State::Bound(binding) = &slot.state else { return None };
        let (binding, until) = (Arc::clone(binding), slot.hold);
        self.become_state(address, State::Offered { to: binding.client.clone(), until });
        self.set_held(&binding.client, address, |held| held.offered = Some(address));
        Some(binding)
    }

    /// Holds an address for a client until its offer ends; whether it is the client's till then. A binding that is there
    /// stays as it is. A client for which another address is being stored gets no offer. `source` is where a stranger
    /// is; an offer to it counts against those of others from there.
    pub fn offer(
        &mut self,
        client: &ClientKey,
        address: Ipv4Addr,
        until: Instant,
        source: Option<Source>,
    ) -> bool {
        let Some((_, network)) = self.space.locate(address) else { return false };
        let standing = self.standing(client, address);
        match standing {
            Standing::Committing => return true,
            Standing::Other => return false,
            Standing::Bound | Standing::Free | Standing::Previous | Standing::Offered => {}
        }
        let storing = |other| self.standing(client, other) == Standing::Committing;
        if self.held(network, client).offered.is_some_and(storing) {
            return false;
        }
        self.withdraw_elsewhere(client, address);
        if standing == Standing::Bound {
            self.change(address, |slot| slot.hold = until);
            return true;
        }
        self.become_state(address, State::Offered { to: client.clone(), until });
        self.set_held(client, address, |held| held.offered = Some(address));
        if let Some(source) = source {
            self.indexes.offers.opened(network, address, client, source);
        }
        true
    }

    /// Ends the offer to a client, which took another server's (RFC 2131 §3.1 step 4); the address it was.
    pub fn withdraw(&mut self, network: usize, client: &ClientKey, now: Instant) -> Option<Ipv4Addr> {
        let address = self.held(network, client).offered?;
        if self.standing(client, address) != Standing::Offered {
            return None;
        }
        self.set_free(address, now, false);
        self.set_held(client, address, |held| held.offered = None);
        Some(address)
    }

    /// Keeps an address for a client while its binding is being stored. The address must be free, or offered or
    /// bound to the client, which must have no other on the network; says whether that is so.
    pub fn begin(&mut self, binding: Arc<Binding>) -> bool {
        let (client, address) = (binding.client.clone(), binding.address);
        let Some((_, network)) = self.space.locate(address) else { return false };
        let held = self.held(network, &client);
        let elsewhere = [held.has, held.offered].into_iter().flatten().any(|other| {
            other != address
                && matches!(self.standing(&client, other), Standing::Bound | Standing::Committing)
        });
        let taken = matches!(self.standing(&client, address), Standing::Other | Standing::Committing);
        if elsewhere || taken {
            return false;
        }
        self.withdraw_elsewhere(&client, address);
        self.change(address, |slot| slot.storing = Some(binding));
        self.set_held(&client, address, |held| held.offered = Some(address));
        true
    }

    /// The store has kept the binding of an address, or has not: then the address is what it was before. Gives the
    /// binding.
    pub fn finish(&mut self, address: Ipv4Addr, stored: bool) -> Option<Arc<Binding>> {
        let binding = Arc::clone(self.slots.get(address)?.storing.as_ref()?);
        let client = &binding.client;
        if stored {
            let before = self.change(address, |slot| {
                if let Some(binding) = slot.storing.take() {
                    slot.state = State::Bound(binding);
                    slot.hold = Instant::EPOCH;
                }
                match slot.last.as_ref() == Some(client) {
                    true => None,
                    false => slot.last.replace(client.clone()),
                }
            });
            if let Some(last) = before {
                self.forget(&last, address);
            }
            self.set_held(client, address, |held| *held = Held { has: Some(address), offered: None });
            return Some(binding);
        }
        self.change(address, |slot| slot.storing = None);
        if self.standing(client, address) != Standing::Offered {
            self.set_held(client, address, |held| held.offered = None);
        }
        self.drop_if_unused(address);
        Some(binding)
    }

    /// Frees the address of a client, which it stays the last holder of; the binding that ends.
    pub fn release(&mut self, client: &ClientKey, address: Ipv4Addr, now: Instant) -> Option<Arc<Binding>> {
        if self.standing(client, address) != Standing::Bound {
            return None;
        }
        match self.set_free(address, now, false)? {
            State::Bound(binding) => Some(binding),
            _ => None,
        }
    }

    /// Takes an address out of use until it has rested, if it is bound or offered to the client that declines it.
    pub fn decline(&mut self, declined: Arc<Binding>) -> bool {
        let (client, address) = (declined.client.clone(), declined.address);
        if !matches!(self.standing(&client, address), Standing::Bound | Standing::Offered) {
            return false;
        }
        self.become_state(address, State::Declined(declined));
        self.forget(&client, address);
        true
    }

    /// Frees the address of a subnet that has rested longest, if more than `most` rest; how it was declined.
    pub fn relieve(&mut self, subnet: usize, most: u64, now: Instant) -> Option<Arc<Binding>> {
        let resting = self.indexes.resting.get(subnet)?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let &(_, address) = resting.first().filter(|_| resting.len() > most)?;
        match self.set_free(address, now, false)? {
            State::Declined(declined) => Some(declined),
            _ => None,
        }
    }

    /// Ends the offer of another address of the same network to the client.
    fn withdraw_elsewhere(&mut self, client: &ClientKey, address: Ipv4Addr) {
        let Some((_, network)) = self.space.locate(address) else { return };
        if let Some(other) = self.held(network, client).offered.filter(|other| *other != address)
            && self.standing(client, other) == Standing::Offered
        {
            self.set_free(other, Instant::EPOCH, true);
        }
    }

    /// Makes an address free, behind the others that are or before them, and gives the state before.
    fn set_free(&mut self, address: Ipv4Addr, since: Instant, front: bool) -> Option<State> {
        let free = |slot: &mut Slot| core::mem::replace(&mut slot.state, State::Free { since });
        let before = self.change_to(address, front, free);
        self.drop_if_unused(address);
        before
    }

    /// Sets the state of an address.
    fn become_state(&mut self, address: Ipv4Addr, state: State) {
        self.change(address, |slot| slot.state = state);
    }

    /// Changes the slot of an address, which is made if there is none.
    fn change<T: Default>(&mut self, address: Ipv4Addr, change: impl FnOnce(&mut Slot) -> T) -> T {
        if !self.slots.has(address) {
            let free = Slot::new(State::Free { since: Instant::EPOCH }, None);
            if let Some(fresh) = self.fresh_of(address) {
                fresh.take(address);
            }
            self.indexes.link(&self.space, address, &free, true);
            self.slots.insert(address, Box::new(free));
        }
        self.change_to(address, false, change).unwrap_or_default()
    }

    /// Changes a slot and keeps the indexes and timers in step.
    fn change_to<T>(
        &mut self,
        address: Ipv4Addr,
        front: bool,
        change: impl FnOnce(&mut Slot) -> T,
    ) -> Option<T> {
        let slot = self.slots.get_mut(address)?;
        self.indexes.unlink(&self.space, address, slot);
        let result = change(slot);
        self.indexes.link(&self.space, address, slot, front);
        let end = slot.end();
        self.timers.set(address, &mut slot.timer, end);
        if self.timers.may_be_wrong(address, self.slots.len()) {
            self.settle();
        }
        Some(result)
    }

    pub(super) fn settle(&mut self) {
        let addresses = self.slots.len();
        self.timers.settle(&mut self.slots, addresses, |slots, address| {
            slots.get_mut(address).map(|slot| &mut slot.timer)
        });
    }

    /// Lets a slot go that is free and was never bound.
    fn drop_if_unused(&mut self, address: Ipv4Addr) {
        let Some(slot) = self.slots.get(address) else { return };
        if slot.last.is_none() && slot.storing.is_none() && matches!(slot.state, State::Free { .. }) {
            self.indexes.unlink(&self.space, address, slot);
            self.slots.remove(address);
            if let Some(fresh) = self.fresh_of(address) {
                fresh.give_back(address);
            }
        }
    }

    fn fresh_of(&mut self, address: Ipv4Addr) -> Option<&mut super::Fresh> {
        self.fresh.get_mut(self.space.place(address)?.range?)
    }

    pub(super) fn clients_of(&mut self, address: Ipv4Addr) -> Option<&mut Clients> {
        let (_, network) = self.space.locate(address)?;
        self.clients.get_mut(network)
    }

    /// Changes what a client has to do with on the network of an address; a client with nothing is forgotten.
    fn set_held(&mut self, client: &ClientKey, address: Ipv4Addr, change: impl FnOnce(&mut Held)) {
        let Some(clients) = self.clients_of(address) else { return };
        match clients.entry(client.clone()) {
            Entry::Occupied(mut entry) => {
                change(entry.get_mut());
                if *entry.get() == Held::default() {
                    entry.remove();
                    shrink(clients);
                }
            }
            Entry::Vacant(entry) => {
                let mut held = Held::default();
                change(&mut held);
                if held != Held::default() {
                    entry.insert(held);
                }
            }
        }
    }

    fn forget(&mut self, client: &ClientKey, address: Ipv4Addr) {
        self.set_held(client, address, |held| {
            held.has = held.has.filter(|there| *there != address);
            held.offered = held.offered.filter(|there| *there != address);
        });
    }
}

/// Gives the room of clients back that a flood has left.
fn shrink(clients: &mut Clients) {
    let used = clients.len();
    if clients.capacity() > used.saturating_mul(4).max(1024) {
        clients.shrink_to(used.saturating_mul(2));
    }
}
