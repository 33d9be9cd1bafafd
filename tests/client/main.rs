//! The client in virtual time: what it sends at which second, silence included (RFC 2131 §4.1, §4.4).
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod acquire;
mod alone;
mod crowd;
mod figure;
mod force_renew;
mod inform;
mod keep;
mod leave;
mod reboot;
