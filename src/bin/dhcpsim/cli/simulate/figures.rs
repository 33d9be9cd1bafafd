//! Figures in text: thousands apart, shares in percent, times in their unit.

use std::time::Duration;

use dhcpsim::sim::estimate::Estimate;
use dhcpsim::sim::figure::{Figure, Unit};

use super::runs::Run;

/// A value of a unit.
pub(in crate::cli) fn shown(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Count => grouped(&format!("{value:.0}")),
        // Home networks have some messages an hour.
        Unit::Rate if value.abs() < 1.0 => format!("{value:.3}"),
        Unit::Level | Unit::Rate => grouped(&format!("{value:.1}")),
        Unit::Share => format!("{:.3} %", value * 100.0),
        Unit::Seconds => time(Duration::try_from_secs_f64(value).unwrap_or_default()),
    }
}

/// A mean over runs with its interval.
pub(in crate::cli) fn estimated(unit: Unit, estimate: Estimate) -> String {
    // A mean of counts is no count.
    let unit = if unit == Unit::Count { Unit::Level } else { unit };
    match estimate.half {
        Some(half) => format!("{} ± {}", shown(unit, estimate.mean), shown(unit, half)),
        None => shown(unit, estimate.mean),
    }
}

/// What the runs say of a figure, as far as they measured it.
pub(in crate::cli) fn estimate(figure: &Figure, runs: &[Run]) -> Option<Estimate> {
    let found: Vec<f64> = runs.iter().filter_map(|run| (figure.of)(&run.outcome)).collect();
    (!found.is_empty()).then(|| Estimate::of(&found))
}

/// The text of a figure over all runs; a dash where nothing was measured.
pub(in crate::cli) fn text(figure: &Figure, runs: &[Run]) -> String {
    match runs {
        [run] => (figure.of)(&run.outcome).map_or_else(|| "–".to_owned(), |value| shown(figure.unit, value)),
        _ => estimate(figure, runs).map_or_else(|| "–".to_owned(), |found| estimated(figure.unit, found)),
    }
}

/// A time: `0.4 ms`, `4.25 s`, `2 h 5 min`.
fn time(time: Duration) -> String {
    match time.as_secs() {
        0..60 => crate::cli::show::Since(time).to_string(),
        seconds => crate::cli::show::span(u32::try_from(seconds).unwrap_or(u32::MAX - 1)),
    }
}

/// Thousands apart by thin spaces.
pub(in crate::cli) fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let digits = whole.chars().filter(char::is_ascii_digit).count();
    let mut out = String::new();
    let mut left = digits;
    for char in whole.chars() {
        if char.is_ascii_digit() {
            if left < digits && left.is_multiple_of(3) {
                out.push('\u{2009}');
            }
            left = left.saturating_sub(1);
        }
        out.push(char);
    }
    match rest {
        Some(rest) => format!("{out}.{rest}"),
        None => out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_in_their_unit() {
        for (unit, value, want) in [
            (Unit::Count, 1_234_567.0, "1\u{2009}234\u{2009}567"),
            (Unit::Level, 1000.25, "1\u{2009}000.2"),
            (Unit::Share, 0.012_34, "1.234 %"),
            (Unit::Seconds, 0.004, "4.0 ms"),
            (Unit::Seconds, 7500.0, "2 h 5 min"),
            (Unit::Count, 12.0, "12"),
            (Unit::Rate, 0.006_12, "0.006"),
            (Unit::Rate, 1200.0, "1\u{2009}200.0"),
        ] {
            assert_eq!(want, shown(unit, value));
        }
    }
}
