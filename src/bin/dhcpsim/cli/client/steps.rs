//! What a client prints: each step with its time, and what it got.

use std::io::{self, Write};
use std::net::SocketAddrV4;
use std::time::Duration;

use dhcpsim::endpoint::{Event, Instant, Lease};
use dhcpsim::net::Observer;
use dhcpsim::options::text::Quoted;
use dhcpsim::packet::MessageType;
use serde_json::Value;

use super::super::Global;
use super::super::exit::Complaint;
use super::super::recorder::Recorder;
use super::super::show::{self, CLIENT, DIM, SERVER, Since, Summary, WARNING, json};
use super::limit;

/// Prints, records and remembers how it went.
pub(super) struct Steps {
    json: bool,
    quiet: bool,
    verbose: bool,
    recorder: Option<Recorder>,
    start: Instant,
    server: SocketAddrV4,
    lease: Option<Lease>,
    refused: bool,
    unreachable: bool,
    /// What was sent when, as far as it waits for a reply.
    tries: Vec<(MessageType, Duration)>,
}

impl Steps {
    pub(super) fn new(
        json: bool,
        global: &Global,
        recorder: Option<Recorder>,
        start: Instant,
        server: SocketAddrV4,
    ) -> Steps {
        Steps {
            json,
            quiet: global.quiet,
            verbose: global.verbose > 0,
            recorder,
            start,
            server,
            lease: None,
            refused: false,
            unreachable: false,
            tries: Vec::new(),
        }
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused
    }

    /// What it tried until it was stopped.
    pub(super) fn so_far(&self) -> String {
        format!("stopped before a lease, {} ({})", count(self.tries.len()), self.told_tries())
    }

    /// That there was no reply in time.
    pub(super) fn no_reply(&self, time: Duration) -> Complaint {
        let tries = self.tries.len();
        let what = format!(
            "no reply from {} after {} in {} ({})",
            self.server,
            count(tries),
            limit(time),
            self.told_tries()
        );
        let what = if self.tries.iter().any(|(kind, _)| *kind == MessageType::REQUEST) {
            what.replacen("no reply", "no answer to DHCPREQUEST", 1)
        } else {
            what
        };
        match self.unreachable {
            true => Complaint::new(what)
                .help("nothing listens there (ICMP port unreachable); `dhcpsim server` starts a server on 127.0.0.1:6767"),
            false => Complaint::new(what).help("a server that ignores a client says why: look at its output, or try -v here"),
        }
    }

    /// `DISCOVER at 0.0, 4.3 s`.
    fn told_tries(&self) -> String {
        let told = |kind: MessageType| {
            let times: Vec<String> = self
                .tries
                .iter()
                .filter(|(sent, _)| *sent == kind)
                .map(|(_, at)| format!("{}.{}", at.as_secs(), at.subsec_millis() / 100))
                .collect();
            (!times.is_empty()).then(|| format!("{kind} at {} s", times.join(", ")))
        };
        let parts: Vec<String> =
            [MessageType::DISCOVER, MessageType::REQUEST].into_iter().filter_map(told).collect();
        if parts.is_empty() { "nothing was sent".to_owned() } else { parts.join("; ") }
    }

    /// Prints what it got.
    pub(super) fn show_lease(&self) -> io::Result<()> {
        match &self.lease {
            Some(lease) if !self.json => {
                let gap = if self.quiet { "" } else { "\n" };
                write!(anstream::stdout(), "{gap}{}", show::table(lease))
            }
            _ => Ok(()),
        }
    }

    /// A blank line between what it got and what follows.
    pub(super) fn gap(&self) -> io::Result<()> {
        if self.json || self.quiet { Ok(()) } else { writeln!(anstream::stdout()) }
    }

    /// Tells programs that there is no lease to come.
    pub(super) fn ended(&self, now: Instant, reason: &str) -> io::Result<()> {
        if self.json { self.print_json(&json::ended(now, reason)) } else { Ok(()) }
    }

    fn print_json(&self, value: &Value) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{value}")?;
        out.flush()
    }

    fn step(&self, now: Instant, text: &str) -> io::Result<()> {
        if self.json || self.quiet {
            return Ok(());
        }
        let mut out = anstream::stdout().lock();
        writeln!(out, "{DIM}{:>10}{DIM:#}  {text}", Since(now - self.start))?;
        out.flush()
    }

    fn message(&self, now: Instant, ours: bool, payload: &[u8]) -> io::Result<()> {
        let text = match Summary::of(payload) {
            Some(summary) if ours => {
                format!("{CLIENT}{:<10}{CLIENT:#}  {}", format!("{} →", summary.name()), sent(&summary))
            }
            Some(summary) => {
                format!("{SERVER}{:<10}{SERVER:#}  {}", format!("← {}", summary.name()), received(&summary))
            }
            None => format!("{SERVER}← {} octets{SERVER:#}", payload.len()),
        };
        self.step(now, text.trim_end())?;
        if self.verbose && !self.json {
            anstream::stdout().write_all(show::whole(payload).as_bytes())?;
        }
        Ok(())
    }
}

fn count(tries: usize) -> String {
    if tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") }
}

fn sent(summary: &Summary) -> String {
    match summary.kind {
        Some(MessageType::DISCOVER) => format!("{}  {summary}", summary.chaddr),
        _ => summary.to_string(),
    }
}

fn received(summary: &Summary) -> String {
    let server = summary.server.map_or(String::new(), |server| format!("  from {server}"));
    format!("{summary}{server}")
}

impl Observer for Steps {
    fn received(
        &mut self,
        now: Instant,
        from: SocketAddrV4,
        to: SocketAddrV4,
        payload: &[u8],
    ) -> io::Result<()> {
        if let Some(recorder) = &mut self.recorder {
            recorder.write(now, false, from, to, payload)?;
        }
        match self.json {
            true => self.print_json(&json::message(now, "received", (from, to), payload, self.verbose)),
            false => self.message(now, false, payload),
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
        if let Some(recorder) = &mut self.recorder {
            recorder.write(now, true, from, to, payload)?;
        }
        match self.json {
            true => self.print_json(&json::message(now, "sent", (from, to), payload, self.verbose)),
            false => self.message(now, true, payload),
        }
    }

    fn event(&mut self, now: Instant, event: &Event) -> io::Result<()> {
        match event {
            Event::Waiting { message, .. } => self.tries.push((*message, now - self.start)),
            Event::Leased(lease) => self.lease = Some((**lease).clone()),
            Event::Nak { .. } => self.refused = true,
            _ => {}
        }
        if self.json {
            return self.print_json(&json::event(now, event));
        }
        match event {
            Event::Dropped(dropped) => {
                let reason = dropped.reason;
                self.step(now, &format!("{WARNING}✗ ignored: {reason} ({}){WARNING:#}", reason.reference()))
            }
            Event::Nak { server, message } => {
                let why = if message.is_empty() { String::new() } else { format!(": {}", Quoted(message)) };
                self.step(now, &format!("{WARNING}✗ refused by {server}{why}{WARNING:#}"))
            }
            Event::Waiting { message, attempt, until } if self.verbose || *attempt > 1 => {
                let wait = Since(*until - now);
                self.step(
                    now,
                    &format!(
                        "{DIM}waits {wait} for an answer to {message}, try {attempt} (RFC 2131 §4.1){DIM:#}"
                    ),
                )
            }
            Event::Entered(state) if self.verbose => self.step(now, &format!("{DIM}{state}{DIM:#}")),
            _ => Ok(()),
        }
    }

    fn unreachable(&mut self, _: Instant) -> io::Result<()> {
        self.unreachable = true;
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.lease.is_some() || self.refused
    }
}
