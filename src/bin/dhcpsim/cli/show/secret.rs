//! What is shown of a message's secrets: nothing.

use std::borrow::Cow;

use dhcpsim::options::AUTHENTICATION;
use dhcpsim::packet::Packet;

/// Option 90 up to the value: protocol, algorithm, method, replay detection, and that a nonce follows (RFC 6704 §3.1.3).
const BEFORE: usize = 12;
const TYPE: usize = 11;
const NONCE: u8 = 1;
const RECONFIGURE_KEY: u8 = 3;

/// A message with zeros for the nonce by which a DHCPFORCERENEW proves itself: whoever reads it could send one.
pub(crate) fn without_nonce(octets: &[u8]) -> Cow<'_, [u8]> {
    let Ok(packet) = Packet::parse(octets) else { return Cow::Borrowed(octets) };
    let mut shown = Cow::Borrowed(octets);
    for part in packet.instances().filter(|part| part.code == AUTHENTICATION.code) {
        let is_nonce = part.octets.first() == Some(&RECONFIGURE_KEY) && part.octets.get(TYPE) == Some(&NONCE);
        let (start, end) = (part.value_offset() + BEFORE, part.value_offset() + part.octets.len());
        if let Some(place) = shown.to_mut().get_mut(start..end).filter(|_| is_nonce) {
            place.fill(0);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use dhcpsim::packet::{Message, Op};

    use super::*;

    #[test]
    fn a_nonce_is_not_shown_and_all_else_is() {
        let message = |kind: u8, value: u8| {
            let mut message = Message::new(Op::BOOTREPLY);
            let head = [3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5, kind];
            message.push_octets(AUTHENTICATION.code, &[&head[..], &[value; 16]].concat());
            message.end(300)
        };
        assert_eq!(message(1, 0), *without_nonce(&message(1, 0x4b)));
        assert_eq!(message(2, 0x4b), *without_nonce(&message(2, 0x4b)), "a digest is no secret");
    }
}
