//! A customer's client on its network: what comes in, and what it wants done.

use core::net::{Ipv4Addr, SocketAddrV4};

use super::node::{Host, place};
use super::population::Life;
use super::ports::{CLIENT_PORT, SERVER_PORT};
use super::send::Letter;
use super::world::World;
use crate::client::Client;
use crate::endpoint::{Destination, Endpoint, Event, Input, Output, Transmit};

/// Where ciaddr stands in a message: the address that its sender has, 0.0.0.0 if none.
const CIADDR: usize = 12;

impl World {
    /// Something happens to a customer.
    pub(super) fn tell_customer(&mut self, number: u32, input: Input<'_>) {
        let now = self.now;
        let Some(customer) = self.customers.get_mut(place(number)) else { return };
        let Some(of) = self.populations.get(place(customer.population)) else { return };
        let Some(mut client) = customer.client.take() else { return };
        client.handle(of.clock.at(now), input);
        self.settle_customer(number, client);
    }

    /// Does what a client wants until it wants nothing more, and looks what has become of its address.
    pub(super) fn settle_customer(&mut self, number: u32, mut client: Box<Client>) {
        self.let_out(number, &mut client);
        let without = client.lease().is_none();
        if let Some(customer) = self.customers.get_mut(place(number)) {
            let online = customer.life == Life::Online;
            customer.client = Some(client);
            if online && without {
                self.lost(number);
            }
        }
        self.arm_customer(number);
    }

    /// Does what a client wants until it wants nothing more.
    pub(super) fn let_out(&mut self, number: u32, client: &mut Client) {
        while let Some(output) = client.poll() {
            match output {
                Output::Transmit(transmit) => self.ask(number, &transmit),
                Output::Event(event) => self.customer_tells(number, &event),
                Output::Probe(address) => {
                    let population = self.customers.get(place(number)).map(|customer| customer.population);
                    let of = population.and_then(|number| self.populations.get(place(number)));
                    if let Some(segment) = of.map(|of| of.segment) {
                        self.ask_who_has(Host::Customer(number), segment, address);
                    }
                }
                // A customer remembers nothing but its last address.
                Output::Commit(..) => {}
            }
        }
    }

    /// Sends what a client says, from the address that it says it has.
    fn ask(&mut self, number: u32, transmit: &Transmit) {
        let population = self.customers.get(place(number)).map(|customer| customer.population);
        let Some(of) = population.and_then(|number| self.populations.get(place(number))) else { return };
        let segment = of.segment;
        let ciaddr = transmit.payload.get(CIADDR..).and_then(<[u8]>::first_chunk::<4>);
        let own = ciaddr.map_or(Ipv4Addr::UNSPECIFIED, |octets| Ipv4Addr::from(*octets));
        let to = match transmit.to {
            Destination::Server(address) => address,
            _ => Ipv4Addr::BROADCAST,
        };
        let letter = Letter {
            from: Host::Customer(number),
            segment,
            source: SocketAddrV4::new(own, CLIENT_PORT),
            destination: SocketAddrV4::new(to, SERVER_PORT),
            mac: None,
            payload: &transmit.payload,
        };
        self.send(&letter, true);
    }

    fn customer_tells(&mut self, number: u32, event: &Event) {
        if self.observer.is_some() {
            let who = self.name(Host::Customer(number));
            if let Some(observer) = &mut self.observer {
                observer.event(self.now, &who, event);
            }
        }
        match event {
            Event::Leased(lease) => self.has(number, lease.address, lease.server),
            Event::Dropped(dropped) => {
                *self.measures.ignored.entry(("client", dropped.reason.name())).or_default() += 1;
            }
            _ => {}
        }
    }
}
