//! `--report FILE` and `--plots DIR`: the first run as a page to look at, and as pictures.

use std::cell::RefCell;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args;
use dhcpsim::report::{self, Fact, NotDrawn, Page, Picture, Summary, Verdict};
use dhcpsim::sim::figure::FIGURES;
use dhcpsim::sim::record::{Recorder, Recording, Wish};
use dhcpsim::sim::scenario::Scenario;

use super::figures::{self, grouped};
use super::runs::{Run, Stopped};
use crate::cli::Failure;
use crate::cli::exit::Complaint;
use crate::cli::show::span;

/// How many clients have a ladder, and how many addresses a line.
const CLIENTS: usize = 50;
const ADDRESSES: usize = 64;

/// What shall be written.
#[derive(Args, Debug)]
pub(super) struct Flags {
    /// Write a page with plots, the network, ladders and leases: one HTML file that needs nothing else
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Write each plot and diagram as an SVG file into a folder
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,
    /// A client whose ladder is to be in the page, such as 'customer 1234'; the first 50 are
    #[arg(long, value_name = "CLIENT")]
    ladder: Vec<String>,
}

impl Flags {
    /// Whether a run is to be recorded.
    pub(super) fn is_wanted(&self) -> bool {
        self.report.is_some() || self.plots.is_some()
    }

    /// Refuses what can't be written before a long run, and ladders for no page.
    pub(super) fn check(&self, capture: Option<&Path>) -> Result<(), Failure> {
        let wrong = |why: String| Err(Failure::Usage(Complaint::new(why)));
        if !self.ladder.is_empty() && !self.is_wanted() {
            return wrong("--ladder: expected --report or --plots with it".to_owned());
        }
        let outputs = [
            ("--capture", capture),
            ("--report", self.report.as_deref()),
            ("--plots", self.plots.as_deref()),
        ];
        let mut taken: Vec<(&str, PathBuf)> = Vec::new();
        for (flag, path) in outputs.iter().filter_map(|(flag, path)| Some((*flag, (*path)?))) {
            if path == Path::new("-") {
                return wrong(format!("{flag}: expected a name, found `-`: stdout is for the summary"));
            }
            let place = fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_default();
            if let Some((other, _)) = taken.iter().find(|(_, there)| *there == place) {
                return wrong(format!("{flag}: expected another name than that of {other}"));
            }
            taken.push((flag, place));
        }
        if let Some(path) = self.report.as_deref() {
            let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
            let fault = if path.exists() { writable(path) } else { holds_files(folder) };
            fault.map_err(|error| super::capture::cannot(path, &error))?;
        }
        if let Some(path) = self.plots.as_deref() {
            // Folders that are not there are made when there is something to put into them.
            let there = path.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
            holds_files(there).map_err(|error| super::capture::cannot(path, &error))?;
        }
        Ok(())
    }

    /// Says which of the clients named by `--ladder` were not there.
    fn tell_missing(&self, recording: &Recording) -> io::Result<()> {
        let there = |name: &&String| recording.ladders().iter().any(|ladder| ladder.client == **name);
        for name in self.ladder.iter().filter(|name| !there(name)) {
            let name = crate::cli::exit::harmless(name);
            writeln!(anstream::stderr(), "warning: --ladder: no client `{name}` has sent anything")?;
        }
        Ok(())
    }

    /// What records a run.
    pub(super) fn recorder(&self, scenario: &Scenario) -> (Recorder, Rc<RefCell<Recording>>) {
        let ports =
            scenario.nodes.iter().flat_map(|node| node.ports.iter().map(|port| (port.address, &node.name)));
        Recording::begin(&Wish {
            hosts: ports.map(|(address, name)| (address, name.clone())).collect(),
            duration: scenario.duration,
            clients: CLIENTS,
            named: self.ladder.clone(),
            addresses: ADDRESSES,
        })
    }

    /// Writes what was recorded of the first of some runs.
    pub(super) fn write(
        &self,
        name: &str,
        scenario: &Scenario,
        runs: &[Run],
        recording: &RefCell<Recording>,
        stopped: Option<&Stopped>,
    ) -> Result<(), Failure> {
        let Some(run) = runs.first() else {
            writeln!(anstream::stderr(), "warning: no run came to its end: nothing is written of it")?;
            return Ok(());
        };
        let (end, measures) = (run.outcome.end, &run.outcome.measures);
        recording.borrow_mut().measured(end, measures);
        let recording = recording.borrow();
        self.tell_missing(&recording)?;
        let summary = summary(scenario, runs, stopped);
        let page = Page { name, scenario, measures, recording: &recording, end, summary };
        self.put(|| report::page(&page), || report::pictures(&page))
    }

    /// Writes the files that were asked for.
    pub(super) fn put(
        &self,
        page: impl Fn() -> Result<String, NotDrawn>,
        pictures: impl Fn() -> Result<Vec<Picture>, NotDrawn>,
    ) -> Result<(), Failure> {
        let not_drawn = |error: NotDrawn| Failure::Cannot(Complaint::new(error));
        if let Some(path) = &self.report {
            write(path, &page().map_err(not_drawn)?)?;
        }
        if let Some(folder) = &self.plots {
            fs::create_dir_all(folder).map_err(|error| super::capture::cannot(folder, &error))?;
            for picture in pictures().map_err(not_drawn)? {
                write(&folder.join(format!("{}.svg", picture.name)), &picture.svg)?;
            }
        }
        Ok(())
    }
}

/// Whether a file that is there can be written; pipes and devices are not opened for that.
fn writable(path: &Path) -> io::Result<()> {
    let is_special = fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir());
    if is_special { Ok(()) } else { OpenOptions::new().append(true).open(path).map(drop) }
}

/// Whether files can be made in a folder: one is, and removed.
fn holds_files(folder: &Path) -> io::Result<()> {
    let trial = folder.join(format!(".dhcpsim-{}", std::process::id()));
    OpenOptions::new().write(true).create_new(true).open(&trial)?;
    fs::remove_file(trial)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| super::capture::cannot(path, &error))
}

/// The command that was given, as far as it can be told.
pub(super) fn command() -> String {
    let plain = |word: &str| {
        !word.is_empty()
            && word.chars().all(|char| char.is_ascii_alphanumeric() || "-_=./,:+%".contains(char))
    };
    let quoted = |word: String| match plain(&word) {
        true => word,
        false => format!("'{}'", word.replace('\'', "'\\''")),
    };
    let words = std::env::args_os().skip(1).map(|word| quoted(word.to_string_lossy().into_owned()));
    ["dhcpsim".to_owned()].into_iter().chain(words).collect::<Vec<_>>().join(" ")
}

fn summary(scenario: &Scenario, runs: &[Run], stopped: Option<&Stopped>) -> Summary {
    let seconds = |time: std::time::Duration| span(u32::try_from(time.as_secs()).unwrap_or(u32::MAX - 1));
    let (first, last) = (runs.first(), runs.last());
    let seed = |run: Option<&Run>| run.map_or(0, |run| run.seed);
    let of = match runs.len() {
        1 => format!("seed {}", seed(first)),
        count => format!(
            "{count} runs, seeds {} to {}, with 95 % confidence intervals; plots, ladders and leases are those of seed {}",
            seed(first),
            seed(last),
            seed(first)
        ),
    };
    let measured = first.map(|run| run.outcome.span()).unwrap_or_default();
    let facts = FIGURES.iter().map(|figure| Fact {
        name: figure.name.to_owned(),
        is_zero: runs.iter().all(|run| (figure.of)(&run.outcome).is_none_or(|value| value == 0.0)),
        value: figures::text(figure, runs),
        meaning: figure.meaning.to_owned(),
    });
    let stopped_line = stopped.map(|stopped| format!("; {stopped}")).unwrap_or_default();
    // What is expected of a whole run is not asked of a part.
    let part = stopped.is_some_and(|stopped| stopped.after.is_some());
    let expected = if part { Vec::new() } else { expected(scenario, runs) };
    Summary {
        about: format!(
            "{} of network time, {} counted; {of}{stopped_line}",
            seconds(scenario.duration),
            seconds(measured)
        ),
        command: command(),
        facts: facts.chain(reasons(runs)).collect(),
        verdicts: [law(runs)].into_iter().chain(expected).collect(),
    }
}

/// Why messages were refused or ignored.
fn reasons(runs: &[Run]) -> Vec<Fact> {
    let mut sums = std::collections::BTreeMap::new();
    for measures in runs.iter().map(|run| &run.outcome.measures) {
        for (why, count) in &measures.naks {
            *sums.entry(("DHCPNAK".to_owned(), *why)).or_insert(0_u64) += count;
        }
        for ((who, why), count) in &measures.ignored {
            *sums.entry((format!("{who} ignored"), *why)).or_insert(0_u64) += count;
        }
    }
    let fact = |((name, why), count): ((String, &str), u64)| Fact {
        name,
        value: grouped(&count.to_string()),
        is_zero: false,
        meaning: format!("reason: {why}"),
    };
    sums.into_iter().map(fact).collect()
}

fn law(runs: &[Run]) -> Verdict {
    let grants: u64 = runs.iter().map(|run| run.outcome.grants).sum();
    let breaches: u64 = runs.iter().map(|run| run.outcome.breaches).sum();
    let found = match runs.iter().flat_map(|run| &run.outcome.violations).next() {
        None if grants == 1 => "holds for 1 grant".to_owned(),
        None => format!("holds for {} grants", grouped(&grants.to_string())),
        Some(first) if breaches == 1 => format!("broken once: {first}"),
        Some(first) => format!("broken {} times, first: {first}", grouped(&breaches.to_string())),
    };
    Verdict { wanted: "the lease law".to_owned(), found, met: breaches == 0 }
}

fn expected(scenario: &Scenario, runs: &[Run]) -> Vec<Verdict> {
    let verdict = |wish: &dhcpsim::sim::scenario::Expectation| {
        let figure = dhcpsim::sim::figure::Figure::named(wish.figure);
        Verdict {
            wanted: wish.to_string(),
            found: figure.map(|figure| format!("found {}", figures::text(figure, runs))).unwrap_or_default(),
            met: runs.iter().all(|run| wish.judge(&run.outcome).met),
        }
    };
    scenario.expect.iter().map(verdict).collect()
}
