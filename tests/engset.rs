//! The simulator against closed formulas: customers who share addresses are an Engset loss system, and without number
//! Erlang's. Refused share and mean occupancy must lie in the 95 % confidence interval of the runs.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use dhcpsim::sim::Outcome;
use dhcpsim::sim::estimate::Estimate;
use dhcpsim::sim::figure::Figure;
use dhcpsim::sim::formula::{Loss, engset, erlang};
use dhcpsim::sim::scenario::Scenario;

const SEEDS: std::ops::RangeInclusive<u64> = 1..=8;

/// `days` long: customers who release their address, on instant links, and give up when they are refused.
fn scenario(addresses: u32, days: u32, customers: &str) -> Scenario {
    let last = std::net::Ipv4Addr::from_bits(0x0a00_0100 + addresses - 1);
    let text = format!(
        r#"
        duration = "{days}d"
        measure-from = "12h"
        [[server]]
        name = "server"
        address = "10.0.0.1"
        [server.config]
        lease-time = "12h"
        subnet = [{{ subnet = "10.0.0.0/16", ranges = "10.0.1.0-{last}" }}]
        [[population]]
        name = "customer"
        online = {{ exponential = "1h" }}
        patience = "1s"
        {customers}
        "#
    );
    Scenario::read("engset.toml", &text, &[], &|_| unreachable!()).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

fn run(scenario: &Scenario, seed: u64) -> Outcome {
    let mut world = scenario.build(seed);
    assert!(world.run(scenario.end(), u64::MAX));
    Outcome::of(&world)
}

fn agrees(scenario: &Scenario, want: Loss) {
    let outcomes: Vec<Outcome> = SEEDS.map(|seed| run(scenario, seed)).collect();
    for outcome in &outcomes {
        assert_eq!(Vec::<String>::new(), outcome.violations);
        assert_eq!(0, outcome.measures.shared);
    }
    for (name, want) in [("refused-share", want.refused), ("online-mean", want.occupied)] {
        let figure = Figure::named(name).unwrap();
        let found: Vec<f64> = outcomes.iter().map(|outcome| (figure.of)(outcome).unwrap()).collect();
        let estimate = Estimate::of(&found);
        let half = estimate.half.unwrap();
        assert!(estimate.holds(want), "{name}: {} ± {half}, by the formula {want}", estimate.mean);
        // An interval that holds everything says nothing.
        assert!(half < want * 0.25, "{name}: the interval of ± {half} is too wide beside {want}");
    }
}

fn engset_agrees(customers: u64, addresses: u32, days: u32, offline: &str, load: f64) {
    let people = format!("count = {customers}\noffline = {{ exponential = \"{offline}\" }}");
    agrees(&scenario(addresses, days, &people), engset(customers, addresses.into(), load));
}

#[test]
#[ignore = "minutes in a debug build: cargo test --release --test engset -- --ignored"]
fn a_thousand_addresses_for_four_thousand_customers_agree_with_engset() {
    engset_agrees(4000, 1000, 2, "3h", 1.0 / 3.0);
}

#[test]
#[ignore = "minutes in a debug build: cargo test --release --test engset -- --ignored"]
fn customers_who_come_more_often_agree_with_engset() {
    engset_agrees(4000, 1000, 1, "2h30m", 1.0 / 2.5);
}

#[test]
fn a_hundred_addresses_agree_with_engset() {
    engset_agrees(400, 100, 8, "3h", 1.0 / 3.0);
}

#[test]
fn ten_addresses_agree_with_engset() {
    engset_agrees(40, 10, 40, "3h", 1.0 / 3.0);
}

#[test]
fn customers_without_number_agree_with_erlang() {
    // 36 s apart, an hour each: 100 at a time on average, of whom 95 find an address.
    let people = "count = \"unlimited\"\narrivals = { apart = { exponential = \"36s\" } }";
    agrees(&scenario(95, 8, people), erlang(95, 100.0));
}
