//! Anomalies of the options' values: shapes, and what the RFCs say of single values and between them.

use core::net::Ipv4Addr;
use core::ops::Range;

use super::{Found, Kind, Subject};
use crate::options::walk::{Group, Leaf, Sink, walk};
use crate::options::{self, Code, Layout};
use crate::packet::view::{Instance, Packet};

pub(super) fn check(packet: &Packet<'_>, found: &mut Found) {
    let mut all = None;
    packet.each_value(|code, value| {
        let Err(error) = value else { return };
        // A cut option has been told with its area.
        let parts = all.get_or_insert_with(|| packet.parts()).of(code);
        if parts.iter().any(|part| part.claimed.is_some()) {
            return;
        }
        // A value that ends too early is pointed at by its length octet.
        let within = |part: &Instance<'_>| {
            (part.value_offset()..part.value_offset() + part.octets.len()).contains(&error.offset)
        };
        let last = parts.last().map_or(error.offset, |part| part.offset + 1);
        let offset = if parts.iter().any(within) { error.offset } else { last };
        found.add(Kind::Value(error.why), Subject::Option(code), offset, 1);
    });
    mask_and_router(packet, found);
    timers(packet, found);
    routes(packet, found);
    trailing_zeros(packet, found);
    relay_last(packet, found);
    servers(packet, found);
}

/// The offset and octets of an option's first instance.
fn place(packet: &Packet<'_>, code: Code) -> Option<(usize, usize)> {
    let part = packet.instances().find(|part| part.code == code)?;
    Some((part.offset, 2 + part.octets.len()))
}

fn at(packet: &Packet<'_>, found: &mut Found, kind: Kind, code: Code) {
    if let Some((offset, length)) = place(packet, code) {
        found.add(kind, Subject::Option(code), offset, length);
    }
}

fn mask_and_router(packet: &Packet<'_>, found: &mut Found) {
    let (mask, router) = (options::SUBNET_MASK.code, options::ROUTER.code);
    if let (Some(mask), Some(router)) = (place(packet, mask), place(packet, router)) {
        let order = packet.instances().find(|part| part.offset == mask.0 || part.offset == router.0);
        if order.is_some_and(|first| first.offset == router.0) {
            found.add(Kind::RouterBeforeMask, Subject::Option(options::ROUTER.code), router.0, router.1);
        }
    }
    if let Ok(Some(value)) = packet.get::<_, Ipv4Addr>(&options::SUBNET_MASK) {
        let bits = u32::from(value);
        if bits.leading_ones() + bits.trailing_zeros() < 32 {
            at(packet, found, Kind::MaskWithHole, mask);
        }
    }
}

fn timers(packet: &Packet<'_>, found: &mut Found) {
    let seconds = |key| packet.get::<_, u32>(key).ok().flatten();
    let lease = seconds(&options::IP_ADDRESS_LEASE_TIME);
    let (t1, t2) = (seconds(&options::RENEWAL_TIME), seconds(&options::REBINDING_TIME));
    if lease == Some(0) {
        at(packet, found, Kind::ZeroLease, options::IP_ADDRESS_LEASE_TIME.code);
    }
    let mut order = |code, earlier: Option<u32>, later: Option<u32>| {
        if let (Some(earlier), Some(later)) = (earlier, later)
            && earlier >= later
            && later != u32::MAX
        {
            at(packet, found, Kind::TimersOutOfOrder { earlier, later }, code);
        }
    };
    order(options::RENEWAL_TIME.code, t1, t2.or(lease));
    order(options::REBINDING_TIME.code, t2, lease);
}

fn routes(packet: &Packet<'_>, found: &mut Found) {
    if let Ok(Some(octets)) = packet.checked(&options::STATIC_ROUTE)
        && octets.chunks(8).any(|route| route.starts_with(&[0; 4]))
    {
        at(packet, found, Kind::DefaultStaticRoute, options::STATIC_ROUTE.code);
    }
    for key in [options::CLASSLESS_STATIC_ROUTE, options::MICROSOFT_CLASSLESS_STATIC_ROUTE] {
        let Ok(Some(octets)) = packet.checked(&key) else { continue };
        let mut beyond = Beyond(None);
        let _ = walk(key.code.layout(), &octets, &mut beyond);
        if let Some(at) = beyond.0 {
            let offset = packet.offset_in(key.code, at);
            found.add(Kind::RouteBeyondPrefix, Subject::Option(key.code), offset, 1);
        }
    }
}

/// Finds the first route whose destination has bits beyond its prefix.
struct Beyond(Option<usize>);

impl Sink<'_> for Beyond {
    fn leaf(&mut self, _: &'static str, span: Range<usize>, leaf: Leaf<'_>) {
        if let Leaf::Route(destination, prefix, _) = leaf
            && u32::from(destination).checked_shl(u32::from(prefix)).unwrap_or(0) != 0
        {
            self.0.get_or_insert(span.start);
        }
    }

    fn open(&mut self, _: &'static str, _: usize, _: Group) {}

    fn close(&mut self, _: usize) {}
}

fn trailing_zeros(packet: &Packet<'_>, found: &mut Found) {
    for part in packet.instances() {
        let text = matches!(part.code.layout(), Layout::Text { .. });
        if text && part.octets.len() > 1 && part.octets.last() == Some(&0) {
            let last = part.value_offset() + part.octets.len() - 1;
            found.add(Kind::TrailingZero, Subject::Option(part.code), last, 1);
        }
    }
}

fn relay_last(packet: &Packet<'_>, found: &mut Found) {
    let relay = options::RELAY_AGENT_INFORMATION.code;
    if packet.instances().last().is_some_and(|last| last.code != relay) {
        at(packet, found, Kind::RelayNotLast, relay);
    }
}

fn servers(packet: &Packet<'_>, found: &mut Found) {
    let siaddr = packet.siaddr();
    let Ok(Some(server)) = packet.get::<_, Ipv4Addr>(&options::SERVER_IDENTIFIER) else { return };
    if siaddr != Ipv4Addr::UNSPECIFIED && siaddr != server {
        found.field(Kind::TwoServers, crate::packet::header::SIADDR);
    }
}
