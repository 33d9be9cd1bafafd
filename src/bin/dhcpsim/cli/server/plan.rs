//! From flags to what a server serves.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::str::FromStr;

use dhcpsim::lease::{Pool, Subnet};
use dhcpsim::net::interfaces;
use dhcpsim::options::compose;
use dhcpsim::server::{Config, LeaseTimes};

use super::super::Failure;
use super::super::exit::Complaint;
use super::super::show::text_of;
use super::Server;

/// The largest prefix length that is guessed.
const GUESSED_PREFIX: u8 = 24;

/// `--pool`: a range, and the prefix length of its subnet if it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PoolFlag {
    first: Ipv4Addr,
    last: Ipv4Addr,
    prefix: Option<u8>,
}

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
    /// What the flags say, or what is wrong with them.
    pub(super) fn plan(&self) -> Result<Config, Failure> {
        let usage = |what: String| Failure::Usage(Complaint::new(what));
        let subnet = self.subnet()?;
        let pool = Pool::new(subnet, self.pool.first, self.pool.last).map_err(|error| {
            Failure::Usage(Complaint::new(format!("--pool: {error}")).help(format!("expected {POOL_FORMS}")))
        })?;
        let gateway = offset(subnet.network(), 1);
        let spare = (subnet.prefix() < 31 && !pool.contains(gateway)).then_some(gateway);
        let routers = match &self.router {
            Some(text) => addresses("--router", text)?,
            None => spare.into_iter().collect(),
        };
        let dns = match &self.dns {
            Some(text) => addresses("--dns", text)?,
            None => routers.clone(),
        };
        let seconds = compose::seconds(&self.lease_time).ok_or_else(|| {
            usage(format!(
                "--lease-time: expected a time such as 90s, 10m, 1h, 2d or infinite, found `{}`",
                self.lease_time
            ))
        })?;
        let lease = LeaseTimes::new(seconds)
            .ok_or_else(|| usage(format!("--lease-time: expected at least 4 seconds, found {seconds}")))?;
        Ok(Config::simple(self.identifier(&pool)?, &pool, &routers, &dns, lease))
    }

    fn subnet(&self) -> Result<Subnet, Failure> {
        let PoolFlag { first, last, prefix } = self.pool;
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
    fn identifier(&self, pool: &Pool) -> Result<Ipv4Addr, Failure> {
        let listening = Some(self.address()).filter(|address| !address.is_unspecified());
        let listening = listening.filter(|_| self.interface.is_empty());
        if let Some(identifier) = self.server_id.or(listening) {
            return Ok(identifier);
        }
        let address = match self.interface.is_empty() {
            true => source_towards(*pool.range().start()).filter(|address| pool.subnet().contains(*address)),
            false => own_address(&self.interface, pool),
        };
        address.ok_or_else(|| {
            Failure::Usage(
                Complaint::new(format!("no interface listened on has an address in {}", pool.subnet()))
                    .help("say with --server-id by which address clients shall know the server"),
            )
        })
    }
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
pub(super) fn parameters(config: &Config) -> impl fmt::Display + use<> {
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
