//! A message as JSON and back (schema `dhcpsim.decode/1`, `docs/decode.md`).
//!
//! `fields` and `options` say what there is, `fill` what stands between: pads, ends and rests. Reading puts options
//! and fill back in the order of their offsets, so that a document gives the message octet for octet, and one that
//! somebody changed or wrote by hand gives what it says.

use core::net::Ipv4Addr;

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::anomaly::{Anomaly, Subject};
use super::draft::{Draft, DraftError};
use super::header::{
    CHADDR, CIADDR, FILE, FLAGS, Field, GIADDR, HLEN, HOPS, HTYPE, MAGIC_COOKIE, OP, SECS, SIADDR, SNAME,
    XID, YIADDR,
};
use super::text::{number, octets, value_text};
use super::view::{Area, CodeSet, Instance, Packet};
use crate::options::compose::{SyntaxError, from_input};
use crate::options::text::{Escaped, Hex, Input};
use crate::options::tree::{Node, Tree, tree};
use crate::options::{Code, Segment, TABLE, nearest};

/// The schema that documents name.
pub const SCHEMA: &str = "dhcpsim.decode/1";

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
    let error = super::view::ParseError { found: octets.len() };
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

/// A value by its layout; null if it does not have that.
fn value(code: Code, octets: &[u8]) -> Json {
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
            .map(|(code, node)| match node.name {
                "end" => json!({ "name": "end", "value": node_json(node) }),
                name => json!({ "code": code, "name": name, "value": node_json(node) }),
            })
            .collect(),
    }
}

/// The most zeros that the fill of a document stands for, so that a short document can't ask for all memory.
const MAX_PADS: usize = 1 << 24;

fn fill(packet: &Packet<'_>) -> Vec<Json> {
    if !packet.has_cookie() {
        return vec![json!({ "area": "vend", "offset": super::HEADER_SIZE, "hex": hex(packet.tail()) })];
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
        "reference": anomaly.kind.reference().to_string(),
    })
}

/// Why a document gives no message. Shown as `options[3]: lease-time: expected …`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonError {
    /// It is no JSON, or not of this schema.
    Syntax(String),
    /// A field is not what it should be.
    Field(&'static str, &'static str),
    /// An option has no name and no code that is known, and the nearest one.
    UnknownOption(usize, String, Option<String>),
    /// An option has neither hex digits nor a value that can be read.
    NoValue(usize),
    /// An option's value does not fit its layout.
    Value(usize, Code, SyntaxError),
    /// An entry of fill is neither pad, end nor hex.
    Fill(usize),
    /// The pieces do not fit together.
    Draft(DraftError),
}

impl core::fmt::Display for JsonError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            JsonError::Syntax(error) => f.write_str(error),
            JsonError::Field(name, expected) => write!(f, "fields.{name}: expected {expected}"),
            JsonError::UnknownOption(index, name, near) => {
                write!(f, "options[{index}]: `{}` is no option", Escaped(name.as_bytes()))?;
                near.as_ref().map_or(Ok(()), |near| write!(f, " (did you mean `{near}`?)"))
            }
            JsonError::NoValue(index) => {
                write!(f, "options[{index}]: expected `hex` with digits in pairs, or `value`")
            }
            JsonError::Value(index, code, error) => write!(f, "options[{index}]: {code}: {error}"),
            JsonError::Fill(index) => write!(f, "fill[{index}]: expected `pad`, `end` or `hex`"),
            JsonError::Draft(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for JsonError {}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    fields: Option<Map<String, Json>>,
    #[serde(default)]
    options: Vec<OptionEntry>,
    #[serde(default)]
    fill: Option<Vec<FillEntry>>,
    octets: Option<String>,
}

#[derive(Deserialize)]
struct OptionEntry {
    code: Option<u8>,
    name: Option<String>,
    #[serde(default)]
    area: AreaName,
    offset: Option<usize>,
    length: Option<usize>,
    hex: Option<String>,
    value: Option<Json>,
    text: Option<String>,
    #[serde(default)]
    truncated: bool,
}

#[derive(Deserialize)]
struct FillEntry {
    area: AreaName,
    offset: Option<usize>,
    pad: Option<usize>,
    end: Option<bool>,
    hex: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum AreaName {
    #[default]
    Options,
    File,
    Sname,
    Vend,
}

impl AreaName {
    fn area(self) -> Area {
        match self {
            AreaName::Options | AreaName::Vend => Area::Options,
            AreaName::File => Area::File,
            AreaName::Sname => Area::Sname,
        }
    }
}

/// The message that a document gives.
///
/// # Errors
///
/// [`JsonError`] with the place of the first fault.
pub fn parse(text: &str) -> Result<Vec<u8>, JsonError> {
    let document: Document = serde_json::from_str(text).map_err(syntax)?;
    message(document)
}

/// The messages that documents one after the other give, read as they are asked for.
pub fn parse_all(input: impl std::io::Read) -> impl Iterator<Item = Result<Vec<u8>, JsonError>> {
    let documents = serde_json::Deserializer::from_reader(input).into_iter::<Document>();
    documents.map(|document| document.map_err(syntax).and_then(message))
}

/// The error quotes the document, control characters and all, and quotes of its own.
fn syntax(error: serde_json::Error) -> JsonError {
    let text = error.to_string();
    let escaped = text.split_inclusive(['"', '\\']).map(|piece| {
        let plain = piece.trim_end_matches(['"', '\\']);
        let mark = piece.get(plain.len()..).unwrap_or_default();
        format!("{}{mark}", Escaped(plain.as_bytes()))
    });
    JsonError::Syntax(escaped.collect())
}

fn message(document: Document) -> Result<Vec<u8>, JsonError> {
    if let (None, Some(digits)) = (&document.fields, &document.octets) {
        return octets(digits).ok_or(JsonError::Field("octets", "hex digits in pairs"));
    }
    let mut draft = Draft::new();
    let fields = document.fields.unwrap_or_default();
    for (name, value) in &fields {
        set_field(&mut draft, name, value)?;
    }
    // A document by hand names no fill: its options end as a message should.
    let by_hand = document.fill.is_none();
    let fill = document.fill.unwrap_or_default();
    if let Some(vend) = fill.iter().find(|entry| entry.area == AreaName::Vend) {
        let digits = vend.hex.as_deref().unwrap_or("");
        draft.without_cookie(octets(digits).ok_or(JsonError::Fill(0))?);
    }
    for piece in pieces(&document.options, &fill)? {
        draft.area(piece.area).extend(piece.octets);
    }
    if by_hand {
        draft.area(Area::Options).push(Code::END.0);
    }
    draft.finish().map_err(JsonError::Draft)
}

/// What is to be put into an area.
struct Piece {
    area: Area,
    offset: usize,
    octets: Vec<u8>,
}

/// Options and fill in the order of their offsets; what has none stays where it stands in the document.
fn pieces(options: &[OptionEntry], fill: &[FillEntry]) -> Result<Vec<Piece>, JsonError> {
    let mut pieces = Vec::with_capacity(options.len() + fill.len());
    let mut last = 0;
    for (index, entry) in options.iter().enumerate() {
        last = entry.offset.unwrap_or(last);
        pieces.push(Piece { area: entry.area.area(), offset: last, octets: option_octets(index, entry)? });
    }
    let mut room = MAX_PADS;
    for (index, entry) in fill.iter().enumerate().filter(|(_, entry)| entry.area != AreaName::Vend) {
        let octets = match (entry.pad, entry.end, &entry.hex) {
            (Some(run), None, None) if run <= room => {
                room -= run;
                vec![0; run]
            }
            (None, Some(true), None) => vec![Code::END.0],
            (None, None, Some(digits)) => octets(digits).ok_or(JsonError::Fill(index))?,
            _ => return Err(JsonError::Fill(index)),
        };
        pieces.push(Piece { area: entry.area.area(), offset: entry.offset.unwrap_or(usize::MAX), octets });
    }
    pieces.sort_by_key(|piece| (piece.area, piece.offset));
    Ok(pieces)
}

fn option_octets(index: usize, entry: &OptionEntry) -> Result<Vec<u8>, JsonError> {
    let named = entry.name.as_deref().map(|name| (name, Code::parse(name)));
    let code = match (entry.code, named) {
        (Some(code), _) => Code(code),
        (None, Some((_, Some(code)))) => code,
        (None, Some((name, None))) => {
            let near = nearest(name, TABLE.iter().map(|row| row.name));
            return Err(JsonError::UnknownOption(index, name.to_owned(), near));
        }
        (None, None) => return Err(JsonError::UnknownOption(index, String::new(), None)),
    };
    let value = option_value(index, entry, code)?;
    if entry.truncated {
        let claimed = entry.length.and_then(|length| u8::try_from(length).ok()).unwrap_or(u8::MAX);
        let mut cut = vec![code.0, claimed];
        cut.extend(value);
        return Ok(cut);
    }
    let mut whole = Vec::new();
    super::message::append(&mut whole, code, &value);
    Ok(whole)
}

fn option_value(index: usize, entry: &OptionEntry, code: Code) -> Result<Vec<u8>, JsonError> {
    let fail = |error| JsonError::Value(index, code, error);
    match (&entry.hex, &entry.value, &entry.text) {
        (Some(digits), ..) => octets(digits).ok_or(JsonError::NoValue(index)),
        (None, Some(value), _) => from_input(code.layout(), &input(value)).map_err(fail),
        (None, None, Some(text)) => crate::options::compose::from_text(code.layout(), text).map_err(fail),
        (None, None, None) => Err(JsonError::NoValue(index)),
    }
}

/// JSON as the composer wants it: numbers and strings are words, arrays and objects groups; an object with a code
/// or a name and a value is a sub-option.
fn input(value: &Json) -> Input {
    match value {
        Json::Null => Input::Group(Vec::new()),
        Json::Bool(flag) => Input::Word(flag.to_string()),
        Json::Number(number) => Input::Word(number.to_string()),
        Json::String(text) => Input::Word(text.clone()),
        Json::Array(items) => Input::Group(items.iter().map(item).collect()),
        Json::Object(fields) => {
            Input::Group(fields.iter().map(|(name, value)| (Some(name.clone()), input(value))).collect())
        }
    }
}

fn item(value: &Json) -> (Option<String>, Input) {
    let sub_option = value.as_object().and_then(|object| {
        let name = object.get("name").and_then(Json::as_str).filter(|name| !name.is_empty());
        let code = object.get("code").and_then(Json::as_u64).map(|code| code.to_string());
        Some((name.map(str::to_owned).or(code)?, object.get("value")?))
    });
    match sub_option {
        Some((name, value)) => (Some(name), input(value)),
        None => (None, input(value)),
    }
}

fn set_field(draft: &mut Draft, name: &str, value: &Json) -> Result<(), JsonError> {
    let Some(field) = super::header::FIELDS.iter().find(|field| field.name == name).copied() else {
        // The cookie follows from fill; anything else is of a later schema.
        return Ok(());
    };
    let text = match value {
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.clone(),
        _ => return Err(JsonError::Field(field.name, "a number or a string")),
    };
    set(draft, field, &text)
}

fn set(draft: &mut Draft, field: Field, text: &str) -> Result<(), JsonError> {
    match field {
        OP | HTYPE | HLEN | HOPS | XID | SECS | FLAGS => {
            let wrong = JsonError::Field(field.name, "a number that fits the field");
            draft.number(field, number(field, text).ok_or(wrong)?);
        }
        CIADDR | YIADDR | SIADDR | GIADDR => {
            let wrong = |_| JsonError::Field(field.name, "an IPv4 address");
            draft.address(field, text.parse::<Ipv4Addr>().map_err(wrong)?);
        }
        CHADDR | SNAME | FILE => {
            let wrong = JsonError::Field(field.name, "hex digits in pairs");
            draft.octets(field, &octets(text).ok_or(wrong)?).map_err(JsonError::Draft)?;
        }
        _ => {}
    }
    Ok(())
}
