//! What a server serves.

use core::net::Ipv4Addr;
use core::time::Duration;

use crate::lease::Pool;
use crate::options::{DOMAIN_NAME_SERVER, ROUTER, SUBNET_MASK};
use crate::packet::OptionList;

/// The shortest lease in seconds: T1 < T2 < lease in whole seconds needs that many.
const SHORTEST: u32 = 4;
/// What is left of a lease in seconds is offered again only down to this.
const WORTH_OFFERING: u32 = 60;

/// How long leases last, in seconds; `u32::MAX` is infinite (RFC 2131 §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseTimes {
    /// The least that a client gets that asks for less.
    pub min: u32,
    /// What a client gets that does not ask.
    pub default: u32,
    /// The most that a client gets that asks for more.
    pub max: u32,
}

impl LeaseTimes {
    /// Leases of one length, shorter for clients that ask for less; none if it is under four seconds.
    #[must_use]
    pub fn new(default: u32) -> Option<LeaseTimes> {
        let times = LeaseTimes { min: default.min(WORTH_OFFERING), default, max: default };
        (default >= SHORTEST).then_some(times)
    }

    /// What a client gets that asks for so much.
    #[must_use]
    pub(super) fn granted(&self, asked: Option<u32>) -> u32 {
        asked.map_or(self.default, |asked| asked.max(self.min.max(SHORTEST)).min(self.max))
    }

    /// The least that is left of a lease to be worth offering as it is.
    pub(super) fn worth_offering(&self) -> u32 {
        self.default.min(WORTH_OFFERING)
    }
}

/// What a server serves: one pool on one subnet.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address that clients know the server by (option 54).
    pub server_identifier: Ipv4Addr,
    /// The addresses to give.
    pub pool: Pool,
    /// The parameters for clients, in the order for clients that do not ask for any.
    pub parameters: OptionList,
    /// How long leases last.
    pub lease: LeaseTimes,
    /// How long an offer is held for its client.
    pub offer_hold: Duration,
    /// How long a declined address rests.
    pub decline_rest: Duration,
}

impl Config {
    /// Serves a pool with its subnet mask, and routers and DNS servers where there are some.
    #[must_use]
    pub fn new(
        server_identifier: Ipv4Addr,
        pool: Pool,
        routers: &[Ipv4Addr],
        dns: &[Ipv4Addr],
        lease: LeaseTimes,
    ) -> Config {
        let mut parameters = OptionList::new();
        parameters.push(&SUBNET_MASK, pool.subnet().mask());
        if !routers.is_empty() {
            parameters.push(&ROUTER, routers);
        }
        if !dns.is_empty() {
            parameters.push(&DOMAIN_NAME_SERVER, dns);
        }
        Config {
            server_identifier,
            pool,
            parameters,
            lease,
            offer_hold: Duration::from_secs(10),
            decline_rest: Duration::from_secs(600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_what_it_asks_within_bounds() {
        assert_eq!(None, LeaseTimes::new(3));
        let times = LeaseTimes::new(3600).unwrap();
        for (asked, want) in [(None, 3600), (Some(0), 60), (Some(600), 600), (Some(u32::MAX), 3600)] {
            assert_eq!(want, times.granted(asked), "{asked:?}");
        }
    }
}
