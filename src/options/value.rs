//! Values read in place: what a receiver wants of an option, without allocating.

use core::ops::Range;

use super::error::{ValueError, Why};
use super::layout::{Layout, Scalar};
use super::walk::{Leaf, Sink, read, walk};

/// A value that has been checked against its layout.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// No octets: the option's presence is the value.
    Empty,
    /// One value without parts.
    Leaf(Leaf<'a>),
    /// Parts, to be told by [`Parts::walk`].
    Parts(Parts<'a>),
}

/// A value with parts: checked octets and their layout.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    layout: &'static Layout,
    octets: &'a [u8],
}

impl<'a> Parts<'a> {
    /// The octets.
    #[must_use]
    pub fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// Tells `sink` what stands where.
    pub fn walk<S: Sink<'a>>(&self, sink: &mut S) {
        // The octets have been checked, and walking does not change them.
        let _ = walk(self.layout, self.octets, sink);
    }

    /// Calls `each` with every value without parts, in order.
    pub fn leaves(&self, each: impl FnMut(&'static str, Leaf<'a>)) {
        self.walk(&mut Leaves(each));
    }
}

struct Leaves<F>(F);

impl<'a, F: FnMut(&'static str, Leaf<'a>)> Sink<'a> for Leaves<F> {
    fn leaf(&mut self, name: &'static str, _: Range<usize>, leaf: Leaf<'a>) {
        self.0(name, leaf);
    }

    fn open(&mut self, _: &'static str, _: usize, _: super::walk::Group) {}

    fn close(&mut self, _: usize) {}
}

/// Keeps the one leaf that a scalar has.
struct Only<'a>(Value<'a>);

impl<'a> Sink<'a> for Only<'a> {
    #[inline(always)]
    fn leaf(&mut self, _: &'static str, _: Range<usize>, leaf: Leaf<'a>) {
        self.0 = Value::Leaf(leaf);
    }

    fn open(&mut self, _: &'static str, _: usize, _: super::walk::Group) {}

    fn close(&mut self, _: usize) {}
}

impl<'a> Value<'a> {
    /// Checks `octets` against `layout` and reads them in place.
    ///
    /// # Errors
    ///
    /// [`ValueError`] if they do not fit.
    #[inline(always)]
    pub fn read(layout: &'static Layout, octets: &'a [u8]) -> Result<Value<'a>, ValueError> {
        match *layout {
            Layout::Scalar(scalar) => {
                let mut value = Only(Value::Empty);
                match read(&scalar, octets, "", 0..octets.len(), &mut value) {
                    Ok(()) => Ok(value.0),
                    Err(why) => Err(ValueError { at: 0, why }),
                }
            }
            Layout::Text { min } if octets.len() >= min => Ok(Value::Leaf(Leaf::Text(octets))),
            Layout::Octets { min } if octets.len() >= min => Ok(Value::Leaf(Leaf::Octets(octets))),
            Layout::Repeat { item: Layout::Scalar(Scalar::Address), min } => list(layout, octets, 4, min),
            Layout::Repeat { item: Layout::Scalar(Scalar::Code), min } => list(layout, octets, 1, min),
            Layout::Empty if octets.is_empty() => Ok(Value::Empty),
            _ => {
                walk(layout, octets, &mut ())?;
                Ok(Value::Parts(Parts { layout, octets }))
            }
        }
    }
}

/// A list whose items have `unit` octets and no bounds.
#[inline(always)]
fn list<'a>(
    layout: &'static Layout,
    octets: &'a [u8],
    unit: usize,
    min: usize,
) -> Result<Value<'a>, ValueError> {
    let found = octets.len();
    if !found.is_multiple_of(unit) {
        return Err(ValueError { at: 0, why: Why::NotMultiple { unit, found } });
    }
    if found < min * unit {
        return Err(ValueError { at: 0, why: Why::TooFew { min, found: found / unit } });
    }
    Ok(Value::Parts(Parts { layout, octets }))
}
