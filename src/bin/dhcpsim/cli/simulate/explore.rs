//! `--explore`: random networks over all cores, or many runs of one scenario, each held to the lease law.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use dhcpsim::net::Stop;
use dhcpsim::sim::Plant;
use dhcpsim::sim::explore::{self, Draft, Explored, Held, Tally};
use dhcpsim::sim::scenario::Scenario;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::figures::grouped;
use super::{Simulate, shrink, source};
use crate::cli::exit::Complaint;
use crate::cli::show::{BOLD, DIM, SERVER, WARNING, span};
use crate::cli::{Exit, Failure, Global};

/// How many runs that fail are told.
const SHOWN: usize = 5;
/// How wide a line of counts is.
const WIDTH: usize = 92;

/// Where scenarios come from.
pub(super) enum Origin {
    /// Each seed has its own.
    Random,
    /// A file, and what is held of its runs.
    File { name: String, draft: Draft, scenario: Box<Scenario>, held: Held },
}

/// All runs that came to their end.
struct Found {
    runs: Vec<Explored>,
    tally: Tally,
    interrupted: bool,
}

/// The name of a fault, as a flag has it.
pub(super) fn plant(text: &str) -> Result<Plant, String> {
    Plant::named(text).ok_or_else(|| {
        let known: Vec<&str> = Plant::ALL.iter().map(|(_, name, _)| *name).collect();
        format!("expected {}", known.join(", "))
    })
}

/// Explores, tells what was found, and cuts the first that failed down if that is wanted.
pub(super) fn run(command: &Simulate, global: &Global) -> Result<Exit, Failure> {
    let origin = origin(command)?;
    if command.print {
        let draft = origin.draft(command.seed);
        io::stdout().lock().write_all(draft.to_string().as_bytes())?;
        return Ok(Exit::Done);
    }
    let stop = Stop::new().on_signals()?;
    let found = all(command, &origin, &stop, !global.quiet)?;
    let failed = found.runs.iter().find(|run| !run.breaches.is_empty());
    let shrunk = match failed.filter(|_| command.shrink && !found.interrupted) {
        Some(run) => shrink::first(command, &origin, run, &stop, !global.quiet),
        None => None,
    };
    if command.json {
        let mut document = object(command, &found);
        if let (Some(shrunk), Some(object)) = (&shrunk, document.as_object_mut()) {
            object.insert("shrunk".to_owned(), shrunk.json());
        }
        writeln!(io::stdout().lock(), "{document}")?;
    } else {
        let summary = summary(command, &origin, &found);
        let mut out = anstream::stdout().lock();
        match &shrunk {
            // As comments, so that all of it is a scenario's file.
            Some(shrunk) => {
                summary.lines().try_for_each(|line| writeln!(out, "# {line}"))?;
                out.write_all(shrunk.text().as_bytes())?;
            }
            None => out.write_all(summary.as_bytes())?,
        }
    }
    Ok(match (found.interrupted || stop.is_set(), failed) {
        (true, _) => Exit::Interrupted,
        (false, None) => Exit::Done,
        (false, Some(_)) => Exit::No,
    })
}

fn origin(command: &Simulate) -> Result<Origin, Failure> {
    let wrong = |what: &str| Failure::Usage(Complaint::new(what));
    if command.report.is_wanted() {
        return Err(wrong("--report has no part in --explore and --shrink"));
    }
    if !command.set.is_empty() || !command.expect.is_empty() {
        let complaint = Complaint::new("--set and --expect have no part in --explore and --shrink");
        return Err(Failure::Usage(complaint.help("change a file: `dhcpsim simulate --print NAME > FILE`")));
    }
    let Some(name) = command.scenario.as_deref() else {
        return match command.explore {
            Some(_) => Ok(Origin::Random),
            None => Err(wrong("--shrink: expected a scenario, or --explore")),
        };
    };
    let scenario = command.load(name, &[])?;
    let draft = Draft::parse(&source::text(name)?).unwrap_or_default();
    let lawful = scenario.expect.iter().any(|wish| wish.figure == "violations" && wish.text == "= 0");
    let held = match command.explore {
        None if lawful => Held::LAW,
        _ => Held::of(&scenario),
    };
    Ok(Origin::File { name: name.to_owned(), draft, scenario: Box::new(scenario), held })
}

impl Origin {
    /// The scenario's file for a seed.
    pub(super) fn draft(&self, seed: u64) -> Draft {
        match self {
            Origin::Random => explore::draft(seed),
            Origin::File { draft, .. } => draft.clone(),
        }
    }

    /// The scenario's name, if it has one.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Origin::Random => None,
            Origin::File { name, .. } => Some(name),
        }
    }

    /// What is held of a file's runs, if that does not follow from the scenario alone.
    pub(super) fn held(&self) -> Option<Held> {
        match self {
            Origin::File { scenario, held, .. } if *held != Held::of(scenario) => Some(*held),
            _ => None,
        }
    }

    fn run(&self, seed: u64, plant: Option<Plant>, stop: &Stop) -> Result<Option<Explored>, Failure> {
        let go_on = || !stop.is_set();
        match self {
            Origin::Random => {
                let scenario = explore::read(&explore::draft(seed)).map_err(Failure::Configuration)?;
                Ok(explore::run(&scenario, Held::of(&scenario), seed, plant, &go_on))
            }
            Origin::File { scenario, held, .. } => Ok(explore::run(scenario, *held, seed, plant, &go_on)),
        }
    }
}

/// All runs, in the order of their seeds, whatever the number of threads.
fn all(command: &Simulate, origin: &Origin, stop: &Stop, progress: bool) -> Result<Found, Failure> {
    let count = command.explore.map_or(1, NonZeroU32::get);
    let cores = thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1));
    let threads = command.threads.map_or(cores, NonZeroU32::get).min(count);
    let bar = bar(u64::from(count), progress, "{bar:40} {pos} of {len} scenarios, {eta} left");
    let (next, done) = (AtomicU32::new(0), Mutex::new(Vec::new()));
    let work = || -> Result<(), Failure> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count || stop.is_set() {
                return Ok(());
            }
            let run = origin.run(command.seed.wrapping_add(number.into()), command.plant, stop)?;
            bar.inc(1);
            if let (Some(run), Ok(mut done)) = (run, done.lock()) {
                done.push((number, run));
            }
        }
    };
    let results: Vec<Result<(), Failure>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    bar.finish_and_clear();
    results.into_iter().collect::<Result<(), Failure>>()?;
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(number, _)| *number);
    let runs: Vec<Explored> = done.into_iter().map(|(_, run)| run).collect();
    let mut tally = Tally::default();
    runs.iter().for_each(|run| tally.merge(&run.tally));
    Ok(Found { runs, tally, interrupted: stop.is_set() })
}

/// A progress bar, which is hidden if it is not wanted.
pub(super) fn bar(length: u64, progress: bool, form: &str) -> ProgressBar {
    let bar = match progress {
        true => ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(5)),
        false => ProgressBar::hidden(),
    };
    bar.set_style(ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}

impl Found {
    fn failed(&self) -> impl Iterator<Item = &Explored> {
        self.runs.iter().filter(|run| !run.breaches.is_empty())
    }

    fn sum(&self, of: impl Fn(&Explored) -> u64) -> u64 {
        self.runs.iter().map(of).sum()
    }

    /// SHA-256 of the digests of all traces, in the order of their seeds.
    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        self.runs.iter().for_each(|run| hash.update(run.digest));
        hex::encode(hash.finalize())
    }
}

fn summary(command: &Simulate, origin: &Origin, found: &Found) -> String {
    let mut text = String::new();
    let Some((first, last)) = found.runs.first().zip(found.runs.last()) else {
        return "stopped before the first run came to its end\n".to_owned();
    };
    let count = |number: u64| grouped(&number.to_string());
    let runs = u64::try_from(found.runs.len()).unwrap_or(u64::MAX);
    let seconds = found.sum(|run| run.span.as_secs());
    let lasted = span(u32::try_from(seconds).unwrap_or(u32::MAX - 1));
    let what = match (origin.name(), runs) {
        (None, 1) => "1 random network".to_owned(),
        (None, runs) => format!("{} random networks", count(runs)),
        (Some(name), 1) => format!("{name} once"),
        (Some(name), runs) => format!("{name} {} times", count(runs)),
    };
    let seeds = match runs {
        1 => format!("seed {}", first.seed),
        _ => format!("seeds {} to {}", first.seed, last.seed),
    };
    let mut row = |head: &str, what: String| {
        // Writing to a string can't fail.
        let _ = writeln!(text, "  {head:<15} {what}");
    };
    row("explored", format!("{what}, {seeds}: {lasted} of their time"));
    if found.interrupted {
        let all = command.explore.map_or(1, NonZeroU32::get);
        row("stopped", format!("{WARNING}after {} of {} runs{WARNING:#}", count(runs), count(all.into())));
    }
    if let Some(plant) = command.plant {
        row("planted", format!("{WARNING}{}{WARNING:#}", plant.name()));
    }
    let (frames, grants) = (count(found.sum(|run| run.frames)), count(found.sum(|run| run.grants)));
    row("frames", format!("{frames}   {DIM}grants{DIM:#} {grants}"));
    for (number, line) in counts(&found.tally).into_iter().enumerate() {
        row(if number == 0 { "what happened" } else { "" }, line);
    }
    row("digest", found.digest());
    verdict(command, origin, found, &mut row);
    text
}

/// All counts, in lines that are not too long.
fn counts(tally: &Tally) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut width) = (String::new(), 0);
    for (kind, number) in tally.counts().filter(|(_, number)| *number > 0) {
        let number = grouped(&number.to_string());
        let more = kind.name().chars().count() + number.chars().count() + 4;
        if width > 0 && width + more > WIDTH {
            lines.push(core::mem::take(&mut line));
            width = 0;
        }
        let gap = if width == 0 { "" } else { "   " };
        line.push_str(&format!("{gap}{DIM}{}{DIM:#} {number}", kind.name()));
        width += more;
    }
    lines.extend(Some(line).filter(|line| !line.is_empty()));
    lines
}

fn verdict(command: &Simulate, origin: &Origin, found: &Found, row: &mut dyn FnMut(&str, String)) {
    let failed: Vec<&Explored> = found.failed().collect();
    let Some(first) = failed.first() else {
        row("verdict", format!("{SERVER}holds{SERVER:#}: nothing was found"));
        return;
    };
    row("verdict", format!("{WARNING}broken{WARNING:#} in {} of {} runs", failed.len(), found.runs.len()));
    for run in failed.iter().take(SHOWN) {
        let more = match run.breaches.len() {
            0 | 1 => String::new(),
            many => format!("{DIM}, and {} more{DIM:#}", many - 1),
        };
        let breach = run.breaches.first().map(ToString::to_string).unwrap_or_default();
        row("", format!("seed {}: {breach}{more}", run.seed));
    }
    if failed.len() > SHOWN {
        row("", format!("{DIM}and {} more{DIM:#}", failed.len() - SHOWN));
    }
    row("once more", format!("{BOLD}{}{BOLD:#}", again(command, origin.name(), first.seed)));
    if !command.shrink {
        row("", format!("{DIM}with --print for its scenario, with --shrink for a short one{DIM:#}"));
    }
}

/// The command that repeats a run.
pub(super) fn again(command: &Simulate, name: Option<&str>, seed: u64) -> String {
    let mut again = String::from("dhcpsim simulate");
    if let Some(name) = name {
        again.push_str(&format!(" {name}"));
    }
    if command.explore.is_some() {
        again.push_str(" --explore 1");
    }
    again.push_str(&format!(" --seed {seed}"));
    if let Some(plant) = command.plant {
        again.push_str(&format!(" --plant {}", plant.name()));
    }
    again
}

fn object(command: &Simulate, found: &Found) -> Value {
    let counts = found.tally.counts().map(|(kind, count)| (kind.name().to_owned(), json!(count)));
    let breach = |breach: &explore::Breach| {
        json!({
            "kind": breach.kind,
            "what": breach.what,
            "address": breach.address.map(|address| address.to_string()),
            "customers": breach.customers,
        })
    };
    let failed = found.failed().map(
        |run| json!({"seed": run.seed, "breaches": run.breaches.iter().map(breach).collect::<Vec<_>>()}),
    );
    json!({
        "schema": "dhcpsim.explore/1",
        "scenario": command.scenario,
        "seed": command.seed,
        "planted": command.plant.map(Plant::name),
        "runs": found.runs.len(),
        "interrupted": found.interrupted,
        "span": found.sum(|run| run.span.as_secs()),
        "frames": found.sum(|run| run.frames),
        "grants": found.sum(|run| run.grants),
        "counts": Value::Object(counts.collect::<Map<_, _>>()),
        "digest": found.digest(),
        "failed": failed.collect::<Vec<_>>(),
    })
}
