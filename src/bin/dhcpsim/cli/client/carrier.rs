//! What carries a client's messages: a UDP socket, or frames on an interface.

use std::io;

use dhcpsim::client::Client as Endpoint;
use dhcpsim::endpoint::Instant;
use dhcpsim::net::{Driver, Ended, Resident, Stop};
use dhcpsim::store::Memory;

use super::steps::Steps;

/// A client on its way to servers.
pub(super) enum Carrier {
    /// By UDP.
    Port(Box<Driver<Endpoint, Memory, Steps>>),
    /// By frames.
    Link(Box<Resident<Endpoint, Steps>>),
}

impl Carrier {
    /// Runs until the steps are done, the stop flag is set or the time is up.
    pub(super) fn run(&mut self, stop: &Stop, until: Instant) -> io::Result<Ended> {
        match self {
            Carrier::Port(driver) => driver.run(stop, until),
            Carrier::Link(resident) => resident.run(stop, until),
        }
    }

    /// Sends what the client wants sent.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        match self {
            Carrier::Port(driver) => driver.flush(),
            Carrier::Link(resident) => resident.flush(),
        }
    }

    /// The client.
    pub(super) fn client(&mut self) -> &mut Endpoint {
        match self {
            Carrier::Port(driver) => &mut driver.endpoint,
            Carrier::Link(resident) => &mut resident.endpoint,
        }
    }

    /// What it has done so far.
    pub(super) fn steps(&mut self) -> &mut Steps {
        match self {
            Carrier::Port(driver) => &mut driver.observer,
            Carrier::Link(resident) => &mut resident.observer,
        }
    }
}
