//! Runs of a scenario: one, or many over the cores.

use std::fmt;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use dhcpsim::endpoint::Instant;
use dhcpsim::net::Stop;
use dhcpsim::sim::scenario::Scenario;
use dhcpsim::sim::{Outcome, World};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::Failure;
use crate::cli::show::{span, terminal};

/// What happens between two looks at the stop flag and the progress bar.
const SLICE: u64 = 20_000;

/// The columns that a bar needs with all that stands beside it.
const WIDE: usize = 100;

/// What is to be run.
pub(in crate::cli) struct Plan<'s> {
    pub(in crate::cli) scenario: &'s Scenario,
    pub(in crate::cli) seed: u64,
    pub(in crate::cli) runs: u32,
    pub(in crate::cli) threads: Option<u32>,
}

impl<'s> Plan<'s> {
    /// The runs after the first, if there are some.
    pub(in crate::cli) fn after_first(&self) -> Option<Plan<'s>> {
        let runs = self.runs.checked_sub(1).filter(|runs| *runs > 0)?;
        Some(Plan { seed: self.seed.wrapping_add(1), runs, ..*self })
    }

    /// How far it came when it was stopped.
    pub(in crate::cli) fn stopped(&self, runs: &[Run]) -> Stopped {
        let end = runs.first().filter(|_| self.runs == 1).map(|run| run.outcome.end - Instant::EPOCH);
        Stopped { after: end, of: self.scenario.duration, whole: runs.len(), runs: self.runs }
    }
}

/// How far runs came that Ctrl-C stopped.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Stopped {
    /// For a single run: when it ended; its figures are those until then.
    pub(in crate::cli) after: Option<Duration>,
    of: Duration,
    whole: usize,
    runs: u32,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |time: Duration| span(u32::try_from(time.as_secs()).unwrap_or(u32::MAX - 1));
        match self.after {
            Some(after) => write!(f, "stopped by Ctrl-C after {} of {}", told(after), told(self.of)),
            None => {
                write!(f, "stopped by Ctrl-C; {} of {} runs had come to their end", self.whole, self.runs)
            }
        }
    }
}

/// A run that has ended, by itself or by Ctrl-C.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Run {
    pub(in crate::cli) seed: u64,
    pub(in crate::cli) outcome: Outcome,
}

/// One run, which `prepare` may watch; and whether it was stopped.
pub(in crate::cli) fn one(
    plan: &Plan<'_>,
    progress: bool,
    prepare: impl FnOnce(&mut World) -> Result<(), Failure>,
) -> Result<(Vec<Run>, bool), Failure> {
    single(plan, bar(plan, progress, ""), prepare)
}

fn single(
    plan: &Plan<'_>,
    bar: ProgressBar,
    prepare: impl FnOnce(&mut World) -> Result<(), Failure>,
) -> Result<(Vec<Run>, bool), Failure> {
    let stop = Stop::new().on_signals()?;
    let mut world = plan.scenario.build(plan.seed);
    prepare(&mut world)?;
    let whole = finish(&mut world, plan.scenario.end(), &stop, &bar);
    bar.finish_and_clear();
    Ok((vec![Run { seed: plan.seed, outcome: Outcome::of(&world) }], !whole))
}

/// All runs, in the order of their seeds, whatever the number of threads; and whether they were stopped.
pub(in crate::cli) fn all(plan: &Plan<'_>, progress: bool) -> Result<(Vec<Run>, bool), Failure> {
    part(plan, progress, "")
}

/// As [`all`], where these runs are a part of more: the progress bar says of which.
pub(in crate::cli) fn part(plan: &Plan<'_>, progress: bool, of: &str) -> Result<(Vec<Run>, bool), Failure> {
    let bar = bar(plan, progress, of);
    if plan.runs == 1 {
        return single(plan, bar, |_| Ok(()));
    }
    let stop = Stop::new().on_signals()?;
    let next = AtomicU32::new(0);
    let done = Mutex::new(Vec::new());
    let cores = thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1));
    let threads = plan.threads.unwrap_or(cores).min(plan.runs);
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= plan.runs || stop.is_set() {
                return;
            }
            let seed = plan.seed.wrapping_add(number.into());
            let mut world = plan.scenario.build(seed);
            // What was cut short says nothing beside whole runs.
            if finish(&mut world, plan.scenario.end(), &stop, &bar)
                && let Ok(mut done) = done.lock()
            {
                done.push((number, Run { seed, outcome: Outcome::of(&world) }));
            }
        }
    };
    thread::scope(|scope| {
        (0..threads).for_each(|_| {
            scope.spawn(work);
        });
    });
    bar.finish_and_clear();
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(number, _)| *number);
    Ok((done.into_iter().map(|(_, run)| run).collect(), stop.is_set()))
}

/// Runs to the end unless it is stopped; whether it came to the end.
fn finish(world: &mut World, end: Instant, stop: &Stop, bar: &ProgressBar) -> bool {
    let mut told = 0;
    loop {
        let whole = world.run(end, SLICE);
        let now = world.now().as_secs();
        bar.inc(now.saturating_sub(told));
        told = now;
        if whole || stop.is_set() {
            return whole;
        }
    }
}

fn bar(plan: &Plan<'_>, progress: bool, of: &str) -> ProgressBar {
    let length = plan.scenario.duration.as_secs().saturating_mul(plan.runs.into());
    let bar = match progress {
        true => ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(5)),
        false => ProgressBar::hidden(),
    };
    // A line that wraps is drawn again and again, and can't be cleared.
    let is_narrow = terminal::columns(io::stderr()).is_some_and(|columns| columns < WIDE);
    let style = ProgressStyle::with_template(match is_narrow {
        true => "{percent:>3} % {eta:>4} left {wide_msg}",
        false => "{bar:40} {percent:>3} % {msg} {eta} left",
    });
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let runs = if plan.runs > 1 { format!("of {} runs", plan.runs) } else { String::new() };
    let parts: Vec<&str> = [runs.as_str(), of].into_iter().filter(|part| !part.is_empty()).collect();
    if !parts.is_empty() {
        let comma = if is_narrow { "" } else { "," };
        bar.set_message(format!("{}{comma}", parts.join(", ")));
    }
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}
