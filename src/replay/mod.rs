//! Record and replay: what went through a server, once more in virtual time, and where the answers differ.
//!
//! [`journal`] is a live session line by line, and [`Rerun`] lives through it again: the same program must give the same
//! octets. [`Talk`] puts the clients' messages of a capture, of any server, before a server of ours and compares the
//! answers by meaning; [`Survey`] makes a configuration of what the captured server gave. [`Part`] is the other side: a client
//! of ours hears what was said to a captured one. Nothing here has a clock (law 5).

pub mod difference;
mod heard;
pub mod journal;
mod part;
mod rerun;
mod survey;
mod talk;
mod tally;

pub use difference::{Differs, Facet};
pub use heard::{Heard, Speaker, answers};
pub use part::{Acted, Part, PartCounts, Sent};
pub use rerun::{Counts, Difference, Done, MOST_LEASES, Rerun, What};
pub use survey::{Assumed, CannotAssume, Survey};
pub use talk::{Exchange, Reply, Talk, TalkCounts, Verdict, destination};
pub use tally::{Counted, Tally};
