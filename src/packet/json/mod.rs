//! A message as JSON and back (schema `dhcpsim.decode/1`, `docs/decode.md`).
//!
//! `fields` and `options` say what there is, `fill` what stands between: pads, ends and rests. Reading puts options
//! and fill back in the order of their offsets, so that a document gives the message octet for octet, and one that
//! somebody changed or wrote by hand gives what it says.

mod read;
mod write;

pub use read::{JsonError, parse, parse_all};
pub use write::{document, short_document, value};

/// The schema that documents name.
pub const SCHEMA: &str = "dhcpsim.decode/1";
