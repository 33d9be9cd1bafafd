//! A DHCPv4 workbench: one engine that reads, builds, serves and asks with real BOOTP/DHCP frames.
//!
//! With `default-features = false` this is the codec alone: [`options`], [`packet`] and [`link`].
//! `docs/architecture.md` has the map; imports only point down it.

#[cfg(feature = "workbench")]
pub mod capture;
#[cfg(feature = "workbench")]
pub mod client;
#[cfg(feature = "workbench")]
pub mod config;
#[cfg(feature = "workbench")]
pub mod endpoint;
#[cfg(feature = "workbench")]
pub mod explain;
#[cfg(feature = "workbench")]
pub mod lease;
pub mod link;
#[cfg(feature = "workbench")]
pub mod net;
pub mod options;
pub mod packet;
#[cfg(feature = "workbench")]
pub mod relay;
#[cfg(feature = "workbench")]
pub mod replay;
#[cfg(feature = "workbench")]
pub mod report;
#[cfg(feature = "workbench")]
pub mod server;
#[cfg(feature = "workbench")]
pub mod sim;
#[cfg(feature = "workbench")]
pub mod store;
#[cfg(feature = "workbench")]
pub mod time;
#[cfg(feature = "workbench")]
pub mod watch;
