//! A message in one line.

use std::fmt;
use std::net::Ipv4Addr;

use super::words::duration;
use crate::options::text::Escaped;
use crate::options::{self, Code};
use crate::packet::{MessageType, Op, Packet};

/// A message in one line: what, who, which address, what is wrong.
#[derive(Clone, Copy, Debug)]
pub struct Summary<'a>(pub &'a Packet<'a>);

/// The longest text of the sender's that a line shows, in octets.
const MAX_TEXT: usize = 40;

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let packet = self.0;
        match packet.message_type() {
            Some(kind) => write!(f, "{kind:<11}")?,
            None => write!(f, "{:<11}", packet.op())?,
        }
        write!(f, " xid {:08x}  {}", packet.xid(), packet.chaddr())?;
        address(f, packet)?;
        if let Ok(Some(server)) = packet.get::<_, Ipv4Addr>(&options::SERVER_IDENTIFIER) {
            write!(f, "  server {server}")?;
        }
        if packet.giaddr() != Ipv4Addr::UNSPECIFIED {
            write!(f, "  relay {}", packet.giaddr())?;
        }
        text(f, packet, "host", options::HOST_NAME.code)?;
        match packet.message_type() {
            Some(MessageType::NAK | MessageType::DECLINE) => text(f, packet, "why", options::MESSAGE.code),
            _ => Ok(()),
        }
    }
}

fn address(f: &mut fmt::Formatter<'_>, packet: &Packet<'_>) -> fmt::Result {
    if packet.yiaddr() != Ipv4Addr::UNSPECIFIED {
        write!(f, "  {}", packet.yiaddr())?;
        return match packet.get::<_, u32>(&options::IP_ADDRESS_LEASE_TIME) {
            Ok(Some(seconds)) => write!(f, " for {}", duration(seconds)),
            _ => Ok(()),
        };
    }
    if let Ok(Some(requested)) = packet.get::<_, Ipv4Addr>(&options::REQUESTED_IP_ADDRESS) {
        return write!(f, "  asks for {requested}");
    }
    match packet.ciaddr() {
        Ipv4Addr::UNSPECIFIED => Ok(()),
        address => write!(f, "  has {address}"),
    }
}

fn text(f: &mut fmt::Formatter<'_>, packet: &Packet<'_>, label: &str, code: Code) -> fmt::Result {
    let Some(value) = packet.value(code) else { return Ok(()) };
    let shown = value.get(..MAX_TEXT).unwrap_or(&value);
    write!(f, "  {label} {}{}", Escaped(shown), if value.len() > MAX_TEXT { "…" } else { "" })
}

/// The line above a message's tree: what it is, from or to whom, how long.
#[must_use]
pub fn headline(packet: &Packet<'_>) -> String {
    let what = match (packet.message_type(), packet.op()) {
        (Some(kind), _) => kind.to_string(),
        (None, Op::BOOTREQUEST | Op::BOOTREPLY) => format!("{} (BOOTP)", packet.op()),
        (None, Op(other)) => format!("op {other}"),
    };
    let side = if packet.op() == Op::BOOTREPLY { "to" } else { "from" };
    let name = packet.value(options::HOST_NAME.code).map_or(String::new(), |name| {
        let shown = name.get(..MAX_TEXT).unwrap_or(&name);
        format!(" ({})", Escaped(shown))
    });
    let meaning = packet.message_type().map_or(String::new(), |kind| format!("  {}", kind.meaning()));
    let length = packet.octets().len();
    format!("{what}  xid {:08x}  {side} {}{name}  {length} octets{meaning}", packet.xid(), packet.chaddr())
}
