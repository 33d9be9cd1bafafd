//! The simulator against closed formulas: customers who share addresses are an Engset loss system, and without number
//! Erlang's.
//!
//! What is demanded was fixed before the runs were looked at. There are 5 systems with two figures each, refused share
//! and mean occupancy: 10 comparisons. Each figure must lie in its confidence interval over 16 runs, with seeds 1 to 16,
//! at a level of 99.5 %, so that all ten of a right simulator do with 95 % (Bonferroni). The seeds are fixed, so that a
//! test that holds once holds always. Wide intervals would hold anything: half an interval must be less than a tenth of
//! the formula's value, and simulators that are wrong in one thing must be found out (`wrong_*`).
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use dhcpsim::sim::Outcome;
use dhcpsim::sim::estimate::Estimate;
use dhcpsim::sim::figure::Figure;
use dhcpsim::sim::formula::{Loss, engset, erlang};
use dhcpsim::sim::scenario::Scenario;

const RUNS: u64 = 16;
/// Percentiles 97.5 and 99.75 of Student's distribution with 15 degrees of freedom: an interval of 95 %, as `Estimate`
/// has it, is this much wider at 99.5 %.
const WIDER: f64 = 3.286 / 2.131;

/// A network and its customers.
#[derive(Clone, Copy)]
struct System {
    addresses: u32,
    /// How long a run is, beside six hours before counting begins.
    hours: u32,
    /// `count` and `offline`, or `arrivals`.
    customers: &'static str,
    online: &'static str,
    patience: &'static str,
    leave: &'static str,
}

/// Customers who release their address, on instant links, and give up when they are refused.
const FORTY: System = System {
    addresses: 10,
    hours: 100,
    customers: "count = 40\noffline = { exponential = \"3h\" }",
    online: "1h",
    patience: "1s",
    leave: "release",
};

impl System {
    fn scenario(self) -> Scenario {
        let System { addresses, hours, customers, online, patience, leave } = self;
        let last = std::net::Ipv4Addr::from_bits(0x0a00_0100 + addresses - 1);
        let text = format!(
            r#"
            duration = "{}h"
            measure-from = "6h"
            [[server]]
            name = "server"
            address = "10.0.0.1"
            [server.config]
            lease-time = "12h"
            subnet = [{{ subnet = "10.0.0.0/16", ranges = "10.0.1.0-{last}" }}]
            [[population]]
            name = "customer"
            online = {{ exponential = "{online}" }}
            patience = "{patience}"
            leave = "{leave}"
            {customers}
            "#,
            hours + 6
        );
        Scenario::read("engset.toml", &text, &[], &|_| unreachable!()).unwrap_or_else(|errors| {
            panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        })
    }

    /// Runs with all seeds, over the cores.
    fn run(self) -> Vec<Outcome> {
        let scenario = self.scenario();
        let next = AtomicU64::new(1);
        let work = || {
            let mut outcomes = Vec::new();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed > RUNS {
                    return outcomes;
                }
                let mut world = scenario.build(seed);
                assert!(world.run(scenario.end(), u64::MAX));
                outcomes.push((seed, Outcome::of(&world)));
            }
        };
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut outcomes: Vec<(u64, Outcome)> = thread::scope(|scope| {
            let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        outcomes.sort_by_key(|(seed, _)| *seed);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }
}

/// A figure beside the formula.
struct Comparison {
    name: &'static str,
    mean: f64,
    half: f64,
    formula: f64,
}

impl Comparison {
    fn agrees(&self) -> bool {
        (self.mean - self.formula).abs() <= self.half
    }

    fn says_something(&self) -> bool {
        self.half < self.formula * 0.1
    }
}

fn compared(system: System, formula: Loss) -> [Comparison; 2] {
    let outcomes = system.run();
    for outcome in &outcomes {
        assert_eq!(Vec::<String>::new(), outcome.violations);
        assert_eq!(0, outcome.measures.shared);
    }
    [("refused-share", formula.refused), ("online-mean", formula.occupied)].map(|(name, formula)| {
        let figure = Figure::named(name).unwrap();
        let found: Vec<f64> = outcomes.iter().map(|outcome| (figure.of)(outcome).unwrap()).collect();
        let estimate = Estimate::of(&found);
        Comparison { name, mean: estimate.mean, half: estimate.half.unwrap() * WIDER, formula }
    })
}

fn agrees(system: System, formula: Loss) {
    for compared in compared(system, formula) {
        let Comparison { name, mean, half, formula } = compared;
        let right = compared.agrees() && compared.says_something();
        assert!(right, "{name}: {mean} ± {half}, by the formula {formula}");
    }
}

#[test]
fn ten_addresses_agree_with_engset() {
    agrees(FORTY, engset(40, 10, 1.0 / 3.0));
}

#[test]
fn wrong_simulators_do_not_agree_with_engset() {
    for (what, wrong) in [
        ("an address is missing", System { addresses: 9, ..FORTY }),
        ("refused customers wait for an address", System { patience: "10m", ..FORTY }),
        ("customers stay a tenth longer", System { online: "66m", ..FORTY }),
        ("addresses are not given back", System { leave: "silent", ..FORTY }),
    ] {
        let compared = compared(System { hours: 40, ..wrong }, engset(40, 10, 1.0 / 3.0));
        assert!(compared.iter().any(|compared| !compared.agrees()), "{what}, and nobody sees it");
    }
}

#[test]
#[ignore = "long in a debug build: cargo test --release --test engset -- --ignored"]
fn a_thousand_addresses_for_four_thousand_customers_agree_with_engset() {
    let customers = "count = 4000\noffline = { exponential = \"3h\" }";
    agrees(System { addresses: 1000, hours: 120, customers, ..FORTY }, engset(4000, 1000, 1.0 / 3.0));
}

#[test]
#[ignore = "long in a debug build: cargo test --release --test engset -- --ignored"]
fn customers_who_come_more_often_agree_with_engset() {
    let customers = "count = 4000\noffline = { exponential = \"2h30m\" }";
    agrees(System { addresses: 1000, hours: 24, customers, ..FORTY }, engset(4000, 1000, 1.0 / 2.5));
}

#[test]
#[ignore = "long in a debug build: cargo test --release --test engset -- --ignored"]
fn a_hundred_addresses_agree_with_engset() {
    let customers = "count = 400\noffline = { exponential = \"3h\" }";
    agrees(System { addresses: 100, hours: 120, customers, ..FORTY }, engset(400, 100, 1.0 / 3.0));
}

#[test]
#[ignore = "long in a debug build: cargo test --release --test engset -- --ignored"]
fn customers_without_number_agree_with_erlang() {
    // 36 s apart, an hour each: 100 at a time on average, of whom 95 find an address.
    let customers = "count = \"unlimited\"\narrivals = { apart = { exponential = \"36s\" } }";
    agrees(System { addresses: 95, hours: 120, customers, ..FORTY }, erlang(95, 100.0));
}

#[test]
#[ignore = "long in a debug build: cargo test --release --test engset -- --ignored"]
fn wrong_large_simulators_do_not_agree_with_engset() {
    let customers = "count = 4000\noffline = { exponential = \"3h\" }";
    let right = System { addresses: 1000, hours: 24, customers, ..FORTY };
    for (what, wrong) in [
        ("one address in a hundred is missing", System { addresses: 990, ..right }),
        ("refused customers wait for an address", System { patience: "1m", ..right }),
        ("customers stay a fiftieth longer", System { online: "3672s", ..right }),
    ] {
        let compared = compared(wrong, engset(4000, 1000, 1.0 / 3.0));
        assert!(compared.iter().any(|compared| !compared.agrees()), "{what}, and nobody sees it");
    }
}
