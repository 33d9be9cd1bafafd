//! What a client is, and how it behaves. Many clients share one [`Habits`].

use core::net::Ipv4Addr;
use core::time::Duration;
use std::sync::Arc;

use crate::lease::Octets;
use crate::options::{Code, DOMAIN_NAME, DOMAIN_NAME_SERVER, ROUTER, SUBNET_MASK};

/// What a client is.
#[derive(Clone, Debug)]
pub struct Config {
    /// The kind of hardware address, 1 for Ethernet.
    pub htype: u8,
    /// The hardware address, sixteen octets at most.
    pub chaddr: Octets,
    /// Option 61, in every message or in none (RFC 2131 §4.2).
    pub client_identifier: Option<Octets>,
    /// Option 12.
    pub host_name: Option<Octets>,
    /// The address wanted (option 50).
    pub requested_address: Option<Ipv4Addr>,
    /// What all random choices follow from: xid and the times between sendings.
    pub seed: u64,
    /// How it behaves.
    pub habits: Arc<Habits>,
}

/// How a client behaves, and what it asks for.
#[derive(Clone, Debug)]
pub struct Habits {
    /// The codes of the options wanted (option 55).
    pub parameters: Vec<u8>,
    /// Further options of DHCPDISCOVER, DHCPREQUEST and DHCPINFORM, with their octets.
    pub options: Vec<(Code, Vec<u8>)>,
    /// The lease time wanted in seconds (option 51).
    pub lease_time: Option<u32>,
    /// Whether replies must be broadcast (RFC 2131 §4.1).
    pub broadcast: bool,
    /// The longest message taken, in octets with IP and UDP headers (option 57).
    pub message_size: u16,
    /// The relay agent whose part the client plays: field giaddr.
    pub giaddr: Option<Ipv4Addr>,
    /// Whether to wait one to ten seconds at random before the first message (RFC 2131 §4.4.1), and to renew up to a
    /// tenth of T1 before it at random (§4.4.5).
    pub desynchronise: bool,
    /// For how long offers are collected from the first on; then the best is taken.
    pub collect: Duration,
    /// Servers whose offers are better than all others', the best first.
    pub prefer: Vec<Ipv4Addr>,
    /// Options without which an offer can't be taken.
    pub require: Vec<Code>,
    /// The pause between the choice and the DHCPREQUEST.
    pub request_delay: Duration,
    /// Whether to ask for an exchange of two messages (RFC 4039).
    pub rapid_commit: bool,
    /// Whether an address is asked for before it is used (RFC 2131 §4.4.1), and how much silence is enough.
    pub probe: Option<Duration>,
    /// Which DHCPFORCERENEW are heeded.
    pub force_renew: ForceRenew,
    /// The shortest lease that is taken, in seconds: renewing a shorter one would be a flood.
    pub shortest_lease: u32,
    /// Leases of more seconds are used for so long only; infinite ones are let be.
    pub longest_lease: u32,
    /// Whether the DHCPACK is kept with the lease: [`Event::Leased`](crate::endpoint::Event::Leased) has it anyway.
    pub keep_ack: bool,
    /// Whether every transition is told as [`Event::Moved`](crate::endpoint::Event::Moved).
    pub explain: bool,
}

/// Which DHCPFORCERENEW a client heeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForceRenew {
    /// None, and it does not say that it could.
    #[default]
    Never,
    /// Those that prove to come from who gave the lease (RFC 6704); the client says that it can check them.
    Authenticated,
    /// All: whoever can send it a datagram can make it renew (RFC 3203 §6 forbids that).
    Always,
}

impl Default for Habits {
    /// Asks for mask, router and DNS, takes the first offer, checks no address and does not wait.
    fn default() -> Habits {
        let parameters = [SUBNET_MASK.code, ROUTER.code, DOMAIN_NAME_SERVER.code, DOMAIN_NAME.code];
        Habits {
            parameters: parameters.map(|code| code.0).to_vec(),
            options: Vec::new(),
            lease_time: None,
            broadcast: false,
            message_size: 1500,
            giaddr: None,
            desynchronise: false,
            collect: Duration::ZERO,
            prefer: Vec::new(),
            require: Vec::new(),
            request_delay: Duration::ZERO,
            rapid_commit: false,
            probe: None,
            force_renew: ForceRenew::Never,
            shortest_lease: 5,
            longest_lease: u32::MAX,
            keep_ack: false,
            explain: false,
        }
    }
}

impl Config {
    /// An Ethernet client that identifies itself by its address, with habits of its own.
    #[must_use]
    pub fn ethernet(chaddr: [u8; 6], seed: u64) -> Config {
        Config::with(chaddr, seed, Arc::new(Habits::default()))
    }

    /// As [`Config::ethernet`], with habits that it shares with others.
    #[must_use]
    pub fn with(chaddr: [u8; 6], seed: u64, habits: Arc<Habits>) -> Config {
        Config {
            htype: 1,
            chaddr: chaddr.into(),
            client_identifier: Some([&[1], &chaddr[..]].concat().into()),
            host_name: None,
            requested_address: None,
            seed,
            habits,
        }
    }

    /// The same with other habits: `config.behaving(|habits| habits.broadcast = true)`.
    #[must_use]
    pub fn behaving(mut self, change: impl FnOnce(&mut Habits)) -> Config {
        change(Arc::make_mut(&mut self.habits));
        self
    }
}
