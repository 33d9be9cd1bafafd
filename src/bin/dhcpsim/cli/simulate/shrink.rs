//! `--shrink`: the first run that failed, as a short scenario with what happened in it.

use std::fmt::Write as _;
use std::path::Path;

use dhcpsim::config::Loaded;
use dhcpsim::net::Stop;
use dhcpsim::sim::explore::{self, Explored, MOST_RUNS, Shrunk, Trial};
use serde_json::{Value, json};

use super::Simulate;
use super::explore::{Origin, again, bar};

/// A short scenario, and how it came to be.
pub(super) struct Short {
    seed: u64,
    shrunk: Shrunk,
    /// How many events and customers there were.
    before: (usize, u64),
    story: String,
    again: String,
}

/// Cuts the scenario of a run that failed down; none if it was stopped before.
pub(super) fn first(
    command: &Simulate,
    origin: &Origin,
    run: &Explored,
    stop: &Stop,
    progress: bool,
) -> Option<Short> {
    let breach = run.breaches.first()?;
    let folder = origin.name().map(Path::new).and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
    let open = |path: &str| Loaded::from_file(&folder.join(path));
    let trial = Trial { seed: run.seed, plant: command.plant, held: origin.held(), open: &open };
    let draft = origin.draft(run.seed);
    let bar = bar(MOST_RUNS.into(), progress, "{bar:40} {pos} runs to cut it down, {len} at most");
    let mut go_on = |runs: u32| {
        bar.set_position(runs.into());
        !stop.is_set()
    };
    let mut shrunk = explore::shrink(&draft, breach, &trial, &mut go_on)?;
    bar.finish_and_clear();
    let story = trial.story(&shrunk.draft, &shrunk.breach);
    if origin.name().is_none() {
        shrunk.draft = shrunk.draft.expecting();
    }
    let before = (draft.count("event"), draft.customers());
    let again = again(command, Some("FILE"), run.seed);
    Some(Short { seed: run.seed, shrunk, before, story, again })
}

impl Short {
    /// In words: from how much to how much.
    fn measure(&self) -> String {
        let ((events, customers), draft) = (self.before, &self.shrunk.draft);
        let (left, these) = (draft.count("event"), draft.customers());
        let runs = self.shrunk.runs;
        let some = |count: u64, what: &str| match count {
            1 => format!("1 {what}"),
            many => format!("{many} {what}s"),
        };
        let events = some(u64::try_from(events).unwrap_or(u64::MAX), "event");
        let customers = some(customers, "customer");
        format!("shrunk from {events} and {customers} to {left} and {these} in {runs} runs")
    }

    /// A scenario's file, with the rest as comments.
    pub(super) fn text(&self) -> String {
        let Short { seed, shrunk, story, again, .. } = self;
        let mut text = String::new();
        // Writing to a string can't fail.
        let _ = writeln!(text, "#\n# {}", self.measure());
        let _ = writeln!(text, "# seed {seed}: {}", shrunk.breach);
        let _ = writeln!(text, "# as FILE: {again}\n");
        let _ = writeln!(text, "{}\n# what happened:", shrunk.draft);
        story.lines().for_each(|line| {
            let _ = writeln!(text, "# {line}");
        });
        text
    }

    pub(super) fn json(&self) -> Value {
        let Short { seed, shrunk, before: (events, customers), story, .. } = self;
        json!({
            "seed": seed,
            "kind": shrunk.breach.kind,
            "what": shrunk.breach.what,
            "runs": shrunk.runs,
            "before": {"events": events, "customers": customers},
            "after": {"events": shrunk.draft.count("event"), "customers": shrunk.draft.customers()},
            "scenario": shrunk.draft.to_string(),
            "trace": story.lines().collect::<Vec<_>>(),
        })
    }
}
