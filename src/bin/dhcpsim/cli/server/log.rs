//! What a server tells of each message and event: a line at info, the decision at debug, everything at trace.

use std::io;
use std::net::SocketAddrV4;
use std::sync::Arc;

use anstyle::Style;
use dhcpsim::endpoint::{Event, Input, Instant, Output};
use dhcpsim::net::{Observer, Panicked, Skipped, Stored};
use dhcpsim::options::text::{Escaped, Hex};
use dhcpsim::watch::{Board, Counters, Signals, type_name};

use super::super::recorder::Recorder;
use super::super::show::{self, CLIENT, DIM, SERVER, Summary, WARNING, json};
use super::flags::Level;
use super::hook::Hook;
use super::printer::{Printer, grouped};
use super::tape::Tape;

/// The most octets of a message that are shown where it made the program panic.
const MOST_SHOWN: usize = 1500;

/// Prints, counts, records, and hands lease events to the script.
pub(in super::super) struct Log {
    pub(in super::super) printer: Arc<Printer>,
    pub(in super::super) recorder: Option<Recorder>,
    pub(in super::super) tape: Option<Tape>,
    pub(in super::super) counters: Counters,
    pub(in super::super) hook: Option<Hook>,
    pub(in super::super) board: Arc<Board>,
    pub(in super::super) signals: Signals,
    /// Datagrams that were not looked at and are not told of yet.
    pub(in super::super) skipped: u64,
}

/// A message that came or went.
struct Passed<'a> {
    now: Instant,
    what: &'static str,
    /// Its type.
    kind: &'static str,
    from: SocketAddrV4,
    to: SocketAddrV4,
    payload: &'a [u8],
}

impl Log {
    fn record(&mut self, message: &Passed<'_>) -> io::Result<()> {
        let sent = message.what == "sent";
        self.tape(message.now, |tape| {
            tape.message(message.now, sent, (message.from, message.to), message.payload)
        })?;
        let Some(recorder) = &mut self.recorder else { return Ok(()) };
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
        let Passed { now, what, kind, from, to, payload } = *message;
        let whole = || self.printer.level() >= Level::Trace;
        let text = || Some(line(what, payload, whole()));
        let object = || json::message(now, what, (from, to), payload, whole());
        self.printer.say(now, Level::Info, (what, kind), text, object)
    }

    fn unsent(&self, message: &Passed<'_>, error: &io::Error) -> io::Result<()> {
        let Passed { now, kind, from, to, payload, .. } = *message;
        let text = || Some(format!("{WARNING}! cannot send to {to}: {error}{WARNING:#}"));
        let object = || {
            let mut object = json::message(now, "not-sent", (from, to), payload, false);
            if let Some(object) = object.as_object_mut() {
                json::put(object, "error", Some(error));
            }
            object
        };
        self.printer.say(now, Level::Warn, ("not-sent", kind), text, object)
    }
}

impl Log {
    /// Does something with the recording, if there is one. One that can't go on ends, and the server goes on.
    pub(super) fn tape(
        &mut self,
        now: Instant,
        act: impl FnOnce(&mut Tape) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(tape) = &mut self.tape else { return Ok(()) };
        match act(tape) {
            Ok(()) => Ok(()),
            Err(error) => {
                self.tape = None;
                self.say_untaped(now, &error)
            }
        }
    }

    /// Ends the recording, if there is one.
    pub(super) fn finish_tape(&mut self, now: Instant) -> io::Result<()> {
        match self.tape.take().map(|tape| tape.finish(now)) {
            Some(Err(error)) => self.say_untaped(now, &error),
            Some(Ok(())) | None => Ok(()),
        }
    }

    fn say_untaped(&self, now: Instant, error: &io::Error) -> io::Result<()> {
        let text = || Some(format!("{WARNING}✗ the recording ends here: {error}{WARNING:#}"));
        let object = || {
            let mut line = json::start(now, "recording-error");
            json::put(&mut line, "text", Some(error));
            line.into()
        };
        self.printer.say(now, Level::Error, ("recording", "error"), text, object)
    }

    /// Says how many datagrams were not looked at since this was asked last.
    pub(super) fn say_skipped(&mut self, now: Instant) -> io::Result<()> {
        let count = std::mem::take(&mut self.skipped);
        if count == 0 {
            return Ok(());
        }
        let text = || {
            let count = grouped(count);
            Some(format!(
                "{WARNING}! more comes than can be handled: {count} datagrams of strangers not looked at{WARNING:#}"
            ))
        };
        let object = || {
            let mut line = json::start(now, "overload");
            line.insert("count".into(), count.into());
            line.into()
        };
        self.printer.say(now, Level::Warn, ("overload", ""), text, object)
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
        let kind = type_name(payload);
        self.counters.received(kind);
        let message = Passed { now, what: "received", kind, from, to, payload };
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
        let kind = type_name(payload);
        self.counters.sent(kind, result.is_ok());
        let message = Passed { now, what: "sent", kind, from, to, payload };
        if let Err(error) = result {
            return self.unsent(&message, &error);
        }
        self.record(&message)?;
        self.message(&message)
    }

    fn event(&mut self, now: Instant, event: &Event) -> io::Result<()> {
        self.counters.event(event);
        let (level, style, worded) = weight(event);
        let name = match event {
            Event::Dropped(dropped) => dropped.reason.name(),
            Event::Decided(decided) => decided.rule.name(),
            Event::Refused { why, .. } => why.name(),
            _ => "",
        };
        if worded || self.printer.is_json() {
            let text = || Some(format!("{style}{}{style:#}", words(event)));
            self.printer.say(now, level, (json::name(event), name), text, || json::event(now, event))?;
        }
        match &mut self.hook {
            Some(hook) => hook.event(now, event),
            None => Ok(()),
        }
    }

    fn input(&mut self, now: Instant, input: &Input<'_>) -> io::Result<()> {
        self.tape(now, |tape| tape.input(now, input))
    }

    fn output(&mut self, output: &Output) -> io::Result<()> {
        let Some(now) = self.tape.as_ref().map(Tape::now) else { return Ok(()) };
        self.tape(now, |tape| tape.output(output))
    }

    fn settled(&mut self, now: Instant) -> io::Result<()> {
        self.tape(now, Tape::settle)
    }

    fn stored(&mut self, _: Instant, stored: &Stored<'_>) -> io::Result<()> {
        self.counters.stored(stored.results, stored.took);
        Ok(())
    }

    fn skipped(&mut self, _: Instant, skipped: &Skipped) -> io::Result<()> {
        self.counters.skipped(skipped);
        self.skipped += skipped.total();
        Ok(())
    }

    fn panicked(&mut self, now: Instant, panicked: &Panicked, payload: Option<&[u8]>) -> io::Result<()> {
        self.counters.panics += 1;
        let payload = payload.unwrap_or_default();
        let shown = Hex(payload.get(..MOST_SHOWN).unwrap_or(payload)).to_string();
        let what = panicked.to_string();
        let what = Escaped(what.as_bytes());
        let text =
            || Some(format!("{WARNING}✗ not handled, a fault of this program: {what}: {shown}{WARNING:#}"));
        let object = || {
            let mut line = json::start(now, "panic");
            json::put(&mut line, "text", Some(what));
            json::put(&mut line, "octets", Some(&shown));
            line.into()
        };
        self.printer.say(now, Level::Error, ("panic", ""), text, object)
    }

    fn abandoned(&mut self, now: Instant, number: usize) -> io::Result<()> {
        let (level, what) = match number {
            0 => (Level::Warn, "the store did not end in time".to_owned()),
            number => (
                Level::Error,
                format!("the store did not keep {number} bindings in time: they were not acknowledged"),
            ),
        };
        let text = || Some(format!("{WARNING}✗ {what} (RFC 2131 §3.1){WARNING:#}"));
        let object = || {
            let mut line = json::start(now, "abandoned");
            line.insert("count".into(), number.into());
            line.into()
        };
        self.printer.say(now, level, ("abandoned", ""), text, object)
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

/// How much an event matters, its colour, and whether text has a line for it: the lines of the messages tell the others.
fn weight(event: &Event) -> (Level, Style, bool) {
    match event {
        Event::Dropped(_) | Event::Refused { .. } => (Level::Info, WARNING, true),
        Event::Decided(_) => (Level::Debug, DIM, true),
        Event::NotStored(..) => (Level::Error, WARNING, true),
        Event::Declined { .. } | Event::InUse { .. } | Event::Omitted(_) | Event::AgentLeftOut => {
            (Level::Warn, WARNING, true)
        }
        Event::OfferLapsed { .. } | Event::Expired(_) | Event::Rested(_) => (Level::Info, DIM, true),
        _ => (Level::Info, DIM, false),
    }
}

/// An event in words; empty where text has no line for it.
fn words(event: &Event) -> String {
    match event {
        Event::Dropped(dropped) => format!("✗ ignored: {} ({})", dropped.reason, dropped.reason.reference()),
        Event::Refused { address, why, .. } => format!("✗ {address} refused: {why} ({})", why.reference()),
        Event::Decided(decided) => {
            let rule = decided.rule.to_string();
            format!("· {} ({})", Escaped(rule.as_bytes()), decided.reference())
        }
        Event::NotStored(binding, why) => {
            format!("✗ {} not acknowledged: {why} (RFC 2131 §3.1)", binding.address)
        }
        Event::Declined { client, address, .. } => {
            format!("! {address} is in use by somebody else, says {client}; it rests (RFC 2131 §4.3.3)")
        }
        Event::InUse { address, .. } => format!("! {address} answered a probe: it rests (RFC 2131 §2.2)"),
        Event::Omitted(codes) => {
            let names: Vec<String> = codes.iter().map(ToString::to_string).collect();
            format!("! no room for {} in the reply (option 57)", names.join(", "))
        }
        Event::AgentLeftOut => {
            "! the request goes on without option 82, for which it has no room (RFC 3046 §2.1)".to_owned()
        }
        Event::OfferLapsed { address, .. } => format!("· offer of {address} lapsed"),
        Event::Expired(binding) => format!("· lease of {} ran out", binding.address),
        Event::Rested(address) => format!("· {address} is available again"),
        _ => String::new(),
    }
}
