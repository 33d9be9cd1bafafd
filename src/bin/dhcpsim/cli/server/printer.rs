//! Where log lines go: stdout, as text or JSON, with a limit to lines of one kind.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use dhcpsim::endpoint::Instant;
use dhcpsim::watch::Limiter;
use serde_json::Value;

use super::super::show::{DIM, TimeOfDay, json};
use super::flags::Level;

/// What lines are limited by: what happened, and the type, reason or name of it. All names are the program's own.
pub(in super::super) type Kind = (&'static str, &'static str);

/// Prints lines, for every thread.
pub(in super::super) struct Printer {
    json: bool,
    state: Mutex<State>,
    /// Lines and captured messages that could not be written.
    errors: AtomicU64,
}

struct State {
    level: Level,
    limiter: Limiter<Kind>,
}

impl State {
    fn admits(&mut self, now: Instant, level: Level, kind: Kind) -> bool {
        level <= self.level && self.limiter.admits(now, &kind)
    }
}

impl Printer {
    pub(in super::super) fn new(json: bool, level: Level, rate: u32) -> Printer {
        let state = Mutex::new(State { level, limiter: Limiter::new(rate) });
        Printer { json, state, errors: AtomicU64::new(0) }
    }

    pub(in super::super) fn is_json(&self) -> bool {
        self.json
    }

    pub(in super::super) fn level(&self) -> Level {
        self.state().level
    }

    pub(in super::super) fn set_level(&self, level: Level) {
        self.state().level = level;
    }

    /// Prints a line in one of its two forms, if its level is to be told and there are not too many of its kind.
    /// Some lines are for programs alone.
    pub(in super::super) fn say(
        &self,
        now: Instant,
        level: Level,
        kind: Kind,
        text: impl FnOnce() -> Option<String>,
        object: impl FnOnce() -> Value,
    ) -> io::Result<()> {
        if !self.state().admits(now, level, kind) {
            return Ok(());
        }
        // Only what is written is worded: a line that is left out costs next to nothing.
        match self.json {
            true => self.write_json(&object()),
            false => text().map_or(Ok(()), |line| self.write_text(now, &line)),
        }
    }

    /// Says how many lines were left out since this was asked last.
    pub(in super::super) fn say_suppressed(&self, now: Instant) -> io::Result<()> {
        let suppressed = self.state().limiter.take_suppressed();
        for ((what, name), count) in suppressed {
            if self.json {
                let mut line = json::start(now, "suppressed");
                json::put(&mut line, "kind", Some(what));
                json::put(&mut line, "name", Some(name));
                line.insert("count".into(), count.into());
                self.write_json(&line.into())?;
            } else {
                let line = format!("{DIM}… {} more like this: {what} {name}{DIM:#}", grouped(count));
                self.write_text(now, &line)?;
            }
        }
        Ok(())
    }

    /// Lines that were counted instead of written.
    pub(in super::super) fn suppressed(&self) -> u64 {
        self.state().limiter.suppressed()
    }

    /// Lines and captured messages that could not be written.
    pub(in super::super) fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    /// A full disk is no reason not to serve: what can't be written is counted. A reader that has gone ends the server.
    pub(in super::super) fn forgive(&self, result: io::Result<()>) -> io::Result<()> {
        match result {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.errors.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            result => result,
        }
    }

    fn write_text(&self, now: Instant, line: &str) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        let time = TimeOfDay(now);
        self.forgive(writeln!(out, "{DIM}{time}{DIM:#}  {}", line.trim_end()).and_then(|()| out.flush()))
    }

    fn write_json(&self, object: &Value) -> io::Result<()> {
        let mut out = io::stdout().lock();
        self.forgive(writeln!(out, "{object}").and_then(|()| out.flush()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number with commas between thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_told_apart() {
        for (number, want) in [(0, "0"), (999, "999"), (1204, "1,204"), (1_234_567, "1,234,567")] {
            assert_eq!(want, grouped(number));
        }
    }
}
