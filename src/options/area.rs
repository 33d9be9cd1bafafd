//! Option areas: the code/length/value runs in `options`, `file` and `sname` (RFC 2132 §2).
//!
//! Reading an area cannot fail. Whatever does not fit the grammar becomes [`Segment::Truncated`] or
//! [`Segment::Rest`], so that the segments of an area always add up to its octets.

use nom::IResult;
use nom::Parser;
use nom::bytes::complete::take_while1;

use super::Code;

/// A piece of an option area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    /// A run of pad octets (RFC 2132 §3.1).
    Pad(&'a [u8]),
    /// An option and its value.
    Option(Code, &'a [u8]),
    /// An option whose length octet reaches past the end of the area, and the octets that are there.
    Truncated(Code, u8, &'a [u8]),
    /// The end option (RFC 2132 §3.2).
    End,
    /// What follows the end option, or a last code without a length octet.
    Rest(&'a [u8]),
}

impl Segment<'_> {
    /// Octets that the segment takes in its area.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Segment::Pad(octets) | Segment::Rest(octets) => octets.len(),
            Segment::Option(_, value) | Segment::Truncated(_, _, value) => 2 + value.len(),
            Segment::End => 1,
        }
    }
}

/// The segments of an area, each with its offset from the start of the area.
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    rest: &'a [u8],
    at: usize,
    ended: bool,
}

impl<'a> Segments<'a> {
    /// The segments of `area`.
    #[must_use]
    #[inline]
    pub fn new(area: &'a [u8]) -> Segments<'a> {
        Segments { rest: area, at: 0, ended: false }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = (usize, Segment<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let (rest, found) = if self.ended { (&[][..], Segment::Rest(self.rest)) } else { segment(self.rest) };
        let at = self.at;
        self.at += self.rest.len() - rest.len();
        self.rest = rest;
        self.ended |= matches!(found, Segment::End);
        Some((at, found))
    }
}

/// The options of an area that are there whole, as [`Segments`] finds them, for those whom pads and offsets do not
/// concern. Stops where none follows.
#[derive(Clone, Debug)]
pub(crate) struct Options<'a> {
    rest: &'a [u8],
}

impl<'a> Options<'a> {
    /// The options of `area`.
    #[inline]
    pub(crate) fn new(area: &'a [u8]) -> Options<'a> {
        Options { rest: area }
    }

    /// The option whose length octet reaches past the end of the area, if that is why these have stopped.
    #[inline]
    pub(crate) fn cut(&self) -> Option<Code> {
        match self.rest {
            [255, ..] | [_] | [] => None,
            [code, ..] => Some(Code(*code)),
        }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = (Code, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while let [0, rest @ ..] = self.rest {
            self.rest = rest;
        }
        match self.rest {
            [255, ..] => None,
            [code, length, behind @ ..] => {
                let (value, rest) = behind.split_at_checked(usize::from(*length))?;
                self.rest = rest;
                Some((Code(*code), value))
            }
            _ => None,
        }
    }
}

/// The segment at the start of `input`, which is not empty, and what follows it.
#[inline]
fn segment(input: &[u8]) -> (&[u8], Segment<'_>) {
    match input {
        [0, ..] => pads(input).map_or((&[], Segment::Rest(input)), |(rest, run)| (rest, Segment::Pad(run))),
        [255, rest @ ..] => (rest, Segment::End),
        // By slices and not by nom's `take`: each option waits for the length before it, so every step counts.
        [code, length, behind @ ..] => match behind.split_at_checked(usize::from(*length)) {
            Some((value, rest)) => (rest, Segment::Option(Code(*code), value)),
            None => (&[], Segment::Truncated(Code(*code), *length, behind)),
        },
        _ => (&[], Segment::Rest(input)),
    }
}

fn pads(input: &[u8]) -> IResult<&[u8], &[u8], ()> {
    take_while1(|octet| octet == 0).parse_complete(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn segments_name_what_they_find() {
        type Case<'a> = (&'a [u8], &'a [(usize, Segment<'a>)]);
        let cases: [Case<'_>; 6] = [
            (&[], &[]),
            (&[0, 0, 1, 0], &[(0, Segment::Pad(&[0, 0])), (2, Segment::Option(Code(1), &[]))]),
            (&[53, 1, 1, 255], &[(0, Segment::Option(Code(53), &[1])), (3, Segment::End)]),
            (&[255, 0, 7], &[(0, Segment::End), (1, Segment::Rest(&[0, 7]))]),
            (&[51, 4, 0, 0], &[(0, Segment::Truncated(Code(51), 4, &[0, 0]))]),
            (&[51], &[(0, Segment::Rest(&[51]))]),
        ];
        for (octets, want) in cases {
            assert_eq!(want, Segments::new(octets).collect::<Vec<_>>(), "{octets:?}");
        }
    }
}
