//! The answer, for people and for programs.

use std::io::{self, Write};
use std::time::Duration;

use dhcpsim::sim::figure::Unit;
use serde_json::{Value, json};

use super::question::Question;
use super::search::{Answer, Trial};
use super::{Leave, Spread};
use crate::cli::show::{BOLD, DIM, SERVER, WARNING, span};
use crate::cli::simulate::figures::{estimated, grouped, shown};

/// Writes question, trials and answer.
pub(super) fn text(question: &Question, trials: &[Trial], answer: &Answer) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{BOLD}{}{BOLD:#}", asked(question))?;
    let wish = shown(Unit::Share, question.wish);
    writeln!(out, "{DIM}wish: fewer than {wish} refused, with 95 % confidence{DIM:#}\n")?;
    let mut trials: Vec<&Trial> = trials.iter().collect();
    trials.sort_by_key(|trial| (trial.addresses, trial.lease_time));
    let head = ["addresses", "lease time", "refused", "by the formula", "bound"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(trials.iter().map(|trial| row(question, trial)));
    let width = |column: usize| {
        let lengths = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        lengths.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    for (number, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
        let line = cells.collect::<Vec<_>>().join("   ");
        match number.checked_sub(1).and_then(|number| trials.get(number)) {
            None => writeln!(out, "  {DIM}{line}{DIM:#}")?,
            Some(trial) if trial.met => writeln!(out, "  {line}   {SERVER}✔{SERVER:#}")?,
            Some(_) => writeln!(out, "  {line}   {WARNING}✗{WARNING:#}")?,
        }
    }
    writeln!(out, "\n{BOLD}{}{BOLD:#}", said(question, answer))?;
    if let Some(formula) = by_formula(question) {
        writeln!(out, "{formula}")?;
    }
    if let Some(trial) = trials.first() {
        let visits = grouped(&trial.visits.to_string());
        let counted = question.counted(trial.lease_time);
        writeln!(
            out,
            "{DIM}A trial is {} runs of {} after the network has settled, {visits} visits in all; seeds from {} on.{DIM:#}",
            question.runs,
            told(counted),
            question.seed
        )?;
    }
    Ok(())
}

fn row(question: &Question, trial: &Trial) -> [String; 5] {
    let formula = match question.leave {
        Leave::Release => shown(Unit::Share, question.formula(trial.addresses).refused),
        Leave::Silent => "–".to_owned(),
    };
    [
        grouped(&trial.addresses.to_string()),
        span(trial.lease_time),
        estimated(Unit::Share, trial.refused),
        formula,
        shown(Unit::Level, trial.bound),
    ]
}

fn asked(question: &Question) -> String {
    let count = |number: u32| grouped(&number.to_string());
    let who = match question.customers {
        Some(number) => format!(
            "{} {}, online for {} and away for {}",
            count(number),
            if number == 1 { "customer" } else { "customers" },
            span(question.online),
            span(question.between)
        ),
        None => {
            format!(
                "customers without number, {} apart, online for {}",
                span(question.between),
                span(question.online)
            )
        }
    };
    let spread = match question.spread {
        Spread::Exponential => "on average, exponentially spread",
        Spread::Fixed => "each time",
    };
    let leave = match question.leave {
        Leave::Release => "they release their address",
        Leave::Silent => "they leave without a word",
    };
    format!("{who} {spread}; {leave}")
}

fn said(question: &Question, answer: &Answer) -> String {
    let count = |number: u32| grouped(&number.to_string());
    match *answer {
        Answer::Addresses { enough, below } => {
            let fewer = match below {
                0 => String::new(),
                1 => "; 1 does not".to_owned(),
                below => format!("; {} do not", count(below)),
            };
            let meet = if enough == 1 { "meets" } else { "meet" };
            format!("{} {meet} the wish{fewer}.", addresses(enough))
        }
        Answer::LeaseTime { enough, beyond: Some(beyond) } => {
            format!("A lease time of {} meets the wish; {} does not.", span(enough), span(beyond))
        }
        Answer::LeaseTime { enough, beyond: None } => {
            format!("Any lease time up to {} meets the wish.", span(enough))
        }
        Answer::Given(true) => "That meets the wish.".to_owned(),
        Answer::Given(false) => "That does not meet the wish.".to_owned(),
        Answer::Nothing if question.addresses.is_some() => {
            "No lease time meets the wish: there are too few addresses.".to_owned()
        }
        Answer::Nothing => {
            "Not even an address for each customer can be shown to meet the wish: more --visits are needed."
                .to_owned()
        }
        Answer::Stopped => "Stopped before there was an answer.".to_owned(),
    }
}

/// What the closed formula says.
fn by_formula(question: &Question) -> Option<String> {
    let addresses = question.by_formula()?;
    let name = question.formula_name();
    let number = self::addresses(addresses);
    Some(match question.leave {
        Leave::Release => format!("{name}'s formula says {number}."),
        Leave::Silent => format!(
            "There is no closed formula for those who leave silently; if they released, {name}'s would say {number}."
        ),
    })
}

/// So many addresses.
fn addresses(number: u32) -> String {
    format!("{} {}", grouped(&number.to_string()), if number == 1 { "address" } else { "addresses" })
}

fn told(time: Duration) -> String {
    span(u32::try_from(time.as_secs()).unwrap_or(u32::MAX - 1))
}

/// Writes one object.
pub(super) fn json(question: &Question, trials: &[Trial], answer: &Answer) -> io::Result<()> {
    let released = question.leave == Leave::Release;
    let trial = |trial: &Trial| {
        json!({
            "addresses": trial.addresses,
            "lease-time": trial.lease_time,
            "refused": {"mean": trial.refused.mean, "half": trial.refused.half, "at-most": trial.at_most},
            "formula": released.then(|| question.formula(trial.addresses).refused),
            "bound": trial.bound,
            "visits": trial.visits,
            "met": trial.met,
        })
    };
    let found = match *answer {
        Answer::Addresses { enough, below } => json!({"addresses": enough, "too-few": below}),
        Answer::LeaseTime { enough, beyond } => json!({"lease-time": enough, "too-long": beyond}),
        Answer::Given(_) | Answer::Nothing | Answer::Stopped => Value::Null,
    };
    let document = json!({
        "schema": "dhcpsim.plan/1",
        "customers": question.customers,
        "online": question.online,
        "offline": question.customers.map(|_| question.between),
        "apart": question.customers.is_none().then_some(question.between),
        "leave": if released { "release" } else { "silent" },
        "refuse-below": question.wish,
        "met": answer.is_yes(),
        "interrupted": matches!(answer, Answer::Stopped),
        "answer": found,
        "formula": {"name": question.formula_name(), "addresses": question.by_formula(), "applies": released},
        "runs": question.runs,
        "seed": question.seed,
        "trials": trials.iter().map(trial).collect::<Vec<_>>(),
    });
    writeln!(io::stdout().lock(), "{document}")
}
