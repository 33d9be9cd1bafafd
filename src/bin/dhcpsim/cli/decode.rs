//! `dhcpsim decode`: what is in frames.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use dhcpsim::capture::{Captured, Forced, Reader};
use dhcpsim::explain::{self, Depth, Summary};
use dhcpsim::options::text::Escaped;
use dhcpsim::packet::anomaly::{Anomaly, Kind, Severity, Subject, anomalies};
use dhcpsim::packet::text::TextForm;
use dhcpsim::packet::{Packet, json};
use serde_json::{Map, Value as Json, json};

use super::exit::Complaint;
use super::{Exit, Failure, Global};

/// Show what is in DHCP frames.
///
/// The input is told apart by looking: pcap and pcapng (gzip too), raw octets, hex in any dress (plain, xxd,
/// hexdump, od, tcpdump -x, tshark -x, C arrays, escapes), base64. The layer is found by itself, on any port.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Decode {
    /// Files, or hex digits; none or - reads standard input
    #[arg(value_name = "FILE|HEX")]
    inputs: Vec<PathBuf>,
    /// Read the input as this: a container, a layer or both, as in hex,udp
    #[arg(long, value_name = "KIND", default_value = "auto", value_parser = parse_kind, long_help = KINDS)]
    from: Forced,
    #[command(flatten)]
    form: Form,
}

/// What comes out.
#[derive(Args, Debug)]
#[group(multiple = false)]
struct Form {
    /// One JSON document a line, for programs
    #[arg(long)]
    json: bool,
    /// The short form that `encode` reads back
    #[arg(long)]
    text: bool,
    /// One line a frame
    #[arg(long)]
    summary: bool,
    /// Also say what every field and option means, where it is defined and which rule it obeys or breaks
    #[arg(long)]
    explain: bool,
}

const EXAMPLES: &str = "\
Examples:
  dhcpsim decode capture.pcapng --summary      one line a frame
  tcpdump -r x.pcap -x | dhcpsim decode        what is in these frames?
  dhcpsim decode --explain offer.hex           and what does each octet mean?
  dhcpsim decode --json x.pcap | jq .options   for programs
  dhcpsim decode --text x.hex > x.txt; edit x.txt; dhcpsim encode x.txt

Exit status: 0 no faults, 1 faults in a frame (warnings and notes are none), 2 wrong usage, 3 input unreadable";

const KINDS: &str = "\
Read the input as this instead of looking: a container (raw, pcap, pcapng, text, hex, dump, array, string, base64), \
a layer (ethernet, sll, sll2, null, loop, ip, exported-pdu, udp, message), or both with a comma, as in hex,udp";

fn parse_kind(text: &str) -> Result<Forced, String> {
    text.parse::<Forced>().map_err(|error| error.to_string())
}

impl Decode {
    pub(crate) fn run(self, global: &Global) -> Result<Exit, Failure> {
        let mut printer = Printer::new(self.form, global);
        let mut failure = None;
        let inputs = if self.inputs.is_empty() { vec![PathBuf::from("-")] } else { self.inputs };
        let several = inputs.len() > 1;
        for input in &inputs {
            printer.begin_input(several.then_some(input.as_path()));
            match decode_input(input, self.from, &mut printer) {
                Ok(()) => {}
                Err(Failure::Input(complaint)) if several => {
                    printer.flush()?;
                    failure = Some(Failure::Input(complaint));
                }
                Err(failure) => {
                    printer.flush()?;
                    return Err(failure);
                }
            }
        }
        printer.flush()?;
        match failure {
            Some(failure) => Err(failure),
            None if printer.faulty => Ok(Exit::No),
            None => Ok(Exit::Done),
        }
    }
}

fn decode_input(input: &Path, from: Forced, printer: &mut Printer) -> Result<(), Failure> {
    let name = if input == Path::new("-") { "standard input".to_owned() } else { shown(input) };
    let unreadable = |error: dhcpsim::capture::CaptureError| {
        Failure::Input(Complaint::new(format!("{name}: {error}")).help(
            "pcap, pcapng, raw octets, hex dumps and base64 are read; --from KIND forces one (dhcpsim decode --help)",
        ))
    };
    let mut reader = Reader::new(open(input)?, from).map_err(unreadable)?;
    printer.verbose(format_args!("{name}: read as {}", reader.kind()));
    let mut messages = 0u64;
    loop {
        match reader.next_message() {
            Ok(Some(captured)) => {
                messages += 1;
                printer.message(&captured)?;
            }
            Ok(None) => break,
            Err(error) => return Err(unreadable(error)),
        }
    }
    printer.flush()?;
    let skipped: Vec<String> =
        reader.skipped().iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let frames = reader.frames();
    match (messages, skipped.is_empty()) {
        (0, _) => printer.warn(format_args!(
            "{name}: no DHCP message in {frames} frame{}{}{}",
            if frames == 1 { "" } else { "s" },
            if skipped.is_empty() { "" } else { ": " },
            skipped.join(", ")
        )),
        (_, false) => printer.verbose(format_args!("{name}: passed over {}", skipped.join(", "))),
        _ => {}
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    Escaped(path.as_os_str().as_encoded_bytes()).to_string()
}

/// A file, standard input, or the hex digits that the argument itself is.
fn open(input: &Path) -> Result<Box<dyn Read>, Failure> {
    if input == Path::new("-") {
        if io::stdin().is_terminal() {
            let _ = writeln!(anstream::stderr(), "reading a dump from the terminal; end it with Ctrl-D");
        }
        return Ok(Box::new(io::stdin().lock()));
    }
    match File::open(input) {
        Ok(file) => Ok(Box::new(file)),
        Err(error) => match input.to_str().filter(|text| is_hex(text)) {
            Some(text) => Ok(Box::new(io::Cursor::new(text.to_owned().into_bytes()))),
            None => Err(Failure::Input(
                Complaint::new(format!("cannot open {}: {error}", shown(input)))
                    .help("give a file, hex digits, or - for standard input"),
            )),
        },
    }
}

/// Whether an argument that is no file looks like hex digits.
fn is_hex(text: &str) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let count = digits.bytes().filter(u8::is_ascii_hexdigit).count();
    count >= 8 && digits.bytes().all(|octet| octet.is_ascii_hexdigit() || b" :-,".contains(&octet))
}

/// Prints messages in the form asked for.
struct Printer {
    form: Form,
    out: BufWriter<Box<dyn Write>>,
    quiet: bool,
    verbose: bool,
    /// The input's name, where there are several.
    input: Option<String>,
    first_time: Option<u64>,
    printed: u64,
    faulty: bool,
}

impl Printer {
    fn new(form: Form, global: &Global) -> Printer {
        // Only the tree has colours; the other forms need not be looked through for them.
        let coloured = !(form.json || form.text || form.summary);
        let out: Box<dyn Write> =
            if coloured { Box::new(anstream::stdout().lock()) } else { Box::new(io::stdout().lock()) };
        Printer {
            form,
            out: BufWriter::with_capacity(1 << 16, out),
            quiet: global.quiet,
            verbose: global.verbose > 0,
            input: None,
            first_time: None,
            printed: 0,
            faulty: false,
        }
    }

    fn begin_input(&mut self, input: Option<&Path>) {
        self.input = input.map(shown);
        self.first_time = None;
    }

    fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }

    fn warn(&self, text: std::fmt::Arguments<'_>) {
        if !self.quiet {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    fn verbose(&self, text: std::fmt::Arguments<'_>) {
        if self.verbose {
            self.warn(text);
        }
    }

    fn message(&mut self, captured: &Captured<'_>) -> Result<(), Failure> {
        let done = match Packet::parse(captured.payload) {
            Ok(packet) => self.whole(captured, &packet),
            Err(error) => {
                self.faulty = true;
                self.short(captured, &error.to_string())
            }
        };
        self.printed += 1;
        Ok(done?)
    }

    fn whole(&mut self, captured: &Captured<'_>, packet: &Packet<'_>) -> io::Result<()> {
        let found = found(captured, packet);
        let worst = found.iter().map(|anomaly| anomaly.kind.severity()).max();
        self.faulty |= worst == Some(Severity::Fault);
        if self.form.json {
            let document = document(captured, self.input.as_deref(), json::document(packet, &found));
            serde_json::to_writer(&mut self.out, &document)?;
            return writeln!(self.out);
        }
        if self.form.text {
            self.separate()?;
            writeln!(self.out, "# {}", place(captured))?;
            return write!(self.out, "{}", TextForm(*packet));
        }
        if self.form.summary {
            self.summary_head(captured)?;
            write!(self.out, "{}", Summary(packet))?;
            let grave = found.iter().filter(|anomaly| anomaly.kind.severity() > Severity::Note);
            let mut names = grave.map(|anomaly| anomaly.kind.name());
            if let Some(first) = names.next() {
                write!(self.out, "  ! {first}")?;
                names.try_for_each(|name| write!(self.out, ", {name}"))?;
            }
            return writeln!(self.out);
        }
        self.separate()?;
        let depth = if self.form.explain { Depth::Explained } else { Depth::Plain };
        let mut text = String::new();
        let _ = explain::tree(&mut text, packet, &found, depth);
        self.tree(captured, &text)
    }

    fn short(&mut self, captured: &Captured<'_>, error: &str) -> io::Result<()> {
        if self.form.json {
            let document = document(captured, self.input.as_deref(), json::short_document(captured.payload));
            serde_json::to_writer(&mut self.out, &document)?;
            return writeln!(self.out);
        }
        if self.form.text {
            self.separate()?;
            return writeln!(self.out, "# {}: no text form, {error}", place(captured));
        }
        if self.form.summary {
            self.summary_head(captured)?;
            return writeln!(self.out, "not a whole message: {error}");
        }
        self.separate()?;
        let mut text = String::new();
        let _ = explain::short(&mut text, captured.payload);
        self.tree(captured, &text)
    }

    fn separate(&mut self) -> io::Result<()> {
        if self.printed > 0 { writeln!(self.out) } else { Ok(()) }
    }

    fn tree(&mut self, captured: &Captured<'_>, text: &str) -> io::Result<()> {
        if captured.source.is_some() || captured.number > 1 || self.input.is_some() {
            if let Some(input) = &self.input {
                write!(self.out, "{input}: ")?;
            }
            writeln!(self.out, "{}", place(captured))?;
        }
        for comment in captured.comments() {
            writeln!(self.out, "comment {}", Escaped(comment.as_bytes()))?;
        }
        self.out.write_all(text.as_bytes())
    }

    fn summary_head(&mut self, captured: &Captured<'_>) -> io::Result<()> {
        if let Some(input) = &self.input {
            write!(self.out, "{input}: ")?;
        }
        write!(self.out, "{:>4}  ", captured.number)?;
        if let Some(time) = captured.time {
            let first = *self.first_time.get_or_insert(time);
            // A capture may step back in time: the sign says so.
            let (sign, past) = if time < first { ("-", first - time) } else { ("", time - first) };
            let (seconds, micros) = (past / 1_000_000_000, past % 1_000_000_000 / 1000);
            write!(self.out, "{sign}{seconds}.{micros:06}  ")?;
        }
        Ok(())
    }
}

/// The anomalies of a message, and that the capture has cut it: then it may have been long enough.
fn found(captured: &Captured<'_>, packet: &Packet<'_>) -> Vec<Anomaly> {
    let mut found = anomalies(packet);
    if captured.missing > 0 {
        found.retain(|anomaly| !matches!(anomaly.kind, Kind::Short(_)));
        let kind = Kind::CutByCapture(captured.missing);
        found.push(Anomaly { kind, subject: Subject::Message, offset: packet.octets().len(), length: 0 });
    }
    found
}

/// `frame 3, 2026-11-24T15:02:23.5Z, 0.0.0.0:68 > 255.255.255.255:67, 4 octets cut off`.
fn place(captured: &Captured<'_>) -> String {
    let mut text = format!("frame {}", captured.number);
    if let Some(time) = captured.time.and_then(rfc3339) {
        text.push_str(&format!(", {time}"));
    }
    if let (Some(source), Some(destination)) = (captured.source, captured.destination) {
        text.push_str(&format!(", {source} > {destination}"));
    }
    if captured.missing > 0 {
        text.push_str(&format!(", the capture has cut {} octets", captured.missing));
    }
    text
}

fn rfc3339(nanoseconds: u64) -> Option<String> {
    jiff::Timestamp::from_nanosecond(i128::from(nanoseconds)).ok().map(|time| time.to_string())
}

/// The document of a message with where it was found.
fn document(captured: &Captured<'_>, input: Option<&str>, message: Map<String, Json>) -> Map<String, Json> {
    let mut document = Map::new();
    let mut message = message.into_iter();
    document.extend(message.next());
    let mut add = |name: &str, value: Option<Json>| {
        if let Some(value) = value {
            document.insert(name.to_owned(), value);
        }
    };
    add("input", input.map(|input| json!(input)));
    add("frame", Some(json!(captured.number)));
    add("time", captured.time.and_then(rfc3339).map(|time| json!(time)));
    add("source", captured.source.map(|source| json!(source.to_string())));
    add("destination", captured.destination.map(|destination| json!(destination.to_string())));
    add("source_mac", captured.macs.source.map(|mac| json!(mac.to_string())));
    add("destination_mac", captured.macs.destination.map(|mac| json!(mac.to_string())));
    let vlans: Vec<Json> = captured.vlans().iter().map(|vlan| json!(vlan.id)).collect();
    add("vlans", (!vlans.is_empty()).then(|| json!(vlans)));
    add("payload_offset", captured.payload_offset.map(|offset| json!(offset)));
    add("missing", (captured.missing > 0).then(|| json!(captured.missing)));
    let comments: Vec<Json> = captured.comments().map(|comment| json!(comment)).collect();
    add("comments", (!comments.is_empty()).then(|| json!(comments)));
    document.extend(message);
    document
}
