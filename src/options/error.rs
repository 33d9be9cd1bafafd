//! Why the octets of an option, a field or a sub-option cannot be read as what the table says they are.
//!
//! An error counts octets and names numbers; it never carries the sender's text, so it is safe to print.

use core::fmt;

use super::Code;
use super::layout::Names;

/// What is wrong with a value. Shown as: `expected 4 octets, found 3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// The value must have exactly this many octets.
    Length {
        /// Octets that the shape has.
        expected: usize,
        /// Octets that are there.
        found: usize,
    },
    /// The value must have at least this many octets.
    TooShort {
        /// Least octets that the shape allows.
        min: usize,
        /// Octets that are there.
        found: usize,
    },
    /// The value must be a multiple of this many octets.
    NotMultiple {
        /// Octets of one item.
        unit: usize,
        /// Octets that are there.
        found: usize,
    },
    /// The list must have at least this many items.
    TooFew {
        /// Least items that the shape allows.
        min: usize,
        /// Items that are there.
        found: usize,
    },
    /// A flag octet that is neither 0 nor 1.
    NotFlag(u8),
    /// A number outside its bounds.
    OutOfRange {
        /// Least value allowed.
        min: u32,
        /// Greatest value allowed.
        max: u32,
        /// The value that is there.
        found: u32,
    },
    /// An octet that is none of the values that the shape has.
    NotOneOf {
        /// The values it has.
        names: Names,
        /// The value that is there.
        found: u8,
    },
    /// A length octet that reaches past the end of the value.
    Overrun {
        /// Octets that the length says follow.
        claimed: usize,
        /// Octets that do.
        left: usize,
    },
    /// A prefix length over 32 (RFC 3442) or 128.
    PrefixLength {
        /// Greatest prefix length allowed.
        max: u8,
        /// The prefix length that is there.
        found: u8,
    },
    /// A label length octet with the reserved top bits `01` or `10` (RFC 1035 §4.1.4).
    LabelType(u8),
    /// A compression pointer where none is allowed, to itself, forwards or past the end (RFC 1035 §4.1.4).
    Pointer(u16),
    /// A name of more than 255 octets (RFC 1035 §2.3.4).
    NameTooLong,
    /// Names that compression makes more than 65,535 octets of: no message could carry them without.
    NamesTooLong,
    /// Octets that are left over after the last field.
    Trailing(usize),
    /// A selector octet that no arm of the shape stands for.
    NoSuchArm(u8),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Why::Length { expected, found } => write!(f, "expected {}, found {found}", octets(expected)),
            Why::TooShort { min, found } => write!(f, "expected at least {}, found {found}", octets(min)),
            Why::NotMultiple { unit, found } => {
                write!(f, "expected a multiple of {}, found {found}", octets(unit))
            }
            Why::TooFew { min: 1, found: 0 } => f.write_str("expected at least 1 item, found none"),
            Why::TooFew { min, found } => write!(f, "expected at least {min} items, found {found}"),
            Why::NotFlag(found) => write!(f, "flag is {found}, expected 0 or 1"),
            Why::OutOfRange { min, max, found } if max >= u32::from(u16::MAX) => {
                write!(f, "expected at least {min}, found {found}")
            }
            Why::OutOfRange { min, max, found } => write!(f, "expected {min} to {max}, found {found}"),
            Why::NotOneOf { names, found } => not_one_of(f, names, found),
            Why::Overrun { claimed, left } => {
                write!(f, "length says {}, found {left}", octets(claimed))
            }
            Why::PrefixLength { max, found } => {
                write!(f, "expected a prefix length of 0 to {max}, found {found}")
            }
            Why::LabelType(found) => {
                write!(f, "expected a label of 1 to 63 octets, found length octet {found:#04x}")
            }
            Why::Pointer(target) => {
                write!(f, "expected a pointer back to an earlier label, found one to octet {target}")
            }
            Why::NameTooLong => f.write_str("expected a name of at most 255 octets, found a longer one"),
            Why::NamesTooLong => f.write_str("expected names of at most 65535 octets in all, found more"),
            Why::Trailing(found) => write!(f, "expected the end of the value, found {} more", octets(found)),
            Why::NoSuchArm(found) => write!(f, "expected a type this option has, found {found}"),
        }
    }
}

/// `expected 1, 2, 4 or 8, found 3`.
fn not_one_of(f: &mut fmt::Formatter<'_>, names: Names, found: u8) -> fmt::Result {
    for (index, (number, _)) in names.iter().enumerate() {
        let before = match index {
            0 => "expected ",
            last if last + 1 == names.len() => " or ",
            _ => ", ",
        };
        write!(f, "{before}{number}")?;
    }
    write!(f, ", found {found}")
}

/// `1 octet`, `4 octets`.
fn octets(count: usize) -> impl fmt::Display {
    struct Octets(usize);
    impl fmt::Display for Octets {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{} octet{}", self.0, if self.0 == 1 { "" } else { "s" })
        }
    }
    Octets(count)
}

/// A value that its layout cannot read: where in the value, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueError {
    /// Octets from the start of the value to the fault.
    pub at: usize,
    /// What is wrong there.
    pub why: Why,
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "octet {}: {}", self.at, self.why)
    }
}

impl core::error::Error for ValueError {}

/// An option whose octets do not have the shape that its row in the table says.
/// Shown as: `ip-forwarding at offset 245: flag is 2, expected 0 or 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionError {
    /// The option.
    pub code: Code,
    /// Octets from the start of the datagram to the fault.
    pub offset: usize,
    /// What is wrong there.
    pub why: Why,
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at offset {}: {}", self.code, self.offset, self.why)
    }
}

impl core::error::Error for OptionError {}
