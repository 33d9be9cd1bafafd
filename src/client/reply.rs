//! What a client makes of replies: an edge of figure 5, or a named reason to ignore them (RFC 2131 §4.4.1).

use core::net::Ipv4Addr;
use core::time::Duration;

use super::message::Exchange;
use super::{Client, Offer, Phase};
use crate::endpoint::{DropReason, Dropped, Event, Lease};
use crate::options::{IP_ADDRESS_LEASE_TIME, MESSAGE, REBINDING_TIME, RENEWAL_TIME, SERVER_IDENTIFIER};
use crate::packet::{MessageType, Op, Packet};
use crate::time::Instant;

impl Client {
    pub(super) fn datagram(&mut self, now: Instant, payload: &[u8]) {
        let dropped = match Packet::parse(payload) {
            Err(error) => Dropped { message: None, xid: None, reason: DropReason::NoHeader(error) },
            Ok(packet) => match self.message(now, &packet) {
                Ok(()) => return,
                Err(reason) => Dropped { message: packet.message_type(), xid: Some(packet.xid()), reason },
            },
        };
        self.event(Event::Dropped(dropped));
    }

    fn message(&mut self, now: Instant, packet: &Packet<'_>) -> Result<(), DropReason> {
        let kind = self.ours(packet)?;
        match (&self.phase, kind) {
            (&Phase::Selecting { exchange, .. }, MessageType::OFFER) => self.choose(now, packet, exchange),
            (Phase::Chosen { .. }, MessageType::OFFER) => Err(DropReason::LateOffer(server(packet)?)),
            (&Phase::Requesting { offer, sent, .. }, MessageType::ACK) => {
                self.acknowledged(packet, offer, sent)
            }
            (&Phase::Requesting { offer, .. }, MessageType::NAK) => self.refused(now, packet, offer),
            (phase, kind) => Err(DropReason::Unexpected(phase.state(), kind)),
        }
    }

    /// The type of a reply that is meant for this client and belongs to the exchange under way.
    fn ours(&self, packet: &Packet<'_>) -> Result<MessageType, DropReason> {
        if packet.op() != Op::BOOTREPLY {
            return Err(DropReason::WrongOp(packet.op()));
        }
        let kind = packet.message_type().ok_or(DropReason::NotDhcp)?;
        if packet.htype() != self.config.htype || packet.chaddr().0 != self.config.chaddr {
            return Err(DropReason::OtherClient);
        }
        match (self.phase.xid(), packet.xid()) {
            (Some(ours), theirs) if ours != theirs => Err(DropReason::OtherXid { ours, theirs }),
            _ => Ok(kind),
        }
    }

    /// Takes the first offer that can be taken.
    fn choose(&mut self, now: Instant, packet: &Packet<'_>, exchange: Exchange) -> Result<(), DropReason> {
        let offer = Offer { address: usable(packet.yiaddr())?, server: server(packet)?, exchange };
        self.enter(Phase::Chosen { offer, at: now + self.config.request_delay });
        Ok(())
    }

    fn acknowledged(&mut self, packet: &Packet<'_>, offer: Offer, sent: Instant) -> Result<(), DropReason> {
        from(packet, offer.server)?;
        let address = usable(packet.yiaddr())?;
        let seconds = packet.get(&IP_ADDRESS_LEASE_TIME).map_err(DropReason::Malformed)?;
        let seconds = seconds.filter(|seconds| *seconds > 0).ok_or(DropReason::NoLeaseTime)?;
        let time = (seconds != u32::MAX).then(|| Duration::from_secs(seconds.into()));
        let (t1, t2) = time.map(|time| times(packet, time)).unzip();
        let ack = packet.octets().to_vec();
        let lease = Lease { address, server: offer.server, start: sent, time, t1, t2, ack };
        self.enter(Phase::Bound { lease: Box::new(lease.clone()) });
        self.event(Event::Leased(Box::new(lease)));
        Ok(())
    }

    fn refused(&mut self, now: Instant, packet: &Packet<'_>, offer: Offer) -> Result<(), DropReason> {
        from(packet, offer.server)?;
        let message = packet.value(MESSAGE.code).unwrap_or_default().into_owned();
        self.event(Event::Nak { server: offer.server, message });
        self.restart(now);
        Ok(())
    }
}

fn server(packet: &Packet<'_>) -> Result<Ipv4Addr, DropReason> {
    let server = packet.get(&SERVER_IDENTIFIER).map_err(DropReason::Malformed)?;
    usable_server(server.ok_or(DropReason::NoServerIdentifier)?)
}

/// A server on loopback has a loopback address, which a client's address can't be.
fn usable_server(address: Ipv4Addr) -> Result<Ipv4Addr, DropReason> {
    let bad = address.is_unspecified() || address.is_broadcast() || address.is_multicast();
    if bad { Err(DropReason::BadAddress(address)) } else { Ok(address) }
}

fn usable(address: Ipv4Addr) -> Result<Ipv4Addr, DropReason> {
    let address = usable_server(address)?;
    if address.is_loopback() { Err(DropReason::BadAddress(address)) } else { Ok(address) }
}

fn from(packet: &Packet<'_>, expected: Ipv4Addr) -> Result<(), DropReason> {
    match server(packet)? {
        found if found == expected => Ok(()),
        found => Err(DropReason::OtherServer(found)),
    }
}

/// T1 and T2 of a lease: options 58 and 59 if they are in order, else a half and seven eighths (§4.4.5).
fn times(packet: &Packet<'_>, lease: Duration) -> (Duration, Duration) {
    let seconds =
        |key| packet.get(key).ok().flatten().map(|seconds: u32| Duration::from_secs(seconds.into()));
    let t2 = seconds(&REBINDING_TIME).unwrap_or(lease * 7 / 8);
    let t1 = seconds(&RENEWAL_TIME).unwrap_or(lease / 2);
    if t1 < t2 && t2 < lease { (t1, t2) } else { (lease / 2, lease * 7 / 8) }
}
