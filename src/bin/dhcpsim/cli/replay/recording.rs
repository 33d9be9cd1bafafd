//! `dhcpsim replay FOLDER`: a recorded session, octet for octet.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Component, Path};
use std::time::Duration;

use dhcpsim::config::Loaded;
use dhcpsim::endpoint::Instant;
use dhcpsim::options::text::Escaped;
use dhcpsim::replay::journal::{Entry, Journal};
use dhcpsim::replay::{Counts, Difference, Done, Rerun, Tally, What};
use dhcpsim::server::Config;
use serde_json::{Map, Value, json};

use super::super::exit::Complaint;
use super::super::server::tape::JOURNAL;
use super::super::show::{CLIENT, DIM, SERVER, Timestamp, WARNING};
use super::super::{Exit, Failure, Global};
use super::show::{self, REPLAYED};
use super::{Form, shown};

/// Replays and tells.
pub(super) fn run(folder: &Path, form: Form, global: &Global) -> Result<Exit, Failure> {
    let path = folder.join(JOURNAL);
    let mut journal = open(&path)?;
    let mut teller = Teller::new(form);
    let mut rerun = Rerun::new();
    let mut lines = 0;
    while let Some((line, entry)) = next(&path, &mut journal)? {
        lines = line;
        teller.trace(line, &entry)?;
        if let Entry::Config { file, probe, .. } = &entry {
            rerun.finish(&mut |difference| teller.tell(difference));
            rerun.configure(config(folder, &path, line, file, *probe)?);
        } else if !rerun.is_configured() && !matches!(entry, Entry::Recording { .. } | Entry::Lease(_)) {
            return Err(wrong(&path, format_args!("line {line}: no `config` stands before it")));
        }
        let taken = rerun.take(line, entry, &mut |difference| teller.tell(difference));
        taken.map_err(|error| wrong(&path, format_args!("line {line}: {error}")))?;
        teller.written()?;
    }
    rerun.finish(&mut |difference| teller.tell(difference));
    teller.sum_up(&rerun.counts)?;
    if !journal.has_ended() && !global.quiet {
        let what = if journal.is_cut() { ", in the middle of a line" } else { "" };
        writeln!(anstream::stderr(), "the recording is cut short after line {lines}{what}")?;
    }
    Ok(if rerun.counts.differences == 0 { Exit::Done } else { Exit::No })
}

/// The journal of a folder.
pub(super) fn open(path: &Path) -> Result<Journal<BufReader<File>>, Failure> {
    if is_odd(path) {
        return Err(wrong(path, "it is no regular file"));
    }
    let file = File::open(path).map_err(|error| {
        let what = format!("cannot open {}: {error}", shown(path));
        Failure::Input(Complaint::new(what).help("`dhcpsim server --record FOLDER` makes such a folder"))
    })?;
    Ok(Journal::new(BufReader::with_capacity(1 << 16, file)))
}

/// Whether something is there that is no regular file: opening or reading it could wait for ever, or lead elsewhere.
fn is_odd(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| !found.is_file())
}

/// The next line of a journal.
pub(super) fn next(
    path: &Path,
    journal: &mut Journal<BufReader<File>>,
) -> Result<Option<(u64, Entry)>, Failure> {
    journal.next_entry().map_err(|error| wrong(path, error))
}

pub(super) fn wrong(path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::Input(Complaint::new(format!("{}: {why}", shown(path))))
}

/// A configuration that the journal names, which lies beside it.
pub(super) fn config(
    folder: &Path,
    path: &Path,
    line: u64,
    file: &str,
    probe: Option<u64>,
) -> Result<Config, Failure> {
    let name = Path::new(file);
    let plain = matches!(name.components().collect::<Vec<_>>().as_slice(), [Component::Normal(_)]);
    if !plain {
        return Err(wrong(path, format_args!("line {line}: `file` names no file beside the journal")));
    }
    let beside = folder.join(name);
    if is_odd(&beside) {
        return Err(wrong(&beside, "it is no regular file"));
    }
    let loaded = Loaded::from_file(&beside).map_err(Failure::Configuration)?;
    Ok(Config { probe: probe.map(Duration::from_micros), ..loaded.config })
}

/// Tells differences as they are found.
struct Teller {
    form: Form,
    out: BufWriter<Box<dyn Write>>,
    tally: Tally,
    failure: Option<io::Error>,
}

impl Teller {
    fn new(form: Form) -> Teller {
        let out: Box<dyn Write> =
            if form.json { Box::new(io::stdout().lock()) } else { Box::new(anstream::stdout().lock()) };
        Teller { form, out: BufWriter::with_capacity(1 << 16, out), tally: Tally::default(), failure: None }
    }

    /// What could not be written.
    fn written(&mut self) -> io::Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }

    fn tell(&mut self, difference: Difference) {
        if let What::Answer(_, _, found) | What::Binding(_, found) = &difference.what {
            self.tally.add(found);
        }
        let told = match self.form.json {
            true => writeln!(self.out, "{}", object(&difference)),
            false => self.out.write_all(text(&difference).as_bytes()),
        };
        if let Err(error) = told {
            self.failure.get_or_insert(error);
        }
    }

    /// A line of the journal in words.
    fn trace(&mut self, line: u64, entry: &Entry) -> io::Result<()> {
        if !self.form.trace {
            return Ok(());
        }
        let at = entry.at().map(Instant::from_micros);
        if self.form.json {
            let mut object = show::start("step", at);
            object.insert("line".into(), line.into());
            object.insert("entry".into(), serde_json::to_value(entry)?);
            return writeln!(self.out, "{}", Value::from(object));
        }
        match at {
            Some(at) => writeln!(self.out, "{DIM}{}{DIM:#}  {}", Timestamp(at), words(entry)),
            None => writeln!(self.out, "{:27}  {}", "", words(entry)),
        }
    }

    fn sum_up(&mut self, counts: &Counts) -> io::Result<()> {
        let Counts { inputs, datagrams, sent, commits, events, differences } = *counts;
        if self.form.json {
            let counts = [
                ("inputs", inputs),
                ("datagrams", datagrams),
                ("answers", sent),
                ("bindings", commits),
                ("events", events),
                ("differences", differences),
            ];
            let object = show::start("summary", None);
            writeln!(self.out, "{}", show::sum_up(object, &counts, REPLAYED, &self.tally))?;
            return self.out.flush();
        }
        let verdict = match differences {
            0 => "all the same".to_owned(),
            count => {
                let count = show::counted(count, ("difference", "differences"));
                format!("{WARNING}{count}{WARNING:#}")
            }
        };
        let inputs = show::counted(inputs, ("input", "inputs"));
        let datagrams = show::counted(datagrams, ("datagram", "datagrams"));
        let outputs = [
            show::counted(sent, show::ANSWERS),
            show::counted(commits, ("binding", "bindings")),
            show::counted(events, ("event", "events")),
        ];
        writeln!(self.out, "{inputs} ({datagrams}) replayed, {}: {verdict}", outputs.join(", "))?;
        let mut text = String::new();
        show::tally(&mut text, REPLAYED, &self.tally);
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

/// An entry in a line.
fn words(entry: &Entry) -> String {
    match entry {
        Entry::Recording { version, .. } => {
            format!("recorded by version {}", Escaped(version.as_bytes()))
        }
        Entry::Config { file, .. } => {
            format!("serves {}", Escaped(file.as_bytes()))
        }
        Entry::Lease(row) => format!("has a binding of {}", row.address),
        Entry::Host { addresses, interfaces, .. } => {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            let names = interfaces.values().map(|name| Escaped(name.as_bytes()).to_string());
            let names: Vec<String> = names.collect();
            format!("on a host with {}, {}", names.join(", "), addresses.join(", "))
        }
        Entry::Datagram { octets, from, .. } => {
            format!("{CLIENT}← {}{CLIENT:#} from {from}", show::message(&octets.0))
        }
        Entry::Deadline { .. } => format!("{DIM}· deadline{DIM:#}"),
        Entry::Stored { refused: None, ticket, .. } => format!("{DIM}· stored, ticket {ticket}{DIM:#}"),
        Entry::Stored { refused: Some(why), ticket, .. } => {
            let why = Escaped(why.as_bytes());
            format!("{WARNING}! not stored, ticket {ticket}: {why}{WARNING:#}")
        }
        Entry::Probed { address, in_use, .. } => {
            format!("· {address} {}", if *in_use { "answered a probe" } else { "did not answer a probe" })
        }
        Entry::Sent(sent) => {
            format!("{SERVER}→ {}{SERVER:#} to {}", show::message(&sent.octets.0), sent.to)
        }
        Entry::Commit { ticket, binding } => {
            format!("{DIM}· wants {} stored, ticket {ticket}{DIM:#}", binding.address)
        }
        Entry::Probe { address } => format!("{DIM}· wants {address} probed{DIM:#}"),
        Entry::Event(event) => format!("{DIM}· {}{DIM:#}", show::event(event)),
        Entry::End { .. } => "ended".to_owned(),
    }
}

fn done(done: &Done) -> String {
    match done {
        Done::Sent(octets) => show::message(octets),
        Done::Commit(address) => format!("a binding of {address}"),
        Done::Probe(address) => format!("a probe of {address}"),
        Done::Event(event) => format!("event {}", show::event(event)),
    }
}

/// A difference in lines.
fn text(difference: &Difference) -> String {
    let Difference { at, line, payload, what } = difference;
    let on = match payload.as_slice() {
        [] => "on no message".to_owned(),
        payload => format!("on {}", show::message(payload)),
    };
    let mut text = format!("{} line {line}, {on}\n", Timestamp(*at));
    let head = match what {
        What::Answer(recorded, ..) => format!("{} differs", show::kind(recorded)),
        What::Binding(address, _) => format!("the binding of {address} differs"),
        What::Event(recorded, replayed) => {
            format!("event differs: recorded {}; replayed {}", show::event(recorded), show::event(replayed))
        }
        What::Probe(recorded, replayed) => format!("probe differs: recorded {recorded}, replayed {replayed}"),
        What::Missing(what) => format!("only recorded: {}", done(what)),
        What::Added(what) => format!("only replayed: {}", done(what)),
    };
    // Writing to a string does not fail.
    let _ = writeln!(text, "  {WARNING}{head}{WARNING:#}");
    if let What::Answer(_, _, found) | What::Binding(_, found) = what {
        show::differences(&mut text, 4, REPLAYED, found);
    }
    text
}

/// A difference as an object.
fn object(difference: &Difference) -> Value {
    let Difference { at, line, payload, what } = difference;
    let mut object = show::start("difference", Some(*at));
    object.insert("line".into(), (*line).into());
    if !payload.is_empty() {
        object.insert("on".into(), show::message_json(payload));
    }
    let mut put = |name: &str, value: Value| {
        object.insert(name.into(), value);
    };
    match what {
        What::Answer(recorded, replayed, found) => {
            put("recorded", show::message_json(recorded));
            put("replayed", show::message_json(replayed));
            put("differs", found.iter().map(|differs| show::differs_json(REPLAYED, differs)).collect());
        }
        What::Binding(address, found) => {
            put("address", json!(address));
            put("differs", found.iter().map(|differs| show::differs_json(REPLAYED, differs)).collect());
        }
        What::Event(recorded, replayed) => {
            put("recorded", recorded.clone().into());
            put("replayed", replayed.clone().into());
        }
        What::Probe(recorded, replayed) => {
            put("recorded", json!(recorded));
            put("replayed", json!(replayed));
        }
        What::Missing(what) => put("recorded", done_json(what)),
        What::Added(what) => put("replayed", done_json(what)),
    }
    object.into()
}

fn done_json(done: &Done) -> Value {
    match done {
        Done::Sent(octets) => show::message_json(octets),
        Done::Commit(address) => json!({ "binding": address }),
        Done::Probe(address) => json!({ "probe": address }),
        Done::Event(event) => Map::clone(event).into(),
    }
}
