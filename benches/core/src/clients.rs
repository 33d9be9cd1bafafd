//! What clients send: a Linux client's options, without I/O.

use std::net::Ipv4Addr;

use dhcpsim::options::{
    CLIENT_IDENTIFIER, DHCP_MESSAGE_TYPE, HOST_NAME, PARAMETER_REQUEST_LIST, REQUESTED_IP_ADDRESS,
    SERVER_IDENTIFIER,
};
use dhcpsim::packet::{Message, MessageType, Op};

pub const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

/// Where messages have what differs from client to client.
pub struct Template {
    octets: Vec<u8>,
    identifier: usize,
    requested: Option<usize>,
}

impl Template {
    pub fn discover() -> Template {
        Template::new(MessageType::DISCOVER, false, &[1, 2, 0, 0, 0, 0, 0])
    }

    /// A DHCPDISCOVER with as many octets in option 61 as a flood may put there.
    pub fn discover_long() -> Template {
        Template::new(MessageType::DISCOVER, false, &[7; 250])
    }

    /// A DHCPREQUEST in state SELECTING.
    pub fn select() -> Template {
        Template::new(MessageType::REQUEST, true, &[1, 2, 0, 0, 0, 0, 0])
    }

    /// A DHCPREQUEST in state RENEWING.
    pub fn renew() -> Template {
        Template::new(MessageType::REQUEST, false, &[1, 2, 0, 0, 0, 0, 0])
    }

    fn new(kind: MessageType, selecting: bool, identifier: &[u8]) -> Template {
        let mut message = Message::new(Op::BOOTREQUEST);
        message.set_hardware(1, &[2, 0, 0, 0, 0, 0]);
        message.push(&DHCP_MESSAGE_TYPE, kind.0).push(&CLIENT_IDENTIFIER, identifier);
        let identifier = message.octets().len() - 4;
        let mut requested = None;
        if selecting {
            message.push(&SERVER_IDENTIFIER, SERVER);
            message.push(&REQUESTED_IP_ADDRESS, Ipv4Addr::UNSPECIFIED);
            requested = Some(message.octets().len() - 4);
        }
        message.push(&HOST_NAME, b"workstation");
        message.push(&PARAMETER_REQUEST_LIST, &[1, 28, 2, 3, 15, 6, 12]);
        Template { octets: message.end(300), identifier, requested }
    }

    /// The message of a client; `address` stands in option 50, or in ciaddr of a renewal.
    pub fn of(&mut self, client: u32, address: Option<Ipv4Addr>) -> &[u8] {
        let number = client.to_be_bytes();
        self.octets[4..8].copy_from_slice(&number);
        self.octets[30..34].copy_from_slice(&number);
        self.octets[self.identifier..self.identifier + 4].copy_from_slice(&number);
        if let Some(address) = address {
            let at = self.requested.unwrap_or(12);
            self.octets[at..at + 4].copy_from_slice(&address.octets());
        }
        &self.octets
    }
}
