//! What a run comes to, as numbers with names: each declared once, for tables, JSON, sweeps and expectations.

use core::time::Duration;

use super::estimate::{real, share};
use super::measure::Measures;
use super::world::World;
use crate::packet::MessageType;
use crate::time::Instant;

/// What a run has come to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// When it ended.
    pub end: Instant,
    /// What was counted.
    pub measures: Measures,
    /// The first breaches of the lease law, a hundred at most.
    pub violations: Vec<String>,
    /// How many there were.
    pub breaches: u64,
    /// Grants that were held against it.
    pub grants: u64,
}

/// What a figure counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// A mean number of things.
    Level,
    /// A part of 1.
    Share,
    /// Seconds.
    Seconds,
    /// Things a second.
    Rate,
}

/// A figure.
pub struct Figure {
    /// Its name in files, JSON and tables.
    pub name: &'static str,
    /// What it counts in.
    pub unit: Unit,
    /// What it says.
    pub meaning: &'static str,
    /// How it follows from a run; none where nothing was to be measured.
    pub of: fn(&Outcome) -> Option<f64>,
}

impl Outcome {
    /// Of a run so far.
    #[must_use]
    pub fn of(world: &World) -> Outcome {
        let law = world.law();
        Outcome {
            end: world.now(),
            measures: world.measures().clone(),
            violations: law.violations().iter().map(ToString::to_string).collect(),
            breaches: law.breaches(),
            grants: law.grants(),
        }
    }

    /// How long was measured.
    #[must_use]
    pub fn span(&self) -> Duration {
        self.end - self.measures.since
    }
}

impl Figure {
    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Figure> {
        FIGURES.iter().find(|figure| figure.name == name)
    }
}

macro_rules! figures {
    ($($name:literal $unit:ident $meaning:literal, $of:expr;)+) => {
        /// All figures.
        pub const FIGURES: &[Figure] =
            &[$(Figure { name: $name, unit: Unit::$unit, meaning: $meaning, of: $of },)+];
    };
}

figures! {
    "asked" Count "times that a customer came, or came back to it without an address", |run| count(run.measures.asked);
    "served" Count "of these, how many got an address", |run| count(run.measures.served);
    "refused" Count "of these, how many went away without", |run| count(run.measures.refused);
    "refused-share" Share "refused, as a part of served and refused", |run| {
        let measures = &run.measures;
        Some(share(measures.refused, measures.refused + measures.served))
    };
    "first-min" Seconds "the shortest time to an address", |run| first(run, 0.0);
    "first-median" Seconds "the median time to an address", |run| first(run, 0.5);
    "first-p95" Seconds "95 in 100 customers had an address by then", |run| first(run, 0.95);
    "first-p99" Seconds "99 in 100 customers had an address by then", |run| first(run, 0.99);
    "first-max" Seconds "the longest time to an address", |run| first(run, 1.0);
    "addresses" Count "addresses that there are to give", |run| count(run.measures.addresses);
    "bound-mean" Level "addresses bound, on average over time", |run| Some(run.measures.bound.mean(run.end));
    "bound-most" Count "addresses bound at most", |run| count(run.measures.bound.most());
    "bound-end" Count "addresses bound at the end", |run| count(run.measures.bound.now());
    "online-mean" Level "customers with an address, on average over time", |run| Some(run.measures.online.mean(run.end));
    "online-most" Count "customers with an address at most", |run| count(run.measures.online.most());
    "online-end" Count "customers with an address at the end", |run| count(run.measures.online.now());
    "left" Count "customers that left of their own will", |run| count(run.measures.left);
    "lost-leases" Count "leases that ended while their customer wanted them", |run| count(run.measures.lost_leases);
    "shared" Count "times that two hosts used one address", |run| count(run.measures.shared);
    "misled" Count "addresses that customers took from a rogue server", |run| count(run.measures.misled);
    "in-use" Count "addresses that were found in use", |run| count(run.measures.in_use);
    "not-stored" Count "bindings that a store did not keep", |run| count(run.measures.not_stored);
    "messages" Count "messages sent", |run| count(run.measures.messages.values().sum());
    "messages-rate" Rate "messages sent a second", |run| rate(run, run.measures.messages.values().sum());
    "discovers" Count "DHCPDISCOVERs sent", |run| sent(run, MessageType::DISCOVER);
    "requests" Count "DHCPREQUESTs sent", |run| sent(run, MessageType::REQUEST);
    "acks" Count "DHCPACKs sent", |run| sent(run, MessageType::ACK);
    "naks" Count "DHCPNAKs sent", |run| sent(run, MessageType::NAK);
    "declines" Count "DHCPDECLINEs sent", |run| sent(run, MessageType::DECLINE);
    "releases" Count "DHCPRELEASEs sent", |run| sent(run, MessageType::RELEASE);
    "frames" Count "frames put on a segment", |run| count(run.measures.frames);
    "lost" Count "frames that a segment lost", |run| count(run.measures.lost);
    "doubled" Count "frames that a segment doubled", |run| count(run.measures.doubled);
    "unreachable" Count "messages that nothing led to", |run| count(run.measures.unreachable);
    "violations" Count "breaches of the lease law", |run| count(run.breaches);
}

fn count(number: u64) -> Option<f64> {
    Some(real(number))
}

fn first(run: &Outcome, share: f64) -> Option<f64> {
    run.measures.first.at(share).map(|time| time.as_secs_f64())
}

fn sent(run: &Outcome, kind: MessageType) -> Option<f64> {
    count(run.measures.sent(kind))
}

fn rate(run: &Outcome, number: u64) -> Option<f64> {
    let seconds = run.span().as_secs_f64();
    (seconds > 0.0).then(|| real(number) / seconds)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn figures_have_names_of_their_own() {
        let names: BTreeSet<&str> = FIGURES.iter().map(|figure| figure.name).collect();
        assert_eq!(FIGURES.len(), names.len());
        assert!(Figure::named("refused-share").is_some() && Figure::named("nothing").is_none());
    }
}
