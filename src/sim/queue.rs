//! What is due when: a calendar of small entries.
//!
//! Entries of one time come in the order in which they were put in, so that a run depends on nothing but its seed. A heap
//! holds what is due within a page of time, pages hold the rest unsorted: putting in and taking out cost the same for a
//! thousand entries and for a million.

use core::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};

use crate::time::Instant;

/// A page is 2¹² µs, about 4 ms: even of a crowd that comes all at once the heap has little.
const PAGE: u32 = 12;
/// A sheet is 4096 pages, about 17 s.
const SHEET: u32 = 24;

/// A calendar.
#[derive(Debug)]
pub struct Queue<T> {
    /// The page that is open, and what was put in late.
    heap: BinaryHeap<Entry<T>>,
    /// The pages of the open sheet that are still to come; the number of a page within it is its place.
    pages: Vec<Vec<Entry<T>>>,
    sheets: BTreeMap<u64, Vec<Entry<T>>>,
    /// Emptied sheets, for their room.
    spare: Vec<Vec<Entry<T>>>,
    page: u64,
    next: u64,
    length: usize,
}

#[derive(Debug)]
struct Entry<T> {
    at: Instant,
    number: u64,
    what: T,
}

impl<T> Queue<T> {
    /// An empty calendar.
    #[must_use]
    pub fn new() -> Queue<T> {
        let pages = (0..1_u32 << (SHEET - PAGE)).map(|_| Vec::new()).collect();
        let (heap, sheets, spare) = (BinaryHeap::new(), BTreeMap::new(), Vec::new());
        Queue { heap, pages, sheets, spare, page: 0, next: 0, length: 0 }
    }

    /// Puts something in. What is due at a time that has passed comes next.
    pub fn push(&mut self, at: Instant, what: T) {
        let entry = Entry { at, number: self.next, what };
        self.next = self.next.wrapping_add(1);
        self.length = self.length.saturating_add(1);
        let page = at.as_micros() >> PAGE;
        if page <= self.page {
            self.heap.push(entry);
        } else if page >> (SHEET - PAGE) == self.page >> (SHEET - PAGE) {
            self.file(page, entry);
        } else {
            let spare = &mut self.spare;
            let sheet = self.sheets.entry(at.as_micros() >> SHEET);
            sheet.or_insert_with(|| spare.pop().unwrap_or_default()).push(entry);
        }
    }

    /// Takes out what is due first, if that is not after `until`.
    pub fn pop(&mut self, until: Instant) -> Option<(Instant, T)> {
        while self.heap.is_empty() {
            self.turn()?;
        }
        let due = self.heap.peek().is_some_and(|entry| entry.at <= until);
        let entry = if due { self.heap.pop() } else { None }?;
        self.length = self.length.saturating_sub(1);
        Some((entry.at, entry.what))
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Opens the next page that has something on it; none if there is none.
    fn turn(&mut self) -> Option<()> {
        let last = self.page | place(u64::MAX);
        while self.page < last {
            self.page = self.page.saturating_add(1);
            let page = usize::try_from(place(self.page)).ok().and_then(|place| self.pages.get_mut(place))?;
            if !page.is_empty() {
                self.heap.extend(page.drain(..));
                return Some(());
            }
        }
        let (number, mut sheet) = self.sheets.pop_first()?;
        self.page = number << (SHEET - PAGE);
        for entry in sheet.drain(..) {
            let page = entry.at.as_micros() >> PAGE;
            if page == self.page {
                self.heap.push(entry);
            } else {
                self.file(page, entry);
            }
        }
        self.spare.push(sheet);
        Some(())
    }

    fn file(&mut self, page: u64, entry: Entry<T>) {
        let place = usize::try_from(place(page)).ok();
        if let Some(page) = place.and_then(|place| self.pages.get_mut(place)) {
            page.push(entry);
        }
    }
}

/// The place of a page in its sheet.
fn place(page: u64) -> u64 {
    page & ((1 << (SHEET - PAGE)) - 1)
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        Queue::new()
    }
}

/// The heap gives the greatest first: that is the earliest.
impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Entry<T> {}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    use super::*;

    #[test]
    fn entries_come_by_time_and_then_by_number() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for spread in [1, 1 << 10, 1 << 18, 1 << 27, 1 << 40] {
            let mut queue = Queue::new();
            let mut want: Vec<(Instant, u64)> = Vec::new();
            let mut now = Instant::EPOCH;
            for number in 0..4000 {
                let at = Instant::from_micros(now.as_micros() + rng.next_u64() % spread);
                queue.push(at, number);
                want.push((at, number));
                if number % 3 == 0 {
                    want.sort();
                    let (at, first) = want.remove(0);
                    assert_eq!(Some((at, first)), queue.pop(Instant::NEVER), "spread {spread}");
                    now = at;
                }
            }
            assert_eq!(want.len(), queue.len());
            want.sort();
            let left: Vec<_> = std::iter::from_fn(|| queue.pop(Instant::NEVER)).collect();
            assert_eq!(want, left, "spread {spread}");
            assert!(queue.is_empty());
        }
    }

    #[test]
    fn what_is_due_later_stays() {
        let mut queue = Queue::new();
        queue.push(Instant::from_secs(90), 'b');
        assert_eq!(None, queue.pop(Instant::from_secs(89)));
        queue.push(Instant::from_secs(30), 'a');
        assert_eq!(Some((Instant::from_secs(30), 'a')), queue.pop(Instant::from_secs(89)));
        assert_eq!(Some((Instant::from_secs(90), 'b')), queue.pop(Instant::from_secs(90)));
    }
}
