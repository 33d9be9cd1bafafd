//! What a client makes of replies: an edge of figure 5, or a named reason to ignore them (RFC 2131 §4.4.1).

use core::net::Ipv4Addr;
use core::time::Duration;

use super::message::Exchange;
use super::nonce::Nonce;
use super::phase::{Best, Offer, Phase};
use super::terms::{Terms, terms};
use super::{Client, ForceRenew};
use crate::endpoint::{DropReason, Dropped, Event, Lease, Moved, State, Trigger, Unproven};
use crate::options::{CLIENT_IDENTIFIER, MESSAGE, RAPID_COMMIT, SERVER_IDENTIFIER};
use crate::packet::{MessageType, Op, Packet};
use crate::time::Instant;

/// For how long others may make an offer before a server is asked that has failed before.
const SECOND_CHOICE: Duration = Duration::from_secs(2);

impl Client {
    pub(super) fn datagram(&mut self, now: Instant, payload: &[u8], to: Ipv4Addr) {
        let dropped = match Packet::parse(payload) {
            Err(error) => Dropped { message: None, xid: None, reason: DropReason::NoHeader(error) },
            Ok(packet) => match self.message(now, &packet, to) {
                Ok(()) => return,
                Err(reason) => Dropped { message: packet.message_type(), xid: Some(packet.xid()), reason },
            },
        };
        if let DropReason::Unexpected(state, kind) = dropped.reason {
            self.discarded(state, kind);
        }
        self.event(Event::Dropped(dropped));
    }

    /// Tells of what figure 5 has a state discard.
    fn discarded(&mut self, state: State, kind: MessageType) {
        let late = matches!(
            (state, kind),
            (State::Requesting, MessageType::OFFER)
                | (State::Bound, MessageType::OFFER | MessageType::ACK | MessageType::NAK)
        );
        if late {
            self.tell(Moved { from: state, on: Trigger::Discard, to: state });
        }
    }

    fn message(&mut self, now: Instant, packet: &Packet<'_>, to: Ipv4Addr) -> Result<(), DropReason> {
        let kind = self.ours(packet)?;
        match (&self.phase, kind) {
            (&Phase::Selecting { exchange, best, .. }, MessageType::OFFER) => {
                self.offered(now, packet, exchange, best)
            }
            (Phase::Chosen { .. }, MessageType::OFFER) => Err(DropReason::LateOffer(server(packet)?)),
            (&Phase::Selecting { sent, .. }, MessageType::ACK) if self.config.habits.rapid_commit => {
                if !packet.has(RAPID_COMMIT.code) {
                    return Err(DropReason::NotRapid);
                }
                self.acknowledged(now, packet, server(packet)?, sent)
            }
            (&Phase::Requesting { offer, sent, .. }, MessageType::ACK) => {
                let server = from(packet, offer.server)?;
                asked_for(packet, offer.address)?;
                self.acknowledged(now, packet, server, sent)
            }
            (Phase::Rebooting { known, sent, .. }, MessageType::ACK) => {
                let sent = *sent;
                asked_for(packet, known.address)?;
                self.acknowledged(now, packet, server(packet)?, sent)
            }
            (Phase::Extending { lease, rebinding, sent, .. }, MessageType::ACK) => {
                let (sent, rebinding, holder) = (*sent, *rebinding, lease.server);
                asked_for(packet, lease.address)?;
                let server = if rebinding { server(packet)? } else { from(packet, holder)? };
                self.extended(packet, server, sent)
            }
            (phase, MessageType::NAK) => {
                let asked = match phase {
                    Phase::Requesting { offer, .. } => Some(offer.server),
                    Phase::Extending { lease, rebinding: false, .. } => Some(lease.server),
                    Phase::Rebooting { .. } | Phase::Extending { .. } => None,
                    phase => return Err(DropReason::Unexpected(phase.state(), kind)),
                };
                let server = asked.map_or_else(|| server(packet), |asked| from(packet, asked))?;
                self.refused(now, packet, server);
                Ok(())
            }
            (Phase::Informing { .. }, MessageType::ACK) => {
                self.step(Trigger::Ack, Phase::Informed);
                self.event(Event::Informed(packet.octets().to_vec()));
                Ok(())
            }
            (Phase::Bound { .. }, MessageType::FORCERENEW) => self.forced(now, packet, to),
            (phase, kind) => Err(DropReason::Unexpected(phase.state(), kind)),
        }
    }

    /// The type of a reply that is meant for this client and belongs to the exchange under way.
    fn ours(&self, packet: &Packet<'_>) -> Result<MessageType, DropReason> {
        if packet.op() != Op::BOOTREPLY {
            return Err(DropReason::WrongOp(packet.op()));
        }
        let kind = packet.message_type().ok_or(DropReason::NotDhcp)?;
        if packet.htype() != self.config.htype || *packet.chaddr().0 != *self.config.chaddr {
            return Err(DropReason::OtherClient);
        }
        // A server that echoes option 61 echoes ours, and none where there is none (RFC 6842 §3).
        if let Some(theirs) = packet.value(CLIENT_IDENTIFIER.code)
            && self.config.client_identifier.as_deref() != Some(&*theirs)
        {
            return Err(DropReason::OtherIdentifier);
        }
        match (self.phase.xid(), packet.xid()) {
            (Some(ours), theirs) if ours != theirs && kind != MessageType::FORCERENEW => {
                Err(DropReason::OtherXid { ours, theirs })
            }
            _ => Ok(kind),
        }
    }

    /// Collects an offer; takes the best at once where none are waited for.
    fn offered(
        &mut self,
        now: Instant,
        packet: &Packet<'_>,
        exchange: Exchange,
        best: Option<Best>,
    ) -> Result<(), DropReason> {
        let offer = Offer { address: usable(packet.yiaddr())?, server: server(packet)?, exchange };
        let habits = &self.config.habits;
        // What is no good in the DHCPACK is no good in the offer.
        terms(packet, habits)?;
        if let Some(code) = habits.require.iter().find(|code| !packet.has(**code)) {
            return Err(DropReason::LacksOption(*code));
        }
        let place = habits.prefer.iter().position(|server| *server == offer.server);
        let failed = self.failed.contains(&offer.server);
        let rank = if failed { usize::MAX } else { place.unwrap_or(usize::MAX - 1) };
        if habits.collect == Duration::ZERO && !failed {
            self.choose(now, offer);
            return Ok(());
        }
        let wait = if failed { habits.collect.max(SECOND_CHOICE) } else { habits.collect };
        let until = best.map_or(now + wait, |best| best.until);
        let better = best.is_none_or(|best| rank < best.rank);
        let chosen = best.filter(|_| !better).unwrap_or(Best { offer, rank, until });
        if let Phase::Selecting { sent, attempt, again, .. } = self.phase {
            let best = Some(chosen);
            self.step(Trigger::Offer, Phase::Selecting { exchange, sent, attempt, again, best });
        }
        Ok(())
    }

    fn acknowledged(
        &mut self,
        now: Instant,
        packet: &Packet<'_>,
        server: Ipv4Addr,
        sent: Instant,
    ) -> Result<(), DropReason> {
        let lease = self.lease_of(packet, server, sent)?;
        self.granted(now, lease, packet.xid());
        Ok(())
    }

    /// More time for the address that it has: nobody else can have it.
    fn extended(&mut self, packet: &Packet<'_>, server: Ipv4Addr, sent: Instant) -> Result<(), DropReason> {
        let lease = self.lease_of(packet, server, sent)?;
        self.bind(Trigger::Ack, lease);
        Ok(())
    }

    /// What a DHCPACK grants. Its times count from when it was asked for (§4.4.1).
    fn lease_of(
        &mut self,
        packet: &Packet<'_>,
        server: Ipv4Addr,
        sent: Instant,
    ) -> Result<Lease, DropReason> {
        let address = usable(packet.yiaddr())?;
        let Terms { time, mut t1, t2 } = terms(packet, &self.config.habits)?;
        if self.config.habits.desynchronise {
            t1 = t1.map(|t1| self.dice.earlier(t1));
        }
        if self.config.habits.force_renew == ForceRenew::Authenticated
            && let Some(nonce) = Nonce::given(packet)
        {
            self.nonce = Some(Box::new(nonce));
        }
        Ok(Lease { address, server, start: sent, time, t1, t2, ack: packet.octets().to_vec() })
    }

    fn refused(&mut self, now: Instant, packet: &Packet<'_>, server: Ipv4Addr) {
        let message = packet.value(MESSAGE.code).unwrap_or_default().into_owned();
        self.event(Event::Nak { server, message });
        if let Some(address) = self.lease().map(|lease| lease.address) {
            self.event(Event::LeaseEnded(address));
        }
        self.last = None;
        if let Phase::Requesting { offer, .. } = self.phase {
            self.has_failed(offer.server);
        }
        self.restart(now, Trigger::Nak, Duration::ZERO);
    }

    /// Renews because a server wants it to, if it may be heeded (RFC 3203 §6, RFC 6704 §3.1.2).
    fn forced(&mut self, now: Instant, packet: &Packet<'_>, to: Ipv4Addr) -> Result<(), DropReason> {
        let unproven = |why| Err(DropReason::NotAuthenticated(why));
        match (self.config.habits.force_renew, &mut self.nonce) {
            (ForceRenew::Never, _) => return unproven(Unproven::NotWanted),
            _ if to.is_broadcast() => return unproven(Unproven::Broadcast),
            (ForceRenew::Always, _) => {}
            (ForceRenew::Authenticated, None) => return unproven(Unproven::NoNonce),
            (ForceRenew::Authenticated, Some(nonce)) => {
                nonce.check(packet).map_err(DropReason::NotAuthenticated)?;
            }
        }
        match self.early(now, Trigger::ForceRenew) {
            true => Ok(()),
            false => Err(DropReason::Unexpected(State::Stopped, MessageType::FORCERENEW)),
        }
    }
}

/// A grant is of the address that was asked for (RFC 2131 §3.1 step 4).
fn asked_for(packet: &Packet<'_>, address: Ipv4Addr) -> Result<(), DropReason> {
    match packet.yiaddr() {
        found if found == address => Ok(()),
        found => Err(DropReason::OtherAddress(found)),
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

fn from(packet: &Packet<'_>, expected: Ipv4Addr) -> Result<Ipv4Addr, DropReason> {
    match server(packet)? {
        found if found == expected => Ok(found),
        found => Err(DropReason::OtherServer(found)),
    }
}
