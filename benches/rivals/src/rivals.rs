//! What the others do with the same octets, by the shortest way that each documents.

use dhcproto::v4 as dhcproto_v4;
use dhcproto::{Decodable as _, Encodable as _, Encoder};
use toe_beans::v4::{DecodeMessage as _, EncodeMessage as _, MAX_MESSAGE_SIZE, UndecodedMessage};

/// dhcproto's message, decoded: all that it gives.
pub fn dhcproto_decode(octets: &[u8]) -> dhcproto_v4::Message {
    dhcproto_v4::Message::from_bytes(octets).expect("dhcproto reads it")
}

/// dhcproto's view that reads in place, its options cut out but not read: less than what the other cases do.
pub fn dhcproto_borrowed(octets: &[u8]) -> usize {
    let message = dhcproto_v4::borrowed::Message::new(octets).expect("dhcproto reads it");
    message.opts().map(|option| usize::from(u8::from(option.code())) + option.len()).sum()
}

/// dhcproto's message, encoded into a buffer that is there, which its own benchmark does too.
pub fn dhcproto_encode(message: &dhcproto_v4::Message, buffer: &mut Vec<u8>) -> usize {
    let mut encoder = Encoder::new(buffer);
    message.encode(&mut encoder).expect("dhcproto writes it");
    encoder.len_filled()
}

/// The fixed buffer that toe-beans reads from, filled beforehand.
pub fn toe_beans_buffer(octets: &[u8]) -> UndecodedMessage {
    let mut buffer = [0; MAX_MESSAGE_SIZE];
    buffer[..octets.len()].copy_from_slice(octets);
    UndecodedMessage::new(buffer)
}

/// toe-beans's message, decoded.
pub fn toe_beans_decode(buffer: &UndecodedMessage) -> toe_beans::v4::Message {
    toe_beans::v4::Message::from_bytes(buffer)
}

/// toe-beans's message, encoded.
pub fn toe_beans_encode(message: &toe_beans::v4::Message) -> Vec<u8> {
    message.to_bytes()
}

/// The limit: a walk over code, length and value that looks at the codes and nothing else.
pub fn bare_walk(octets: &[u8]) -> u64 {
    let mut sum = 0u64;
    let mut rest = octets.get(240..).unwrap_or_default();
    loop {
        rest = match rest {
            [0, after @ ..] => after,
            [] | [255, ..] => return sum,
            [code, length, after @ ..] => {
                sum = sum.rotate_left(7) ^ u64::from(*code);
                match after.get(usize::from(*length)..) {
                    Some(next) => next,
                    None => return sum,
                }
            }
            [_] => return sum,
        };
    }
}

/// The limit of building: the finished octets copied into a buffer that is there.
pub fn bare_copy(octets: &[u8], buffer: &mut Vec<u8>) -> usize {
    buffer.clear();
    buffer.extend_from_slice(octets);
    buffer.len()
}
