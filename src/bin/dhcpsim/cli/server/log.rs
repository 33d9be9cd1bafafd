//! What a server prints: one line a message.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::SocketAddrV4;

use dhcpsim::endpoint::{Event, Instant};
use dhcpsim::net::Observer;
use serde_json::Value;

use super::super::Global;
use super::super::recorder::Recorder;
use super::super::show::{self, CLIENT, DIM, SERVER, Summary, TimeOfDay, WARNING, json};

/// Prints, counts and records.
pub(super) struct Log {
    json: bool,
    quiet: bool,
    verbose: bool,
    recorder: Option<Recorder>,
    /// Messages by type, in the order of their types.
    counts: BTreeMap<u8, u64>,
    /// Messages without a type.
    others: u64,
    ignored: u64,
}

impl Log {
    pub(super) fn new(json: bool, global: &Global, recorder: Option<Recorder>) -> Log {
        let (quiet, verbose) = (global.quiet, global.verbose > 0);
        Log { json, quiet, verbose, recorder, counts: BTreeMap::new(), others: 0, ignored: 0 }
    }

    /// `served: 2 DISCOVER, 2 OFFER · 1 ignored`.
    pub(super) fn summary(&self) -> String {
        let named = |(kind, count): (&u8, &u64)| format!("{count} {}", dhcpsim::packet::MessageType(*kind));
        let mut parts: Vec<String> = self.counts.iter().map(named).collect();
        if self.others > 0 {
            parts.push(format!("{} without a type", self.others));
        }
        let told = if parts.is_empty() { "nobody asked".to_owned() } else { parts.join(", ") };
        format!("ended: {told} · {} ignored", self.ignored)
    }

    fn count(&mut self, summary: Option<&Summary>) {
        match summary.and_then(|summary| summary.kind) {
            Some(kind) => *self.counts.entry(kind.0).or_default() += 1,
            None => self.others += 1,
        }
    }

    fn print(&self, line: &str) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()
    }

    fn print_json(&self, value: &Value) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{value}")?;
        out.flush()
    }

    fn message(&self, now: Instant, arrow: &str, style: anstyle::Style, octets: &[u8]) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        let line = match Summary::of(octets) {
            Some(summary) => {
                format!("{style}{arrow} {:<8}{style:#}  {}  {summary}", summary.name(), summary.chaddr)
            }
            None => format!("{style}{arrow} {} octets{style:#}", octets.len()),
        };
        self.print(format!("{DIM}{}{DIM:#}  {line}", TimeOfDay(now)).trim_end())?;
        if self.verbose {
            self.print(show::whole(octets).trim_end_matches('\n'))?;
        }
        Ok(())
    }
}

impl Observer for Log {
    fn received(
        &mut self,
        now: Instant,
        from: SocketAddrV4,
        to: SocketAddrV4,
        payload: &[u8],
    ) -> io::Result<()> {
        self.count(Summary::of(payload).as_ref());
        if let Some(recorder) = &mut self.recorder {
            recorder.write(now, false, from, to, payload)?;
        }
        match self.json {
            true => self.print_json(&json::message(now, "received", (from, to), payload, self.verbose)),
            false => self.message(now, "←", CLIENT, payload),
        }
    }

    fn sent(
        &mut self,
        now: Instant,
        from: SocketAddrV4,
        to: SocketAddrV4,
        payload: &[u8],
        result: io::Result<()>,
    ) -> io::Result<()> {
        if let Err(error) = result {
            let mut stderr = anstream::stderr().lock();
            return writeln!(stderr, "{WARNING}warning:{WARNING:#} cannot send to {to}: {error}");
        }
        self.count(Summary::of(payload).as_ref());
        if let Some(recorder) = &mut self.recorder {
            recorder.write(now, true, from, to, payload)?;
        }
        match self.json {
            true => self.print_json(&json::message(now, "sent", (from, to), payload, self.verbose)),
            false => self.message(now, "→", SERVER, payload),
        }
    }

    fn event(&mut self, now: Instant, event: &Event) -> io::Result<()> {
        if matches!(event, Event::Dropped(_)) {
            self.ignored += 1;
        }
        if self.json {
            return self.print_json(&json::event(now, event));
        }
        match (self.quiet, told(event)) {
            (false, Some((mark, style, text))) => {
                self.print(&format!("{DIM}{}{DIM:#}  {style}{mark} {text}{style:#}", TimeOfDay(now)))
            }
            _ => Ok(()),
        }
    }
}

/// Events that the lines of the messages do not tell.
fn told(event: &Event) -> Option<(&'static str, anstyle::Style, String)> {
    let (mark, style, text) = match event {
        Event::Dropped(dropped) => {
            ("✗", WARNING, format!("ignored: {} ({})", dropped.reason, dropped.reason.reference()))
        }
        Event::Refused { address, why, .. } => {
            ("✗", WARNING, format!("{address} refused: {why} ({})", why.reference()))
        }
        Event::NotStored(binding, why) => {
            ("✗", WARNING, format!("{} not acknowledged: {why} (RFC 2131 §3.1)", binding.address))
        }
        Event::Declined { client, address, .. } => (
            "!",
            WARNING,
            format!("{address} is in use by somebody else, says {client}; it rests (RFC 2131 §4.3.3)"),
        ),
        Event::Omitted(codes) => {
            let names: Vec<String> = codes.iter().map(ToString::to_string).collect();
            ("!", WARNING, format!("no room for {} in the reply (option 57)", names.join(", ")))
        }
        Event::OfferLapsed { address, .. } => ("·", DIM, format!("offer of {address} lapsed")),
        Event::Expired(binding) => ("·", DIM, format!("lease of {} ran out", binding.address)),
        Event::Rested(address) => ("·", DIM, format!("{address} is available again")),
        _ => return None,
    };
    Some((mark, style, text))
}
