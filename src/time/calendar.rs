//! What is due when: a calendar of small entries.
//!
//! Entries of one time come in the order in which they were put in, so that a run depends on nothing but its seed. A heap
//! holds what is due within a page of time; pages, sheets and books hold the rest unsorted, and are opened in turn:
//! putting in and taking out cost the same for a thousand entries and for a million.

use core::array;
use core::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};

use super::Instant;

/// A page is 2¹² µs, about 4 ms: even of a crowd that comes all at once the heap has little.
const PAGE: u32 = 12;
/// Leaves of a level, as a power of two: as many as a word has bits.
const LEAVES: u32 = 6;

/// A calendar.
#[derive(Clone, Debug)]
pub struct Calendar<T> {
    /// The page that is open, and what was put in late.
    heap: BinaryHeap<Entry<T>>,
    /// The pages of the sheet that is open, still to come.
    pages: Level<T>,
    /// The sheets of the book that is open, still to come: 64 pages each, about 0.3 s.
    sheets: Level<T>,
    /// 64 sheets each, about 17 s.
    books: BTreeMap<u64, Vec<Entry<T>>>,
    /// Emptied books, for their room.
    spare: Vec<Vec<Entry<T>>>,
    /// The page that is open.
    page: u64,
    next: u64,
    length: usize,
    /// The greatest length since room was given back.
    most: usize,
}

/// 64 neighbours, and which of them have something on them, a bit each.
#[derive(Clone, Debug)]
struct Level<T> {
    leaves: [Vec<Entry<T>>; 1 << LEAVES],
    written: u64,
}

#[derive(Clone, Debug)]
struct Entry<T> {
    at: Instant,
    number: u64,
    what: T,
}

impl<T> Calendar<T> {
    /// An empty calendar.
    #[must_use]
    pub fn new() -> Calendar<T> {
        Calendar {
            heap: BinaryHeap::new(),
            pages: Level::new(),
            sheets: Level::new(),
            books: BTreeMap::new(),
            spare: Vec::new(),
            page: 0,
            next: 0,
            length: 0,
            most: 0,
        }
    }

    /// Puts something in. What is due at a time that has passed comes next.
    pub fn push(&mut self, at: Instant, what: T) {
        let entry = Entry { at, number: self.next, what };
        self.next = self.next.wrapping_add(1);
        self.length = self.length.saturating_add(1);
        self.most = self.most.max(self.length);
        self.file(entry);
    }

    /// Takes out what is due first, if that is not after `until`.
    pub fn pop(&mut self, until: Instant) -> Option<(Instant, T)> {
        self.open();
        let due = self.heap.peek().is_some_and(|entry| entry.at <= until);
        let entry = if due { self.heap.pop() } else { None }?;
        self.length = self.length.saturating_sub(1);
        self.shrink();
        Some((entry.at, entry.what))
    }

    /// Opens the page that has what is due first, so that [`Calendar::first`] shows it.
    pub fn open(&mut self) {
        while self.heap.is_empty() && self.turn().is_some() {}
    }

    /// What is due first, once its page is open.
    #[must_use]
    pub fn first(&self) -> Option<(Instant, &T)> {
        self.heap.peek().map(|entry| (entry.at, &entry.what))
    }

    /// Keeps only what is wanted.
    pub fn retain(&mut self, mut wanted: impl FnMut(Instant, &T) -> bool) {
        let mut kept = 0;
        let mut keep = |entry: &Entry<T>| {
            let wanted = wanted(entry.at, &entry.what);
            kept += usize::from(wanted);
            wanted
        };
        self.heap.retain(&mut keep);
        self.filed().for_each(|entries| entries.retain(&mut keep));
        self.books.retain(|_, entries| !entries.is_empty());
        self.length = kept;
        self.shrink();
    }

    /// Gives room back if there was need for much more.
    fn shrink(&mut self) {
        /// Room for so many is let be.
        const FEW: usize = 1024;
        let room = self.length.max(FEW).saturating_mul(4);
        if self.most <= room {
            return;
        }
        self.most = self.length;
        self.spare.clear();
        self.heap.shrink_to(self.length);
        for entries in self.filed() {
            entries.shrink_to_fit();
        }
    }

    /// What is not in the heap, leaf by leaf.
    fn filed(&mut self) -> impl Iterator<Item = &mut Vec<Entry<T>>> {
        let leaves = self.pages.leaves.iter_mut().chain(&mut self.sheets.leaves);
        leaves.chain(self.books.values_mut())
    }

    /// Shows what is due next: leaf by leaf as time goes, in no order within a leaf, until there are so many or the open
    /// book ends. What was put in before and is due before the time that it gives has been shown.
    pub fn ahead(&self, most: usize, mut show: impl FnMut(&T)) -> Instant {
        let end = |page: u64| Instant::from_micros(page.saturating_add(1) << PAGE);
        self.heap.iter().for_each(|entry| show(&entry.what));
        let (mut count, mut page) = (self.heap.len(), self.page);
        for (width, level) in [(0, &self.pages), (LEAVES, &self.sheets)] {
            let open = page >> width;
            for number in open + 1..=open | ((1 << LEAVES) - 1) {
                if count >= most {
                    return end(page);
                }
                let entries = level.entries(number);
                entries.iter().for_each(|entry| show(&entry.what));
                count = count.saturating_add(entries.len());
                page = ((number + 1) << width) - 1;
            }
        }
        end(page)
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

    /// Puts an entry where it belongs.
    fn file(&mut self, entry: Entry<T>) {
        let page = entry.at.as_micros() >> PAGE;
        if page <= self.page {
            self.heap.push(entry);
        } else if page >> LEAVES == self.page >> LEAVES {
            self.pages.put(page, entry);
        } else if page >> (2 * LEAVES) == self.page >> (2 * LEAVES) {
            self.sheets.put(page >> LEAVES, entry);
        } else {
            let spare = &mut self.spare;
            let book = self.books.entry(page >> (2 * LEAVES));
            book.or_insert_with(|| spare.pop().unwrap_or_default()).push(entry);
        }
    }

    /// Opens the next page that has something on it, or the next sheet or book; none if there is none.
    fn turn(&mut self) -> Option<()> {
        if let Some((page, entries)) = self.pages.next(self.page) {
            self.page = page;
            self.heap.extend(entries.drain(..));
            return Some(());
        }
        if let Some((sheet, entries)) = self.sheets.next(self.page >> LEAVES) {
            let mut entries = core::mem::take(entries);
            self.page = sheet << LEAVES;
            entries.drain(..).for_each(|entry| self.file(entry));
            self.sheets.give_back(sheet, entries);
            return Some(());
        }
        let (book, mut entries) = self.books.pop_first()?;
        self.page = book << (2 * LEAVES);
        entries.drain(..).for_each(|entry| self.file(entry));
        self.spare.push(entries);
        Some(())
    }
}

impl<T> Level<T> {
    fn new() -> Level<T> {
        Level { leaves: array::from_fn(|_| Vec::new()), written: 0 }
    }

    fn put(&mut self, number: u64, entry: Entry<T>) {
        self.written |= 1 << leaf(number);
        if let Some(leaf) = self.leaf(number) {
            leaf.push(entry);
        }
    }

    /// The first leaf behind this one that has something on it, and its number; it counts as empty from here on.
    fn next(&mut self, number: u64) -> Option<(u64, &mut Vec<Entry<T>>)> {
        // In two steps, since behind the last leaf there is none.
        let behind = self.written & (u64::MAX << leaf(number) << 1);
        if behind == 0 {
            return None;
        }
        let next = behind.trailing_zeros();
        self.written &= !(1 << next);
        let number = number & !u64::from(leaf(u64::MAX)) | u64::from(next);
        Some((number, self.leaf(number)?))
    }

    /// Gives the room of a leaf back.
    fn give_back(&mut self, number: u64, entries: Vec<Entry<T>>) {
        if let Some(leaf) = self.leaf(number) {
            *leaf = entries;
        }
    }

    /// What is on a leaf.
    fn entries(&self, number: u64) -> &[Entry<T>] {
        let leaf = usize::try_from(leaf(number)).ok().and_then(|leaf| self.leaves.get(leaf));
        leaf.map_or(&[], Vec::as_slice)
    }

    fn leaf(&mut self, number: u64) -> Option<&mut Vec<Entry<T>>> {
        self.leaves.get_mut(usize::try_from(leaf(number)).ok()?)
    }
}

/// The place of a page or sheet among its neighbours.
fn leaf(number: u64) -> u32 {
    u32::try_from(number & ((1 << LEAVES) - 1)).unwrap_or_default()
}

impl<T> Default for Calendar<T> {
    fn default() -> Calendar<T> {
        Calendar::new()
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
            let mut calendar = Calendar::new();
            let mut want: Vec<(Instant, u64)> = Vec::new();
            let mut now = Instant::EPOCH;
            for number in 0..4000 {
                let at = Instant::from_micros(now.as_micros() + rng.next_u64() % spread);
                calendar.push(at, number);
                want.push((at, number));
                if number % 3 == 0 {
                    want.sort();
                    let (at, first) = want.remove(0);
                    assert_eq!(Some((at, first)), calendar.pop(Instant::NEVER), "spread {spread}");
                    now = at;
                }
            }
            assert_eq!(want.len(), calendar.len());
            want.sort();
            let left: Vec<_> = std::iter::from_fn(|| calendar.pop(Instant::NEVER)).collect();
            assert_eq!(want, left, "spread {spread}");
            assert!(calendar.is_empty());
        }
    }

    #[test]
    fn all_that_is_due_before_a_time_is_shown_ahead() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for (spread, most) in [(1 << 11, 10), (1 << 16, 10), (1 << 23, 1), (1 << 23, 50), (1 << 30, 10)] {
            let (mut calendar, mut all) = (Calendar::new(), Vec::new());
            for number in 0..500 {
                let at = Instant::from_micros(rng.next_u64() % spread);
                calendar.push(at, number);
                all.push((at, number));
            }
            while let Some((now, number)) = calendar.pop(Instant::NEVER) {
                all.retain(|entry| *entry != (now, number));
                let mut shown = Vec::new();
                let until = calendar.ahead(most, |number| shown.push(*number));
                assert!(until > now);
                let due = all.iter().filter(|(at, _)| *at < until);
                let mut due: Vec<_> = due.map(|(_, number)| *number).collect();
                due.sort_unstable();
                shown.sort_unstable();
                assert_eq!(due, shown, "spread {spread}, until {until}");
            }
        }
    }

    #[test]
    fn what_is_due_later_stays() {
        let mut calendar = Calendar::new();
        calendar.push(Instant::from_secs(90), 'b');
        assert_eq!(None, calendar.pop(Instant::from_secs(89)));
        calendar.push(Instant::from_secs(30), 'a');
        assert_eq!(Some((Instant::from_secs(30), 'a')), calendar.pop(Instant::from_secs(89)));
        assert_eq!(Some((Instant::from_secs(90), 'b')), calendar.pop(Instant::from_secs(90)));
    }
}
