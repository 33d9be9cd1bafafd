//! `dhcpsim simulate`.

mod capture;
mod csv;
mod curve;
mod explore;
pub(super) mod figures;
mod json;
mod report;
pub(super) mod runs;
mod shrink;
mod source;
mod summary;
mod sweep;
mod swept;

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use dhcpsim::sim::scenario::{Expectation, READY, Scenario};
use dhcpsim::sim::{Observer, Plant, Trace};

use super::exit::Complaint;
use super::show::{BOLD, DIM};
use super::{Exit, Failure, Global, When};
use capture::Capture;
use runs::{Plan, Run};
use source::Assignment;

/// The figure that says whether the lease law holds.
const LAW: &str = "violations";

const EXAMPLES: &str = "\
Examples:
  dhcpsim simulate --list                         the scenarios that come with it
  dhcpsim simulate lease --trace                  a lease in four steps, line by line
  dhcpsim simulate isp                            1000 addresses for 4000 customers
  dhcpsim simulate isp --runs 20                  with confidence intervals
  dhcpsim simulate isp --sweep server.config.lease-time=10m,1h,1d
  dhcpsim simulate lease -w lease.pcapng          and open the file in Wireshark
  dhcpsim simulate isp --report isp.html          a page with plots, ladders and leases
  dhcpsim simulate --print isp > mine.toml        a scenario to change
  dhcpsim simulate mine.toml --expect 'refused-share<1%'
  dhcpsim simulate --explore 1000                 random networks, each held to the lease law

Exit status: 0 done, 1 an expectation or the lease law was not met, 2 wrong usage, 3 scenario unreadable,
130 after Ctrl-C, with what there was until then";

/// Run servers and clients in virtual time: days in seconds, from one seed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Simulate {
    /// A scenario that comes with the program, or a file
    #[arg(value_name = "SCENARIO|FILE", required_unless_present_any = ["list", "explore"])]
    scenario: Option<String>,
    /// List the scenarios that come with the program (docs/scenarios has a page on each)
    #[arg(long)]
    list: bool,
    /// Print the scenario's file
    #[arg(long)]
    print: bool,
    /// Seed of everything that is random; further runs have the numbers after it
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// How many runs, each with a seed of its own
    #[arg(long, value_name = "NUMBER", default_value = "1", value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// How many runs at a time [default: one a core]
    #[arg(long, value_name = "NUMBER")]
    threads: Option<NonZeroU32>,
    /// A value in the place of the scenario's, such as population.count=400
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<Assignment>,
    /// Runs for each of these values, such as server.config.lease-time=10m,1h; twice for all pairs
    #[arg(long, value_name = "KEY=A,B,…", conflicts_with_all = ["trace", "capture"])]
    sweep: Vec<Assignment>,
    /// What must come out besides what the scenario says, such as 'refused-share<1%'
    #[arg(long, value_name = "FIGURE<VALUE")]
    expect: Vec<Expectation>,
    /// Look for faults: so many random networks with every fault on, or runs of the scenario, held to the lease law
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["runs", "sweep", "trace", "capture", "csv"])]
    explore: Option<NonZeroU32>,
    /// A fault to plant in the servers, so that exploring can be seen to find it
    #[arg(long, value_name = "FAULT", requires = "explore", value_parser = explore::plant, hide_short_help = true)]
    plant: Option<Plant>,
    /// Cut the first run that fails down to a short scenario, and show what happened in it
    #[arg(long, conflicts_with_all = ["runs", "sweep", "trace", "capture", "csv"])]
    shrink: bool,
    /// Say everything that happens, a line each
    #[arg(long, conflicts_with_all = ["json", "csv", "runs"])]
    trace: bool,
    /// One JSON object on stdout
    #[arg(long)]
    json: bool,
    /// The samples over time on stdout, as CSV; with --runs and --sweep, columns say of which run
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Write the frames of a segment to a pcapng file
    #[arg(short = 'w', long, value_name = "FILE", conflicts_with = "runs")]
    capture: Option<PathBuf>,
    /// Draw the pool's occupancy under the summary, or what a sweep came to [default: on a terminal]
    #[arg(long, value_enum, default_value_t = When::Auto, hide_default_value = true, value_name = "WHEN")]
    chart: When,
    #[command(flatten)]
    report: report::Flags,
    /// The segment whose frames are written [default: the first]
    #[arg(long, value_name = "NAME", requires = "capture")]
    segment: Option<String>,
}

impl Simulate {
    pub(crate) fn run(self, global: &Global) -> Result<Exit, Failure> {
        if self.list {
            return list();
        }
        self.report.check(self.capture.as_deref())?;
        if self.explore.is_some() || self.shrink {
            return explore::run(&self, global);
        }
        let Some(name) = self.scenario.as_deref() else {
            return list();
        };
        if self.print {
            io::stdout().lock().write_all(source::text(name)?.as_bytes())?;
            return Ok(Exit::Done);
        }
        if self.sweep.len() > 2 {
            return Err(Failure::Usage(Complaint::new("--sweep: expected one or two keys")));
        }
        let changes: Vec<_> = self.set.iter().map(Assignment::only).collect();
        if !self.sweep.is_empty() {
            return sweep::run(&self, global, name, &changes);
        }
        let scenario = self.load(name, &changes)?;
        self.once(global, name, &scenario)
    }

    /// Reads the scenario and adds what is expected by flags.
    fn load(&self, name: &str, changes: &[dhcpsim::sim::scenario::Override]) -> Result<Scenario, Failure> {
        let mut scenario = source::scenario(name, changes)?;
        if self.expect.iter().any(|wish| wish.figure == LAW) {
            // That the law holds is expected where nothing else is said of it.
            scenario.expect.retain(|wish| wish.figure != LAW);
        }
        scenario.expect.extend(self.expect.iter().cloned());
        Ok(scenario)
    }

    fn plan<'s>(&self, scenario: &'s Scenario) -> Plan<'s> {
        Plan { scenario, seed: self.seed, runs: self.runs, threads: self.threads.map(NonZeroU32::get) }
    }

    fn once(&self, global: &Global, name: &str, scenario: &Scenario) -> Result<Exit, Failure> {
        let progress = !global.quiet && !self.trace;
        let (runs, interrupted) = match (self.trace, &self.capture) {
            (false, None) if !self.report.is_wanted() => runs::all(&self.plan(scenario), progress)?,
            _ => self.watched(name, scenario, progress)?,
        };
        let stopped = interrupted.then(|| self.plan(scenario).stopped(&runs));
        if self.json {
            json::write(name, scenario, &runs, stopped.as_ref())?;
        } else if self.csv {
            csv::write(&csv::columns(&self.sweep, self.runs), &[(Vec::new(), &runs)])?;
        } else if !self.trace {
            summary::write(name, scenario, &runs, stopped.as_ref())?;
            if self.chart.holds(io::stdout().is_terminal()) {
                curve::write(&runs)?;
            }
        }
        if let Some(stopped) = stopped.filter(|_| (self.csv || self.trace) && !global.quiet) {
            writeln!(anstream::stderr(), "{stopped}")?;
        }
        let missed = self.missed(scenario, &runs) && !interrupted;
        self.hint(global, missed)?;
        Ok(exit(scenario, &runs, interrupted))
    }

    /// Runs of which the first is traced, captured or recorded.
    fn watched(&self, name: &str, scenario: &Scenario, progress: bool) -> Result<(Vec<Run>, bool), Failure> {
        let plan = self.plan(scenario);
        let mut failed = None;
        let mut recording = None;
        let (mut runs, mut interrupted) = runs::one(&plan, progress, |world| {
            let mut observers: Vec<Box<dyn Observer>> = Vec::new();
            if self.trace {
                let (trace, receiver) = Trace::new(BufWriter::new(io::stdout()));
                failed = Some(receiver);
                observers.push(Box::new(trace));
            }
            if let Some(path) = &self.capture {
                let segment = capture::segment(scenario, self.segment.as_deref())?;
                let file = File::create(path).map_err(|error| capture::cannot(path, &error))?;
                let about = format!("seed {}", self.seed);
                let capture = Capture::new(BufWriter::new(file), path, segment, scenario, &about)?;
                observers.push(Box::new(capture));
            }
            if self.report.is_wanted() {
                let (recorder, recorded) = self.report.recorder(scenario);
                recording = Some(recorded);
                observers.push(Box::new(recorder));
            }
            world.observe(Box::new(observers));
            Ok(())
        })?;
        if let Some(error) = failed.and_then(|receiver| receiver.try_recv().ok()) {
            return Err(error.into());
        }
        if let Some(rest) = plan.after_first() {
            if interrupted {
                // A part of the first run counts for nothing beside whole ones.
                runs.clear();
            } else {
                let (more, stopped) = runs::all(&rest, progress)?;
                runs.extend(more);
                interrupted = stopped;
            }
        }
        if let Some(recording) = recording {
            let stopped = interrupted.then(|| plan.stopped(&runs));
            self.report.write(name, scenario, &runs, &recording, stopped.as_ref())?;
        }
        Ok((runs, interrupted))
    }

    /// Whether some runs missed what the scenario's file expects, for the values that stand in it.
    fn missed(&self, scenario: &Scenario, runs: &[Run]) -> bool {
        let own = |wish: &Expectation| {
            let here = self.set.iter().chain(&self.sweep);
            wish.figure != LAW && !here.clone().any(|set| set.expects(wish.figure))
        };
        let of_file = scenario.expect.len().saturating_sub(self.expect.len());
        let mut wishes = scenario.expect.iter().take(of_file).filter(|wish| own(wish));
        wishes.any(|wish| runs.iter().any(|run| !wish.judge(&run.outcome).met))
    }

    /// Says why it may be that expectations are not met where values were changed.
    fn hint(&self, global: &Global, missed: bool) -> io::Result<()> {
        let changed = !self.set.is_empty() || !self.sweep.is_empty();
        if !missed || !changed || global.quiet || self.json || self.csv || self.trace {
            return Ok(());
        }
        writeln!(
            anstream::stderr(),
            "hint: ✗ is what the scenario expects with its own values; --set 'expect={{}}' leaves its expectations out"
        )
    }
}

/// Whether everything was as it should be.
fn exit(scenario: &Scenario, runs: &[Run], interrupted: bool) -> Exit {
    let met = runs.iter().all(|run| scenario.expect.iter().all(|wish| wish.judge(&run.outcome).met));
    match (interrupted, met) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Done,
        (false, false) => Exit::No,
    }
}

fn list() -> Result<Exit, Failure> {
    let mut out = anstream::stdout().lock();
    for ready in READY {
        let scenario = source::scenario(ready.name, &[])?;
        writeln!(out, "{BOLD}{:<12}{BOLD:#}  {DIM}{}{DIM:#}", ready.name, scenario.title)?;
    }
    Ok(Exit::Done)
}
