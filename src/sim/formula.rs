//! Loss systems with a closed formula, against which the simulator is held.
//!
//! Customers with exponential times who share addresses, are refused when all are taken and come again only after their
//! next time offline are an Engset system; of customers without number it is Erlang's.

use super::estimate::real;

/// What a loss system does in the long run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    /// The share of attempts that are refused.
    pub refused: f64,
    /// How many addresses are taken on average.
    pub occupied: f64,
}

/// Engset's: so many customers, so many addresses; `load` is the mean time online through the mean time offline.
#[must_use]
pub fn engset(customers: u64, addresses: u64, load: f64) -> Loss {
    // An attempt finds what the others do: the same system with a customer less.
    let others = distribution(customers.saturating_sub(1), addresses, load);
    let all = distribution(customers, addresses, load);
    let full = usize::try_from(addresses).unwrap_or(usize::MAX);
    Loss { refused: others.get(full).copied().unwrap_or_default(), occupied: mean(&all) }
}

/// Erlang's: `offered` is the mean number of arrivals in a mean time online.
#[must_use]
pub fn erlang(addresses: u64, offered: f64) -> Loss {
    // B(0) = 1, B(c) = aB(c-1) / (c + aB(c-1)).
    let refused = (1..=addresses).fold(1.0, |b, taken| offered * b / (real(taken) + offered * b));
    Loss { refused, occupied: offered * (1.0 - refused) }
}

/// How likely it is that 0, 1, 2 … addresses are taken.
fn distribution(customers: u64, addresses: u64, load: f64) -> Vec<f64> {
    // Each weight follows from the one before; logarithms keep them apart where they are tiny or huge.
    let mut weights = vec![0.0];
    let mut weight = 0.0;
    for taken in 0..addresses.min(customers) {
        let idle = real(customers.saturating_sub(taken));
        weight += libm::log(idle * load / real(taken.saturating_add(1)));
        weights.push(weight);
    }
    let most = weights.iter().copied().fold(f64::MIN, f64::max);
    let weights: Vec<f64> = weights.iter().map(|weight| libm::exp(weight - most)).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

fn mean(likely: &[f64]) -> f64 {
    likely.iter().zip(0..).map(|(likely, taken)| likely * real(taken)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_give_the_values_of_the_tables() {
        // Erlang B of 10 trunks at 5 erlang is 1.838 %, of 1 trunk at 1 erlang 50 %.
        assert!((erlang(10, 5.0).refused - 0.018_385).abs() < 1e-6);
        assert!((erlang(1, 1.0).refused - 0.5).abs() < 1e-12);
        // Two customers and one address, each as long online as offline: states 0 and 1 with weights 1 and 2.
        let loss = engset(2, 1, 1.0);
        assert!((loss.refused - 0.5).abs() < 1e-12 && (loss.occupied - 2.0 / 3.0).abs() < 1e-12);
        // Of very many customers with little load each, Engset's is Erlang's.
        let (engset, erlang) = (engset(1_000_000, 100, 1e-4), erlang(100, 100.0));
        assert!((engset.refused - erlang.refused).abs() < 1e-3);
        assert!((engset.occupied - erlang.occupied).abs() < 0.1);
    }
}
