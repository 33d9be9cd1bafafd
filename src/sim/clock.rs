//! A node's clock, which may go wrong: in whole numbers, so that it goes wrong alike on every machine.

use core::time::Duration;

use crate::time::Instant;

const MILLION: i128 = 1_000_000;

/// A clock that is off by an offset and runs too fast or too slow.
///
/// An endpoint's time never goes back, as it does not with `net::Clock`: after a jump back the clock stands still until it
/// has caught up. A restart ends that, as it would on a real host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// Microseconds that it is ahead.
    offset: i128,
    /// Parts in a million that it gains.
    drift: i128,
    /// What it has shown.
    shown: Instant,
}

impl Clock {
    /// A clock that is so far ahead at the start, and gains so many parts in a million. One that is behind begins with
    /// the epoch, as a right one does: endpoints see differences alone.
    #[must_use]
    pub fn new(offset_micros: i64, drift: i32) -> Clock {
        let drift = i128::from(drift).max(1 - MILLION);
        Clock { offset: i128::from(offset_micros.max(0)), drift, shown: Instant::EPOCH }
    }

    /// Whether it is always right.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.offset == 0 && self.drift == 0
    }

    /// Whether it runs too fast.
    #[must_use]
    pub fn gains(&self) -> bool {
        self.drift > 0
    }

    /// Whether it runs too slow.
    #[must_use]
    pub fn loses(&self) -> bool {
        self.drift < 0
    }

    /// What it shows.
    pub fn show(&mut self, now: Instant) -> Instant {
        self.shown = self.at(now).max(self.shown);
        self.shown
    }

    /// When it will show a time.
    #[must_use]
    pub fn when(&self, shown: Instant) -> Instant {
        if shown.is_never() || self.is_right() {
            return shown;
        }
        let ahead = i128::from(shown.as_micros()) - self.offset;
        let mut when = instant(ahead * MILLION / (MILLION + self.drift));
        while self.at(when) < shown && !when.is_never() {
            when = when + Duration::from_micros(1);
        }
        when
    }

    /// It is set: so many microseconds ahead, or back.
    pub fn jump(&mut self, micros: i64) {
        self.offset += i128::from(micros);
    }

    /// The host has started anew: what the clock has shown before counts no more.
    pub fn restart(&mut self) {
        self.shown = Instant::EPOCH;
    }

    /// What it would show, had it not been set back.
    #[must_use]
    pub fn at(&self, now: Instant) -> Instant {
        if self.is_right() {
            return now;
        }
        let micros = i128::from(now.as_micros());
        instant(micros + micros * self.drift / MILLION + self.offset)
    }
}

fn instant(micros: i128) -> Instant {
    Instant::from_micros(u64::try_from(micros.max(0)).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_deadline_is_met_when_the_clock_shows_it() {
        for (offset, drift) in [(0, 0), (5, 0), (-7_000_000, 0), (0, 200), (3, -500), (-1, 999_999)] {
            let mut clock = Clock::new(offset, drift);
            for micros in [1, 999, 1_000_000, 86_400_000_001] {
                let deadline = Instant::from_micros(micros);
                let when = clock.when(deadline);
                assert!(clock.show(when) >= deadline, "{offset} {drift} {micros}");
                let before = Instant::from_micros(when.as_micros().saturating_sub(2));
                assert!(when == Instant::EPOCH || clock.at(before) < deadline, "{offset} {drift} {micros}");
            }
        }
    }

    #[test]
    fn a_clock_that_is_behind_at_the_start_runs() {
        let mut clock = Clock::new(-3_600_000_000, 0);
        assert_eq!(Instant::from_secs(10), clock.show(Instant::from_secs(10)));
        clock.jump(-5_000_000);
        assert_eq!(Instant::from_secs(15), clock.show(Instant::from_secs(20)));
    }

    #[test]
    fn time_does_not_go_back_before_a_restart() {
        let mut clock = Clock::default();
        let at = Instant::from_secs;
        assert_eq!(at(100), clock.show(at(100)));
        clock.jump(-60_000_000);
        assert_eq!(at(100), clock.show(at(130)));
        assert_eq!(at(110), clock.show(at(170)));
        clock.jump(-60_000_000);
        clock.restart();
        assert_eq!(at(60), clock.show(at(180)));
    }
}
