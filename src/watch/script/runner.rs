//! The thread that runs the event script, one run after the other, behind a bounded queue.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use super::news::News;
use super::run::{Ended, Report, Script};

/// The most events that wait; more are counted and dropped.
const MAX_QUEUED: usize = 1024;
/// How long a run has to end once it is told to, which takes a kill and a look at the clock.
const LAST_WAIT: Duration = Duration::from_millis(200);

/// What became of the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScriptCounts {
    /// Runs that ended well.
    pub ok: u64,
    /// Runs that ended with another status, or by a signal.
    pub failed: u64,
    /// Runs that were killed at the time limit.
    pub time_up: u64,
    /// Runs that could not be started.
    pub not_started: u64,
    /// Events that found no room in the queue.
    pub dropped: u64,
    /// Events that wait or are being told.
    pub queued: u64,
}

impl ScriptCounts {
    /// The runs by result.
    #[must_use]
    pub fn results(&self) -> [(&'static str, u64); 4] {
        [
            ("ok", self.ok),
            ("failed", self.failed),
            ("time-up", self.time_up),
            ("not-started", self.not_started),
        ]
    }
}

#[derive(Debug, Default)]
struct Shared {
    ok: AtomicU64,
    failed: AtomicU64,
    time_up: AtomicU64,
    not_started: AtomicU64,
    dropped: AtomicU64,
    queued: AtomicU64,
    stop: AtomicBool,
}

/// Tells the script, off the reply path.
#[derive(Debug)]
pub struct Runner {
    queue: SyncSender<News>,
    ended: Receiver<()>,
    shared: Arc<Shared>,
}

impl Runner {
    /// Starts the thread. Each run is reported on it.
    ///
    /// # Errors
    ///
    /// What the system says if there is no thread to be had.
    pub fn start(script: Script, report: impl FnMut(Report) + Send + 'static) -> io::Result<Runner> {
        let (queue, events) = mpsc::sync_channel(MAX_QUEUED);
        let (last, ended) = mpsc::sync_channel::<()>(1);
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        let tell = move || {
            tell_all(&script, &events, &own, report);
            drop(last);
        };
        thread::Builder::new().name("script".into()).spawn(tell)?;
        Ok(Runner { queue, ended, shared })
    }

    /// Queues an event, and says whether there was room.
    pub fn push(&self, news: News) -> bool {
        self.shared.queued.fetch_add(1, Ordering::Relaxed);
        let queued = self.queue.try_send(news).is_ok();
        if !queued {
            self.shared.queued.fetch_sub(1, Ordering::Relaxed);
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
        queued
    }

    /// What became of the events.
    #[must_use]
    pub fn counts(&self) -> ScriptCounts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        ScriptCounts {
            ok: read(&self.shared.ok),
            failed: read(&self.shared.failed),
            time_up: read(&self.shared.time_up),
            not_started: read(&self.shared.not_started),
            dropped: read(&self.shared.dropped),
            queued: read(&self.shared.queued),
        }
    }

    /// Lets the script be told what waits for as long as `patience`, then kills what runs. Says how many events it
    /// was not told.
    #[must_use]
    pub fn finish(self, patience: Duration) -> u64 {
        drop(self.queue);
        if self.ended.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
            self.shared.stop.store(true, Ordering::Relaxed);
            let _ = self.ended.recv_timeout(LAST_WAIT);
        }
        self.shared.queued.load(Ordering::Relaxed)
    }
}

fn tell_all(script: &Script, events: &Receiver<News>, shared: &Shared, mut report: impl FnMut(Report)) {
    while let Ok(news) = events.recv() {
        if shared.stop.load(Ordering::Relaxed) {
            return;
        }
        let run = script.run(news, &shared.stop);
        let count = match &run.ended {
            Ended::Exited(status) if status.success() => &shared.ok,
            Ended::Exited(_) => &shared.failed,
            Ended::TimeUp => &shared.time_up,
            Ended::NotStarted(_) => &shared.not_started,
            Ended::Stopped => {
                report(run);
                return;
            }
        };
        count.fetch_add(1, Ordering::Relaxed);
        shared.queued.fetch_sub(1, Ordering::Relaxed);
        report(run);
    }
}
