//! Segments, servers, hosts: what of a scenario stands somewhere.

use core::net::SocketAddrV4;
use std::collections::{BTreeMap, BTreeSet};

use super::keys::Level;
use super::{NodePlan, Open, RolePlan, value};
use crate::config::error::{Problem, Spot};
use crate::config::keys::Level as ConfigLevel;
use crate::config::table::{Item, Reader, Table};
use crate::config::{Loaded, values};
use crate::relay::{self, Agent, Link};
use crate::server::Config;
use crate::sim::clock::Clock;
use crate::sim::disk::Temper;
use crate::sim::node::{Port, SegmentId};
use crate::sim::path::Quality;
use crate::sim::ports::SERVER_PORT;

/// The names of a scenario and the numbers that belong to them.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) segments: BTreeMap<String, u32>,
    pub(super) nodes: BTreeMap<String, u32>,
    /// Those of the nodes that are servers.
    pub(super) servers: BTreeMap<String, u32>,
    pub(super) populations: BTreeMap<String, u32>,
    /// All that stand in the file.
    all: BTreeSet<String>,
}

impl Names {
    /// The number of a name, which must be there.
    pub(super) fn find(names: &BTreeMap<String, u32>, item: &Item<'_>, what: &str) -> Result<u32, Problem> {
        let found = item.text().and_then(|text| names.get(text)).copied();
        found.ok_or_else(|| item.wrong_name(format!("the name of {what}"), names.keys().map(String::as_str)))
    }
}

/// What a segment does to frames; `base` is what holds where nothing is said.
pub(super) fn quality(reader: &mut Reader, table: &Table<'_, Level>, base: Quality) -> Quality {
    let mut time = |name| reader.take(table, name, value::time);
    let (latency, jitter, held_up) = (time("latency"), time("jitter"), time("held-up"));
    let mut share = |name| reader.take(table, name, value::percent);
    let (loss, duplicate, reorder) = (share("loss"), share("duplicate"), share("reorder"));
    Quality {
        latency: latency.unwrap_or(base.latency),
        jitter: jitter.unwrap_or(base.jitter),
        loss: loss.unwrap_or(base.loss),
        duplicate: duplicate.unwrap_or(base.duplicate),
        reorder: reorder.unwrap_or(base.reorder),
        held_up: held_up.unwrap_or(base.held_up),
        rate: reader.take(table, "rate", value::rate).or(base.rate),
    }
}

/// How a store behaves.
pub(super) fn temper(reader: &mut Reader, item: &Item<'_>) -> Option<Temper> {
    let table = reader.table(Level::Store, item)?;
    reader.known(&table);
    Some(Temper {
        latency: reader.take(&table, "latency", value::time).unwrap_or_default(),
        refuse: reader.take(&table, "refuse", value::percent).unwrap_or_default(),
        room: reader.take(&table, "room", |item| values::number(item, "the most there can be")),
        broken: reader.take(&table, "broken", values::boolean).unwrap_or_default(),
    })
}

/// The clock of a table, if it says something of one.
pub(super) fn clock(reader: &mut Reader, of: &Table<'_, Level>) -> Clock {
    let Some(item) = of.get("clock") else { return Clock::default() };
    let Some(table) = reader.table(Level::Clock, &item) else { return Clock::default() };
    reader.known(&table);
    let ahead = reader.take(&table, "ahead", value::shift).unwrap_or_default();
    let drift = reader.take(&table, "drift", |item| {
        let drift = values::integer(item).and_then(|drift| i32::try_from(drift).ok());
        let drift = drift.filter(|drift| *drift > -1_000_000);
        drift.ok_or_else(|| item.wrong("parts in a million: a whole number over -1000000"))
    });
    Clock::new(ahead, drift.unwrap_or_default())
}

/// A server's configuration, in a table of the scenario.
pub(super) fn config(reader: &mut Reader, item: &Item<'_>) -> Option<Config> {
    let table = reader.table(ConfigLevel::Global, item)?;
    let loaded = Loaded::from_table(reader.source.clone(), &table);
    loaded.map_err(|errors| reader.errors.extend(errors)).ok().map(|loaded| loaded.config)
}

/// The name of a table, which nothing else has; `number` is its own among those of its `kind`.
pub(super) fn name(
    reader: &mut Reader,
    table: &Table<'_, Level>,
    names: &mut Names,
    kind: fn(&mut Names) -> &mut BTreeMap<String, u32>,
    number: u32,
) -> String {
    let Some(item) = reader.require(table, "name", "a name in quotes") else { return String::new() };
    let text = values::text(&item);
    let Some(name) = reader.keep(&item, text) else { return String::new() };
    if name.is_empty() {
        reader.fail(item.spot(), item.wrong("a name that is not empty"));
    } else if !names.all.insert(name.clone()) {
        reader.fail(item.spot(), item.wrong("a name that nothing else has"));
    }
    kind(names).insert(name.clone(), number);
    name
}

/// The segments that a table names; the only one if it names none.
pub(super) fn segments(reader: &mut Reader, table: &Table<'_, Level>, names: &Names) -> Vec<SegmentId> {
    let Some(item) = table.get("segment") else {
        let mut all = names.segments.values();
        return match (all.next(), all.next()) {
            (Some(only), None) => vec![SegmentId(*only)],
            _ => {
                reader.require(table, "segment", "the name of a segment");
                Vec::new()
            }
        };
    };
    let find = |item: &Item<'_>| Names::find(&names.segments, item, "a segment").map(SegmentId);
    item.list().iter().filter_map(|item| reader.keep(item, find(item))).collect()
}

/// Where a node is attached: an address on each segment.
fn ports(reader: &mut Reader, table: &Table<'_, Level>, names: &Names) -> Vec<Port> {
    let segments = segments(reader, table, names);
    let Some(item) = reader.require(table, "address", "an IPv4 address in quotes") else { return Vec::new() };
    let list = item.list();
    let addresses: Vec<_> =
        list.iter().filter_map(|item| reader.keep(item, value::host_address(item))).collect();
    if addresses.len() != segments.len() && addresses.len() == list.len() {
        reader.fail(item.spot(), item.wrong(format!("as many addresses as segments: {}", segments.len())));
    }
    let ports = segments.into_iter().zip(addresses);
    ports.map(|(segment, address)| Port { segment, address }).collect()
}

/// All segments.
pub(super) fn all_segments(
    reader: &mut Reader,
    top: &Table<'_, Level>,
    names: &mut Names,
) -> Vec<(String, Quality)> {
    let usual = Quality { held_up: core::time::Duration::from_millis(10), ..Quality::default() };
    let mut segments = Vec::new();
    for (number, table) in (0..).zip(reader.tables(top, "segment", Level::Segment)) {
        let name = name(reader, &table, names, |names| &mut names.segments, number);
        segments.push((name, quality(reader, &table, usual)));
    }
    if segments.is_empty() {
        names.segments.insert("lan".to_owned(), 0);
        segments.push(("lan".to_owned(), usual));
    }
    segments
}

/// All servers, relay agents and hosts.
pub(super) fn all_nodes(
    reader: &mut Reader,
    top: &Table<'_, Level>,
    names: &mut Names,
    open: Open<'_>,
) -> Vec<NodePlan> {
    let mut nodes = Vec::new();
    let mut number = 0;
    for table in reader.tables(top, "server", Level::Server) {
        let name = name(reader, &table, names, |names| &mut names.nodes, number);
        let ports = ports(reader, &table, names);
        let clock = clock(reader, &table);
        // One whose configuration is wrong has a name all the same, which events may have wrong too.
        names.servers.insert(name.clone(), number);
        if let Some(role) = server(reader, &table, open) {
            nodes.push(NodePlan { name, ports, clock, role });
            number += 1;
        }
    }
    for table in reader.tables(top, "relay", Level::Relay) {
        let name = name(reader, &table, names, |names| &mut names.nodes, number);
        let ports = ports(reader, &table, names);
        let role = RolePlan::Relay(Box::new(relay(reader, &table, names, &ports)));
        nodes.push(NodePlan { name, ports, clock: Clock::default(), role });
        number += 1;
    }
    for table in reader.tables(top, "host", Level::Host) {
        let name = name(reader, &table, names, |names| &mut names.nodes, number);
        let ports = ports(reader, &table, names);
        nodes.push(NodePlan { name, ports, clock: Clock::default(), role: RolePlan::Host });
        number += 1;
    }
    nodes
}

fn relay(reader: &mut Reader, table: &Table<'_, Level>, names: &Names, ports: &[Port]) -> relay::Config {
    let mut servers = Vec::new();
    let item = reader.require(table, "servers", "addresses");
    for item in item.map(|item| value::some(reader, &item, "address")).unwrap_or_default() {
        let address = value::host_address(&item);
        servers.extend(reader.keep(&item, address).map(|address| SocketAddrV4::new(address, SERVER_PORT)));
    }
    let mut clients: Vec<SegmentId> = Vec::new();
    let item = table.get("clients");
    for item in item.map(|item| value::some(reader, &item, "segment")).unwrap_or_default() {
        let found = Names::find(&names.segments, &item, "a segment").map(SegmentId);
        let found = found.and_then(|segment| match ports.iter().any(|port| port.segment == segment) {
            true => Ok(segment),
            false => Err(item.wrong("a segment that it is on")),
        });
        clients.extend(reader.keep(&item, found));
    }
    if clients.is_empty() {
        let most = ports.len().saturating_sub(1).max(1);
        clients = ports.iter().take(most).map(|port| port.segment).collect();
    }
    let mut text = |name| reader.take(table, name, values::text).map(String::into_bytes);
    let agent = Agent { circuit_id: text("circuit-id"), remote_id: text("remote-id"), ..Agent::default() };
    let links = (1..).zip(ports).filter(|(_, port)| clients.contains(&port.segment));
    let links = links
        .map(|(interface, port)| Link { agent: agent.clone(), ..Link::new(Some(interface), port.address) });
    relay::Config::to(servers, links.collect())
}

fn server(reader: &mut Reader, table: &Table<'_, Level>, open: Open<'_>) -> Option<RolePlan> {
    let temper = table.get("store").and_then(|item| temper(reader, &item)).unwrap_or_default();
    let rogue = reader.take(table, "rogue", values::boolean).unwrap_or_default();
    let config = match (table.get("config"), table.get("file")) {
        (Some(config), Some(file)) => {
            reader.both(&config, &file, "config");
            None
        }
        (Some(item), None) => config(reader, &item),
        (None, Some(item)) => {
            let path = values::text(&item);
            let loaded = reader.keep(&item, path).map(|path| open(&path))?;
            loaded.map_err(|errors| reader.errors.extend(errors)).ok().map(|loaded| loaded.config)
        }
        (None, None) => {
            let spot = Spot { key: "server.config".to_owned(), span: table.span.clone() };
            reader.fail(spot, Problem::Missing("a table with what the server serves, or `file`"));
            None
        }
    };
    Some(RolePlan::Server { config: Box::new(config?), temper, rogue })
}
