//! What a server serves: plain data, without I/O. `dhcpsim server --config FILE` reads it from TOML.
//!
//! Networks have subnets, subnets have ranges and reservations; a [`Scope`] of settings hangs on every level. What is
//! wrong with it, [`Config::check`] says, at the start and at `--check` alike.

mod check;
mod class;
mod fault;
mod network;
mod scope;

use core::net::Ipv4Addr;
use core::time::Duration;

pub use check::is_own;
pub use class::{Class, Comparison, Subject, Test};
pub use fault::{ConfigError, Fault, Path, Step};
pub use network::{Exclusion, Network, Range, Reservation, SubnetConfig, Who};
pub(in crate::server) use scope::Scopes;
pub use scope::{LeaseTimes, Scope};

use crate::lease::Pool;
use crate::options::{DOMAIN_NAME_SERVER, ROUTER, SUBNET_MASK};

/// What a server serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The address that clients know the server by (option 54); none for the address that a message came in on.
    pub server_identifier: Option<Ipv4Addr>,
    /// Whether this server knows of every lease on its networks: then it refuses what it has no record of, where it
    /// would be silent (RFC 2131 §4.3.2).
    pub authoritative: bool,
    /// How long an offer is held for its client.
    pub offer_hold: Duration,
    /// The most of a network's free addresses that are offered to strangers through one relay agent at once, or on one
    /// port, where there are several; in percent.
    pub offers_per_relay: u8,
    /// The most offers to strangers at once on one port of a relay agent, as option 82 names it (RFC 3046 §4); one in any case.
    pub offers_per_port: u16,
    /// How long an address rests that a client declined, or that answered a probe.
    pub decline_rest: Duration,
    /// The most addresses that rest at once, in percent of a subnet's; one may rest in any case.
    pub most_declined: u8,
    /// Whether a client that asks for it gets its address in two messages (RFC 4039).
    pub rapid_commit: bool,
    /// Whether option 118 chooses the subnet (RFC 3011).
    pub subnet_selection: bool,
    /// Whether DHCPLEASEQUERY is answered (RFC 4388).
    pub lease_query: bool,
    /// Whether BOOTP clients are served, from reservations alone (RFC 1534 §2).
    pub bootp: bool,
    /// How long to wait for an answer to the probe of an address before it is offered (RFC 2131 §2.2); none for no
    /// probe.
    pub probe: Option<Duration>,
    /// Settings for all clients.
    pub scope: Scope,
    /// Classes of clients, the more important first.
    pub classes: Vec<Class>,
    /// The networks, each a link on which clients are.
    pub networks: Vec<Network>,
}

impl Default for Config {
    /// No networks, and what a server does that is told nothing else.
    fn default() -> Config {
        Config {
            server_identifier: None,
            authoritative: false,
            offer_hold: Duration::from_secs(10),
            offers_per_relay: 50,
            offers_per_port: 32,
            decline_rest: Duration::from_secs(600),
            most_declined: 10,
            rapid_commit: false,
            subnet_selection: false,
            lease_query: false,
            bootp: false,
            probe: None,
            scope: Scope::default(),
            classes: Vec::new(),
            networks: Vec::new(),
        }
    }
}

impl Config {
    /// Serves one range, with routers and DNS servers where there are some.
    #[must_use]
    pub fn simple(
        server_identifier: Ipv4Addr,
        pool: &Pool,
        routers: &[Ipv4Addr],
        dns: &[Ipv4Addr],
        lease: LeaseTimes,
    ) -> Config {
        let mut scope = Scope::default();
        scope.options.push(&SUBNET_MASK, pool.subnet().mask());
        if !routers.is_empty() {
            scope.options.push(&ROUTER, routers);
        }
        if !dns.is_empty() {
            scope.options.push(&DOMAIN_NAME_SERVER, dns);
        }
        scope.set_lease(lease);
        let range = Range::new(*pool.range().start(), *pool.range().end());
        let subnet = SubnetConfig { ranges: vec![range], ..SubnetConfig::new(pool.subnet()) };
        Config {
            server_identifier: Some(server_identifier),
            scope,
            networks: vec![Network { subnets: vec![subnet], ..Network::default() }],
            ..Config::default()
        }
    }

    /// All subnets, in order.
    pub fn subnets(&self) -> impl Iterator<Item = &SubnetConfig> {
        self.networks.iter().flat_map(|network| &network.subnets)
    }

    /// All ranges, in order.
    pub fn ranges(&self) -> impl Iterator<Item = &Range> {
        self.subnets().flat_map(|subnet| &subnet.ranges)
    }
}
