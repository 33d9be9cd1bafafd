//! `dhcpsim replay CAPTURE`: the clients' messages before a server of ours, and both servers' answers side by side.

use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::time::Duration;

use dhcpsim::config::{Loaded, Service};
use dhcpsim::endpoint::Instant;
use dhcpsim::lease::Binding;
use dhcpsim::packet::Packet;
use dhcpsim::replay::{Assumed, Exchange, Reply, Survey, Talk, TalkCounts, Tally, Verdict};
use dhcpsim::server::Config;
use serde_json::{Value, json};

use super::super::exit::Complaint;
use super::super::show::{CLIENT, DIM, SERVER, Timestamp, WARNING};
use super::super::{Exit, Failure, Global};
use super::counts::{Counts, Took};
use super::show::{self, Sides};
use super::source::Source;
use super::{Form, Replay, leases};

const CAPTURED: Sides = Sides { before: "captured", now: "here", nouns: show::ANSWERS };
const RECORDED: Sides = Sides { before: "recorded", ..CAPTURED };

/// What our server is made of.
struct Made {
    config: Config,
    leases: Vec<Binding>,
    watched: Option<std::net::Ipv4Addr>,
    /// What was assumed.
    notes: Vec<String>,
}

/// Replays and tells.
pub(super) fn run(replay: &Replay, global: &Global) -> Result<Exit, Failure> {
    let source = Source::of(&replay.input)?;
    let made = make(replay, &source)?;
    if replay.print_config {
        let loaded = Loaded { service: Service::default(), config: made.config };
        write!(anstream::stdout(), "{loaded}")?;
        return Ok(Exit::Done);
    }
    let sides = if replay.input.is_dir() { RECORDED } else { CAPTURED };
    let mut teller = Teller::new(replay.form, sides);
    if !global.quiet {
        teller.assumed(&made)?;
    }
    let mut talk = Talk::new(made.config, made.leases, made.watched);
    let heard = source.hear(&mut |heard| {
        teller.first(heard.time);
        talk.hear(heard, &mut |exchange| teller.exchange(&exchange));
        teller.written()
    });
    talk.finish(&mut |exchange| teller.exchange(&exchange));
    teller.written()?;
    teller.sum_up(&talk.counts)?;
    heard?;
    Ok(if teller.counts.differs() == 0 { Exit::Done } else { Exit::No })
}

/// What our server serves: as told, or as the captured one did.
fn make(replay: &Replay, source: &Source) -> Result<Made, Failure> {
    let mut survey = Survey::default();
    let mut start = None;
    let surveyed = source.hear(&mut |heard| {
        start = start.or(heard.time);
        survey.hear(heard);
        Ok(())
    });
    // What is good before a fault is replayed; with nothing there is only the fault to tell.
    if survey.asked == 0 {
        surveyed?;
    }
    let watched = replay.server.or_else(|| survey.server());
    let (config, mut leases, mut notes) = match &replay.config {
        Some(path) => {
            let loaded = Loaded::from_file(path).map_err(Failure::Configuration)?;
            (loaded.config, source.leases()?, Vec::new())
        }
        None => {
            let cannot = |why: &dyn std::fmt::Display| {
                let what = format!("{}: no configuration can be made of it: {why}", source.name());
                Failure::Input(Complaint::new(what).help("--config FILE says what our server serves"))
            };
            let watched = watched.ok_or_else(|| cannot(&"no server answers in it"))?;
            let Assumed { config, leases, notes } = survey.assume(watched).map_err(|error| cannot(&error))?;
            (config, leases, notes)
        }
    };
    if let Some(path) = &replay.leases {
        leases = leases::read(path, &config, start.unwrap_or(Instant::EPOCH))?;
        notes.retain(|note| !note.ends_with("before the capture"));
    }
    Ok(Made { config, leases, watched, notes })
}

/// Tells exchanges as they are complete.
struct Teller {
    form: Form,
    sides: Sides,
    out: BufWriter<Box<dyn Write>>,
    first: Option<Instant>,
    counts: Counts,
    took: Took,
    tally: Tally,
    failure: Option<io::Error>,
}

impl Teller {
    fn new(form: Form, sides: Sides) -> Teller {
        let out: Box<dyn Write> =
            if form.json { Box::new(io::stdout().lock()) } else { Box::new(anstream::stdout().lock()) };
        Teller {
            form,
            sides,
            out: BufWriter::with_capacity(1 << 16, out),
            first: None,
            counts: Counts::default(),
            took: Took::default(),
            tally: Tally::default(),
            failure: None,
        }
    }

    /// What could not be written.
    fn written(&mut self) -> io::Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }

    fn first(&mut self, time: Option<Instant>) {
        self.first = self.first.or(time);
    }

    /// Says what the configuration rests on.
    fn assumed(&mut self, made: &Made) -> io::Result<()> {
        if made.notes.is_empty() {
            return Ok(());
        }
        if self.form.json {
            let mut object = show::start("assumed", None);
            object.insert("notes".into(), made.notes.clone().into());
            return writeln!(self.out, "{}", Value::from(object));
        }
        writeln!(self.out, "assumed from the capture (--print-config shows it, --config FILE is another):")?;
        made.notes.iter().try_for_each(|note| writeln!(self.out, "  {note}"))
    }

    fn exchange(&mut self, exchange: &Exchange) {
        let verdict = exchange.verdict();
        self.counts.add(&verdict);
        self.tally.add(verdict.differs());
        if let Some(captured) = &exchange.captured {
            self.took.add(captured.at.since(exchange.at));
        }
        let told = match (self.form.json, self.form.trace || !verdict.is_alike()) {
            (true, true) => writeln!(self.out, "{}", object(exchange, &verdict, self.sides)),
            (false, true) => {
                let text = self.text(exchange, &verdict);
                self.out.write_all(text.as_bytes())
            }
            (_, false) => Ok(()),
        };
        if let Err(error) = told {
            self.failure.get_or_insert(error);
        }
    }

    /// An exchange in lines.
    fn text(&self, exchange: &Exchange, verdict: &Verdict) -> String {
        let past = exchange.at.since(self.first.unwrap_or(exchange.at));
        let mut text = format!(
            "{:>4}  {}.{:06}  {CLIENT}{}{CLIENT:#}\n",
            exchange.number,
            past.as_secs(),
            past.subsec_micros(),
            show::message(&exchange.request)
        );
        let Sides { before, .. } = self.sides;
        let head = match (verdict, self.form.trace) {
            (Verdict::Alike, _) => format!("{DIM}alike{DIM:#}"),
            (Verdict::Silent, _) => format!("{DIM}no answer, here neither{}{DIM:#}", why(exchange)),
            (Verdict::Differs(_), true) => format!("{WARNING}differs{WARNING:#}{}", room(exchange)),
            (Verdict::Differs(found), false) => {
                let names: Vec<String> = found.iter().map(|differs| differs.facet.to_string()).collect();
                let (kind, names, room) = (kind(&exchange.captured), names.join(", "), room(exchange));
                format!("{WARNING}{kind} differs{WARNING:#} in {names}{room}")
            }
            (Verdict::OtherType(_), _) => {
                let (first, ours) = (kind(&exchange.captured), kind(&exchange.ours));
                format!("{WARNING}{before} {first}, here {ours}{WARNING:#}{}", why(exchange))
            }
            (Verdict::OnlyCaptured, _) => {
                format!(
                    "{WARNING}only {before}: {}{WARNING:#}; here none{}",
                    kind(&exchange.captured),
                    why(exchange)
                )
            }
            (Verdict::OnlyHere, _) => {
                let others = if exchange.others > 0 { "; another server answered" } else { "" };
                format!("{WARNING}only here: {}{WARNING:#}{}{others}", kind(&exchange.ours), why(exchange))
            }
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "      {head}");
        if self.form.trace {
            self.answers(&mut text, exchange);
            show::differences(&mut text, 8, self.sides, verdict.differs());
        }
        text
    }

    /// Both answers, a line each.
    fn answers(&self, text: &mut String, exchange: &Exchange) {
        if let Some(captured) = &exchange.captured {
            let (took, line) = (millis(captured.at.since(exchange.at)), show::message(&captured.payload));
            let _ = writeln!(
                text,
                "      {SERVER}captured{SERVER:#} after {took}, frame {}: {line}",
                captured.number
            );
        }
        if let Some(ours) = &exchange.ours {
            let mapped = exchange.mapped.map_or(String::new(), |address| format!(" ({address} here)"));
            let _ = writeln!(text, "      {SERVER}here{SERVER:#} {}{mapped}", show::message(&ours.payload));
        }
    }

    fn sum_up(&mut self, heard: &TalkCounts) -> io::Result<()> {
        if self.form.json {
            return self.sum_up_json(heard);
        }
        let requests = show::counted(self.counts.requests, ("request", "requests"));
        writeln!(self.out, "{requests} replayed: {}", self.verdicts())?;
        let mut text = String::new();
        show::tally(&mut text, self.sides, &self.tally);
        if let Some(least) = self.took.least {
            let mean = self.took.sum.checked_div(self.took.count).unwrap_or_default();
            let (least, mean, most) = (millis(least), millis(mean), millis(self.took.most));
            let _ = writeln!(
                text,
                "  {} answers came after {least} to {most}, {mean} on average",
                self.sides.before
            );
        }
        for (count, nouns, what) in [
            (
                heard.mapped,
                ("client's address is another", "clients' addresses are others"),
                " here, which is no difference",
            ),
            (heard.unasked, ("answer belongs", "answers belong"), " to no request"),
            (heard.foreign, ("answer of another server is", "answers of other servers are"), " left alone"),
            (heard.passed, ("message is", "messages are"), " no request or answer of a DHCP server"),
            (heard.back, ("time goes", "times go"), " back"),
        ] {
            if count > 0 {
                let _ = writeln!(text, "  {}{what}", show::counted(count, nouns));
            }
        }
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    fn verdicts(&self) -> String {
        let Counts { alike, differing, other, captured, here, silent, .. } = self.counts;
        let parts = [
            (alike, "answered alike"),
            (differing, "answered with differences"),
            (other, "answered with another type"),
            (captured, "answered only there"),
            (here, "answered only here"),
            (silent, "answered by neither"),
        ];
        let told: Vec<String> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if told.is_empty() { "nothing to compare".to_owned() } else { told.join(", ") }
    }

    fn sum_up_json(&mut self, heard: &TalkCounts) -> io::Result<()> {
        let mut object = show::start("summary", None);
        object.insert("requests".into(), self.counts.requests.into());
        for (name, count) in self.counts.named() {
            object.insert(name.into(), count.into());
        }
        object.insert("differing".into(), show::tally_json(self.sides, &self.tally));
        for (name, count) in [
            ("mapped", heard.mapped),
            ("unasked", heard.unasked),
            ("other-servers", heard.foreign),
            ("passed", heard.passed),
            ("times-back", heard.back),
        ] {
            object.insert(name.into(), count.into());
        }
        writeln!(self.out, "{}", Value::from(object))?;
        self.out.flush()
    }
}

/// The type of an answer.
fn kind(reply: &Option<Reply>) -> String {
    reply.as_ref().map_or_else(|| "none".to_owned(), |reply| show::kind(&reply.payload))
}

/// Why ours answers as it does.
fn why(exchange: &Exchange) -> String {
    match (&exchange.dropped, &exchange.refused) {
        (Some(reason), _) => format!(": {reason} ({})", reason.reference()),
        (None, Some(why)) => format!(": {why} ({})", why.reference()),
        (None, None) => String::new(),
    }
}

/// What ours left out for want of room.
fn room(exchange: &Exchange) -> String {
    let codes: Vec<String> = exchange.omitted.iter().map(|code| code.0.to_string()).collect();
    match codes.as_slice() {
        [] => String::new(),
        codes => format!("; no room here for {} (option 57)", codes.join(", ")),
    }
}

/// `1.204 ms`.
fn millis(time: Duration) -> String {
    let micros = time.as_micros();
    format!("{}.{:03} ms", micros / 1000, micros % 1000)
}

/// An exchange as an object.
fn object(exchange: &Exchange, verdict: &Verdict, sides: Sides) -> Value {
    let mut object = show::start("exchange", Some(exchange.at));
    object.insert("frame".into(), exchange.number.into());
    object.insert("verdict".into(), verdict.name().into());
    object.insert("request".into(), show::message_json(&exchange.request));
    let reply = |reply: &Reply| {
        let mut value = show::message_json(&reply.payload);
        if let (Some(object), true) = (value.as_object_mut(), reply.number > 0) {
            object.insert("frame".into(), reply.number.into());
            object.insert("time".into(), Timestamp(reply.at).to_string().into());
            let took = u64::try_from(reply.at.since(exchange.at).as_micros()).unwrap_or(u64::MAX);
            object.insert("after_us".into(), took.into());
        }
        value
    };
    object.insert(sides.before.into(), exchange.captured.as_ref().map_or(Value::Null, reply));
    object.insert("here".into(), exchange.ours.as_ref().map_or(Value::Null, reply));
    if let Some(address) = exchange.mapped {
        object.insert("address_here".into(), json!(address));
    }
    let reason = match (&exchange.dropped, &exchange.refused) {
        (Some(reason), _) => Some((reason.name(), reason.to_string(), reason.reference())),
        (None, Some(why)) => Some((why.name(), why.to_string(), why.reference())),
        (None, None) => None,
    };
    if let Some((name, text, section)) = reason {
        object.insert("reason".into(), json!({ "name": name, "text": text, "section": section.to_string() }));
    }
    if !exchange.omitted.is_empty() {
        let codes: Vec<u8> = exchange.omitted.iter().map(|code| code.0).collect();
        object.insert("omitted".into(), codes.into());
    }
    let differs = verdict.differs().iter().map(|differs| show::differs_json(sides, differs)).collect();
    object.insert("differs".into(), differs);
    if let Ok(packet) = Packet::parse(&exchange.request) {
        object.insert("giaddr".into(), json!(packet.giaddr()));
    }
    object.into()
}
