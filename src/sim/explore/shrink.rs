//! From a scenario that fails to a short one that fails in the same way.
//!
//! Things are left out, halved and rounded, one after the other, and what still breaks the same rule is kept: first events
//! in chunks (delta debugging), then whatever else a file holds. A server and customers stay, and somebody is served if
//! somebody was: else everything could fail for want of a network. The same failure and budget give the same short one.

use toml::{Table, Value};

use super::draft::{Draft, time};
use super::judge::Breach;
use super::trial::Trial;
use crate::options::compose;
use crate::sim::scenario::{NodePlan, RolePlan, Scenario};

/// The most runs that a search makes.
pub const MOST_RUNS: u32 = 1_000;
/// The most that happens in all of them.
const MOST_HAPPENINGS: u64 = 60_000_000;

/// What is left of a scenario.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The short scenario.
    pub draft: Draft,
    /// How it fails.
    pub breach: Breach,
    /// How many runs that took.
    pub runs: u32,
}

/// What a scenario expects: to change that would change what fails.
const EXPECT: &str = "expect";

/// A way through tables and arrays to a value.
type Path = Vec<Step>;

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    At(usize),
}

/// Cuts a scenario down as long as it fails like this: the same goes wrong, to the same side. `go_on` is asked before each run, with the number of
/// runs so far. None if the scenario does not fail so.
#[must_use]
pub fn shrink(
    draft: &Draft,
    like: &Breach,
    trial: &Trial<'_>,
    go_on: &mut dyn FnMut(u32) -> bool,
) -> Option<Shrunk> {
    let draft = &about(draft, like.kind);
    let scenario = trial.read(draft)?;
    let found = trial.look(&scenario, like, MOST_HAPPENINGS).0?;
    let (parts, served) = (Parts::of(&scenario), found.served);
    let mut search =
        Search { trial, parts, served, go_on, best: draft.clone(), found: found.breach, runs: 1, spent: 0 };
    search.ends_at(found.seconds);
    loop {
        let before = search.best.clone();
        search.events();
        search.things();
        search.values();
        if search.best == before || search.is_spent() {
            break;
        }
    }
    Some(Shrunk { draft: search.best, breach: search.found, runs: search.runs })
}

/// A draft that expects nothing but what it is about, which then stays.
fn about(draft: &Draft, kind: &str) -> Draft {
    let mut draft = draft.clone();
    if let Some(Value::Table(expect)) = draft.0.get_mut(EXPECT) {
        expect.retain(|key, _| key == kind || key == "law");
    }
    draft
}

/// What a network has that must not go altogether.
#[derive(Clone, Copy)]
struct Parts {
    servers: bool,
    customers: bool,
}

impl Parts {
    fn of(scenario: &Scenario) -> Parts {
        let serves = |node: &NodePlan| matches!(node.role, RolePlan::Server { rogue: false, .. });
        let servers = scenario.nodes.iter().any(serves);
        let customers = scenario.populations.iter().any(|population| population.count != Some(0));
        Parts { servers, customers }
    }

    /// Whether these have nothing that those have not.
    fn are_in(self, others: Parts) -> bool {
        self.servers <= others.servers && self.customers <= others.customers
    }
}

struct Search<'s> {
    trial: &'s Trial<'s>,
    /// What the whole network has, and whether somebody is served in it.
    parts: Parts,
    served: bool,
    go_on: &'s mut dyn FnMut(u32) -> bool,
    best: Draft,
    found: Breach,
    runs: u32,
    spent: u64,
}

impl Search<'_> {
    fn is_spent(&mut self) -> bool {
        self.runs >= MOST_RUNS || self.spent >= MOST_HAPPENINGS || !(self.go_on)(self.runs)
    }

    /// Takes a scenario if it fails as the whole one did.
    fn take(&mut self, candidate: Draft) -> bool {
        if candidate == self.best || self.is_spent() {
            return false;
        }
        let Some(scenario) = self.trial.read(&candidate) else { return false };
        if !self.parts.are_in(Parts::of(&scenario)) {
            return false;
        }
        self.runs += 1;
        let most = MOST_HAPPENINGS.saturating_sub(self.spent);
        let (found, happenings) = self.trial.look(&scenario, &self.found, most);
        self.spent = self.spent.saturating_add(happenings);
        let Some(found) = found.filter(|found| found.served >= self.served) else { return false };
        (self.best, self.found) = (candidate, found.breach);
        true
    }

    /// Lets it end when it has failed.
    fn ends_at(&mut self, seconds: u64) {
        let mut candidate = self.best.clone();
        let end = core::time::Duration::from_secs(seconds);
        candidate.0.insert("duration".to_owned(), time(end).into());
        self.take(candidate);
    }

    /// Leaves out events: many at once, then fewer.
    fn events(&mut self) {
        let mut chunk = self.best.count("event");
        while chunk > 0 {
            let mut from = 0;
            while from < self.best.count("event") {
                let mut candidate = self.best.clone();
                if let Some(Value::Array(events)) = candidate.0.get_mut("event") {
                    let to = from.saturating_add(chunk).min(events.len());
                    events.drain(from..to);
                }
                if !self.take(tidy(candidate)) {
                    from = from.saturating_add(chunk);
                }
            }
            chunk /= 2;
        }
    }

    /// Leaves out whatever can be left out.
    fn things(&mut self) {
        let mut number = 0;
        while let Some(path) = paths(&self.best.0).get(number).cloned() {
            let mut candidate = self.best.clone();
            let gone = remove(&mut candidate.0, &path);
            if let Some(name) = gone.as_ref().and_then(|gone| gone.get("name")).and_then(Value::as_str) {
                forget(&mut candidate.0, name);
            }
            if !self.take(tidy(candidate)) {
                number += 1;
            }
        }
    }

    /// Makes numbers small and times round.
    fn values(&mut self) {
        let mut number = 0;
        while let Some(path) = paths(&self.best.0).get(number).cloned() {
            let simpler = get(&self.best.0, &path).map(simpler).unwrap_or_default();
            for value in simpler {
                let mut candidate = self.best.clone();
                if let Some(place) = get_mut(&mut candidate.0, &path) {
                    *place = value;
                }
                if self.take(candidate) {
                    break;
                }
            }
            number += 1;
        }
    }
}

/// Simpler values than a value, the simplest first.
fn simpler(value: &Value) -> Vec<Value> {
    match value {
        Value::Integer(number) => {
            let smaller = [0, 1, number / 2, number - 1];
            smaller.into_iter().filter(|smaller| smaller.abs() < number.abs()).map(Value::Integer).collect()
        }
        Value::String(text) => {
            let Some(seconds) = compose::seconds(text).filter(|seconds| *seconds != u32::MAX) else {
                return Vec::new();
            };
            let round = |unit: u32| seconds.checked_next_multiple_of(unit).filter(|round| *round != seconds);
            let round = [3600, 600, 60, 10].into_iter().filter_map(round);
            round.map(|round| time(core::time::Duration::from_secs(round.into())).into()).collect()
        }
        _ => Vec::new(),
    }
}

/// The ways to all that a tree holds but what it expects: to the great before the small.
fn paths(table: &Table) -> Vec<Path> {
    let parts = table.keys().filter(|key| *key != EXPECT);
    let mut level: Vec<Path> = parts.map(|key| vec![Step::Key(key.clone())]).collect();
    let mut all = Vec::new();
    while !level.is_empty() {
        let mut inner = Vec::new();
        for path in &level {
            let step = |step| path.iter().cloned().chain([step]).collect::<Path>();
            match get(table, path) {
                Some(Value::Table(table)) => {
                    inner.extend(table.keys().map(|key| step(Step::Key(key.clone()))))
                }
                Some(Value::Array(elements)) => {
                    inner.extend((0..elements.len()).map(|place| step(Step::At(place))))
                }
                _ => {}
            }
        }
        all.append(&mut level);
        level = inner;
    }
    all
}

fn get<'t>(table: &'t Table, path: &[Step]) -> Option<&'t Value> {
    let (first, rest) = path.split_first()?;
    let Step::Key(key) = first else { return None };
    rest.iter().try_fold(table.get(key)?, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::At(place) => value.get(*place),
    })
}

fn get_mut<'t>(table: &'t mut Table, path: &[Step]) -> Option<&'t mut Value> {
    let (first, rest) = path.split_first()?;
    let Step::Key(key) = first else { return None };
    rest.iter().try_fold(table.get_mut(key)?, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::At(place) => value.get_mut(*place),
    })
}

/// Takes a value out of the tree.
fn remove(table: &mut Table, path: &[Step]) -> Option<Value> {
    let (last, around) = path.split_last()?;
    let within = if around.is_empty() { None } else { Some(get_mut(table, around)?) };
    match (last, within) {
        (Step::Key(key), None) => table.remove(key),
        (Step::Key(key), Some(Value::Table(inner))) => inner.remove(key),
        (Step::At(place), Some(Value::Array(elements))) if *place < elements.len() => {
            Some(elements.remove(*place))
        }
        _ => None,
    }
}

/// Leaves out the events that happen to something that is not there any more.
fn forget(table: &mut Table, name: &str) {
    let Some(Value::Array(events)) = table.get_mut("event") else { return };
    let is = |value: &Value| value.as_str() == Some(name);
    events.retain(|event| {
        let mut values = event.as_table().into_iter().flat_map(Table::values);
        !values.any(|value| is(value) || value.as_array().is_some_and(|list| list.iter().any(is)))
    });
}

/// Without lists that have nothing in them.
fn tidy(mut draft: Draft) -> Draft {
    let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    let keys: Vec<String> =
        draft.0.iter().filter(|(_, value)| empty(value)).map(|(key, _)| key.clone()).collect();
    keys.iter().for_each(|key| {
        draft.0.remove(key);
    });
    draft
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn what_is_left_out_is_forgotten_by_events() {
        let text =
            "a = 1\n[[event]]\ncrash = 'one'\n[[event]]\ncrash = ['two', 'one']\n[[event]]\ncut = 'lan'";
        let mut draft = Draft::parse(text).unwrap();
        forget(&mut draft.0, "one");
        assert_eq!("a = 1\n\n[[event]]\ncut = \"lan\"\n", draft.to_string());
        let path = [Step::Key("event".to_owned()), Step::At(0)];
        assert!(remove(&mut draft.0, &path).is_some() && remove(&mut draft.0, &path).is_none());
        assert_eq!("a = 1\n", tidy(draft).to_string());
    }

    #[test]
    fn what_is_expected_besides_is_left_out_first() {
        let draft = Draft::parse("[expect]\nserved = 2\nshared = 0\nlaw = 'holds'").unwrap();
        assert_eq!("[expect]\nlaw = \"holds\"\nshared = 0\n", about(&draft, "shared").to_string());
        assert_eq!("[expect]\nlaw = \"holds\"\n", about(&draft, "double").to_string());
    }

    #[test]
    fn every_part_has_a_way_to_it() {
        let draft =
            Draft::parse("a = [{ b = 1 }, { b = 2 }]\nc = { d = { e = 'x' } }\nexpect.f = 1").unwrap();
        let all = paths(&draft.0);
        assert_eq!(8, all.len());
        assert!(all.iter().all(|path| get(&draft.0, path).is_some()));
    }
}
