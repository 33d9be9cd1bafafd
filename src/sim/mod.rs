//! A network in virtual time: the same endpoints as on the wire, days in seconds, faults on demand.
//!
//! A [`World`] has segments, servers with their stores, and populations of customers. Everything that happens follows from
//! what it was told and one seed (law 8). Frames are real octets from the Ethernet header on, so that a capture of any
//! segment is one that Wireshark reads, and endpoints read what their peers have built. [`scenario`] makes a world of a file.

mod action;
mod clock;
mod customer;
mod deliver;
mod describe;
mod dice;
mod disk;
pub mod estimate;
pub mod explore;
pub mod figure;
mod flight;
mod foresee;
pub mod formula;
mod life;
mod measure;
mod node;
mod observer;
mod path;
mod peek;
mod plant;
mod population;
mod ports;
pub mod record;
pub mod scenario;
mod send;
mod serve;
mod trace;
mod world;

pub use action::Action;
pub use clock::Clock;
pub use dice::{Dice, Span};
pub use disk::{Disk, Temper};
pub use figure::Outcome;
pub use measure::{Histogram, Level, Measures, Sample};
pub use node::{Host, NodeId, PopulationId, Port, SegmentId};
pub use observer::{Observer, Sighting};
pub use path::{Fate, Quality};
pub use plant::Plant;
pub use population::{Arrivals, Leave, Population};
pub use trace::Trace;
pub use world::World;
