//! The real clock: it counts since boot, suspended time included, and nobody can set it.

#![allow(clippy::disallowed_methods, reason = "this is where time comes from")]

use std::fs;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

use crate::time::{Anchor, Instant, Reading};

/// Microseconds since 1970 by the wall clock when the timeline began, and by CLOCK_BOOTTIME since: a step of the wall
/// clock ends no lease and prolongs none.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The time since boot at the anchor.
    anchor: Duration,
    at_anchor: Instant,
}

impl Clock {
    /// A clock that starts at the wall clock's time.
    #[must_use]
    pub fn start() -> Clock {
        Clock { anchor: uptime(), at_anchor: Instant::EPOCH + wall() }
    }

    /// A clock that goes on from an anchor of this boot.
    #[must_use]
    pub fn from_anchor(anchor: &Anchor) -> Clock {
        Clock { anchor: Duration::from_micros(anchor.reading.uptime), at_anchor: anchor.instant }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.at_anchor + uptime().saturating_sub(self.anchor)
    }
}

/// What the machine's clocks say, for a timeline that goes on over restarts.
///
/// # Errors
///
/// What the system says if it does not tell which boot this is.
pub fn reading() -> io::Result<Reading> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let boot = hex::decode(digits).ok().and_then(|octets| octets.try_into().ok());
    let boot = boot.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the boot id is no UUID"))?;
    let micros = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    Ok(Reading { boot, uptime: micros(uptime()), wall: micros(wall()) })
}

fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO)
}

fn uptime() -> Duration {
    let spec = clock_gettime(ClockId::Boottime);
    let part = |number| u64::try_from(number).unwrap_or_default();
    Duration::from_secs(part(spec.tv_sec)) + Duration::from_nanos(part(spec.tv_nsec))
}
