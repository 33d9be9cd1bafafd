//! From flags to what a server serves.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::str::FromStr;

use dhcpsim::lease::{Pool, Subnet};
use dhcpsim::net::{Interface, Listen, interfaces};
use dhcpsim::options::{Code, DOMAIN_NAME_SERVER, ROUTER, compose};
use dhcpsim::packet::OptionList;
use dhcpsim::server::config::{Network, Range, Scope, SubnetConfig};
use dhcpsim::server::{Config, LeaseTimes};

use super::super::Failure;
use super::super::exit::Complaint;
use super::super::show::text_of;
use super::super::socket::no_interface;
use super::Server;
use super::effective::Place;

/// The largest prefix length that is guessed.
const GUESSED_PREFIX: u8 = 24;

/// `--pool`: a range, and the prefix length of its subnet if it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PoolFlag {
    first: Ipv4Addr,
    last: Ipv4Addr,
    prefix: Option<u8>,
}

/// What is served where nothing else is said.
const USUAL_POOL: PoolFlag =
    PoolFlag { first: Ipv4Addr::new(10, 67, 0, 10), last: Ipv4Addr::new(10, 67, 0, 253), prefix: None };

const POOL_FORMS: &str =
    "FIRST-LAST, FIRST-LAST/PREFIX or NETWORK/PREFIX, such as 192.0.2.100-192.0.2.199/24";

impl FromStr for PoolFlag {
    type Err = String;

    fn from_str(text: &str) -> Result<PoolFlag, String> {
        let expected = |what: &str, found: &str| format!("expected {what}, found `{found}`");
        let (range, prefix) = match text.split_once('/') {
            Some((range, prefix)) => (range, Some(prefix)),
            None => (text, None),
        };
        let address = |text: &str| text.trim().parse().map_err(|_| expected("an IPv4 address", text.trim()));
        let prefix = match prefix {
            Some(prefix) => Some(
                prefix
                    .parse()
                    .ok()
                    .filter(|prefix| *prefix <= 32)
                    .ok_or_else(|| expected("a prefix length from 0 to 32", prefix))?,
            ),
            None => None,
        };
        match (range.split_once('-'), prefix) {
            (Some((first, last)), _) => Ok(PoolFlag { first: address(first)?, last: address(last)?, prefix }),
            (None, Some(length)) => whole_subnet(address(range)?, length),
            (None, None) => Err(expected(POOL_FORMS, text)),
        }
    }
}

/// All of a subnet but its first host, which is left for the router.
fn whole_subnet(address: Ipv4Addr, prefix: u8) -> Result<PoolFlag, String> {
    let subnet = Subnet::of(address, prefix).filter(|_| prefix <= 30);
    let subnet =
        subnet.ok_or_else(|| format!("a /{prefix} has no room for a router and clients; give FIRST-LAST"))?;
    Ok(PoolFlag {
        first: offset(subnet.network(), 2),
        last: Ipv4Addr::from(u32::from(subnet.broadcast()).saturating_sub(1)),
        prefix: Some(prefix),
    })
}

fn offset(address: Ipv4Addr, by: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(address).saturating_add(by))
}

impl Server {
    /// What the flags alone say, or what is wrong with them.
    pub(super) fn plan(&self, place: &Place) -> Result<Config, Failure> {
        let pool = self.pool(self.pool.unwrap_or(USUAL_POOL))?;
        let routers = match &self.router {
            Some(text) => addresses("--router", text)?,
            None => spare(&pool).into_iter().collect(),
        };
        let dns = match &self.dns {
            Some(text) => addresses("--dns", text)?,
            None => routers.clone(),
        };
        let lease = lease_times(self.lease_time.as_deref().unwrap_or("1h"))?;
        Ok(Config::simple(self.identifier(place, &pool)?, &pool, &routers, &dns, lease))
    }

    /// The addresses of `--pool`.
    fn pool(&self, flag: PoolFlag) -> Result<Pool, Failure> {
        Pool::new(self.subnet(flag)?, flag.first, flag.last).map_err(|error| {
            Failure::Usage(Complaint::new(format!("--pool: {error}")).help(format!("expected {POOL_FORMS}")))
        })
    }

    /// Sets what flags say of clients in a configuration from a file, at every level, so that they win.
    pub(super) fn apply(&self, config: &mut Config) -> Result<(), Failure> {
        if let Some(address) = self.server_id {
            config.server_identifier = Some(address);
        }
        if let Some(flag) = self.pool {
            let pool = self.pool(flag)?;
            let range = Range::new(*pool.range().start(), *pool.range().end());
            let subnet = SubnetConfig { ranges: vec![range], ..SubnetConfig::new(pool.subnet()) };
            config.networks = vec![Network { subnets: vec![subnet], ..Network::default() }];
        }
        if let Some(text) = &self.lease_time {
            let times = lease_times(text)?;
            each_scope(config, |scope| {
                (scope.min_lease, scope.default_lease, scope.max_lease) = (None, None, None);
                (scope.renewal_time, scope.rebinding_time) = (None, None);
            });
            config.scope.set_lease(times);
        }
        for (flag, text, key) in
            [("--router", &self.router, ROUTER), ("--dns", &self.dns, DOMAIN_NAME_SERVER)]
        {
            if let Some(text) = text {
                let addresses = addresses(flag, text)?;
                each_scope(config, |scope| scope.options = without(&scope.options, key.code));
                if !addresses.is_empty() {
                    config.scope.options.push(&key, addresses.as_slice());
                }
            }
        }
        Ok(())
    }

    fn subnet(&self, flag: PoolFlag) -> Result<Subnet, Failure> {
        let PoolFlag { first, last, prefix } = flag;
        let found = match (prefix, self.subnet_mask) {
            (Some(told), Some(mask)) if Subnet::with_mask(first, mask) != Subnet::of(first, told) => {
                Err(format!("--subnet-mask {mask} and --pool /{told} do not agree; one of them is enough"))
            }
            (_, Some(mask)) => Subnet::with_mask(first, mask).ok_or_else(|| {
                format!("--subnet-mask: expected ones before zeros, such as 255.255.255.0, found {mask}")
            }),
            (Some(prefix), None) => Subnet::of(first, prefix).ok_or_else(String::new),
            (None, None) => {
                let common = (u32::from(first) ^ u32::from(last)).leading_zeros();
                let prefix = u8::try_from(common).unwrap_or(GUESSED_PREFIX).min(GUESSED_PREFIX);
                Subnet::of(first, prefix).ok_or_else(String::new)
            }
        };
        found.map_err(|what| Failure::Usage(Complaint::new(what)))
    }

    /// The address to be known by: as told, else the one listened on, else the one that packets to the pool leave from.
    fn identifier(&self, place: &Place, pool: &Pool) -> Result<Ipv4Addr, Failure> {
        if let Some(identifier) = self.server_id.or(place.address()) {
            return Ok(identifier);
        }
        let address = match &place.listen {
            Listen::Interfaces(names) => {
                let missing = names.iter().find_map(|name| Interface::find(name).err());
                if let Some(missing) = missing {
                    return Err(Failure::Cannot(no_interface(missing)));
                }
                own_address(names, pool)
            }
            Listen::Address(_) => {
                source_towards(*pool.range().start()).filter(|address| pool.subnet().contains(*address))
            }
        };
        address.ok_or_else(|| {
            Failure::Usage(
                Complaint::new(format!("no interface listened on has an address in {}", pool.subnet()))
                    .help("say with --server-id by which address clients shall know the server"),
            )
        })
    }
}

/// The subnet's first address, if the pool leaves it.
fn spare(pool: &Pool) -> Option<Ipv4Addr> {
    let gateway = offset(pool.subnet().network(), 1);
    (pool.subnet().prefix() < 31 && !pool.contains(gateway)).then_some(gateway)
}

fn lease_times(text: &str) -> Result<LeaseTimes, Failure> {
    let usage = |what: String| Failure::Usage(Complaint::new(what));
    let seconds = compose::seconds(text).ok_or_else(|| {
        usage(format!("--lease-time: expected a time such as 90s, 10m, 1h, 2d or infinite, found `{text}`"))
    })?;
    LeaseTimes::new(seconds)
        .ok_or_else(|| usage(format!("--lease-time: expected at least 4 seconds, found {seconds}")))
}

/// Calls `change` with the settings of every level.
fn each_scope(config: &mut Config, mut change: impl FnMut(&mut Scope)) {
    change(&mut config.scope);
    config.classes.iter_mut().for_each(|class| change(&mut class.scope));
    for network in &mut config.networks {
        change(&mut network.scope);
        for subnet in &mut network.subnets {
            change(&mut subnet.scope);
            subnet.reservations.iter_mut().for_each(|reservation| change(&mut reservation.scope));
        }
    }
}

fn without(options: &OptionList, code: Code) -> OptionList {
    let mut kept = OptionList::new();
    for (there, value) in options.iter().filter(|(there, _)| *there != code) {
        kept.push_octets(there, value);
    }
    kept
}

/// The address that one of the interfaces has on the pool's subnet; else its first, by which relay agents reach it.
fn own_address(names: &[String], pool: &Pool) -> Option<Ipv4Addr> {
    let all = interfaces().ok()?;
    let mut named = all.iter().filter(|interface| names.contains(&interface.name));
    let attached = named.clone().find_map(|interface| interface.attached(*pool.range().start()));
    attached.or_else(|| named.next()?.addresses.first().copied()).map(|attached| attached.address)
}

/// The address that packets to `address` would leave from. Connecting a UDP socket sends nothing.
fn source_towards(address: Ipv4Addr) -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((address, 67)).ok()?;
    match socket.local_addr().ok()? {
        SocketAddr::V4(local) => Some(*local.ip()),
        SocketAddr::V6(_) => None,
    }
}

fn addresses(flag: &str, text: &str) -> Result<Vec<Ipv4Addr>, Failure> {
    if text == "none" {
        return Ok(Vec::new());
    }
    let address = |text: &str| {
        let text = text.trim();
        text.parse().map_err(|_| {
            Failure::Usage(Complaint::new(format!(
                "{flag}: expected addresses such as 192.0.2.1,192.0.2.2 or none, found `{text}`"
            )))
        })
    };
    text.split(',').map(address).collect()
}

/// The parameters for clients in one line: `subnet-mask 255.255.255.0, router 10.67.0.1`.
pub(super) fn parameters(config: &Config) -> String {
    let part = |(code, value)| format!("{code} {}", text_of(code, value));
    config.scope.options.iter().map(part).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_are_ranges_or_subnets() {
        let ip = |text: &str| text.parse::<Ipv4Addr>().unwrap();
        for (text, want) in [
            ("192.0.2.10-192.0.2.20", Ok(("192.0.2.10", "192.0.2.20", None))),
            ("192.0.2.10-192.0.2.20/25", Ok(("192.0.2.10", "192.0.2.20", Some(25)))),
            ("192.0.2.0/24", Ok(("192.0.2.2", "192.0.2.254", Some(24)))),
            ("192.0.2.10-x", Err("expected an IPv4 address, found `x`".to_owned())),
            ("192.0.2.0/33", Err("expected a prefix length from 0 to 32, found `33`".to_owned())),
            ("192.0.2.0/31", Err("a /31 has no room for a router and clients; give FIRST-LAST".to_owned())),
        ] {
            let want =
                want.map(|(first, last, prefix)| PoolFlag { first: ip(first), last: ip(last), prefix });
            assert_eq!(want, text.parse(), "{text}");
        }
    }
}
