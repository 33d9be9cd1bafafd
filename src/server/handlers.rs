//! What the server does with each message: one function a type (RFC 2131 §4.3.1 to §4.3.5).

use core::net::Ipv4Addr;
use core::time::Duration;

use super::asks::Asks;
use super::config::Scopes;
use super::reply::{Reply, destination, nak_destination};
use super::{Arrival, Pending, Server};
use crate::endpoint::{Destination, DropReason, Event, Refusal};
use crate::lease::{Binding, BindingState, Standing};
use crate::options::{IP_ADDRESS_LEASE_TIME, REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER};
use crate::packet::MessageType;
use crate::time::Instant;

/// What a DHCPREQUEST is answered with.
enum Verdict {
    Grant(Ipv4Addr),
    Refuse(Ipv4Addr, Refusal),
}

impl Server {
    /// §4.3.1: an offer, held for a while and not stored.
    pub(super) fn discover(&mut self, arrival: &Arrival<'_>) -> Result<(), DropReason> {
        let requested = arrival.packet.get(&REQUESTED_IP_ADDRESS).ok().flatten();
        let address = self.table.choose(&arrival.client, requested).ok_or(DropReason::PoolExhausted)?;
        let until = arrival.now + self.config.offer_hold;
        self.table.offer(&arrival.client, address, until);
        self.event(Event::Offered { client: arrival.client.clone(), address, until });
        let (lease, _) = self.lease(arrival, address, true);
        let packed =
            Reply { config: &self.config, request: arrival.packet }.grant(MessageType::OFFER, address, lease);
        let transmit = self.reply(arrival, destination(arrival.packet, address), packed);
        self.transmit(transmit);
        Ok(())
    }

    /// §4.3.2: an acknowledgement once the binding is stored, a refusal, or silence.
    pub(super) fn request(&mut self, arrival: &Arrival<'_>) -> Result<(), DropReason> {
        let asks = Asks::of(arrival.packet, arrival.to)?;
        let verdict = match asks {
            Asks::Selecting { server, address } => self.selected(arrival, server, address)?,
            Asks::InitReboot(address) if !self.table.pool().subnet().contains(address) => {
                Verdict::Refuse(address, Refusal::WrongNetwork)
            }
            Asks::InitReboot(address) => self.verified(arrival, address)?,
            Asks::Renewing(address) | Asks::Rebinding(address) => self.extended(arrival, address)?,
        };
        match verdict {
            Verdict::Grant(address) => self.grant(arrival, address, matches!(asks, Asks::Selecting { .. })),
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
        if server != self.identifier() {
            if let Some(address) = self.table.withdraw(&arrival.client, arrival.now) {
                self.event(Event::OfferLapsed { client: arrival.client.clone(), address });
            }
            return Err(DropReason::OtherServer(server));
        }
        if !self.table.pool().contains(address) {
            return Ok(Verdict::Refuse(address, Refusal::NotServed));
        }
        if let Some((other, Standing::Bound)) = self.table.record(&arrival.client)
            && other != address
        {
            return Ok(Verdict::Refuse(address, Refusal::HasOther(other)));
        }
        // An offer that has lapsed is good for as long as nobody else has the address.
        match self.table.standing(&arrival.client, address) {
            Standing::Committing => Err(DropReason::CommitPending(address)),
            Standing::Other => Ok(Verdict::Refuse(address, Refusal::Taken)),
            Standing::Bound | Standing::Offered | Standing::Previous | Standing::Free => {
                Ok(Verdict::Grant(address))
            }
        }
    }

    /// INIT-REBOOT on the right network: silence for whom there is no record.
    fn verified(&self, arrival: &Arrival<'_>, address: Ipv4Addr) -> Result<Verdict, DropReason> {
        match self.table.record(&arrival.client) {
            None | Some((_, Standing::Offered | Standing::Free)) => Err(DropReason::UnknownClient),
            Some((own, _)) if own != address => Ok(Verdict::Refuse(address, Refusal::HasOther(own))),
            Some((_, Standing::Committing)) => Err(DropReason::CommitPending(address)),
            Some((_, Standing::Other)) => Ok(Verdict::Refuse(address, Refusal::Taken)),
            Some((_, Standing::Bound | Standing::Previous)) => Ok(Verdict::Grant(address)),
        }
    }

    /// RENEWING and REBINDING: as INIT-REBOOT, and nobody goes on using what is another's here.
    fn extended(&self, arrival: &Arrival<'_>, address: Ipv4Addr) -> Result<Verdict, DropReason> {
        match self.verified(arrival, address) {
            Err(DropReason::UnknownClient) if self.table.binding(address).is_some() => {
                Ok(Verdict::Refuse(address, Refusal::Taken))
            }
            verdict => verdict,
        }
    }

    fn grant(&mut self, arrival: &Arrival<'_>, address: Ipv4Addr, selecting: bool) -> Result<(), DropReason> {
        let (lease, expires) = self.lease(arrival, address, selecting);
        let binding = self.binding(arrival, address, BindingState::Bound, expires);
        if !self.table.begin(binding.clone()) {
            return Err(DropReason::CommitPending(address));
        }
        let packed =
            Reply { config: &self.config, request: arrival.packet }.grant(MessageType::ACK, address, lease);
        let transmit = self.reply(arrival, destination(arrival.packet, address), packed);
        self.commit(binding, Pending::Grant(address, transmit));
        Ok(())
    }

    fn binding(
        &self,
        arrival: &Arrival<'_>,
        address: Ipv4Addr,
        state: BindingState,
        expires: Instant,
    ) -> Binding {
        Binding {
            address,
            subnet: self.table.pool().subnet(),
            client: arrival.client.clone(),
            htype: arrival.packet.htype(),
            chaddr: arrival.packet.chaddr().0.into(),
            host_name: None,
            relay: None,
            state,
            since: arrival.now,
            expires,
        }
    }

    fn refuse(&mut self, arrival: &Arrival<'_>, address: Ipv4Addr, why: Refusal) {
        self.event(Event::Refused { client: arrival.client.clone(), address, why });
        let packed = Reply { config: &self.config, request: arrival.packet }.nak(why);
        let transmit = self.reply(arrival, nak_destination(arrival.packet), packed);
        self.transmit(transmit);
    }

    /// The lease time in seconds and the end of the lease. A client with a lease that discovers anew, and does not
    /// ask for a time, is told what is left of it (§4.3.1), unless that is hardly anything.
    fn lease(&self, arrival: &Arrival<'_>, address: Ipv4Addr, keep: bool) -> (u32, Instant) {
        let times = Scopes(vec![&self.config.scope]).lease();
        let asked = arrival.packet.get(&IP_ADDRESS_LEASE_TIME).ok().flatten();
        let current = self.table.binding(address).filter(|binding| binding.client == arrival.client);
        if let (true, None, Some(binding)) = (keep, asked, current) {
            let left = match binding.expires.is_never() {
                true => u32::MAX,
                false => u32::try_from((binding.expires - arrival.now).as_secs()).unwrap_or(u32::MAX - 1),
            };
            if left >= times.worth_offering() {
                return (left, binding.expires);
            }
        }
        match times.granted(asked) {
            u32::MAX => (u32::MAX, Instant::NEVER),
            lease => (lease, arrival.now + Duration::from_secs(lease.into())),
        }
    }

    /// §4.3.3: the address rests, and so does at most a tenth of the pool.
    pub(super) fn decline(&mut self, arrival: &Arrival<'_>) -> Result<(), DropReason> {
        self.means_us(arrival)?;
        let address = arrival.packet.get(&REQUESTED_IP_ADDRESS).map_err(DropReason::Malformed)?;
        let address = address.ok_or(DropReason::NoAddress)?;
        let until = arrival.now + self.config.decline_rest;
        if !self.table.decline(&arrival.client, address, until) {
            return Err(DropReason::NotHolder(address));
        }
        self.event(Event::Declined { client: arrival.client.clone(), address, until });
        let most = usize::try_from(self.table.pool().size() / 10).unwrap_or(usize::MAX).max(1);
        if let Some(rested) = self.table.relieve(most, arrival.now) {
            self.event(Event::Rested(rested));
        }
        let binding = self.binding(arrival, address, BindingState::Declined, until);
        self.commit(binding.clone(), Pending::Note(binding));
        Ok(())
    }

    /// §4.3.4: the address is free, and remembered as the client's.
    pub(super) fn release(&mut self, arrival: &Arrival<'_>) -> Result<(), DropReason> {
        self.means_us(arrival)?;
        let address = arrival.packet.ciaddr();
        let released = self.table.release(&arrival.client, address, arrival.now);
        let binding = released.ok_or(DropReason::NotHolder(address))?;
        let binding =
            Binding { state: BindingState::Released, since: arrival.now, expires: arrival.now, ..binding };
        self.event(Event::Released(binding.clone()));
        self.commit(binding.clone(), Pending::Note(binding));
        Ok(())
    }

    /// §4.3.5: parameters for a client that has an address, with nothing of leases.
    pub(super) fn inform(&mut self, arrival: &Arrival<'_>) -> Result<(), DropReason> {
        let address = arrival.packet.ciaddr();
        if address.is_unspecified() {
            return Err(DropReason::NoAddress);
        }
        if !self.table.pool().subnet().contains(address) {
            return Err(DropReason::OtherNetwork(address));
        }
        let packed = Reply { config: &self.config, request: arrival.packet }.inform();
        let transmit = self.reply(arrival, Destination::Client(address), packed);
        self.transmit(transmit);
        Ok(())
    }

    /// Option 54 names this server, or is not there.
    fn means_us(&self, arrival: &Arrival<'_>) -> Result<(), DropReason> {
        match arrival.packet.get(&SERVER_IDENTIFIER).map_err(DropReason::Malformed)? {
            Some(server) if server != self.identifier() => Err(DropReason::OtherServer(server)),
            _ => Ok(()),
        }
    }
}
