//! What came out, for programs: one JSON object.

use std::io::{self, Write};

use dhcpsim::endpoint::Instant;
use dhcpsim::packet::MessageType;
use dhcpsim::sim::Sample;
use dhcpsim::sim::figure::FIGURES;
use dhcpsim::sim::scenario::Scenario;
use serde_json::{Map, Value, json};

use super::figures;
use super::runs::{Run, Stopped};

/// Writes one object about some runs.
pub(super) fn write(
    name: &str,
    scenario: &Scenario,
    runs: &[Run],
    stopped: Option<&Stopped>,
) -> io::Result<()> {
    let part = stopped.is_some_and(|stopped| stopped.after.is_some());
    let mut document = json!({
        "schema": "dhcpsim.simulate/1",
        "scenario": name,
        "title": scenario.title,
        "duration": scenario.duration.as_secs_f64(),
        "interrupted": stopped.is_some(),
        "runs": runs.iter().map(|run| run_of(scenario, run, part)).collect::<Vec<_>>(),
        "estimates": estimates(runs),
    });
    if let ([run], Some(object)) = (runs, document.as_object_mut()) {
        let series = &run.outcome.measures.series;
        object.insert("series".to_owned(), series.iter().map(sample).collect());
    }
    writeln!(io::stdout().lock(), "{document}")
}

/// The means of all figures with half the width of their intervals.
pub(super) fn estimates(runs: &[Run]) -> Value {
    let entry = |figure: &'static dhcpsim::sim::figure::Figure| {
        let found = figures::estimate(figure, runs)?;
        Some((figure.name.to_owned(), json!({"mean": found.mean, "half": found.half})))
    };
    Value::Object(FIGURES.iter().filter_map(entry).collect())
}

fn run_of(scenario: &Scenario, run: &Run, part: bool) -> Value {
    let outcome = &run.outcome;
    let measures = &outcome.measures;
    let figures = FIGURES.iter().map(|figure| {
        let value = (figure.of)(outcome).map_or(Value::Null, |value| json!(value));
        (figure.name.to_owned(), value)
    });
    let messages = measures.messages.iter().map(|(kind, count)| {
        let name = MessageType(*kind).name().map_or_else(|| kind.to_string(), str::to_owned);
        (name, json!(count))
    });
    let ignored = measures.ignored.iter().map(|((who, why), count)| (format!("{who}: {why}"), json!(count)));
    let naks = measures.naks.iter().map(|(why, count)| ((*why).to_owned(), json!(count)));
    let verdicts = scenario.expect.iter().map(|wish| {
        let verdict = wish.judge(outcome);
        // What is expected of a whole run is not asked of a part.
        let met = (!part).then_some(verdict.met);
        json!({"expected": verdict.expected, "found": verdict.found, "met": met})
    });
    let histogram = measures.first.classes().map(|(time, count)| json!([time.as_secs_f64(), count]));
    json!({
        "seed": run.seed,
        "end": outcome.end.as_secs(),
        "figures": Value::Object(figures.collect()),
        "messages": Value::Object(messages.collect()),
        "naks": Value::Object(naks.collect()),
        "ignored": Value::Object(ignored.collect::<Map<_, _>>()),
        "first": histogram.collect::<Vec<_>>(),
        "law": {"grants": outcome.grants, "breaches": outcome.breaches, "violations": outcome.violations},
        "expectations": verdicts.collect::<Vec<_>>(),
    })
}

/// Seconds, with a fraction where there is one.
fn seconds(at: Instant) -> Value {
    match (at.as_micros() % 1_000_000, at - Instant::EPOCH) {
        (0, _) => json!(at.as_secs()),
        (_, time) => json!(time.as_secs_f64()),
    }
}

fn sample(sample: &Sample) -> Value {
    json!({
        "time": seconds(sample.at),
        "bound": sample.bound,
        "online": sample.online,
        "messages": sample.messages,
        "acks": sample.acks,
        "refused": sample.refused,
    })
}
