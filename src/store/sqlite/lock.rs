//! One server a store: a lock on a file beside it, `FILE.lock`, which ends with the process whatever ends it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::super::error::StoreFault;
use super::marker::beside;

/// The right to write to a store. The file stays behind: to remove it would let two have it.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
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
        file.set_len(0)?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Lock { _file: file })
    }
}
