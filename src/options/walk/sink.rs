//! What is told of a value, and to whom.

use core::net::{Ipv4Addr, Ipv6Addr};
use core::ops::Range;

use crate::options::Code;
use crate::options::error::OptionError;
use crate::options::layout::{Exactness, Names};
use crate::options::name::Name;

/// One value without parts, as the octets have it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leaf<'a> {
    /// A flag.
    Flag(bool),
    /// A number without sign, with the names of its registry.
    Number(u32, Names),
    /// A number with sign.
    Signed(i32),
    /// A time span in seconds; `u32::MAX` is infinity.
    Seconds(u32),
    /// Seconds since 1970-01-01 00:00 UTC.
    Time(u32),
    /// An IPv4 address.
    Address(Ipv4Addr),
    /// An IPv6 address.
    Address6(Ipv6Addr),
    /// Octets without structure.
    Octets(&'a [u8]),
    /// Text as the sender wrote it, not checked to be UTF-8.
    Text(&'a [u8]),
    /// The code of an option.
    Code(u8),
    /// Flags, with the names of their masks.
    Bits(u8, Names),
    /// A domain name.
    Name(Name<'a>),
    /// A route: destination, prefix length, router.
    Route(Ipv4Addr, u8, Ipv4Addr),
    /// Coordinates in fixed point, as they stand on the wire; [`Location::from_octets`](crate::options::location::Location::from_octets)
    /// reads them.
    Location(&'a [u8; 16], Exactness),
}

/// What a group of parts is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Named fields.
    Record,
    /// Items of one kind.
    List,
    /// Sub-options.
    Options,
    /// One sub-option of this code.
    SubOption(u8),
}

/// Told what stands where in a value; offsets count from its start.
pub trait Sink<'a> {
    /// A value without parts.
    fn leaf(&mut self, name: &'static str, span: Range<usize>, leaf: Leaf<'a>);
    /// A group begins.
    fn open(&mut self, name: &'static str, at: usize, group: Group);
    /// The group that was opened last ends before octet `at`.
    fn close(&mut self, at: usize);
}

/// A sink for all the options of a message.
pub trait Reader: for<'v> Sink<'v> {
    /// What follows is told of this option.
    fn option(&mut self, code: Code);
    /// The option that is being told does not fit its layout, or is cut; what stands before the fault has been told.
    fn fault(&mut self, error: OptionError);
}

/// The sink of a mere check.
impl Sink<'_> for () {
    #[inline]
    fn leaf(&mut self, _: &'static str, _: Range<usize>, _: Leaf<'_>) {}
    #[inline]
    fn open(&mut self, _: &'static str, _: usize, _: Group) {}
    #[inline]
    fn close(&mut self, _: usize) {}
}
