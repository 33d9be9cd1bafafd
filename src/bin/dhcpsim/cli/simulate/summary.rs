//! What came out, as a table for people.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, Write};

use dhcpsim::packet::MessageType;
use dhcpsim::sim::figure::Figure;
use dhcpsim::sim::scenario::Scenario;

use super::figures::{self, grouped};
use super::runs::{Run, Stopped};
use crate::cli::show::{BOLD, DIM, SERVER, WARNING, span};

/// The figures of a line, with a word before each.
const LINES: &[(&str, &[(&str, &str)])] = &[
    ("asked", &[("", "asked"), ("served", "served"), ("refused", "refused"), ("", "refused-share")]),
    (
        "first address",
        &[
            ("min", "first-min"),
            ("median", "first-median"),
            ("95 %", "first-p95"),
            ("99 %", "first-p99"),
            ("max", "first-max"),
        ],
    ),
    (
        "addresses",
        &[("", "addresses"), ("bound", "bound-mean"), ("most", "bound-most"), ("end", "bound-end")],
    ),
    ("online", &[("", "online-mean"), ("most", "online-most"), ("end", "online-end")]),
    ("messages", &[("", "messages"), ("a second", "messages-rate")]),
];

/// Figures that are told only where they are not 0: somebody should look.
const ODD: &[&str] =
    &["lost-leases", "shared", "misled", "in-use", "not-stored", "lost", "doubled", "unreachable"];

/// How many breaches of the lease law are told.
const SHOWN: usize = 5;

/// Writes the summary of some runs, which may have been stopped.
pub(super) fn write(
    name: &str,
    scenario: &Scenario,
    runs: &[Run],
    stopped: Option<&Stopped>,
) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let Some((first, last)) = runs.first().zip(runs.last()) else {
        return writeln!(out, "{WARNING}stopped by Ctrl-C before the first run came to its end{WARNING:#}");
    };
    let seeds = match runs.len() {
        1 => format!("seed {}", first.seed),
        count => {
            format!("{count} runs, seeds {} to {}, with 95 % confidence intervals", first.seed, last.seed)
        }
    };
    let lasted = |time: std::time::Duration| span(u32::try_from(time.as_secs()).unwrap_or(u32::MAX - 1));
    let title = if scenario.title.is_empty() { name } else { &scenario.title };
    writeln!(out, "{BOLD}{}{BOLD:#}", crate::cli::exit::harmless(title))?;
    let measured = lasted(first.outcome.span());
    let total = lasted(first.outcome.end - dhcpsim::endpoint::Instant::EPOCH);
    let counted = if measured == total { String::new() } else { format!(", the last {measured} counted") };
    writeln!(out, "{DIM}{name}: {total}{counted}; {seeds}{DIM:#}")?;
    if let Some(stopped) = stopped {
        writeln!(out, "{WARNING}{stopped}: what follows is until then{WARNING:#}")?;
    }
    writeln!(out)?;
    for (head, parts) in LINES {
        let parts = parts.iter().filter_map(|(word, name)| part(word, name, runs));
        row(&mut out, head, parts.collect::<Vec<_>>().join("   "))?;
    }
    row(&mut out, "by type", types(runs))?;
    let naks = total_of(runs, |run| run.outcome.measures.naks.iter().map(|(why, count)| (*why, *count)));
    row(&mut out, "NAKs", counts(&naks, "none"))?;
    for who in ["server", "client"] {
        let ignored = total_of(runs, |run| {
            let all = run.outcome.measures.ignored.iter();
            all.filter(|((by, _), _)| *by == who).map(|((_, why), count)| (*why, *count))
        });
        if !ignored.is_empty() {
            row(&mut out, &format!("{who} ignored"), counts(&ignored, "nothing"))?;
        }
    }
    for name in ODD {
        if let Some(figure) = Figure::named(name)
            && runs.iter().any(|run| (figure.of)(&run.outcome).is_some_and(|value| value > 0.0))
        {
            let text = format!(
                "{WARNING}{}{WARNING:#}  {DIM}{}{DIM:#}",
                figures::text(figure, runs),
                figure.meaning
            );
            row(&mut out, name, text)?;
        }
    }
    law(&mut out, runs)?;
    match stopped.and_then(|stopped| stopped.after) {
        None => expectations(&mut out, scenario, runs),
        Some(_) => unjudged(&mut out, scenario, runs),
    }
}

fn row(out: &mut impl Write, head: &str, text: impl Display) -> io::Result<()> {
    writeln!(out, "  {head:<15} {text}")
}

fn part(word: &str, name: &str, runs: &[Run]) -> Option<String> {
    let text = figures::text(Figure::named(name)?, runs);
    Some(if word.is_empty() { text } else { format!("{DIM}{word}{DIM:#} {text}") })
}

/// Messages by type, over all runs.
fn types(runs: &[Run]) -> String {
    let sent =
        total_of(runs, |run| run.outcome.measures.messages.iter().map(|(kind, count)| (*kind, *count)));
    let name = |kind: u8| MessageType(kind).name().map_or_else(|| kind.to_string(), str::to_owned);
    let text =
        |(kind, count): (&u8, &u64)| format!("{DIM}{}{DIM:#} {}", name(*kind), grouped(&count.to_string()));
    sent.iter().map(text).collect::<Vec<_>>().join("   ")
}

fn total_of<'r, K: Ord, I: Iterator<Item = (K, u64)>>(
    runs: &'r [Run],
    of: impl Fn(&'r Run) -> I,
) -> BTreeMap<K, u64> {
    let mut total = BTreeMap::new();
    for (key, count) in runs.iter().flat_map(of) {
        *total.entry(key).or_default() += count;
    }
    total
}

fn counts(counts: &BTreeMap<&str, u64>, none: &str) -> String {
    match counts.is_empty() {
        true => none.to_owned(),
        false => {
            let text =
                |(why, count): (&&str, &u64)| format!("{DIM}{why}{DIM:#} {}", grouped(&count.to_string()));
            counts.iter().map(text).collect::<Vec<_>>().join("   ")
        }
    }
}

fn law(out: &mut impl Write, runs: &[Run]) -> io::Result<()> {
    let grants: u64 = runs.iter().map(|run| run.outcome.grants).sum();
    let broken: Vec<(u64, &String)> =
        runs.iter().flat_map(|run| run.outcome.violations.iter().map(|breach| (run.seed, breach))).collect();
    let breaches: u64 = runs.iter().map(|run| run.outcome.breaches).sum();
    let grants = match grants {
        1 => "1 grant".to_owned(),
        many => format!("{} grants", grouped(&many.to_string())),
    };
    match broken.first() {
        None => row(out, "lease law", format!("{SERVER}holds{SERVER:#} for {grants}")),
        Some(_) => {
            let times = match (breaches, grouped(&breaches.to_string())) {
                (1, _) => "once".to_owned(),
                (_, many) if broken.len() > SHOWN => format!("{many} times, the first {SHOWN}:"),
                (_, many) => format!("{many} times"),
            };
            row(out, "lease law", format!("{WARNING}broken{WARNING:#} {times}"))?;
            for (seed, breach) in broken.iter().take(SHOWN) {
                row(out, "", format!("seed {seed}: {breach}"))?;
            }
            Ok(())
        }
    }
}

/// What is expected of a whole run, and what a part of one has come to.
fn unjudged(out: &mut impl Write, scenario: &Scenario, runs: &[Run]) -> io::Result<()> {
    for wish in &scenario.expect {
        let found = Figure::named(wish.figure).map(|figure| figures::text(figure, runs)).unwrap_or_default();
        writeln!(out, "  – {wish}  {DIM}{found} so far{DIM:#}")?;
    }
    Ok(())
}

fn expectations(out: &mut impl Write, scenario: &Scenario, runs: &[Run]) -> io::Result<()> {
    for wish in &scenario.expect {
        let failed: Vec<&Run> = runs.iter().filter(|run| !wish.judge(&run.outcome).met).collect();
        let figure = Figure::named(wish.figure);
        let found = |runs: &[Run]| figure.map(|figure| figures::text(figure, runs)).unwrap_or_default();
        match failed.first() {
            None => writeln!(out, "  {SERVER}✔{SERVER:#} {wish}  {DIM}{}{DIM:#}", found(runs))?,
            Some(run) => {
                let found = found(std::slice::from_ref(run));
                let which = format!("seed {}: {found}", run.seed);
                writeln!(
                    out,
                    "  {WARNING}✗{WARNING:#} {wish}  {which}, {} of {} runs",
                    failed.len(),
                    runs.len()
                )?;
            }
        }
    }
    Ok(())
}
