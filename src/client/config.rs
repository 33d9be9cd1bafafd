//! What a client is and what it asks for.

use core::net::Ipv4Addr;
use core::time::Duration;

use crate::options::{DOMAIN_NAME, DOMAIN_NAME_SERVER, ROUTER, SUBNET_MASK};

/// What a client is and what it asks for.
#[derive(Clone, Debug)]
pub struct Config {
    /// The kind of hardware address, 1 for Ethernet.
    pub htype: u8,
    /// The hardware address, sixteen octets at most.
    pub chaddr: Vec<u8>,
    /// Option 61, in every message or in none (RFC 2131 §4.2).
    pub client_identifier: Option<Vec<u8>>,
    /// Option 12.
    pub host_name: Option<Vec<u8>>,
    /// The codes of the options wanted (option 55).
    pub parameters: Vec<u8>,
    /// The address wanted (option 50).
    pub requested_address: Option<Ipv4Addr>,
    /// The lease time wanted in seconds (option 51).
    pub lease_time: Option<u32>,
    /// Whether replies must be broadcast (RFC 2131 §4.1).
    pub broadcast: bool,
    /// The longest message taken, in octets with IP and UDP headers (option 57).
    pub message_size: u16,
    /// Whether to wait one to ten seconds at random before the first message (RFC 2131 §4.4.1).
    pub desynchronise: bool,
    /// The pause between the offer that is taken and the DHCPREQUEST.
    pub request_delay: Duration,
    /// What all random choices follow from: xid and the times between sendings.
    pub seed: u64,
}

impl Config {
    /// An Ethernet client that identifies itself by its address, asks for mask, router and DNS, and does not wait.
    #[must_use]
    pub fn ethernet(chaddr: [u8; 6], seed: u64) -> Config {
        let identifier = [&[1], &chaddr[..]].concat();
        Config {
            htype: 1,
            chaddr: chaddr.to_vec(),
            client_identifier: Some(identifier),
            host_name: None,
            parameters: vec![
                SUBNET_MASK.code.0,
                ROUTER.code.0,
                DOMAIN_NAME_SERVER.code.0,
                DOMAIN_NAME.code.0,
            ],
            requested_address: None,
            lease_time: None,
            broadcast: false,
            message_size: 1500,
            desynchronise: false,
            request_delay: Duration::ZERO,
            seed,
        }
    }
}
