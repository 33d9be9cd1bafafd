//! Where an axis has its ticks, and what stands at them.

use super::Grouped;

/// A stretch of numbers with ticks.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    /// Its start.
    pub(super) from: f64,
    /// Its end.
    pub(super) to: f64,
    /// Values and what stands there.
    pub(super) ticks: Vec<(f64, String)>,
}

/// Distances of ticks in time, in seconds.
const STEPS: &[f64] = &[
    0.001,
    0.002,
    0.005,
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1800.0,
    3600.0,
    7200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    432_000.0,
    864_000.0,
    1_728_000.0,
    4_320_000.0,
];
/// The most ticks of an axis in time.
const TICKS: f64 = 12.0;
/// About how wide an axis is, a character on it, and what is left free between two texts.
const WIDTH: f64 = 750.0;
const CHARACTER: f64 = 7.5;
const FREE: f64 = 14.0;

impl Axis {
    /// Seconds from 0 on.
    pub(super) fn time(until: f64) -> Axis {
        let until = if until > 0.0 { until } else { 1.0 };
        let fits = |step: &f64| {
            let room = WIDTH * step / until;
            until / step <= TICKS && multiples(*step, until).all(|at| width(&time(at)) + FREE <= room)
        };
        let step = STEPS.iter().copied().find(fits).unwrap_or(until / 6.0);
        Axis { from: 0.0, to: until, ticks: multiples(step, until).map(|at| (at, time(at))).collect() }
    }

    /// Names side by side, each in the middle of its place; as many as there is room for, and their ends where they are
    /// long: what is swept over differs there mostly.
    pub(super) fn names(names: &[String]) -> Axis {
        let count = u32::try_from(names.len().max(1)).unwrap_or(u32::MAX);
        let room = WIDTH / f64::from(count);
        let longest = names.iter().map(|name| width(name)).fold(0.0, f64::max);
        // Ten characters of a long name are enough to tell it.
        let wanted = longest.min(10.0 * CHARACTER) + FREE;
        let every = (1..count).find(|every| room * f64::from(*every) >= wanted).unwrap_or(count);
        let most = (room * f64::from(every) - FREE).max(CHARACTER);
        let ticks = (0..count).zip(names).filter(|(place, _)| place.is_multiple_of(every));
        let ticks = ticks.map(|(place, name)| (f64::from(place) + 0.5, end_of(name, most)));
        Axis { from: 0.0, to: f64::from(count), ticks: ticks.collect() }
    }

    /// Of labels at even distances from end to end of an axis: each of how many has room.
    pub(super) fn every(labels: &[String]) -> usize {
        let steps = u32::try_from(labels.len().saturating_sub(1).max(1)).unwrap_or(u32::MAX);
        let longest = labels.iter().map(|label| width(label)).fold(0.0, f64::max);
        let room = WIDTH / f64::from(steps);
        let every = (1..steps).find(|every| room * f64::from(*every) >= longest + FREE).unwrap_or(steps);
        super::place(every)
    }

    /// Numbers of things from 0 on; `show` writes one.
    pub(super) fn from_zero(most: f64, show: impl Fn(f64, f64) -> String) -> Axis {
        let most = if most > 0.0 { most } else { 1.0 };
        let raw = most / 4.0;
        let power = libm::pow(10.0, libm::floor(libm::log10(raw)));
        let step =
            [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= raw);
        let step = step.unwrap_or(raw);
        let to = libm::ceil(most / step - 1e-9) * step;
        Axis { from: 0.0, to, ticks: multiples(step, to).map(|at| (at, show(at, step))).collect() }
    }

    /// Leaves some room above a value.
    pub(super) fn above(mut self, value: f64) -> Axis {
        self.to = self.to.max(value * 1.06);
        self
    }

    /// Whole numbers from 0 on: no tick stands between two.
    pub(super) fn whole(most: f64) -> Axis {
        let mut axis = Axis::from_zero(most, |at, _| number(at, 1.0));
        axis.ticks.retain(|(at, _)| (at - libm::round(*at)).abs() < 1e-9);
        axis
    }
}

/// About how wide a text is.
fn width(text: &str) -> f64 {
    text.chars().map(|_| CHARACTER).sum()
}

/// The end of a text that is wider than so much.
fn end_of(text: &str, most: f64) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let ends = text.char_indices().skip(1).map(|(at, _)| text.get(at..).unwrap_or_default());
    let fits = ends.into_iter().find(|end| width(end) + CHARACTER <= most).unwrap_or_default();
    format!("…{fits}")
}

fn multiples(step: f64, until: f64) -> impl Iterator<Item = f64> {
    (0_u32..1000)
        .map(move |number| f64::from(number) * step)
        .take_while(move |at| *at <= until * (1.0 + 1e-9))
}

/// A number with as many decimals as its step has.
pub(super) fn number(value: f64, step: f64) -> String {
    let decimals = (0_u8..6).find(|decimals| {
        let scaled = step * libm::pow(10.0, f64::from(*decimals));
        (scaled - libm::round(scaled)).abs() < 1e-6 * scaled.max(1.0)
    });
    Grouped(format!("{value:.*}", usize::from(decimals.unwrap_or(6)))).to_string()
}

/// A share as percents.
pub(super) fn percent(value: f64, step: f64) -> String {
    format!("{}\u{a0}%", number(value * 100.0, step * 100.0))
}

/// A time in its two greatest units: `0`, `2 ms`, `30 s`, `6 h`, `1 d 12 h`.
pub(super) fn time(seconds: f64) -> String {
    let micros = libm::round(seconds * 1e6);
    if micros < 1e6 {
        return match micros {
            0.0 => "0".to_owned(),
            _ if micros < 1e3 => format!("{micros}\u{a0}µs"),
            // Three places are enough for a person.
            _ if micros < 1e4 => format!("{}\u{a0}ms", libm::round(micros / 10.0) / 100.0),
            _ if micros < 1e5 => format!("{}\u{a0}ms", libm::round(micros / 100.0) / 10.0),
            _ => format!("{}\u{a0}ms", libm::round(micros / 1e3)),
        };
    }
    let mut left = micros / 1e6;
    let mut parts = Vec::new();
    for (unit, length) in [("d", 86_400.0), ("h", 3600.0), ("min", 60.0)] {
        let whole = libm::floor(left / length + 1e-9);
        if whole > 0.0 {
            parts.push(format!("{whole}\u{a0}{unit}"));
            left -= whole * length;
        }
    }
    if left > 1e-6 && parts.len() < 2 {
        let rounded = libm::round(left * 1000.0) / 1000.0;
        parts.push(format!("{rounded}\u{a0}s"));
    }
    parts.truncate(2);
    parts.join(" ")
}

/// A point in a run: `1:02:03.004`, with days before it if there are some.
pub(super) fn moment(micros: u64) -> String {
    let seconds = micros / 1_000_000;
    let (days, clock) = (seconds / 86_400, seconds % 86_400);
    let days = if days > 0 { format!("{days}\u{a0}d ") } else { String::new() };
    let millis = micros / 1000 % 1000;
    format!("{days}{}:{:02}:{:02}.{millis:03}", clock / 3600, clock / 60 % 60, clock % 60)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn labels(axis: &Axis) -> String {
        let labels: Vec<String> =
            axis.ticks.iter().map(|(_, label)| label.replace(['\u{a0}', '\u{2009}'], " ")).collect();
        labels.join(", ")
    }

    #[test]
    fn ticks_are_where_people_expect_them() {
        for (axis, want) in [
            (Axis::time(86_400.0), "0, 2 h, 4 h, 6 h, 8 h, 10 h, 12 h, 14 h, 16 h, 18 h, 20 h, 22 h, 1 d"),
            (Axis::time(40.0), "0, 5 s, 10 s, 15 s, 20 s, 25 s, 30 s, 35 s, 40 s"),
            (Axis::time(0.03), "0, 5 ms, 10 ms, 15 ms, 20 ms, 25 ms, 30 ms"),
            (Axis::whole(1000.0), "0, 250, 500, 750, 1 000"),
            (Axis::whole(3.0), "0, 1, 2, 3"),
            (Axis::whole(1.0), "0, 1"),
            (Axis::from_zero(0.3, number), "0.0, 0.1, 0.2, 0.3"),
            (Axis::from_zero(0.02, percent), "0.0 %, 0.5 %, 1.0 %, 1.5 %, 2.0 %"),
            (Axis::whole(0.0), "0, 1"),
        ] {
            assert_eq!(want, labels(&axis));
        }
    }

    #[test]
    fn what_stands_at_ticks_does_not_touch() {
        assert_eq!("0, 30 min, 1 h, 1 h 30 min, 2 h, 2 h 30 min, 3 h", labels(&Axis::time(10_800.0)));
        for until in [0.5, 7.0, 100.0, 700.0, 5000.0, 9999.0, 30_000.0, 100_000.0, 1e6, 2e7] {
            let axis = Axis::time(until);
            let step = WIDTH * (axis.ticks[1].0 - axis.ticks[0].0) / until;
            let widest = axis.ticks.iter().map(|(_, label)| width(label)).fold(0.0, f64::max);
            assert!(widest < step, "{until}: {}", labels(&axis));
            assert!(axis.ticks.len() > 3, "{until}: {}", labels(&axis));
        }
    }

    #[test]
    fn of_names_there_is_what_there_is_room_for() {
        let names = |count: u32| (0..count).map(|last| format!("10.0.1.0-10.0.1.{last}")).collect::<Vec<_>>();
        assert_eq!("10.0.1.0-10.0.1.0, 10.0.1.0-10.0.1.1", labels(&Axis::names(&names(2))));
        assert!(
            labels(&Axis::names(&names(7))).starts_with("….0-10.0.1.0, "),
            "{}",
            labels(&Axis::names(&names(7)))
        );
        let many = Axis::names(&names(200));
        assert!((2..12).contains(&many.ticks.len()), "{}", labels(&many));
        assert_eq!("1h, 2h", labels(&Axis::names(&["1h".to_owned(), "2h".to_owned()])));
    }

    #[test]
    fn labels_at_even_distances_do_not_touch() {
        let labels = |text: &str, count: usize| vec![text.to_owned(); count];
        let minutes = labels("16 min 40 s", 13);
        let every = Axis::every(&minutes);
        assert!(WIDTH / 12.0 * f64::from(u32::try_from(every).unwrap()) >= width(&minutes[0]) + FREE);
        assert_eq!((2, 1), (every, Axis::every(&labels("2 ms", 7))));
        assert_eq!(1, Axis::every(&[]));
    }

    #[test]
    fn times_are_told_in_two_units() {
        for (seconds, want) in
            [(0.0, "0"), (0.000_5, "500 µs"), (2.5, "2.5 s"), (5400.0, "1 h 30 min"), (90_061.0, "1 d 1 h")]
        {
            assert_eq!(want, time(seconds).replace('\u{a0}', " "));
        }
        assert_eq!("1\u{a0}d 1:02:03.004", moment(90_123_004_000));
    }
}
