//! `dhcpsim plan`: how many addresses, or which lease time, a wish needs; tried out in simulated networks.

mod question;
mod search;
mod show;

use clap::{Args, ValueEnum};

use super::{Exit, Failure, Global};
use question::{Customers, Question, Wish};
use search::Searcher;

const EXAMPLES: &str = "\
Examples:
  dhcpsim plan --customers 4000 --online 1h --offline 3h --refuse-below '1 in 1000'
      how many addresses that takes
  dhcpsim plan --customers 4000 --online 1h --offline 3h --leave silent --lease-time 10m --refuse-below 0.1%
      the same for customers who leave without a word
  dhcpsim plan --customers 4000 --online 1h --offline 3h --leave silent --addresses 1500 --refuse-below 0.1%
      the longest lease time that 1500 addresses allow
  dhcpsim plan --customers unlimited --apart 9s --online 1h --refuse-below 1%
      customers who come one after the other, each once

Exit status: 0 the wish can be met, 1 it can't, 2 wrong usage, 130 after Ctrl-C";

/// Find the pool size or the lease time that a number of customers needs, by simulation.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Plan {
    /// How many customers there are, or `unlimited`
    #[arg(long, value_name = "NUMBER")]
    customers: Customers,
    /// How long a customer keeps its address on average
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    online: u32,
    /// How long a customer stays away on average
    #[arg(long, value_name = "TIME", value_parser = seconds, required_unless_present = "apart", conflicts_with = "apart")]
    offline: Option<u32>,
    /// For unlimited customers: how far apart they come on average
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    apart: Option<u32>,
    /// How the times are spread around their averages
    #[arg(long, value_enum, default_value_t = Spread::Exponential, value_name = "SPREAD")]
    spread: Spread,
    /// How customers leave
    #[arg(long, value_enum, default_value_t = Leave::Release, value_name = "HOW")]
    leave: Leave,
    /// How few customers may be refused: 0.001, 0.1% or '1 in 1000'
    #[arg(long, value_name = "SHARE")]
    refuse_below: Wish,
    /// How many addresses there are; then the longest lease time is looked for
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=i64::from(question::MOST)))]
    addresses: Option<u32>,
    /// The lease time; with --addresses too, only that is tried [default: 1h, where addresses are looked for]
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    lease_time: Option<u32>,
    /// How many runs a trial has, each with a seed of its own
    #[arg(long, value_name = "NUMBER", default_value = "8", value_parser = clap::value_parser!(u32).range(2..=1000))]
    runs: u32,
    /// How many times customers come in a trial, over all its runs [default: as many as make 20 refusals at the wish, 4000 to 400000]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    visits: Option<u32>,
    /// Seed of the first run; further ones have the numbers after it
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// One JSON object on stdout
    #[arg(long)]
    json: bool,
}

/// How times are spread.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Spread {
    /// Exponential: most short, some long
    Exponential,
    /// Always the average
    Fixed,
}

/// How customers leave.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Leave {
    /// They give their address back
    Release,
    /// They are gone
    Silent,
}

impl Plan {
    pub(crate) fn run(self, global: &Global) -> Result<Exit, Failure> {
        let question = Question::of(&self)?;
        let mut searcher = Searcher::new(&question, !global.quiet);
        let answer = searcher.search()?;
        match self.json {
            true => show::json(&question, &searcher.trials, &answer)?,
            false => show::text(&question, &searcher.trials, &answer)?,
        }
        Ok(match (searcher.interrupted, answer.is_yes()) {
            (true, _) => Exit::Interrupted,
            (false, true) => Exit::Done,
            (false, false) => Exit::No,
        })
    }
}

fn seconds(text: &str) -> Result<u32, String> {
    let found = dhcpsim::options::compose::seconds(text).filter(|seconds| (1..u32::MAX).contains(seconds));
    found.ok_or_else(|| format!("expected a time such as 90s, 10m or 1h30m, found `{text}`"))
}
