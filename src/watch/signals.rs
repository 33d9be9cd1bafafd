//! Signals that ask a server for something: SIGHUP a reload, SIGUSR1 its statistics.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGUSR1};

/// What was asked for and not yet done.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    reload: Arc<AtomicBool>,
    statistics: Arc<AtomicBool>,
}

impl Signals {
    /// Takes the signals from now on.
    ///
    /// # Errors
    ///
    /// What the system says if it does not let signals be handled.
    pub fn take() -> io::Result<Signals> {
        let signals = Signals::default();
        signal_hook::flag::register(SIGHUP, Arc::clone(&signals.reload))?;
        signal_hook::flag::register(SIGUSR1, Arc::clone(&signals.statistics))?;
        Ok(signals)
    }

    /// Whether anything was asked for.
    #[must_use]
    pub fn any(&self) -> bool {
        self.reload.load(Ordering::Relaxed) || self.statistics.load(Ordering::Relaxed)
    }

    /// Whether a reload was asked for since this was asked last.
    #[must_use]
    pub fn reload(&self) -> bool {
        self.reload.swap(false, Ordering::Relaxed)
    }

    /// Whether statistics were asked for since this was asked last.
    #[must_use]
    pub fn statistics(&self) -> bool {
        self.statistics.swap(false, Ordering::Relaxed)
    }
}
