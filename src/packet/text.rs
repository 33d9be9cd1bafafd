//! The text form: a message line by line, short and without loss, for people and version control.
//!
//! ```text
//! op bootrequest
//! xid 0x3903f326
//! flags broadcast
//! chaddr 02:00:00:00:00:01
//! dhcp-message-type discover
//! parameter-request-list subnet-mask,router
//! end
//! pad 53
//! ```
//! Every message begins with `op`. Fields that are zero (and `htype 1`, `hlen 6`) are left out. A value that its
//! layout can't carry through text stands as `raw:` and hex digits, so any message comes back octet for octet.

use core::fmt;
use core::net::Ipv4Addr;

use super::draft::{Draft, DraftError};
use super::header::{
    self, CHADDR, CIADDR, FILE, FLAGS, Field, Flags, GIADDR, HLEN, HOPS, HTYPE, HardwareAddress, OP, Op,
    SECS, SIADDR, SNAME, XID, YIADDR,
};
use super::view::{Area, Packet};
use crate::options::compose::{self, SyntaxError};
use crate::options::text::{Escaped, Hex, Quoted, unquote};
use crate::options::tree::tree;
use crate::options::{Code, Segment, TABLE, nearest};

/// A message in the text form.
#[derive(Clone, Copy, Debug)]
pub struct TextForm<'a>(pub Packet<'a>);

impl fmt::Display for TextForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fields(f, &self.0)?;
        if !self.0.has_cookie() {
            return writeln!(f, "vend hex:{}", Hex(self.0.tail()));
        }
        let mut current = Area::Options;
        for (area, _, segment) in self.0.segments() {
            if area != current {
                writeln!(f, "in {area}")?;
                current = area;
            }
            line(f, segment)?;
        }
        Ok(())
    }
}

fn fields(f: &mut fmt::Formatter<'_>, packet: &Packet<'_>) -> fmt::Result {
    match packet.op() {
        Op::BOOTREQUEST => writeln!(f, "op bootrequest")?,
        Op::BOOTREPLY => writeln!(f, "op bootreply")?,
        Op(other) => writeln!(f, "op {other}")?,
    }
    let mut number = |name: &str, value: u32, default: u32| match value {
        value if value == default => Ok(()),
        value => writeln!(f, "{name} {value}"),
    };
    number("htype", u32::from(packet.htype()), 1)?;
    number("hlen", u32::from(packet.hlen()), 6)?;
    number("hops", u32::from(packet.hops()), 0)?;
    writeln!(f, "xid {:#010x}", packet.xid())?;
    if packet.secs() != 0 {
        writeln!(f, "secs {}", packet.secs())?;
    }
    match packet.flags() {
        Flags(0) => {}
        Flags::BROADCAST => writeln!(f, "flags broadcast")?,
        Flags(bits) => writeln!(f, "flags {bits:#06x}")?,
    }
    for (field, address) in [
        (CIADDR, packet.ciaddr()),
        (YIADDR, packet.yiaddr()),
        (SIADDR, packet.siaddr()),
        (GIADDR, packet.giaddr()),
    ] {
        if address != Ipv4Addr::UNSPECIFIED {
            writeln!(f, "{} {address}", field.name)?;
        }
    }
    octet_fields(f, packet)
}

fn octet_fields(f: &mut fmt::Formatter<'_>, packet: &Packet<'_>) -> fmt::Result {
    let chaddr = packet.chaddr_field();
    // At least hlen octets are shown, so that an address that ends with zeros looks like one.
    let shown = without_zeros(chaddr).len().max(usize::from(packet.hlen()).min(chaddr.len()));
    if !without_zeros(chaddr).is_empty() {
        writeln!(f, "chaddr {}", HardwareAddress(chaddr.get(..shown).unwrap_or(chaddr)))?;
    }
    let overloaded = |area| packet.areas().any(|(there, _)| there == area);
    for (field, area, octets) in [(SNAME, Area::Sname, packet.sname()), (FILE, Area::File, packet.file())] {
        let text = without_zeros(octets);
        if !text.is_empty() && !overloaded(area) {
            writeln!(f, "{} {}", field.name, Quoted(text))?;
        }
    }
    Ok(())
}

fn without_zeros(octets: &[u8]) -> &[u8] {
    let end = octets.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
    octets.get(..end).unwrap_or(octets)
}

fn line(f: &mut fmt::Formatter<'_>, segment: Segment<'_>) -> fmt::Result {
    match segment {
        Segment::Pad(run) => pads(f, run),
        Segment::End => writeln!(f, "end"),
        Segment::Rest(rest) if rest.iter().all(|octet| *octet == 0) => pads(f, rest),
        Segment::Rest(rest) => writeln!(f, "rest hex:{}", Hex(rest)),
        Segment::Truncated(code, claimed, octets) => {
            writeln!(f, "truncated {code} {claimed} hex:{}", Hex(octets))
        }
        Segment::Option(code, octets) => {
            let value = value_text(code, octets);
            writeln!(f, "{code}{}{value}", if value.is_empty() { "" } else { " " })
        }
    }
}

/// The most zeros that one line stands for.
const MAX_PAD: usize = 65_535;

/// The most zeros that the lines of a text stand for, besides as many octets as the text has itself, so that it can't
/// ask for all memory.
const MAX_PADS: usize = 1 << 24;

fn pads(f: &mut fmt::Formatter<'_>, run: &[u8]) -> fmt::Result {
    run.chunks(MAX_PAD).try_for_each(|run| writeln!(f, "pad {}", run.len()))
}

/// The value of an option as text that gives the same octets back: by its layout, or `raw:`.
#[must_use]
pub fn value_text(code: Code, octets: &[u8]) -> String {
    let layout = code.layout();
    let (node, error) = tree(layout, octets);
    let text = match (node, error) {
        (_, Some(_)) => None,
        (node, None) => Some(node.map_or(String::new(), |node| node.to_string())),
    };
    text.filter(|text| compose::from_text(layout, text).as_deref() == Ok(octets))
        .unwrap_or_else(|| format!("raw:{}", Hex(octets)))
}

/// Why a text is no message: the line, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFormError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column of the fault, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub why: TextFormWhy,
}

/// What is wrong with a line of the text form.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextFormWhy {
    /// A line before the first `op`.
    OpFirst,
    /// A name that is no field, option or word of the text form, and the nearest one.
    UnknownName(String, Option<String>),
    /// A field's value is not what it should be.
    Field(&'static str, String),
    /// An option's value does not fit its layout.
    Value(Code, SyntaxError),
    /// The pieces do not fit together.
    Draft(DraftError),
}

impl fmt::Display for TextFormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        match &self.why {
            TextFormWhy::OpFirst => f.write_str("expected `op bootrequest` or `op bootreply` first"),
            TextFormWhy::UnknownName(name, near) => {
                write!(f, "`{}` is no field or option", Escaped(name.as_bytes()))?;
                near.as_ref().map_or(Ok(()), |near| write!(f, " (did you mean `{near}`?)"))
            }
            TextFormWhy::Field(expected, found) => {
                write!(f, "expected {expected}, found `{}`", Escaped(found.as_bytes()))
            }
            TextFormWhy::Value(code, error) => write!(f, "{code}: {error}"),
            TextFormWhy::Draft(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for TextFormError {}

/// The messages that a text holds.
///
/// # Errors
///
/// [`TextFormError`] with the line and column of the first fault.
pub fn parse(text: &str) -> Result<Vec<Vec<u8>>, TextFormError> {
    let mut messages = Vec::new();
    let mut room = MAX_PADS.saturating_add(text.len());
    let mut current: Option<Lines> = None;
    let mut last = 1;
    for (index, raw) in text.lines().enumerate() {
        let (number, line) = (index + 1, raw.trim());
        last = number;
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let indent = raw.len() - raw.trim_start().len();
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim_start();
        let fail = |(on_value, why)| TextFormError {
            line: number,
            column: 1 + indent + if on_value { line.len() - rest.len() } else { 0 },
            why,
        };
        if name == "op" {
            let begun = current.replace(Lines::new());
            finish(begun, number, &mut messages)?;
        }
        let lines = current.as_mut().ok_or_else(|| fail((false, TextFormWhy::OpFirst)))?;
        lines.line(name, rest, &mut room).map_err(fail)?;
    }
    finish(current, last, &mut messages)?;
    Ok(messages)
}

fn finish(lines: Option<Lines>, line: usize, messages: &mut Vec<Vec<u8>>) -> Result<(), TextFormError> {
    let Some(lines) = lines else { return Ok(()) };
    let octets = lines.draft.finish();
    messages.push(octets.map_err(|error| TextFormError {
        line,
        column: 1,
        why: TextFormWhy::Draft(error),
    })?);
    Ok(())
}

/// A message as far as its lines have been read.
struct Lines {
    draft: Draft,
    area: Area,
}

/// Whether the fault is in the value, and what it is.
type LineError = (bool, TextFormWhy);

impl Lines {
    fn new() -> Lines {
        Lines { draft: Draft::new(), area: Area::Options }
    }

    /// Reads a line; of zeros there is `room` for so many.
    fn line(&mut self, name: &str, value: &str, room: &mut usize) -> Result<(), LineError> {
        if let Some(field) = header::FIELDS.iter().find(|field| field.name == name) {
            return self.field(*field, value);
        }
        let wrong = |expected| (true, TextFormWhy::Field(expected, value.to_owned()));
        match name {
            "in" => {
                self.area = [Area::Options, Area::File, Area::Sname]
                    .into_iter()
                    .find(|area| area.name() == value)
                    .ok_or_else(|| wrong("options, file or sname"))?;
                self.draft.area(self.area);
            }
            "vend" => self.draft.without_cookie(octets(value).ok_or_else(|| wrong("hex: and digits"))?),
            "end" => self.draft.area(self.area).push(Code::END.0),
            "pad" => {
                let run = value.parse().ok().filter(|run: &usize| *run <= MAX_PAD);
                let run = run.ok_or_else(|| wrong("a number of octets up to 65535"))?;
                *room = room.checked_sub(run).ok_or_else(|| wrong("fewer pads in one text"))?;
                let area = self.draft.area(self.area);
                area.resize(area.len() + run, Code::PAD.0);
            }
            "rest" => {
                let rest = octets(value).ok_or_else(|| wrong("hex: and digits"))?;
                self.draft.area(self.area).extend(rest);
            }
            "truncated" => {
                let cut = truncated(value)
                    .ok_or_else(|| wrong("an option, the length it claims, and hex: with digits"))?;
                self.draft.area(self.area).extend(cut);
            }
            option => self.option(option, value)?,
        }
        Ok(())
    }

    fn option(&mut self, name: &str, value: &str) -> Result<(), LineError> {
        let code = Code::parse(name).ok_or_else(|| {
            let names = TABLE.iter().map(|row| row.name).chain(header::FIELDS.iter().map(|field| field.name));
            (false, TextFormWhy::UnknownName(name.to_owned(), nearest(name, names)))
        })?;
        let octets = compose::from_text(code.layout(), value)
            .map_err(|error| (true, TextFormWhy::Value(code, error)))?;
        self.draft.option(self.area, code, &octets);
        Ok(())
    }

    fn field(&mut self, field: Field, value: &str) -> Result<(), LineError> {
        let wrong = |expected| (true, TextFormWhy::Field(expected, value.to_owned()));
        match field {
            CHADDR => {
                let octets = octets(value).ok_or_else(|| wrong("hex digits in pairs, with colons"))?;
                self.draft.octets(field, &octets).map_err(|error| (true, TextFormWhy::Draft(error)))
            }
            SNAME | FILE => {
                let octets = match value.starts_with('"') {
                    true => {
                        unquote(value).ok().filter(|(_, end)| *end == value.len()).map(|(octets, _)| octets)
                    }
                    false => octets_or_text(value),
                };
                let octets = octets.ok_or_else(|| wrong("text in quotes, or hex: and digits"))?;
                self.draft.octets(field, &octets).map_err(|error| (true, TextFormWhy::Draft(error)))
            }
            CIADDR | YIADDR | SIADDR | GIADDR => {
                let address = value.parse().map_err(|_| wrong("an IPv4 address"))?;
                self.draft.address(field, address);
                Ok(())
            }
            field => {
                let number = number(field, value).ok_or_else(|| wrong(expectation(field)))?;
                self.draft.number(field, number);
                Ok(())
            }
        }
    }
}

fn expectation(field: Field) -> &'static str {
    match field {
        OP => "bootrequest, bootreply or a number up to 255",
        HTYPE | HLEN | HOPS => "a number up to 255",
        SECS => "a number up to 65535",
        FLAGS => "broadcast, 0 or a number up to 0xffff",
        _ => "a number of 32 bits, 0x and hex digits or decimal",
    }
}

/// The number of a field, if it has room for it.
pub(crate) fn number(field: Field, text: &str) -> Option<u32> {
    let named = match (field, text) {
        (OP, "bootrequest") => Some(1),
        (OP, "bootreply") => Some(2),
        (FLAGS, "broadcast") => Some(0x8000),
        (FLAGS, "none") => Some(0),
        (HTYPE, "ethernet") => Some(1),
        _ => None,
    };
    let number = named.or_else(|| match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    })?;
    let fits = field.size >= 4 || number >> (8 * field.size) == 0;
    debug_assert!([OP, HTYPE, HLEN, HOPS, XID, SECS, FLAGS].contains(&field));
    fits.then_some(number)
}

fn octets_or_text(text: &str) -> Option<Vec<u8>> {
    match text.strip_prefix("hex:") {
        Some(_) => octets(text),
        None => Some(text.as_bytes().to_vec()),
    }
}

/// The octets of `hex:0102`, `01:02` or `0102`.
#[must_use]
pub fn octets(text: &str) -> Option<Vec<u8>> {
    compose::hex(text.strip_prefix("hex:").unwrap_or(text))
}

fn truncated(text: &str) -> Option<Vec<u8>> {
    let mut words = text.split_whitespace();
    let code = Code::parse(words.next()?)?;
    let claimed: u8 = words.next()?.parse().ok()?;
    let mut cut = vec![code.0, claimed];
    cut.extend(octets(words.next()?)?);
    Some(cut).filter(|_| words.next().is_none())
}
