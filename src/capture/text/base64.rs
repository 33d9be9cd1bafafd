//! Base64, wrapped or not, in the standard or the URL alphabet, padded or not.

use std::ops::Range;

use ::base64::DecodeError;
use ::base64::Engine;
use ::base64::alphabet;
use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::super::{Expected, TextError};
use super::{Frames, Parsed, Pieces, character, lines};

const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const ENGINE: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);

/// The least that is taken for base64 without being forced: an IPv4 and a UDP header.
const LEAST: usize = 28;

/// True if a text decodes, is no hex with a slip in it, and starts like a message or is long enough for one.
///
/// Hex is mostly decimal digits, since most octets of a message are 0; base64 is mostly letters.
pub(super) fn is_base64(text: &[u8]) -> bool {
    let symbols: Vec<u8> = text.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
    let digits = symbols.iter().filter(|octet| octet.is_ascii_digit()).count();
    let starts = symbols.starts_with(b"AQ") || symbols.starts_with(b"Ag");
    digits * 5 < symbols.len() * 2
        && !symbols.iter().all(u8::is_ascii_hexdigit)
        && read(text).is_ok_and(|frames| frames.octets.len() >= LEAST || (starts && frames.octets.len() > 2))
}

/// Reads base64: lines make one frame, unless each is a whole one by itself.
pub(super) fn read(text: &[u8]) -> Parsed<Frames> {
    let mut frames = Frames::default();
    let mut each_line = Pieces::default();
    let mut symbols = Vec::new();
    for line in symbol_lines(text) {
        let first = symbols.len();
        symbols.extend(symbols_in(text, line).map(|(_, symbol)| symbol));
        match ENGINE.decode(symbols.get(first..).unwrap_or_default()) {
            Ok(octets) => frames.octets.extend(octets),
            Err(_) => each_line.broken = true,
        }
        each_line.end(&frames.octets);
    }
    if let Some(apart) = each_line.into_frames() {
        frames.frames = apart;
        return Ok(frames);
    }
    let octets = ENGINE.decode(&symbols).map_err(|error| slip(text, &error))?;
    let mut whole = Frames { octets, ..Frames::default() };
    whole.end();
    Ok(whole)
}

fn symbol_lines(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    lines(text).filter(|line| !is_comment(text.get(line.clone()).unwrap_or_default()))
}

/// The symbols of a line in the standard alphabet, and where they are.
fn symbols_in(text: &[u8], line: Range<usize>) -> impl Iterator<Item = (usize, u8)> {
    let places = line.clone().zip(text.get(line).unwrap_or_default());
    places.filter(|(_, octet)| !octet.is_ascii_whitespace()).map(|(at, octet)| (at, standard(*octet)))
}

fn is_comment(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"#")
}

/// The symbol of the standard alphabet for one of the URL alphabet.
const fn standard(octet: u8) -> u8 {
    match octet {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    }
}

fn slip(text: &[u8], error: &DecodeError) -> TextError {
    let index = match error {
        DecodeError::InvalidByte(index, _) => *index,
        DecodeError::InvalidLastSymbol { offset, .. } => *offset,
        _ => usize::MAX,
    };
    let at = symbol_lines(text).flat_map(|line| symbols_in(text, line)).nth(index).map(|(at, _)| at);
    let length = at.map_or(0, |at| character(text.get(at..).unwrap_or_default()));
    TextError::at(text, at.unwrap_or(text.len()), length, Expected::Base64)
}
