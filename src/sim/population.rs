//! Customers: who comes when, asks for an address, stays and leaves.

use core::net::Ipv4Addr;
use core::time::Duration;
use std::sync::Arc;

use super::clock::Clock;
use super::dice::{Dice, Span};
use super::node::SegmentId;
use crate::client::{Client, Habits};
use crate::time::Instant;

/// Customers who behave alike.
#[derive(Clone, Debug)]
pub struct Population {
    /// Its name; customers are called by it and a number.
    pub name: String,
    /// Where they are.
    pub segment: SegmentId,
    /// How many there are; none for as many as come.
    pub count: Option<u32>,
    /// When they come for the first time.
    pub arrivals: Arrivals,
    /// How long they stay away between two visits; none for good.
    pub offline: Option<Span>,
    /// How long they stay once they have an address; none for good.
    pub online: Option<Span>,
    /// How likely they are to come in each hour of the day, beside each other; none for all hours alike.
    pub daily: Option<[f64; 24]>,
    /// How they leave.
    pub leave: Leave,
    /// How long they ask before they go away without; none for ever.
    pub patience: Option<Duration>,
    /// Whether they ask for the address that they had at their last visit (RFC 2131 §3.2).
    pub remember: bool,
    /// Whether they are after the addresses: nobody measures how they fare.
    pub hostile: bool,
    /// Their clocks.
    pub clock: Clock,
    /// How they ask.
    pub habits: Arc<Habits>,
    /// How many have come so far.
    pub(super) joined: u32,
}

/// When customers come for the first time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Arrivals {
    /// Each at some time within this.
    Within(Duration),
    /// One after the other, so far apart: a Poisson process if that is exponential.
    Apart(Span),
    /// Each after a time offline.
    Offline,
}

/// How customers leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leave {
    /// They give their address back.
    #[default]
    Release,
    /// They are gone.
    Silent,
}

/// Where a customer is in life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// Comes at `until`.
    Away,
    /// Asks, and gives up at `until`.
    Asking,
    /// Has an address, and leaves at `until`.
    Online,
    /// Has no power.
    Dark,
}

/// A customer.
#[derive(Debug)]
pub(super) struct Customer {
    pub(super) population: u32,
    pub(super) life: Life,
    pub(super) visits: u32,
    pub(super) draws: u32,
    pub(super) address: Ipv4Addr,
    pub(super) asked: Instant,
    pub(super) until: Instant,
    pub(super) wake: Instant,
    pub(super) stream: u64,
    /// There while it asks or has an address.
    pub(super) client: Option<Box<Client>>,
}

impl Customer {
    pub(super) fn new(population: u32, stream: u64, until: Instant) -> Customer {
        Customer {
            population,
            life: Life::Away,
            visits: 0,
            draws: 0,
            address: Ipv4Addr::UNSPECIFIED,
            asked: Instant::EPOCH,
            until,
            wake: Instant::NEVER,
            stream,
            client: None,
        }
    }

    /// The numbers of the next occasion on which this customer needs some.
    pub(super) fn dice(&mut self, seed: u64) -> Dice {
        let occasion = self.occasion();
        Dice::of(seed, self.stream, occasion)
    }

    /// The number of the next occasion: making its numbers takes time, which some need not spend.
    pub(super) fn occasion(&mut self) -> u64 {
        self.draws = self.draws.wrapping_add(1);
        self.draws.into()
    }
}

impl Population {
    /// Customers who come at once, stay for good and have the habits of most.
    #[must_use]
    pub fn new(name: &str, segment: SegmentId, count: u32) -> Population {
        Population {
            name: name.to_owned(),
            segment,
            count: Some(count),
            arrivals: Arrivals::Within(Duration::ZERO),
            offline: None,
            online: None,
            daily: None,
            leave: Leave::Release,
            patience: None,
            remember: false,
            hostile: false,
            clock: Clock::default(),
            habits: Arc::default(),
            joined: 0,
        }
    }

    /// When a customer comes who is offline from now on; never if for good.
    pub(super) fn returns(&self, now: Instant, dice: &mut Dice) -> Instant {
        self.offline.as_ref().map_or(Instant::NEVER, |span| self.after(now, span, dice))
    }

    /// After a time; where hours differ, a time that ends in a quiet hour is likely to be followed by another.
    pub(super) fn after(&self, now: Instant, span: &Span, dice: &mut Dice) -> Instant {
        /// Times in a row, should all hours be all but impossible.
        const MOST: u32 = 30;
        let mut at = now + dice.span(span);
        let Some(daily) = &self.daily else { return at };
        let busiest = daily.iter().copied().fold(0.0, f64::max);
        for _ in 0..MOST {
            at = awake(daily, at);
            let likely = daily.get(hour(at)).copied().unwrap_or_default() / busiest;
            if dice.happens(likely) || at.is_never() {
                break;
            }
            at = at + dice.span(span);
        }
        awake(daily, at)
    }
}

/// The hour of the day.
fn hour(at: Instant) -> usize {
    usize::try_from(at.as_secs() / 3600 % 24).unwrap_or_default()
}

/// The same time of the first hour from there on in which somebody comes at all, if there is one.
fn awake(daily: &[f64; 24], at: Instant) -> Instant {
    let hours = (0..24_u64).map(|hours| at + Duration::from_secs(3600 * hours));
    let comes = |at: &Instant| daily.get(hour(*at)).is_some_and(|weight| *weight > 0.0);
    hours.into_iter().find(comes).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_comes_in_an_hour_without_weight() {
        let mut daily = [0.0; 24];
        (daily[9], daily[17]) = (1.0, 0.25);
        let of = Population { daily: Some(daily), ..Population::new("customer", SegmentId(0), 1) };
        let mut seen = [0_u32; 24];
        for occasion in 0..2000 {
            let mut dice = Dice::of(3, 1, occasion);
            let now = Instant::from_secs(60 * occasion);
            seen[hour(of.after(now, &Span::Exponential(Duration::from_secs(10)), &mut dice))] += 1;
        }
        assert_eq!(2000, seen[9] + seen[17], "{seen:?}");
        assert!(seen[9] > seen[17] && seen[17] > 0, "{seen:?}");
    }
}
