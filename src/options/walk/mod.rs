//! Walking a value by its layout: the one decoder that everything else hangs on.
//!
//! [`walk`] checks every octet against the layout and tells a [`Sink`] what stands where. With the empty sink it is
//! the check; [`tree`](super::tree) builds what is printed. Layouts nest to a fixed depth, since they are constants,
//! and each step takes at least one octet: no input can make it loop (reliability property P2).

mod common;
mod parts;
mod scalar;
mod sink;

use super::error::ValueError;
use super::layout::Layout;
pub(super) use common::Common;
pub use common::walk_option;
use parts::walk_parts;
use scalar::plain;
pub(super) use scalar::{named, read};
pub use sink::{Group, Leaf, Reader, Sink};

/// Checks `octets` against `layout` and tells `sink` what stands where.
///
/// # Errors
///
/// [`ValueError`] at the first octet that does not fit; what stands before it has been told.
#[inline]
pub fn walk<'a, S: Sink<'a>>(layout: &Layout, octets: &'a [u8], sink: &mut S) -> Result<(), ValueError> {
    match plain(layout, octets, "", 0, sink) {
        Some(Ok(())) => Ok(()),
        Some(Err(why)) => Err(ValueError { at: 0, why }),
        None => walk_parts(layout, octets, sink),
    }
}
