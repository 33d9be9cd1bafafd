//! Values of a scenario: times down to a microsecond, spans, percent.

use core::net::Ipv4Addr;
use core::time::Duration;

use toml::de::DeValue;

use super::keys::Level;
use crate::config::error::Problem;
use crate::config::table::{Item, Reader, Table};
use crate::config::values;
use crate::options::compose;
use crate::sim::dice::Span;

const TIME: &str = "a time: \"250us\", \"5ms\", \"90s\", \"1h30m\" or \"2d\"";
/// What is longer than a lease time can be.
const LONGEST: &str = "a time of at most 4294967294s, 49710 days";

/// A time; an infinite one is none.
pub(super) fn time(item: &Item<'_>) -> Result<Duration, Problem> {
    let found = match item.text() {
        Some(text) => duration(text),
        None => {
            values::integer(item).and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs)
        }
    };
    found.ok_or_else(|| item.wrong(if item.text().is_some_and(is_too_long) { LONGEST } else { TIME }))
}

/// Whether a text is a time but for being too long.
fn is_too_long(text: &str) -> bool {
    let (mut parts, mut number) = (0, String::new());
    for char in text.chars() {
        match char {
            '0'..='9' => number.push(char),
            's' | 'm' | 'h' | 'd' | 'w' if !number.is_empty() => {
                number.clear();
                parts += 1;
            }
            _ => return false,
        }
    }
    (parts > 0) == number.is_empty() && compose::seconds(text).is_none_or(|seconds| seconds == u32::MAX)
}

pub(super) fn duration(text: &str) -> Option<Duration> {
    if let Some(digits) = text.strip_suffix("us") {
        return digits.parse().ok().map(Duration::from_micros);
    }
    if let Some(digits) = text.strip_suffix("ms") {
        return digits.parse().ok().map(Duration::from_millis);
    }
    let seconds = compose::seconds(text).filter(|seconds| *seconds != u32::MAX)?;
    Some(Duration::from_secs(seconds.into()))
}

/// Microseconds ahead, or back with a sign.
pub(super) fn shift(item: &Item<'_>) -> Result<i64, Problem> {
    let wrong = || item.wrong("a time, with - in front to go back: \"-90s\"");
    let text = item.text().ok_or_else(wrong)?;
    let (back, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let micros = duration(text).and_then(|time| i64::try_from(time.as_micros()).ok()).ok_or_else(wrong)?;
    Ok(if back { -micros } else { micros })
}

/// A number, whole or not.
pub(super) fn float(item: &Item<'_>) -> Option<f64> {
    match item.value {
        DeValue::Float(number) => number.as_str().replace('_', "").parse().ok(),
        DeValue::Integer(number) => number.as_str().replace('_', "").parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

/// Percent, as a part of 1.
pub(super) fn percent(item: &Item<'_>) -> Result<f64, Problem> {
    let number = float(item).filter(|number| (0.0..=100.0).contains(number));
    number.map(|number| number / 100.0).ok_or_else(|| item.wrong("percent: a number from 0 to 100"))
}

/// A number that is not negative.
pub(super) fn positive(item: &Item<'_>) -> Result<f64, Problem> {
    float(item).filter(|number| *number >= 0.0).ok_or_else(|| item.wrong("a number, 0 or more"))
}

/// Bits a second.
pub(super) fn rate(item: &Item<'_>) -> Result<u64, Problem> {
    let wrong = || item.wrong("bits a second: 1000000, \"64k\", \"10M\" or \"1G\"");
    let Some(text) = item.text() else {
        return values::integer(item)
            .and_then(|bits| u64::try_from(bits).ok())
            .filter(|bits| *bits > 0)
            .ok_or_else(wrong);
    };
    let units = [('k', 1_000), ('M', 1_000_000), ('G', 1_000_000_000_u64)];
    let found = units.iter().find_map(|(unit, scale)| Some((text.strip_suffix(*unit)?, *scale)));
    let (digits, scale) = found.unwrap_or((text, 1));
    let bits = digits.parse().ok().and_then(|number: u64| number.checked_mul(scale)).filter(|bits| *bits > 0);
    bits.ok_or_else(wrong)
}

/// A time that lasts: visits that take none would never let time go on.
pub(super) fn lasting(item: &Item<'_>) -> Result<Duration, Problem> {
    match time(item)? {
        Duration::ZERO => Err(item.wrong("a time above 0")),
        time => Ok(time),
    }
}

/// An address that one host can have.
pub(super) fn host_address(item: &Item<'_>) -> Result<Ipv4Addr, Problem> {
    let address = values::address(item)?;
    match address.is_unspecified() || address.is_broadcast() || address.is_multicast() {
        true => Err(item.wrong("an address that one host can have")),
        false => Ok(address),
    }
}

/// The values of an array, which must have some; a lone value is an array of one.
pub(super) fn some<'d>(reader: &mut Reader, item: &Item<'d>, what: &str) -> Vec<Item<'d>> {
    let list = item.list();
    if list.is_empty() {
        reader.fail(item.spot(), item.wrong(format!("at least one {what}")));
    }
    list
}

/// A key of a span, and what it makes of its time.
type Kind = (&'static str, fn(Duration) -> Span);

/// A time, or a table that says how it is drawn.
pub(super) fn span(reader: &mut Reader, item: &Item<'_>) -> Option<Span> {
    if !matches!(item.value, DeValue::Table(_)) {
        let wrong = || match item.text().is_some_and(is_too_long) {
            true => item.wrong(LONGEST),
            false => item.wrong(format!("{TIME}; or {{ exponential = \"1h\" }}")),
        };
        let time = lasting(item).map_err(|_| wrong());
        return reader.keep(item, time).map(Span::Fixed);
    }
    let table: Table<'_, Level> = reader.table(Level::Span, item)?;
    reader.known(&table);
    let sigma = reader.take(&table, "sigma", positive);
    let kinds: [Kind; 4] = [
        ("fixed", Span::Fixed),
        ("uniform", Span::Uniform),
        ("exponential", Span::Exponential),
        ("lognormal", |median| Span::Lognormal { median, sigma: 1.0 }),
    ];
    let mut found = None;
    let mut first: Option<(Item<'_>, &'static str)> = None;
    for (name, make) in kinds {
        let Some(item) = table.get(name) else { continue };
        let time = lasting(&item);
        found = reader.keep(&item, time).map(make).or(found);
        match &first {
            Some((other, of)) => reader.both(other, &item, of),
            None => first = Some((item, name)),
        }
    }
    match (found, sigma) {
        (Some(Span::Lognormal { median, .. }), Some(sigma)) => Some(Span::Lognormal { median, sigma }),
        (None, _) if first.is_some() => None,
        (None, _) => {
            let wrong = item.wrong(
                "{ exponential = TIME }, { lognormal = TIME }, { uniform = TIME } or { fixed = TIME }",
            );
            reader.fail(item.spot(), wrong);
            None
        }
        (found, _) => found,
    }
}
