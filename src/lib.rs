//! A DHCPv4 workbench: one engine that reads, builds, serves and asks with real BOOTP/DHCP frames.
//!
//! With `default-features = false` this is the codec alone: [`options`] and [`packet`].
//! `docs/architecture.md` has the map; imports only point down it.

#[cfg(feature = "workbench")]
pub mod capture;
pub mod link;
