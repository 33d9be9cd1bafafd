//! Random faults: what happens to a network while its customers are about, and mostly ends again.

use core::time::Duration;

use toml::{Table, Value};

use super::chance::Chance;
use super::draft::time;
use super::network::{Network, Serving, quality, store};

/// Draws events one by one, at any time of the scenario.
pub(super) struct Faults<'n> {
    network: &'n Network,
    people: Vec<&'static str>,
    events: Vec<(Duration, Table)>,
}

/// A fault, and how likely it is beside others.
type Kind = (u64, fn(&mut Faults<'_>, &mut Chance));

const KINDS: [Kind; 10] = [
    (16, |faults, chance| faults.crash(chance, "crash")),
    (16, |faults, chance| faults.crash(chance, "crash-on-write")),
    (10, |faults, chance| faults.cut(chance)),
    (10, |faults, chance| faults.worse(chance)),
    (10, |faults, chance| faults.unplug(chance)),
    (10, |faults, chance| faults.broken(chance)),
    (16, |faults, chance| faults.reload(chance)),
    (6, |faults, chance| faults.jump(chance)),
    (10, |faults, chance| faults.power_cut(chance)),
    (6, |faults, chance| faults.leave(chance)),
];

/// Puts events into a scenario.
pub(super) fn write(chance: &mut Chance, network: &Network, people: Vec<&'static str>, scenario: &mut Table) {
    let mut faults = Faults { network, people, events: Vec::new() };
    for _ in 0..chance.within(0, 14) {
        let mut drawn = chance.within(1, KINDS.iter().map(|(weight, _)| weight).sum());
        for (weight, make) in KINDS {
            if drawn <= weight {
                make(&mut faults, chance);
                break;
            }
            drawn -= weight;
        }
    }
    faults.events.sort_by_key(|(at, _)| *at);
    let events: Vec<Table> = faults.events.into_iter().map(|(_, event)| event).collect();
    if !events.is_empty() {
        scenario.insert("event".to_owned(), events.into());
    }
}

impl Faults<'_> {
    fn add(&mut self, at: Duration, keys: impl IntoIterator<Item = (&'static str, Value)>) {
        let at_key = [("at", Value::from(time(at)))];
        let event = at_key.into_iter().chain(keys).map(|(key, value)| (key.to_owned(), value)).collect();
        self.events.push((at, event));
    }

    /// Some time, and one after it.
    fn span(&self, chance: &mut Chance) -> (Duration, Duration) {
        let at = chance.part(self.network.duration, 3, 80);
        (at, at + chance.part(self.network.lease, 3, 250))
    }

    fn server(&self, chance: &mut Chance) -> Option<Serving> {
        let (first, others) = self.network.servers.split_first()?;
        let others: Vec<&Serving> = others.iter().collect();
        Some(chance.pick(first, &others).clone())
    }

    fn segment(&self, chance: &mut Chance) -> &'static str {
        let others = self.network.segments.get(1..).unwrap_or_default();
        chance.pick(self.network.segments.first().copied().unwrap_or("lan"), others)
    }

    fn population(&self, chance: &mut Chance) -> &'static str {
        let others = self.people.get(1..).unwrap_or_default();
        chance.pick(self.people.first().copied().unwrap_or("guest"), others)
    }

    fn crash(&mut self, chance: &mut Chance, how: &'static str) {
        let Some(server) = self.server(chance) else { return };
        let (at, after) = self.span(chance);
        self.add(at, [(how, server.name.into())]);
        self.add(after, [("start", server.name.into())]);
    }

    fn cut(&mut self, chance: &mut Chance) {
        let segment = self.segment(chance);
        let (at, after) = self.span(chance);
        self.add(at, [("cut", segment.into())]);
        self.add(after, [("mend", segment.into())]);
    }

    fn worse(&mut self, chance: &mut Chance) {
        let segment = self.segment(chance);
        let (at, after) = self.span(chance);
        let mut how = Table::new();
        quality(chance, &mut how);
        let keys = ["loss", "duplicate", "reorder", "held-up", "jitter"];
        let worse: Vec<_> = keys.into_iter().filter_map(|key| Some((key, how.get(key)?.clone()))).collect();
        self.add(at, worse.into_iter().chain([("segment", segment.into())]));
        self.add(after, [("segment", segment.into())]);
    }

    fn unplug(&mut self, chance: &mut Chance) {
        let rogue = if self.network.rogue { Some("rogue") } else { None };
        let relay = self.network.relays.first().map(String::as_str);
        let others: Vec<&str> = rogue.into_iter().chain(relay).collect();
        let server = self.network.servers.first().map_or("server", |serving| serving.name);
        let node = chance.pick(server, &others).to_owned();
        let (at, after) = self.span(chance);
        self.add(at, [("unplug", node.clone().into())]);
        self.add(after, [("plug", node.into())]);
    }

    fn broken(&mut self, chance: &mut Chance) {
        let Some(server) = self.server(chance) else { return };
        let mut broken = store(chance);
        if chance.percent(50) {
            broken.insert("broken".to_owned(), true.into());
        }
        let (at, after) = self.span(chance);
        self.add(at, [("server", server.name.into()), ("store", broken.into())]);
        self.add(after, [("server", server.name.into()), ("store", Table::new().into())]);
    }

    /// Another lease time, other addresses, or both; and mostly for good.
    fn reload(&mut self, chance: &mut Chance) {
        let Some(mut server) = self.server(chance) else { return };
        let before = server.clone();
        if chance.percent(70) {
            let lease = time(chance.part(self.network.lease, 20, 300));
            server.settings.insert("lease-time".to_owned(), lease.into());
            server.settings.remove("max-lease-time");
            server.settings.insert("min-lease-time".to_owned(), "4s".into());
        }
        if chance.percent(40) {
            server.first = server.first.saturating_add(u8::try_from(chance.within(1, 5)).unwrap_or(1));
            server.size = server.size.saturating_sub(1).max(1);
        }
        let (at, after) = self.span(chance);
        let config = |serving: &Serving| Value::from(serving.config(&self.network.branches));
        let (other, usual) = (config(&server), config(&before));
        self.add(at, [("server", server.name.into()), ("config", other)]);
        if chance.percent(40) {
            self.add(after, [("server", server.name.into()), ("config", usual)]);
        }
    }

    fn jump(&mut self, chance: &mut Chance) {
        let Some(server) = self.server(chance) else { return };
        let by = time(chance.part(self.network.lease, 5, 300));
        let by = if chance.percent(50) { format!("-{by}") } else { by };
        let (at, _) = self.span(chance);
        self.add(at, [("server", server.name.into()), ("jump", by.into())]);
    }

    fn power_cut(&mut self, chance: &mut Chance) {
        let population = self.population(chance);
        let (at, after) = self.span(chance);
        let within = time(Duration::from_secs(chance.pick(1, &[0, 10, 60])));
        self.add(at, [("dark", population.into())]);
        self.add(after, [("light", population.into()), ("within", within.into())]);
    }

    fn leave(&mut self, chance: &mut Chance) {
        let population = self.population(chance);
        let (at, _) = self.span(chance);
        self.add(at, [("leave", population.into())]);
    }
}
