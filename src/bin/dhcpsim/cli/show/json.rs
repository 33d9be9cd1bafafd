//! Exchanges as JSON: one object a line, `"schema":"dhcpsim.event/1"`, times by RFC 3339, spans in seconds.

use std::net::SocketAddrV4;
use std::time::Duration;

use dhcpsim::client::Transition;
use dhcpsim::endpoint::{Dropped, Event, Instant, Lease};
use dhcpsim::lease::Binding;
use dhcpsim::options::Code;
use dhcpsim::options::text::{Escaped, Hex};
use dhcpsim::packet::anomaly::anomalies;
use dhcpsim::packet::{Packet, json as packet_json};
use serde_json::{Map, Value, json};

use super::{Summary, Timestamp, text_of, without_nonce};

/// The objects of every line, as far as they are the same.
pub(crate) fn start(now: Instant, event: &str) -> Map<String, Value> {
    let mut line = Map::new();
    line.insert("schema".into(), "dhcpsim.event/1".into());
    line.insert("time".into(), Timestamp(now).to_string().into());
    line.insert("event".into(), event.into());
    line
}

pub(crate) fn put(line: &mut Map<String, Value>, name: &str, value: Option<impl ToString>) {
    if let Some(value) = value {
        line.insert(name.into(), value.to_string().into());
    }
}

/// A message that came (`received`) or went (`sent`); `whole` adds all that `decode --json` tells of it.
pub(crate) fn message(
    now: Instant,
    event: &str,
    (from, to): (SocketAddrV4, SocketAddrV4),
    octets: &[u8],
    whole: bool,
) -> Value {
    let octets = &*without_nonce(octets);
    let mut line = start(now, event);
    put(&mut line, "from", Some(from));
    put(&mut line, "to", Some(to));
    if let Some(summary) = Summary::of(octets) {
        put(&mut line, "message", Some(summary.name()));
        put(&mut line, "xid", Some(format!("{:08x}", summary.xid)));
        put(&mut line, "chaddr", Some(&summary.chaddr));
        put(&mut line, "address", summary.address);
        put(&mut line, "giaddr", summary.giaddr);
        put(&mut line, "server", summary.server);
        for (name, seconds) in [("lease", summary.lease), ("t1", summary.t1), ("t2", summary.t2)] {
            if let Some(seconds) = seconds {
                line.insert(name.into(), seconds.into());
            }
        }
        put(&mut line, "host_name", summary.host_name.as_deref().map(Escaped));
        put(&mut line, "text", summary.message.as_deref().map(Escaped));
    }
    put(&mut line, "octets", Some(Hex(octets)));
    if let (true, Ok(packet)) = (whole, Packet::parse(octets)) {
        line.insert("packet".into(), packet_json::document(&packet, &anomalies(&packet)).into());
    }
    line.into()
}

/// That an exchange ended without what was wanted.
pub(crate) fn ended(now: Instant, reason: &str) -> Value {
    let mut line = start(now, "ended");
    put(&mut line, "reason", Some(reason));
    line.into()
}

/// How long each step of an exchange took.
pub(crate) fn took(now: Instant, steps: Vec<(&'static str, Duration)>) -> Value {
    let mut line = start(now, "took");
    for (name, time) in steps {
        line.insert(name.into(), seconds(time));
    }
    line.into()
}

/// What an endpoint tells.
pub(crate) fn event(now: Instant, event: &Event) -> Value {
    let mut line = start(now, name(event));
    match event {
        Event::Dropped(Dropped { message, xid, reason }) => {
            put(&mut line, "message", message.as_ref());
            put(&mut line, "xid", xid.map(|xid| format!("{xid:08x}")));
            put(&mut line, "reason", Some(reason.name()));
            put(&mut line, "text", Some(reason));
            put(&mut line, "section", Some(reason.reference()));
        }
        Event::Offered { client, address, until } | Event::Declined { client, address, until } => {
            put(&mut line, "client", Some(client));
            put(&mut line, "address", Some(address));
            put(&mut line, "until", Some(Timestamp(*until)));
        }
        Event::OfferLapsed { client, address } => {
            put(&mut line, "client", Some(client));
            put(&mut line, "address", Some(address));
        }
        Event::Bound(binding) | Event::Released(binding) | Event::Expired(binding) => {
            bound(&mut line, binding)
        }
        Event::NotStored(binding, why) => {
            bound(&mut line, binding);
            put(&mut line, "text", Some(why));
        }
        Event::Refused { client, address, why } => {
            put(&mut line, "client", Some(client));
            put(&mut line, "address", Some(address));
            put(&mut line, "reason", Some(why.name()));
            put(&mut line, "text", Some(why));
            put(&mut line, "section", Some(why.reference()));
        }
        Event::Omitted(codes) => {
            let codes: Vec<Value> = codes.iter().map(|code| code.to_string().into()).collect();
            line.insert("options".into(), codes.into());
        }
        Event::Decided(decided) => {
            put(&mut line, "client", Some(&decided.client));
            put(&mut line, "rule", Some(decided.rule.name()));
            put(&mut line, "text", Some(Escaped(decided.rule.to_string().as_bytes())));
            put(&mut line, "section", Some(decided.reference()));
        }
        Event::InUse { address, until } => {
            put(&mut line, "address", Some(address));
            put(&mut line, "until", Some(Timestamp(*until)));
        }
        Event::Rested(address) => put(&mut line, "address", Some(address)),
        event => of_client(&mut line, event),
    }
    line.into()
}

/// What a client tells.
fn of_client(line: &mut Map<String, Value>, event: &Event) {
    match event {
        Event::Entered(state) => put(line, "state", Some(state)),
        Event::Waiting { message, attempt, until } => {
            put(line, "message", Some(message));
            line.insert("attempt".into(), (*attempt).into());
            put(line, "until", Some(Timestamp(*until)));
        }
        Event::Paused { until, why } => {
            put(line, "until", Some(Timestamp(*until)));
            put(line, "reason", Some(why.name()));
            put(line, "text", Some(why));
            put(line, "section", Some(why.reference()));
        }
        Event::Leased(lease) => leased(line, lease),
        Event::Nak { server, message } => {
            put(line, "server", Some(server));
            put(line, "text", Some(Escaped(message)));
        }
        Event::LeaseEnded(address) | Event::Taken(address) => put(line, "address", Some(address)),
        Event::Informed(ack) => {
            line.insert("options".into(), options(ack));
        }
        Event::Moved(moved) => {
            put(line, "from", Some(moved.from));
            put(line, "on", Some(moved.on.name()));
            put(line, "to", Some(moved.to));
            if let Some(row) = Transition::of(*moved) {
                put(line, "text", Some(row.does));
                put(line, "section", Some(row.reference));
            }
        }
        _ => {}
    }
}

/// The name of an event.
pub(crate) fn name(event: &Event) -> &'static str {
    match event {
        Event::Decided(_) => "decided",
        Event::InUse { .. } => "in-use",
        Event::Dropped(_) => "dropped",
        Event::Offered { .. } => "offered",
        Event::OfferLapsed { .. } => "offer-lapsed",
        Event::Bound(_) => "bound",
        Event::NotStored(..) => "not-stored",
        Event::Released(_) => "released",
        Event::Expired(_) => "expired",
        Event::Declined { .. } => "declined",
        Event::Rested(_) => "rested",
        Event::Refused { .. } => "refused",
        Event::Omitted(_) => "omitted",
        Event::AgentLeftOut => "agent-left-out",
        Event::Entered(_) => "state",
        Event::Waiting { .. } | Event::Paused { .. } => "waiting",
        Event::Leased(_) => "lease",
        Event::Nak { .. } => "nak",
        Event::LeaseEnded(_) => "lease-ended",
        Event::Taken(_) => "taken",
        Event::Informed(_) => "informed",
        Event::Moved(_) => "transition",
        _ => "other",
    }
}

fn bound(line: &mut Map<String, Value>, binding: &Binding) {
    put(line, "client", Some(&binding.client));
    put(line, "address", Some(binding.address));
    put(line, "expires", Some(binding.expires).filter(|at| !at.is_never()).map(Timestamp));
}

/// What a client got: the four values, the times and every option.
fn leased(line: &mut Map<String, Value>, lease: &Lease) {
    let summary = Summary::of(&lease.ack);
    put(line, "address", Some(lease.address));
    put(line, "subnet_mask", summary.as_ref().and_then(|summary| summary.mask));
    let list = |addresses: &[std::net::Ipv4Addr]| -> Value {
        addresses.iter().map(|address| Value::from(address.to_string())).collect()
    };
    if let Some(summary) = &summary {
        line.insert("routers".into(), list(&summary.routers));
        line.insert("dns".into(), list(&summary.dns));
    }
    put(line, "server", Some(lease.server));
    for (name, time) in [("lease", lease.time), ("t1", lease.t1), ("t2", lease.t2)] {
        line.insert(name.into(), time.map_or(Value::Null, seconds));
    }
    put(line, "expires", Some(lease.expires()).filter(|at| !at.is_never()).map(Timestamp));
    line.insert("options".into(), options(&lease.ack));
}

fn seconds(time: Duration) -> Value {
    match time.subsec_nanos() {
        0 => time.as_secs().into(),
        _ => time.as_secs_f64().into(),
    }
}

/// Every option once, in order, with its value as text.
fn options(octets: &[u8]) -> Value {
    let octets = &*without_nonce(octets);
    let Ok(packet) = Packet::parse(octets) else { return Value::Null };
    let mut options = Vec::new();
    let mut told: Vec<Code> = Vec::new();
    for instance in packet.instances() {
        if !told.contains(&instance.code) {
            told.push(instance.code);
            let octets = packet.value(instance.code).unwrap_or_default();
            options.push(json!({
                "code": instance.code.0,
                "name": instance.code.to_string(),
                "hex": Hex(&octets).to_string(),
                "value": packet_json::value(instance.code, &octets),
                "text": text_of(instance.code, &octets),
            }));
        }
    }
    options.into()
}
