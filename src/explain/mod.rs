//! Messages in words: the annotated tree, the one line, the faults pointed at, the rules told.
//!
//! Everything is drawn from the table of options, the table of fields and the anomalies; nothing here knows an
//! option of its own. Text from the wire is escaped on the way (law 3).

mod dump;
mod lines;
mod rules;
mod style;
mod summary;
mod tree;
mod words;

pub use dump::{dump, fault};
pub use lines::{Line, lines};
pub use summary::{Summary, headline};
pub use tree::{Depth, short, tree};
pub use words::{duration, words};
