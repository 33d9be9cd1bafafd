//! Lists of numbers: C, Go, Rust and Java arrays, `xxd -i`, JSON.
//!
//! A list is what stands in the innermost brackets. Dimensions (`pkt[494]`, `[u8; 452]`) are no lists.

use std::ops::Range;

use super::super::{Expected, TextError};
use super::{Frames, Parsed, without_comments};

/// True if there are brackets with numbers in them.
pub(super) fn has_lists(code: &[u8]) -> bool {
    let code = without_casts(code);
    lists(&code).next().is_some()
}

/// True for numbers without brackets: with `0x`, or in decimal with commas.
pub(super) fn is_bare_list(code: &[u8]) -> bool {
    let mut prefixed = 0;
    let mut pairs = true;
    let mut numbers = true;
    for token in tokens(code, 0..code.len()) {
        let token = code.get(token).unwrap_or_default();
        let is_prefixed = matches!(token, [b'0', b'x' | b'X', ..]);
        prefixed += usize::from(is_prefixed && token.len() <= 4);
        pairs &= matches!(token, [a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
        numbers &= number(token, false).is_some();
    }
    prefixed > 1 || (numbers && !pairs && code.contains(&b','))
}

/// Reads each list as a frame, or the whole text as one list.
pub(super) fn read(text: &[u8]) -> Parsed<Frames> {
    let code = without_casts(&without_comments(text));
    let mut frames = Frames::default();
    for list in lists(&code) {
        numbers(text, &code, list, false, &mut frames)?;
    }
    if frames.frames.is_empty() {
        numbers(text, &code, 0..code.len(), true, &mut frames)?;
    }
    Ok(frames)
}

/// Reads the numbers of a list. Pairs of hex digits without `0x` are told by a letter or a leading zero;
/// without brackets around, pairs are always hex.
fn numbers(text: &[u8], code: &[u8], list: Range<usize>, bare: bool, frames: &mut Frames) -> Parsed<()> {
    let all = || tokens(code, list.clone()).filter_map(|token| code.get(token));
    let pairs = all().all(|token| matches!(token, [a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()));
    let sign = |token: &[u8]| matches!(token, [b'0', _]) || token.iter().any(u8::is_ascii_alphabetic);
    let hex = pairs && (bare || all().any(sign));
    for token in tokens(code, list.clone()) {
        let octets = code.get(token.clone()).unwrap_or_default();
        let Some(value) = number(octets, hex) else {
            return Err(TextError::at(text, token.start, token.len(), Expected::Octet));
        };
        frames.octets.push(value);
    }
    frames.end();
    Ok(())
}

/// One octet: `0x1f`, `31`, `-1` for 255 as Java has it, with a suffix such as `u8`.
fn number(token: &[u8], hex: bool) -> Option<u8> {
    let token = std::str::from_utf8(token).ok()?;
    if hex {
        return u8::from_str_radix(token, 16).ok();
    }
    let plain = ["u8", "_u8", "i8", "U", "u"].iter().find_map(|suffix| token.strip_suffix(suffix));
    let plain = plain.unwrap_or(token);
    if let Some(digits) = plain.strip_prefix("0x").or_else(|| plain.strip_prefix("0X")) {
        let short = (1..=2).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        return u8::from_str_radix(digits, 16).ok().filter(|_| short);
    }
    if plain.starts_with('-') {
        return plain.parse::<i8>().ok().map(i8::cast_unsigned);
    }
    plain.parse().ok().filter(|_| !plain.starts_with('+'))
}

/// The runs between commas and space.
fn tokens(code: &[u8], within: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut start = within.start;
    let is_separator = |octet: &u8| octet.is_ascii_whitespace() || matches!(octet, b',' | b';');
    code.get(within).unwrap_or_default().split(is_separator).filter_map(move |token| {
        let from = start;
        start += token.len() + 1;
        (!token.is_empty()).then_some(from..from + token.len())
    })
}

/// The innermost brackets that have a number first.
fn lists(code: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut open = None;
    code.iter().enumerate().filter_map(move |(at, octet)| match octet {
        b'[' | b'{' | b'(' => {
            open = Some((at, *octet));
            None
        }
        b']' | b'}' | b')' => {
            let (from, bracket) = open.take()?;
            let list = from + 1..at;
            (is_list(code, list.clone(), bracket)).then_some(list)
        }
        _ => None,
    })
}

fn is_list(code: &[u8], list: Range<usize>, bracket: u8) -> bool {
    let is_word = |octet: Option<&u8>| octet.is_some_and(|o| o.is_ascii_alphanumeric() || *o == b'_');
    let before = list.start.checked_sub(2).and_then(|at| code.get(at));
    let dimension = bracket == b'[' && (is_word(before) || before == Some(&b']'));
    let of_a_type = bracket == b'[' && is_word(code.get(list.end + 1));
    let call = bracket == b'(' && tokens(code, list.clone()).nth(1).is_none();
    let first = tokens(code, list.clone()).next().and_then(|token| code.get(token));
    let is_number = first.is_some_and(is_numeric);
    is_number && !(dimension || of_a_type || call)
}

/// Starts like a number, whether or not it is a right one.
fn is_numeric(token: &[u8]) -> bool {
    let pair = matches!(token, [a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    pair || matches!(token, [b'0'..=b'9', ..] | [b'-', b'0'..=b'9', ..])
}

/// Makes casts such as `(byte)` blank.
fn without_casts(code: &[u8]) -> Vec<u8> {
    let mut plain = code.to_vec();
    for cast in [b"(byte)".as_slice(), b"(char)", b"(uint8_t)", b"(unsigned char)"] {
        let found: Vec<usize> =
            plain.windows(cast.len()).enumerate().filter(|(_, w)| *w == cast).map(|(at, _)| at).collect();
        for at in found {
            plain.iter_mut().skip(at).take(cast.len()).for_each(|octet| *octet = b' ');
        }
    }
    plain
}
