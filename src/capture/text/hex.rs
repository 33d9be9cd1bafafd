//! Hex digits with any separators between the octets.

use super::super::{Expected, TextError};
use super::{Frames, Parsed, Pieces, character, digit, lines, without_comments};

/// Reads hex digits. Lines make one frame, unless each line, or each paragraph, is a whole one by itself.
pub(super) fn read(text: &[u8]) -> Parsed<Frames> {
    let code = without_comments(text);
    let mut frames = Frames::default();
    let (mut each_line, mut each_paragraph) = (Pieces::default(), Pieces::default());
    let wrapped = is_wrapped(&code);
    let mut carried = None;
    for line in lines(&code) {
        let content = code.get(line.clone()).unwrap_or_default();
        if content.trim_ascii().is_empty() {
            each_paragraph.end(&frames.octets);
        }
        for token in tokens(content) {
            let at = line.start + token.start;
            let token = content.get(token).unwrap_or_default();
            digits(text, at, token, &mut carried, &mut frames)?;
            if let Some((_, odd)) = carried.filter(|_| !wrapped) {
                return Err(TextError::at(text, odd, 1, Expected::EvenDigits));
            }
        }
        each_line.end(&frames.octets);
    }
    if let Some((_, odd)) = carried {
        return Err(TextError::at(text, odd, 1, Expected::EvenDigits));
    }
    each_paragraph.end(&frames.octets);
    let apart = if each_line.broken { each_paragraph } else { each_line };
    Ok(frames.apart_or_joined(apart))
}

/// True for a stream of digits broken into lines of one odd length, so that octets are broken too.
fn is_wrapped(code: &[u8]) -> bool {
    let mut lengths = lines(code)
        .filter_map(|line| code.get(line).map(<[u8]>::trim_ascii))
        .filter(|line| !line.is_empty())
        .map(|line| if line.iter().all(u8::is_ascii_hexdigit) { line.len() } else { 0 })
        .peekable();
    let Some(first) = lengths.next().filter(|length| length % 2 == 1 && lengths.peek().is_some()) else {
        return false;
    };
    while let Some(length) = lengths.next() {
        if length != first && (lengths.peek().is_some() || length == 0 || length > first) {
            return false;
        }
    }
    true
}

/// Reads the digits of one token; a digit without a second one is carried with its index.
fn digits(
    text: &[u8],
    at: usize,
    token: &[u8],
    carried: &mut Option<(u8, usize)>,
    frames: &mut Frames,
) -> Parsed<()> {
    let skip = if matches!(token, [b'0', b'x' | b'X', ..]) { 2 } else { 0 };
    for (index, octet) in token.iter().enumerate().skip(skip) {
        let at = at + index;
        let Some(value) = digit(*octet) else {
            let rest = token.get(index..).unwrap_or_default();
            return Err(TextError::at(text, at, character(rest), Expected::HexPair));
        };
        match carried.take() {
            None => *carried = Some((value, at)),
            Some((high, _)) => frames.octets.push(high << 4 | value),
        }
    }
    Ok(())
}

/// The runs between separators.
fn tokens(line: &[u8]) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut start = 0;
    line.split(|octet| is_separator(*octet)).filter_map(move |token| {
        let from = start;
        start += token.len() + 1;
        (!token.is_empty()).then_some(from..from + token.len())
    })
}

const fn is_separator(octet: u8) -> bool {
    octet.is_ascii_whitespace() || matches!(octet, b':' | b'-' | b'.' | b',' | b'_' | b';')
}
