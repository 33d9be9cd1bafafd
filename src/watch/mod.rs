//! A running server as its operator sees it: counters and gauges, an event script, limited logs, the service manager.
//!
//! Law: nothing here holds the serving loop up. Scrapes ask for a snapshot and wait for it on their own thread, the
//! script runs on its own thread behind a bounded queue, and every memory has a bound that clients can't move.

mod board;
mod counters;
mod exposition;
mod histogram;
mod http;
mod limit;
mod notify;
pub mod script;
mod signals;
mod socket_queue;

pub use board::Board;
pub use counters::{ByName, Counters, Gauges, PoolUse, Snapshot, type_name};
pub use histogram::Histogram;
pub use http::Scrapes;
pub use limit::Limiter;
pub use notify::Notify;
pub use signals::Signals;
pub use socket_queue::SocketQueue;
