//! From where the RFC wants a message to a socket address.

use core::net::{Ipv4Addr, SocketAddrV4};

use crate::endpoint::{Destination, Transmit};

/// The port of DHCP servers and relay agents (RFC 2131 §4.1).
pub const SERVER_PORT: u16 = 67;
/// The port of DHCP clients.
pub const CLIENT_PORT: u16 = 68;

/// How destinations become socket addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// A server on this port. On port 67 everybody is answered where §4.1 says, whatever port they ask from. On any
    /// other port, and on loopback, who asks from a port of its own is answered there: without privileges there is
    /// no other, and nobody who keeps to the RFC asks at such a port.
    Server(u16),
    /// A client that was told where its server is.
    ClientOf(SocketAddrV4),
}

impl Addressing {
    /// Where a message goes.
    #[must_use]
    pub fn resolve(&self, transmit: &Transmit) -> SocketAddrV4 {
        if let Some(asker) = transmit.answers.filter(|asker| self.answers_asker(asker)) {
            return asker;
        }
        match (self, &transmit.to) {
            (Addressing::ClientOf(server), Destination::AllServers) => *server,
            (Addressing::ClientOf(server), Destination::Server(address)) => {
                // A broadcast found the server; from then on it has an address of its own.
                match server.ip().is_broadcast() {
                    true => SocketAddrV4::new(*address, server.port()),
                    false => *server,
                }
            }
            (_, Destination::At(server)) => *server,
            (_, Destination::Relay { giaddr, port }) => {
                SocketAddrV4::new(*giaddr, port.unwrap_or(SERVER_PORT))
            }
            (_, Destination::Client(ciaddr)) => SocketAddrV4::new(*ciaddr, CLIENT_PORT),
            // A UDP socket can't send to a hardware address without ARP; §4.1 allows the broadcast instead.
            (_, Destination::Broadcast | Destination::Hardware { .. }) => {
                SocketAddrV4::new(Ipv4Addr::BROADCAST, CLIENT_PORT)
            }
            (_, Destination::Server(address)) => SocketAddrV4::new(*address, SERVER_PORT),
            (_, Destination::AllServers) => SocketAddrV4::new(Ipv4Addr::BROADCAST, SERVER_PORT),
        }
    }

    /// Whether who asks is answered at the port it asks from.
    fn answers_asker(&self, asker: &SocketAddrV4) -> bool {
        let own_port = !matches!(asker.port(), SERVER_PORT | CLIENT_PORT);
        let standard = *self == Addressing::Server(SERVER_PORT);
        !asker.ip().is_unspecified() && (asker.ip().is_loopback() || own_port && !standard)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::endpoint::Arrived;

    #[test]
    fn replies_go_where_section_4_1_says_or_where_the_client_is() {
        let address = |text: &str| text.parse::<Ipv4Addr>().unwrap();
        let hardware =
            Destination::Hardware { yiaddr: address("192.0.2.100"), htype: 1, chaddr: [2; 6].into() };
        let relay = Destination::Relay { giaddr: address("192.0.2.3"), port: None };
        let client = Destination::Client(address("192.0.2.100"));
        for (asker, to, want) in [
            ("192.0.2.2:5000", relay, "192.0.2.3:67"),
            ("192.0.2.100:1234", client, "192.0.2.100:68"),
            ("192.0.2.7:40000", Destination::Broadcast, "255.255.255.255:68"),
            ("127.0.0.1:40000", Destination::Broadcast, "127.0.0.1:40000"),
        ] {
            let transmit =
                Transmit { to, answers: asker.parse().ok(), via: Arrived::default(), payload: Vec::new() };
            assert_eq!(want, Addressing::Server(67).resolve(&transmit).to_string(), "{transmit:?}");
        }
        for (asker, to, want) in [
            ("0.0.0.0:68", hardware.clone(), "255.255.255.255:68"),
            ("0.0.0.0:68", Destination::Broadcast, "255.255.255.255:68"),
            ("192.0.2.100:68", Destination::Client(address("192.0.2.100")), "192.0.2.100:68"),
            ("192.0.2.2:67", Destination::Relay { giaddr: address("192.0.2.3"), port: None }, "192.0.2.3:67"),
            ("192.0.2.7:40000", Destination::Broadcast, "192.0.2.7:40000"),
            ("127.0.0.1:68", hardware, "127.0.0.1:68"),
        ] {
            let transmit =
                Transmit { to, answers: asker.parse().ok(), via: Arrived::default(), payload: Vec::new() };
            assert_eq!(want, Addressing::Server(6767).resolve(&transmit).to_string(), "{transmit:?}");
        }
    }
}
