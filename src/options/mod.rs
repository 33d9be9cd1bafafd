//! Options: one table, the layouts of their values, and the areas they stand in (RFC 2132, RFC 3396).
//!
//! Each option is a row of [`TABLE`] and nowhere else (`docs/architecture.md`, law 4). Its [`Layout`] is data, and
//! everything follows it: [`walk`](walk::walk) checks and reads, [`compose`] writes, [`tree`](tree::tree) shows.

pub mod area;
pub mod compose;
pub mod describe;
pub mod error;
pub mod layout;
pub mod location;
pub mod lookup;
pub mod name;
pub mod registries;
pub mod shape;
mod shapes;
mod spaces;
mod table;
pub mod text;
pub mod tree;
pub mod value;
mod vendor;
pub mod walk;

use core::fmt;
use core::marker::PhantomData;

pub(crate) use area::Options;
pub use area::{Segment, Segments};
pub use error::{OptionError, ValueError, Why};
pub use layout::Layout;
pub use shape::Shape;
pub use table::*;
pub use value::Value;

/// The code of an option, 0 to 255. Shown by its name if it has one: `router`, `option-224`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u8);

impl Code {
    /// One octet of nothing (RFC 2132 §3.1).
    pub const PAD: Code = Code(0);
    /// Ends an area (RFC 2132 §3.2).
    pub const END: Code = Code(255);

    /// The option's row in the table, if IANA has registered the code.
    #[must_use]
    pub fn row(self) -> Option<&'static Row> {
        by_code(self)
    }

    /// What the option's octets mean; octets without structure where nobody says.
    #[must_use]
    #[inline]
    pub fn layout(self) -> &'static Layout {
        layout_of(self)
    }

    #[inline]
    fn common(self) -> walk::Common {
        common_of(self)
    }

    /// The code of a name or a number in decimal, `option-224` too.
    #[must_use]
    pub fn parse(text: &str) -> Option<Code> {
        let number = text.strip_prefix("option-").unwrap_or(text);
        by_name(text).map(|row| row.code).or_else(|| number.parse().ok().map(Code))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some(row) => f.pad(row.name),
            None => f.pad(&format!("option-{}", self.0)),
        }
    }
}

/// Where something is defined. Shown as `RFC 2132 §3.3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// An RFC and a section of it; an empty section means all of it.
    Rfc(u16, &'static str),
    /// Another document.
    Document(&'static str),
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::Rfc(number, "") => write!(f, "RFC {number}"),
            Reference::Rfc(number, section) => write!(f, "RFC {number} §{section}"),
            Reference::Document(name) => f.write_str(name),
        }
    }
}

/// A row of the table: all that is known of an option.
#[derive(Debug)]
pub struct Row {
    /// Its code.
    pub code: Code,
    /// Its name, as IANA registers it, in lower case with hyphens.
    pub name: &'static str,
    /// What its octets mean.
    pub layout: Layout,
    /// Where it is defined.
    pub reference: Reference,
    /// What it is for, in one sentence.
    pub meaning: &'static str,
    /// An example of its value in hex.
    pub example: &'static str,
}

/// An option with the Rust type of its value.
pub struct Key<T> {
    /// Its code.
    pub code: Code,
    shape: PhantomData<fn() -> T>,
}

impl<T> Key<T> {
    /// The key of `code`, whose row has the layout of `T`.
    #[must_use]
    pub const fn new(code: u8) -> Key<T> {
        Key { code: Code(code), shape: PhantomData }
    }
}

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

impl<T> fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.code)
    }
}

/// The name nearest to `text` by edit distance, if one is near enough to be meant.
pub fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let length = text.chars().count();
    let most = |name: &str| 1 + name.len() / 4;
    names
        // The distance is at least the difference in length, and takes time and memory with the length of both.
        .filter(|name| length.abs_diff(name.chars().count()) <= most(name))
        .map(|name| (strsim::damerau_levenshtein(&text, name), name))
        .filter(|(distance, name)| *distance <= most(name))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.to_owned())
}
