//! BOOTP and DHCP messages: read in place as [`Packet`], built as [`Message`] (RFC 2131 §2).

pub mod anomaly;
mod header;
mod message;
mod pack;
mod view;

pub use header::*;
pub use message::Message;
pub use pack::{DATAGRAM_HEADERS, DEFAULT_LIMIT, OptionList, Packed, pack};
pub use view::{Area, CodeSet, Instance, Packet, ParseError};
