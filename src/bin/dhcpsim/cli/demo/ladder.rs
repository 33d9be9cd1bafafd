//! The exchange as a ladder: client on the left, server on the right, an arrow a message.

use std::io::{self, Write};
use std::net::SocketAddrV4;

use anstyle::Style;
use dhcpsim::endpoint::{Event, Instant, Lease, State};
use dhcpsim::net::Observer;
use dhcpsim::options::text::Quoted;
use dhcpsim::packet::{HardwareAddress, MessageType};
use serde_json::Value;

use super::super::Global;
use super::super::recorder::Recorder;
use super::super::show::{self, BOLD, CLIENT, DIM, SERVER, Since, Summary, WARNING, json, span};

/// Columns between the two lifelines.
const WIDTH: usize = 56;

/// Draws, records and keeps the lease.
pub(super) struct Ladder {
    json: bool,
    quiet: bool,
    verbose: bool,
    recorder: Option<Recorder>,
    start: Instant,
    /// The client's state, to be told on the next line.
    state: Option<State>,
    /// Whether the last line told a state, which sets messages apart well enough.
    apart: bool,
    lease: Option<Lease>,
}

impl Ladder {
    pub(super) fn new(json: bool, global: &Global, recorder: Option<Recorder>, start: Instant) -> Ladder {
        let (quiet, verbose) = (global.quiet, global.verbose > 0);
        Ladder { json, quiet, verbose, recorder, start, state: None, apart: false, lease: None }
    }

    /// Who talks.
    pub(super) fn head(&self, chaddr: &[u8], server: SocketAddrV4) -> io::Result<()> {
        if self.is_silent() {
            return Ok(());
        }
        let mut out = anstream::stdout().lock();
        writeln!(out, "A DHCP client asks a server for an address, over real UDP sockets on loopback.\n")?;
        let (left, right) = (HardwareAddress(chaddr).to_string(), server.to_string());
        writeln!(out, "{:11}{BOLD}{:<20}{:>38}{BOLD:#}", "", "client", "server")?;
        writeln!(out, "{:11}{CLIENT}{left:<20}{CLIENT:#}{SERVER}{right:>38}{SERVER:#}", "")
    }

    /// That the server has the address back, and what the lease was.
    pub(super) fn foot(&mut self, freed: Option<(Instant, Event)>) -> io::Result<()> {
        match &freed {
            Some((now, event)) if self.json => return self.print_json(&json::event(*now, event)),
            Some((now, Event::Released(binding))) => {
                let text = format!("{} is free again", binding.address);
                self.row(
                    &Since(*now - self.start).to_string(),
                    DIM,
                    &format!("{text:>width$}", width = WIDTH - 2),
                )?;
            }
            _ => {}
        }
        match &self.lease {
            Some(lease) if !self.json => {
                let head = if self.quiet { String::new() } else { format!("\n{BOLD}The lease{BOLD:#}\n") };
                write!(anstream::stdout(), "{head}{}", show::table(lease))
            }
            _ => Ok(()),
        }
    }

    fn is_silent(&self) -> bool {
        self.json || self.quiet
    }

    fn print_json(&self, value: &Value) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{value}")?;
        out.flush()
    }

    /// A line between the lifelines, which `text` does not fill; `gutter` stands on the left.
    fn row(&self, gutter: &str, style: Style, text: &str) -> io::Result<()> {
        if self.is_silent() {
            return Ok(());
        }
        let fill = " ".repeat(WIDTH.saturating_sub(text.chars().count() + 1));
        let mut out = anstream::stdout().lock();
        writeln!(
            out,
            "{DIM}{gutter:>10}{DIM:#} {CLIENT}│{CLIENT:#} {style}{text}{style:#}{fill}{SERVER}│{SERVER:#}"
        )?;
        out.flush()
    }

    fn message(&mut self, now: Instant, ours: bool, payload: &[u8]) -> io::Result<()> {
        let Some(summary) = Summary::of(payload) else { return Ok(()) };
        let state = self.state.take().map_or(String::new(), |state| state.to_string());
        if !std::mem::take(&mut self.apart) {
            self.row(&state, DIM, "")?;
        }
        self.arrow(&Since(now - self.start).to_string(), ours, &summary.name(), payload.len())?;
        for text in told(&summary) {
            let text = if ours { format!("  {text}") } else { format!("{text:>width$}", width = WIDTH - 4) };
            self.row("", Style::new(), &text)?;
        }
        if self.verbose && !self.is_silent() {
            anstream::stdout().write_all(show::whole(payload).as_bytes())?;
        }
        Ok(())
    }

    fn arrow(&self, time: &str, ours: bool, name: &str, octets: usize) -> io::Result<()> {
        if self.is_silent() {
            return Ok(());
        }
        let size = format!("{octets} octets");
        let dashes = "─".repeat(WIDTH.saturating_sub(name.chars().count() + size.len() + 9));
        let line = match ours {
            true => format!(
                "{CLIENT}├── {BOLD}{name}{BOLD:#}{CLIENT} {dashes} {DIM}{size}{DIM:#}{CLIENT} ──▶{CLIENT:#}{SERVER}│{SERVER:#}"
            ),
            false => format!(
                "{CLIENT}│{CLIENT:#}{SERVER}◀── {DIM}{size}{DIM:#}{SERVER} {dashes} {BOLD}{name}{BOLD:#}{SERVER} ──┤{SERVER:#}"
            ),
        };
        let mut out = anstream::stdout().lock();
        writeln!(out, "{DIM}{time:>10}{DIM:#} {line}")?;
        out.flush()
    }
}

/// What a message says, in words, and the fields that say it.
fn told(summary: &Summary) -> Vec<String> {
    let address = summary.address.map_or("an address".to_owned(), |address| address.to_string());
    let server = summary.server.map_or("no server".to_owned(), |server| server.to_string());
    let lease = summary.lease.map_or("no time".to_owned(), span);
    let list = |addresses: &[std::net::Ipv4Addr]| {
        addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    match summary.kind {
        Some(MessageType::DISCOVER) => {
            let name = summary
                .host_name
                .as_deref()
                .map_or(String::new(), |name| format!(", host name {}", Quoted(name)));
            vec!["Is there a server? I need an address.".to_owned(), format!("xid {:08x}{name}", summary.xid)]
        }
        Some(MessageType::OFFER) => {
            vec![format!("You may have {address} for {lease}."), format!("server {server}")]
        }
        Some(MessageType::REQUEST) => vec![format!("Then I take {address}, offered by {server}.")],
        Some(MessageType::ACK) => {
            let mut lines = vec![format!("{address} is yours for {lease}.")];
            if let Some(mask) = summary.mask {
                lines.push(format!(
                    "mask {mask}, router {}, DNS {}",
                    list(&summary.routers),
                    list(&summary.dns)
                ));
            }
            if let (Some(t1), Some(t2)) = (summary.t1, summary.t2) {
                lines.push(format!("renew in {} (T1), rebind in {} (T2)", span(t1), span(t2)));
            }
            lines
        }
        Some(MessageType::NAK) => vec!["No, you may not.".to_owned()],
        Some(MessageType::RELEASE) => vec![format!("I give {address} back. (Nobody answers to that.)")],
        _ => vec![summary.to_string()],
    }
}

impl Observer for Ladder {
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
        result?;
        if let Some(recorder) = &mut self.recorder {
            recorder.write(now, true, from, to, payload)?;
        }
        match self.json {
            true => self.print_json(&json::message(now, "sent", (from, to), payload, self.verbose)),
            false => self.message(now, true, payload),
        }
    }

    fn event(&mut self, now: Instant, event: &Event) -> io::Result<()> {
        if let Event::Leased(lease) = event {
            self.lease = Some((**lease).clone());
        }
        match event {
            event if self.json => self.print_json(&json::event(now, event)),
            Event::Entered(state) => match state {
                State::Bound | State::Stopped => {
                    self.apart = true;
                    self.row(&state.to_string(), DIM, "")
                }
                _ => {
                    self.state = Some(*state);
                    Ok(())
                }
            },
            Event::Dropped(dropped) => {
                let reason = dropped.reason;
                self.row("", WARNING, &format!("ignored: {reason} ({})", reason.reference()))
            }
            _ => Ok(()),
        }
    }

    fn is_done(&self) -> bool {
        self.lease.is_some()
    }
}
