//! A message as lines: each a place, its octets, a name and words.

use core::ops::Range;
use std::collections::HashMap;

use super::rules;
use super::words::words;
use crate::options::text::Quoted;
use crate::options::tree::{Node, Tree, tree};
use crate::options::{Code, Reference, Segment};
use crate::packet::{
    Area, CHADDR, CIADDR, FIELDS, FILE, FLAGS, Field, Flags, HTYPE, HardwareAddress, Instance, OP,
    OPTIONS_OFFSET, Packet, Parts, SNAME, XID,
};

/// A place in a message and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The octets, from the start of the message.
    pub span: Range<usize>,
    /// How deep within an option; 0 is a field or an option.
    pub depth: usize,
    /// The code in front of the name: an option's or a sub-option's.
    pub code: Option<u8>,
    /// The name of the field or option.
    pub name: String,
    /// What it says.
    pub words: String,
    /// Whether it is of little interest: zeros, pads.
    pub dim: bool,
    /// What it is for, where that is defined and which rule it obeys or breaks.
    pub meaning: Option<(String, Option<Reference>, Option<String>)>,
}

impl Line {
    fn new(span: Range<usize>, name: impl Into<String>, words: impl Into<String>) -> Line {
        Line { span, depth: 0, code: None, name: name.into(), words: words.into(), dim: false, meaning: None }
    }
}

/// The lines of a message in the order of its octets, overloaded fields as options.
#[must_use]
pub fn lines(packet: &Packet<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    let split = Split::of(packet);
    for field in FIELDS {
        match packet.areas().find(|(area, _)| area.name() == field.name) {
            Some((area, _)) => area_lines(packet, area, &split, &mut lines),
            None => lines.push(field_line(packet, *field)),
        }
    }
    tail_lines(packet, &split, &mut lines);
    lines
}

fn field_line(packet: &Packet<'_>, field: Field) -> Line {
    let words = match field.name {
        name if name == OP.name => match packet.op().0 {
            op @ 1..=2 => format!("{} ({op})", packet.op()),
            op => format!("{op}, neither request nor reply"),
        },
        name if name == HTYPE.name => hardware_type(packet.htype()),
        "hlen" => packet.hlen().to_string(),
        "hops" => packet.hops().to_string(),
        name if name == XID.name => format!("{:#010x}", packet.xid()),
        "secs" => packet.secs().to_string(),
        name if name == FLAGS.name => flag_words(packet.flags()),
        "ciaddr" => packet.ciaddr().to_string(),
        "yiaddr" => packet.yiaddr().to_string(),
        "siaddr" => packet.siaddr().to_string(),
        "giaddr" => packet.giaddr().to_string(),
        name if name == CHADDR.name => HardwareAddress(packet.chaddr().0).to_string(),
        name if name == SNAME.name => name_words(packet.sname()),
        name if name == FILE.name => name_words(packet.file()),
        _ => String::new(),
    };
    let octets = packet.octets().get(field.range()).unwrap_or_default();
    let mut line = Line::new(field.range(), field.name, words);
    line.dim = field.offset >= CIADDR.offset && octets.iter().all(|octet| *octet == 0);
    line.meaning =
        Some((field.meaning.to_owned(), Some(Reference::Rfc(2131, "2")), rules::field(packet, field)));
    line
}

fn hardware_type(htype: u8) -> String {
    let names = crate::options::registries::HARDWARE_TYPES;
    match crate::options::tree::name_of(names, u32::from(htype)) {
        Some(name) => format!("{name} ({htype})"),
        None => htype.to_string(),
    }
}

fn flag_words(flags: Flags) -> String {
    match (flags.broadcast(), flags.reserved()) {
        (true, 0) => "broadcast (0x8000)".to_owned(),
        (false, 0) => "unicast (0x0000)".to_owned(),
        (true, bits) => format!("broadcast, and reserved bits {bits:#06x}"),
        (false, bits) => format!("unicast, and reserved bits {bits:#06x}"),
    }
}

/// A name up to its zero octet.
fn name_words(octets: &[u8]) -> String {
    let name = octets.split(|octet| *octet == 0).next().unwrap_or_default();
    let rest = octets.get(name.len()..).unwrap_or_default();
    let more = rest.iter().any(|octet| *octet != 0);
    match (name, more) {
        ([], false) => String::new(),
        ([], true) => "empty, with octets behind the zero".to_owned(),
        (name, false) => Quoted(name).to_string(),
        (name, true) => format!("{} and octets behind the zero", Quoted(name)),
    }
}

fn tail_lines(packet: &Packet<'_>, split: &Split<'_>, lines: &mut Vec<Line>) {
    let end = packet.octets().len();
    if packet.has_cookie() {
        lines.push(Line::new(OPTIONS_OFFSET - 4..OPTIONS_OFFSET, "cookie", "99.130.83.99"));
        area_lines(packet, Area::Options, split, lines);
    } else if !packet.tail().is_empty() {
        let words = format!("{} octets without the magic cookie", packet.tail().len());
        lines.push(Line::new(OPTIONS_OFFSET - 4..end, "vend", words));
    }
}

fn area_lines(packet: &Packet<'_>, area: Area, split: &Split<'_>, lines: &mut Vec<Line>) {
    let mut ended = false;
    for (there, offset, segment) in packet.segments() {
        if there != area {
            continue;
        }
        let span = offset..offset + segment.size();
        match segment {
            Segment::Pad(run) => lines.push(pads(span, run.len())),
            Segment::Rest(rest) if rest.iter().all(|octet| *octet == 0) => lines.push(pads(span, rest.len())),
            Segment::End => {
                ended = true;
                lines.push(Line { code: Some(255), ..Line::new(span, "end", "") });
            }
            Segment::Rest(_) if ended => lines.push(Line::new(span, "rest", "octets after the end option")),
            Segment::Rest(_) => lines.push(Line::new(span, "rest", "a code without a length octet")),
            Segment::Truncated(code, claimed, octets) => {
                let words = format!("cut short: its length says {claimed}, {} are there", octets.len());
                lines.push(option_line(packet, span, code, words));
            }
            Segment::Option(code, octets) => {
                let part = Instance { code, area, offset, octets, claimed: None };
                match split.words(&part) {
                    Some(words) => lines.push(option_line(packet, span, code, words)),
                    None => option_lines(packet, &part, span, lines),
                }
            }
        }
    }
}

fn pads(span: Range<usize>, length: usize) -> Line {
    let words = if length == 1 { "1 zero octet".to_owned() } else { format!("{length} zero octets") };
    Line { code: Some(0), dim: true, ..Line::new(span, "pad", words) }
}

fn option_line(packet: &Packet<'_>, span: Range<usize>, code: Code, words: String) -> Line {
    let name = code.row().map_or("unknown option", |row| row.name);
    let meaning = code.row().map_or_else(
        || ("no option that IANA has registered".to_owned(), None),
        |row| (row.meaning.to_owned(), Some(row.reference)),
    );
    Line {
        code: Some(code.0),
        meaning: Some((meaning.0, meaning.1, rules::option(packet, code))),
        ..Line::new(span, name, words)
    }
}

fn option_lines(packet: &Packet<'_>, part: &Instance<'_>, span: Range<usize>, lines: &mut Vec<Line>) {
    let code = part.code;
    let (node, error) = tree(code.layout(), part.octets);
    let words = match (&node, error) {
        (_, Some(error)) => format!("malformed: {}", error.why),
        (Some(node), None) if nests(&node.tree) => String::new(),
        (Some(node), None) => words(node),
        (None, None) => String::new(),
    };
    lines.push(option_line(packet, span, code, words));
    if let (Some(node), true) = (&node, node.as_ref().is_some_and(|node| nests(&node.tree))) {
        parts(node, part.value_offset(), 1, lines);
    }
}

/// The options that are split or repeated, learnt in one pass: there may be thousands of parts.
struct Split<'a> {
    parts: Parts<'a>,
    /// Of each part by its offset: how many parts of the option come before it.
    earlier: HashMap<usize, usize>,
}

impl<'a> Split<'a> {
    fn of(packet: &Packet<'a>) -> Split<'a> {
        let mut split = Split { parts: packet.parts(), earlier: HashMap::new() };
        let mut counts: HashMap<Code, usize> = HashMap::new();
        for part in packet.instances().filter(|part| packet.is_repeated(part.code)) {
            let count = counts.entry(part.code).or_default();
            split.earlier.insert(part.offset, *count);
            *count += 1;
        }
        split
    }

    /// What a part says, if it is one: the first tells what they make together.
    fn words(&self, part: &Instance<'_>) -> Option<String> {
        let earlier = self.earlier.get(&part.offset)?;
        let of = self.parts.of(part.code).len();
        if *earlier > 0 {
            return Some(format!("part {} of {of}", earlier + 1));
        }
        let joined = self.parts.value(part.code).unwrap_or_default();
        Some(match tree(part.code.layout(), &joined) {
            (Some(node), None) => format!("part 1 of {of}, together: {}", words(&node)),
            (_, Some(error)) => format!("part 1 of {of}, together malformed: {}", error.why),
            (None, None) => format!("part 1 of {of}"),
        })
    }
}

/// Whether the parts of a value get lines of their own.
fn nests(value: &Tree) -> bool {
    match value {
        Tree::Options(_) => true,
        Tree::Record(parts) => parts.len() > 1,
        Tree::List(parts) => parts.iter().any(|part| nests(&part.tree)),
        _ => false,
    }
}

fn parts(node: &Node, base: usize, depth: usize, lines: &mut Vec<Line>) {
    let mut add = |code: Option<u8>, part: &Node| {
        let span = base + part.span.start..base + part.span.end;
        let deeper = nests(&part.tree);
        let name = match (part.name, code) {
            ("", Some(_)) => "sub-option",
            ("", None) => "item",
            (name, _) => name,
        };
        let text = if deeper { String::new() } else { words(part) };
        lines.push(Line { code, depth, ..Line::new(span, name, text) });
        if deeper {
            parts(part, base, depth + 1, lines);
        }
    };
    match &node.tree {
        Tree::Options(options) => {
            options.iter().for_each(|(code, part)| add(Some(*code).filter(|_| part.name != "end"), part));
        }
        Tree::Record(inner) | Tree::List(inner) => inner.iter().for_each(|part| add(None, part)),
        _ => {}
    }
}
