//! Where scrapes and the serving loop meet: a scrape asks and waits, the loop sees that and puts a snapshot up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::counters::Snapshot;

/// Shared by the serving loop and the threads that answer scrapes. The loop reads one flag a turn; it holds the lock
/// for as long as a pointer is moved.
#[derive(Debug, Default)]
pub struct Board {
    wanted: AtomicBool,
    latest: Mutex<Latest>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Latest {
    /// Counts the snapshots.
    number: u64,
    snapshot: Option<Snapshot>,
}

impl Board {
    /// An empty board.
    #[must_use]
    pub fn new() -> Board {
        Board::default()
    }

    /// Whether somebody waits for a snapshot.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Acquire)
    }

    /// Puts a snapshot up.
    pub fn publish(&self, snapshot: Snapshot) {
        // Whoever asks from here on gets the next one.
        self.wanted.store(false, Ordering::Release);
        let mut latest = self.lock();
        latest.number += 1;
        latest.snapshot = Some(snapshot);
        drop(latest);
        self.changed.notify_all();
    }

    /// A snapshot made after this was called, if there is one in time; `wake` calls the serving loop.
    pub fn ask(&self, patience: Duration, wake: impl FnOnce()) -> Option<Snapshot> {
        let latest = self.lock();
        let before = latest.number;
        self.wanted.store(true, Ordering::Release);
        wake();
        let waiting = |latest: &mut Latest| latest.number == before;
        let (latest, result) = self
            .changed
            .wait_timeout_while(latest, patience, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        if result.timed_out() { None } else { latest.snapshot.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn a_scrape_gets_what_was_put_up_after_it_asked() {
        let board = Arc::new(Board::new());
        let mut old = Snapshot::default();
        old.gauges.commits_pending = 1;
        board.publish(old);
        let loop_board = Arc::clone(&board);
        let serving = thread::spawn(move || {
            while !loop_board.is_wanted() {
                thread::yield_now();
            }
            let mut new = Snapshot::default();
            new.gauges.commits_pending = 2;
            loop_board.publish(new);
        });
        let found = board.ask(Duration::from_secs(20), || ());
        serving.join().unwrap();
        assert_eq!(Some(2), found.map(|snapshot| snapshot.gauges.commits_pending));
        assert!(board.ask(Duration::from_millis(1), || ()).is_none(), "nobody serves");
    }
}
