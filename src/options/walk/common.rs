//! The short way for the layouts that most options of most messages have.

use core::net::Ipv4Addr;

use super::parts::walk_parts;
use super::sink::{Group, Leaf, Sink};
use super::walk;
use crate::options::Code;
use crate::options::error::ValueError;
use crate::options::layout::{Layout, Scalar};

/// As [`walk`], by the layout of an option.
///
/// # Errors
///
/// As [`walk`].
#[inline(always)]
pub fn walk_option<'a, S: Sink<'a>>(code: Code, octets: &'a [u8], sink: &mut S) -> Result<(), ValueError> {
    let span = 0..octets.len();
    match (code.common(), octets) {
        (Common::Address, &[a, b, c, d]) => sink.leaf("", span, Leaf::Address(Ipv4Addr::new(a, b, c, d))),
        (Common::Seconds, &[a, b, c, d]) => {
            sink.leaf("", span, Leaf::Seconds(u32::from_be_bytes([a, b, c, d])));
        }
        (Common::Text, [_, ..]) => sink.leaf("", span, Leaf::Text(octets)),
        (Common::Octets, [_, ..]) => sink.leaf("", span, Leaf::Octets(octets)),
        (Common::Addresses, [_, ..]) if octets.len().is_multiple_of(4) => {
            list(octets, sink, |address: [u8; 4]| Leaf::Address(Ipv4Addr::from(address)));
        }
        (Common::Codes, [_, ..]) => list(octets, sink, |[code]| Leaf::Code(code)),
        (Common::U16, &[high, low]) => match code.layout() {
            Layout::Scalar(Scalar::U16 { min, names }) if u16::from_be_bytes([high, low]) >= *min => {
                sink.leaf("", span, Leaf::Number(u32::from(u16::from_be_bytes([high, low])), names));
            }
            layout => return walk(layout, octets, sink),
        },
        (Common::Parts, _) => return walk_parts(code.layout(), octets, sink),
        _ => return walk(code.layout(), octets, sink),
    }
    Ok(())
}

/// The layouts that most options of most messages have, where the value has octets and they fit. One octet, so that
/// one jump tells them apart: to ask a layout, and then a scalar in it, would be two that nobody can foresee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::options) enum Common {
    Address,
    Seconds,
    Text,
    Octets,
    Addresses,
    Codes,
    U16,
    /// Any with parts.
    Parts,
    /// Any other.
    No,
}

impl Common {
    /// Of a layout in the table.
    pub(in crate::options) const fn of(layout: &Layout) -> Common {
        match layout {
            Layout::Scalar(Scalar::Address) => Common::Address,
            Layout::Scalar(Scalar::Seconds) => Common::Seconds,
            Layout::Text { min: 0..=1 } => Common::Text,
            Layout::Octets { min: 0..=1 } => Common::Octets,
            Layout::Repeat { item: Layout::Scalar(Scalar::Address), min: 0..=1 } => Common::Addresses,
            Layout::Repeat { item: Layout::Scalar(Scalar::Code), min: 0..=1 } => Common::Codes,
            Layout::Scalar(Scalar::U16 { .. }) => Common::U16,
            Layout::Record(_) | Layout::Options(_) | Layout::AtLeast(_, Layout::Options(_)) => Common::Parts,
            _ => Common::No,
        }
    }
}

/// Tells a list of values of `N` octets, each of which stands for one.
#[inline(always)]
fn list<'a, S: Sink<'a>, const N: usize>(octets: &'a [u8], sink: &mut S, leaf: impl Fn([u8; N]) -> Leaf<'a>) {
    sink.open("", 0, Group::List);
    let mut at = 0;
    // Most lists are short. Two ways out keep the compiler from unrolling this into loops that end at random too.
    while at < octets.len()
        && let Some(item) = octets.get(at..).and_then(<[u8]>::first_chunk)
    {
        sink.leaf("", at..at + N, leaf(*item));
        at += N;
    }
    sink.close(at);
}
