//! Values as text: `192.0.2.1,192.0.2.2`, `circuit-id=hex:0102,remote-id="port 7"`.
//!
//! ```text
//! value := item { "," item }
//! item  := [ name "=" ] ( word | quoted | "[" value "]" | "{" value "}" )
//! ```
//! The value itself needs no brackets; `[ ]` holds a list within it, `{ }` a record. Octets without structure are
//! `hex:` and digits. What a sender wrote is always quoted and escaped, so that nothing reaches a terminal raw.

use core::fmt::{self, Display, Write};

use super::tree::{Node, Tree};
use super::{Code, layout::Names};

/// A value as somebody wrote it, before its layout is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A word without quotes.
    Word(String),
    /// The octets of a quoted text.
    Quoted(Vec<u8>),
    /// Items, with their names where they have some.
    Group(Vec<(Option<String>, Input)>),
}

/// What prevents a text from being read as a value: octet of the text, what was expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextError {
    /// Octets from the start of the text.
    pub at: usize,
    /// What was expected there.
    pub expected: &'static str,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at column {}", self.expected, self.at + 1)
    }
}

impl core::error::Error for TextError {}

/// The deepest that brackets may nest.
const MAX_DEPTH: usize = 8;

/// Reads the items of a value.
///
/// # Errors
///
/// [`TextError`] for a missing bracket or quote, or an escape that is none.
pub fn parse(text: &str) -> Result<Vec<(Option<String>, Input)>, TextError> {
    let mut reader = Reader { text, at: 0 };
    let items = reader.items(0)?;
    if reader.at < text.len() {
        return reader.fail("`,` or the end");
    }
    Ok(items)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn fail<T>(&self, expected: &'static str) -> Result<T, TextError> {
        Err(TextError { at: self.at, expected })
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_spaces(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, mark: char) -> bool {
        self.skip_spaces();
        let found = self.rest().starts_with(mark);
        self.at += if found { mark.len_utf8() } else { 0 };
        found
    }

    fn items(&mut self, depth: usize) -> Result<Vec<(Option<String>, Input)>, TextError> {
        let mut items = Vec::new();
        self.skip_spaces();
        if matches!(self.rest().chars().next(), None | Some(']' | '}')) {
            return Ok(items);
        }
        loop {
            items.push(self.item(depth)?);
            if !self.eat(',') {
                return Ok(items);
            }
        }
    }

    fn item(&mut self, depth: usize) -> Result<(Option<String>, Input), TextError> {
        match self.input(depth)? {
            Input::Word(name) if self.eat('=') => Ok((Some(name), self.input(depth)?)),
            input => Ok((None, input)),
        }
    }

    fn input(&mut self, depth: usize) -> Result<Input, TextError> {
        self.skip_spaces();
        match self.rest().chars().next() {
            Some('[') => self.group(']', depth),
            Some('{') => self.group('}', depth),
            Some('"') => self.quoted(),
            _ => self.word(),
        }
    }

    fn group(&mut self, close: char, depth: usize) -> Result<Input, TextError> {
        if depth == MAX_DEPTH {
            return self.fail("fewer brackets within brackets");
        }
        self.at += 1;
        let items = self.items(depth + 1)?;
        match (self.eat(close), close) {
            (true, _) => Ok(Input::Group(items)),
            (false, ']') => self.fail("`]`"),
            (false, _) => self.fail("`}`"),
        }
    }

    fn word(&mut self) -> Result<Input, TextError> {
        let rest = self.rest();
        let end = rest.find([',', '=', '[', ']', '{', '}', '"', '\n']).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default().trim_end();
        if word.is_empty() {
            return self.fail("a value");
        }
        self.at += end;
        Ok(Input::Word(word.to_owned()))
    }

    fn quoted(&mut self) -> Result<Input, TextError> {
        let (octets, length) =
            unquote(self.rest()).map_err(|error| TextError { at: self.at + error.at, ..error })?;
        self.at += length;
        Ok(Input::Quoted(octets))
    }
}

/// The octets of the quoted text at the start of `text`, and the octets that it takes there.
///
/// # Errors
///
/// [`TextError`] if it does not begin or end with a quote, or an escape is none.
pub fn unquote(text: &str) -> Result<(Vec<u8>, usize), TextError> {
    let fail = |at, expected| Err(TextError { at, expected });
    let mut chars = text.char_indices();
    let Some((_, '"')) = chars.next() else { return fail(0, "`\"`") };
    let mut octets = Vec::new();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Ok((octets, at + 1)),
            '\\' => match chars.next() {
                Some((_, 'n')) => octets.push(b'\n'),
                Some((_, 't')) => octets.push(b'\t'),
                Some((_, 'r')) => octets.push(b'\r'),
                Some((_, quoted @ ('\\' | '"'))) => octets.extend(u8::try_from(quoted)),
                Some((_, 'x')) => {
                    let digits =
                        text.get(at + 2..at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
                    let octet = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                    let Some(octet) = octet else { return fail(at, "`\\x` and two hex digits") };
                    octets.push(octet);
                    chars.nth(1);
                }
                _ => return fail(at, "an escape: \\\\ \\\" \\n \\t \\r \\xHH"),
            },
            other => octets.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    fail(text.len(), "a closing `\"`")
}

/// Octets of text, quoted: what is not plain stands as an escape. Letters and digits of any script are plain;
/// control characters, directional marks and octets that are not UTF-8 are not.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        Escaped(self.0).fmt(f)?;
        f.write_char('"')
    }
}

/// As [`Quoted`], without the quotes.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for char in chunk.valid().chars() {
                match char {
                    '"' | '\\' => write!(f, "\\{char}")?,
                    '\n' => f.write_str("\\n")?,
                    '\t' => f.write_str("\\t")?,
                    '\r' => f.write_str("\\r")?,
                    ' '..='~' => f.write_char(char)?,
                    other if other.is_alphanumeric() => f.write_char(other)?,
                    other => hex_escapes(f, other.encode_utf8(&mut [0; 4]).as_bytes())?,
                }
            }
            hex_escapes(f, chunk.invalid())?;
        }
        Ok(())
    }
}

fn hex_escapes(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    octets.iter().try_for_each(|octet| write!(f, "\\x{octet:02x}"))
}

/// Octets in hex digits without separators.
#[derive(Clone, Copy, Debug)]
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// A value in the grammar of this module.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.tree {
            Tree::List(parts) | Tree::Record(parts) => items(f, parts),
            Tree::Options(options) => sub_options(f, options),
            tree => tree.fmt(f),
        }
    }
}

/// A value within another: groups in brackets.
impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tree::Flag(flag) => flag.fmt(f),
            Tree::Number(_, Some(name)) => f.write_str(name),
            Tree::Number(number, None) => number.fmt(f),
            Tree::Seconds(u32::MAX) => f.write_str("infinite"),
            Tree::Seconds(number) | Tree::Time(number) => number.fmt(f),
            Tree::Word(word) => f.write_str(word),
            Tree::Code(code) => Code(*code).fmt(f),
            Tree::Bits(bits, names) => flags(f, *bits, names),
            Tree::Text(text) => Quoted(text).fmt(f),
            Tree::Octets(octets) => write!(f, "hex:{}", Hex(octets)),
            Tree::List(parts) => {
                f.write_char('[')?;
                items(f, parts)?;
                f.write_char(']')
            }
            Tree::Record(parts) => {
                f.write_char('{')?;
                items(f, parts)?;
                f.write_char('}')
            }
            Tree::Options(options) => {
                f.write_char('{')?;
                sub_options(f, options)?;
                f.write_char('}')
            }
        }
    }
}

fn items(f: &mut fmt::Formatter<'_>, parts: &[Node]) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_char(',')?;
        }
        if !part.name.is_empty() {
            write!(f, "{}=", part.name)?;
        }
        part.tree.fmt(f)?;
    }
    Ok(())
}

fn sub_options(f: &mut fmt::Formatter<'_>, options: &[(u8, Node)]) -> fmt::Result {
    for (index, (code, node)) in options.iter().enumerate() {
        if index > 0 {
            f.write_char(',')?;
        }
        match node.name {
            "" => write!(f, "{code}={}", node.tree)?,
            name => write!(f, "{name}={}", node.tree)?,
        }
    }
    Ok(())
}

/// `broadcast|0x01`, or `0`.
fn flags(f: &mut fmt::Formatter<'_>, bits: u8, names: Names) -> fmt::Result {
    let mut left = u32::from(bits);
    let mut first = true;
    for (mask, name) in names {
        if left & mask == *mask {
            write!(f, "{}{name}", if first { "" } else { "|" })?;
            left &= !mask;
            first = false;
        }
    }
    match (left, first) {
        (0, false) => Ok(()),
        (0, true) => f.write_char('0'),
        (left, first) => write!(f, "{}{left:#04x}", if first { "" } else { "|" }),
    }
}
