//! What a report is drawn from: a run as time series, ladders of some clients and lease lines of some addresses.
//!
//! Memory is bounded whatever the run: series have a fixed number of bins that merge in pairs when time goes on, ladders
//! and lines have room for so much and say what they left out. Runs that nobody records pay nothing for it.

mod ladder;
mod lines;
mod series;

use core::net::Ipv4Addr;
use core::time::Duration;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

pub use ladder::{Happening, Ladder, Step};
pub use lines::{Ending, Line, Span};
pub use series::{Bin, Counts, Range, Series};

use super::measure::Measures;
use super::observer::{Observer, Sighting};
use crate::endpoint::Event;
use crate::time::Instant;

/// What is to be kept.
#[derive(Clone, Debug)]
pub struct Wish {
    /// How long the run is likely to be: decides the width of bins.
    pub duration: Duration,
    /// How many clients have a ladder: those who ask first.
    pub clients: usize,
    /// Clients that have one besides, by name.
    pub named: Vec<String>,
    /// Who has an address for good.
    pub hosts: BTreeMap<Ipv4Addr, String>,
    /// How many addresses have a line: those that are given first.
    pub addresses: usize,
}

/// What was kept of a run.
#[derive(Clone, Debug)]
pub struct Recording {
    /// What changed with time.
    pub series: Series,
    ladders: ladder::Ladders,
    lines: lines::Lines,
    before: Counts,
    since: Instant,
    at: Instant,
}

/// Keeps what it sees in a recording, which outlives it.
#[derive(Debug)]
pub struct Recorder(Rc<RefCell<Recording>>);

impl Recording {
    /// Nothing yet.
    #[must_use]
    pub fn new(wish: &Wish) -> Recording {
        Recording {
            series: Series::for_duration(wish.duration),
            ladders: ladder::Ladders::new(wish.clients, wish.named.clone(), wish.hosts.clone()),
            lines: lines::Lines::new(wish.addresses),
            before: Counts::default(),
            since: Instant::EPOCH,
            at: Instant::EPOCH,
        }
    }

    /// Recording begins: the observer, and where its recording is found.
    #[must_use]
    pub fn begin(wish: &Wish) -> (Recorder, Rc<RefCell<Recording>>) {
        let shared = Rc::new(RefCell::new(Recording::new(wish)));
        (Recorder(Rc::clone(&shared)), shared)
    }

    /// The clients that have ladders.
    #[must_use]
    pub fn ladders(&self) -> &[Ladder] {
        self.ladders.all()
    }

    /// The addresses that have lines, in order.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.all()
    }

    /// How many addresses had no room for a line.
    #[must_use]
    pub fn lines_left_out(&self) -> usize {
        self.lines.left_out()
    }

    /// Takes in what had been counted when `now` came. Called before anything happens at `now`, and at the end.
    pub fn measured(&mut self, now: Instant, measures: &Measures) {
        let counts = Counts::of(measures);
        // Counting began anew: what was counted before that is in its bin already.
        let before = if measures.since == self.since { self.before } else { Counts::default() };
        self.series.count(self.at, &counts, &before);
        self.series.level(self.at, now, measures.bound.now(), measures.online.now());
        (self.before, self.since, self.at) = (counts, measures.since, now);
    }
}

impl Observer for Recorder {
    fn frame(&mut self, now: Instant, frame: &Sighting<'_>) {
        let mut kept = self.0.borrow_mut();
        match series::renews(frame.frame) {
            Some(true) => kept.series.change(now, |bin| bin.counts.renewals += 1),
            Some(false) => kept.series.change(now, |bin| bin.counts.rebindings += 1),
            None => {}
        }
        kept.ladders.frame(now, frame);
    }

    fn event(&mut self, now: Instant, who: &str, event: &Event) {
        let mut kept = self.0.borrow_mut();
        kept.ladders.event(now, who, event);
        let Recording { lines, ladders, .. } = &mut *kept;
        lines.event(now, who, event, |chaddr| ladders.name(chaddr));
    }

    fn note(&mut self, now: Instant, what: &str) {
        self.0.borrow_mut().ladders.note(now, what);
    }

    fn measured(&mut self, now: Instant, measures: &Measures) {
        self.0.borrow_mut().measured(now, measures);
    }
}
