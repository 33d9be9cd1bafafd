//! Random customers: how many, when they come, how they ask and how they go.

use core::time::Duration;

use toml::{Table, Value};

use super::chance::Chance;
use super::draft::time;
use super::network::{Network, clock};

/// The names of the populations.
const NAMES: [&str; 3] = ["guest", "clerk", "device"];

/// Puts populations into a scenario, and gives their names.
pub(super) fn write(chance: &mut Chance, network: &Network, scenario: &mut Table) -> Vec<&'static str> {
    let mut left = network.customers;
    let mut populations: Vec<Table> = Vec::new();
    for name in NAMES {
        let count = if name == "device" { left } else { chance.within(1, left.max(1)) };
        if left == 0 {
            break;
        }
        left -= count.min(left);
        populations.push(population(chance, network, name, count));
    }
    let names = NAMES.into_iter().take(populations.len()).collect();
    scenario.insert("population".to_owned(), populations.into());
    names
}

fn population(chance: &mut Chance, network: &Network, name: &str, count: u64) -> Table {
    let branch = network.branches.first().map_or("lan", |(name, _)| *name);
    let others: Vec<&str> = network.branches.iter().skip(1).map(|(name, _)| *name).collect();
    let mut population = Table::new();
    let mut set = |key: &str, value: Value| population.insert(key.to_owned(), value);
    set("name", name.into());
    set("segment", chance.pick(branch, &others).into());
    set("count", Value::Integer(i64::try_from(count).unwrap_or(1)));
    let whole = network.duration;
    if chance.percent(80) {
        set("arrivals", one("within", time(chance.part(whole, 1, 40)).into()).into());
    }
    if chance.percent(70) {
        set("online", online(chance, network.lease));
        // Who comes again at once may be overtaken by its own farewell, which no server can tell.
        let away = time(chance.part(network.lease, 20, 200).max(Duration::from_secs(20)));
        let mut offline = one("lognormal", away.into());
        offline.insert("sigma".to_owned(), Value::Float(0.4));
        set("offline", offline.into());
    }
    if chance.percent(60) {
        set("leave", "silent".into());
    }
    if chance.percent(50) {
        set("patience", time(chance.part(network.lease, 10, 100)).into());
    }
    for (key, share) in [("remember", 50), ("broadcast", 25), ("desynchronise", 20), ("rapid-commit", 30)] {
        if chance.percent(share) {
            set(key, true.into());
        }
    }
    habits(chance, network, &mut population);
    population
}

/// What is said of few.
fn habits(chance: &mut Chance, network: &Network, population: &mut Table) {
    let mut set = |key: &str, value: Value| population.insert(key.to_owned(), value);
    if chance.percent(25) {
        set("lease-time", time(chance.part(network.lease, 50, 400)).into());
    }
    if chance.percent(15) {
        set("request-delay", format!("{}ms", chance.pick(300, &[2000, 7000])).into());
    }
    if chance.percent(50) {
        set("probe", "200ms".into());
    }
    if chance.percent(10) {
        set("hostile", true.into());
    }
    if chance.percent(10) {
        set("clock", clock(chance).into());
    }
}

/// How long they stay.
fn online(chance: &mut Chance, lease: Duration) -> Value {
    let stay = time(chance.part(lease, 30, 400));
    match chance.within(1, 4) {
        1 => stay.into(),
        2 => one("uniform", stay.into()).into(),
        3 => one("lognormal", stay.into()).into(),
        _ => one("exponential", stay.into()).into(),
    }
}

fn one(key: &str, value: Value) -> Table {
    [(key.to_owned(), value)].into_iter().collect()
}
