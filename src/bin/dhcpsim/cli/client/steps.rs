//! What a client prints: each step with its time, and what it got.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::SocketAddrV4;
use std::time::Duration;

use dhcpsim::client::Transition;
use dhcpsim::endpoint::{Event, Instant, Lease, State, Trigger};
use dhcpsim::net::Observer;
use dhcpsim::options::text::Quoted;
use dhcpsim::packet::MessageType;
use serde_json::Value;

use super::super::Failure;
use super::super::recorder::Recorder;
use super::super::show::{self, CLIENT, DIM, SERVER, Since, Summary, WARNING, json};
use super::outcome::Outcome;
use super::signals::Signals;
use super::took::Took;

/// What has happened that somebody must do something about.
#[derive(Debug)]
pub(super) enum News {
    /// A lease, the first or a longer one.
    Leased { lease: Lease, extended: bool },
    /// A server refused the address.
    Refused,
    /// The lease has ended.
    Ended,
    /// Parameters have come.
    Informed,
    /// Nobody gives parameters.
    GaveUp,
}

/// How the steps are told.
pub(super) struct Manner {
    pub(super) json: bool,
    pub(super) explain: bool,
    pub(super) quiet: bool,
    pub(super) verbose: bool,
}

/// Prints, records and remembers how it went.
pub(super) struct Steps {
    manner: Manner,
    recorder: Option<Recorder>,
    start: Instant,
    server: String,
    signals: Signals,
    news: VecDeque<News>,
    took: Took,
    lease: Option<Lease>,
    informed: Option<Vec<u8>>,
    state: State,
    had_lease: bool,
    outcome: Outcome,
}

impl Steps {
    pub(super) fn new(
        manner: Manner,
        recorder: Option<Recorder>,
        start: Instant,
        server: String,
        signals: Signals,
    ) -> Steps {
        Steps {
            manner,
            recorder,
            start,
            server,
            signals,
            news: VecDeque::new(),
            took: Took::since(start),
            lease: None,
            informed: None,
            state: State::Stopped,
            had_lease: false,
            outcome: Outcome::default(),
        }
    }

    /// The next thing that has happened.
    pub(super) fn next(&mut self) -> Option<News> {
        self.news.pop_front()
    }

    /// Whether there has been no lease yet.
    pub(super) fn is_without(&self) -> bool {
        !self.had_lease
    }

    /// What it tried until it was stopped.
    pub(super) fn so_far(&self) -> String {
        self.outcome.so_far()
    }

    /// That a server refused.
    pub(super) fn refused(&self) -> Failure {
        self.outcome.refused()
    }

    /// That there was nothing of use in time; programs are told so.
    pub(super) fn too_late(&self, now: Instant, time: Duration) -> io::Result<Failure> {
        self.ended(now, self.outcome.reason())?;
        Ok(self.outcome.too_late(&self.server, time))
    }

    /// Prints what it got.
    pub(super) fn show(&self, now: Instant) -> io::Result<()> {
        if self.manner.json {
            return self.print_json(&json::took(now, self.took.rows()));
        }
        let table = match (&self.lease, &self.informed) {
            (Some(lease), _) => show::table(lease),
            (None, Some(ack)) => show::parameters(ack),
            (None, None) => return Ok(()),
        };
        let gap = if self.manner.quiet { "" } else { "\n" };
        let took = if self.manner.quiet { String::new() } else { self.took.row() };
        write!(anstream::stdout(), "{gap}{table}{took}")
    }

    /// A blank line between what it got and what follows.
    pub(super) fn gap(&self) -> io::Result<()> {
        if self.manner.json || self.manner.quiet { Ok(()) } else { writeln!(anstream::stdout()) }
    }

    /// Tells programs that there is no lease to come.
    pub(super) fn ended(&self, now: Instant, reason: &str) -> io::Result<()> {
        if self.manner.json { self.print_json(&json::ended(now, reason)) } else { Ok(()) }
    }

    fn print_json(&self, value: &Value) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{value}")?;
        out.flush()
    }

    fn step(&self, now: Instant, text: &str) -> io::Result<()> {
        if self.manner.json || self.manner.quiet {
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
        if self.manner.verbose && !self.manner.json {
            anstream::stdout().write_all(show::whole(&show::without_nonce(payload)).as_bytes())?;
        }
        Ok(())
    }
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
        self.outcome.received(payload);
        self.took.received(now, payload);
        if let Some(recorder) = &mut self.recorder {
            recorder.write(now, false, from, to, payload)?;
        }
        match self.manner.json {
            true => {
                self.print_json(&json::message(now, "received", (from, to), payload, self.manner.verbose))
            }
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
        self.took.sent(now, payload);
        if let Some(recorder) = &mut self.recorder {
            recorder.write(now, true, from, to, payload)?;
        }
        match self.manner.json {
            true => self.print_json(&json::message(now, "sent", (from, to), payload, self.manner.verbose)),
            false => self.message(now, true, payload),
        }
    }

    fn event(&mut self, now: Instant, event: &Event) -> io::Result<()> {
        self.remember(now, event);
        if self.manner.json {
            return self.print_json(&json::event(now, event));
        }
        match told(now, event, self.state, &self.manner) {
            Some(text) => self.step(now, &text),
            None => Ok(()),
        }
    }

    fn unreachable(&mut self, _: Instant) -> io::Result<()> {
        self.outcome.unreachable();
        Ok(())
    }

    fn is_done(&self) -> bool {
        !self.news.is_empty() || self.signals.any()
    }
}

impl Steps {
    fn remember(&mut self, now: Instant, event: &Event) {
        self.outcome.event(now - self.start, event);
        match event {
            Event::Leased(lease) => {
                self.took.bound(now);
                let lease = Lease::clone(lease);
                let extended = self.lease.as_ref().is_some_and(|before| before.address == lease.address);
                self.had_lease = true;
                self.lease = Some(lease.clone());
                self.news.push_back(News::Leased { lease, extended });
            }
            Event::Nak { .. } => self.news.push_back(News::Refused),
            Event::LeaseEnded(_) => {
                self.lease = None;
                self.news.push_back(News::Ended);
            }
            Event::Informed(ack) => {
                self.took.bound(now);
                self.informed = Some(ack.clone());
                self.news.push_back(News::Informed);
            }
            Event::Entered(state) => {
                if self.state == State::Stopped {
                    self.took.began(now);
                }
                if (self.state, *state) == (State::Informing, State::Stopped) {
                    self.news.push_back(News::GaveUp);
                }
                self.state = *state;
            }
            _ => {}
        }
    }
}

/// How long it waits: `4.31 s`, `26 min 14 s`.
fn wait(time: Duration) -> String {
    match u32::try_from(time.as_secs()) {
        Ok(seconds) if seconds >= 120 => show::span(seconds),
        _ => Since(time).to_string(),
    }
}

/// An event in words, as far as the lines of the messages do not tell it.
fn told(now: Instant, event: &Event, state: State, manner: &Manner) -> Option<String> {
    let aside = |text: String| Some(format!("{DIM}{text}{DIM:#}"));
    let warning = |text: String| Some(format!("{WARNING}✗ {text}{WARNING:#}"));
    match event {
        Event::Dropped(dropped) => {
            let reason = dropped.reason;
            let what = match dropped.message.filter(|_| manner.explain) {
                Some(kind) if kind.name().is_some() => format!(" this DHCP{kind}"),
                Some(kind) => format!(" this message of {kind}"),
                None => String::new(),
            };
            warning(format!("ignored{what}: {reason} ({})", reason.reference()))
        }
        Event::Nak { server, message } => {
            let why = if message.is_empty() { String::new() } else { format!(": {}", Quoted(message)) };
            warning(format!("refused by {server}{why}"))
        }
        Event::Taken(address) => {
            warning(format!("somebody else has {address}: declined, ten seconds' pause (RFC 2131 §3.1)"))
        }
        Event::LeaseEnded(address) => warning(format!("the lease of {address} has ended (RFC 2131 §4.4.5)")),
        Event::Waiting { message, attempt, until } if manner.explain => {
            let (section, then) = match state {
                State::Renewing => ("4.4.5", "asks its server again, or all from T2 on"),
                State::Rebinding => ("4.4.5", "asks all again, until the lease ends"),
                _ => ("4.1", "sends it again"),
            };
            aside(format!(
                "waits {} for an answer to DHCP{message} number {attempt}, then {then} (RFC 2131 §{section})",
                wait(*until - now)
            ))
        }
        Event::Paused { until, why } if manner.explain || manner.verbose => {
            aside(format!("waits {} {why} ({})", wait(*until - now), why.reference()))
        }
        Event::Waiting { message, attempt, until } if manner.verbose || *attempt > 1 => aside(format!(
            "waits {} for an answer to {message}, try {attempt} (RFC 2131 §{})",
            wait(*until - now),
            if matches!(state, State::Renewing | State::Rebinding) { "4.4.5" } else { "4.1" }
        )),
        Event::Moved(moved) => {
            let row = Transition::of(*moved)?;
            let on = if moved.on == Trigger::WaitOver { String::new() } else { format!("{}: ", moved.on) };
            aside(format!("{} → {}: {on}{} ({})", moved.from, moved.to, row.does, row.reference))
        }
        Event::Entered(state) if manner.verbose && !manner.explain => aside(state.to_string()),
        _ => None,
    }
}
