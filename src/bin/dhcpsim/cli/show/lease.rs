//! What a client got, as a small table.

use std::fmt::Write;
use std::time::Duration;

use dhcpsim::endpoint::{Instant, Lease};
use dhcpsim::lease::Subnet;
use dhcpsim::options::{
    CLIENT_IDENTIFIER, Code, DHCP_MESSAGE_TYPE, DOMAIN_NAME_SERVER, IP_ADDRESS_LEASE_TIME, OPTION_OVERLOAD,
    REBINDING_TIME, RENEWAL_TIME, ROUTER, SERVER_IDENTIFIER, SUBNET_MASK,
};
use dhcpsim::packet::Packet;

use super::{BOLD, DIM, Summary, TimeOfDay, span, text_of, without_nonce};

/// Options that the table has told, or that say nothing of the network.
const TOLD: [Code; 10] = [
    DHCP_MESSAGE_TYPE.code,
    SERVER_IDENTIFIER.code,
    CLIENT_IDENTIFIER.code,
    IP_ADDRESS_LEASE_TIME.code,
    RENEWAL_TIME.code,
    REBINDING_TIME.code,
    SUBNET_MASK.code,
    ROUTER.code,
    DOMAIN_NAME_SERVER.code,
    OPTION_OVERLOAD.code,
];

/// The lease, a line a value.
pub(crate) fn table(lease: &Lease) -> String {
    let mut text = String::new();
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "  {DIM}{name:<14}{DIM:#}  {value}");
    };
    let summary = Summary::of(&lease.ack);
    let mask = summary.as_ref().and_then(|summary| summary.mask);
    let prefix = mask.and_then(|mask| Subnet::with_mask(lease.address, mask)).map(|subnet| subnet.prefix());
    let prefix = prefix.map_or(String::new(), |prefix| format!("/{prefix}"));
    row("address", format!("{BOLD}{}{prefix}{BOLD:#}", lease.address));
    let list = |addresses: &[std::net::Ipv4Addr]| match addresses {
        [] => "none".to_owned(),
        some => some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    row("subnet mask", mask.map_or("none".to_owned(), |mask| mask.to_string()));
    if let Some(summary) = &summary {
        row("router", list(&summary.routers));
        row("DNS", list(&summary.dns));
    }
    row("lease", time(lease.start, lease.time, "ends"));
    if lease.time.is_some() {
        row("T1, renew", time(lease.start, lease.t1, "at"));
        row("T2, rebind", time(lease.start, lease.t2, "at"));
    }
    row("server", lease.server.to_string());
    for (name, value) in others(&lease.ack) {
        row(&name, value);
    }
    text
}

/// The parameters of a DHCPACK to a DHCPINFORM, a line a value.
pub(crate) fn parameters(ack: &[u8]) -> String {
    let mut text = String::new();
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "  {DIM}{name:<14}{DIM:#}  {value}");
    };
    let Some(summary) = Summary::of(ack) else { return text };
    let list = |addresses: &[std::net::Ipv4Addr]| {
        addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    row("subnet mask", summary.mask.map_or("none".to_owned(), |mask| mask.to_string()));
    row("router", list(&summary.routers));
    row("DNS", list(&summary.dns));
    row("server", summary.server.map_or("unknown".to_owned(), |server| server.to_string()));
    for (name, value) in others(ack) {
        row(&name, value);
    }
    text
}

/// `1 h, ends 19:20:01`.
fn time(start: Instant, time: Option<Duration>, word: &str) -> String {
    match time {
        None => span(u32::MAX),
        Some(time) => {
            let seconds = u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
            let end = TimeOfDay(start + time).to_string();
            let day = if time.as_secs() < 86_400 { "" } else { " on a later day" };
            format!("{}, {word} {} UTC{day}", span(seconds), end.get(..8).unwrap_or(&end))
        }
    }
}

/// All other options of the DHCPACK, once each.
fn others(ack: &[u8]) -> Vec<(String, String)> {
    let ack = &*without_nonce(ack);
    let Ok(packet) = Packet::parse(ack) else { return Vec::new() };
    let mut codes: Vec<Code> = Vec::new();
    for instance in packet.instances() {
        if !TOLD.contains(&instance.code) && !codes.contains(&instance.code) {
            codes.push(instance.code);
        }
    }
    let value = |code: Code| text_of(code, &packet.value(code).unwrap_or_default());
    codes.into_iter().map(|code| (code.to_string(), value(code))).collect()
}
