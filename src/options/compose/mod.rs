//! From text or JSON to octets, by layout: the one encoder of values that people write.

mod parts;
mod scalar;
mod wrong;

use core::fmt;

use super::layout::Layout;
use super::name::Writer;
use super::text::{self, Escaped, Input};
use parts::Compose;
pub use scalar::seconds;
use wrong::wrong;

/// Why a text is not a value of the layout. Shown as: `router: expected an IPv4 address, found "10.0.0"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The field within the value, with dots between levels; empty for the value itself.
    pub path: String,
    /// What was expected.
    pub expected: String,
    /// What was found instead, escaped.
    pub found: String,
    /// The nearest right name, where a name was expected.
    pub nearest: Option<String>,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", Escaped(self.path.as_bytes()))?;
        }
        write!(f, "expected {}, found {}", self.expected, self.found)?;
        match &self.nearest {
            Some(name) => write!(f, " (did you mean `{name}`?)"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for SyntaxError {}

/// The octets of a value written as text. `raw:` before hex digits stands for any value as it is, good or bad; a text
/// option needs no quotes.
///
/// # Errors
///
/// [`SyntaxError`] says which part of the text is not what the layout has there.
pub fn from_text(layout: &Layout, text: &str) -> Result<Vec<u8>, SyntaxError> {
    let trimmed = text.trim();
    if let Some(digits) = trimmed.strip_prefix("raw:") {
        return hex(digits).ok_or_else(|| wrong("an even number of hex digits", digits));
    }
    match layout {
        Layout::Text { .. } if !trimmed.starts_with('"') => {
            return checked(layout, trimmed.as_bytes().to_vec());
        }
        Layout::Record(_) | Layout::Octets { .. } if trimmed.contains(':') => {
            if let Some(octets) = hex(trimmed) {
                return checked(layout, octets);
            }
        }
        _ => {}
    }
    let items =
        text::parse(text).map_err(|error| wrong(error.expected, text.get(error.at..).unwrap_or("")))?;
    from_input(layout, &Input::Group(items))
}

/// The octets of a value read from text or JSON.
///
/// # Errors
///
/// As [`from_text`].
pub fn from_input(layout: &Layout, input: &Input) -> Result<Vec<u8>, SyntaxError> {
    let mut compose = Compose { out: Vec::new(), names: Writer::default(), enterprise: 0 };
    compose.layout(layout, unwrap(layout, input))?;
    checked(layout, compose.out)
}

/// The octets, if they fit the layout.
fn checked(layout: &Layout, octets: Vec<u8>) -> Result<Vec<u8>, SyntaxError> {
    match super::walk::walk(layout, &octets, &mut ()) {
        Ok(()) => Ok(octets),
        Err(error) => Err(SyntaxError {
            path: String::new(),
            expected: "a value within the option's bounds".to_owned(),
            found: format!("one of which octet {} is not: {}", error.at, error.why),
            nearest: None,
        }),
    }
}

/// A lone item stands for itself where the layout is not a group.
fn unwrap<'i>(layout: &Layout, input: &'i Input) -> &'i Input {
    match (layout, input) {
        (Layout::AtLeast(_, inner), _) => unwrap(inner, input),
        (
            Layout::Record(_)
            | Layout::Repeat { .. }
            | Layout::Several(_)
            | Layout::Options(_)
            | Layout::Attributes(_)
            | Layout::Location(_)
            | Layout::Tagged { .. }
            | Layout::Domains { .. }
            | Layout::Choice(_)
            | Layout::Empty,
            _,
        ) => input,
        (Layout::Vendor(_) | Layout::Enterprise, Input::Group(items)) => match items.as_slice() {
            [(None, item)] => item,
            _ => input,
        },
        (_, Input::Group(items)) => match items.as_slice() {
            [(None, item)] => item,
            _ => input,
        },
        _ => input,
    }
}

/// Hex digits in pairs, with `0x` before them or colons, hyphens or spaces between them.
pub(crate) fn hex(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let text = text.strip_prefix("0x").unwrap_or(text);
    let separated = text.contains([':', '-', ' ']);
    let pairs: Vec<&str> = if separated {
        text.split([':', '-', ' ']).collect()
    } else {
        (0..text.len()).step_by(2).map(|at| text.get(at..at + 2).unwrap_or("")).collect()
    };
    pairs
        .into_iter()
        .map(|pair| match pair.len() {
            2 if pair.bytes().all(|b| b.is_ascii_hexdigit()) => u8::from_str_radix(pair, 16).ok(),
            _ => None,
        })
        .collect()
}
