//! One run after the other of scenarios that may fail: whether they do, and what happened on the way.

use core::fmt::Write as _;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::rc::Rc;

use super::draft::Draft;
use super::judge::{Breach, Held, endless};
use super::watch::{Seen, Watch};
use crate::sim::observer::Observer;
use crate::sim::plant::Plant;
use crate::sim::scenario::{Open, Scenario};
use crate::sim::trace::Trace;
use crate::sim::world::World;

/// How many lines are told of what led to a breach.
const TOLD: usize = 60;
/// What happens between two looks whether something has gone wrong.
const SLICE: u64 = 100;

/// How scenarios are tried.
pub struct Trial<'a> {
    /// The seed of their runs.
    pub seed: u64,
    /// A fault in their servers.
    pub plant: Option<Plant>,
    /// What is held of the runs; what follows from each scenario ([`Held::of`]) if it is not said.
    pub held: Option<Held>,
    /// Reads a server's file by its name.
    pub open: Open<'a>,
}

/// A breach, the second before which it has happened, and whether somebody was served until then.
pub(super) struct Found {
    pub(super) breach: Breach,
    pub(super) seconds: u64,
    pub(super) served: bool,
}

impl Trial<'_> {
    /// The scenario of a draft, if it has no fault.
    pub(super) fn read(&self, draft: &Draft) -> Option<Scenario> {
        Scenario::read("scenario.toml", &draft.to_string(), &[], self.open).ok()
    }

    /// The first breach that is like another, and how much has happened until then or in all.
    pub(super) fn look(&self, scenario: &Scenario, like: &Breach, most: u64) -> (Option<Found>, u64) {
        self.watch(scenario, like, most, None)
    }

    /// What happened to those who take part in a breach, line by line, until it comes.
    #[must_use]
    pub fn story(&self, draft: &Draft, breach: &Breach) -> String {
        let text = Shared::default();
        if let Some(scenario) = self.read(draft) {
            self.watch(&scenario, breach, u64::MAX, Some(text.clone()));
        }
        let trace = String::from_utf8_lossy(&text.0.borrow()).into_owned();
        excerpt(&trace, breach)
    }

    fn watch(
        &self,
        scenario: &Scenario,
        like: &Breach,
        most: u64,
        text: Option<Shared>,
    ) -> (Option<Found>, u64) {
        let seen = Rc::new(RefCell::new(Seen::default()));
        // What is told ends where it happens.
        let slice = if text.is_some() { 1 } else { SLICE };
        let mut observers: Vec<Box<dyn Observer>> = vec![Box::new(Watch::new(Rc::clone(&seen)))];
        if let Some(text) = text {
            observers.push(Box::new(Trace::new(text).0));
        }
        let mut world = World::planted(scenario, self.seed, self.plant);
        world.observe(Box::new(observers));
        let held = self.held.unwrap_or_else(|| Held::of(scenario));
        let mut happenings = 0;
        loop {
            let over = world.run(scenario.end(), slice);
            happenings += slice;
            let breaches = held.breaches(scenario, &world, &seen.borrow(), over);
            let mut breaches = breaches.into_iter().chain(endless(scenario, happenings));
            if let Some(breach) = breaches.find(|breach| breach.is_like(like)) {
                let seconds = world.now().as_secs().saturating_add(1);
                let served = world.measures().served > 0;
                return (Some(Found { breach, seconds, served }), happenings);
            }
            if over || happenings >= most {
                return (None, happenings);
            }
        }
    }
}

/// The lines of a trace in which somebody has a part who takes part in a breach.
fn excerpt(trace: &str, breach: &Breach) -> String {
    let of = |line: &str| line.get(16..).unwrap_or_default().to_owned();
    let theirs = |what: &str| {
        let names =
            |name: &String| what.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with([':', ' ']));
        breach.customers.iter().any(names)
    };
    let address = breach.address.map(|address| address.to_string());
    let about = |what: &str| address.as_ref().is_some_and(|address| mentions(what, address));
    let xid = |what: &str| Some(what.split_once(" xid ")?.1.get(..8)?.to_owned());
    let xids: BTreeSet<String> =
        trace.lines().map(of).filter(|what| theirs(what)).filter_map(|what| xid(&what)).collect();
    let counts = |line: &&str| {
        let what = of(line);
        let note = what.strip_prefix("* ");
        let news = note.is_some_and(|note| !note.ends_with(" leaves") && !note.contains(" goes away "));
        let known = xid(&what).is_some_and(|xid| xids.contains(&xid));
        news || known || about(&what) || theirs(note.unwrap_or(&what))
    };
    let lines: Vec<&str> = trace.lines().filter(counts).collect();
    let before = lines.len().saturating_sub(TOLD);
    let mut text = String::new();
    // Writing to a string can't fail.
    if before > 0 {
        let _ = writeln!(text, "{:>14}  {before} lines before that", "");
    }
    lines.iter().skip(before).for_each(|line| {
        let _ = writeln!(text, "{line}");
    });
    text
}

/// Whether an address stands in a text, and not as a part of a longer one.
fn mentions(text: &str, address: &str) -> bool {
    let mut parts = text.split(address).peekable();
    while let Some(before) = parts.next() {
        let Some(after) = parts.peek() else { break };
        let longer = |char: Option<char>| char.is_some_and(|char| char.is_ascii_digit());
        if !longer(before.chars().next_back()) && !longer(after.chars().next()) {
            return true;
        }
    }
    false
}

/// A text that is written by one and read by another.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl io::Write for Shared {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_no_part_of_another() {
        for (text, want) in [
            ("wants 192.0.2.10", true),
            ("192.0.2.10:68 > 192.0.2.1:67", true),
            ("192.0.2.100", false),
            ("192.0.2.100 and 192.0.2.10.", true),
            ("1192.0.2.10", false),
            ("", false),
        ] {
            assert_eq!(want, mentions(text, "192.0.2.10"), "{text}");
        }
    }
}
