//! DHCPDISCOVER (RFC 2131 §4.3.1): an offer, held for a while and not stored.

use core::net::Ipv4Addr;
use core::time::Duration;

use super::Server;
use super::arrival::Arrival;
use super::destination::destination;
use super::reply::Reply;
use crate::endpoint::{AddressRule, DropReason, Event, LeaseRule, Rule};
use crate::lease::{Crowded, Shares};
use crate::options::{
    AUTO_CONFIGURE, IP_ADDRESS_LEASE_TIME, IPV6_ONLY_PREFERRED, PARAMETER_REQUEST_LIST, RAPID_COMMIT,
    REQUESTED_IP_ADDRESS,
};
use crate::packet::MessageType;
use crate::time::Instant;

/// A network is short of addresses when less than this part of them, one in ten, is free.
const FEW: u64 = 10;
/// The least time that an offer is held when addresses are short: what a client takes that waits for several offers.
const LEAST_HOLD: Duration = Duration::from_secs(3);

impl Server {
    /// An offer, or a DHCPACK at once (RFC 4039).
    pub(super) fn discover(&mut self, arrival: &Arrival<'_>) -> Result<(), DropReason> {
        let requested = arrival.packet.get(&REQUESTED_IP_ADDRESS).ok().flatten();
        let Some((address, rule)) = self.table.choose(&arrival.seek(requested)) else {
            return self.offer_nothing(arrival);
        };
        self.explain(arrival, || Rule::Address(address, rule));
        let stranger = self.is_stranger(arrival);
        if stranger && rule != AddressRule::Held {
            self.room(arrival)?;
        }
        if self.can_do_without(arrival, address) {
            return self.offer(arrival, address);
        }
        if self.must_probe(arrival, address, rule)? {
            return self.probe(arrival, address);
        }
        if arrival.plan.config.rapid_commit && arrival.packet.has(RAPID_COMMIT.code) {
            return self.grant(arrival, address, true, true);
        }
        let until = arrival.now() + self.hold(arrival, stranger);
        if !self.table.offer(&arrival.client, address, until, stranger.then(|| arrival.source())) {
            return Err(DropReason::CommitPending(address));
        }
        self.event(Event::Offered { client: arrival.client.clone(), address, until });
        self.offer(arrival, address)
    }

    /// Whether the client neither has nor had an address of the network, and none is reserved for it.
    pub(super) fn is_stranger(&self, arrival: &Arrival<'_>) -> bool {
        let has = self.table.held(arrival.link.network, &arrival.client).has;
        has.is_none() && arrival.reservation.is_none()
    }

    /// Whether one more offer may be open for a stranger: a flood shall leave something for those from elsewhere.
    fn room(&mut self, arrival: &Arrival<'_>) -> Result<(), DropReason> {
        let config = &arrival.plan.config;
        let shares = Shares { share: config.offers_per_relay, per_port: config.offers_per_port };
        let room = match config.probe.is_some() && self.probes.are_many() {
            true => Err(Crowded::Network),
            false => self.table.room(arrival.link.network, &arrival.client, &arrival.source(), shares),
        };
        room.map_err(DropReason::TooManyOffers)
    }

    /// How long an offer is held. When a network runs short of addresses, strangers have less time, so that those
    /// who do not come back leave room sooner.
    fn hold(&self, arrival: &Arrival<'_>, stranger: bool) -> Duration {
        let most = arrival.plan.config.offer_hold;
        let network = arrival.link.network;
        let (free, few) = (self.table.free(network), self.table.size(network) / FEW);
        if !stranger || free >= few {
            return most;
        }
        let least = most.min(LEAST_HOLD);
        let more = u64::try_from((most - least).as_micros()).unwrap_or(u64::MAX);
        least + Duration::from_micros(more.saturating_mul(free) / few.max(1))
    }

    fn offer(&mut self, arrival: &Arrival<'_>, address: Ipv4Addr) -> Result<(), DropReason> {
        let (lease, _) = self.lease(arrival, address, true);
        let reply = Reply::new(arrival, self.subnet_of(address));
        let packed = reply.grant(MessageType::OFFER, address, lease, false);
        let transmit = self.reply(arrival, destination(arrival, address), packed);
        self.transmit(transmit);
        Ok(())
    }

    /// No address is free: that is said to a client that can configure itself (RFC 2563 §2.3), if it is configured
    /// whether it shall.
    fn offer_nothing(&mut self, arrival: &Arrival<'_>) -> Result<(), DropReason> {
        let scopes = arrival.scopes(arrival.link.near);
        let how = scopes.option(AUTO_CONFIGURE.code).filter(|_| arrival.packet.has(AUTO_CONFIGURE.code));
        let how = how.ok_or(DropReason::PoolExhausted)?;
        let packed = Reply::new(arrival, arrival.link.near).auto_configure(how);
        let transmit = self.reply(arrival, destination(arrival, Ipv4Addr::UNSPECIFIED), packed);
        self.transmit(transmit);
        Ok(())
    }

    /// Whether the client will do without the address, since it asks for option 108 and gets it: then nothing is held
    /// for it (RFC 8925 §3.3).
    fn can_do_without(&self, arrival: &Arrival<'_>, address: Ipv4Addr) -> bool {
        let code = IPV6_ONLY_PREFERRED.code;
        let asked = || arrival.packet.checked(&PARAMETER_REQUEST_LIST).ok().flatten();
        arrival.scopes(self.subnet_of(address)).option(code).is_some()
            && asked().is_some_and(|asked| asked.contains(&code.0))
    }

    /// The lease time in seconds and the end of the lease. A client with a lease that discovers anew, and does not
    /// ask for a time, is told what is left of it (§4.3.1), unless that is hardly anything. What it was promised under
    /// another configuration is not granted anew beyond what this one allows.
    pub(super) fn lease(&mut self, arrival: &Arrival<'_>, address: Ipv4Addr, keep: bool) -> (u32, Instant) {
        let times = arrival.scopes(self.subnet_of(address)).lease();
        let asked = arrival.packet.get(&IP_ADDRESS_LEASE_TIME).ok().flatten();
        let current = self.table.binding(address).filter(|binding| binding.client == arrival.client);
        if let (true, None, Some(binding)) = (keep, asked, current) {
            let expires = binding.expires.min(super::end(arrival.now(), times.max));
            let left = match expires.is_never() {
                true => u32::MAX,
                false => u32::try_from((expires - arrival.now()).as_secs()).unwrap_or(u32::MAX - 1),
            };
            if left >= times.worth_offering() {
                self.explain(arrival, || Rule::Lease(left, LeaseRule::Left));
                return (left, expires);
            }
        }
        let lease = times.granted(asked);
        let rule = match asked {
            None => LeaseRule::Default,
            Some(asked) if asked == lease => LeaseRule::Asked,
            Some(_) => LeaseRule::Bounded,
        };
        self.explain(arrival, || Rule::Lease(lease, rule));
        (lease, super::end(arrival.now(), lease))
    }

    /// Whether an address must be probed before it is offered: one that nobody but the client can have need not.
    fn must_probe(
        &mut self,
        arrival: &Arrival<'_>,
        address: Ipv4Addr,
        rule: AddressRule,
    ) -> Result<bool, DropReason> {
        if self.probes.refresh(arrival, address) {
            return Err(DropReason::ProbePending(address));
        }
        Ok(arrival.plan.config.probe.is_some() && !arrival.origin.probed && !rule.is_its_own())
    }
}
