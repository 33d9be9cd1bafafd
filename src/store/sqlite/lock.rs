//! One server a store: a lock on a file beside it, `FILE.lock`, which ends with the process whatever ends it, and the same on
//! the database, for who comes by another name or has removed `FILE.lock`.
//!
//! These are flock(2)'s locks, which SQLite's (fcntl(2)) do not see. But closing any descriptor of the database would end SQLite's:
//! this one is opened before SQLite's and outlives them.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::super::error::StoreFault;
use super::marker::beside;

/// The right to write to a store. The file stays behind: to remove it would let two have it.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
    database: Option<File>,
}

impl Lock {
    /// Takes the lock of a store, and says in the file who has it.
    pub(super) fn take(store: &Path) -> Result<Lock, StoreFault> {
        let path = beside(store, ".lock");
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o640).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Who it is only helps the reader.
                let _ = (&file).take(32).read_to_string(&mut text);
                return Err(StoreFault::InUse(text.trim().parse().ok()));
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let database = match File::open(store) {
            Ok(database) => Some(hold(database)?),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        file.set_len(0)?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Lock { _file: file, database })
    }

    /// Takes the database too, where it was not there yet when the lock was taken. SQLite must not have it open.
    pub(super) fn complete(&mut self, store: &Path) -> Result<(), StoreFault> {
        if self.database.is_none() {
            self.database = Some(hold(File::open(store)?)?);
        }
        Ok(())
    }
}

/// Takes the lock of a database.
fn hold(database: File) -> Result<File, StoreFault> {
    match database.try_lock() {
        Ok(()) => Ok(database),
        Err(TryLockError::WouldBlock) => Err(StoreFault::InUse(None)),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}
