//! Room on the disk for SQLite's shared memory, `FILE-shm`.
//!
//! That file is mapped: where the disk has no room for a page of it, the first write to the page ends the process (SIGBUS).
//! SQLite asks for room by an octet every 4 KiB, which is too little where blocks are smaller. So a store is not opened on
//! a disk that is all but full, and all the room is taken as soon as the file is there.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::io::Errno;

use super::super::error::{StoreFault, StoreResult};
use super::marker::beside;

/// Octets that the shared memory of a WAL of 25 MiB takes: eight regions of 32 KiB, for 4096 pages of 1 KiB each.
const SIZE: u64 = 256 * 1024;

/// That there is room for a store to be opened: for its shared memory, and as much again for its WAL.
pub(super) fn check(store: &Path) -> StoreResult<()> {
    let folder = store.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let free = statvfs(folder).map_err(io::Error::from)?;
    match free.f_bavail.saturating_mul(free.f_frsize) < 2 * SIZE {
        true => Err(StoreFault::System(io::ErrorKind::StorageFull.into())),
        false => Ok(()),
    }
}

/// Takes the room of the shared memory of a store that is open. The file must outlive the connection: closing it would
/// end the locks that SQLite has on it (fcntl(2)).
pub(super) fn take(store: &Path) -> StoreResult<File> {
    let file = OpenOptions::new().read(true).write(true).open(beside(store, "-shm"))?;
    match fallocate(&file, FallocateFlags::empty(), 0, SIZE) {
        // A file system that can't take room beforehand is used as it is.
        Ok(()) | Err(Errno::OPNOTSUPP) => Ok(file),
        Err(error) => Err(StoreFault::System(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;
    use crate::store::Sqlite;
    use crate::time::Reading;

    #[test]
    fn a_store_that_is_given_up_leaves_the_locks_of_others_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leases.db");
        let reading = Reading { boot: [1; 16], uptime: 0, wall: 0 };
        let mut store = Sqlite::open(&path, &reading).unwrap();
        let other = super::super::connect(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let number = std::fs::metadata(beside(&path, "-shm")).unwrap().ino();
        let locked = || {
            let locks = std::fs::read_to_string("/proc/locks").unwrap();
            locks.lines().any(|line| line.contains("WRITE") && line.contains(&format!(":{number} ")))
        };
        assert!(locked(), "a transaction that writes has a lock");
        store.fail(crate::endpoint::Refused::Recovering);
        assert!(locked(), "the lock of another connection is gone");
    }

    #[test]
    fn an_open_store_has_the_room_of_its_shared_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leases.db");
        let reading = Reading { boot: [1; 16], uptime: 0, wall: 0 };
        let _store = Sqlite::open(&path, &reading).unwrap();
        let found = std::fs::metadata(beside(&path, "-shm")).unwrap();
        assert!(
            found.len() >= SIZE && found.blocks() * 512 >= SIZE,
            "{} in {} blocks",
            found.len(),
            found.blocks()
        );
    }
}
