//! The lease table: what each address is at, and whose (RFC 2131 §4.3.1).
//!
//! Law: an address is offered to, being stored for, or bound to one client at most, and a client holds one address
//! of a network at most. There is a slot for each address that was ever used and at most two clients a slot, so that
//! the table is bounded by the addresses. Nothing depends on the order of a hash: the same inputs give the same
//! choices. A message costs a few logarithms.

mod indexes;
mod slot;

use core::net::Ipv4Addr;
use std::collections::BTreeMap;

use indexes::Indexes;
pub use indexes::{Mark, Tally};
pub use slot::{Held, Lapse, Standing};
use slot::{Slot, State};

use super::binding::{Binding, BindingState};
use super::identity::ClientKey;
use super::space::Space;
use crate::time::Instant;

/// The addresses of all networks and their clients.
#[derive(Clone, Debug, Default)]
pub struct Table {
    space: Space,
    slots: BTreeMap<Ipv4Addr, Slot>,
    /// By network, what each client has to do with.
    clients: Vec<BTreeMap<ClientKey, Held>>,
    /// By range, the address from which on none was ever used.
    fresh: Vec<Option<Ipv4Addr>>,
    indexes: Indexes,
}

impl Table {
    /// A table of free addresses. `marks` is whether [`Table::marked`] will be asked.
    #[must_use]
    pub fn new(space: Space, marks: bool) -> Table {
        Table {
            slots: BTreeMap::new(),
            clients: vec![BTreeMap::new(); space.networks()],
            fresh: (0..space.ranges()).map(|range| space.first(range)).collect(),
            indexes: Indexes::new(&space, marks),
            space,
        }
    }

    /// Gives other addresses from here on. What was bound, offered, or being stored stays so until it ends, and what is
    /// on no network any more is kept too: nobody else gets it, should it come back.
    pub fn rebuild(&mut self, space: Space, marks: bool) {
        let slots = core::mem::take(&mut self.slots);
        *self = Table::new(space, marks);
        for (address, slot) in slots {
            self.adopt(address, slot);
        }
    }

    /// Where addresses are.
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Takes over a stored binding, and says whether its address is given here. One whose address is not is kept all
    /// the same.
    pub fn restore(&mut self, binding: Binding) -> bool {
        let address = binding.address;
        let client = binding.client.clone();
        let state = match binding.state {
            BindingState::Bound => State::Bound(binding),
            BindingState::Released => State::Free { since: binding.since },
            BindingState::Declined => State::Declined { until: binding.expires },
        };
        self.adopt(address, Slot { state, last: Some(client) });
        self.space.place(address).is_some()
    }

    fn adopt(&mut self, address: Ipv4Addr, slot: Slot) {
        if let Some(clients) = self.clients_of(address) {
            if let Some(last) = slot.last.clone().filter(|_| !matches!(slot.state, State::Declined { .. })) {
                let held = clients.entry(last).or_default();
                if held.has.is_none() || matches!(slot.state, State::Bound(_)) {
                    held.has = Some(address);
                }
            }
            match &slot.state {
                State::Offered { to: client, .. }
                | State::Committing { binding: Binding { client, .. }, .. } => {
                    clients.entry(client.clone()).or_default().offered = Some(address);
                }
                _ => {}
            }
        }
        self.indexes.link(&self.space, address, &slot);
        self.slots.insert(address, slot);
    }

    /// When the next offer, lease or rest ends.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.indexes.timers.first().map(|(at, _)| *at)
    }

    /// Ends the next offer, lease or rest that is due.
    pub fn lapse(&mut self, now: Instant) -> Option<Lapse> {
        let &(_, address) = self.indexes.timers.first().filter(|(at, _)| *at <= now)?;
        match self.become_state(address, State::Free { since: now })? {
            State::Offered { to, .. } => {
                self.set_held(&to, address, |held| held.offered = None);
                Some(Lapse::Offer(address, to))
            }
            State::Bound(binding) => Some(Lapse::Lease(binding)),
            _ => Some(Lapse::Rest(address)),
        }
    }

    /// What an address is to a client.
    #[must_use]
    pub fn standing(&self, client: &ClientKey, address: Ipv4Addr) -> Standing {
        self.slots.get(&address).map_or(Standing::Free, |slot| slot.standing(client))
    }

    /// What a client has to do with on a network.
    #[must_use]
    pub fn held(&self, network: usize, client: &ClientKey) -> Held {
        self.clients.get(network).and_then(|clients| clients.get(client)).copied().unwrap_or_default()
    }

    /// The address that a client has or had last, else the one that it is offered, and what that is to it today.
    #[must_use]
    pub fn record(&self, network: usize, client: &ClientKey) -> Option<(Ipv4Addr, Standing)> {
        let held = self.held(network, client);
        let address = held.has.or(held.offered)?;
        Some((address, self.standing(client, address)))
    }

    /// The binding of an address, if it is bound.
    #[must_use]
    pub fn binding(&self, address: Ipv4Addr) -> Option<&Binding> {
        match &self.slots.get(&address)?.state {
            State::Bound(binding) => Some(binding),
            State::Committing { before, .. } => match &**before {
                State::Bound(binding) => Some(binding),
                _ => None,
            },
            _ => None,
        }
    }

    /// The addresses that are bound to clients with a mark.
    pub fn marked(&self, mark: &Mark) -> impl Iterator<Item = &Binding> {
        let addresses = self.indexes.marks.as_ref().and_then(|marks| marks.get(mark));
        addresses.into_iter().flatten().filter_map(|address| self.binding(*address))
    }

    /// The addresses that are bound to a client, on any network.
    pub fn bound_to(&self, client: &ClientKey) -> impl Iterator<Item = &Binding> {
        let held = self.clients.iter().filter_map(|clients| clients.get(client)?.has);
        held.filter_map(|address| self.binding(address)).filter(|binding| binding.client == *client)
    }

    /// All that is bound, by address.
    pub fn bindings(&self) -> impl Iterator<Item = &Binding> {
        self.slots.keys().filter_map(|address| self.binding(*address))
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
        self.set_held(client, address, |held| held.offered = Some(address));
    }

    /// Ends the offer to a client, which took another server's (RFC 2131 §3.1 step 4); the address it was.
    pub fn withdraw(&mut self, network: usize, client: &ClientKey, now: Instant) -> Option<Ipv4Addr> {
        let address = self.held(network, client).offered?;
        if self.standing(client, address) != Standing::Offered {
            return None;
        }
        self.become_state(address, State::Free { since: now });
        self.set_held(client, address, |held| held.offered = None);
        Some(address)
    }

    /// Keeps an address for a client while its binding is being stored. The address must be free, or offered or
    /// bound to the client, which must have no other on the network; says whether that is so.
    pub fn begin(&mut self, binding: Binding) -> bool {
        let (client, address) = (binding.client.clone(), binding.address);
        let Some((_, network)) = self.space.locate(address) else { return false };
        let held = self.held(network, &client);
        let elsewhere = [held.has, held.offered].into_iter().flatten().any(|other| {
            let standing = self.standing(&client, other);
            other != address && matches!(standing, Standing::Bound | Standing::Committing)
        });
        let taken = matches!(self.standing(&client, address), Standing::Other | Standing::Committing);
        if elsewhere || taken {
            return false;
        }
        self.withdraw_elsewhere(&client, address);
        self.ensure(address);
        self.change(address, |slot| {
            let before = core::mem::replace(&mut slot.state, State::Free { since: Instant::EPOCH });
            slot.state = State::Committing { binding, before: Box::new(before) };
        });
        self.set_held(&client, address, |held| held.offered = Some(address));
        true
    }

    /// The store has kept the binding of an address, or has not: then the address is what it was before. Gives the
    /// binding.
    pub fn finish(&mut self, address: Ipv4Addr, stored: bool) -> Option<Binding> {
        let slot = self.slots.get_mut(&address)?;
        let State::Committing { binding, .. } = &slot.state else { return None };
        let binding = binding.clone();
        let client = binding.client.clone();
        if stored {
            let before = self.change(address, |slot| {
                slot.state = State::Bound(binding.clone());
                slot.last.replace(client.clone())
            });
            if let Some(last) = before.flatten().filter(|last| *last != client) {
                self.forget(&last, address);
            }
            self.set_held(&client, address, |held| *held = Held { has: Some(address), offered: None });
            return Some(binding);
        }
        self.change(address, |slot| {
            if let State::Committing { before, .. } = &mut slot.state {
                let before = core::mem::replace(&mut **before, State::Free { since: Instant::EPOCH });
                slot.state = before;
            }
        });
        if self.standing(&client, address) != Standing::Offered {
            self.set_held(&client, address, |held| held.offered = None);
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

    /// Frees the address of a subnet that has rested longest, if more than `most` rest.
    pub fn relieve(&mut self, subnet: usize, most: u64, now: Instant) -> Option<Ipv4Addr> {
        let resting = self.indexes.resting.get(subnet)?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let &(_, address) = resting.first().filter(|_| resting.len() > most)?;
        self.become_state(address, State::Free { since: now });
        Some(address)
    }

    /// How many addresses are bound.
    #[must_use]
    pub fn bound(&self) -> u64 {
        self.indexes.tally.iter().map(|tally| tally.bound).sum()
    }

    /// How many addresses of a subnet are at what.
    #[must_use]
    pub fn tally(&self, subnet: usize) -> Tally {
        self.indexes.tally.get(subnet).copied().unwrap_or_default()
    }

    /// An address of a range that nobody had yet.
    pub(super) fn fresh(&mut self, range: usize) -> Option<Ipv4Addr> {
        let next = self.fresh.get_mut(range)?;
        while let Some(address) = *next {
            if !self.slots.contains_key(&address) {
                return Some(address);
            }
            *next = self.space.next(range, address);
        }
        None
    }

    /// The address of a range that has been free for longest.
    pub(super) fn longest_free(&self, range: usize) -> Option<Ipv4Addr> {
        self.indexes.free.get(range)?.first().map(|(_, address)| *address)
    }

    /// Makes a slot for an address that has none.
    fn ensure(&mut self, address: Ipv4Addr) {
        if !self.slots.contains_key(&address) {
            let free = Slot { state: State::Free { since: Instant::EPOCH }, last: None };
            self.indexes.link(&self.space, address, &free);
            self.slots.insert(address, free);
        }
    }

    /// Ends the offer of another address of the same network to the client.
    fn withdraw_elsewhere(&mut self, client: &ClientKey, address: Ipv4Addr) {
        let Some((_, network)) = self.space.locate(address) else { return };
        if let Some(other) = self.held(network, client).offered.filter(|other| *other != address)
            && self.standing(client, other) == Standing::Offered
        {
            self.become_state(other, State::Free { since: Instant::EPOCH });
        }
    }

    /// Changes a slot and keeps the indexes in step.
    fn change<T>(&mut self, address: Ipv4Addr, change: impl FnOnce(&mut Slot) -> T) -> Option<T> {
        let slot = self.slots.get_mut(&address)?;
        self.indexes.unlink(&self.space, address, slot);
        let result = change(slot);
        self.indexes.link(&self.space, address, slot);
        Some(result)
    }

    /// Sets the state of a slot, and gives the state before.
    fn become_state(&mut self, address: Ipv4Addr, state: State) -> Option<State> {
        self.change(address, |slot| core::mem::replace(&mut slot.state, state))
    }

    fn clients_of(&mut self, address: Ipv4Addr) -> Option<&mut BTreeMap<ClientKey, Held>> {
        let (_, network) = self.space.locate(address)?;
        self.clients.get_mut(network)
    }

    /// Changes what a client has to do with on the network of an address; a client with nothing is forgotten.
    fn set_held(&mut self, client: &ClientKey, address: Ipv4Addr, change: impl FnOnce(&mut Held)) {
        let Some(clients) = self.clients_of(address) else { return };
        let mut held = clients.get(client).copied().unwrap_or_default();
        change(&mut held);
        if held == Held::default() {
            clients.remove(client);
        } else if let Some(there) = clients.get_mut(client) {
            *there = held;
        } else {
            clients.insert(client.clone(), held);
        }
    }

    fn forget(&mut self, client: &ClientKey, address: Ipv4Addr) {
        self.set_held(client, address, |held| {
            held.has = held.has.filter(|there| *there != address);
            held.offered = held.offered.filter(|there| *there != address);
        });
    }
}
