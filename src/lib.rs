//! A DHCPv4 workbench: one engine that reads, builds, serves and asks with real BOOTP/DHCP frames.
//!
//! With `default-features = false` this is the codec alone: [`options`], [`packet`] and [`link`].
//! `docs/architecture.md` has the map; imports only point down it.

#[cfg(feature = "workbench")]
pub mod capture;
#[cfg(feature = "workbench")]
pub mod explain;
pub mod link;
pub mod options;
pub mod packet;
