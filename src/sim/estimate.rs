//! What many runs say together: a mean, and how far it may be off.

/// A number as a float; exact up to 2⁵³.
#[must_use]
pub fn real(number: u64) -> f64 {
    let half = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    half(number >> 32) * 4_294_967_296.0 + half(number & 0xffff_ffff)
}

/// A share, 0 of nothing.
#[must_use]
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { real(part) / real(whole) }
}

/// A mean over runs with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Half the width of the interval in which the true mean lies 95 times in 100; none for fewer than two runs.
    pub half: Option<f64>,
}

impl Estimate {
    /// Of what each run found, which is independent of the others.
    #[must_use]
    pub fn of(found: &[f64]) -> Estimate {
        let count = real(u64::try_from(found.len()).unwrap_or(u64::MAX));
        if found.is_empty() {
            return Estimate { mean: 0.0, half: None };
        }
        let mean = found.iter().sum::<f64>() / count;
        let squares: f64 = found.iter().map(|one| (one - mean) * (one - mean)).sum();
        let half = (found.len() > 1)
            .then(|| student(found.len().saturating_sub(1)) * libm::sqrt(squares / (count - 1.0) / count));
        Estimate { mean, half }
    }

    /// Whether a value lies in the interval.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        self.half.is_some_and(|half| (self.mean - value).abs() <= half)
    }
}

/// The 97.5th percentile of Student's distribution with so many degrees of freedom.
fn student(freedom: usize) -> f64 {
    const FIRST: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
    let exact = freedom.checked_sub(1).and_then(|place| FIRST.get(place)).copied();
    exact.unwrap_or_else(|| {
        // Cornish and Fisher's expansion around the normal distribution: right to three places from ten on.
        let (z, n) = (1.959_964, real(u64::try_from(freedom).unwrap_or(u64::MAX)));
        let cubed = (z * z * z + z) / 4.0;
        let fifth = (5.0 * z * z * z * z * z + 16.0 * z * z * z + 3.0 * z) / 96.0;
        let seventh =
            (3.0 * libm::pow(z, 7.0) + 19.0 * libm::pow(z, 5.0) + 17.0 * z * z * z - 15.0 * z) / 384.0;
        z + cubed / n + fifth / (n * n) + seventh / (n * n * n)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_students() {
        let estimate = Estimate::of(&[1.0, 2.0, 3.0, 4.0]);
        assert!((estimate.mean - 2.5).abs() < 1e-12);
        assert!((estimate.half.unwrap() - 3.182 * 1.290_994_45 / 2.0).abs() < 1e-6);
        assert!(estimate.holds(4.0) && !estimate.holds(5.0));
        assert_eq!(None, Estimate::of(&[1.0]).half);
        for (freedom, want) in [(11, 2.201), (20, 2.086), (60, 2.000)] {
            assert!((student(freedom) - want).abs() < 2e-3, "{freedom}: {}", student(freedom));
        }
    }

    #[test]
    fn numbers_become_floats() {
        for (number, want) in [(0, 0.0), (7, 7.0), (1 << 40, 1_099_511_627_776.0)] {
            assert!((real(number) - want).abs() < 1e-9);
        }
        assert!((share(1, 4) - 0.25).abs() < 1e-12 && share(1, 0) == 0.0);
    }
}
