//! The nonce by which a DHCPFORCERENEW is known to come from who gave the lease (RFC 6704 §3.1.2).

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;

use crate::endpoint::Unproven;
use crate::options::AUTHENTICATION;
use crate::packet::Packet;

/// Protocol, algorithm and replay detection method of the nonce: reconfigure key, HMAC-MD5, a counter.
const HEAD: [u8; 3] = [3, 1, 0];
/// The value is the nonce itself.
const NONCE: u8 = 1;
/// The value is the digest of the message.
const DIGEST: u8 = 2;
/// Protocol, algorithm, method, replay detection and type stand before the value.
const VALUE: usize = 12;

/// A nonce, and the highest replay detection value that was heard with it.
#[derive(Clone, Debug)]
pub(super) struct Nonce {
    key: [u8; 16],
    replay: u64,
}

impl Nonce {
    /// The nonce that a DHCPACK gives.
    pub(super) fn given(packet: &Packet<'_>) -> Option<Nonce> {
        let (replay, value) = read(packet, NONCE)?;
        Some(Nonce { key: value, replay })
    }

    /// Checks a DHCPFORCERENEW; one that passes can't be sent again.
    ///
    /// # Errors
    ///
    /// [`Unproven`] says what is wrong with it.
    pub(super) fn check(&mut self, packet: &Packet<'_>) -> Result<(), Unproven> {
        let (replay, digest) = read(packet, DIGEST).ok_or(Unproven::NoDigest)?;
        let offset = packet.first(AUTHENTICATION.code).ok_or(Unproven::NoDigest)?.value_offset();
        let mut message = packet.octets().to_vec();
        let place = message.get_mut(offset + VALUE..offset + VALUE + digest.len());
        place.ok_or(Unproven::NoDigest)?.fill(0);
        // Relay agents change hops and giaddr (RFC 3118 §5.2).
        for field in [crate::packet::HOPS, crate::packet::GIADDR] {
            message.get_mut(field.range()).unwrap_or_default().fill(0);
        }
        let mut hmac = Hmac::<Md5>::new_from_slice(&self.key).map_err(|_| Unproven::NoNonce)?;
        hmac.update(&message);
        hmac.verify_slice(&digest).map_err(|_| Unproven::WrongDigest)?;
        if replay <= self.replay {
            return Err(Unproven::Replayed);
        }
        self.replay = replay;
        Ok(())
    }
}

/// Replay detection and value of option 90, where it stands once and is of this protocol and type.
fn read(packet: &Packet<'_>, kind: u8) -> Option<(u64, [u8; 16])> {
    if packet.is_repeated(AUTHENTICATION.code) {
        return None;
    }
    let octets = packet.value(AUTHENTICATION.code)?;
    let (head, rest) = octets.split_first_chunk::<3>()?;
    let (replay, rest) = rest.split_first_chunk::<8>()?;
    let (found, value) = rest.split_first()?;
    let value = <[u8; 16]>::try_from(value).ok()?;
    (*head == HEAD && *found == kind).then_some((u64::from_be_bytes(*replay), value))
}
