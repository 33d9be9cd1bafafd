//! Whether anything in a scenario can keep its customers from being served.

use core::net::Ipv4Addr;
use core::time::Duration;

use super::judge::is_squatter;
use crate::server::Config;
use crate::sim::node::{Port, SegmentId};
use crate::sim::population::{Arrivals, Population};
use crate::sim::scenario::{NodePlan, RolePlan, Scenario};
use crate::time::Instant;

/// How long customers have at least before anything happens to their network.
const ENOUGH: Duration = Duration::from_secs(300);
/// The shortest patience with a network that loses nothing.
const PATIENT: Duration = Duration::from_secs(60);
/// The largest share of frames that may be lost before customers who ask for ever.
const LOSS: f64 = 0.05;

/// Whether somebody must be served: customers of one kind have all come and had time enough before the first event, they
/// reach a server that has addresses for everybody, all servers and stores are right, and nobody is in the way.
pub(super) fn is_served(scenario: &Scenario) -> bool {
    let quiet = scenario.events.iter().map(|(at, _)| *at).min();
    let quiet = quiet.unwrap_or_else(|| scenario.end()).min(scenario.end());
    let losses = scenario.segments.iter().map(|(_, quality)| quality.loss);
    let loss = losses.fold(0.0, f64::max);
    let customers = scenario.populations.iter().map(|population| population.count.map(u64::from));
    let Some(customers) = customers.sum::<Option<u64>>() else { return false };
    scenario.measure_from == Instant::EPOCH
        && loss <= LOSS
        && scenario.nodes.iter().all(|node| is_right(node) && !is_squatter(scenario, node))
        && !scenario.populations.iter().any(|population| population.hostile)
        && scenario.populations.iter().any(|population| {
            waits(population, quiet, loss) && reaches(scenario, population.segment, customers)
        })
}

/// Whether a node does what it should: no rogue, no store that refuses.
fn is_right(node: &NodePlan) -> bool {
    match &node.role {
        RolePlan::Server { temper, rogue, .. } => {
            !rogue && !temper.broken && temper.refuse <= 0.0 && temper.room.is_none()
        }
        RolePlan::Relay(_) | RolePlan::Host => true,
    }
}

/// Whether customers come and ask for long enough.
fn waits(population: &Population, quiet: Instant, loss: f64) -> bool {
    let Arrivals::Within(within) = population.arrivals else { return false };
    let patient = match population.patience {
        Some(patience) => loss <= 0.0 && patience >= PATIENT,
        None => true,
    };
    let comes = population.count.is_some_and(|count| count > 0) && population.daily.is_none();
    comes && patient && Instant::EPOCH + within + ENOUGH <= quiet
}

/// Whether what is asked on a segment comes to a server that has so many addresses for it, there or behind a relay agent.
fn reaches(scenario: &Scenario, segment: SegmentId, customers: u64) -> bool {
    let on = |node: &NodePlan, segment| node.ports.iter().find(|port| port.segment == segment).copied();
    let servers = scenario.nodes.iter().filter_map(|node| match &node.role {
        RolePlan::Server { config, .. } => Some((node, config.as_ref())),
        _ => None,
    });
    let mut servers = servers.collect::<Vec<_>>().into_iter();
    servers.any(|(server, config)| {
        if let Some(port) = on(server, segment) {
            return has_enough(config, port.address, customers);
        }
        let asked = |port: &Port, relay: &crate::relay::Config| {
            relay.servers.iter().any(|server| *server.ip() == port.address)
        };
        scenario.routed
            && scenario.nodes.iter().any(|node| match (&node.role, on(node, segment)) {
                (RolePlan::Relay(relay), Some(link)) => {
                    let near = |port: &&Port| on(node, port.segment).is_some() && asked(port, relay);
                    server.ports.iter().any(|port| near(&port)) && has_enough(config, link.address, customers)
                }
                _ => false,
            })
    })
}

/// Whether a server has so many addresses for who asks behind an address, whoever that is.
fn has_enough(config: &Config, behind: Ipv4Addr, customers: u64) -> bool {
    let plain = config.classes.is_empty() && config.subnets().all(|subnet| subnet.reservations.is_empty());
    plain
        && config.subnets().filter(|subnet| subnet.subnet.contains(behind)).any(|subnet| {
            let whole = subnet.exclusions.is_empty() && subnet.relays.is_empty();
            whole && subnet.ranges.iter().map(|range| range.size()).sum::<u64>() >= customers
        })
}
