//! Endpoints on real sockets and the real clock: the one place, beside the programs, where there is I/O.

mod addressing;
mod checks;
mod clock;
mod driver;
mod echo;
mod interface;
mod notice;
mod open;
mod post;
mod probes;
mod resident;
mod segment;
mod station;
mod stop;
mod sys;
mod wire;

pub use addressing::{Addressing, CLIENT_PORT, SERVER_PORT};
pub use clock::{Clock, reading};
pub use driver::{Driver, Ended, Observer, Panicked, Skipped, StoreLost, Stored};
pub use interface::{Attached, Interface, NoInterface, interfaces};
pub use notice::Notice;
pub use open::{Listen, OpenError, is_forbidden};
pub use resident::Resident;
pub use station::Station;
pub use stop::{Stop, wake};
pub use wire::Wire;
