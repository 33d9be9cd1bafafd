//! How things are, in the words of a trace.

use core::time::Duration;

use super::disk::Temper;
use super::path::Quality;

/// A time in the largest unit of which it is one at least: `1.5 s`, `2 ms`, `250 µs`.
pub(super) fn time(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        1..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => parts(micros, 1_000, 3, "ms"),
        _ => parts(micros, 1_000_000, 6, "s"),
    }
}

/// What a segment does to frames: `loss 5 %, latency 2 ms`.
pub(super) fn quality(quality: &Quality) -> String {
    let mut told = Vec::new();
    if quality.loss > 0.0 {
        told.push(format!("loss {}", percent(quality.loss)));
    }
    told.push(format!("latency {}", time(quality.latency)));
    if !quality.jitter.is_zero() {
        told.push(format!("jitter {}", time(quality.jitter)));
    }
    if quality.duplicate > 0.0 {
        told.push(format!("{} doubled", percent(quality.duplicate)));
    }
    if quality.reorder > 0.0 {
        told.push(format!("{} held up for {}", percent(quality.reorder), time(quality.held_up)));
    }
    told.extend(quality.rate.map(|rate| format!("{rate} bit/s")));
    told.join(", ")
}

/// How a store behaves: `latency 5 ms, refuses 12.5 %`.
pub(super) fn temper(temper: &Temper) -> String {
    if temper.broken {
        return "refuses all".to_owned();
    }
    let mut told = vec![format!("latency {}", time(temper.latency))];
    if temper.refuse > 0.0 {
        told.push(format!("refuses {}", percent(temper.refuse)));
    }
    told.extend(temper.room.map(|room| format!("room for {room}")));
    told.join(", ")
}

/// So many parts of a unit, without zeros at the end.
fn parts(number: u128, unit: u128, digits: usize, name: &str) -> String {
    let (whole, rest) = (number / unit, number % unit);
    let rest = format!("{rest:0digits$}");
    match rest.trim_end_matches('0') {
        "" => format!("{whole} {name}"),
        rest => format!("{whole}.{rest} {name}"),
    }
}

/// A part of 1; what its binary form adds to three digits is not told.
fn percent(share: f64) -> String {
    let digits = format!("{:.3}", share * 100.0);
    format!("{} %", digits.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn times_have_a_unit_that_can_be_read() {
        for (micros, want) in [
            (0, "0 s"),
            (250, "250 µs"),
            (2_000, "2 ms"),
            (2_050, "2.05 ms"),
            (1_500_000, "1.5 s"),
            (1_000_001, "1.000001 s"),
            (10_800_000_000, "10800 s"),
        ] {
            assert_eq!(want, time(Duration::from_micros(micros)));
        }
    }

    #[test]
    fn all_that_a_segment_does_is_told() {
        let all = Quality {
            latency: Duration::from_millis(1),
            jitter: Duration::from_millis(2),
            loss: 0.07,
            duplicate: 0.005,
            reorder: 1.0,
            held_up: Duration::from_millis(10),
            rate: Some(64_000),
        };
        let want = "loss 7 %, latency 1 ms, jitter 2 ms, 0.5 % doubled, 100 % held up for 10 ms, 64000 bit/s";
        assert_eq!(want, quality(&all));
    }
}
