//! A scenario: a network, who is on it, what happens, and what must come out; in one TOML file.
//!
//! A scenario is read as configurations are: all faults at once, each with line, column and the nearest right name. What
//! is read is plain data; [`Scenario::build`] makes a world of it for any seed.

mod build;
mod event;
mod expect;
pub mod keys;
mod overrides;
mod people;
mod place;
mod read;
mod ready;
mod value;

use core::time::Duration;

pub use expect::{Compare, Expectation, Verdict};
pub use overrides::Override;
pub use ready::{READY, Ready};

use super::action::Action;
use super::clock::Clock;
use super::disk::Temper;
use super::node::Port;
use super::path::Quality;
use super::population::Population;
use crate::config::{ConfigError, Loaded};
use crate::relay;
use crate::server::Config;
use crate::time::Instant;

/// Reads a server's configuration file by the name that stands in a scenario.
pub type Open<'a> = &'a dyn Fn(&str) -> Result<Loaded, Vec<ConfigError>>;

/// A scenario without faults.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is about, in a line.
    pub title: String,
    /// What it shows.
    pub about: String,
    /// How long it lasts.
    pub duration: Duration,
    /// When counting begins.
    pub measure_from: Instant,
    /// The distance of samples.
    pub sample_every: Duration,
    /// Whether a router joins the segments.
    pub routed: bool,
    /// Broadcast domains.
    pub segments: Vec<(String, Quality)>,
    /// What stands on them.
    pub nodes: Vec<NodePlan>,
    /// Customers.
    pub populations: Vec<Population>,
    /// What happens when.
    pub events: Vec<(Instant, Action)>,
    /// What must come out.
    pub expect: Vec<Expectation>,
}

/// A node that is to be.
#[derive(Clone, Debug)]
pub struct NodePlan {
    /// Its name.
    pub name: String,
    /// Where it is attached.
    pub ports: Vec<Port>,
    /// Its clock.
    pub clock: Clock,
    /// What it does.
    pub role: RolePlan,
}

/// What a node is to do.
#[derive(Clone, Debug)]
pub enum RolePlan {
    /// To serve.
    Server {
        /// What.
        config: Box<Config>,
        /// On a store that behaves so.
        temper: Temper,
        /// Whether it should not be there.
        rogue: bool,
    },
    /// To pass messages on.
    Relay(Box<relay::Config>),
    /// To have an address.
    Host,
}
