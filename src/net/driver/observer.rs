//! Who watches a driver, and what there is to see.

use std::io;
use std::net::SocketAddrV4;
use std::time::Duration;

use super::guard::Panicked;
use super::lanes::Skipped;
use crate::endpoint::{Event, Input, Output, Refused};
use crate::lease::Commit;
use crate::time::Instant;

/// Is told of everything that happens. What it returns as an error ends the driver.
pub trait Observer {
    /// A datagram came, and is about to be handled.
    ///
    /// # Errors
    ///
    /// Whatever prevents the observer from going on, such as output that can't be written.
    fn received(&mut self, _: Instant, _from: SocketAddrV4, _to: SocketAddrV4, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    /// A datagram was sent, or could not be: unless an observer makes something of it, that ends the driver.
    ///
    /// # Errors
    ///
    /// As for [`Observer::received`].
    fn sent(
        &mut self,
        _: Instant,
        _from: SocketAddrV4,
        _to: SocketAddrV4,
        _: &[u8],
        result: io::Result<()>,
    ) -> io::Result<()> {
        result
    }

    /// The endpoint tells something.
    ///
    /// # Errors
    ///
    /// As for [`Observer::received`].
    fn event(&mut self, _: Instant, _: &Event) -> io::Result<()> {
        Ok(())
    }

    /// The endpoint is about to handle this: all that ever happens to it comes by here.
    ///
    /// # Errors
    ///
    /// As for [`Observer::received`].
    fn input(&mut self, _: Instant, _: &Input<'_>) -> io::Result<()> {
        Ok(())
    }

    /// The endpoint wants this, as soon as it says so.
    ///
    /// # Errors
    ///
    /// As for [`Observer::received`].
    fn output(&mut self, _: &Output) -> io::Result<()> {
        Ok(())
    }

    /// A batch is handled, and its messages are on their way.
    ///
    /// # Errors
    ///
    /// As for [`Observer::received`].
    fn settled(&mut self, _: Instant) -> io::Result<()> {
        Ok(())
    }

    /// The store has answered what it was asked to keep.
    ///
    /// # Errors
    ///
    /// As for [`Observer::received`].
    fn stored(&mut self, _: Instant, _: &Stored<'_>) -> io::Result<()> {
        Ok(())
    }

    /// Datagrams were not looked at, because more come than can be handled.
    ///
    /// # Errors
    ///
    /// As for [`Observer::received`].
    fn skipped(&mut self, _: Instant, _: &Skipped) -> io::Result<()> {
        Ok(())
    }

    /// The endpoint panicked over an input: over the datagram with these octets, if it was one.
    ///
    /// # Errors
    ///
    /// As for [`Observer::received`].
    fn panicked(&mut self, _: Instant, _: &Panicked, _: Option<&[u8]>) -> io::Result<()> {
        Ok(())
    }

    /// The driver ends, and so many bindings were not stored in time: those were not acknowledged.
    ///
    /// # Errors
    ///
    /// As for [`Observer::received`].
    fn abandoned(&mut self, _: Instant, _: usize) -> io::Result<()> {
        Ok(())
    }

    /// Nothing listens where an earlier datagram went (ICMP port unreachable).
    ///
    /// # Errors
    ///
    /// As for [`Observer::received`].
    fn unreachable(&mut self, _: Instant) -> io::Result<()> {
        Ok(())
    }

    /// Whether all that was wanted has happened.
    fn is_done(&self) -> bool {
        false
    }
}

/// A batch that the store has answered.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// What it was asked to keep.
    pub commits: &'a [Commit],
    /// What it says to each.
    pub results: &'a [Result<(), Refused>],
    /// How long the write took, waiting before it not counted.
    pub took: Duration,
}
