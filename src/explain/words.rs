//! Values in words: what a person wants to read, where the text form is what a program wants to read.

use crate::options::Code;
use crate::options::text::{Escaped, Hex, Quoted};
use crate::options::tree::{Node, Tree};
use crate::packet::HardwareAddress;

/// The longest list that is written out; the rest is counted.
const MAX_ITEMS: usize = 40;

/// A value in words.
#[must_use]
pub fn words(node: &Node) -> String {
    of(&node.tree)
}

fn of(value: &Tree) -> String {
    match value {
        Tree::Flag(true) => "yes".to_owned(),
        Tree::Flag(false) => "no".to_owned(),
        Tree::Number(number, Some(name)) => format!("{name} ({number})"),
        Tree::Number(number, None) => number.to_string(),
        Tree::Seconds(seconds) => duration(*seconds),
        Tree::Time(seconds) => format!("{seconds} s after 1970-01-01 00:00 UTC"),
        Tree::Word(word) => word.clone(),
        Tree::Code(code) => code_words(Code(*code)),
        Tree::Bits(bits, _) => match value.to_string().as_str() {
            "0" => "none (0x00)".to_owned(),
            flags if flags.starts_with("0x") => flags.to_owned(),
            flags => format!("{flags} ({bits:#04x})"),
        },
        Tree::Text(text) => Quoted(text).to_string(),
        Tree::Octets(octets) => octet_words(octets),
        Tree::List(parts) => list(parts.iter().map(|part| of(&part.tree))),
        Tree::Record(parts) => parts
            .iter()
            .map(|part| match part.name {
                "" => of(&part.tree),
                name => format!("{name} {}", of(&part.tree)),
            })
            .collect::<Vec<_>>()
            .join(", "),
        Tree::Options(options) => list(options.iter().map(|(code, node)| match node.name {
            "" => format!("{code}: {}", of(&node.tree)),
            name => format!("{code} {name}: {}", of(&node.tree)),
        })),
    }
}

fn list(items: impl ExactSizeIterator<Item = String>) -> String {
    let left = items.len().saturating_sub(MAX_ITEMS);
    let mut text = items.take(MAX_ITEMS).collect::<Vec<_>>().join(", ");
    if left > 0 {
        text.push_str(&format!(", … {left} more"));
    }
    text
}

/// `6 domain-name-server`, `224`.
fn code_words(code: Code) -> String {
    match code.row() {
        Some(row) => format!("{} {}", code.0, row.name),
        None => code.0.to_string(),
    }
}

/// Octets as a hardware address if they may be one, as digits if not; with the text that they may be.
fn octet_words(octets: &[u8]) -> String {
    let printable = octets.len() > 3 && octets.iter().all(|octet| matches!(octet, b' '..=b'~'));
    match octets.len() {
        0 => "nothing".to_owned(),
        6 | 8 if !printable => HardwareAddress(octets).to_string(),
        _ if printable => format!("\"{}\"", Escaped(octets)),
        1..=64 => Hex(octets).to_string(),
        length => {
            let shown = octets.get(..64).unwrap_or(octets);
            format!("{}… ({length} octets)", Hex(shown))
        }
    }
}

/// A time span in words and seconds: `1h (3600 s)`, `infinite`.
#[must_use]
pub fn duration(seconds: u32) -> String {
    if seconds == u32::MAX {
        return "infinite".to_owned();
    }
    let units = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];
    let mut left = seconds;
    let mut text = String::new();
    for (name, size) in units {
        if left >= size {
            text.push_str(&format!("{}{name}", left / size));
            left %= size;
        }
    }
    match seconds {
        0..60 => format!("{seconds} s"),
        _ => format!("{text} ({seconds} s)"),
    }
}
