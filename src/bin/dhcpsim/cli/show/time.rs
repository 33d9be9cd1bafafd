//! Points in time and spans, for people and for programs.

use std::fmt;
use std::time::Duration;

use dhcpsim::endpoint::Instant;

/// The time of the day in UTC: `18:20:01.204`.
pub(crate) struct TimeOfDay(pub(crate) Instant);

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.0.as_secs() % 86_400;
        let millis = self.0.as_micros() / 1000 % 1000;
        write!(f, "{:02}:{:02}:{:02}.{millis:03}", secs / 3600, secs / 60 % 60, secs % 60)
    }
}

/// A point in time as RFC 3339 has it: `2026-07-01T18:20:01.204513Z`.
pub(crate) struct Timestamp(pub(crate) Instant);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = i64::try_from(self.0.as_micros()).unwrap_or(i64::MAX);
        match jiff::Timestamp::from_microsecond(micros) {
            Ok(timestamp) => write!(f, "{timestamp:.6}"),
            Err(_) => f.write_str("never"),
        }
    }
}

/// Time since a beginning: `0.4 ms`, `4.25 s`.
pub(crate) struct Since(pub(crate) Duration);

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        f.pad(&match micros {
            ..1_000_000 => format!("{}.{} ms", micros / 1000, micros / 100 % 10),
            _ => format!("{}.{:02} s", micros / 1_000_000, micros / 10_000 % 100),
        })
    }
}

/// A number of seconds in words: `1 h`, `52 min 30 s`, `infinite`.
pub(crate) fn span(seconds: u32) -> String {
    if seconds == u32::MAX {
        return "infinite".to_owned();
    }
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    if told.is_empty() { "0 s".to_owned() } else { told.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_six_decimals() {
        assert_eq!("2024-12-31T23:59:59.000000Z", Timestamp(Instant::from_secs(1_735_689_599)).to_string());
        assert_eq!("never", Timestamp(Instant::NEVER).to_string());
    }

    #[test]
    fn spans_are_told_in_words() {
        for (seconds, want) in
            [(0, "0 s"), (3600, "1 h"), (3150, "52 min 30 s"), (90_000, "1 d 1 h"), (u32::MAX, "infinite")]
        {
            assert_eq!(want, span(seconds));
        }
    }
}
