//! A request, and how two servers answer it.

use core::net::Ipv4Addr;

use super::super::difference::{Differs, Facet, meaning};
use crate::endpoint::{DropReason, Refusal};
use crate::options::{Code, IP_ADDRESS_LEASE_TIME, OPTION_OVERLOAD, REBINDING_TIME, RENEWAL_TIME};
use crate::packet::{GIADDR, HOPS, MessageType, Packet};
use crate::time::Instant;

/// A request, and how two servers answer it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The number of the request's frame or line.
    pub number: u64,
    /// When it was heard.
    pub at: Instant,
    /// The request as it was captured.
    pub request: Vec<u8>,
    /// The captured server's answer.
    pub captured: Option<Reply>,
    /// Ours, in the captured server's terms: its identifier, and the addresses that it gave.
    pub ours: Option<Reply>,
    /// Further answers: other servers', or the same once more.
    pub others: u64,
    /// Why ours kept silent.
    pub dropped: Option<DropReason>,
    /// Why ours refused.
    pub refused: Option<Refusal>,
    /// Options for which ours had no room.
    pub omitted: Vec<Code>,
    /// Our address, where it is not the captured one.
    pub mapped: Option<Ipv4Addr>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The number of its frame or line; 0 for ours.
    pub number: u64,
    /// When.
    pub at: Instant,
    /// Where it went, if that is known.
    pub to: Option<Ipv4Addr>,
    /// Its octets.
    pub payload: Vec<u8>,
}

/// What a comparison came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Both answer the same.
    Alike,
    /// Both answer with the same type, and not all else is the same.
    Differs(Vec<Differs>),
    /// Both answer, with other types.
    OtherType(Vec<Differs>),
    /// Only the captured server answers.
    OnlyCaptured,
    /// Only ours answers.
    OnlyHere,
    /// Neither does.
    Silent,
}

impl Verdict {
    /// Its name in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Alike => "alike",
            Verdict::Differs(_) => "differs",
            Verdict::OtherType(_) => "other-type",
            Verdict::OnlyCaptured => "only-captured",
            Verdict::OnlyHere => "only-here",
            Verdict::Silent => "silent",
        }
    }

    /// Whether both servers do the same.
    #[must_use]
    pub fn is_alike(&self) -> bool {
        matches!(self, Verdict::Alike | Verdict::Silent)
    }

    /// What differs.
    #[must_use]
    pub fn differs(&self) -> &[Differs] {
        match self {
            Verdict::Differs(found) | Verdict::OtherType(found) => found,
            _ => &[],
        }
    }
}

/// Whether one server says T1 or T2 as the client would reckon it itself, and the other does not say it (RFC 2131
/// §4.4.5).
fn is_left_to_client(facet: Facet, before: &Packet<'_>, now: &Packet<'_>) -> bool {
    let share = match facet {
        Facet::Option(code) if code == RENEWAL_TIME.code => |lease: u32| lease / 2,
        Facet::Option(code) if code == REBINDING_TIME.code => |lease: u32| lease - lease / 8,
        _ => return false,
    };
    let key = if facet == Facet::Option(RENEWAL_TIME.code) { &RENEWAL_TIME } else { &REBINDING_TIME };
    let seconds = |key, packet: &Packet<'_>| packet.get(key).ok().flatten();
    let (said, by) = match (seconds(key, before), seconds(key, now)) {
        (Some(said), None) => (said, before),
        (None, Some(said)) => (said, now),
        _ => return false,
    };
    // Servers round one way or the other.
    seconds(&IP_ADDRESS_LEASE_TIME, by).is_some_and(|lease| said.abs_diff(share(lease)) <= 1)
}

impl Exchange {
    /// Compares by meaning: the order of options, pads, in which field an option stands, and whether T1 and T2 are said
    /// or left to the client count for nothing.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let (captured, ours) = match (&self.captured, &self.ours) {
            (Some(captured), Some(ours)) => (captured, ours),
            (Some(_), None) => return Verdict::OnlyCaptured,
            (None, Some(_)) => return Verdict::OnlyHere,
            (None, None) => return Verdict::Silent,
        };
        let (Ok(before), Ok(now)) = (Packet::parse(&captured.payload), Packet::parse(&ours.payload)) else {
            return Verdict::OnlyCaptured;
        };
        let layout = |facet: &Facet| *facet == Facet::Order || *facet == Facet::Option(OPTION_OVERLOAD.code);
        let mut found: Vec<Differs> = Vec::new();
        if let (Some(before), Some(now)) = (captured.to, ours.to)
            && before != now
        {
            found.push(Differs::of(Facet::Destination, before, now));
        }
        found.extend(meaning(&before, &now).into_iter().filter(|differs| !layout(&differs.facet)));
        found.retain(|differs| !is_left_to_client(differs.facet, &before, &now));
        if self.is_before_relay(&before) {
            let passed = [Facet::Field(GIADDR.name), Facet::Field(HOPS.name)];
            found.retain(|differs| !passed.contains(&differs.facet));
        }
        // All else follows from that.
        if before.message_type() != now.message_type() {
            found.retain(|differs| differs.facet == Facet::Type);
            return Verdict::OtherType(found);
        }
        if found.is_empty() { Verdict::Alike } else { Verdict::Differs(found) }
    }

    /// Whether it was captured between a client and its relay agent, where only the answer says so.
    fn is_before_relay(&self, reply: &Packet<'_>) -> bool {
        let request = Packet::parse(&self.request);
        !reply.giaddr().is_unspecified() && request.is_ok_and(|request| request.giaddr().is_unspecified())
    }

    /// The type of the request.
    #[must_use]
    pub fn kind(&self) -> Option<MessageType> {
        Packet::parse(&self.request).ok()?.message_type()
    }

    /// Octets that it holds.
    pub(super) fn size(&self) -> usize {
        let reply = |reply: &Option<Reply>| reply.as_ref().map_or(0, |reply| reply.payload.len());
        self.request.len().saturating_add(reply(&self.captured)).saturating_add(reply(&self.ours))
    }
}
