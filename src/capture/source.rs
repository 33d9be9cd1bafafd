//! The octets of an input, as many at a time as a header or a frame needs.

use std::io::{self, ErrorKind, Read};
use std::ops::Range;

const FIRST: usize = 64 << 10;

/// An input with a window into it: what was asked for with [`Source::fill`] lies there in one piece.
///
/// A range given by [`Source::take`] stays valid until the next `fill`, so that frames need not be copied.
pub(super) struct Source<'r> {
    input: Option<Box<dyn Read + 'r>>,
    window: Vec<u8>,
    start: usize,
    end: usize,
    /// The offset of `start` in the input.
    offset: u64,
}

impl<'r> Source<'r> {
    pub(super) fn new(input: Box<dyn Read + 'r>) -> Self {
        Self { input: Some(input), window: Vec::new(), start: 0, end: 0, offset: 0 }
    }

    /// A source whose octets are all there.
    pub(super) fn held(octets: Vec<u8>) -> Self {
        let end = octets.len();
        Self { input: None, window: octets, start: 0, end, offset: 0 }
    }

    /// Where the next octet is in the input.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// The octets in the window that are not consumed.
    pub(super) fn buffered(&self) -> &[u8] {
        self.window.get(self.start..self.end).unwrap_or_default()
    }

    /// Octets by a range from [`Source::take`].
    pub(super) fn get(&self, range: Range<usize>) -> &[u8] {
        self.window.get(range).unwrap_or_default()
    }

    /// Reads until `wanted` octets are in the window or the input ends; says how many there are.
    ///
    /// Reads no further than the input gives by itself, so that a pipe can be followed live.
    pub(super) fn fill(&mut self, wanted: usize) -> io::Result<usize> {
        let there = self.end - self.start;
        if there >= wanted || self.input.is_none() {
            return Ok(there);
        }
        self.make_room(wanted);
        while self.end - self.start < wanted && self.read_some()? > 0 {}
        Ok(self.end - self.start)
    }

    /// Consumes octets of the window and says where they lie in it.
    pub(super) fn take(&mut self, count: usize) -> Range<usize> {
        let taken = self.start..self.start.saturating_add(count).min(self.end);
        self.start = taken.end;
        self.offset += u64::try_from(taken.len()).unwrap_or(u64::MAX);
        taken
    }

    /// Passes over octets, holding none; says how many there were.
    pub(super) fn skip(&mut self, count: u64) -> io::Result<u64> {
        let mut left = count;
        while left > 0 {
            let there = self.fill(usize::try_from(left).unwrap_or(FIRST).min(FIRST))?;
            if there == 0 {
                break;
            }
            let taken = self.take(usize::try_from(left).unwrap_or(there).min(there));
            left -= u64::try_from(taken.len()).unwrap_or(left);
        }
        Ok(count - left)
    }

    /// Everything that is left, or `None` if that is more than `limit` octets.
    pub(super) fn rest(&mut self, limit: usize) -> io::Result<Option<Vec<u8>>> {
        let mut wanted = FIRST;
        while self.fill(wanted)? >= wanted {
            if wanted > limit {
                return Ok(None);
            }
            wanted = wanted.saturating_mul(2).min(limit.saturating_add(1));
        }
        let taken = self.take(usize::MAX);
        let mut rest = std::mem::take(&mut self.window);
        rest.truncate(taken.end);
        rest.drain(..taken.start);
        (self.start, self.end) = (0, 0);
        Ok((rest.len() <= limit).then_some(rest))
    }

    fn make_room(&mut self, wanted: usize) {
        if self.window.len() >= self.start + wanted {
            return;
        }
        self.window.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.window.len() < wanted.max(FIRST) {
            self.window.resize(wanted.max(FIRST), 0);
        }
    }

    fn read_some(&mut self) -> io::Result<usize> {
        let (Some(input), Some(free)) = (self.input.as_mut(), self.window.get_mut(self.end..)) else {
            return Ok(0);
        };
        loop {
            match input.read(free) {
                Ok(0) => {
                    self.input = None;
                    return Ok(0);
                }
                Ok(count) => {
                    self.end += count.min(free.len());
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Read for Source<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.fill(1)?;
        let taken = self.take(to.len());
        let from = self.get(taken);
        for (to, from) in to.iter_mut().zip(from) {
            *to = *from;
        }
        Ok(from.len())
    }
}
