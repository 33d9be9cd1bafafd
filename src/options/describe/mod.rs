//! Options explained from the table alone: what `dhcpsim options` prints and `docs/options.md` holds.

mod cells;
mod markdown;
mod picture;
mod sample;
mod standing;
mod words;

use super::compose::hex;
use super::layout::{Layout, Names, SubOption};
use super::lookup::Entry;
use super::text::{Escaped, Hex};
use super::tree::tree;

pub use cells::{Brace, Cell, Extent, Form, forms};
pub use markdown::markdown;
pub use picture::draw;
pub use sample::sample;
pub use standing::standing;
pub use words::{length, words};

/// An example of a value: its octets, its text, and how to give it to `dhcpsim encode`.
#[derive(Clone, Debug)]
pub struct Example {
    /// The octets of the value.
    pub octets: Vec<u8>,
    /// The value as text.
    pub text: String,
    /// The argument of `--option`, where one can be given for this value alone.
    pub argument: Option<String>,
}

/// An example of the option's or sub-option's value.
#[must_use]
pub fn example(entry: &Entry) -> Example {
    let octets = match entry.path.is_empty() {
        true => hex(entry.row.example).unwrap_or_default(),
        false => sample(entry.layout()),
    };
    let text = text_of(entry.layout(), &octets);
    let argument = match entry.path.as_slice() {
        // The name of the message says it.
        [] if entry.row.code == super::DHCP_MESSAGE_TYPE.code => None,
        [] => Some(format!("{}={text}", entry.row.name)),
        [sub] => within_option(entry, sub, &octets),
        _ => None,
    };
    Example { octets, text, argument }
}

/// The whole option with this sub-option alone, where it can stand alone.
fn within_option(entry: &Entry, sub: &SubOption, value: &[u8]) -> Option<String> {
    let layout = match entry.row.layout {
        Layout::AtLeast(_, inner) => inner,
        _ => &entry.row.layout,
    };
    let (Layout::Options(_) | Layout::Vendor(_)) = layout else { return None };
    let mut octets = vec![sub.code, u8::try_from(value.len()).ok()?];
    octets.extend_from_slice(value);
    let text = text_of(layout, &octets);
    text.starts_with(sub.name).then(|| format!("{}={text}", entry.row.name))
}

fn text_of(layout: &Layout, octets: &[u8]) -> String {
    tree(layout, octets).0.map_or(String::new(), |node| node.to_string())
}

/// `argument` as a shell takes it for one word.
#[must_use]
pub fn quoted(argument: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_.:=,/+@%".contains(char);
    match argument.chars().all(plain) {
        true => argument.to_owned(),
        false => format!("'{}'", argument.replace('\'', r"'\''")),
    }
}

/// The pictures of an entry, drawn behind its code and length; each with when it holds.
#[must_use]
pub fn pictures(entry: &Entry) -> Vec<(String, String)> {
    let head = head(entry);
    forms(entry.layout()).iter().map(|form| (form.when.clone(), draw(&head, form))).collect()
}

/// The code and the length before the value.
#[must_use]
pub fn head(entry: &Entry) -> [Cell; 2] {
    let cell = |name: &str, holds: String| Cell {
        name: name.to_owned(),
        extent: Extent::Octets(1),
        holds,
        names: &[],
        flags: false,
    };
    let length = match (entry.layout().size(), is_attribute(entry)) {
        (Some(size), false) => size.to_string(),
        (Some(size), true) => (size + 2).to_string(),
        (None, _) => "length".to_owned(),
    };
    [cell("code", entry.code().to_string()), cell("length", length)]
}

/// Whether it is an attribute, whose length counts its type and itself.
fn is_attribute(entry: &Entry) -> bool {
    let parent = entry.path.iter().rev().nth(1);
    matches!(parent.map(|sub| &sub.layout), Some(Layout::Attributes(_)))
}

/// The fields of an entry in the order they stand, each once.
#[must_use]
pub fn fields(entry: &Entry) -> Vec<Cell> {
    let mut fields: Vec<Cell> = Vec::new();
    for cell in forms(entry.layout()).into_iter().flat_map(|form| form.cells) {
        let known = fields.iter_mut().find(|field| field.name == cell.name && field.extent == cell.extent);
        match known {
            Some(field) if field.holds == cell.holds => {}
            // One tag of several forms: its values are named.
            Some(field) if !field.names.is_empty() => field.holds = "says what follows".to_owned(),
            _ => fields.push(cell),
        }
    }
    fields
}

/// Registered values as text, each with the comma behind it: `0 opaque,`, `1 ethernet`.
#[must_use]
pub fn values(names: Names, flags: bool) -> Vec<String> {
    let value = |(index, (number, name)): (usize, &(u32, &str))| {
        let comma = if index + 1 < names.len() { "," } else { "" };
        match flags {
            true => format!("{number:#04x} {name}{comma}"),
            false => format!("{number} {name}{comma}"),
        }
    };
    names.iter().enumerate().map(value).collect()
}

/// Words in lines of at most `width` characters.
pub fn wrapped<'w>(words: impl IntoIterator<Item = &'w str>, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A sentence from a meaning of the table: its first letter large, a full stop behind it.
#[must_use]
pub fn sentence(meaning: &str) -> String {
    let mut chars = meaning.chars();
    let first = chars.next().map(|char| char.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// Octets in pairs of hex digits with spaces between them.
#[must_use]
pub fn spaced(octets: &[u8]) -> String {
    octets.iter().map(|octet| Hex(&[*octet]).to_string()).collect::<Vec<_>>().join(" ")
}

/// Text that came from outside, fit for a terminal.
#[must_use]
pub fn escaped(text: &str) -> String {
    Escaped(text.as_bytes()).to_string()
}
