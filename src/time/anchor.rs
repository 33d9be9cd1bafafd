//! How a timeline goes on over restarts and reboots, whatever the wall clock does.
//!
//! Leases count on the clock that a boot starts and nobody sets (CLOCK_BOOTTIME). An [`Anchor`] ties a point of the
//! timeline to what the machine's clocks said then; [`resume`] finds from it what time it is now.

use core::fmt;
use core::time::Duration;

use super::Instant;

/// What the machine's clocks say at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Which boot this is; another one after each restart of the machine.
    pub boot: [u8; 16],
    /// Microseconds since that boot, suspended time included.
    pub uptime: u64,
    /// Microseconds since 1970 by the wall clock; 0 if it says something earlier.
    pub wall: u64,
}

/// A point of the timeline and what the clocks said then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The clocks.
    pub reading: Reading,
    /// The point.
    pub instant: Instant,
}

/// From what a resumed time was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reckoning {
    /// There is no anchor: the timeline begins with the wall clock.
    Begun,
    /// The same boot: from the time since the anchor, whatever the wall clock says.
    Uptime,
    /// Another boot: from how far the wall clock has gone since the anchor.
    Wall,
    /// Another boot, and the machine had no clock before: for how long it was down is unknown, and the timeline stands where
    /// it was.
    Unknown,
    /// Another boot, and the wall clock lies before what is known to have happened: the timeline stands where it was,
    /// so that leases last longer and none is dropped.
    Extended {
        /// How far the wall clock lies back.
        by: Duration,
    },
}

/// Where a timeline goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// The time.
    pub instant: Instant,
    /// How it was found.
    pub reckoning: Reckoning,
}

/// How far the wall clock may differ from the time gone by before it is taken for stepped.
pub const STEP: Duration = Duration::from_secs(2);

/// 2026-01-01 in microseconds since 1970. A wall clock that says less is that of a machine without one: this program is younger.
const FIRST_WALL: u64 = 1_767_225_600_000_000;

impl Anchor {
    /// The anchor of a point. A machine that has no clock keeps what it knew of the wall clock from the anchor before.
    #[must_use]
    pub fn at(reading: Reading, instant: Instant, before: Option<&Anchor>) -> Anchor {
        let wall = match before {
            Some(before) if reading.wall < FIRST_WALL => before.wall_at(instant).as_micros(),
            _ => reading.wall,
        };
        Anchor { reading: Reading { wall, ..reading }, instant }
    }

    /// The time by the clock that nobody sets, if `reading` is of the same boot and not before the anchor.
    fn by_uptime(&self, reading: &Reading) -> Option<Instant> {
        let same = self.reading.boot == reading.boot;
        let gone = same.then(|| reading.uptime.checked_sub(self.reading.uptime)).flatten()?;
        Some(self.instant + Duration::from_micros(gone))
    }

    /// The time by how far the wall clock has gone.
    fn by_wall(&self, reading: &Reading) -> Instant {
        let back = self.reading.wall.saturating_sub(reading.wall);
        let gone = reading.wall.saturating_sub(self.reading.wall);
        Instant::from_micros(self.instant.as_micros().saturating_sub(back)) + Duration::from_micros(gone)
    }

    /// The wall clock's time at a point of the timeline, in microseconds since 1970, as people read it. A point that is
    /// never stays so.
    #[must_use]
    pub fn wall_at(&self, instant: Instant) -> Instant {
        if instant.is_never() {
            return instant;
        }
        let (there, here) = (self.instant.as_micros(), instant.as_micros());
        let wall = self.reading.wall;
        Instant::from_micros(match here.checked_sub(there) {
            Some(after) => wall.saturating_add(after),
            None => wall.saturating_sub(there.saturating_sub(here)),
        })
    }

    /// The point of the timeline at a wall clock's time, in microseconds since 1970.
    #[must_use]
    pub fn instant_at(&self, wall: Instant) -> Instant {
        match wall.is_never() {
            true => wall,
            false => self.by_wall(&Reading { wall: wall.as_micros(), ..self.reading }),
        }
    }

    /// How far the wall clock was set since the anchor, if that is more than [`STEP`]: forward or back.
    #[must_use]
    pub fn step(&self, reading: &Reading) -> Option<Step> {
        let gone = self.by_uptime(reading)?.since(self.instant);
        let due = self.reading.wall.saturating_add(u64::try_from(gone.as_micros()).unwrap_or(u64::MAX));
        let by = Duration::from_micros(reading.wall.abs_diff(due));
        (by > STEP).then_some(match reading.wall > due {
            true => Step::Forward(by),
            false => Step::Back(by),
        })
    }
}

/// How the wall clock was set. Shown as `forward by 3600 s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To a later time.
    Forward(Duration),
    /// To an earlier time.
    Back(Duration),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Forward(by) => write!(f, "forward by {} s", by.as_secs()),
            Step::Back(by) => write!(f, "back by {} s", by.as_secs()),
        }
    }
}

/// What time it is on a timeline: by the anchor that was noted last, and never before `newest`, the latest thing that is
/// known to have happened on it.
#[must_use]
pub fn resume(anchor: Option<&Anchor>, reading: &Reading, newest: Instant) -> Resumed {
    let (found, least, usual) = match anchor {
        None => (Instant::from_micros(reading.wall), newest, Reckoning::Begun),
        Some(anchor) => match anchor.by_uptime(reading) {
            Some(instant) => (instant, newest, Reckoning::Uptime),
            None if anchor.reading.wall < FIRST_WALL && reading.wall >= FIRST_WALL => {
                (newest.max(anchor.instant), newest, Reckoning::Unknown)
            }
            None => (anchor.by_wall(reading), newest.max(anchor.instant), Reckoning::Wall),
        },
    };
    match found < least {
        true => Resumed { instant: least, reckoning: Reckoning::Extended { by: least.since(found) } },
        false => Resumed { instant: found, reckoning: usual },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000_000;
    const WALL: u64 = 500_000 * HOUR;

    fn reading(boot: u8, uptime: u64, wall: u64) -> Reading {
        Reading { boot: [boot; 16], uptime, wall }
    }

    fn anchor() -> Anchor {
        Anchor { reading: reading(1, HOUR, WALL), instant: Instant::from_micros(WALL) }
    }

    #[test]
    fn in_the_same_boot_the_wall_clock_does_not_matter() {
        let want = Instant::from_micros(WALL + 2 * HOUR);
        for wall in [0, WALL + HOUR, WALL + 2 * HOUR, WALL + 3 * HOUR, u64::MAX] {
            let found = resume(Some(&anchor()), &reading(1, 3 * HOUR, wall), Instant::EPOCH);
            assert_eq!(Resumed { instant: want, reckoning: Reckoning::Uptime }, found, "{wall}");
        }
    }

    #[test]
    fn in_another_boot_the_wall_clock_counts_but_never_back() {
        let newest = Instant::from_micros(WALL + HOUR);
        let cases = [
            (WALL + 5 * HOUR, WALL + 5 * HOUR, Reckoning::Wall),
            (WALL + HOUR, WALL + HOUR, Reckoning::Wall),
            (WALL, WALL + HOUR, Reckoning::Extended { by: Duration::from_secs(3600) }),
            (WALL - HOUR, WALL + HOUR, Reckoning::Extended { by: Duration::from_secs(7200) }),
            (0, WALL + HOUR, Reckoning::Extended { by: Duration::from_micros(WALL + HOUR) }),
        ];
        for (wall, want, reckoning) in cases {
            let found = resume(Some(&anchor()), &reading(2, 1, wall), newest);
            assert_eq!(Resumed { instant: Instant::from_micros(want), reckoning }, found, "{wall}");
        }
    }

    #[test]
    fn an_uptime_that_went_back_is_another_boot() {
        let found = resume(Some(&anchor()), &reading(1, HOUR - 1, WALL + HOUR), Instant::EPOCH);
        assert_eq!(Reckoning::Wall, found.reckoning);
    }

    #[test]
    fn a_step_that_was_noted_is_no_time_gone_by() {
        // The clock stood an hour late, was set, and this was noted: the timeline lies an hour behind the wall clock.
        let noted = Anchor { reading: reading(1, HOUR, WALL + HOUR), instant: Instant::from_micros(WALL) };
        let found = resume(Some(&noted), &reading(2, 1, WALL + 2 * HOUR), Instant::EPOCH);
        assert_eq!(Instant::from_micros(WALL + HOUR), found.instant);
        assert_eq!(Instant::from_micros(WALL + 2 * HOUR), noted.wall_at(found.instant));
        assert_eq!(found.instant, noted.instant_at(noted.wall_at(found.instant)));
    }

    #[test]
    fn a_machine_without_a_clock_makes_no_time_go_by() {
        let lost = Anchor::at(reading(2, 5, 77), Instant::from_micros(WALL + HOUR), Some(&anchor()));
        assert_eq!(WALL + HOUR, lost.reading.wall, "what was known of the wall clock stays");
        let found = resume(Some(&lost), &reading(3, 1, WALL + 3 * HOUR), Instant::EPOCH);
        assert_eq!(Instant::from_micros(WALL + 3 * HOUR), found.instant);
        let never = Anchor::at(reading(2, 5, 77), Instant::from_micros(77), None);
        let found = resume(Some(&never), &reading(3, 1, WALL), Instant::from_micros(99));
        assert_eq!(Resumed { instant: Instant::from_micros(99), reckoning: Reckoning::Unknown }, found);
    }

    #[test]
    fn steps_of_more_than_two_seconds_are_seen() {
        let due = WALL + HOUR;
        let cases = [
            (due, None),
            (due + 2_000_000, None),
            (due - 2_000_000, None),
            (due + 3_000_000, Some("forward by 3 s")),
            (due - 3_000_000, Some("back by 3 s")),
            (0, Some("back by 1800003600 s")),
        ];
        for (wall, want) in cases {
            let found = anchor().step(&reading(1, 2 * HOUR, wall)).map(|step| step.to_string());
            assert_eq!(want.map(String::from), found, "{wall}");
        }
    }

    #[test]
    fn without_an_anchor_the_wall_clock_begins_it_after_all_that_is_known() {
        let known = Instant::from_micros(WALL);
        assert_eq!(known, resume(None, &reading(1, 1, 5), known).instant);
        let found = resume(None, &reading(1, 1, WALL + 1), known);
        assert_eq!(Resumed { instant: Instant::from_micros(WALL + 1), reckoning: Reckoning::Begun }, found);
    }
}
