//! A message as a JSON object.

use serde_json::{Map, Value as Json, json};

use super::SCHEMA;
use crate::options::text::{Escaped, Hex};
use crate::options::tree::{Node, Tree, tree};
use crate::options::{Code, Segment};
use crate::packet::anomaly::{Anomaly, Subject};
use crate::packet::text::value_text;
use crate::packet::view::{CodeSet, Instance, Packet, ParseError};
use crate::packet::{HEADER_SIZE, MAGIC_COOKIE};

fn hex(octets: &[u8]) -> String {
    Hex(octets).to_string()
}

/// A message as a JSON object.
#[must_use]
pub fn document(packet: &Packet<'_>, anomalies: &[Anomaly]) -> Map<String, Json> {
    let mut document = Map::new();
    let mut add = |name: &str, value: Json| document.insert(name.to_owned(), value);
    add("schema", json!(SCHEMA));
    add("length", json!(packet.octets().len()));
    add("message", json!(packet.message_type().and_then(|kind| kind.name())));
    add("message_type", json!(packet.message_type().map(|kind| kind.0)));
    add("fields", fields(packet));
    add("options", packet.instances().map(|part| option(packet, &part)).collect());
    let joined = joined(packet);
    if !joined.is_empty() {
        add("joined", Json::Array(joined));
    }
    add("fill", Json::Array(fill(packet)));
    add("anomalies", anomalies.iter().map(anomaly).collect());
    document
}

/// Octets that are too few for a message.
#[must_use]
pub fn short_document(octets: &[u8]) -> Map<String, Json> {
    let mut document = Map::new();
    let error = ParseError { found: octets.len() };
    let mut add = |name: &str, value: Json| document.insert(name.to_owned(), value);
    add("schema", json!(SCHEMA));
    add("length", json!(octets.len()));
    add("message", Json::Null);
    add("message_type", Json::Null);
    add("fields", Json::Null);
    add("options", json!([]));
    add("octets", json!(hex(octets)));
    add(
        "error",
        json!({ "field": error.field().name, "offset": error.field().offset, "text": error.to_string() }),
    );
    document
}

fn fields(packet: &Packet<'_>) -> Json {
    json!({
        "op": packet.op().0,
        "htype": packet.htype(),
        "hlen": packet.hlen(),
        "hops": packet.hops(),
        "xid": packet.xid(),
        "secs": packet.secs(),
        "flags": packet.flags().0,
        "ciaddr": packet.ciaddr().to_string(),
        "yiaddr": packet.yiaddr().to_string(),
        "siaddr": packet.siaddr().to_string(),
        "giaddr": packet.giaddr().to_string(),
        "chaddr": hex(packet.chaddr_field()),
        "sname": hex(packet.sname()),
        "file": hex(packet.file()),
        "cookie": packet.tail().get(..MAGIC_COOKIE.len()).map(hex),
    })
}

fn option(packet: &Packet<'_>, part: &Instance<'_>) -> Json {
    let mut object = json!({
        "code": part.code.0,
        "name": part.code.to_string(),
        "area": part.area.name(),
        "offset": part.offset,
        "length": part.claimed.map_or(part.octets.len(), usize::from),
        "hex": hex(part.octets),
    });
    let whole = part.claimed.is_none() && !packet.is_repeated(part.code);
    if let Json::Object(object) = &mut object {
        object.insert("value".to_owned(), if whole { value(part.code, part.octets) } else { Json::Null });
        if whole {
            object.insert("text".to_owned(), json!(value_text(part.code, part.octets)));
        }
        if part.claimed.is_some() {
            object.insert("truncated".to_owned(), json!(true));
        }
    }
    object
}

/// Options that stand more than once, with the value that their parts make together.
fn joined(packet: &Packet<'_>) -> Vec<Json> {
    let mut told = CodeSet::default();
    let parts = packet.parts();
    packet
        .instances()
        .filter(|part| packet.is_repeated(part.code) && !told.insert(part.code))
        .filter_map(|part| {
            let octets = parts.value(part.code)?;
            Some(json!({
                "code": part.code.0,
                "name": part.code.to_string(),
                "hex": hex(&octets),
                "value": value(part.code, &octets),
                "text": value_text(part.code, &octets),
            }))
        })
        .collect()
}

/// The value of an option by its layout, typed; null if it does not have that.
#[must_use]
pub fn value(code: Code, octets: &[u8]) -> Json {
    match tree(code.layout(), octets) {
        (Some(node), None) => node_json(&node),
        (None, None) => json!(true),
        (_, Some(_)) => Json::Null,
    }
}

fn node_json(node: &Node) -> Json {
    match &node.tree {
        Tree::Flag(flag) => json!(flag),
        Tree::Number(number, _) => json!(number),
        Tree::Seconds(number) | Tree::Time(number) => json!(number),
        Tree::Word(word) => json!(word),
        Tree::Code(code) | Tree::Bits(code, _) => json!(code),
        Tree::Text(text) => json!(match core::str::from_utf8(text) {
            Ok(text) => text.to_owned(),
            Err(_) => Escaped(text).to_string(),
        }),
        Tree::Octets(octets) => json!(hex(octets)),
        Tree::List(parts) => parts.iter().map(node_json).collect(),
        Tree::Record(parts) => {
            Json::Object(parts.iter().map(|part| (part.name.to_owned(), node_json(part))).collect())
        }
        Tree::Options(options) => options
            .iter()
            .map(|(code, node)| match (node.name, &node.tree) {
                ("end", _) => json!({ "name": "end", "value": node_json(node) }),
                // A code without a name stands for its octets, whatever the code means elsewhere.
                ("", Tree::Octets(octets)) => {
                    json!({ "code": code, "value": format!("hex:{}", Hex(octets)) })
                }
                ("", _) => json!({ "code": code, "value": node_json(node) }),
                (name, _) => json!({ "code": code, "name": name, "value": node_json(node) }),
            })
            .collect(),
    }
}

/// The most zeros that the fill of a document stands for, so that a short document can't ask for all memory.
pub(super) const MAX_PADS: usize = 1 << 24;

fn fill(packet: &Packet<'_>) -> Vec<Json> {
    if !packet.has_cookie() {
        return vec![json!({ "area": "vend", "offset": HEADER_SIZE, "hex": hex(packet.tail()) })];
    }
    let segments = packet.segments().filter_map(|(area, offset, segment)| {
        let area = area.name();
        Some(match segment {
            Segment::Pad(run) => json!({ "area": area, "offset": offset, "pad": run.len() }),
            Segment::End => json!({ "area": area, "offset": offset, "end": true }),
            Segment::Rest(rest) if rest.iter().all(|octet| *octet == 0) => {
                json!({ "area": area, "offset": offset, "pad": rest.len() })
            }
            Segment::Rest(rest) => json!({ "area": area, "offset": offset, "hex": hex(rest) }),
            Segment::Option(..) | Segment::Truncated(..) => return None,
        })
    });
    segments.collect()
}

fn anomaly(anomaly: &Anomaly) -> Json {
    let (kind, name) = match anomaly.subject {
        Subject::Field(name) => ("field", json!(name)),
        Subject::Option(code) => ("option", json!(code.0)),
        Subject::Area(area) => ("area", json!(area.name())),
        Subject::Message => ("message", Json::Null),
    };
    json!({
        "kind": anomaly.kind.name(),
        "severity": anomaly.kind.severity().name(),
        "offset": anomaly.offset,
        "length": anomaly.length,
        "about": kind,
        "subject": name,
        "text": anomaly.to_string(),
        "reference": anomaly.reference().to_string(),
    })
}
