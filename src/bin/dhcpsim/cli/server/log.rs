//! What a server tells of each message and event: a line at info, the decision at debug, everything at trace.

use std::io;
use std::net::SocketAddrV4;
use std::sync::Arc;

use anstyle::Style;
use dhcpsim::endpoint::{Commit, Event, Instant, Refused};
use dhcpsim::net::Observer;
use dhcpsim::options::text::Escaped;
use dhcpsim::watch::{Board, Counters, Signals, type_name};

use super::super::recorder::Recorder;
use super::super::show::{self, CLIENT, DIM, SERVER, Summary, WARNING, json};
use super::flags::Level;
use super::hook::Hook;
use super::printer::Printer;

/// Prints, counts, records, and hands lease events to the script.
pub(in super::super) struct Log {
    pub(in super::super) printer: Arc<Printer>,
    pub(in super::super) recorder: Option<Recorder>,
    pub(in super::super) counters: Counters,
    pub(in super::super) hook: Option<Hook>,
    pub(in super::super) board: Arc<Board>,
    pub(in super::super) signals: Signals,
}

/// A message that came or went.
struct Passed<'a> {
    now: Instant,
    what: &'static str,
    from: SocketAddrV4,
    to: SocketAddrV4,
    payload: &'a [u8],
}

impl Log {
    fn record(&mut self, message: &Passed<'_>) -> io::Result<()> {
        let Some(recorder) = &mut self.recorder else { return Ok(()) };
        let sent = message.what == "sent";
        let result = recorder.write(message.now, sent, message.from, message.to, message.payload);
        // After an error the file ends with a torn message: nothing more is written behind it.
        if let Err(error) = &result {
            self.recorder = None;
            self.printer.say(
                message.now,
                Level::Error,
                ("capture", "error"),
                || Some(format!("{WARNING}✗ the capture ends here: {error}{WARNING:#}")),
                || {
                    let mut line = json::start(message.now, "capture-error");
                    json::put(&mut line, "text", Some(error));
                    line.into()
                },
            )?;
        }
        self.printer.forgive(result)
    }

    fn message(&self, message: &Passed<'_>) -> io::Result<()> {
        let Passed { now, what, from, to, payload } = *message;
        let whole = self.printer.level() >= Level::Trace;
        let text = || Some(line(what, payload, whole));
        let object = || json::message(now, what, (from, to), payload, whole);
        self.printer.say(now, Level::Info, (what, type_name(payload)), text, object)
    }

    fn unsent(&self, message: &Passed<'_>, error: &io::Error) -> io::Result<()> {
        let Passed { now, from, to, payload, .. } = *message;
        let text = || Some(format!("{WARNING}! cannot send to {to}: {error}{WARNING:#}"));
        let object = || {
            let mut object = json::message(now, "not-sent", (from, to), payload, false);
            if let Some(object) = object.as_object_mut() {
                json::put(object, "error", Some(error));
            }
            object
        };
        self.printer.say(now, Level::Warn, ("not-sent", type_name(payload)), text, object)
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
        self.counters.received(payload);
        let message = Passed { now, what: "received", from, to, payload };
        self.record(&message)?;
        self.message(&message)
    }

    fn sent(
        &mut self,
        now: Instant,
        from: SocketAddrV4,
        to: SocketAddrV4,
        payload: &[u8],
        result: io::Result<()>,
    ) -> io::Result<()> {
        self.counters.sent(payload, result.is_ok());
        let message = Passed { now, what: "sent", from, to, payload };
        if let Err(error) = result {
            return self.unsent(&message, &error);
        }
        self.record(&message)?;
        self.message(&message)
    }

    fn event(&mut self, now: Instant, event: &Event) -> io::Result<()> {
        self.counters.event(event);
        let (level, style, text) = told(event);
        let name = match event {
            Event::Dropped(dropped) => dropped.reason.name(),
            Event::Decided(decided) => decided.rule.name(),
            Event::Refused { why, .. } => why.name(),
            _ => "",
        };
        let text = || text.map(|text| format!("{style}{text}{style:#}"));
        self.printer.say(now, level, (json::name(event), name), text, || json::event(now, event))?;
        match &mut self.hook {
            Some(hook) => hook.event(now, event),
            None => Ok(()),
        }
    }

    fn stored(&mut self, _: Instant, _: &[Commit], results: &[Result<(), Refused>]) -> io::Result<()> {
        self.counters.stored(results);
        Ok(())
    }

    /// The serving loop pauses where something else is asked of the server.
    fn is_done(&self) -> bool {
        self.board.is_wanted() || self.signals.any()
    }
}

/// `← DISCOVER  02:00:00:00:00:01  would like 10.67.0.10 "alice"`, and the message below it if it is told whole.
fn line(what: &str, payload: &[u8], whole: bool) -> String {
    let (arrow, style) = if what == "received" { ("←", CLIENT) } else { ("→", SERVER) };
    let line = match Summary::of(payload) {
        Some(summary) => {
            format!("{style}{arrow} {:<8}{style:#}  {}  {summary}", summary.name(), summary.chaddr)
        }
        None => format!("{style}{arrow} {} octets{style:#}", payload.len()),
    };
    match whole {
        true => format!("{}\n{}", line.trim_end(), show::whole(payload)),
        false => line,
    }
}

/// An event in words, where the lines of the messages do not tell it.
fn told(event: &Event) -> (Level, Style, Option<String>) {
    let (level, style, text) = match event {
        Event::Dropped(dropped) => {
            (Level::Info, WARNING, format!("✗ ignored: {} ({})", dropped.reason, dropped.reason.reference()))
        }
        Event::Refused { address, why, .. } => {
            (Level::Info, WARNING, format!("✗ {address} refused: {why} ({})", why.reference()))
        }
        Event::Decided(decided) => {
            let rule = decided.rule.to_string();
            (Level::Debug, DIM, format!("· {} ({})", Escaped(rule.as_bytes()), decided.reference()))
        }
        Event::NotStored(binding, why) => {
            (Level::Error, WARNING, format!("✗ {} not acknowledged: {why} (RFC 2131 §3.1)", binding.address))
        }
        Event::Declined { client, address, .. } => (
            Level::Warn,
            WARNING,
            format!("! {address} is in use by somebody else, says {client}; it rests (RFC 2131 §4.3.3)"),
        ),
        Event::InUse { address, .. } => {
            (Level::Warn, WARNING, format!("! {address} answered a probe: it rests (RFC 2131 §2.2)"))
        }
        Event::Omitted(codes) => {
            let names: Vec<String> = codes.iter().map(ToString::to_string).collect();
            (Level::Warn, WARNING, format!("! no room for {} in the message (option 57)", names.join(", ")))
        }
        Event::OfferLapsed { address, .. } => (Level::Info, DIM, format!("· offer of {address} lapsed")),
        Event::Expired(binding) => (Level::Info, DIM, format!("· lease of {} ran out", binding.address)),
        Event::Rested(address) => (Level::Info, DIM, format!("· {address} is available again")),
        _ => return (Level::Info, DIM, None),
    };
    (level, style, Some(text))
}
