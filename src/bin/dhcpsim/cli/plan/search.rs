//! The search: trials of sizes or lease times, each over several seeds, halving what is left.

use dhcpsim::sim::estimate::{Estimate, real};
use dhcpsim::sim::figure::Figure;

use super::question::Question;
use crate::cli::Failure;
use crate::cli::simulate::runs::{self, Plan};

/// Lease times that people set, in seconds.
const LEASE_TIMES: &[u32] = &[
    60, 120, 300, 600, 900, 1200, 1800, 2700, 3600, 5400, 7200, 10_800, 14_400, 21_600, 28_800, 43_200,
    64_800, 86_400, 172_800, 259_200, 604_800,
];
const HOUR: u32 = 3600;

/// What was tried and what came out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trial {
    pub(super) addresses: u32,
    pub(super) lease_time: u32,
    /// The share that was refused.
    pub(super) refused: Estimate,
    /// What it is at most, 95 times in 100.
    pub(super) at_most: f64,
    pub(super) bound: f64,
    /// Visits that were counted.
    pub(super) visits: u64,
    pub(super) met: bool,
}

/// What came out of all trials.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    /// So many addresses meet the wish; `below` do not.
    Addresses { enough: u32, below: u32 },
    /// So long a lease time meets the wish; the next longer one that was tried does not.
    LeaseTime { enough: u32, beyond: Option<u32> },
    /// What was asked for meets the wish, or does not.
    Given(bool),
    /// Nothing that can be tried meets it.
    Nothing,
    /// It was stopped.
    Stopped,
}

impl Answer {
    pub(super) fn is_yes(self) -> bool {
        !matches!(self, Answer::Given(false) | Answer::Nothing | Answer::Stopped)
    }
}

/// Searches, and keeps its trials.
pub(super) struct Searcher<'q> {
    question: &'q Question,
    progress: bool,
    pub(super) trials: Vec<Trial>,
    pub(super) interrupted: bool,
}

impl<'q> Searcher<'q> {
    pub(super) fn new(question: &'q Question, progress: bool) -> Searcher<'q> {
        Searcher { question, progress, trials: Vec::new(), interrupted: false }
    }

    pub(super) fn search(&mut self) -> Result<Answer, Failure> {
        let question = self.question;
        let found = match (question.addresses, question.lease_time) {
            (Some(addresses), Some(time)) => self.meets(addresses, time).map(|met| met.map(Answer::Given)),
            (Some(addresses), None) => self.lease_time(addresses),
            (None, time) => self.addresses(time.unwrap_or(HOUR)),
        }?;
        Ok(found.unwrap_or(Answer::Stopped))
    }

    /// The fewest addresses, to half a percent.
    fn addresses(&mut self, time: u32) -> Result<Option<Answer>, Failure> {
        let most = self.question.most();
        let mut low = 0;
        let mut high = self.question.guess(time);
        let mut step = (high / 32).max(1);
        loop {
            match self.meets(high, time)? {
                None => return Ok(None),
                Some(true) => break,
                Some(false) if high >= most => return Ok(Some(Answer::Nothing)),
                Some(false) => {
                    low = high;
                    high = high.saturating_add(step).min(most);
                    step = step.saturating_mul(2);
                }
            }
        }
        // Where the guess met the wish at once, fewer may do.
        let mut step = (high / 32).max(1);
        while low == 0 && high > 1 {
            let lower = high.saturating_sub(step).max(1);
            match self.meets(lower, time)? {
                None => return Ok(None),
                Some(false) => low = lower,
                Some(true) => (high, step) = (lower, step.saturating_mul(2)),
            }
        }
        while high - low > (high / 200).max(1) {
            let middle = low + (high - low) / 2;
            match self.meets(middle, time)? {
                None => return Ok(None),
                Some(true) => high = middle,
                Some(false) => low = middle,
            }
        }
        Ok(Some(Answer::Addresses { enough: high, below: low }))
    }

    /// The longest of the lease times that people set. It steps from where it is likely to be: very short leases are slow
    /// to try for their renewals, very long ones for the time that they take to end.
    fn lease_time(&mut self, addresses: u32) -> Result<Option<Answer>, Failure> {
        let question = self.question;
        let likely = |time: &&u32| question.roughly(addresses, **time) < question.wish;
        let first = LEASE_TIMES.iter().rev().find(likely).or(LEASE_TIMES.first()).copied().unwrap_or(HOUR);
        let Some(met) = self.meets(addresses, first)? else { return Ok(None) };
        let (mut enough, mut beyond) = if met { (Some(first), None) } else { (None, Some(first)) };
        let next = |from: u32| LEASE_TIMES.iter().copied().find(|time| *time > from);
        let last = |from: u32| LEASE_TIMES.iter().rev().copied().find(|time| *time < from);
        loop {
            let time = match (enough, beyond) {
                (Some(_), Some(_)) => break,
                (Some(time), None) => next(time),
                (None, Some(time)) => last(time),
                (None, None) => None,
            };
            let Some(time) = time else { break };
            match self.meets(addresses, time)? {
                None => return Ok(None),
                Some(true) => enough = Some(time),
                Some(false) => beyond = Some(time),
            }
        }
        Ok(Some(enough.map_or(Answer::Nothing, |enough| Answer::LeaseTime { enough, beyond })))
    }

    /// Whether so many addresses with such leases meet the wish; none if it was stopped.
    fn meets(&mut self, addresses: u32, lease_time: u32) -> Result<Option<bool>, Failure> {
        let question = self.question;
        let scenario = question.scenario(addresses, lease_time)?;
        let plan = Plan { scenario: &scenario, seed: question.seed, runs: question.runs, threads: None };
        let (runs, interrupted) = runs::all(&plan, self.progress)?;
        if interrupted {
            self.interrupted = true;
            return Ok(None);
        }
        let figure = |name: &str| {
            let figure = Figure::named(name);
            let found = runs.iter().filter_map(|run| (figure?.of)(&run.outcome)).collect::<Vec<_>>();
            Estimate::of(&found)
        };
        let refused = figure("refused-share");
        let visits = runs.iter().map(|run| run.outcome.measures.served + run.outcome.measures.refused).sum();
        // Of what was not seen in n visits, there is less than 3/n, 95 times in 100.
        let unseen = 3.0 / real(visits).max(1.0);
        let at_most = (refused.mean + refused.half.unwrap_or_default()).max(unseen);
        let met = at_most < question.wish;
        let bound = figure("bound-mean").mean;
        self.trials.push(Trial { addresses, lease_time, refused, at_most, bound, visits, met });
        Ok(Some(met))
    }
}

/// The least number above `low` that `meets`, which `high` does, to a resolution.
pub(super) fn bisect(low: u32, high: u32, resolution: u32, meets: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (low, high);
    while high.saturating_sub(low) > resolution {
        let middle = low + (high - low) / 2;
        match meets(middle) {
            true => high = middle,
            false => low = middle,
        }
    }
    high
}
