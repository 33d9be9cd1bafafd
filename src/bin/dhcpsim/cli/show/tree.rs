//! A whole message, field by field and option by option.

use std::fmt::Write;

use dhcpsim::options::Segment;
use dhcpsim::options::text::Escaped;
use dhcpsim::packet::Packet;

use super::{DIM, text_of};

/// Every field and option of a message, a line each.
pub(crate) fn whole(octets: &[u8]) -> String {
    let packet = match Packet::parse(octets) {
        Ok(packet) => packet,
        Err(error) => return format!("    {error}\n"),
    };
    let mut text = String::new();
    for (name, value) in fields(&packet) {
        let _ = writeln!(text, "    {DIM}{name:<32}{DIM:#} {value}");
    }
    for (area, offset, segment) in packet.segments() {
        let Segment::Option(code, value) = segment else { continue };
        let name = format!("{} {code}", code.0);
        let _ = writeln!(
            text,
            "    {DIM}{name:<32}{DIM:#} {}  {DIM}{area} {offset}{DIM:#}",
            text_of(code, value)
        );
    }
    text
}

fn fields(packet: &Packet<'_>) -> Vec<(&'static str, String)> {
    let broadcast = if packet.flags().broadcast() { "broadcast" } else { "0" };
    let mut fields = vec![
        ("op", packet.op().to_string()),
        ("htype, hlen, hops", format!("{}, {}, {}", packet.htype(), packet.hlen(), packet.hops())),
        ("xid", format!("{:08x}", packet.xid())),
        ("secs, flags", format!("{}, {broadcast}", packet.secs())),
    ];
    let addresses = [
        ("ciaddr", packet.ciaddr()),
        ("yiaddr", packet.yiaddr()),
        ("siaddr", packet.siaddr()),
        ("giaddr", packet.giaddr()),
    ];
    fields.extend(addresses.map(|(name, address)| (name, address.to_string())));
    fields.push(("chaddr", packet.chaddr().to_string()));
    for (name, octets) in [("sname", packet.sname()), ("file", packet.file())] {
        let end = octets.iter().position(|octet| *octet == 0).unwrap_or(octets.len());
        if end > 0 {
            fields.push((name, Escaped(octets.get(..end).unwrap_or_default()).to_string()));
        }
    }
    fields
}
