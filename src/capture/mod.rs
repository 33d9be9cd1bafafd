//! Whatever a user captures or pastes, as a stream of messages; and the way back.
//!
//! [`Reader`] tells the container apart by looking (pcap, pcapng, gzip of either, raw octets, hex in any dress,
//! base64), finds the layer (Ethernet, IPv4, UDP or the bare message), and gives one [`Captured`] after the
//! other. Capture files are read in constant memory; a text is held whole, up to [`MAX_TEXT`] octets.
//! [`Writer`] makes pcapng and pcap files that Wireshark dissects without any setting, [`dump`] makes text.
//!
//! No input panics or hangs: every length claimed by a file is checked before memory is asked for.

mod captured;
pub mod dump;
mod error;
mod judge;
mod kind;
mod options;
mod pcap;
mod pcapng;
mod pcapng_writer;
mod reader;
mod source;
mod text;
mod writer;

pub use captured::{Captured, Direction, Skip, Skipped};
pub use error::{BlockFault, CaptureError, Expected, Foreign, TextError};
pub use kind::{Forced, Kind, Layer, UnknownKind};
pub use reader::Reader;
pub use writer::{Format, Packet, Ports, WriteError, Writer, WriterOptions};

/// The longest frame that is read from a capture: 1 MiB, four times what libpcap writes.
pub const MAX_FRAME: usize = 1 << 20;

/// The longest text that is read: 64 MiB. Unlike a capture it is held whole, in several forms at a time.
pub const MAX_TEXT: usize = 64 << 20;

#[cfg(test)]
mod tests;
