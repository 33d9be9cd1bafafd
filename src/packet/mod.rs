//! BOOTP and DHCP messages: read in place as [`Packet`], built as [`Message`] (RFC 2131 §2).

pub mod anomaly;
mod draft;
mod found;
mod header;
#[cfg(feature = "workbench")]
pub mod json;
mod message;
mod pack;
pub mod text;
mod view;

pub use draft::DraftError;
pub use header::*;
pub use message::Message;
pub use pack::{DATAGRAM_HEADERS, DEFAULT_LIMIT, Limit, OptionList, Packed, pack};
pub use view::{Area, CodeSet, Instance, Packet, ParseError, Parts};
