//! The real clock: wall time read once, monotonic from then on.

#![allow(clippy::disallowed_methods, reason = "this is where time comes from")]

use std::time::{Duration, Instant as Monotonic, SystemTime, UNIX_EPOCH};

use crate::time::Instant;

/// Microseconds since 1970, by the wall clock when it was started and by the monotonic clock since: a step of the wall
/// clock ends no lease and prolongs none.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    anchor: Monotonic,
    at_anchor: Instant,
}

impl Clock {
    /// A clock that starts at the wall clock's time.
    #[must_use]
    pub fn start() -> Clock {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Clock { anchor: Monotonic::now(), at_anchor: Instant::EPOCH + wall }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.at_anchor + self.anchor.elapsed()
    }
}
