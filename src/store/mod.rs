//! Where bindings are kept. The driver calls a store, never an endpoint: a store is a peer (law 6).

mod error;
pub mod import;
mod memory;
mod sqlite;

use core::fmt;

use crate::endpoint::Refused;
use crate::lease::{Binding, Commit};

pub use error::{StoreError, StoreFault};
pub use memory::Memory;
pub use sqlite::{Opened, Repaired, Snapshot, Sqlite, backup, begin_store, note_anchor, repair, snapshot};

/// Keeps bindings over a restart, or pretends to.
pub trait LeaseStore {
    /// Every binding that is kept.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if what is kept can't be read.
    fn load(&mut self) -> Result<Vec<Binding>, LoadError>;

    /// Keeps a batch, in order; one answer for each. What is answered with `Ok` is found by a later [`LeaseStore::load`].
    fn commit(&mut self, batch: &[Commit]) -> Vec<Result<(), Refused>>;

    /// Is called when a batch has been answered: the time for what would keep it waiting. The next may wait already.
    fn tidy(&mut self) {}

    /// Whether a commit is done as soon as it is asked for, so that a thread for it would only cost time.
    fn is_instant(&self) -> bool {
        false
    }
}

/// Why what is kept can't be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// It can't be read at all.
    Unreadable(std::io::ErrorKind),
    /// It is not what it should be.
    Store(StoreError),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Unreadable(kind) => write!(f, "the store can't be read: {kind}"),
            LoadError::Store(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for LoadError {}
