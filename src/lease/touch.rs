//! Reading ahead of need.
//!
//! A processor waits for each piece of memory that is not in its cache, and a chain of them is waited for link by link.
//! Pieces that have nothing to do with each other it fetches together, if it meets them close to each other. So what
//! will be needed for many clients one after the other is better touched for all of them before.

use core::hint::black_box;

/// Reads something and makes nothing of it.
#[inline]
pub(crate) fn touch<T>(thing: T) {
    black_box(thing);
}
