//! DHCPREQUEST (RFC 2131 §4.3.2): an acknowledgement once the binding is stored, a refusal, or silence.

use core::net::Ipv4Addr;
use std::sync::Arc;

use super::arrival::Arrival;
use super::asks::Asks;
use super::destination::{destination, nak_destination};
use super::reply::Reply;
use super::{Pending, Server};
use crate::endpoint::{DropReason, Event, Refusal, Rule};
use crate::lease::{BindingState, Standing};
use crate::packet::MessageType;

/// What a DHCPREQUEST is answered with.
enum Verdict {
    Grant(Ipv4Addr),
    Refuse(Ipv4Addr, Refusal),
}

impl Server {
    pub(super) fn request(&mut self, arrival: &Arrival<'_>) -> Result<(), DropReason> {
        let asks = Asks::of(arrival.packet, arrival.origin.to)?;
        self.explain(arrival, || Rule::State(asks.state(), asks.address()));
        let verdict = match asks {
            Asks::Selecting { server, address } => self.selected(arrival, server, address)?,
            Asks::InitReboot(address) if !arrival.is_on_network(address) => {
                Verdict::Refuse(address, Refusal::WrongNetwork)
            }
            Asks::InitReboot(address) => self.verified(arrival, address)?,
            Asks::Renewing(address) | Asks::Rebinding(address) => self.extended(arrival, address)?,
        };
        match verdict {
            Verdict::Grant(address) => {
                self.grant(arrival, address, matches!(asks, Asks::Selecting { .. }), false)
            }
            Verdict::Refuse(address, why) => {
                self.refuse(arrival, address, why);
                Ok(())
            }
        }
    }

    /// SELECTING: the client takes an offer, ours or another's.
    fn selected(
        &mut self,
        arrival: &Arrival<'_>,
        server: Ipv4Addr,
        address: Ipv4Addr,
    ) -> Result<Verdict, DropReason> {
        if !self.is_us(arrival, server) {
            let offered = self.table.withdraw(arrival.link.network, &arrival.client, arrival.now());
            if let Some(address) = offered {
                self.event(Event::OfferLapsed { client: arrival.client.clone(), address });
            }
            return Err(DropReason::OtherServer(server));
        }
        if !arrival.is_on_network(address) {
            return Ok(Verdict::Refuse(address, Refusal::WrongNetwork));
        }
        if !self.table.permits(&arrival.seek(None), address) {
            return Ok(Verdict::Refuse(address, Refusal::NotServed));
        }
        let standing = self.table.standing(&arrival.client, address);
        // A client that was offered another address than the one it has gives that up by taking it.
        if let Some((other, Standing::Bound)) = self.table.record(arrival.link.network, &arrival.client)
            && other != address
            && standing != Standing::Offered
        {
            return Ok(Verdict::Refuse(address, Refusal::HasOther(other)));
        }
        // An offer that has lapsed is good for as long as nobody else has the address.
        match standing {
            Standing::Committing => Err(DropReason::CommitPending(address)),
            Standing::Other => Ok(Verdict::Refuse(address, Refusal::Taken)),
            Standing::Bound | Standing::Offered | Standing::Previous | Standing::Free => {
                Ok(Verdict::Grant(address))
            }
        }
    }

    /// INIT-REBOOT on the right network: silence for whom there is no record, unless all records are here.
    fn verified(&self, arrival: &Arrival<'_>, address: Ipv4Addr) -> Result<Verdict, DropReason> {
        let unknown = || match arrival.plan.config.authoritative {
            true => Ok(Verdict::Refuse(address, Refusal::NoRecord)),
            false => Err(DropReason::UnknownClient),
        };
        match self.table.record(arrival.link.network, &arrival.client) {
            None | Some((_, Standing::Offered | Standing::Free)) => unknown(),
            Some((own, Standing::Other)) if own != address => unknown(),
            Some((own, _)) if own != address => Ok(Verdict::Refuse(address, Refusal::HasOther(own))),
            Some((_, Standing::Committing)) => Err(DropReason::CommitPending(address)),
            Some((_, Standing::Other)) => Ok(Verdict::Refuse(address, Refusal::Taken)),
            Some((_, Standing::Bound | Standing::Previous)) => Ok(self.still_given(arrival, address)),
        }
    }

    /// The client's own address, unless the configuration has come to want otherwise.
    fn still_given(&self, arrival: &Arrival<'_>, address: Ipv4Addr) -> Verdict {
        let seek = arrival.seek(None);
        let reserved = seek.reserved.filter(|reserved| *reserved != address);
        if let Some(reserved) = reserved.filter(|reserved| self.table.permits(&seek, *reserved))
            && matches!(
                self.table.standing(&arrival.client, reserved),
                Standing::Free | Standing::Previous | Standing::Offered
            )
        {
            return Verdict::Refuse(address, Refusal::HasOther(reserved));
        }
        match self.table.permits(&seek, address) {
            true => Verdict::Grant(address),
            false => Verdict::Refuse(address, Refusal::NotServed),
        }
    }

    /// RENEWING and REBINDING: as INIT-REBOOT, and nobody goes on using what is another's here.
    fn extended(&self, arrival: &Arrival<'_>, address: Ipv4Addr) -> Result<Verdict, DropReason> {
        match self.verified(arrival, address) {
            Err(DropReason::UnknownClient)
                if arrival.is_on_network(address) && self.table.binding(address).is_some() =>
            {
                Ok(Verdict::Refuse(address, Refusal::Taken))
            }
            verdict => verdict,
        }
    }

    /// Has a binding stored; the DHCPACK follows. `keep` is whether what is left of a lease is enough, `rapid` whether
    /// this answers a DHCPDISCOVER (RFC 4039 §3.1).
    pub(super) fn grant(
        &mut self,
        arrival: &Arrival<'_>,
        address: Ipv4Addr,
        keep: bool,
        rapid: bool,
    ) -> Result<(), DropReason> {
        let (lease, ends) = self.lease(arrival, address, keep);
        let binding = arrival.binding(address, BindingState::Bound, ends);
        let mut binding = binding.ok_or(DropReason::OtherNetwork(address))?;
        if let Some(before) = self.table.binding(address).filter(|before| before.client == binding.client) {
            // Whether the client ever sees that it has less time than it was promised before, nobody knows.
            binding.expires = ends.max(before.expires);
            // A client that does not say its name again has not lost it.
            binding.host_name = binding.host_name.or_else(|| before.host_name.clone());
        }
        // Made before anything changes: should it panic, no address is left as one that is being stored.
        let reply = Reply::new(arrival, self.subnet_of(address));
        let packed = reply.grant(MessageType::ACK, address, lease, rapid);
        let to = destination(arrival, address);
        self.supersede(arrival, address);
        let binding = Arc::new(binding);
        if !self.table.begin(Arc::clone(&binding)) {
            return Err(DropReason::CommitPending(address));
        }
        let transmit = self.reply(arrival, to, packed);
        self.commit(binding, Pending::Grant { address, ends, transmit });
        Ok(())
    }

    /// Frees the other address that the client has on the network.
    fn supersede(&mut self, arrival: &Arrival<'_>, address: Ipv4Addr) {
        let other = self.table.held(arrival.link.network, &arrival.client).has;
        if let Some(other) = other.filter(|other| *other != address)
            && let Some(binding) = self.table.release(&arrival.client, other, arrival.now())
        {
            self.released(&binding, arrival.now());
        }
    }

    fn refuse(&mut self, arrival: &Arrival<'_>, address: Ipv4Addr, why: Refusal) {
        self.event(Event::Refused { client: arrival.client.clone(), address, why });
        let packed = Reply::new(arrival, arrival.link.near).nak(why);
        let transmit = self.reply(arrival, nak_destination(arrival), packed);
        self.transmit(transmit);
    }
}
