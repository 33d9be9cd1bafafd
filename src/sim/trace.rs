//! A run in words: one line a happening, the same octets for the same scenario and seed.

use core::fmt::Write as _;
use std::io;
use std::sync::mpsc;

use super::observer::{Observer, Sighting};
use super::path::Fate;
use crate::endpoint::Event;
use crate::link::{self, Arp, LinkType};
use crate::options::{IP_ADDRESS_LEASE_TIME, REQUESTED_IP_ADDRESS};
use crate::packet::Packet;
use crate::time::Instant;

/// Writes what it is told, a line each. What can't be written is told once, and ends the trace.
pub struct Trace<W> {
    output: W,
    line: String,
    failed: Option<mpsc::Sender<io::Error>>,
}

impl<W: io::Write> Trace<W> {
    /// A trace on an output; what goes wrong with that comes by the receiver.
    pub fn new(output: W) -> (Trace<W>, mpsc::Receiver<io::Error>) {
        let (sender, receiver) = mpsc::channel();
        (Trace { output, line: String::new(), failed: Some(sender) }, receiver)
    }

    fn tell(&mut self, now: Instant, what: core::fmt::Arguments<'_>) {
        let Some(failed) = &self.failed else { return };
        self.line.clear();
        // Writing to a string can't fail.
        let _ = writeln!(self.line, "{:>14}  {what}", now.to_string());
        if let Err(error) = self.output.write_all(self.line.as_bytes()) {
            // Nobody may listen any more.
            let _ = failed.send(error);
            self.failed = None;
        }
    }
}

impl<W: io::Write> Observer for Trace<W> {
    fn frame(&mut self, now: Instant, frame: &Sighting<'_>) {
        let what = describe(frame.frame);
        let fate = fate(now, frame.fate);
        self.tell(now, format_args!("{} > {}: {what}{fate}", frame.from, frame.name));
    }

    fn event(&mut self, now: Instant, who: &str, event: &Event) {
        if let Some(what) = happening(event) {
            self.tell(now, format_args!("{who}: {what}"));
        }
    }

    fn note(&mut self, now: Instant, what: &str) {
        self.tell(now, format_args!("* {what}"));
    }
}

impl<W> Drop for Trace<W> {
    fn drop(&mut self) {
        self.failed = None;
    }
}

/// A frame in words.
fn describe(frame: &[u8]) -> String {
    if let Some(arp) = Arp::read(frame) {
        return match arp.operation {
            1 => format!("ARP who has {}", arp.target),
            _ => format!("ARP {} is at {}", arp.sender, arp.sender_mac),
        };
    }
    let Ok(datagram) = link::datagram(LinkType::Ethernet, frame) else { return "a frame".to_owned() };
    let Ok(packet) = Packet::parse(datagram.payload) else { return "a datagram".to_owned() };
    let kind = packet.message_type().and_then(|kind| kind.name()).unwrap_or("BOOTP");
    let mut text = format!("{} > {} {kind} xid {:08x}", datagram.source, datagram.destination, packet.xid());
    let mut add = |name: &str, value: String| text.push_str(&format!(" {name} {value}"));
    for (name, address) in
        [("ciaddr", packet.ciaddr()), ("yiaddr", packet.yiaddr()), ("giaddr", packet.giaddr())]
    {
        if !address.is_unspecified() {
            add(name, address.to_string());
        }
    }
    if let Ok(Some(address)) = packet.get(&REQUESTED_IP_ADDRESS) {
        add("wants", address.to_string());
    }
    if let Ok(Some(seconds)) = packet.get(&IP_ADDRESS_LEASE_TIME) {
        add("lease", if seconds == u32::MAX { "infinite".to_owned() } else { seconds.to_string() });
    }
    text
}

/// When it comes.
fn fate(now: Instant, fate: Fate) -> String {
    let after = |at: Instant| format!("+{} µs", (at - now).as_micros());
    match (fate.first, fate.second) {
        (None, None) => ", lost".to_owned(),
        (Some(first), None) => format!(", {}", after(first)),
        (None, Some(second)) => format!(", lost, doubled {}", after(second)),
        (Some(first), Some(second)) => format!(", {}, doubled {}", after(first), after(second)),
    }
}

/// An event in words; none of what the frames tell.
fn happening(event: &Event) -> Option<String> {
    Some(match event {
        Event::Dropped(dropped) => format!("ignores: {}", dropped.reason),
        Event::InUse { address, until } => format!("{address} is in use, rests until {until}"),
        Event::Offered { client, address, until } => {
            format!("holds {address} for {client} until {until}")
        }
        Event::OfferLapsed { client, address } => format!("holds {address} for {client} no longer"),
        Event::Bound(binding) => {
            format!("{} is bound to {} until {}", binding.address, binding.client, binding.expires)
        }
        Event::NotStored(binding, why) => format!("{} is not stored: {why}", binding.address),
        Event::Released(binding) => format!("{} is released by {}", binding.address, binding.client),
        Event::Expired(binding) => format!("{} of {} has expired", binding.address, binding.client),
        Event::Declined { client, address, until } => {
            format!("{address} is declined by {client}, rests until {until}")
        }
        Event::Rested(address) => format!("{address} has rested"),
        Event::Refused { client, address, why } => format!("refuses {address} to {client}: {why}"),
        Event::Entered(state) => format!("is {state}"),
        Event::Leased(lease) => {
            format!("has {} from {} until {}", lease.address, lease.server, lease.expires())
        }
        Event::LeaseEnded(address) => format!("the lease of {address} has ended"),
        _ => return None,
    })
}
