//! What a replay tells, in lines or JSON.

use std::fmt::Write as _;

use dhcpsim::endpoint::Instant;
use dhcpsim::explain::Summary;
use dhcpsim::options::text::Escaped;
use dhcpsim::packet::{MessageType, Packet};
use dhcpsim::replay::{Counted, Differs, Facet, Tally};
use serde_json::{Map, Value, json};

use super::super::show::{Timestamp, WARNING};

/// The names of the two sides that are compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides {
    pub(super) before: &'static str,
    pub(super) now: &'static str,
    /// What one of the messages is called, and several.
    pub(super) nouns: (&'static str, &'static str),
}

pub(super) const REPLAYED: Sides = Sides { before: "recorded", now: "replayed", nouns: ANSWERS };
pub(super) const ANSWERS: (&str, &str) = ("answer", "answers");

/// `1 answer`, `2 answers`.
pub(super) fn counted(count: impl Into<u64>, (one, several): (&str, &str)) -> String {
    match count.into() {
        1 => format!("1 {one}"),
        count => format!("{count} {several}"),
    }
}

/// A message in a line: `DISCOVER xid 00001001  02:00:00:00:00:01`.
pub(super) fn message(octets: &[u8]) -> String {
    match Packet::parse(octets) {
        Ok(packet) => {
            let line = Summary(&packet).to_string();
            let mut words = line.splitn(2, "xid");
            let (first, rest) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            format!("{} xid{rest}", first.trim_end())
        }
        Err(_) => format!("{} octets that are no message", octets.len()),
    }
}

/// The type of a message.
pub(super) fn kind(octets: &[u8]) -> String {
    let kind = Packet::parse(octets).ok().map(|packet| packet.message_type());
    match kind {
        Some(kind) => kind_name(kind),
        None => "octets".to_owned(),
    }
}

pub(super) fn kind_name(kind: Option<MessageType>) -> String {
    kind.map_or_else(|| "BOOTP".to_owned(), |kind| kind.to_string())
}

/// `recorded 3600, replayed 1800`.
pub(super) fn pair(sides: Sides, before: Option<&str>, now: Option<&str>) -> String {
    let Sides { before: first, now: second, .. } = sides;
    format!("{first} {}, {second} {}", before.unwrap_or("none"), now.unwrap_or("none"))
}

/// A line for each difference, so far to the right.
pub(super) fn differences(text: &mut String, margin: usize, sides: Sides, found: &[Differs]) {
    for Differs { facet, before, now } in found {
        let pair = pair(sides, before.as_deref(), now.as_deref());
        // Writing to a string does not fail.
        let _ = writeln!(text, "{:margin$}{facet}: {pair}", "");
    }
}

/// What differs, and in how many answers.
pub(super) fn tally(text: &mut String, sides: Sides, tally: &Tally) {
    for Counted { facet, pair: told, count } in tally.lines() {
        let count = counted(count, sides.nouns);
        let told = match told {
            Some((before, now)) => pair(sides, before, now),
            None => "other values".to_owned(),
        };
        let _ = writeln!(text, "  {WARNING}{facet}{WARNING:#}: {told}, in {count}");
    }
}

/// The object of a difference.
pub(super) fn differs_json(sides: Sides, differs: &Differs) -> Value {
    let mut object = facet_json(differs.facet);
    object.insert(sides.before.into(), differs.before.as_deref().into());
    object.insert(sides.now.into(), differs.now.as_deref().into());
    object.into()
}

/// The lines of a tally as objects.
pub(super) fn tally_json(sides: Sides, tally: &Tally) -> Value {
    let line = |line: Counted<'_>| {
        let mut object = facet_json(line.facet);
        if let Some((before, now)) = line.pair {
            object.insert(sides.before.into(), before.into());
            object.insert(sides.now.into(), now.into());
        }
        object.insert("count".into(), line.count.into());
        Value::from(object)
    };
    tally.lines().map(line).collect()
}

fn facet_json(facet: Facet) -> Map<String, Value> {
    let mut object = Map::new();
    let what = match facet {
        Facet::Option(_) => "option",
        Facet::Field(_) => "field",
        Facet::Binding(_) => "binding",
        Facet::Type | Facet::Destination | Facet::Order | Facet::Octets => "message",
    };
    object.insert("what".into(), what.into());
    object.insert("name".into(), facet.name().into());
    if let Facet::Option(code) = facet {
        object.insert("code".into(), code.0.into());
    }
    object
}

/// The beginning of every object.
pub(super) fn start(kind: &str, at: Option<Instant>) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("schema".into(), "dhcpsim.replay/1".into());
    object.insert("kind".into(), kind.into());
    if let Some(at) = at {
        object.insert("time".into(), Timestamp(at).to_string().into());
    }
    object
}

/// Adds what was counted and how differences are spread to the object of a summary.
pub(super) fn sum_up(
    mut object: Map<String, Value>,
    counts: &[(&str, u64)],
    sides: Sides,
    tally: &Tally,
) -> Value {
    object.extend(counts.iter().map(|(name, count)| ((*name).to_owned(), (*count).into())));
    object.insert("differing".into(), tally_json(sides, tally));
    Value::from(object)
}

/// What a message is, as an object.
pub(super) fn message_json(octets: &[u8]) -> Value {
    match Packet::parse(octets) {
        Ok(packet) => json!({
            "message": packet.message_type().map(|kind| kind.to_string()),
            "xid": format!("{:08x}", packet.xid()),
            "chaddr": packet.chaddr().to_string(),
            "octets": hex::encode(octets),
        }),
        Err(_) => json!({ "octets": hex::encode(octets) }),
    }
}

/// An event in words: its name, and what else it tells.
pub(super) fn event(event: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (name, value) in event.iter().filter(|(_, value)| !value.is_null()) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let (name, value) = (Escaped(name.as_bytes()), Escaped(value.as_bytes()));
        let _ = match name.0 {
            b"name" => write!(text, "{value}"),
            _ => write!(text, ", {name} {value}"),
        };
    }
    text
}
