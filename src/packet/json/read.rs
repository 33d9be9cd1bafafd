//! The message that a JSON object gives.

use core::net::Ipv4Addr;

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::SCHEMA;
use super::write::{MAX_PADS, value};
use crate::options::compose::{SyntaxError, from_input, from_text};
use crate::options::text::{Escaped, Input, Quoted};
use crate::options::{Code, TABLE, nearest};
use crate::packet::draft::{Draft, DraftError};
use crate::packet::header::{
    CHADDR, CIADDR, FIELDS, FILE, FLAGS, Field, GIADDR, HLEN, HOPS, HTYPE, OP, SECS, SIADDR, SNAME, XID,
    YIADDR,
};
use crate::packet::message::append;
use crate::packet::text::{number, octets, value_text};
use crate::packet::view::Area;

/// Why a document gives no message. Shown as `options[3]: lease-time: expected …`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonError {
    /// It is no JSON, or a part of it has another type than it should.
    Syntax(String),
    /// A schema that is not read here.
    Schema(String),
    /// Neither fields nor octets.
    Nothing,
    /// A key that documents do not have: where, which, and the nearest one.
    Unknown(String, String, Option<String>),
    /// An option of which two keys say different things: one of them is stale.
    Disagree(usize, Code, &'static str, &'static str),
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
            JsonError::Schema(found) => {
                write!(f, "schema: expected {SCHEMA:?}, found {}", Quoted(found.as_bytes()))
            }
            JsonError::Nothing => {
                f.write_str("expected a document with `fields` (and `options`) or `octets`")
            }
            JsonError::Unknown(place, name, near) => {
                write!(f, "{place}`{}` is no key here", Escaped(name.as_bytes()))?;
                near.as_ref().map_or(Ok(()), |near| write!(f, " (did you mean `{near}`?)"))
            }
            JsonError::Disagree(index, code, one, other) => {
                write!(
                    f,
                    "options[{index}]: {code}: `{one}` and `{other}` say different things; drop the stale one"
                )
            }
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

/// Unknown keys are kept, to be named with the nearest right one.
type Others = Map<String, Json>;

#[derive(Deserialize)]
struct Document {
    schema: Option<String>,
    fields: Option<Map<String, Json>>,
    #[serde(default)]
    options: Vec<OptionEntry>,
    fill: Option<Vec<FillEntry>>,
    octets: Option<String>,
    #[serde(flatten)]
    others: Others,
}

/// Keys that say where a message was found or what was made of it, and are not read.
const TOLD: [&str; 16] = [
    "input",
    "frame",
    "time",
    "source",
    "destination",
    "source_mac",
    "destination_mac",
    "vlans",
    "payload_offset",
    "missing",
    "comments",
    "length",
    "message",
    "message_type",
    "joined",
    "anomalies",
];

#[derive(Deserialize)]
struct OptionEntry {
    code: Option<u8>,
    name: Option<String>,
    area: Option<String>,
    offset: Option<usize>,
    length: Option<usize>,
    hex: Option<String>,
    value: Option<Json>,
    text: Option<String>,
    #[serde(default)]
    truncated: bool,
    #[serde(flatten)]
    others: Others,
}

#[derive(Deserialize)]
struct FillEntry {
    area: String,
    offset: Option<usize>,
    pad: Option<usize>,
    end: Option<bool>,
    hex: Option<String>,
    #[serde(flatten)]
    others: Others,
}

/// The area that stands in the place of cookie and options.
const VEND: &str = "vend";

fn area(place: &str, name: &str) -> Result<Area, JsonError> {
    let areas = [Area::Options, Area::File, Area::Sname];
    areas.into_iter().find(|area| area.name() == name).ok_or_else(|| {
        let near = nearest(name, areas.iter().map(|area| area.name()));
        JsonError::Unknown(format!("{place}.area: "), name.to_owned(), near)
    })
}

/// Refuses a key that is none of `known`.
fn no_others<'k>(
    place: &str,
    others: &Others,
    known: impl Iterator<Item = &'k str>,
    told: &[&str],
) -> Result<(), JsonError> {
    match others.keys().find(|key| !told.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(JsonError::Unknown(place.to_owned(), key.clone(), nearest(key, known))),
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
    let known = ["schema", "fields", "options", "fill", "octets"].into_iter().chain(TOLD);
    // What is said of a message too short for a header is not read either.
    let told: Vec<&str> = TOLD.into_iter().chain(["error"]).collect();
    no_others("", &document.others, known, &told)?;
    if let Some(schema) = document.schema.filter(|schema| schema != SCHEMA) {
        return Err(JsonError::Schema(schema));
    }
    let Some(fields) = document.fields else {
        let digits = document.octets.ok_or(JsonError::Nothing)?;
        return octets(&digits).ok_or(JsonError::Field("octets", "hex digits in pairs"));
    };
    let mut draft = Draft::new();
    if !fields.contains_key(OP.name) {
        return Err(JsonError::Field(OP.name, "1 for a request, 2 for a reply"));
    }
    for (name, value) in &fields {
        set_field(&mut draft, name, value)?;
    }
    // A document by hand names no fill: its options end as a message should.
    let by_hand = document.fill.is_none();
    let fill = document.fill.unwrap_or_default();
    if let Some((index, vend)) = fill.iter().enumerate().find(|(_, entry)| entry.area == VEND) {
        let digits = vend.hex.as_deref().unwrap_or("");
        draft.without_cookie(octets(digits).ok_or(JsonError::Fill(index))?);
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
        let place = format!("options[{index}]");
        let known = ["code", "name", "area", "offset", "length", "hex", "value", "text", "truncated"];
        no_others(&format!("{place}: "), &entry.others, known.into_iter(), &[])?;
        let area = area(&place, entry.area.as_deref().unwrap_or(Area::Options.name()))?;
        pieces.push(Piece { area, offset: last, octets: option_octets(index, entry)? });
    }
    let mut room = MAX_PADS;
    for (index, entry) in fill.iter().enumerate().filter(|(_, entry)| entry.area != VEND) {
        let place = format!("fill[{index}]");
        let known = ["area", "offset", "pad", "end", "hex"];
        no_others(&format!("{place}: "), &entry.others, known.into_iter(), &[])?;
        let octets = match (entry.pad, entry.end, &entry.hex) {
            (Some(run), None, None) if run <= room => {
                room -= run;
                vec![0; run]
            }
            (None, Some(true), None) => vec![Code::END.0],
            (None, None, Some(digits)) => octets(digits).ok_or(JsonError::Fill(index))?,
            _ => return Err(JsonError::Fill(index)),
        };
        let area = area(&place, &entry.area)?;
        pieces.push(Piece { area, offset: entry.offset.unwrap_or(usize::MAX), octets });
    }
    pieces.sort_by_key(|piece| (piece.area, piece.offset));
    Ok(pieces)
}

fn option_code(index: usize, entry: &OptionEntry) -> Result<Code, JsonError> {
    let unknown = |name: &str| {
        let near = nearest(name, TABLE.iter().map(|row| row.name));
        JsonError::UnknownOption(index, name.to_owned(), near)
    };
    let named = match entry.name.as_deref() {
        Some(name) => Some(Code::parse(name).ok_or_else(|| unknown(name))?),
        None => None,
    };
    match (entry.code.map(Code), named) {
        (Some(code), Some(named)) if code != named => Err(JsonError::Disagree(index, code, "code", "name")),
        (Some(code), _) | (None, Some(code)) => Ok(code),
        (None, None) => Err(unknown("")),
    }
}

fn option_octets(index: usize, entry: &OptionEntry) -> Result<Vec<u8>, JsonError> {
    let code = option_code(index, entry)?;
    let value = option_value(index, entry, code)?;
    if entry.truncated {
        let claimed = entry.length.and_then(|length| u8::try_from(length).ok()).unwrap_or(u8::MAX);
        let mut cut = vec![code.0, claimed];
        cut.extend(value);
        return Ok(cut);
    }
    let mut whole = Vec::new();
    append(&mut whole, code, &value);
    Ok(whole)
}

fn option_value(index: usize, entry: &OptionEntry, code: Code) -> Result<Vec<u8>, JsonError> {
    let fail = |error| JsonError::Value(index, code, error);
    match (&entry.hex, &entry.value, &entry.text) {
        (Some(digits), told, text) => {
            let octets = octets(digits).ok_or(JsonError::NoValue(index))?;
            let stale = |key| JsonError::Disagree(index, code, "hex", key);
            if told.as_ref().is_some_and(|told| !told.is_null() && *told != value(code, &octets)) {
                return Err(stale("value"));
            }
            match text.as_ref().is_some_and(|text| *text != value_text(code, &octets)) {
                true => Err(stale("text")),
                false => Ok(octets),
            }
        }
        (None, Some(value), _) => from_input(code.layout(), &input(value)).map_err(fail),
        (None, None, Some(text)) => from_text(code.layout(), text).map_err(fail),
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
    if name == "cookie" {
        return Ok(()); // It follows from fill.
    }
    let field = FIELDS.iter().find(|field| field.name == name).copied().ok_or_else(|| {
        let near = nearest(name, FIELDS.iter().map(|field| field.name));
        JsonError::Unknown("fields: ".to_owned(), name.to_owned(), near)
    })?;
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
