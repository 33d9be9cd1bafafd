//! Looks for faults: a random network with every fault on for each seed, its run, and what is held of that.
//!
//! A seed gives a [`Draft`], which is a scenario's file as a tree: so what fails can be printed, kept and run again. The
//! lease law and what else must hold ([`Held`]) judge each run. Nothing but the seed decides what comes out.

mod chance;
mod draft;
mod faults;
mod judge;
mod network;
mod people;
mod reach;
mod shrink;
mod tally;
mod trial;
mod watch;

use core::time::Duration;
use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use sha2::{Digest, Sha256};
use toml::Table;

pub use draft::Draft;
pub use judge::{Breach, Held, Side};
pub use shrink::{MOST_RUNS, Shrunk, shrink};
pub use tally::{Kind, Tally};
pub use trial::Trial;

use super::observer::Observer;
use super::plant::Plant;
use super::scenario::Scenario;
use super::trace::Trace;
use super::world::World;
use crate::config::ConfigError;
use chance::Chance;
use network::Network;
use watch::{Seen, Watch};

/// What happens between two looks whether to go on.
const SLICE: u64 = 20_000;

/// What a run has come to.
#[derive(Clone, Debug)]
pub struct Explored {
    /// The seed of the run.
    pub seed: u64,
    /// What must not have been, the lease law first.
    pub breaches: Vec<Breach>,
    /// What happened.
    pub tally: Tally,
    /// How long it lasted.
    pub span: Duration,
    /// Frames that were put on a segment.
    pub frames: u64,
    /// DHCPACKs that were held against the lease law.
    pub grants: u64,
    /// SHA-256 of the trace.
    pub digest: [u8; 32],
}

/// The scenario of a seed.
#[must_use]
pub fn draft(seed: u64) -> Draft {
    let mut scenario = Table::new();
    let mut network = Network::of(&mut Chance::of(seed, "network"));
    scenario.insert("title".to_owned(), format!("Explored: seed {seed}").into());
    network.write(&mut Chance::of(seed, "nodes"), &mut scenario);
    let people = people::write(&mut Chance::of(seed, "people"), &network, &mut scenario);
    faults::write(&mut Chance::of(seed, "faults"), &network, people, &mut scenario);
    Draft(scenario).expecting()
}

/// The scenario of a draft that needs no other file.
///
/// # Errors
///
/// Its faults, as those of any scenario.
pub fn read(draft: &Draft) -> Result<Scenario, Vec<ConfigError>> {
    Scenario::read("explored.toml", &draft.to_string(), &[], &|_| Err(Vec::new()))
}

/// Runs a scenario to its end and holds it to that; none if `go_on` has come to say no.
#[must_use]
pub fn run(
    scenario: &Scenario,
    held: Held,
    seed: u64,
    plant: Option<Plant>,
    go_on: &dyn Fn() -> bool,
) -> Option<Explored> {
    let seen = Rc::new(RefCell::new(Seen::default()));
    let hash = Hash::default();
    let (trace, _failed) = Trace::new(hash.clone());
    let observers: Vec<Box<dyn Observer>> = vec![Box::new(Watch::new(Rc::clone(&seen))), Box::new(trace)];
    let mut world = World::planted(scenario, seed, plant);
    world.observe(Box::new(observers));
    let mut happenings = 0;
    let over = loop {
        if world.run(scenario.end(), SLICE) {
            break true;
        }
        happenings += SLICE;
        if happenings > judge::most(scenario) {
            break false;
        }
        if !go_on() {
            return None;
        }
    };
    let seen = seen.borrow();
    let mut breaches = held.breaches(scenario, &world, &seen, over);
    breaches.extend(judge::endless(scenario, happenings));
    let measures = world.measures();
    let mut tally = seen.tally.clone();
    for (kind, count) in [
        (Kind::Lost, measures.lost),
        (Kind::Doubled, measures.doubled),
        (Kind::Left, measures.left),
        (Kind::Misled, measures.misled),
        (Kind::Shared, measures.shared),
    ] {
        tally.add(kind, count);
    }
    Some(Explored {
        seed,
        breaches,
        tally,
        span: scenario.duration,
        frames: measures.frames,
        grants: world.law().grants(),
        digest: hash.0.borrow().clone().finalize().into(),
    })
}

impl World {
    /// The network of a scenario, with a fault in its servers.
    fn planted(scenario: &Scenario, seed: u64, plant: Option<Plant>) -> World {
        let mut world = scenario.build(seed);
        if let Some(plant) = plant {
            world.plant_fault(plant);
        }
        world
    }
}

/// Takes a trace and keeps what it comes to.
#[derive(Clone, Default)]
struct Hash(Rc<RefCell<Sha256>>);

impl io::Write for Hash {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().update(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
