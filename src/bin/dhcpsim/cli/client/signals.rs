//! What signals ask of a client, as udhcpc has them: SIGUSR1 to renew, SIGUSR2 to give the lease back.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGUSR1, SIGUSR2};

/// What was asked for and not yet done.
#[derive(Clone, Debug, Default)]
pub(super) struct Signals {
    renew: Arc<AtomicBool>,
    release: Arc<AtomicBool>,
}

impl Signals {
    /// Takes the signals from now on.
    pub(super) fn take() -> io::Result<Signals> {
        let signals = Signals::default();
        signal_hook::flag::register(SIGUSR1, Arc::clone(&signals.renew))?;
        signal_hook::flag::register(SIGUSR2, Arc::clone(&signals.release))?;
        Ok(signals)
    }

    /// Whether anything was asked for.
    pub(super) fn any(&self) -> bool {
        self.renew.load(Ordering::Relaxed) || self.release.load(Ordering::Relaxed)
    }

    /// Whether renewing was asked for since this was asked last.
    pub(super) fn renew(&self) -> bool {
        self.renew.swap(false, Ordering::Relaxed)
    }

    /// Whether a release was asked for since this was asked last.
    pub(super) fn release(&self) -> bool {
        self.release.swap(false, Ordering::Relaxed)
    }
}
