//! What is held of a run: the lease law, and what else must be so where nothing in the scenario is a cause for the opposite.

use core::fmt;
use core::net::Ipv4Addr;

use super::reach::is_served;
use super::watch::Seen;
use crate::lease::{ClientKey, LeaseLaw, Violation};
use crate::link::Mac;
use crate::server::Config;
use crate::sim::action::Action;
use crate::sim::clock::Clock;
use crate::sim::figure::Outcome;
use crate::sim::node::Host;
use crate::sim::scenario::{Compare, Expectation, NodePlan, RolePlan, Scenario};
use crate::sim::world::World;

/// To which side something is not as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// There is more of it than may be: of what must not be, any.
    TooMuch,
    /// There is less of it.
    TooLittle,
    /// There was nothing to measure.
    Nothing,
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Its kind: a part of the lease law, `shared`, `unserved`, `endless`, or the figure of an expectation.
    pub kind: &'static str,
    /// Whether there was too much of that or too little.
    pub side: Side,
    /// What happened.
    pub what: String,
    /// The address that it is about, if it is about one.
    pub address: Option<Ipv4Addr>,
    /// The names of the customers that it is about.
    pub customers: Vec<String>,
}

impl Breach {
    /// Whether the same goes wrong to the same side.
    #[must_use]
    pub fn is_like(&self, other: &Breach) -> bool {
        (self.kind, self.side) == (other.kind, other.side)
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.what)
    }
}

/// What is held of the runs of a scenario. A DHCPACK without a stored binding, without a lease time, with T1, T2 and lease
/// time out of order or for an address that is not given breaks the law whatever happens to a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// That no address is granted to two clients at once, and none that rests: unless a server's clock gains, or two
    /// servers give the same addresses.
    pub grants: bool,
    /// That no two hosts use one address: if the above is held, no client's clock loses, and no rogue server and no
    /// other host has an address of a range.
    pub sharing: bool,
    /// That no address is offered to two clients at once: unless a server's clock is not right.
    pub offers: bool,
    /// That somebody is served: where nothing keeps customers from it for some minutes.
    pub service: bool,
}

impl Held {
    /// The lease law as it stands, and nothing besides.
    pub const LAW: Held = Held { grants: true, sharing: false, offers: false, service: false };

    /// As a scenario's file says it, which can be less exact: keys of `[expect]`.
    #[must_use]
    pub fn expectations(&self) -> Vec<(&'static str, &'static str)> {
        let law = if self.grants { "holds" } else { "unjudged" };
        let sharing = self.sharing.then_some(("shared", "= 0"));
        sharing.into_iter().chain([("law", law)]).collect()
    }

    /// What is held of a scenario's runs.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Held {
        let jumps = scenario.events.iter().filter_map(|(_, action)| match action {
            Action::Jump(_, micros) => Some(*micros),
            _ => None,
        });
        let jumps: Vec<i64> = jumps.collect();
        let servers = scenario.nodes.iter().filter(|node| matches!(node.role, RolePlan::Server { .. }));
        let clocks: Vec<Clock> = servers.map(|node| node.clock).collect();
        let gains = clocks.iter().any(Clock::gains) || jumps.iter().any(|micros| *micros > 0);
        let right = clocks.iter().all(Clock::is_right) && jumps.is_empty();
        let grants = !gains && !overlap(scenario, false);
        let slow = scenario.populations.iter().any(|population| population.clock.loses());
        let squatted = scenario.nodes.iter().any(|node| is_squatter(scenario, node));
        let sharing = grants && !slow && !squatted && !overlap(scenario, true);
        Held { grants, sharing, offers: right, service: is_served(scenario) }
    }

    /// What was not as it must be in a run, with the customers by name.
    /// `over` is whether the run has come to its end, before which nothing is known of what is expected of it.
    pub(super) fn breaches(
        &self,
        scenario: &Scenario,
        world: &World,
        seen: &Seen,
        over: bool,
    ) -> Vec<Breach> {
        let of = |violation: &Violation| breach(world, violation);
        let laws = seen.offers.values().filter(|_| self.offers).chain([world.law()]);
        let broken = laws.flat_map(LeaseLaw::violations).filter(|violation| self.is_held(violation));
        let mut breaches: Vec<Breach> = broken.map(of).collect();
        if let Some((address, customers)) = seen.shared.as_ref().filter(|_| self.sharing) {
            let what = format!("{address} is used by {}", customers.join(" and "));
            let customers = customers.to_vec();
            let side = Side::TooMuch;
            breaches.push(Breach { kind: "shared", side, what, address: Some(*address), customers });
        }
        if over && self.service && world.measures().served == 0 {
            let what = format!("of {} who asked nobody was served", world.measures().asked);
            let side = Side::TooLittle;
            breaches.push(Breach { kind: "unserved", side, what, address: None, customers: Vec::new() });
        }
        if over && scenario.expect.iter().any(is_own) {
            let unmet = unmet(scenario, world).into_iter();
            let fresh: Vec<Breach> =
                unmet.filter(|one| !breaches.iter().any(|other| other.kind == one.kind)).collect();
            breaches.extend(fresh);
        }
        breaches
    }

    fn is_held(&self, violation: &Violation) -> bool {
        self.grants || !matches!(violation, Violation::Double(..) | Violation::Declined(_))
    }
}

/// The most that happens in a run that comes to an end: far more than customers have to say in a day.
pub(super) fn most(scenario: &Scenario) -> u64 {
    const IN_ANY_CASE: u64 = 200_000;
    const EACH: u64 = 10_000;
    let counts = scenario.populations.iter().map(|population| population.count.map(u64::from));
    let customers = counts.sum::<Option<u64>>();
    customers.map_or(u64::MAX, |customers| customers.saturating_mul(EACH).saturating_add(IN_ANY_CASE))
}

/// That more happens than must.
pub(super) fn endless(scenario: &Scenario, happenings: u64) -> Option<Breach> {
    let most = most(scenario);
    let what = format!("more than {most} things happened");
    let breach = Breach { kind: "endless", side: Side::TooMuch, what, address: None, customers: Vec::new() };
    (happenings > most).then_some(breach)
}

/// Whether an expectation is about something else than the lease law.
fn is_own(wish: &Expectation) -> bool {
    wish.figure != "violations"
}

/// The expectations of a scenario that a run has not met, the lease law left out.
fn unmet(scenario: &Scenario, world: &World) -> Vec<Breach> {
    let run = Outcome::of(world);
    let wishes = scenario.expect.iter().filter(|wish| is_own(wish));
    let unmet = wishes.filter_map(|wish| {
        let verdict = wish.judge(&run);
        let found = verdict.found.map_or_else(|| "nothing".to_owned(), |found| found.to_string());
        let what = format!("expected {}, found {found}", verdict.expected);
        let side = side(wish, verdict.found);
        let breach = Breach { kind: wish.figure, side, what, address: None, customers: Vec::new() };
        (!verdict.met).then_some(breach)
    });
    unmet.collect()
}

/// To which side what was found is beside what was expected.
fn side(wish: &Expectation, found: Option<f64>) -> Side {
    match (wish.compare, found) {
        (_, None) => Side::Nothing,
        (Compare::Less | Compare::AtMost, _) => Side::TooMuch,
        (Compare::More | Compare::AtLeast, _) => Side::TooLittle,
        (Compare::Equal, Some(found)) if found > wish.value => Side::TooMuch,
        (Compare::Equal, Some(_)) => Side::TooLittle,
    }
}

fn breach(world: &World, violation: &Violation) -> Breach {
    let customers = violation.clients().into_iter().filter_map(customer).map(|host| world.name(host));
    Breach {
        kind: violation.name(),
        side: Side::TooMuch,
        what: violation.to_string(),
        address: Some(violation.address()),
        customers: customers.collect(),
    }
}

/// The customer behind an identifier, which ends with the hardware address.
fn customer(client: &ClientKey) -> Option<Host> {
    let octets = match client {
        ClientKey::Identifier(octets) | ClientKey::Hardware { chaddr: octets, .. } => octets,
    };
    octets.last_chunk::<6>().and_then(|octets| Host::of(Mac(*octets)))
}

/// All configurations of a server, those of reloads too.
fn configs<'s>(scenario: &'s Scenario, number: usize, node: &'s NodePlan) -> Vec<&'s Config> {
    let RolePlan::Server { config, .. } = &node.role else { return Vec::new() };
    let reloads = scenario.events.iter().filter_map(|(_, action)| match action {
        Action::Reload(id, config) if usize::try_from(id.0) == Ok(number) => Some(config.as_ref()),
        _ => None,
    });
    core::iter::once(config.as_ref()).chain(reloads).collect()
}

/// Whether two servers give addresses in common; `rogues` is whether those count that should not be there.
fn overlap(scenario: &Scenario, rogues: bool) -> bool {
    let counts = |node: &NodePlan| matches!(node.role, RolePlan::Server { rogue, .. } if rogues || !rogue);
    let runs: Vec<(usize, Ipv4Addr, Ipv4Addr)> = (0..)
        .zip(&scenario.nodes)
        .filter(|(_, node)| counts(node))
        .flat_map(|(number, node)| {
            configs(scenario, number, node).into_iter().map(move |config| (number, config))
        })
        .flat_map(|(number, config)| {
            given(config).into_iter().map(move |(first, last)| (number, first, last))
        })
        .collect();
    runs.iter().any(|(one, first, last)| {
        runs.iter().any(|(other, from, to)| one != other && first <= to && from <= last)
    })
}

/// What a configuration gives: ranges and reserved addresses.
fn given(config: &Config) -> Vec<(Ipv4Addr, Ipv4Addr)> {
    let ranges = config.ranges().map(|range| (range.first, range.last));
    let reserved = config.subnets().flat_map(|subnet| &subnet.reservations);
    ranges.chain(reserved.map(|reserved| (reserved.address, reserved.address))).collect()
}

/// Whether a node has an address that some server gives.
pub(super) fn is_squatter(scenario: &Scenario, node: &NodePlan) -> bool {
    let all = (0..).zip(&scenario.nodes).flat_map(|(number, node)| configs(scenario, number, node));
    let given: Vec<(Ipv4Addr, Ipv4Addr)> = all.flat_map(given).collect();
    let taken = |address: Ipv4Addr| given.iter().any(|(first, last)| (*first..=*last).contains(&address));
    node.ports.iter().any(|port| taken(port.address))
}
