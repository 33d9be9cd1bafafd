//! Points in time that a test can write, a trace can print and a lease can keep (law 5: no clock in the core).

mod anchor;
mod calendar;

use core::fmt;
use core::ops::{Add, Sub};
use core::time::Duration;

pub use anchor::{Anchor, Reading, Reckoning, Resumed, STEP, Step, resume};
pub use calendar::Calendar;

/// A point in time: whole microseconds since an epoch that the driver chooses, 1970 on the wire and 0 in a
/// simulation. Arithmetic saturates; [`Instant::NEVER`] is later than anything that happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The epoch.
    pub const EPOCH: Instant = Instant(0);
    /// The end of an infinite lease (RFC 2131 §3.3).
    pub const NEVER: Instant = Instant(u64::MAX);

    /// So many microseconds after the epoch.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Instant {
        Instant(micros)
    }

    /// So many seconds after the epoch.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Instant {
        Instant(secs.saturating_mul(1_000_000))
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Whether it is [`Instant::NEVER`].
    #[must_use]
    pub const fn is_never(self) -> bool {
        self.0 == u64::MAX
    }

    /// The time from `earlier` until this; zero if that is later.
    #[must_use]
    pub const fn since(self, earlier: Instant) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, span: Duration) -> Instant {
        Instant(self.0.saturating_add(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl Sub<Instant> for Instant {
    type Output = Duration;

    fn sub(self, earlier: Instant) -> Duration {
        self.since(earlier)
    }
}

/// Seconds since the epoch with six decimals, as in a trace: `4.250000`.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_never() {
            true => f.pad("never"),
            false => write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Instant::NEVER, Instant::from_secs(1) + Duration::MAX);
        assert_eq!(Duration::ZERO, Instant::EPOCH - Instant::from_secs(1));
        assert_eq!("4.250000", (Instant::from_secs(4) + Duration::from_millis(250)).to_string());
    }
}
