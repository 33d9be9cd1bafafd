//! A whole message, as `decode` shows it.

use dhcpsim::explain::{self, Depth};
use dhcpsim::packet::Packet;
use dhcpsim::packet::anomaly::anomalies;

/// The annotated tree of a message and a blank line.
pub(crate) fn whole(octets: &[u8]) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = match Packet::parse(octets) {
        Ok(packet) => explain::tree(&mut text, &packet, &anomalies(&packet), Depth::Plain),
        Err(_) => explain::short(&mut text, octets),
    };
    text.push('\n');
    text
}
