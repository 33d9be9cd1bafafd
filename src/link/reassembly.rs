//! Joining IPv4 fragments (RFC 791 §3.2), in bounded memory whatever comes in.
//!
//! A fragment that contradicts what is held (other octets at the same place, another end) starts its packet
//! afresh: octets of two packets are never mixed where they overlap, and an identification used again is read.

use std::collections::VecDeque;

use super::{Fragment, FragmentKey};

/// How many packets may be incomplete at a time; the oldest is given up for the next.
pub const MAX_PENDING: usize = 64;

/// How long a packet may stay incomplete, in nanoseconds (RFC 1122 §3.3.2: 60 to 120 s).
pub const TIMEOUT_NS: u64 = 60_000_000_000;

const BLOCK: usize = 8;
const BLOCKS: usize = 65_536 / BLOCK;

/// Packets of which some fragments are missing: at most [`MAX_PENDING`], of 65,535 octets each.
#[derive(Debug, Default)]
pub struct Reassembly {
    pending: VecDeque<Pending>,
}

#[derive(Debug)]
struct Pending {
    key: FragmentKey,
    since: Option<u64>,
    data: Vec<u8>,
    /// One bit for each 8 octets of `data` that are there.
    present: Vec<u64>,
    /// The length of the whole, once the last fragment is there.
    length: Option<usize>,
}

impl Reassembly {
    /// Nothing pending.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many packets are incomplete.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Takes a fragment; gives the data of the whole packet when this completes it.
    ///
    /// `now` is the time of the fragment in nanoseconds, where it is known. A fragment cut by the capture
    /// can't be part of a whole and is left out.
    pub fn push(&mut self, fragment: &Fragment<'_>, now: Option<u64>) -> Option<Vec<u8>> {
        if fragment.missing > 0 || fragment.data.is_empty() {
            return None;
        }
        let at = self.pending.iter().position(|pending| pending.key == fragment.key);
        let mut pending = match at.and_then(|at| self.pending.remove(at)) {
            Some(held) if held.accepts(fragment, now) => held,
            _ => Pending::new(fragment.key, now),
        };
        pending.put(fragment);
        if pending.is_whole() {
            return Some(pending.data);
        }
        if self.pending.len() >= MAX_PENDING {
            self.pending.pop_front();
        }
        self.pending.push_back(pending);
        None
    }
}

impl Pending {
    fn new(key: FragmentKey, since: Option<u64>) -> Self {
        let present = vec![0; BLOCKS.div_ceil(64)];
        Self { key, since, data: Vec::new(), present, length: None }
    }

    /// True if the fragment is in time and contradicts nothing.
    fn accepts(&self, fragment: &Fragment<'_>, now: Option<u64>) -> bool {
        let age = now.zip(self.since).map_or(0, |(now, since)| now.abs_diff(since));
        let end = fragment.offset + fragment.data.len();
        let fits = match self.length {
            Some(length) if fragment.more => end <= length,
            Some(length) => end == length,
            None => fragment.more || self.data.len() <= end,
        };
        age <= TIMEOUT_NS && fits && self.agrees(fragment)
    }

    fn agrees(&self, fragment: &Fragment<'_>) -> bool {
        let held = self.data.get(fragment.offset..).unwrap_or_default();
        let first = fragment.offset / BLOCK;
        let pairs = fragment.data.chunks(BLOCK).zip(held.chunks(BLOCK));
        pairs
            .enumerate()
            .all(|(at, (new, old))| !self.has(first + at) || new.iter().zip(old).all(|(new, old)| new == old))
    }

    fn put(&mut self, fragment: &Fragment<'_>) {
        let end = fragment.offset + fragment.data.len();
        if self.data.len() < end {
            self.data.resize(end, 0);
        }
        if let Some(place) = self.data.get_mut(fragment.offset..end) {
            place.copy_from_slice(fragment.data);
        }
        for block in fragment.offset / BLOCK..end.div_ceil(BLOCK) {
            if let Some(word) = self.present.get_mut(block / 64) {
                *word |= 1 << (block % 64);
            }
        }
        if !fragment.more {
            self.length = Some(end);
        }
    }

    fn has(&self, block: usize) -> bool {
        self.present.get(block / 64).is_some_and(|word| word >> (block % 64) & 1 == 1)
    }

    fn is_whole(&self) -> bool {
        let present: u32 = self.present.iter().map(|word| word.count_ones()).sum();
        let needed = self.length.map(|length| length.div_ceil(BLOCK));
        needed.is_some() && needed == usize::try_from(present).ok()
    }
}
