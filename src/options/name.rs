//! Domain names in wire format (RFC 1035 §3.1, §4.1.4), within the joined octets of one option.

use core::fmt;
use std::collections::HashMap;

use super::error::{ValueError, Why};

/// A domain name whose labels have been checked; it may point back into the value it stands in.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    within: &'a [u8],
    start: usize,
    complete: bool,
}

/// Names are equal when their labels are, wherever they stand.
impl PartialEq for Name<'_> {
    fn eq(&self, other: &Name<'_>) -> bool {
        self.complete == other.complete && self.labels().eq(other.labels())
    }
}

/// The most octets a name may have, its lengths and root included (RFC 1035 §2.3.4).
const MAX_NAME: usize = 255;

/// The most pointers that are followed: a name has no more labels.
const MAX_POINTERS: usize = 127;

impl<'a> Name<'a> {
    /// The name at octet `start` of `within`, and the octet after it. Pointers must lead back to earlier octets.
    ///
    /// # Errors
    ///
    /// [`ValueError`] for a label that reaches past the end, a reserved label type, a pointer where none may stand
    /// or that does not lead back, or more than 255 octets.
    pub fn read(within: &'a [u8], start: usize, compressed: bool) -> Result<(Name<'a>, usize), ValueError> {
        let (complete, next) = check(within, start, compressed, false)?;
        Ok((Name { within, start, complete }, next))
    }

    /// As [`Name::read`], without compression, and the end of the value may stand for the root label.
    ///
    /// # Errors
    ///
    /// [`ValueError`] as for [`Name::read`].
    pub fn read_partial(within: &'a [u8], start: usize) -> Result<(Name<'a>, usize), ValueError> {
        let (complete, next) = check(within, start, false, true)?;
        Ok((Name { within, start, complete }, next))
    }

    /// Whether the root label ends the name.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Octets that the name takes without compression.
    #[must_use]
    pub fn size(&self) -> usize {
        self.labels().map(|label| 1 + label.len()).sum::<usize>() + usize::from(self.complete)
    }

    /// The labels without the root, pointers followed.
    pub fn labels(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (within, mut at) = (self.within, self.start);
        core::iter::from_fn(move || {
            // The name has been checked: every pointer leads back, so this ends.
            loop {
                match usize::from(*within.get(at)?) {
                    0 => return None,
                    high @ 0xc0.. => at = (high & 0x3f) << 8 | usize::from(*within.get(at + 1)?),
                    length => {
                        let label = within.get(at + 1..at + 1 + length)?;
                        at += 1 + length;
                        return Some(label);
                    }
                }
            }
        })
    }
}

/// Whether the root label was found, and the octet after the name.
fn check(within: &[u8], start: usize, compressed: bool, partial: bool) -> Result<(bool, usize), ValueError> {
    let fail = |at, why| Err(ValueError { at, why });
    let (mut at, mut next, mut size, mut pointers) = (start, None, 0, 0);
    // Where the current run of labels began: a pointer must lead before it.
    let mut run = start;
    loop {
        let Some(&length) = within.get(at) else {
            if partial && at == within.len() && at > start {
                return Ok((false, at));
            }
            return fail(at.min(within.len()), Why::TooShort { min: 1, found: 0 });
        };
        match length {
            0 if size + 1 > MAX_NAME => return fail(start, Why::NameTooLong),
            0 => return Ok((true, next.unwrap_or(at + 1))),
            1..=63 => {
                let length = usize::from(length);
                let left = within.len() - at - 1;
                if length > left {
                    return fail(at, Why::Overrun { claimed: length, left });
                }
                size += 1 + length;
                if size > MAX_NAME {
                    return fail(start, Why::NameTooLong);
                }
                at += 1 + length;
            }
            64..=191 => return fail(at, Why::LabelType(length)),
            192.. => {
                let Some(&low) = within.get(at + 1) else {
                    return fail(at, Why::TooShort { min: 2, found: 1 });
                };
                let target = u16::from(length & 0x3f) << 8 | u16::from(low);
                if !compressed || usize::from(target) >= run || pointers == MAX_POINTERS {
                    return fail(at, Why::Pointer(target));
                }
                pointers += 1;
                next.get_or_insert(at + 2);
                at = usize::from(target);
                run = at;
            }
        }
    }
}

/// In presentation form (RFC 1035 §5.1): a complete name ends with a dot; octets that are not letters, digits,
/// hyphens or underscores stand as `\DDD`.
impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut empty = true;
        for (index, label) in self.labels().enumerate() {
            empty = false;
            if index > 0 {
                f.write_str(".")?;
            }
            for &octet in label {
                match octet {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => {
                        write!(f, "{}", char::from(octet))?
                    }
                    _ => write!(f, "\\{octet:03}")?,
                }
            }
        }
        if self.complete || empty { f.write_str(".") } else { Ok(()) }
    }
}

/// Why a text is not a domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameSyntax {
    /// A label without octets, or no name at all.
    EmptyLabel,
    /// A label of more than 63 octets (RFC 1035 §2.3.4).
    LabelTooLong(usize),
    /// A backslash without three digits up to 255 behind it.
    Escape,
    /// More than 255 octets.
    NameTooLong,
}

impl fmt::Display for NameSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NameSyntax::EmptyLabel => f.write_str("a label is empty"),
            NameSyntax::LabelTooLong(octets) => {
                write!(f, "a label has {octets} octets, at most 63 are allowed")
            }
            NameSyntax::Escape => f.write_str("a backslash stands before three digits from 000 to 255"),
            NameSyntax::NameTooLong => f.write_str("the name has more than 255 octets"),
        }
    }
}

/// The labels that a name in presentation form has.
///
/// # Errors
///
/// [`NameSyntax`] if it is none.
pub fn parse(text: &str) -> Result<Vec<Vec<u8>>, NameSyntax> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let labels: Vec<Vec<u8>> = text.split('.').map(parse_label).collect::<Result<_, _>>()?;
    match labels.iter().map(|label| 1 + label.len()).sum::<usize>() {
        ..MAX_NAME => Ok(labels),
        _ => Err(NameSyntax::NameTooLong),
    }
}

fn parse_label(text: &str) -> Result<Vec<u8>, NameSyntax> {
    let mut label = Vec::with_capacity(text.len());
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        label.push(match octet {
            b'\\' => {
                let digits = [octets.next(), octets.next(), octets.next()];
                let number = digits.iter().try_fold(0u32, |number, digit| {
                    let digit = digit.filter(u8::is_ascii_digit).ok_or(NameSyntax::Escape)?;
                    Ok(number * 10 + u32::from(digit - b'0'))
                })?;
                u8::try_from(number).map_err(|_| NameSyntax::Escape)?
            }
            other => other,
        });
    }
    match label.len() {
        0 => Err(NameSyntax::EmptyLabel),
        1..=63 => Ok(label),
        octets => Err(NameSyntax::LabelTooLong(octets)),
    }
}

/// Appends names to a value, and points back to what it holds where `compressed` allows it.
#[derive(Debug, Default)]
pub struct Writer {
    /// Suffixes written so far in wire format without the root, and where in the value.
    seen: HashMap<Vec<u8>, u16>,
}

impl Writer {
    /// Appends a name to `out`, in which the value began at octet `base`. `complete` adds the root label.
    pub fn write(
        &mut self,
        out: &mut Vec<u8>,
        base: usize,
        labels: &[Vec<u8>],
        compressed: bool,
        complete: bool,
    ) {
        let mut wire = Vec::new();
        for label in labels {
            wire.push(u8::try_from(label.len()).unwrap_or(63));
            wire.extend_from_slice(label);
        }
        let mut rest = wire.as_slice();
        for label in labels {
            if let (true, Some(at)) = (compressed, self.seen.get(rest)) {
                out.extend_from_slice(&(0xc000 | at).to_be_bytes());
                return;
            }
            let at = u16::try_from(out.len() - base).ok().filter(|at| *at < 0x4000);
            if let Some(at) = at {
                self.seen.entry(rest.to_vec()).or_insert(at);
            }
            let (first, shorter) = rest.split_at_checked(1 + label.len()).unwrap_or((rest, &[]));
            out.extend_from_slice(first);
            rest = shorter;
        }
        if complete {
            out.push(0);
        }
    }
}
