//! The timeline of a scenario.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::keys::Level;
use super::place::{Names, config, quality, temper};
use super::value;
use crate::config::error::Problem;
use crate::config::table::{Item, Reader, Table};
use crate::sim::action::Action;
use crate::sim::node::{NodeId, PopulationId, SegmentId};
use crate::sim::path::Quality;
use crate::time::Instant;

/// Keys that name something, and what happens to that.
type Verb<'n> = (&'static str, &'n BTreeMap<String, u32>, &'static str, fn(u32, Duration) -> Action);

/// The most that happens in a scenario.
const MOST_HAPPENINGS: u64 = 1_000_000;

/// Keys that say how something is done, and what must be said beside them.
const BESIDE: [(&str, &str); 11] = [
    ("within", "light"),
    ("jump", "server"),
    ("config", "server"),
    ("store", "server"),
    ("latency", "segment"),
    ("jitter", "segment"),
    ("loss", "segment"),
    ("duplicate", "segment"),
    ("reorder", "segment"),
    ("held-up", "segment"),
    ("rate", "segment"),
];

/// All events, those that come again as often as they do.
pub(super) fn events(
    reader: &mut Reader,
    top: &Table<'_, Level>,
    names: &Names,
    segments: &[(String, Quality)],
    duration: Duration,
) -> Vec<(Instant, Action)> {
    let mut events = Vec::new();
    let mut left = MOST_HAPPENINGS;
    for table in reader.tables(top, "event", Level::Event) {
        let Some(item) = reader.require(&table, "at", "a time") else { continue };
        let Some(at) = reader.keep(&item, value::time(&item)) else { continue };
        let every = reader.take(&table, "every", value::lasting);
        beside(reader, &table);
        let actions = actions(reader, &table, names, segments);
        if actions.is_empty() && reader.errors.is_empty() {
            let what = "what happens: crash, start, cut, mend, dark, light, leave …";
            reader.fail(table.spot(), Problem::Missing(what));
        }
        let times = times(at, every, duration);
        let happenings = times.saturating_mul(u64::try_from(actions.len()).unwrap_or(u64::MAX));
        let Some(rest) = left.checked_sub(happenings) else {
            let item = table.get("every").unwrap_or(item);
            reader.fail(item.spot(), item.wrong(format!("at most {MOST_HAPPENINGS} happenings in all")));
            break;
        };
        left = rest;
        let mut at = Instant::EPOCH + at;
        for _ in 0..times {
            events.extend(actions.iter().map(|action| (at, action.clone())));
            at = at + every.unwrap_or_default();
        }
    }
    events
}

/// How often something happens until the end, once at least.
fn times(at: Duration, every: Option<Duration>, duration: Duration) -> u64 {
    let left = duration.saturating_sub(at).as_micros();
    let again = every.and_then(|every| left.checked_div(every.as_micros())).unwrap_or_default();
    u64::try_from(again).unwrap_or(u64::MAX).saturating_add(1)
}

/// Refuses what says how something is done that is not.
fn beside(reader: &mut Reader, table: &Table<'_, Level>) {
    for (name, other) in BESIDE {
        if let Some(item) = table.get(name).filter(|_| table.get(other).is_none()) {
            reader.fail(item.spot(), item.wrong(format!("`{other}` beside it")));
        }
    }
}

fn actions(
    reader: &mut Reader,
    table: &Table<'_, Level>,
    names: &Names,
    segments: &[(String, Quality)],
) -> Vec<Action> {
    let (servers, nodes, people) = (&names.servers, &names.nodes, &names.populations);
    let verbs: [Verb<'_>; 10] = [
        ("crash", servers, "a server", |number, _| Action::Crash(NodeId(number))),
        ("crash-on-write", servers, "a server", |number, _| Action::CrashOnWrite(NodeId(number))),
        ("start", servers, "a server", |number, _| Action::Start(NodeId(number))),
        ("unplug", nodes, "a node", |number, _| Action::Plug(NodeId(number), false)),
        ("plug", nodes, "a node", |number, _| Action::Plug(NodeId(number), true)),
        ("cut", &names.segments, "a segment", |number, _| Action::Up(SegmentId(number), false)),
        ("mend", &names.segments, "a segment", |number, _| Action::Up(SegmentId(number), true)),
        ("dark", people, "a population", |number, _| Action::Dark(PopulationId(number))),
        ("light", people, "a population", |number, within| Action::Light(PopulationId(number), within)),
        ("leave", people, "a population", |number, _| Action::Leave(PopulationId(number))),
    ];
    let within = reader.take(table, "within", value::time).unwrap_or_default();
    let mut actions = Vec::new();
    for (name, known, what, make) in verbs {
        for item in table.get(name).iter().flat_map(Item::list) {
            let found = Names::find(known, &item, what);
            actions.extend(reader.keep(&item, found).map(|number| make(number, within)));
        }
    }
    if let Some(item) = table.get("segment") {
        let found = Names::find(&names.segments, &item, "a segment");
        if let Some(number) = reader.keep(&item, found) {
            let base = segments.get(crate::sim::node::place(number)).map(|(_, quality)| *quality);
            let quality = quality(reader, table, base.unwrap_or_default());
            actions.push(Action::Quality(SegmentId(number), quality));
        }
    }
    if let Some(item) = table.get("server") {
        let found = Names::find(servers, &item, "a server");
        if let Some(node) = reader.keep(&item, found).map(NodeId) {
            let jump = reader.take(table, "jump", value::shift);
            actions.extend(jump.map(|micros| Action::Jump(node, micros)));
            let store = table.get("store").and_then(|item| temper(reader, &item));
            actions.extend(store.map(|temper| Action::Store(node, temper)));
            let config = table.get("config").and_then(|item| config(reader, &item));
            actions.extend(config.map(|config| Action::Reload(node, Arc::new(config))));
        }
    }
    actions
}
