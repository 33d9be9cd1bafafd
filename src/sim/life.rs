//! The life of a customer: it comes, asks, stays and leaves, and comes again.

use core::net::Ipv4Addr;
use std::sync::Arc;

use super::dice::{Dice, stream};
use super::node::{Host, Node, place};
use super::population::{Arrivals, Customer, Leave, Life};
use super::world::{Due, World};
use crate::client::{Client, Config};
use crate::endpoint::{Endpoint, Input};
use crate::link::Mac;
use crate::time::Instant;

impl World {
    /// One more customer, who comes when the population says.
    pub(super) fn join(&mut self, population: u32) {
        let number = u32::try_from(self.customers.len()).unwrap_or(u32::MAX);
        let Some(of) = self.populations.get_mut(place(population)) else { return };
        let source = stream(&of.name, of.joined.into());
        of.joined = of.joined.wrapping_add(1);
        let mut dice = Dice::of(self.seed, source, 0);
        let at = match of.arrivals {
            Arrivals::Within(time) => self.now + dice.up_to(time),
            Arrivals::Apart(_) => self.now,
            Arrivals::Offline => of.returns(self.now, &mut dice),
        };
        self.customers.push(Customer::new(population, source, at));
        self.arm_customer(number);
    }

    /// The next customer of those who come one after the other.
    pub(super) fn arrival(&mut self, population: u32) {
        let Some(of) = self.populations.get(place(population)) else { return };
        let Arrivals::Apart(span) = of.arrivals else { return };
        if of.count.is_some_and(|count| of.joined >= count) {
            return;
        }
        // The first comes after such a time too.
        let mut dice = Dice::of(self.seed, stream(&of.name, u64::MAX), of.joined.into());
        let next = of.after(self.now, &span, &mut dice);
        self.queue.push(next, Due::Arrival(population));
        if self.now > Instant::EPOCH {
            self.join(population);
        }
    }

    pub(super) fn wake_customer(&mut self, number: u32) {
        let now = self.now;
        let customer = self.customers.get_mut(place(number));
        let Some(customer) = customer.filter(|customer| customer.wake == now) else { return };
        customer.wake = Instant::NEVER;
        let (over, life) = (customer.until <= now, customer.life);
        match life {
            Life::Away if over => self.come(number),
            Life::Asking if over => self.give_up(number),
            Life::Online if over => self.leave(number),
            Life::Asking | Life::Online if self.is_due(number) => self.tell_customer(number, Input::Deadline),
            Life::Asking | Life::Online => self.arm_customer(number),
            Life::Away | Life::Dark => self.arm_customer(number),
        }
    }

    /// Whether a customer's client has something to do: what it was to be woken for may have been answered since.
    fn is_due(&self, number: u32) -> bool {
        let customer = self.customers.get(place(number));
        let of = customer.and_then(|customer| self.populations.get(place(customer.population)));
        let deadline = customer.and_then(|customer| customer.client.as_ref()?.next_deadline());
        of.zip(deadline).is_some_and(|(of, deadline)| of.clock.when(deadline) <= self.now)
    }

    /// Wakes a customer at its next deadline, unless it is woken before; then it looks again.
    pub(super) fn arm_customer(&mut self, number: u32) {
        let now = self.now;
        let Some(customer) = self.customers.get_mut(place(number)) else { return };
        let Some(of) = self.populations.get(place(customer.population)) else { return };
        let deadline = customer.client.as_ref().and_then(|client| client.next_deadline());
        let deadline = deadline.map_or(Instant::NEVER, |deadline| of.clock.when(deadline));
        let at = deadline.min(customer.until).max(now);
        if at < customer.wake && !at.is_never() {
            customer.wake = at;
            self.queue.push(at, Due::Customer(number));
        }
    }

    /// A customer comes and asks.
    pub(super) fn come(&mut self, number: u32) {
        let (now, seed) = (self.now, self.seed);
        let Some(customer) = self.customers.get_mut(place(number)) else { return };
        let Some(of) = self.populations.get(place(customer.population)) else { return };
        customer.visits = customer.visits.wrapping_add(1);
        let dice = customer.dice(seed).number();
        let Mac(mac) = Host::Customer(number).mac();
        let config = Config::with(mac, dice, Arc::clone(&of.habits));
        let mut client = Box::new(Client::idle(config));
        match customer.address {
            address if of.remember && !address.is_unspecified() => {
                client.reboot(of.clock.at(now), address, None)
            }
            _ => client.start(of.clock.at(now)),
        }
        self.asks(number);
        self.settle_customer(number, client);
    }

    /// It begins to ask, or does so again without an address.
    pub(super) fn asks(&mut self, number: u32) {
        let now = self.now;
        let Some(customer) = self.customers.get_mut(place(number)) else { return };
        let Some(of) = self.populations.get(place(customer.population)) else { return };
        customer.life = Life::Asking;
        customer.asked = now;
        customer.until = of.patience.map_or(Instant::NEVER, |patience| now + patience);
        if !of.hostile {
            self.measures.asked += 1;
        }
    }

    /// It has an address, or has it for longer.
    pub(super) fn has(&mut self, number: u32, address: Ipv4Addr, server: Ipv4Addr) {
        let (now, seed) = (self.now, self.seed);
        let Some(customer) = self.customers.get_mut(place(number)) else { return };
        let Some(of) = self.populations.get(place(customer.population)) else { return };
        let before = core::mem::replace(&mut customer.address, address);
        let first = customer.life == Life::Asking;
        let occasion = customer.occasion();
        if first {
            customer.life = Life::Online;
            let dice = || Dice::of(seed, customer.stream, occasion);
            let until = of.online.as_ref().map(|span| now + dice().span(span));
            customer.until = until.unwrap_or(Instant::NEVER);
        }
        let waited = now - customer.asked;
        let measured = !of.hostile;
        if self.is_rogue(server) && measured {
            self.measures.misled += 1;
        }
        if !first && before == address {
            return;
        }
        if first && measured {
            self.measures.served += 1;
            self.measures.first.add(waited);
            self.measures.online.set(now, self.measures.online.now().saturating_add(1));
        }
        self.frees(number, before);
        let other = self.locate(address).map(|(host, _)| host);
        self.holders.insert(address, Host::Customer(number));
        if let Some(other) = other.filter(|other| *other != Host::Customer(number)) {
            self.measures.shared += 1;
            let (first, second) = (self.name(other), self.name(Host::Customer(number)));
            self.note(|_| format!("{address} is used by {first} and {second}"));
            if let Some(observer) = &mut self.observer {
                observer.shared(now, address, [&first, &second]);
            }
        }
    }

    /// It has lost the address that it wanted.
    pub(super) fn lost(&mut self, number: u32) {
        if self.is_measured(number) {
            self.measures.lost_leases += 1;
        }
        self.offline(number);
        self.asks(number);
    }

    /// It goes away without an address.
    fn give_up(&mut self, number: u32) {
        let Some(customer) = self.customers.get_mut(place(number)) else { return };
        customer.client = None;
        let population = customer.population;
        if self.populations.get(place(population)).is_some_and(|of| !of.hostile) {
            self.measures.refused += 1;
        }
        self.note(|world| format!("{} goes away without an address", world.name(Host::Customer(number))));
        self.away(number);
    }

    /// It leaves, as its population does.
    pub(super) fn leave(&mut self, number: u32) {
        let Some(customer) = self.customers.get_mut(place(number)) else { return };
        let client = customer.client.take();
        let population = customer.population;
        let Some(of) = self.populations.get(place(population)) else { return };
        let (how, at) = (of.leave, of.clock.at(self.now));
        self.measures.left += 1;
        self.note(|world| format!("{} leaves", world.name(Host::Customer(number))));
        if let (Leave::Release, Some(mut client)) = (how, client) {
            client.release(at);
            self.let_out(number, &mut client);
        }
        self.offline(number);
        self.away(number);
    }

    /// It has no power, and no goodbye.
    pub(super) fn goes_dark(&mut self, number: u32) {
        let Some(customer) = self.customers.get_mut(place(number)) else { return };
        let online = customer.life == Life::Online;
        customer.client = None;
        customer.life = Life::Dark;
        customer.until = Instant::NEVER;
        if online {
            self.offline(number);
        }
    }

    /// It has no address any more.
    fn offline(&mut self, number: u32) {
        let Some(customer) = self.customers.get(place(number)) else { return };
        let (address, population) = (customer.address, customer.population);
        self.frees(number, address);
        if self.populations.get(place(population)).is_some_and(|of| !of.hostile) {
            self.measures.online.set(self.now, self.measures.online.now().saturating_sub(1));
        }
    }

    /// It stays away until its next visit.
    fn away(&mut self, number: u32) {
        let (now, seed) = (self.now, self.seed);
        let Some(customer) = self.customers.get_mut(place(number)) else { return };
        let Some(of) = self.populations.get(place(customer.population)) else { return };
        customer.life = Life::Away;
        let mut dice = customer.dice(seed);
        customer.until = of.returns(now, &mut dice);
        self.arm_customer(number);
    }

    /// Nobody finds it at an address any more.
    fn frees(&mut self, number: u32, address: Ipv4Addr) {
        if self.holders.get(&address) == Some(&Host::Customer(number)) {
            self.holders.remove(&address);
        }
    }

    /// Whether somebody wants to know how a customer fares.
    fn is_measured(&self, number: u32) -> bool {
        let population = self.customers.get(place(number)).map(|customer| customer.population);
        let of = population.and_then(|number| self.populations.get(place(number)));
        of.is_some_and(|of| !of.hostile)
    }

    fn is_rogue(&self, server: Ipv4Addr) -> bool {
        let Some((Host::Node(number, _), _)) = self.fixed.get(&server) else { return false };
        self.nodes.get(place(*number)).is_some_and(Node::is_rogue)
    }
}
