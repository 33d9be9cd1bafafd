//! Shapes: the Rust types of values, for code that reads and sets options by [`Key`](super::Key).
//!
//! A shape is a layout and a view of octets that fit it; the layout does the checking, so there is one codec.

use core::net::Ipv4Addr;

use byteorder::{BigEndian, ByteOrder};

use super::error::ValueError;
use super::layout::{Layout, Scalar};
use super::walk::walk;

/// A type of value: its layout, and how Rust sees and sets it.
pub trait Shape {
    /// What the octets mean.
    const LAYOUT: Layout;
    /// The value as read, in place.
    type View<'a>;
    /// The value as set.
    type Set<'a>;

    /// The view of octets that have been checked against the layout.
    fn view(octets: &[u8]) -> Self::View<'_>;

    /// Appends the octets of a value.
    fn put(value: Self::Set<'_>, out: &mut Vec<u8>);

    /// Checks and reads a value.
    ///
    /// # Errors
    ///
    /// [`ValueError`] if the octets do not fit the layout.
    #[inline]
    fn decode(octets: &[u8]) -> Result<Self::View<'_>, ValueError> {
        walk(&Self::LAYOUT, octets, &mut ())?;
        Ok(Self::view(octets))
    }
}

macro_rules! number {
    ($(#[$doc:meta])* $shape:ident: $type:ty = $layout:expr, $size:literal, $read:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $shape {}

        impl Shape for $shape {
            const LAYOUT: Layout = $layout;
            type View<'a> = $type;
            type Set<'a> = $type;

            #[inline]
            fn view(octets: &[u8]) -> $type {
                octets.first_chunk::<$size>().map($read).unwrap_or_default()
            }

            #[inline]
            fn put(value: $type, out: &mut Vec<u8>) {
                out.extend_from_slice(&value.to_be_bytes());
            }
        }
    };
}

number!(
    /// An octet of any value.
    U8: u8 = Layout::Scalar(Scalar::U8), 1, |octets| octets[0]
);
number!(
    /// A number of seconds; `u32::MAX` is infinity (RFC 2131 §3.3).
    Seconds: u32 = Layout::Scalar(Scalar::Seconds), 4, |octets| BigEndian::read_u32(octets)
);
number!(
    /// Seconds since 1970-01-01 00:00 UTC.
    Time: u32 = Layout::Scalar(Scalar::Time), 4, |octets| BigEndian::read_u32(octets)
);
number!(
    /// A number of 32 bits.
    U32: u32 = Layout::Scalar(Scalar::U32), 4, |octets| BigEndian::read_u32(octets)
);
number!(
    /// A number of 32 bits with sign.
    I32: i32 = Layout::Scalar(Scalar::I32), 4, |octets| BigEndian::read_i32(octets)
);
number!(
    /// A number of 16 bits.
    U16: u16 = Layout::Scalar(Scalar::U16), 2, |octets| BigEndian::read_u16(octets)
);
number!(
    /// A size in octets, at least 576 (RFC 2132 §4.4, §9.10).
    DatagramSize: u16 = Layout::Scalar(Scalar::U16 { min: 576, names: &[] }), 2, |octets| BigEndian::read_u16(octets)
);
number!(
    /// A size in octets, at least 68 (RFC 2132 §4.7, §5.1).
    Mtu: u16 = Layout::Scalar(Scalar::U16 { min: 68, names: &[] }), 2, |octets| BigEndian::read_u16(octets)
);
number!(
    /// A time to live, 1 to 255 (RFC 2132 §4.5).
    TimeToLive: u8 = Layout::Scalar(Scalar::U8 { min: 1, max: 255, names: &[] }), 1, |octets| octets[0]
);

/// A flag.
#[derive(Debug)]
pub enum Flag {}

impl Shape for Flag {
    const LAYOUT: Layout = Layout::Scalar(Scalar::Flag);
    type View<'a> = bool;
    type Set<'a> = bool;

    fn view(octets: &[u8]) -> bool {
        octets == [1]
    }

    fn put(value: bool, out: &mut Vec<u8>) {
        out.push(u8::from(value));
    }
}

/// An option that holds nothing.
#[derive(Debug)]
pub enum Empty {}

impl Shape for Empty {
    const LAYOUT: Layout = Layout::Empty;
    type View<'a> = ();
    type Set<'a> = ();

    fn view(_: &[u8]) {}

    fn put((): (), _: &mut Vec<u8>) {}
}

/// An IPv4 address.
#[derive(Debug)]
pub enum Address {}

impl Shape for Address {
    const LAYOUT: Layout = Layout::Scalar(Scalar::Address);
    type View<'a> = Ipv4Addr;
    type Set<'a> = Ipv4Addr;

    #[inline]
    fn view(octets: &[u8]) -> Ipv4Addr {
        octets.first_chunk::<4>().map_or(Ipv4Addr::UNSPECIFIED, |octets| Ipv4Addr::from(*octets))
    }

    #[inline]
    fn put(value: Ipv4Addr, out: &mut Vec<u8>) {
        out.extend_from_slice(&value.octets());
    }
}

/// One or more IPv4 addresses in order of preference.
#[derive(Debug)]
pub enum Addresses {}

/// Addresses as they stand in an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressList<'a>(&'a [u8]);

impl<'a> AddressList<'a> {
    /// The addresses in order.
    pub fn iter(self) -> impl Iterator<Item = Ipv4Addr> + use<'a> {
        self.0.chunks_exact(4).map(Address::view)
    }

    /// The first address, the preferred one.
    #[must_use]
    pub fn first(self) -> Option<Ipv4Addr> {
        self.iter().next()
    }
}

impl Shape for Addresses {
    const LAYOUT: Layout = Layout::Repeat { item: &Layout::Scalar(Scalar::Address), min: 1 };
    type View<'a> = AddressList<'a>;
    type Set<'a> = &'a [Ipv4Addr];

    #[inline]
    fn view(octets: &[u8]) -> AddressList<'_> {
        AddressList(octets)
    }

    #[inline]
    fn put(value: &[Ipv4Addr], out: &mut Vec<u8>) {
        value.iter().for_each(|address| out.extend_from_slice(&address.octets()));
    }
}

/// Codes of options, as option 55 lists them.
#[derive(Debug)]
pub enum Codes {}

impl Shape for Codes {
    const LAYOUT: Layout = Layout::Repeat { item: &Layout::Scalar(Scalar::Code), min: 1 };
    type View<'a> = &'a [u8];
    type Set<'a> = &'a [u8];

    #[inline]
    fn view(octets: &[u8]) -> &[u8] {
        octets
    }

    #[inline]
    fn put(value: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(value);
    }
}

/// Defines shapes whose view is their octets: text, and values with parts that [`walk`] tells.
macro_rules! octets {
    ($($(#[$doc:meta])* $shape:ident = $layout:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $shape {}

        impl $crate::options::shape::Shape for $shape {
            const LAYOUT: $crate::options::layout::Layout = $layout;
            type View<'a> = &'a [u8];
            type Set<'a> = &'a [u8];

            #[inline]
            fn view(octets: &[u8]) -> &[u8] {
                octets
            }

            #[inline]
            fn put(value: &[u8], out: &mut Vec<u8>) {
                out.extend_from_slice(value);
            }
        }
    )+};
}
pub(super) use octets;

octets! {
    /// Text of at least one octet (RFC 2132 §2).
    Text = Layout::Text { min: 1 };
    /// Text that may be empty.
    AnyText = Layout::Text { min: 0 };
    /// At least one octet without structure.
    Octets = Layout::Octets { min: 1 };
    /// Octets without structure, or none.
    AnyOctets = Layout::Octets { min: 0 };
    /// One domain name in wire format.
    Domain = Layout::Domain;
    /// Domain names in wire format without compression.
    PlainDomains = Layout::Domains { compressed: false };
    /// Domain names in wire format with compression (RFC 3397).
    Domains = Layout::Domains { compressed: true };
}
