//! What is kept of addresses, found by the address alone: pages of 64 neighbours, made when one of them is used and
//! dropped with the last, so that room goes by what is used and not by what could be.

use core::net::Ipv4Addr;
use std::collections::HashMap;

use super::hash::ByAddress;

/// Addresses a page.
const PAGE: u32 = 64;

/// A thing an address.
#[derive(Clone, Debug)]
pub(super) struct Pages<T> {
    pages: HashMap<u32, Page<T>, ByAddress>,
    used: usize,
}

#[derive(Clone, Debug)]
struct Page<T> {
    things: Box<[Option<Box<T>>]>,
    used: u32,
}

impl<T> Default for Pages<T> {
    fn default() -> Pages<T> {
        Pages { pages: HashMap::default(), used: 0 }
    }
}

/// The page of an address, and its place there.
fn place(address: Ipv4Addr) -> (u32, usize) {
    let number = u32::from(address);
    (number / PAGE, usize::try_from(number % PAGE).unwrap_or_default())
}

impl<T> Pages<T> {
    /// How many addresses have something.
    pub(super) fn len(&self) -> usize {
        self.used
    }

    /// How many pages there are.
    #[cfg(test)]
    pub(super) fn pages(&self) -> usize {
        self.pages.len()
    }

    /// What an address has.
    pub(super) fn get(&self, address: Ipv4Addr) -> Option<&T> {
        let (page, at) = place(address);
        self.pages.get(&page)?.things.get(at)?.as_deref()
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, address: Ipv4Addr) -> Option<&mut T> {
        let (page, at) = place(address);
        self.pages.get_mut(&page)?.things.get_mut(at)?.as_deref_mut()
    }

    /// Whether an address has something.
    pub(super) fn has(&self, address: Ipv4Addr) -> bool {
        self.get(address).is_some()
    }

    /// Gives an address something; what it had.
    pub(super) fn insert(&mut self, address: Ipv4Addr, thing: Box<T>) -> Option<Box<T>> {
        let (number, at) = place(address);
        let page = self.pages.entry(number).or_insert_with(|| Page {
            things: core::iter::repeat_with(|| None)
                .take(usize::try_from(PAGE).unwrap_or_default())
                .collect(),
            used: 0,
        });
        let before = page.things.get_mut(at)?.replace(thing);
        if before.is_none() {
            page.used = page.used.saturating_add(1);
            self.used = self.used.saturating_add(1);
        }
        before
    }

    /// Takes what an address has.
    pub(super) fn remove(&mut self, address: Ipv4Addr) -> Option<Box<T>> {
        let (number, at) = place(address);
        let page = self.pages.get_mut(&number)?;
        let thing = page.things.get_mut(at)?.take()?;
        page.used = page.used.saturating_sub(1);
        self.used = self.used.saturating_sub(1);
        if page.used == 0 {
            self.pages.remove(&number);
        }
        Some(thing)
    }

    /// All of them, in the order of the addresses.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Ipv4Addr, &T)> {
        let mut pages: Vec<(&u32, &Page<T>)> = self.pages.iter().collect();
        pages.sort_unstable_by_key(|(number, _)| **number);
        pages.into_iter().flat_map(|(number, page)| {
            let addresses = (number.saturating_mul(PAGE)..).map(Ipv4Addr::from);
            addresses.zip(&page.things).filter_map(|(address, thing)| Some((address, thing.as_deref()?)))
        })
    }

    /// All of them, in the order of the addresses, to be kept elsewhere.
    pub(super) fn into_things(self) -> impl Iterator<Item = (Ipv4Addr, Box<T>)> {
        let mut pages: Vec<(u32, Page<T>)> = self.pages.into_iter().collect();
        pages.sort_unstable_by_key(|(number, _)| *number);
        pages.into_iter().flat_map(|(number, page)| {
            let addresses = (number.saturating_mul(PAGE)..).map(Ipv4Addr::from);
            addresses.zip(page.things).filter_map(|(address, thing)| Some((address, thing?)))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pages_do_what_a_map_does(steps in prop::collection::vec((any::<bool>(), any::<u8>(), 0u8..3), 0..300)) {
            let (mut pages, mut model) = (Pages::default(), BTreeMap::new());
            for (step, (insert, low, high)) in steps.into_iter().enumerate() {
                // Both ends of what addresses there are, and between them.
                let address = Ipv4Addr::new([0, 10, 255][usize::from(high)], high.wrapping_neg(), 255, low);
                let before = match insert {
                    true => (pages.insert(address, Box::new(step)), model.insert(address, step)),
                    false => (pages.remove(address), model.remove(&address)),
                };
                prop_assert_eq!(before.0.map(|thing| *thing), before.1);
                prop_assert_eq!(pages.len(), model.len());
                prop_assert_eq!(pages.get(address), model.get(&address));
            }
            prop_assert!(pages.iter().eq(model.iter().map(|(address, thing)| (*address, thing))));
            let left = model.keys().map(|address| u32::from(*address) / PAGE);
            prop_assert_eq!(left.collect::<std::collections::BTreeSet<_>>().len(), pages.pages.len());
            prop_assert!(pages.into_things().map(|(address, thing)| (address, *thing)).eq(model));
        }
    }
}
