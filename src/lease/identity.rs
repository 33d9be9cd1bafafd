//! Who a client is: option 61, or htype and chaddr (RFC 2131 §4.2).

use core::fmt;
use core::hash::{Hash, Hasher};

use super::octets::Octets;
use crate::options::{CLIENT_IDENTIFIER, OptionError};
use crate::packet::{CHADDR_SIZE, HardwareAddress, Packet};

/// The longest client identifier that is taken, in octets: what one option can hold.
pub const MAX_IDENTIFIER: usize = 255;

/// A client's unique identifier on its subnet. Two identifiers on one chaddr are two clients.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientKey {
    /// The octets of option 61, compared as they are.
    Identifier(Octets),
    /// The hardware address of a client without option 61.
    Hardware {
        /// Field htype.
        htype: u8,
        /// The first hlen octets of field chaddr.
        chaddr: Octets,
    },
}

/// In one go, since it is what a message is looked up by.
impl Hash for ClientKey {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            ClientKey::Identifier(octets) => state.write(octets),
            ClientKey::Hardware { htype, chaddr } => {
                state.write_u8(*htype);
                state.write(chaddr);
            }
        }
    }
}

/// Why a message does not say who its client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityError {
    /// Neither option 61 nor a hardware address.
    None,
    /// Option 61 has more octets than [`MAX_IDENTIFIER`].
    TooLong(usize),
    /// Option 61 is cut short.
    Malformed(OptionError),
}

impl ClientKey {
    /// How many octets are allocated for it: none for identifiers of usual length.
    #[must_use]
    pub fn allocated(&self) -> usize {
        match self {
            ClientKey::Identifier(octets) | ClientKey::Hardware { chaddr: octets, .. } => octets.allocated(),
        }
    }

    /// Who sent a message, or for whom a reply is.
    ///
    /// # Errors
    ///
    /// [`IdentityError`] if nothing in it identifies a client.
    pub fn of(packet: &Packet<'_>) -> Result<ClientKey, IdentityError> {
        if packet.has(CLIENT_IDENTIFIER.code) {
            if packet.is_cut()
                && let Err(error) = packet.checked(&CLIENT_IDENTIFIER)
            {
                return Err(IdentityError::Malformed(error));
            }
            let octets = packet.value(CLIENT_IDENTIFIER.code).unwrap_or_default();
            match octets.len() {
                0 => {}
                1..=MAX_IDENTIFIER => return Ok(ClientKey::Identifier(octets.as_ref().into())),
                length => return Err(IdentityError::TooLong(length)),
            }
        }
        match packet.chaddr() {
            HardwareAddress([]) => Err(IdentityError::None),
            // What chaddr can't hold whole identifies nobody: two such clients may differ where it is cut.
            _ if usize::from(packet.hlen()) > CHADDR_SIZE => Err(IdentityError::None),
            HardwareAddress(chaddr) => {
                Ok(ClientKey::Hardware { htype: packet.htype(), chaddr: chaddr.into() })
            }
        }
    }
}

/// `02:00:00:00:00:01` for hardware, `id 01:02:00:00:00:00:01` for an identifier.
impl fmt::Display for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientKey::Identifier(octets) => write!(f, "id {}", HardwareAddress(octets)),
            ClientKey::Hardware { htype: 1, chaddr } => HardwareAddress(chaddr).fmt(f),
            ClientKey::Hardware { htype, chaddr } => write!(f, "htype {htype} {}", HardwareAddress(chaddr)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{Message, Op};

    #[test]
    fn option_61_identifies_before_chaddr() {
        let hardware = ClientKey::Hardware { htype: 1, chaddr: [2, 0, 0, 0, 0, 1].into() };
        let cases: [(&[u8], Result<ClientKey, IdentityError>); 3] = [
            (&[61, 3, 1, 2, 3], Ok(ClientKey::Identifier([1, 2, 3].into()))),
            (&[61, 0], Ok(hardware.clone())),
            (&[], Ok(hardware)),
        ];
        for (options, want) in cases {
            let mut message = Message::new(Op::BOOTREQUEST);
            message.set_hardware(1, &[2, 0, 0, 0, 0, 1]);
            let mut octets = message.octets().to_vec();
            octets.extend_from_slice(options);
            assert_eq!(want, ClientKey::of(&Packet::parse(&octets).unwrap()), "{options:?}");
        }
        let nobody = Message::new(Op::BOOTREQUEST).end(300);
        assert_eq!(Err(IdentityError::None), ClientKey::of(&Packet::parse(&nobody).unwrap()));
    }
}
