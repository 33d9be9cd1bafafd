//! What a DHCPREQUEST asks: the four states that it may come from (RFC 2131 §4.3.2, table 4).

use core::net::Ipv4Addr;

use crate::endpoint::DropReason;
use crate::options::{REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER};
use crate::packet::Packet;

/// The client's state, as its DHCPREQUEST tells it, and the address it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// It takes the offer of a server.
    Selecting {
        /// The server (option 54).
        server: Ipv4Addr,
        /// The address (option 50).
        address: Ipv4Addr,
    },
    /// It verifies an address that it remembers (option 50).
    InitReboot(Ipv4Addr),
    /// It asks its own server to extend its lease of ciaddr.
    Renewing(Ipv4Addr),
    /// It asks any server to extend its lease of ciaddr.
    Rebinding(Ipv4Addr),
}

impl Asks {
    /// Tells the four apart. `to` is the address that the message was sent to: a broadcast one, or one through a
    /// relay agent, is REBINDING where a unicast one is RENEWING.
    ///
    /// # Errors
    ///
    /// [`DropReason`] if it names no address, or the option that does is malformed.
    pub fn of(packet: &Packet<'_>, to: Ipv4Addr) -> Result<Asks, DropReason> {
        let server = packet.get(&SERVER_IDENTIFIER).map_err(DropReason::Malformed)?;
        let requested = packet.get(&REQUESTED_IP_ADDRESS).map_err(DropReason::Malformed)?;
        let ciaddr = packet.ciaddr();
        match (server, requested) {
            (Some(server), Some(address)) => Ok(Asks::Selecting { server, address }),
            (Some(_), None) => Err(DropReason::NoAddress),
            (None, _) if !ciaddr.is_unspecified() => {
                let anybody = to.is_broadcast() || !packet.giaddr().is_unspecified();
                Ok(if anybody { Asks::Rebinding(ciaddr) } else { Asks::Renewing(ciaddr) })
            }
            (None, Some(address)) => Ok(Asks::InitReboot(address)),
            (None, None) => Err(DropReason::NoAddress),
        }
    }

    /// The name of the state.
    #[must_use]
    pub fn state(&self) -> &'static str {
        match self {
            Asks::Selecting { .. } => "SELECTING",
            Asks::InitReboot(_) => "INIT-REBOOT",
            Asks::Renewing(_) => "RENEWING",
            Asks::Rebinding(_) => "REBINDING",
        }
    }

    /// The address that it asks for.
    #[must_use]
    pub fn address(&self) -> Ipv4Addr {
        match self {
            Asks::Selecting { address, .. }
            | Asks::InitReboot(address)
            | Asks::Renewing(address)
            | Asks::Rebinding(address) => *address,
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::packet::{Message, Op};

    #[test]
    fn the_four_states_are_told_apart_by_table_4() {
        const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
        const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);
        const RELAY: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
        const NONE: Ipv4Addr = Ipv4Addr::UNSPECIFIED;
        // server identifier, requested address, ciaddr, giaddr, sent to
        let cases = [
            (
                SERVER,
                CLIENT,
                NONE,
                NONE,
                Ipv4Addr::BROADCAST,
                Ok(Asks::Selecting { server: SERVER, address: CLIENT }),
            ),
            (NONE, CLIENT, NONE, NONE, Ipv4Addr::BROADCAST, Ok(Asks::InitReboot(CLIENT))),
            (NONE, NONE, CLIENT, NONE, SERVER, Ok(Asks::Renewing(CLIENT))),
            (NONE, NONE, CLIENT, NONE, Ipv4Addr::BROADCAST, Ok(Asks::Rebinding(CLIENT))),
            (NONE, NONE, CLIENT, RELAY, SERVER, Ok(Asks::Rebinding(CLIENT))),
            // MUST NOT by table 4, yet clear enough: the address in ciaddr is in use.
            (NONE, CLIENT, CLIENT, NONE, SERVER, Ok(Asks::Renewing(CLIENT))),
            (SERVER, NONE, CLIENT, NONE, SERVER, Err(DropReason::NoAddress)),
            (NONE, NONE, NONE, NONE, SERVER, Err(DropReason::NoAddress)),
        ];
        for (server, requested, ciaddr, giaddr, to, want) in cases {
            let mut message = Message::new(Op::BOOTREQUEST);
            message.set_ciaddr(ciaddr).set_giaddr(giaddr);
            if !server.is_unspecified() {
                message.push(&SERVER_IDENTIFIER, server);
            }
            if !requested.is_unspecified() {
                message.push(&REQUESTED_IP_ADDRESS, requested);
            }
            let octets = message.end(300);
            let packet = Packet::parse(&octets).unwrap();
            assert_eq!(want, Asks::of(&packet, to), "{server} {requested} {ciaddr} {giaddr} {to}");
        }
    }
}
