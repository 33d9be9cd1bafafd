//! Populations: the customers of a scenario.

use core::time::Duration;
use std::sync::Arc;

use toml::de::DeValue;

use super::keys::Level;
use super::place::{Names, clock, name, segments};
use super::value;
use crate::client::Habits;
use crate::config::error::Problem;
use crate::config::table::{Item, Reader, Table};
use crate::config::values;
use crate::sim::node::SegmentId;
use crate::sim::population::{Arrivals, Leave, Population};

/// The most customers of a scenario, in all its populations: each has its place in memory from the start on.
const MOST_CUSTOMERS: u64 = 10_000_000;

/// All populations of a scenario that lasts so long.
pub(super) fn populations(
    reader: &mut Reader,
    top: &Table<'_, Level>,
    names: &mut Names,
    duration: Duration,
) -> Vec<Population> {
    let mut populations = Vec::new();
    let mut customers: u64 = 0;
    for (number, table) in (0..).zip(reader.tables(top, "population", Level::Population)) {
        let name = name(reader, &table, names, |names| &mut names.populations, number);
        let population = population(reader, &table, name, names);
        let before = customers;
        customers = customers.saturating_add(most(&population, duration));
        // Told once, of the one that is too many.
        if let Some(item) = table.get("count").filter(|_| (before..customers).contains(&MOST_CUSTOMERS)) {
            let most = format!(
                "at most {MOST_CUSTOMERS} customers in all: take those of one server, or part them into scenarios"
            );
            reader.fail(item.spot(), item.wrong(most));
        }
        populations.push(population);
    }
    populations
}

/// How many customers come in this time at most; on average, of those without number.
fn most(population: &Population, duration: Duration) -> u64 {
    match (population.count, population.arrivals) {
        (Some(count), _) => count.into(),
        (None, Arrivals::Apart(span)) => {
            let come = duration.as_micros().checked_div(span.mean().as_micros().max(1));
            come.and_then(|come| u64::try_from(come).ok()).unwrap_or(u64::MAX)
        }
        (None, _) => 0,
    }
}

fn population(reader: &mut Reader, table: &Table<'_, Level>, name: String, names: &Names) -> Population {
    let segment = segment(reader, table, names);
    let usual = Population::new(&name, segment, 0);
    let item = reader.require(table, "count", "a number, or \"unlimited\"");
    let count = item.and_then(|item| reader.keep(&item, count(&item))).flatten();
    let span = |reader: &mut Reader, name| table.get(name).and_then(|item| value::span(reader, &item));
    let (offline, online) = (span(reader, "offline"), span(reader, "online"));
    let arrivals = table.get("arrivals").and_then(|item| arrivals(reader, &item));
    if let Some(item) = table.get("count").filter(|item| item.text() == Some("unlimited"))
        && !matches!(arrivals, Some(Arrivals::Apart(_)))
    {
        let wrong = item.wrong("a number; \"unlimited\" is for arrivals that are apart: { apart = TIME }");
        reader.fail(item.spot(), wrong);
    }
    let first = if offline.is_some() { Arrivals::Offline } else { usual.arrivals };
    let daily = table.get("daily").and_then(|item| daily(reader, &item));
    let mut flag = |name| reader.take(table, name, values::boolean).unwrap_or_default();
    let (remember, hostile) = (flag("remember"), flag("hostile"));
    Population {
        count,
        arrivals: arrivals.unwrap_or(first),
        offline,
        online,
        daily,
        leave: reader.take(table, "leave", leave).unwrap_or_default(),
        patience: reader.take(table, "patience", value::time),
        remember,
        hostile,
        clock: clock(reader, table),
        habits: Arc::new(habits(reader, table)),
        ..usual
    }
}

/// The one that they are on.
fn segment(reader: &mut Reader, table: &Table<'_, Level>, names: &Names) -> SegmentId {
    if let Some(item) = table.get("segment")
        && item.list().len() != 1
    {
        reader.fail(item.spot(), item.wrong("one segment: a population is on one segment"));
        return SegmentId(0);
    }
    segments(reader, table, names).first().copied().unwrap_or(SegmentId(0))
}

fn habits(reader: &mut Reader, table: &Table<'_, Level>) -> Habits {
    let mut flag = |name| reader.take(table, name, values::boolean).unwrap_or_default();
    let (broadcast, desynchronise) = (flag("broadcast"), flag("desynchronise"));
    Habits {
        broadcast,
        desynchronise,
        rapid_commit: flag("rapid-commit"),
        lease_time: reader.take(table, "lease-time", values::seconds),
        request_delay: reader.take(table, "request-delay", value::time).unwrap_or_default(),
        probe: reader.take(table, "probe", value::time),
        ..Habits::default()
    }
}

fn count(item: &Item<'_>) -> Result<Option<u32>, Problem> {
    match item.text() {
        Some("unlimited") => Ok(None),
        _ => values::number(item, "4294967295, or \"unlimited\"").map(Some),
    }
}

fn arrivals(reader: &mut Reader, item: &Item<'_>) -> Option<Arrivals> {
    const FORMS: &str =
        "\"at-once\", \"offline\", { within = \"10s\" } or { apart = { exponential = \"1s\" } }";
    match item.value {
        DeValue::String(text) if text == "at-once" => Some(Arrivals::Within(Duration::ZERO)),
        DeValue::String(text) if text == "offline" => Some(Arrivals::Offline),
        DeValue::Table(_) => {
            let table = reader.table(Level::Arrivals, item)?;
            reader.known(&table);
            let within = reader.take(&table, "within", value::time).map(Arrivals::Within);
            let apart = table.get("apart").and_then(|item| value::span(reader, &item)).map(Arrivals::Apart);
            if let (Some(first), Some(second)) = (table.get("within"), table.get("apart")) {
                reader.both(&first, &second, "within");
            }
            let found = within.or(apart);
            if found.is_none() {
                reader.fail(item.spot(), item.wrong(FORMS));
            }
            found
        }
        _ => {
            reader.fail(item.spot(), item.wrong_name(FORMS, ["at-once", "offline"].into_iter()));
            None
        }
    }
}

fn leave(item: &Item<'_>) -> Result<Leave, Problem> {
    match item.text() {
        Some("release") => Ok(Leave::Release),
        Some("silent") => Ok(Leave::Silent),
        _ => Err(item.wrong_name("\"release\" or \"silent\"", ["release", "silent"].into_iter())),
    }
}

fn daily(reader: &mut Reader, item: &Item<'_>) -> Option<[f64; 24]> {
    let list = item.list();
    let hours: Vec<f64> = list.iter().filter_map(|item| reader.keep(item, value::positive(item))).collect();
    let hours = <[f64; 24]>::try_from(hours).ok().filter(|hours| hours.iter().any(|hour| *hour > 0.0));
    if hours.is_none() {
        reader.fail(item.spot(), item.wrong("24 numbers, one of them more than 0"));
    }
    hours
}
