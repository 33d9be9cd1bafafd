//! Strings with escapes: C, Python, Go, Rust; and hex in quotes.
//!
//! Literals with nothing but space, `\`, `+`, brackets or a prefix between them are one frame, as compilers
//! join them; with a comma, a semicolon or a name between them they are several.

use super::super::{Expected, TextError};
use super::{Frames, Parsed, Pieces, character, comment, digit, hex};

/// Octets of the shortest whole message.
const MESSAGE: usize = 236;

/// A place in the text.
struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    /// True once there was an escape, a `b` prefix or hex: it is not just prose with a quote in it.
    sure: bool,
}

/// One literal: where its content lies, and whether it is to be taken letter by letter.
struct Literal {
    start: usize,
    end: usize,
    bytes: bool,
}

/// Reads all literals, or a text without quotes as the inside of one.
pub(super) fn read(text: &[u8]) -> Parsed<Frames> {
    let mut scanner = Scanner { text, at: 0, sure: false };
    let mut frames = Frames::default();
    let mut pieces = Pieces::default();
    let mut several = false;
    let mut quoted = false;
    while let Some(separated) = scanner.next_quote() {
        if separated && quoted {
            several = true;
            frames.end();
        }
        quoted = true;
        let octets = scanner.literal()?;
        if scanner.is_at_colon() {
            continue;
        }
        frames.octets.extend_from_slice(&octets);
        pieces.end(&frames.octets);
    }
    if !quoted {
        return unquoted(text);
    }
    frames.end();
    if frames.frames.is_empty() || !scanner.sure {
        return Err(TextError::at(text, 0, text.len(), Expected::String));
    }
    Ok(if several { frames } else { frames.apart_or_joined(pieces) })
}

fn unquoted(text: &[u8]) -> Parsed<Frames> {
    let mut scanner = Scanner { text, at: 0, sure: false };
    let mut frames = Frames::default();
    while let Some(octet) = scanner.peek() {
        match octet {
            b'\\' => scanner.escape(&mut frames.octets)?,
            octet if octet.is_ascii_whitespace() => scanner.at += 1,
            _ => {
                let found = character(text.get(scanner.at..).unwrap_or_default());
                return Err(TextError::at(text, scanner.at, found, Expected::Escape));
            }
        }
    }
    frames.end();
    Ok(frames)
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Goes to the next quote; says if what lies before it separates frames, `None` at the end.
    fn next_quote(&mut self) -> Option<bool> {
        let mut separated = false;
        let mut word = 0;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let length = comment(rest);
            if length > 0 {
                self.at += length;
                continue;
            }
            match rest.first()? {
                b'"' | b'\'' => return Some(separated || word > 2),
                b',' | b';' | b'=' => separated = true,
                octet if octet.is_ascii_alphanumeric() || *octet == b'_' => word += 1,
                _ => word = if word > 2 { word } else { 0 },
            }
            self.at += 1;
        }
    }

    /// True after the key of a JSON object.
    fn is_at_colon(&self) -> bool {
        self.text.get(self.at..).unwrap_or_default().trim_ascii_start().starts_with(b":")
    }

    /// Reads the literal at the quote: hex if it is nothing else and has no `b` before it.
    fn literal(&mut self) -> Parsed<Vec<u8>> {
        let prefix = self.at.checked_sub(1).and_then(|before| self.text.get(before));
        let bytes = matches!(prefix, Some(b'b' | b'B'));
        let (start, quote) = (self.at, self.peek().unwrap_or(b'"'));
        self.at += 1;
        let mut octets = Vec::new();
        loop {
            match self.peek() {
                None => {
                    let length = self.text.len() - start;
                    return Err(TextError::at(self.text, start, length, Expected::Quote(quote.into())));
                }
                Some(octet) if octet == quote => break,
                Some(b'\\') => self.escape(&mut octets)?,
                Some(octet) => {
                    octets.push(octet);
                    self.at += 1;
                }
            }
        }
        let literal = Literal { start: start + 1, end: self.at, bytes };
        self.at += 1;
        let hex = self.hex_in_quotes(&literal)?;
        self.sure |= bytes || hex.is_some();
        Ok(hex.unwrap_or(octets))
    }

    fn hex_in_quotes(&self, literal: &Literal) -> Parsed<Option<Vec<u8>>> {
        let content = self.text.get(literal.start..literal.end).unwrap_or_default();
        let is_hex =
            |octet: &u8| octet.is_ascii_hexdigit() || matches!(octet, b' ' | b':' | b'-' | b'\n' | b'\r');
        let digits = content.iter().filter(|octet| octet.is_ascii_hexdigit()).count();
        // What `binascii.hexlify` prints: a message of nothing but hex digits would have no zero octet.
        let hexlified = digits >= 2 * MESSAGE && digits == content.len();
        if (literal.bytes && !hexlified) || digits < 2 || !content.iter().all(is_hex) {
            return Ok(None);
        }
        match hex::read(content) {
            Ok(frames) => Ok(Some(frames.octets)),
            Err(_) => Err(TextError::at(self.text, literal.start, content.len(), Expected::EvenDigits)),
        }
    }

    /// Reads the escape at the backslash.
    fn escape(&mut self, octets: &mut Vec<u8>) -> Parsed<()> {
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let (octet, length) = match rest {
            [b'x', high, low, ..] if digit(*high).is_some() && digit(*low).is_some() => {
                (digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low), 3)
            }
            [b'0'..=b'7', ..] => octal(rest),
            [b'\r', b'\n', ..] => (None, 2),
            [b'\n' | b' ' | b'\t', ..] | [] => (None, rest.len().min(1)),
            [letter, ..] => match simple(*letter) {
                Some(octet) => (Some(octet), 1),
                None => return Err(self.bad_escape(rest)),
            },
        };
        octets.extend(octet);
        self.sure = true;
        self.at += 1 + length;
        Ok(())
    }

    fn bad_escape(&self, rest: &[u8]) -> TextError {
        let length = if rest.starts_with(b"x") { 4 } else { 1 + character(rest) };
        TextError::at(self.text, self.at, length, Expected::Escape)
    }
}

/// One to three octal digits, up to `\377`.
fn octal(rest: &[u8]) -> (Option<u8>, usize) {
    let mut value = 0_u8;
    let mut length = 0;
    for digit in rest.iter().take(3).take_while(|octet| matches!(octet, b'0'..=b'7')) {
        let Some(next) = value.checked_mul(8).and_then(|value| value.checked_add(digit - b'0')) else {
            break;
        };
        value = next;
        length += 1;
    }
    (Some(value), length)
}

const fn simple(letter: u8) -> Option<u8> {
    Some(match letter {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'a' => 7,
        b'b' => 8,
        b'v' => 11,
        b'f' => 12,
        b'e' => 27,
        b'\\' | b'"' | b'\'' | b'?' => letter,
        _ => return None,
    })
}
