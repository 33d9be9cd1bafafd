//! The server, held to the RFC in virtual time. `docs/server.md` lists every test here with the section it stands for.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "../support/desk.rs"]
mod desk;

mod attacked;
mod bootp;
mod check;
mod documented;
mod exchanges;
mod networks;
mod noise;
mod options;
mod probes;
mod queries;
mod races;
mod reload;
mod sending;
mod tables;
