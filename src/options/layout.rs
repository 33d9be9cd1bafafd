//! Layouts: what the octets of an option mean, as data.
//!
//! A row of the table holds one [`Layout`]. Everything that is done with a value follows it: checking and reading
//! (`read`, `walk`), writing from text or JSON (`compose`), and the picture that `dhcpsim options` draws.

use super::Reference;

/// Names that the registries give to numbers, in ascending order of the number.
pub type Names = &'static [(u32, &'static str)];

/// A value of fixed size, all in network byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// One octet, 0 or 1.
    Flag,
    /// One octet within bounds.
    U8 {
        /// Least value allowed.
        min: u8,
        /// Greatest value allowed.
        max: u8,
        /// Registered names of values.
        names: Names,
    },
    /// Two octets, at least `min`.
    U16 {
        /// Least value allowed.
        min: u16,
        /// Registered names of values.
        names: Names,
    },
    /// Four octets.
    U32,
    /// Four octets, two's complement.
    I32,
    /// Four octets: seconds; 0xffffffff is infinity (RFC 2131 §3.3).
    Seconds,
    /// Four octets: seconds since 1970-01-01 00:00 UTC.
    Time,
    /// Four octets: an IPv4 address.
    Address,
    /// Sixteen octets: an IPv6 address.
    Address6,
    /// This many octets without further structure.
    Octets(usize),
    /// One octet: the code of an option.
    Code,
    /// One octet of flags; a name stands for its mask.
    Bits(Names),
    /// One octet that is one of the named values.
    OneOf(Names),
    /// This many octets of text.
    Letters(usize),
}

impl Scalar {
    /// Any octet.
    pub const U8: Scalar = Scalar::U8 { min: 0, max: u8::MAX, names: &[] };
    /// Any two octets.
    pub const U16: Scalar = Scalar::U16 { min: 0, names: &[] };

    /// Octets that the value takes.
    #[must_use]
    pub const fn size(&self) -> usize {
        if let Scalar::Octets(size) | Scalar::Letters(size) = self {
            return *size;
        }
        match self {
            Scalar::Flag | Scalar::U8 { .. } | Scalar::Code | Scalar::Bits(_) | Scalar::OneOf(_) => 1,
            Scalar::U16 { .. } => 2,
            Scalar::U32 | Scalar::I32 | Scalar::Seconds | Scalar::Time | Scalar::Address => 4,
            Scalar::Address6 => 16,
            Scalar::Octets(_) | Scalar::Letters(_) => 0,
        }
    }
}

/// The width of a length field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// One octet.
    U8,
    /// Two octets.
    U16,
}

impl Width {
    /// Octets of the length field.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Width::U8 => 1,
            Width::U16 => 2,
        }
    }
}

/// A named part of a record.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The field's name as the RFC has it, in lower case with hyphens.
    pub name: &'static str,
    /// What it holds.
    pub layout: Layout,
}

/// A space of sub-options: code, length, value.
#[derive(Debug)]
pub struct Space {
    /// The sub-options that are known, in ascending order of their codes.
    pub rows: &'static [SubOption],
    /// Codes of which one at least stands in every value of this space, where others could be meant too
    /// ([`Layout::Vendor`]); empty if there are none.
    pub signs: &'static [u8],
    /// Where among the rows each code stands, one more than that; 0 where it does not.
    places: [u8; 256],
}

impl Space {
    /// A space of these sub-options, in ascending order of their codes, and of these signs.
    #[must_use]
    pub const fn new(rows: &'static [SubOption], signs: &'static [u8]) -> Space {
        Space { rows, signs, places: places(rows) }
    }

    /// The row of `code`, if it is known.
    #[must_use]
    #[inline]
    pub fn row(&self, code: u8) -> Option<&'static SubOption> {
        let place = self.places.get(usize::from(code))?.checked_sub(1)?;
        self.rows.get(usize::from(place))
    }
}

/// Goes along all codes and the rows, whose codes ascend, side by side.
const fn places(mut rows: &[SubOption]) -> [u8; 256] {
    let mut places = [0; 256];
    let mut rest: &mut [u8] = &mut places;
    let (mut code, mut place) = (0u8, 1);
    while let ([slot, slots @ ..], [row, others @ ..]) = (rest, rows) {
        if row.code == code {
            *slot = place;
            place += 1;
            rows = others;
        }
        rest = slots;
        code = code.wrapping_add(1);
    }
    assert!(rows.is_empty(), "the codes of a space ascend");
    places
}

/// A sub-option: a row of a [`Space`].
#[derive(Debug)]
pub struct SubOption {
    /// Its code within the space.
    pub code: u8,
    /// Its name, in lower case with hyphens.
    pub name: &'static str,
    /// What it holds.
    pub layout: Layout,
    /// Where it is defined.
    pub reference: Reference,
}

/// What the octets of a value mean.
#[derive(Clone, Copy, Debug)]
pub enum Layout {
    /// No octets: the option's presence is the value.
    Empty,
    /// One value of fixed size.
    Scalar(Scalar),
    /// At least `min` octets without further structure.
    Octets {
        /// Least octets.
        min: usize,
    },
    /// At least `min` octets of text: NVT ASCII or UTF-8, not terminated (RFC 2132 §2).
    Text {
        /// Least octets.
        min: usize,
    },
    /// One domain name in wire format, without compression (RFC 1035 §3.1).
    Domain,
    /// Domain names in wire format up to the end.
    Domains {
        /// Whether pointers may occur (RFC 1035 §4.1.4), and are written.
        compressed: bool,
    },
    /// Fields one after another; only the last may reach to the end.
    Record(&'static [Field]),
    /// Items one after another up to the end.
    Repeat {
        /// What one item holds.
        item: &'static Layout,
        /// Least items.
        min: usize,
    },
    /// A length, then that many octets.
    Counted(Width, &'static Layout),
    /// A count in one octet, then that many items.
    Several(&'static Layout),
    /// Nothing, or this.
    Optional(&'static Layout),
    /// Sub-options.
    Options(&'static Space),
    /// Sub-options if the octets read as such to the end, else octets without structure (RFC 2132 §8.4).
    Vendor(&'static Space),
    /// Sub-options of the enterprise that stands before them (RFC 3925), else octets.
    Enterprise,
    /// What is within, and at least so many octets of it.
    AtLeast(usize, &'static Layout),
    /// A first octet that says what follows.
    Choice(&'static [Arm]),
    /// A record whose first octet says which fields follow.
    Tagged {
        /// The name of the first octet.
        name: &'static str,
        /// Registered names of its values.
        names: Names,
        /// What follows the values that are known.
        cases: &'static [Case],
        /// What follows all others.
        other: &'static [Field],
    },
    /// A route: prefix length, significant octets of the destination, router (RFC 3442).
    Route,
    /// A name as option 81 has it: wire format or ASCII, by the E flag in the first octet (RFC 4702 §2.3).
    FqdnName,
    /// RADIUS attributes: type, length of all three, value (RFC 2865 §5).
    Attributes(&'static Space),
    /// Latitude, longitude, altitude and how exact they are, in 128 bits (RFC 6225 §2).
    Location(Exactness),
}

impl Layout {
    /// Octets that every value has, if it is the same for all.
    #[must_use]
    #[inline]
    pub const fn size(&self) -> Option<usize> {
        match self {
            // At once, for most records are of this kind.
            Layout::Record([.., Field { layout: Layout::Octets { .. } | Layout::Text { .. }, .. }]) => None,
            Layout::Empty => Some(0),
            Layout::Scalar(scalar) => Some(scalar.size()),
            Layout::Location(_) => Some(16),
            Layout::Record(fields) => size_of_fields(fields),
            _ => None,
        }
    }
}

/// Begins with the last field: if the record has no size of its own, it is because that one reaches to the end.
const fn size_of_fields(fields: &[Field]) -> Option<usize> {
    let Some((last, rest)) = fields.split_last() else { return Some(0) };
    let Some(size) = last.layout.size() else { return None };
    match size_of_fields(rest) {
        Some(before) => Some(before + size),
        None => None,
    }
}

/// How a location says how exact it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exactness {
    /// By the number of valid bits, option 123 (RFC 6225 §2.2.1).
    Resolution,
    /// By an exponent of uncertainty, option 144 (RFC 6225 §2.2.2).
    Uncertainty,
}

/// One case of a [`Layout::Tagged`].
#[derive(Debug)]
pub struct Case {
    /// The first octet that stands for this case.
    pub selector: u8,
    /// What follows it.
    pub fields: &'static [Field],
}

/// One arm of a [`Layout::Choice`].
#[derive(Debug)]
pub struct Arm {
    /// The first octet that stands for this arm.
    pub selector: u8,
    /// The arm's name.
    pub name: &'static str,
    /// What follows the first octet.
    pub layout: Layout,
}
