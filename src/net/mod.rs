//! Endpoints on real sockets and the real clock: the one place, beside the programs, where there is I/O.

mod addressing;
mod clock;
mod driver;
mod stop;

pub use addressing::{Addressing, CLIENT_PORT, SERVER_PORT};
pub use clock::Clock;
pub use driver::{Driver, Ended, Observer};
pub use stop::{Stop, wake};
