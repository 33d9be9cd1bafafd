//! `dhcpsim replay CAPTURE --side client`: what a client of ours sends where a captured one sends something.

use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};

use dhcpsim::endpoint::Instant;
use dhcpsim::packet::HardwareAddress;
use dhcpsim::replay::{Acted, Part, PartCounts, Sent, Tally};
use serde_json::{Value, json};

use super::super::exit::Complaint;
use super::super::show::{CLIENT, DIM, Timestamp, WARNING};
use super::super::{Exit, Failure};
use super::source::Source;
use super::{Form, Replay, show};
use show::Sides;

const HERE: Sides = Sides { before: "captured", now: "here", nouns: ("message", "messages") };

/// What the random choices of our client follow from: the same in every replay.
const SEED: u64 = 1;

/// Replays and tells.
pub(super) fn run(replay: &Replay) -> Result<Exit, Failure> {
    let source = Source::of(&replay.input)?;
    let mut part = Part::new(replay.client.as_ref().map(|client| client.0.as_slice()), SEED);
    let mut teller = Teller::new(replay.form);
    // What is wrong with the source shows when it is replayed.
    let _ = source.hear(&mut |heard| {
        part.look(heard);
        Ok(())
    });
    let heard = source.hear(&mut |heard| {
        part.hear(heard, &mut |acted| teller.acted(&acted));
        teller.written()
    });
    part.finish(&mut |acted| teller.acted(&acted));
    teller.written()?;
    if !part.has_begun() {
        heard?;
        let whose = match part.chaddr() {
            Some(chaddr) => format!("client {}", HardwareAddress(chaddr)),
            None => "a client".to_owned(),
        };
        return Err(Failure::Input(Complaint::new(format!(
            "{}: no message of {whose} in it",
            source.name()
        ))));
    }
    teller.sum_up(&part)?;
    heard?;
    Ok(if teller.alike == teller.steps { Exit::Done } else { Exit::No })
}

/// Tells steps as they are taken.
struct Teller {
    form: Form,
    out: BufWriter<Box<dyn Write>>,
    first: Option<Instant>,
    steps: u64,
    alike: u64,
    tally: Tally,
    failure: Option<io::Error>,
}

impl Teller {
    fn new(form: Form) -> Teller {
        let out: Box<dyn Write> =
            if form.json { Box::new(io::stdout().lock()) } else { Box::new(anstream::stdout().lock()) };
        let out = BufWriter::with_capacity(1 << 16, out);
        Teller { form, out, first: None, steps: 0, alike: 0, tally: Tally::default(), failure: None }
    }

    /// What could not be written.
    fn written(&mut self) -> io::Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }

    fn acted(&mut self, acted: &Acted) {
        self.steps = self.steps.saturating_add(1);
        self.alike = self.alike.saturating_add(u64::from(acted.is_alike()));
        if let Acted::Both(_, _, found) = acted {
            self.tally.add(found);
        }
        let (Acted::Both(sent, ..)
        | Acted::OnlyCaptured(sent, _)
        | Acted::OnlyHere(sent)
        | Acted::Ignored(sent, _)) = acted;
        let first = *self.first.get_or_insert(sent.at);
        let told = match (self.form.json, self.form.trace || !acted.is_alike()) {
            (true, true) => writeln!(self.out, "{}", object(acted)),
            (false, true) => self.out.write_all(text(acted, first, self.form.trace).as_bytes()),
            (_, false) => Ok(()),
        };
        if let Err(error) = told {
            self.failure.get_or_insert(error);
        }
    }

    fn sum_up(&mut self, part: &Part) -> io::Result<()> {
        let PartCounts { repeated, repeated_here, replies, left, others } = part.counts;
        let chaddr = HardwareAddress(part.chaddr().unwrap_or_default());
        if self.form.json {
            let mut object = show::start("summary", None);
            object.insert("client".into(), chaddr.to_string().into());
            let counts = [
                ("steps", self.steps),
                ("alike", self.alike),
                ("replies", replies),
                ("repeated", repeated),
                ("repeated_here", repeated_here),
                ("left", left),
                ("others", others),
            ];
            writeln!(self.out, "{}", show::sum_up(object, &counts, HERE, &self.tally))?;
            return self.out.flush();
        }
        let noun = if replies == 1 { "reply" } else { "replies" };
        writeln!(
            self.out,
            "client {chaddr}: {} of {} steps alike, {replies} {noun}",
            self.alike, self.steps
        )?;
        let mut text = String::new();
        show::tally(&mut text, HERE, &self.tally);
        for (count, nouns, what) in [
            (repeated, ("message is", "messages are"), " repeated in the capture"),
            (repeated_here, ("message is", "messages are"), " repeated here"),
            (left, ("offer is", "offers are"), " of servers whose offers the client does not take"),
            (others, ("message is another client's", "messages are other clients'"), ""),
        ] {
            if count > 0 {
                // Writing to a string does not fail.
                let _ = writeln!(text, "  {}{what}", show::counted(count, nouns));
            }
        }
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

/// A step in lines.
fn text(acted: &Acted, first: Instant, trace: bool) -> String {
    let line = |sent: &Sent| {
        let past = sent.at.since(first);
        let number = if sent.number > 0 { sent.number.to_string() } else { "here".to_owned() };
        let (seconds, micros) = (past.as_secs(), past.subsec_micros());
        format!("{number:>4}  {seconds}.{micros:06}  {CLIENT}{}{CLIENT:#}\n", show::message(&sent.payload))
    };
    match acted {
        Acted::Both(captured, ours, found) => {
            let mut text = line(captured);
            let names: Vec<String> = found.iter().map(|differs| differs.facet.to_string()).collect();
            let head = match found.as_slice() {
                [] => format!("{DIM}alike{DIM:#}"),
                _ => format!("{WARNING}differs{WARNING:#} in {}", names.join(", ")),
            };
            // Writing to a string does not fail.
            let _ = writeln!(text, "      {head}, here {}", late(captured.at, ours.at));
            if trace {
                text.push_str(&line(ours));
                show::differences(&mut text, 8, HERE, found);
            }
            text
        }
        Acted::OnlyCaptured(captured, state) => {
            let head = line(captured);
            format!("{head}      {WARNING}only captured{WARNING:#}; here the client is in state {state}\n")
        }
        Acted::OnlyHere(ours) => {
            let head = line(ours);
            format!("{head}      {WARNING}only here{WARNING:#}\n")
        }
        Acted::Ignored(reply, reason) => {
            let head = line(reply);
            format!("{head}      {WARNING}ignored here{WARNING:#}: {reason} ({})\n", reason.reference())
        }
    }
}

/// `at the same time`, `204.100 ms later`.
fn late(captured: Instant, ours: Instant) -> String {
    let millis = |micros: u128| format!("{}.{:03} ms", micros / 1000, micros % 1000);
    match (ours.since(captured).as_micros(), captured.since(ours).as_micros()) {
        (0, 0) => "at the same time".to_owned(),
        (0, earlier) => format!("{} earlier", millis(earlier)),
        (later, _) => format!("{} later", millis(later)),
    }
}

/// A step as an object.
fn object(acted: &Acted) -> Value {
    let (name, captured, ours) = match acted {
        Acted::Both(captured, ours, found) if found.is_empty() => ("alike", Some(captured), Some(ours)),
        Acted::Both(captured, ours, _) => ("differs", Some(captured), Some(ours)),
        Acted::OnlyCaptured(captured, _) => ("only-captured", Some(captured), None),
        Acted::OnlyHere(ours) => ("only-here", None, Some(ours)),
        Acted::Ignored(reply, _) => ("ignored", Some(reply), None),
    };
    let at = captured.or(ours).map(|sent| sent.at);
    let mut object = show::start("step", at);
    object.insert("verdict".into(), name.into());
    let told = |sent: &Sent| {
        let mut value = show::message_json(&sent.payload);
        if let Some(object) = value.as_object_mut() {
            object.insert("time".into(), Timestamp(sent.at).to_string().into());
            if sent.number > 0 {
                object.insert("frame".into(), sent.number.into());
            }
        }
        value
    };
    object.insert("captured".into(), captured.map_or(Value::Null, told));
    object.insert("here".into(), ours.map_or(Value::Null, told));
    match acted {
        Acted::Both(_, _, found) => {
            let differs = found.iter().map(|differs| show::differs_json(HERE, differs)).collect();
            object.insert("differs".into(), differs);
        }
        Acted::OnlyCaptured(_, state) => {
            object.insert("state".into(), state.to_string().into());
        }
        Acted::Ignored(_, reason) => {
            let section = reason.reference().to_string();
            let reason = json!({ "name": reason.name(), "text": reason.to_string(), "section": section });
            object.insert("reason".into(), reason);
        }
        Acted::OnlyHere(_) => {}
    }
    object.into()
}
