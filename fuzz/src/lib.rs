//! What must hold for any octets: one function a target, so that the fuzzer and `examples/slowest.rs` run the same.
//!
//! Each is a law of `docs/architecture.md` in executable form; it panics where the law is broken.

mod capture;
mod leases;
mod message;
mod text;
mod value;

pub use capture::capture;
pub use leases::leases;
pub use message::message;
pub use text::text;
pub use value::value;

/// What is done with an input.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 5] =
    [("message", message), ("text", text), ("value", value), ("capture", capture), ("leases", leases)];

/// Panics if a text would reach a terminal with control characters other than line ends.
fn is_printable(text: &str) {
    let control = text.chars().find(|char| char.is_control() && *char != '\n');
    assert_eq!(None, control, "{text:?}");
}
