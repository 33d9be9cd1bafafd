//! One row of a dump: an offset, octets in groups, perhaps a column of characters.

use std::ops::Range;

use super::super::{Expected, TextError};
use super::Parsed;

/// How the groups of a row are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Octets in hex, in order, any number in a group.
    Octets,
    /// Words of two octets in hex, the low octet last: hexdump, od -x.
    Words,
    /// Octets in octal: od -b.
    OctalOctets,
    /// Words of two octets in octal, the low octet last: od.
    OctalWords,
}

/// A row as ranges in the text.
pub(super) struct Row {
    /// The digits of the offset.
    pub(super) offset: Range<usize>,
    /// True with a colon or `0x`, which only a dump has.
    pub(super) strong: bool,
    /// The groups of hex digits, each with the number of spaces before it.
    groups: Vec<(Range<usize>, usize)>,
    /// The first token that is no group, with the number of spaces before it.
    tail: Option<(Range<usize>, usize)>,
    end: usize,
}

const GAP: usize = 2;

impl Row {
    /// The row in a line, if it starts with an offset.
    pub(super) fn read(text: &[u8], line: Range<usize>) -> Option<Self> {
        let content = text.get(line.clone())?;
        let indent = content.len() - content.trim_ascii_start().len();
        let after_indent = content.get(indent..)?;
        let prefix = if after_indent.starts_with(b"0x") { 2 } else { 0 };
        let from = indent + prefix;
        let digits = content.get(from..)?.iter().take_while(|octet| octet.is_ascii_hexdigit()).count();
        let rest = content.get(from + digits..)?;
        let colon = rest.first() == Some(&b':');
        let data = rest.get(usize::from(colon)..)?;
        let ends = data.first().is_none_or(u8::is_ascii_whitespace);
        if !(4..=16).contains(&digits) || !ends || (prefix > 0 && !colon) {
            return None;
        }
        let offset = line.start + from..line.start + from + digits;
        let mut row = Self { offset, strong: colon, groups: Vec::new(), tail: None, end: line.end };
        row.split(text, line.end - data.len());
        Some(row)
    }

    /// Splits what follows the offset into groups and tail.
    fn split(&mut self, text: &[u8], from: usize) {
        let mut at = from;
        loop {
            let rest = text.get(at..self.end).unwrap_or_default();
            let is_space = |octet: &&u8| matches!(octet, b' ' | b'\t');
            let spaces = rest.iter().take_while(is_space).count();
            let wide = if rest.iter().take(spaces).any(|octet| *octet == b'\t') { GAP } else { spaces };
            let start = at + spaces;
            let token = rest.get(spaces..).unwrap_or_default();
            let length = token.iter().take_while(|octet| !matches!(octet, b' ' | b'\t' | b'-')).count();
            let hex = token.iter().take(length).all(u8::is_ascii_hexdigit);
            if token.is_empty() {
                return;
            }
            if length == 0 || !hex || self.groups.len() >= MOST_GROUPS {
                let length = token.iter().take_while(|octet| !matches!(octet, b' ' | b'\t')).count();
                self.tail = Some((start..start + length, wide));
                return;
            }
            self.groups.push((start..start + length, wide));
            // A dash between two octets, as some debuggers have it, is a separator.
            at = start + length + usize::from(token.get(length) == Some(&b'-'));
        }
    }

    pub(super) fn is_zero(&self, text: &[u8]) -> bool {
        text.get(self.offset.clone()).is_some_and(|digits| digits.iter().all(|digit| *digit == b'0'))
    }

    /// True for an offset alone, which ends a dump.
    pub(super) const fn is_bare(&self) -> bool {
        self.groups.is_empty() && self.tail.is_none()
    }

    /// The octets before the column of characters, if there is one that shows just them.
    pub(super) fn before_characters(&self, text: &[u8], form: Form) -> Option<usize> {
        self.cuts(form).into_iter().take(MOST_GAPS).find(|cut| self.looks_like_tail(text, form, *cut))
    }

    /// A token among the groups that is no group.
    pub(super) fn bad_token(&self) -> Option<Range<usize>> {
        self.tail
            .as_ref()
            .filter(|(_, spaces)| *spaces < GAP || self.groups.is_empty())
            .map(|(at, _)| at.clone())
    }

    pub(super) fn offset(&self, text: &[u8], base: u32) -> Option<u64> {
        let digits = std::str::from_utf8(text.get(self.offset.clone())?).ok()?;
        u64::from_str_radix(digits, base).ok()
    }

    /// How many octets there are before each gap, and in all.
    pub(super) fn cuts(&self, form: Form) -> Vec<usize> {
        let mut cuts = Vec::new();
        let mut count = 0;
        for (index, (group, spaces)) in self.groups.iter().enumerate() {
            if index > 0 && *spaces >= GAP {
                cuts.push(count);
            }
            count += form.octets_in(group.len());
        }
        cuts.push(count);
        cuts
    }

    /// True if the row can have this many octets; a word may be padded in the last row.
    pub(super) fn has_cut(&self, form: Form, count: usize) -> bool {
        let padded = matches!(form, Form::Words | Form::OctalWords);
        self.cuts(form).iter().any(|cut| *cut == count || (padded && *cut == count + 1))
    }

    /// True if what follows the first `count` octets is how they look as characters.
    fn looks_like_tail(&self, text: &[u8], form: Form, count: usize) -> bool {
        let mut before = 0;
        let next = self.groups.iter().find(|(group, _)| {
            let found = before == count;
            before += form.octets_in(group.len());
            found
        });
        let Some((tail, _)) = next.or(self.tail.as_ref()) else {
            return false;
        };
        let mut octets = Vec::new();
        if self.octets(text, form, count, &mut octets).is_err() {
            return false;
        }
        let shown: Vec<u8> =
            octets.iter().map(|o| if matches!(o, 0x20..=0x7e) { *o } else { b'.' }).collect();
        text.get(tail.start..self.end).is_some_and(|tail| tail.trim_ascii() == shown.trim_ascii())
    }

    /// Appends the first `count` octets.
    pub(super) fn octets(&self, text: &[u8], form: Form, count: usize, to: &mut Vec<u8>) -> Parsed<()> {
        let end = to.len() + count;
        for (group, _) in &self.groups {
            if to.len() >= end {
                break;
            }
            let digits = text.get(group.clone()).unwrap_or_default();
            match form.octets(digits) {
                Some(octets) => to.extend(octets),
                None => {
                    let expected =
                        if group.len() % 2 == 1 { Expected::EvenDigits } else { Expected::HexPair };
                    return Err(TextError::at(text, group.start, group.len(), expected));
                }
            }
        }
        to.truncate(end);
        Ok(())
    }
}

/// No dump has rows that long; a line of millions of groups is not held as such.
const MOST_GROUPS: usize = 1024;

/// Nor has any dump with characters more gaps before them.
const MOST_GAPS: usize = 8;

impl Form {
    /// The form that the first row of a dump has.
    pub(super) fn of(text: &[u8], row: &Row) -> Option<Self> {
        let first = row.groups.first()?.0.len();
        let column = row.groups.iter().skip(1).position(|(_, spaces)| *spaces >= GAP);
        let groups = row.groups.get(..=column.unwrap_or(row.groups.len() - 1))?;
        let last = groups.last()?.0.len();
        let alike = groups.iter().rev().skip(1).all(|(group, _)| group.len() == first);
        let octal = || {
            let digits = groups.iter().filter_map(|(group, _)| text.get(group.clone())).flatten();
            digits.copied().all(|digit| matches!(digit, b'0'..=b'7'))
        };
        let digits = row.offset.len();
        if !alike || last > first {
            return None;
        }
        match first {
            2 => Some(Self::Octets),
            _ if row.strong => (first.is_multiple_of(2) && first <= 64).then_some(Self::Octets),
            4 if digits >= 7 => Some(Self::Words),
            3 if digits == 7 && octal() => Some(Self::OctalOctets),
            6 if digits == 7 && octal() => Some(Self::OctalWords),
            _ => None,
        }
    }

    /// How many octets a group of that many digits has.
    const fn octets_in(self, digits: usize) -> usize {
        match self {
            Self::Octets => digits.div_ceil(2),
            Self::Words | Self::OctalWords => 2,
            Self::OctalOctets => 1,
        }
    }

    fn octets(self, digits: &[u8]) -> Option<Vec<u8>> {
        let number = |base| u16::from_str_radix(std::str::from_utf8(digits).ok()?, base).ok();
        match self {
            Self::Octets => ::hex::decode(digits).ok(),
            Self::Words => number(16).filter(|_| digits.len() == 4).map(|word| word.to_le_bytes().to_vec()),
            Self::OctalWords => {
                number(8).filter(|_| digits.len() == 6).map(|word| word.to_le_bytes().to_vec())
            }
            Self::OctalOctets => {
                number(8).and_then(|octet| u8::try_from(octet).ok()).map(|octet| vec![octet])
            }
        }
    }
}
