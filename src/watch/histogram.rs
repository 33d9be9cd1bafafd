//! Counts by size, in the manner of Prometheus: how many were at most so much, for a few bounds.

/// A histogram over whole numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    bounds: &'static [u64],
    /// How many were within each bound and beyond the one before; the last counts what is beyond all.
    counts: Vec<u64>,
    sum: u64,
    most: u64,
}

impl Histogram {
    /// Nothing counted yet. The bounds go up.
    #[must_use]
    pub fn new(bounds: &'static [u64]) -> Histogram {
        Histogram { bounds, counts: vec![0; bounds.len() + 1], sum: 0, most: 0 }
    }

    /// Counts a number.
    pub fn record(&mut self, number: u64) {
        let place = self.bounds.partition_point(|bound| *bound < number);
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        }
        self.sum = self.sum.saturating_add(number);
        self.most = self.most.max(number);
    }

    /// How many were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// What they add up to.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// The largest.
    #[must_use]
    pub fn most(&self) -> u64 {
        self.most
    }

    /// For each bound how many were within it; those beyond all are in [`Histogram::count`] only.
    pub fn within(&self) -> impl Iterator<Item = (u64, u64)> {
        let mut total = 0;
        self.bounds.iter().zip(&self.counts).map(move |(bound, count)| {
            total += count;
            (*bound, total)
        })
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn each_bound_counts_what_is_within_it() {
        let mut histogram = Histogram::new(&[1, 10, 100]);
        for number in [1, 2, 10, 11, 1000] {
            histogram.record(number);
        }
        assert_eq!(vec![(1, 1), (10, 3), (100, 4)], histogram.within().collect::<Vec<_>>());
        assert_eq!((5, 1024, 1000), (histogram.count(), histogram.sum(), histogram.most()));
    }
}
