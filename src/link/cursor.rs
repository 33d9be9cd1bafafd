//! A place in a frame: what is left of it and how far it is from the start.

use super::{Fault, Layer, LinkError};

/// The rest of a frame and its offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) rest: &'a [u8],
    pub(super) offset: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(rest: &'a [u8]) -> Self {
        Self { rest, offset: 0 }
    }

    /// The next `N` octets, or the fault that they are cut.
    pub(super) fn take<const N: usize>(&mut self, layer: Layer) -> Result<&'a [u8; N], LinkError> {
        let Some((head, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.cut(layer, N));
        };
        self.rest = rest;
        self.offset += N;
        Ok(head)
    }

    /// The next `len` octets, or the fault that they are cut.
    pub(super) fn slice(&mut self, layer: Layer, len: usize) -> Result<&'a [u8], LinkError> {
        let Some((head, rest)) = self.rest.split_at_checked(len) else {
            return Err(self.cut(layer, len));
        };
        self.rest = rest;
        self.offset += len;
        Ok(head)
    }

    pub(super) fn u16(&mut self, layer: Layer) -> Result<u16, LinkError> {
        Ok(u16::from_be_bytes(*self.take(layer)?))
    }

    const fn cut(&self, layer: Layer, expected: usize) -> LinkError {
        let fault = Fault::Cut { expected, found: self.rest.len() };
        LinkError::Damaged { layer, offset: self.offset, fault }
    }
}
