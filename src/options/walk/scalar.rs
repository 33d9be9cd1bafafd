//! Values without parts, from exactly their octets.

use core::net::{Ipv4Addr, Ipv6Addr};
use core::ops::Range;

use super::sink::{Leaf, Sink};
use crate::options::error::Why;
use crate::options::layout::{Layout, Names, Scalar};

/// Checks and tells a value that needs no walk, as most do, and nothing of any other. It begins at octet `start`.
#[inline(always)]
pub(super) fn plain<'a, S: Sink<'a>>(
    layout: &Layout,
    octets: &'a [u8],
    name: &'static str,
    start: usize,
    sink: &mut S,
) -> Option<Result<(), Why>> {
    let span = start..start + octets.len();
    match layout {
        Layout::Scalar(scalar) => return Some(read(scalar, octets, name, span, sink)),
        Layout::Octets { min } if octets.len() >= *min => sink.leaf(name, span, Leaf::Octets(octets)),
        Layout::Text { min } if octets.len() >= *min => sink.leaf(name, span, Leaf::Text(octets)),
        _ => return None,
    }
    Some(Ok(()))
}

/// The layout of an octet whose values have names.
pub(in crate::options) const fn named(names: Names) -> Layout {
    Layout::Scalar(Scalar::U8 { min: 0, max: u8::MAX, names })
}

/// Reads a scalar from exactly its octets and tells `sink`. At each place here the sink knows which [`Leaf`] it gets;
/// a leaf that is returned would have to be asked.
#[inline(always)]
pub(in crate::options) fn read<'a, S: Sink<'a>>(
    scalar: &Scalar,
    octets: &'a [u8],
    name: &'static str,
    span: Range<usize>,
    sink: &mut S,
) -> Result<(), Why> {
    match *scalar {
        Scalar::Flag => match *array(octets)? {
            [0] => sink.leaf(name, span, Leaf::Flag(false)),
            [1] => sink.leaf(name, span, Leaf::Flag(true)),
            [other] => return Err(Why::NotFlag(other)),
        },
        Scalar::U8 { min, max, names } => {
            let [found] = *array(octets)?;
            sink.leaf(
                name,
                span,
                Leaf::Number(bounded(u32::from(found), u32::from(min), u32::from(max))?, names),
            );
        }
        Scalar::U16 { min, names } => {
            let found = u32::from(u16::from_be_bytes(*array(octets)?));
            sink.leaf(name, span, Leaf::Number(bounded(found, u32::from(min), u32::from(u16::MAX))?, names));
        }
        Scalar::U32 => sink.leaf(name, span, Leaf::Number(u32::from_be_bytes(*array(octets)?), &[])),
        Scalar::I32 => sink.leaf(name, span, Leaf::Signed(i32::from_be_bytes(*array(octets)?))),
        Scalar::Seconds => sink.leaf(name, span, Leaf::Seconds(u32::from_be_bytes(*array(octets)?))),
        Scalar::Time => sink.leaf(name, span, Leaf::Time(u32::from_be_bytes(*array(octets)?))),
        Scalar::Address => sink.leaf(name, span, Leaf::Address(Ipv4Addr::from(*array(octets)?))),
        Scalar::Address6 => sink.leaf(name, span, Leaf::Address6(Ipv6Addr::from(*array::<16>(octets)?))),
        Scalar::Octets(size) if octets.len() == size => sink.leaf(name, span, Leaf::Octets(octets)),
        Scalar::Octets(expected) => return Err(Why::Length { expected, found: octets.len() }),
        Scalar::Code => {
            let [code] = *array(octets)?;
            sink.leaf(name, span, Leaf::Code(code));
        }
        Scalar::Bits(names) => {
            let [bits] = *array(octets)?;
            sink.leaf(name, span, Leaf::Bits(bits, names));
        }
        Scalar::OneOf(names) => {
            let [found] = *array(octets)?;
            if !holds(names, found) {
                return Err(Why::NotOneOf { names, found });
            }
            sink.leaf(name, span, Leaf::Number(u32::from(found), names));
        }
        Scalar::Letters(size) if octets.len() == size => sink.leaf(name, span, Leaf::Text(octets)),
        Scalar::Letters(expected) => return Err(Why::Length { expected, found: octets.len() }),
    }
    Ok(())
}

/// Whether a registry has a number: mostly at its place in a row without gaps.
#[inline]
fn holds(names: Names, found: u8) -> bool {
    let number = u32::from(found);
    let first = names.first().map_or(0, |(first, _)| *first);
    let place = usize::from(found).wrapping_sub(usize::try_from(first).unwrap_or_default());
    names.get(place).is_some_and(|(named, _)| *named == number)
        || names.iter().any(|(named, _)| *named == number)
}

#[inline(always)]
fn array<const N: usize>(octets: &[u8]) -> Result<&[u8; N], Why> {
    octets.try_into().map_err(|_| Why::Length { expected: N, found: octets.len() })
}

#[inline(always)]
fn bounded(found: u32, min: u32, max: u32) -> Result<u32, Why> {
    if (min..=max).contains(&found) { Ok(found) } else { Err(Why::OutOfRange { min, max, found }) }
}
