//! A configuration that gives what a captured server gave.

use core::fmt;
use core::net::Ipv4Addr;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, Given, Numbers, Whence};
use crate::lease::{Binding, BindingState, ClientKey, Subnet};
use crate::options::Code;
use crate::server::Config;
use crate::server::config::{ConfigError, Network, Range, Reservation, Scope, SubnetConfig, Who};
use crate::time::Instant;

/// The prefix of a subnet whose mask nobody tells.
const USUAL_PREFIX: u8 = 24;
/// The shortest lease that can be configured, in seconds.
const SHORTEST: u32 = 4;

/// A configuration and what it rests on.
#[derive(Clone, Debug)]
pub struct Assumed {
    /// What is served.
    pub config: Config,
    /// Leases that clients had when the capture began, as they show.
    pub leases: Vec<Binding>,
    /// What was assumed, a line each.
    pub notes: Vec<String>,
}

/// Why there is no configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannotAssume {
    /// That server does not answer in the capture.
    NoAnswer(Ipv4Addr),
    /// None of its answers gives anybody an address.
    NoAddress(Ipv4Addr),
    /// What it gives is no configuration.
    Wrong(Box<ConfigError>),
}

impl fmt::Display for CannotAssume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CannotAssume::NoAnswer(server) => write!(f, "server {server} does not answer in it"),
            CannotAssume::NoAddress(server) => write!(f, "server {server} gives nobody an address in it"),
            CannotAssume::Wrong(error) => write!(f, "what the server gives makes no configuration: {error}"),
        }
    }
}

impl core::error::Error for CannotAssume {}

/// A client's address, if it is one on a subnet.
struct Held<'a> {
    client: &'a ClientKey,
    given: &'a Given,
    address: Ipv4Addr,
    subnet: Subnet,
    /// Whether the server gave it.
    own: bool,
}

pub(super) fn assume(
    server: Ipv4Addr,
    facts: &Facts,
    start: Option<Instant>,
) -> Result<Assumed, CannotAssume> {
    let mut notes = Vec::new();
    let subnets = Subnets::of(facts, &mut notes);
    if subnets.0.is_empty() {
        return Err(CannotAssume::NoAddress(server));
    }
    let held: Vec<Held<'_>> = facts
        .clients
        .iter()
        .flat_map(|(client, given)| {
            given.addresses.iter().map(move |(address, whence)| (client, given, *address, whence.given))
        })
        .filter_map(|(client, given, address, own)| {
            let subnet = subnets.with(address)?;
            let host = subnet.prefix() > 30 || (address != subnet.network() && address != subnet.broadcast());
            host.then_some(Held { client, given, address, subnet, own })
        })
        .collect();
    let mut here: BTreeMap<Subnet, Vec<&Held<'_>>> = BTreeMap::new();
    subnets.0.values().for_each(|subnet| drop(here.insert(*subnet, Vec::new())));
    held.iter().for_each(|held| here.entry(held.subnet).or_default().push(held));
    let parts: BTreeMap<Subnet, SubnetConfig> =
        here.iter().map(|(subnet, here)| (*subnet, subnet_config(*subnet, here))).collect();
    let reserved = parts.values().map(|part| part.reservations.len()).sum::<usize>();
    let open = parts.values().map(|part| part.ranges.len()).sum::<usize>();
    notes.push(format!("server {server}, {}", counted(subnets.0.values())));
    let noun = |count: usize| if count == 1 { "address" } else { "addresses" };
    if reserved > 0 {
        notes.push(format!("{reserved} {} reserved for who got them", noun(reserved)));
    }
    if open > 0 {
        notes.push(format!(
            "{open} {} for anybody, as they went to several clients, or one client had several",
            noun(open)
        ));
    }
    if facts.lost > 0 {
        notes.push(format!("{} answers to further clients are left out", facts.lost));
    }
    let mut scope = Scope::default();
    times(facts, &mut scope, &mut notes);
    let config = Config {
        server_identifier: Some(server),
        authoritative: facts.naks > 0,
        rapid_commit: facts.rapid,
        bootp: facts.bootp,
        lease_query: facts.query,
        offers_per_relay: 100,
        offers_per_port: u16::MAX,
        scope,
        networks: networks(parts, &subnets, facts),
        ..Config::default()
    };
    if let Some(error) = config.check().err().and_then(|errors| errors.into_iter().next()) {
        return Err(CannotAssume::Wrong(Box::new(error)));
    }
    let leases = leases(&held, start);
    if !leases.is_empty() {
        let noun = if leases.len() == 1 { "lease" } else { "leases" };
        notes.push(format!("{} {noun} from before the capture", leases.len()));
    }
    Ok(Assumed { config, leases, notes })
}

fn counted<'a>(subnets: impl Iterator<Item = &'a Subnet>) -> String {
    const MOST: usize = 4;
    let names: Vec<String> = subnets.map(ToString::to_string).collect();
    match names.len().checked_sub(MOST) {
        Some(more @ 1..) => format!(
            "{} and {more} more subnets",
            names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ")
        ),
        _ => names.join(", "),
    }
}

/// Subnets that do not overlap, by their first addresses.
#[derive(Debug, Default)]
struct Subnets(BTreeMap<Ipv4Addr, Subnet>);

impl Subnets {
    /// The subnets that addresses and masks tell of.
    fn of(facts: &Facts, notes: &mut Vec<String>) -> Subnets {
        let all = || facts.clients.values().flat_map(|given| &given.addresses);
        let mut found = Subnets::default();
        for (address, Whence { mask, .. }) in all() {
            let subnet = mask.and_then(|mask| Subnet::with_mask(*address, mask));
            if let Some(subnet) = subnet.filter(|subnet| subnet.prefix() >= 8) {
                found.add(subnet);
            }
        }
        for (address, _) in all() {
            if found.with(*address).is_none()
                && let Some(subnet) = Subnet::of(*address, USUAL_PREFIX)
                && found.add(subnet)
            {
                notes.push(format!("the mask of {subnet}, which no answer tells"));
            }
        }
        found
    }

    /// Adds a subnet that overlaps with none.
    fn add(&mut self, subnet: Subnet) -> bool {
        let inside = self.0.range(subnet.network()..=subnet.broadcast()).next().is_some();
        let apart = !inside && self.with(subnet.network()).is_none();
        if apart {
            self.0.insert(subnet.network(), subnet);
        }
        apart
    }

    /// The subnet that an address is on.
    fn with(&self, address: Ipv4Addr) -> Option<Subnet> {
        let (_, subnet) = self.0.range(..=address).next_back()?;
        Some(*subnet).filter(|subnet| subnet.contains(address))
    }
}

/// A subnet with what most of its clients got, and reservations with what differs.
fn subnet_config(subnet: Subnet, here: &[&Held<'_>]) -> SubnetConfig {
    let mut config = SubnetConfig::new(subnet);
    let mut by_address: BTreeMap<Ipv4Addr, Vec<&Held<'_>>> = BTreeMap::new();
    let mut by_client: BTreeMap<&ClientKey, u32> = BTreeMap::new();
    for held in here.iter().filter(|held| held.own) {
        by_address.entry(held.address).or_default().push(held);
        let count = by_client.entry(held.client).or_default();
        *count = count.saturating_add(1);
    }
    config.scope = common(here);
    let mut taken: BTreeSet<Who> = BTreeSet::new();
    for (address, holders) in by_address {
        let only = match holders.as_slice() {
            [only] if by_client.get(only.client) == Some(&1) => Some(only),
            _ => None,
        };
        let who = only.map(|held| who(held.client));
        match (only, who) {
            (Some(held), Some(who)) if taken.insert(who.clone()) => {
                let scope = own(held.given, &config.scope);
                config.reservations.push(Reservation { who, address, scope });
            }
            _ => config.ranges.push(Range::new(address, address)),
        }
    }
    config
}

fn who(client: &ClientKey) -> Who {
    match client {
        ClientKey::Identifier(octets) => Who::Identifier(octets.to_vec()),
        ClientKey::Hardware { htype, chaddr } => Who::Hardware { htype: *htype, chaddr: chaddr.to_vec() },
    }
}

/// What most clients got that asked for it.
fn common(here: &[&Held<'_>]) -> Scope {
    let mut values: BTreeMap<Code, BTreeMap<&[u8], u64>> = BTreeMap::new();
    for (code, (value, unasked)) in here.iter().flat_map(|held| &held.given.options) {
        if !unasked {
            let count = values.entry(*code).or_default().entry(value).or_default();
            *count = count.saturating_add(1);
        }
    }
    let mut scope = Scope::default();
    for (code, values) in &values {
        if let Some(value) = most(values) {
            scope.options.push_octets(*code, value);
        }
    }
    scope.next_server = same(here, |given| given.next_server.as_ref()).copied();
    scope.server_name = same(here, |given| given.server_name.as_ref()).cloned();
    scope.boot_file = same(here, |given| given.boot_file.as_ref()).cloned();
    scope
}

/// What all clients that were given an address have the same.
fn same<'a, T: PartialEq>(here: &[&Held<'a>], of: impl Fn(&'a Given) -> Option<&'a T>) -> Option<&'a T> {
    let mut all = here.iter().filter(|held| held.own).map(|held| of(held.given));
    let first = all.next()??;
    all.all(|other| other == Some(first)).then_some(first)
}

/// The value seen most often; of several the least.
fn most<T: Copy + Ord>(values: &BTreeMap<T, u64>) -> Option<T> {
    let most = values.values().max()?;
    values.iter().find(|(_, count)| *count == most).map(|(value, _)| *value)
}

/// What one client got that the others did not, or without having asked.
fn own(given: &Given, common: &Scope) -> Scope {
    let mut scope = Scope {
        next_server: given.next_server.filter(|_| common.next_server.is_none()),
        server_name: given.server_name.clone().filter(|_| common.server_name.is_none()),
        boot_file: given.boot_file.clone().filter(|_| common.boot_file.is_none()),
        ..Scope::default()
    };
    for (code, (value, unasked)) in &given.options {
        if *unasked || common.options.get(*code) != Some(value) {
            scope.options.push_octets(*code, value);
        }
    }
    scope
}

/// Lease times, T1 and T2.
fn times(facts: &Facts, scope: &mut Scope, notes: &mut Vec<String>) {
    let ends = |numbers: &Numbers| Some((*numbers.keys().next()?, *numbers.keys().next_back()?));
    if let (Some(usual), Some((least, longest))) = (most(&facts.leases), ends(&facts.leases)) {
        let usual = usual.max(SHORTEST);
        scope.default_lease = Some(usual);
        scope.min_lease = Some(least.max(SHORTEST).min(usual));
        scope.max_lease = Some(longest.max(usual));
        notes.push(match least == longest {
            true => format!("leases of {usual} s"),
            false => format!("leases of {least} to {longest} s, {usual} s for who does not ask"),
        });
        let whole = |seconds: &u32| *seconds > 0 && *seconds < usual;
        let t2 = most(&facts.t2).filter(whole);
        let t1 = most(&facts.t1).filter(whole).filter(|t1| t2.is_none_or(|t2| *t1 < t2));
        (scope.renewal_time, scope.rebinding_time) = (t1, t2);
    }
}

/// Networks: all subnets without a relay agent are one, and those of one relay agent are.
fn networks(mut parts: BTreeMap<Subnet, SubnetConfig>, subnets: &Subnets, facts: &Facts) -> Vec<Network> {
    let mut relays: BTreeMap<Option<Ipv4Addr>, BTreeSet<Subnet>> = BTreeMap::new();
    for (address, whence) in facts.clients.values().flat_map(|given| &given.addresses) {
        if let Some(subnet) = subnets.with(*address) {
            relays.entry(whence.relay).or_default().insert(subnet);
        }
    }
    let mut networks = Vec::new();
    for (relay, on) in relays {
        let mut network = Network::default();
        for subnet in on {
            let Some(mut config) = parts.remove(&subnet) else { continue };
            if let Some(relay) = relay
                && subnets.with(relay).is_none()
                && network.subnets.is_empty()
            {
                config.relays.push(relay);
            }
            network.subnets.push(config);
        }
        if !network.subnets.is_empty() {
            networks.push(network);
        }
    }
    networks
}

/// The leases that clients go on with whose beginning is not in the capture.
fn leases(held: &[Held<'_>], start: Option<Instant>) -> Vec<Binding> {
    let mut leases: BTreeMap<Ipv4Addr, Binding> = BTreeMap::new();
    for Held { client, given, address, subnet, .. } in held {
        let Some((earlier, seen, seconds)) = given.earlier else { continue };
        if earlier != *address {
            continue;
        }
        let since = start.unwrap_or(Instant::EPOCH);
        let lasts = Duration::from_secs(seconds.into());
        let binding = Binding {
            address: *address,
            subnet: *subnet,
            client: (*client).clone(),
            htype: given.htype,
            chaddr: given.chaddr.as_slice().into(),
            host_name: None,
            relay: None,
            state: BindingState::Bound,
            since,
            expires: if seconds == u32::MAX { Instant::NEVER } else { seen.unwrap_or(since) + lasts },
        };
        leases.entry(*address).or_insert(binding);
    }
    leases.into_values().collect()
}
