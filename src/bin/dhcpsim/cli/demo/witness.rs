//! Passes on what the demo's server tells.

use std::io;
use std::sync::mpsc;

use dhcpsim::endpoint::{Event, Instant};
use dhcpsim::net::Observer;

/// Passes events to another thread. The messages are shown by the client, which sees the same ones.
pub(super) struct Witness {
    events: mpsc::Sender<(Instant, Event)>,
}

impl Witness {
    pub(super) fn new() -> (Witness, mpsc::Receiver<(Instant, Event)>) {
        let (events, receiver) = mpsc::channel();
        (Witness { events }, receiver)
    }
}

impl Observer for Witness {
    fn event(&mut self, now: Instant, event: &Event) -> io::Result<()> {
        // Nobody listens any more when the demo is over.
        let _ = self.events.send((now, event.clone()));
        Ok(())
    }
}
