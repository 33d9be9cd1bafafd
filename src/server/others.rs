//! DHCPDECLINE, DHCPRELEASE and DHCPINFORM (RFC 2131 §4.3.3 to §4.3.5), and BOOTP (RFC 1534 §2).

use core::net::Ipv4Addr;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::arrival::Arrival;
use super::destination::destination;
use super::reply::Reply;
use super::{Config, Pending, Server};
use crate::endpoint::{Destination, DropReason, Event};
use crate::lease::{Binding, BindingState, ClientKey, Table};
use crate::options::{REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER};
use crate::packet::Packet;
use crate::time::Instant;

impl Server {
    /// §4.3.3: the address rests, and so does at most a share of its subnet.
    pub(super) fn decline(&mut self, arrival: &Arrival<'_>) -> Result<(), DropReason> {
        self.means_us(arrival)?;
        let address = arrival.packet.get(&REQUESTED_IP_ADDRESS).map_err(DropReason::Malformed)?;
        let address = address.ok_or(DropReason::NoAddress)?;
        let until = arrival.now() + arrival.plan.config.decline_rest;
        let event = Event::Declined { client: arrival.client.clone(), address, until };
        if !arrival.is_on_network(address)
            || !self.rest(&arrival.client, address, (arrival.now(), until), arrival.packet, event)
        {
            return Err(DropReason::NotHolder(address));
        }
        Ok(())
    }

    /// Takes an address out of use that is a client's, and has that stored; whether it is the client's.
    pub(super) fn rest(
        &mut self,
        client: &ClientKey,
        address: Ipv4Addr,
        (now, until): (Instant, Instant),
        packet: &Packet<'_>,
        event: Event,
    ) -> bool {
        let Some((number, _)) = self.table.space().locate(address) else { return false };
        let Some(subnet) = self.table.space().subnet(number) else { return false };
        let binding = Arc::new(Binding {
            address,
            subnet,
            client: client.clone(),
            htype: packet.htype(),
            chaddr: packet.chaddr().0.into(),
            host_name: None,
            relay: None,
            state: BindingState::Declined,
            since: now,
            expires: until,
        });
        if !self.table.decline(Arc::clone(&binding)) {
            return false;
        }
        self.event(event);
        self.commit(Arc::clone(&binding), Pending::Note(binding));
        let most = most_at_rest(&self.table, &self.plan.config, number);
        while let Some(declined) = self.table.relieve(number, most, now) {
            self.event(Event::Rested(declined.address));
            // A restart shall not find more at rest than there were.
            let rested = Arc::new(Binding { expires: now, ..Binding::clone(&declined) });
            self.commit(Arc::clone(&rested), Pending::Note(rested));
        }
        true
    }

    /// §4.3.4: the address is free, and remembered as the client's.
    pub(super) fn release(&mut self, arrival: &Arrival<'_>) -> Result<(), DropReason> {
        self.means_us(arrival)?;
        let address = arrival.packet.ciaddr();
        if !arrival.is_on_network(address) {
            return Err(DropReason::NotHolder(address));
        }
        let released = self.table.release(&arrival.client, address, arrival.now());
        let released = released.ok_or(DropReason::NotHolder(address))?;
        self.released(&released, arrival.now());
        Ok(())
    }

    /// Has stored that a binding has ended.
    pub(super) fn released(&mut self, binding: &Binding, now: Instant) {
        let state = BindingState::Released;
        let binding = Arc::new(Binding { state, since: now, expires: now, ..binding.clone() });
        self.event(Event::Released(Arc::clone(&binding)));
        self.commit(Arc::clone(&binding), Pending::Note(binding));
    }

    /// §4.3.5: parameters for a client that has an address, with nothing of leases.
    pub(super) fn inform(&mut self, arrival: &Arrival<'_>) -> Result<(), DropReason> {
        let address = arrival.packet.ciaddr();
        if address.is_unspecified() {
            return Err(DropReason::NoAddress);
        }
        if !arrival.is_on_network(address) {
            return Err(DropReason::OtherNetwork(address));
        }
        let packed = Reply::new(arrival, self.subnet_of(address)).inform();
        let transmit = self.reply(arrival, Destination::Client(address), packed);
        self.transmit(transmit);
        Ok(())
    }

    /// A BOOTP client gets the address that is reserved for it, without a lease: the reservation is the record.
    pub(super) fn bootp(&mut self, arrival: &Arrival<'_>) -> Result<(), DropReason> {
        let reservation = arrival.reservation.ok_or(DropReason::NoReservation)?;
        let address = reservation.address;
        let other = |binding: &&Binding| *binding.chaddr != *arrival.packet.chaddr().0;
        if !self.table.permits(&arrival.seek(None), address)
            || self.table.binding(address).filter(other).is_some()
        {
            return Err(DropReason::NotHolder(address));
        }
        let packed = Reply::new(arrival, self.subnet_of(address)).bootp(address);
        let transmit = self.reply(arrival, destination(arrival, address), packed);
        self.transmit(transmit);
        Ok(())
    }

    /// Option 54 names this server, or is not there.
    fn means_us(&self, arrival: &Arrival<'_>) -> Result<(), DropReason> {
        match arrival.packet.get(&SERVER_IDENTIFIER).map_err(DropReason::Malformed)? {
            Some(server) if !self.is_us(arrival, server) => Err(DropReason::OtherServer(server)),
            Some(_) => Ok(()),
            // Table 5: it must be there. Who leaves it out may be guessing at other clients' leases.
            None => Err(DropReason::NoServerIdentifier),
        }
    }

    /// Whether an address is one by which this server is known (RFC 2131 §4.1).
    pub(super) fn is_us(&self, arrival: &Arrival<'_>, server: Ipv4Addr) -> bool {
        server == arrival.identifier()
            || Some(server) == arrival.plan.config.server_identifier
            || server == arrival.origin.arrived.local
            || self.addresses.contains(&server)
    }
}

/// How many addresses of a subnet may rest.
fn most_at_rest(table: &Table, config: &Config, subnet: usize) -> u64 {
    let share = u64::from(config.most_declined);
    (table.space().size(subnet).saturating_mul(share) / 100).max(1)
}

/// Takes over stored bindings. Of addresses that rest there are no more than may, and none rests longer than
/// configured, whatever the store says: it may come from another server, or from another configuration. Gives what
/// the store should have in place of what it has.
pub(super) fn restore(table: &mut Table, config: &Config, bindings: Vec<Binding>) -> Vec<Arc<Binding>> {
    let mut changed: BTreeMap<Ipv4Addr, Arc<Binding>> = BTreeMap::new();
    table.restore(bindings.into_iter().map(|mut binding| {
        let longest = binding.since + config.decline_rest;
        if binding.state == BindingState::Declined && binding.expires > longest {
            binding.expires = longest;
            changed.insert(binding.address, Arc::new(binding.clone()));
        }
        binding
    }));
    for subnet in 0..table.space().subnets() {
        let most = most_at_rest(table, config, subnet);
        while let Some(declined) = table.relieve(subnet, most, Instant::EPOCH) {
            let rested = Binding { expires: declined.since, ..Binding::clone(&declined) };
            changed.insert(rested.address, Arc::new(rested));
        }
    }
    changed.into_values().collect()
}
