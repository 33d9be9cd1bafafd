//! Octets written as text, in any of the forms that programs and people use.

mod array;
mod base64;
mod dump;
mod hex;
mod row;
mod string;

use std::ops::Range;

use super::{CaptureError, Foreign, Kind, MAX_FRAME, TextError, judge};

/// What a text holds: the octets of all frames, and where each frame lies in them.
pub(super) struct Read {
    pub(super) kind: Kind,
    pub(super) octets: Vec<u8>,
    pub(super) frames: Vec<Range<usize>>,
}

/// The most frames in a text: a text of [`super::MAX_TEXT`] octets has room for a tenth of that.
const MAX_FRAMES: usize = 1 << 20;

/// Octets collected frame by frame.
#[derive(Default)]
struct Frames {
    octets: Vec<u8>,
    frames: Vec<Range<usize>>,
    too_many: bool,
    /// Octets that the text does not have but repeats.
    repeated: usize,
}

/// Pieces of a frame that may be frames themselves: lines, paragraphs, quoted strings.
#[derive(Default)]
struct Pieces {
    frames: Vec<Range<usize>>,
    start: usize,
    /// True once a piece was no whole frame or message.
    broken: bool,
}

/// True if octets are text: no control characters, and UTF-8 or nearly all ASCII.
pub(super) fn is_text(look: &[u8]) -> bool {
    let look = decoded(look.to_vec());
    let control = |octet: &u8| octet.is_ascii_control() && !matches!(octet, b'\t' | b'\n' | b'\r' | 0x0c);
    let high = look.iter().filter(|octet| !octet.is_ascii()).count();
    let is_utf8 = std::str::from_utf8(&look).is_ok();
    !look.iter().any(control) && (is_utf8 || high * 4 <= look.len())
}

/// Reads a text in one form, or in the form that it looks like.
pub(super) fn read(text: Vec<u8>, forced: Kind) -> Result<Read, CaptureError> {
    let text = decoded(text);
    if text.trim_ascii().is_empty() {
        return Err(CaptureError::Empty);
    }
    if forced == Kind::Text && is_packet_json(&text) {
        return Err(CaptureError::Foreign(Foreign::Json));
    }
    let kind = if forced == Kind::Text { look(&text) } else { forced };
    let Frames { octets, frames, too_many, .. } = match kind {
        Kind::Dump => dump::read(&text),
        Kind::Array => array::read(&text),
        Kind::String => string::read(&text),
        Kind::Base64 => base64::read(&text),
        _ => hex::read(&text),
    }?;
    if frames.is_empty() {
        return Err(CaptureError::Empty);
    }
    if too_many {
        return Err(CaptureError::TooMany(MAX_FRAMES));
    }
    if frames.iter().any(|frame| frame.len() > MAX_FRAME) {
        return Err(CaptureError::TooLong { kind, limit: MAX_FRAME });
    }
    Ok(Read { kind, octets, frames })
}

/// What `decode --json` or `tshark -T json` wrote: the numbers in it are no octets of a frame.
fn is_packet_json(text: &[u8]) -> bool {
    let head = text.get(..512).unwrap_or(text);
    let has = |key: &[u8]| head.windows(key.len()).any(|window| window == key);
    matches!(head.trim_ascii_start(), [b'{' | b'[', ..]) && (has(b"\"schema\"") || has(b"\"_source\""))
}

/// The form of a text: the one with the surest sign first.
fn look(text: &[u8]) -> Kind {
    if dump::is_dump(text) {
        return Kind::Dump;
    }
    let code = without_comments(text);
    let has = |wanted: u8| code.contains(&wanted);
    if !text.contains(&b'\\') && array::has_lists(&code) {
        Kind::Array
    } else if text.contains(&b'\\') || has(b'"') || has(b'\'') {
        Kind::String
    } else if array::is_bare_list(&code) {
        Kind::Array
    } else if base64::is_base64(text) {
        Kind::Base64
    } else {
        Kind::Hex
    }
}

/// UTF-8 without its byte-order mark; UTF-16, which some shells write, made UTF-8.
fn decoded(text: Vec<u8>) -> Vec<u8> {
    let units = |from: fn([u8; 2]) -> u16| {
        let (pairs, _) = text.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().skip(1).map(|pair| from(*pair)).collect();
        String::from_utf16(&units).ok().filter(|text| text.is_ascii()).map(String::into_bytes)
    };
    let from_utf16 = match text.as_slice() {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => None,
    };
    match (from_utf16, text.strip_prefix(b"\xef\xbb\xbf")) {
        (Some(text), _) => text,
        (None, Some(after_mark)) => after_mark.to_vec(),
        (None, None) => text,
    }
}

/// The text with `/* … */`, `// …` and `# …` made blank, so that every index still holds.
fn without_comments(text: &[u8]) -> Vec<u8> {
    let mut code = text.to_vec();
    let mut at = 0;
    while let Some(rest) = code.get(at..).filter(|rest| !rest.is_empty()) {
        let length = comment(rest);
        for octet in code.iter_mut().skip(at).take(length) {
            if *octet != b'\n' {
                *octet = b' ';
            }
        }
        at += length.max(1);
    }
    code
}

/// The length of the comment that a text starts with, or 0.
fn comment(text: &[u8]) -> usize {
    let to_end_of_line = || text.iter().position(|octet| *octet == b'\n').unwrap_or(text.len());
    match text {
        [b'#', ..] | [b'/', b'/', ..] => to_end_of_line(),
        [b'/', b'*', inside @ ..] => {
            inside.windows(2).position(|pair| pair == b"*/").map_or(text.len(), |at| at + 4)
        }
        _ => 0,
    }
}

/// The lines of a text as ranges, without their ends.
fn lines(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split(|octet| *octet == b'\n').map(move |line| {
        let from = start;
        start += line.len() + 1;
        from..from + line.strip_suffix(b"\r").unwrap_or(line).len()
    })
}

/// The value of a hex digit.
fn digit(octet: u8) -> Option<u8> {
    let value = char::from(octet).to_digit(16)?;
    u8::try_from(value).ok()
}

/// The length of the UTF-8 character at the start of a text.
fn character(text: &[u8]) -> usize {
    match text.first() {
        None => 0,
        Some(0..=0xbf) => 1,
        Some(0xc0..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(_) => 4,
    }
}

impl Frames {
    /// Where the frame that is being collected starts.
    fn start(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.end)
    }

    /// Ends a frame, if there is anything in it.
    fn end(&mut self) {
        let frame = self.start()..self.octets.len();
        self.too_many |= self.frames.len() >= MAX_FRAMES;
        if !frame.is_empty() && !self.too_many {
            self.frames.push(frame);
        }
    }

    /// Makes the pieces frames if each is one by itself, or everything one frame.
    fn apart_or_joined(mut self, pieces: Pieces) -> Self {
        self.frames.clear();
        match pieces.into_frames() {
            Some(frames) => self.frames = frames,
            None => self.end(),
        }
        self
    }
}

impl Pieces {
    /// Ends a piece of the octets collected so far.
    fn end(&mut self, octets: &[u8]) {
        let piece = self.start..octets.len();
        if self.broken || piece.is_empty() {
            return;
        }
        self.start = piece.end;
        self.broken = !octets.get(piece.clone()).is_some_and(judge::is_evident);
        self.frames.push(piece);
    }

    /// The pieces, if there are several and each is a whole frame or message.
    fn into_frames(self) -> Option<Vec<Range<usize>>> {
        (!self.broken && self.frames.len() > 1).then_some(self.frames)
    }
}

type Parsed<T> = Result<T, TextError>;

#[cfg(test)]
mod tests;
