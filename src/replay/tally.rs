//! Differences by what differs: how often, and how.

use std::collections::BTreeMap;

use super::difference::{Differs, Facet};

/// The most different pairs of values that are kept for each thing.
const MOST_PAIRS: usize = 4;

/// What a thing was and is; none where it is not there.
type Pair = (Option<String>, Option<String>);

/// Counts differences, in an order that does not depend on theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Facet, Group>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Group {
    /// Each pair with how often it was seen, the first seen first.
    pairs: Vec<(Pair, u64)>,
    /// Pairs for which there was no room.
    others: u64,
}

/// A line of a tally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted<'a> {
    /// What differs.
    pub facet: Facet,
    /// What it was and is; none for all pairs of which there are too many to be told one by one.
    pub pair: Option<(Option<&'a str>, Option<&'a str>)>,
    /// In how many messages.
    pub count: u64,
}

impl Tally {
    /// Counts the differences of one message.
    pub fn add(&mut self, found: &[Differs]) {
        for Differs { facet, before, now } in found {
            let group = self.0.entry(*facet).or_default();
            let room = group.pairs.len() < MOST_PAIRS;
            let known = group.pairs.iter_mut().find(|((first, second), _)| first == before && second == now);
            match known {
                Some((_, count)) => *count = count.saturating_add(1),
                None if room => {
                    group.pairs.push(((before.clone(), now.clone()), 1));
                }
                None => group.others = group.others.saturating_add(1),
            }
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lines, by what differs.
    pub fn lines(&self) -> impl Iterator<Item = Counted<'_>> {
        self.0.iter().flat_map(|(facet, group)| {
            let pairs = group.pairs.iter().map(|((before, now), count)| Counted {
                facet: *facet,
                pair: Some((before.as_deref(), now.as_deref())),
                count: *count,
            });
            let others = Counted { facet: *facet, pair: None, count: group.others };
            pairs.chain((group.others > 0).then_some(others))
        })
    }
}
