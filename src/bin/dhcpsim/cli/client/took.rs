//! How long each step of getting a lease took.

use std::fmt::Write;
use std::time::Duration;

use dhcpsim::endpoint::Instant;
use dhcpsim::packet::{MessageType, Packet};

use super::super::show::{DIM, Since};

/// What took no longer was no step by itself: nothing was waited for or checked.
const NOTHING: Duration = Duration::from_millis(100);

/// The times of the first messages of each kind, until there is a lease.
#[derive(Debug)]
pub(super) struct Took {
    start: Instant,
    first: Option<Instant>,
    /// When the message that waits for an answer was sent first.
    asked: Option<(MessageType, Instant)>,
    rows: Vec<(&'static str, Duration)>,
    acknowledged: Option<Instant>,
    done: bool,
}

impl Took {
    /// Counts from when the client began.
    pub(super) fn since(start: Instant) -> Took {
        Took { start, first: None, asked: None, rows: Vec::new(), acknowledged: None, done: false }
    }

    /// The client begins to ask.
    pub(super) fn began(&mut self, now: Instant) {
        if !self.done && self.first.is_none() {
            self.start = now;
        }
    }

    /// A message was sent.
    pub(super) fn sent(&mut self, now: Instant, payload: &[u8]) {
        let Some(kind) = self.kind(payload) else { return };
        if self.first.is_none() {
            self.first = Some(now);
            let waited = now - self.start;
            if waited > NOTHING {
                self.rows.push(("wait", waited));
            }
        }
        if self.asked.is_none_or(|(asked, _)| asked != kind) {
            self.asked = Some((kind, now));
        }
    }

    /// A message was received.
    pub(super) fn received(&mut self, now: Instant, payload: &[u8]) {
        let Some(kind) = self.kind(payload) else { return };
        let Some((_, asked)) = self.asked else { return };
        let name = match kind {
            MessageType::OFFER => "offer",
            MessageType::ACK => "acknowledgement",
            _ => return,
        };
        if self.rows.iter().all(|(told, _)| *told != name) {
            self.rows.push((name, now - asked));
        }
        if kind == MessageType::ACK {
            self.acknowledged = Some(now);
        }
    }

    /// There is a lease: nothing counts any more.
    pub(super) fn bound(&mut self, now: Instant) {
        if let (false, Some(acknowledged)) = (self.done, self.acknowledged) {
            let checked = now - acknowledged;
            if checked > NOTHING {
                self.rows.push(("check", checked));
            }
            self.rows.push(("in_all", now - self.start));
        }
        self.done = true;
    }

    /// Each step by its name.
    pub(super) fn rows(&self) -> Vec<(&'static str, Duration)> {
        self.rows.clone()
    }

    /// `took  offer 0.4 ms, acknowledgement 0.5 ms, in all 1.2 ms`.
    pub(super) fn row(&self) -> String {
        let told = |(name, time): &(&str, Duration)| format!("{} {}", name.replace('_', " "), Since(*time));
        let all: Vec<String> = self.rows.iter().map(told).collect();
        let mut text = String::new();
        if !all.is_empty() {
            let _ = writeln!(text, "  {DIM}{:<14}{DIM:#}  {}", "took", all.join(", "));
        }
        text
    }

    fn kind(&self, payload: &[u8]) -> Option<MessageType> {
        if self.done { None } else { Packet::parse(payload).ok()?.message_type() }
    }
}
