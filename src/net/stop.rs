//! A flag that ends a driver: set by a signal, or by another thread.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Says that it is time to end.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    asked: Arc<AtomicBool>,
    interrupted: Arc<AtomicBool>,
}

impl Stop {
    /// A flag that is not set.
    #[must_use]
    pub fn new() -> Stop {
        Stop::default()
    }

    /// Lets Ctrl-C and SIGTERM set the flag.
    ///
    /// # Errors
    ///
    /// What the system says if it does not let signals be handled.
    pub fn on_signals(self) -> io::Result<Stop> {
        signal_hook::flag::register(SIGINT, Arc::clone(&self.interrupted))?;
        signal_hook::flag::register(SIGINT, Arc::clone(&self.asked))?;
        signal_hook::flag::register(SIGTERM, Arc::clone(&self.asked))?;
        Ok(self)
    }

    /// Lets SIGHUP set the flag too, unless the program was started to live on when its terminal closes (nohup).
    ///
    /// # Errors
    ///
    /// What the system says if it does not let signals be handled.
    pub fn on_hangup(self) -> io::Result<Stop> {
        if !ignores_hangup() {
            signal_hook::flag::register(SIGHUP, Arc::clone(&self.asked))?;
        }
        Ok(self)
    }

    /// Sets the flag, and wakes the driver that listens at `at` so that it need not wait for its turn.
    pub fn set(&self, at: Option<SocketAddr>) {
        self.asked.store(true, Ordering::Relaxed);
        if let Some(at) = at {
            wake(at);
        }
    }

    /// Whether the flag is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Whether Ctrl-C set it.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

/// Whether SIGHUP is ignored, as the program was told by who started it. Where /proc does not say, it is not.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // SIGHUP is 1, which is the lowest bit.
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

/// Wakes the driver that listens at an address, by a datagram without octets. Should that not arrive, the driver still
/// looks around within its longest wait.
pub fn wake(at: SocketAddr) {
    if let Ok(socket) = UdpSocket::bind(("127.0.0.1", 0)) {
        let _ = socket.send_to(&[], at);
    }
}
