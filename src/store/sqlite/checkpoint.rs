//! Writing what stands in the WAL to the database, beside the commits: on a thread and a connection of its own.
//!
//! It takes tens of milliseconds to write some thousand pages and to sync them, and SQLite lets others commit meanwhile.
//! What they have committed is left over, and is little: the store itself finishes, so that the WAL begins anew.

use std::path::Path;
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use super::super::error::StoreResult;
use super::marker::Marker;
use super::{connect, identity};

/// Batches or rows between two checkpoints. The more rows, the more often one page stands for several of them.
const BATCHES: u64 = 2048;
const ROWS: u64 = 16 * 1024;

/// When the next one is due, and the one that is under way.
#[derive(Debug, Default)]
pub(super) struct Checkpoints {
    batches: u64,
    rows: u64,
    under_way: Option<JoinHandle<StoreResult<()>>>,
}

impl Checkpoints {
    /// Counts a batch.
    pub(super) fn count(&mut self, rows: usize) {
        self.batches = self.batches.saturating_add(1);
        self.rows = self.rows.saturating_add(u64::try_from(rows).unwrap_or(u64::MAX));
    }

    /// Begins a checkpoint of the store at `path`, which is the file `file`, if one is due and none is under way.
    pub(super) fn begin(&mut self, path: &Path, file: (u64, u64)) {
        if self.under_way.is_some() || self.batches < BATCHES && self.rows < ROWS {
            return;
        }
        let path = path.to_path_buf();
        let work = thread::Builder::new().name("checkpoint".to_owned());
        // Without a thread the next batch tries again, and SQLite's own bound holds.
        if let Ok(handle) = work.spawn(move || all(&path, file)) {
            (self.batches, self.rows) = (0, 0);
            self.under_way = Some(handle);
        }
    }

    /// Whether the one under way succeeded, once it has ended.
    pub(super) fn ended(&mut self) -> Option<bool> {
        let handle = self.under_way.take_if(|handle| handle.is_finished())?;
        Some(matches!(handle.join(), Ok(Ok(()))))
    }

    /// Waits for the one that is under way.
    pub(super) fn wait(&mut self) {
        if let Some(handle) = self.under_way.take() {
            let _ = handle.join();
        }
        (self.batches, self.rows) = (0, 0);
    }
}

/// Writes all that stands in the WAL to the database, and makes the marker durable.
fn all(path: &Path, file: (u64, u64)) -> StoreResult<()> {
    // Where it can't be opened once more, as on a disk that is all but full, what is open goes on: whoever finishes does all.
    let Some(connection) = connect(path).ok().filter(|_| identity(path).ok() == Some(file)) else {
        return Ok(());
    };
    passive(&connection)?;
    // Once more, for what was committed meanwhile: that leaves a few pages to whoever finishes.
    passive(&connection)?;
    Ok(Marker::open(path)?.sync()?)
}

/// A checkpoint that waits for nobody: what a reader still needs stays for the next time.
pub(super) fn passive(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::super::Sqlite;
    use super::*;
    use crate::time::Reading;

    #[test]
    fn a_file_that_can_not_be_opened_once_more_is_no_fault_of_what_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let (path, away) = (folder.path().join("leases.db"), folder.path().join("away"));
        let store = Sqlite::open(&path, &Reading { boot: [1; 16], uptime: 0, wall: 0 }).unwrap();
        std::fs::rename(&path, away).unwrap();
        let mut checkpoints = Checkpoints::default();
        (0..BATCHES).for_each(|_| checkpoints.count(1));
        checkpoints.begin(&path, store.file);
        let ended = std::iter::repeat_with(|| {
            thread::yield_now();
            checkpoints.ended()
        });
        assert_eq!(Some(true), ended.flatten().next());
    }
}
