//! `--capture FILE`: the messages of an exchange as a pcapng file that every tool reads as DHCP.

use std::fs::File;
use std::io;
use std::net::SocketAddrV4;
use std::path::Path;

use dhcpsim::capture::{Direction, Packet, WriteError, Writer, WriterOptions};
use dhcpsim::endpoint::Instant;

use super::Failure;
use super::exit::Complaint;

/// Writes messages to a file, each at once.
pub(super) struct Recorder {
    writer: Writer<File>,
}

impl Recorder {
    /// Starts a file. `about` says which socket it is from.
    pub(super) fn create(path: &Path, about: &str) -> Result<Recorder, Failure> {
        let cannot = |error: &dyn std::fmt::Display| {
            Failure::Cannot(Complaint::new(format!("cannot write {}: {error}", path.display())))
        };
        let file = File::create(path).map_err(|error| cannot(&error))?;
        Recorder::on(file, about)
    }

    /// Starts in a file that is open.
    pub(super) fn on(file: File, about: &str) -> Result<Recorder, Failure> {
        let cannot = |error| Failure::Cannot(Complaint::new(format!("cannot write a capture: {error}")));
        let options = WriterOptions {
            description: format!("{about}, written as 67/68"),
            comments: vec![format!("dhcpsim {}", env!("CARGO_PKG_VERSION"))],
            ..WriterOptions::default()
        };
        let writer = Writer::new(file, &options).map_err(cannot)?;
        Ok(Recorder { writer })
    }

    /// Adds a message that was sent or received.
    pub(super) fn write(
        &mut self,
        now: Instant,
        sent: bool,
        source: SocketAddrV4,
        destination: SocketAddrV4,
        payload: &[u8],
    ) -> io::Result<()> {
        let packet = Packet {
            time: now.as_micros().saturating_mul(1000),
            direction: Some(if sent { Direction::Out } else { Direction::In }),
            source,
            destination,
            source_mac: None,
            destination_mac: None,
            payload,
            comments: &[],
        };
        match self.writer.write(&packet) {
            Err(WriteError::Io(error)) => Err(error),
            // What came in one datagram fits into one.
            Ok(()) | Err(_) => Ok(()),
        }
    }
}
