//! The lease table: what each address is at, and whose (RFC 2131 §4.3.1).
//!
//! Laws: an address is offered to, being stored for, or bound to one client at most, and a client holds one address of a
//! network at most. There is a slot for each address that is in use or was bound once, and at most two clients a slot,
//! so that the table is bounded by the addresses; of an offer that nobody took nothing is left. Nothing depends on the
//! order of a hash: the same inputs give the same choices. What a message costs does not grow with the leases.

mod change;
mod fresh;
mod hash;
mod indexes;
mod pages;
mod queue;
mod shares;
mod slot;
#[cfg(test)]
mod tests;
mod timers;

use core::net::Ipv4Addr;
use std::collections::HashMap;
use std::sync::Arc;

use fresh::Fresh;
use indexes::Indexes;
pub use indexes::{Mark, Tally};
use pages::Pages;
pub use shares::{Crowded, Shares, Source};
pub use slot::{Held, Lapse, Standing};
use slot::{Slot, State};
use timers::Timers;

use super::binding::{Binding, BindingState};
use super::identity::ClientKey;
use super::space::Space;
use super::touch::touch;
use crate::time::Instant;

/// What clients have to do with. Hashed with a secret of the process, since clients choose their keys, and never walked:
/// nothing that is seen depends on the secret.
type Clients = HashMap<ClientKey, Held, foldhash::fast::RandomState>;

/// The addresses of all networks and their clients.
#[derive(Clone, Debug, Default)]
pub struct Table {
    space: Space,
    slots: Pages<Slot>,
    /// By network, what each client has to do with.
    clients: Vec<Clients>,
    /// By range.
    fresh: Vec<Fresh>,
    /// By network, how many addresses are given.
    sizes: Vec<u64>,
    timers: Timers,
    indexes: Indexes,
}

impl Table {
    /// A table of free addresses. `marks` is whether [`Table::marked`] will be asked.
    #[must_use]
    pub fn new(space: Space, marks: bool) -> Table {
        let mut sizes = vec![0u64; space.networks()];
        for number in 0..space.subnets() {
            if let Some(size) = space.network(number).and_then(|network| sizes.get_mut(network)) {
                *size = size.saturating_add(space.size(number));
            }
        }
        Table {
            slots: Pages::default(),
            clients: vec![Clients::default(); space.networks()],
            fresh: (0..space.ranges()).map(|range| Fresh::from(space.first(range))).collect(),
            sizes,
            timers: Timers::default(),
            indexes: Indexes::new(&space, marks),
            space,
        }
    }

    /// Gives other addresses from here on. What was bound, offered, or being stored stays so until it ends, and what is
    /// on no network any more is kept too: nobody else gets it, should it come back.
    pub fn rebuild(&mut self, space: Space, marks: bool) {
        let slots = core::mem::take(&mut self.slots);
        *self = Table::new(space, marks);
        self.adopt_all(slots.into_things());
    }

    /// Takes over stored bindings, those too whose address is not given here: nobody else gets it, should it come back.
    pub fn restore(&mut self, bindings: impl IntoIterator<Item = Binding>) {
        self.adopt_all(bindings.into_iter().map(|binding| {
            let (address, client) = (binding.address, binding.client.clone());
            let state = match binding.state {
                BindingState::Bound => State::Bound(Arc::new(binding)),
                BindingState::Released => State::Free { since: binding.since },
                BindingState::Declined => State::Declined(Arc::new(binding)),
            };
            (address, Box::new(Slot::new(state, Some(client))))
        }));
    }

    /// Takes slots up, the free ones in the order in which they became free.
    fn adopt_all(&mut self, slots: impl Iterator<Item = (Ipv4Addr, Box<Slot>)>) {
        let mut free = Vec::new();
        for (address, slot) in slots {
            match (&slot.state, &slot.storing) {
                (State::Free { since }, None) => free.push((*since, address, slot)),
                _ => self.adopt(address, slot),
            }
        }
        free.sort_unstable_by_key(|(since, address, _)| (*since, *address));
        free.into_iter().for_each(|(_, address, slot)| self.adopt(address, slot));
        self.settle();
    }

    fn adopt(&mut self, address: Ipv4Addr, mut slot: Box<Slot>) {
        if let Some(clients) = self.clients_of(address) {
            if let Some(last) = slot.last.clone().filter(|_| !matches!(slot.state, State::Declined(_))) {
                let held = clients.entry(last).or_default();
                if held.has.is_none() || matches!(slot.state, State::Bound(_)) {
                    held.has = Some(address);
                }
            }
            let offered = match (&slot.storing, &slot.state) {
                (Some(binding), _) => Some(&binding.client),
                (None, State::Offered { to, .. }) => Some(to),
                _ => None,
            };
            if let Some(client) = offered {
                clients.entry(client.clone()).or_default().offered = Some(address);
            }
        }
        self.indexes.link(&self.space, address, &slot, false);
        slot.timer = Default::default();
        let end = slot.end();
        self.timers.set(address, &mut slot.timer, end);
        self.slots.insert(address, slot);
    }

    /// Where addresses are.
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// When the next offer, lease or rest ends.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| at)
    }

    /// What an address is to a client.
    #[must_use]
    pub fn standing(&self, client: &ClientKey, address: Ipv4Addr) -> Standing {
        self.slots.get(address).map_or(Standing::Free, |slot| slot.standing(client))
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
        self.slots.get(address)?.binding()
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
        self.slots.iter().filter_map(|(_, slot)| slot.binding())
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

    /// How many addresses of a network are given.
    #[must_use]
    pub fn size(&self, network: usize) -> u64 {
        self.sizes.get(network).copied().unwrap_or_default()
    }

    /// How many addresses of a network are neither bound nor offered nor at rest.
    #[must_use]
    pub fn free(&self, network: usize) -> u64 {
        self.size(network).saturating_sub(self.indexes.used.get(network).copied().unwrap_or_default())
    }

    /// Whether a client has or had an address of any network, or, where that counts, is offered one.
    #[must_use]
    pub fn knows(&self, client: &ClientKey, offers: bool) -> bool {
        self.clients
            .iter()
            .filter_map(|clients| clients.get(client))
            .any(|held| held.has.is_some() || (offers && held.offered.is_some()))
    }

    /// Whether one more offer may be open for a stranger of a network.
    ///
    /// # Errors
    ///
    /// [`Crowded`] says who holds too many.
    pub fn room(
        &mut self,
        network: usize,
        client: &ClientKey,
        source: &Source,
        shares: Shares,
    ) -> Result<(), Crowded> {
        let free = self.free(network);
        self.indexes.offers.room(network, (client, source), free, shares)
    }

    /// Looks at addresses that will soon be needed. Each lies behind three steps through memory; step by step for all of
    /// them, they are waited for together.
    pub fn touch(&self, addresses: &[Ipv4Addr]) {
        addresses.iter().for_each(|address| touch(self.slots.has(*address)));
        let slots = || addresses.iter().filter_map(|address| self.slots.get(*address));
        slots().for_each(|slot| touch((slot.timer, slot.storing.is_some(), slot.last.is_some())));
        for binding in slots().filter_map(Slot::binding) {
            let named = (matches!(binding.client, ClientKey::Identifier(_)), binding.host_name.is_some());
            touch((named, binding.htype, binding.relay.is_some(), binding.expires));
        }
    }

    /// An address of a range that nobody had yet.
    pub(super) fn fresh(&mut self, range: usize) -> Option<Ipv4Addr> {
        let (slots, space) = (&self.slots, &self.space);
        self.fresh.get_mut(range)?.find(|address| slots.has(address), |address| space.next(range, address))
    }

    /// The address of a range that has been free for longest.
    pub(super) fn longest_free(&self, range: usize) -> Option<Ipv4Addr> {
        self.indexes.free.get(range)?.first()
    }
}
