//! The lease store: what is kept, what is refused, and how it comes back.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod damage;
mod faults;
mod imported;
mod kept;
mod mended;
#[path = "../support/sample.rs"]
mod sample;
