//! Endpoints on real sockets and the real clock: the one place, beside the programs, where there is I/O.

mod addressing;
mod clock;
mod driver;
mod interface;
mod stop;
mod sys;

pub use addressing::{Addressing, CLIENT_PORT, SERVER_PORT};
pub use clock::Clock;
pub use driver::{Driver, Ended, Observer};
pub use interface::{Attached, Interface, NoInterface, interfaces};
pub use stop::Stop;
