//! A new store in the place of another one, which stays beside it under another name.
//!
//! Law: whatever ends it between two steps, the next start refuses or finds the new store: the marker says from the first change
//! on that the work is unfinished, until the last. Repairing once more then finds at least as much.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::super::error::{StoreFault, StoreResult};
use super::marker::{self, Mark, Marker, beside, sync_folder};
use crate::time::Reading;

/// What takes the place of what.
pub(super) struct Exchange {
    /// The finished database.
    pub(super) new: PathBuf,
    /// Where it is to be.
    pub(super) path: PathBuf,
    /// Where that is which is there; none if nothing is.
    pub(super) aside: Option<PathBuf>,
    /// What its marker is to say.
    pub(super) mark: Mark,
}

/// A step; what it changes is durable when it returns.
type Step = fn(&Exchange) -> StoreResult<()>;

/// The steps, in order.
pub(super) const STEPS: [Step; 6] = [
    Exchange::settle,
    Exchange::keep_aside,
    Exchange::announce,
    Exchange::replace,
    Exchange::drop_wal,
    Exchange::finish,
];

impl Exchange {
    pub(super) fn run(&self) -> StoreResult<()> {
        STEPS.iter().try_for_each(|step| step(self))
    }

    /// The new database is one file, and on the disk.
    fn settle(&self) -> StoreResult<()> {
        for ending in ["-wal", "-shm"] {
            remove(&beside(&self.new, ending))?;
        }
        Ok(File::open(&self.new)?.sync_all()?)
    }

    /// What is there has another name too.
    fn keep_aside(&self) -> StoreResult<()> {
        let Some(aside) = &self.aside else { return Ok(()) };
        for ending in ["", "-wal", ".id"] {
            let (from, to) = (beside(&self.path, ending), beside(aside, ending));
            if fs::exists(&from)? && fs::hard_link(&from, &to).is_err() {
                fs::copy(&from, &to)?;
                File::open(&to)?.sync_all()?;
            }
        }
        Ok(sync_folder(&self.path)?)
    }

    fn announce(&self) -> StoreResult<()> {
        Ok(marker::unfinished(&self.path)?)
    }

    fn replace(&self) -> StoreResult<()> {
        fs::rename(&self.new, &self.path)?;
        Ok(sync_folder(&self.path)?)
    }

    /// The WAL, and its index, are of the database that was there.
    fn drop_wal(&self) -> StoreResult<()> {
        for ending in ["-wal", "-shm"] {
            remove(&beside(&self.path, ending))?;
        }
        Ok(sync_folder(&self.path)?)
    }

    fn finish(&self) -> StoreResult<()> {
        Marker::create(&self.path, self.mark)?;
        Ok(())
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A name for what is put aside that nothing has yet.
pub(super) fn name_aside(path: &Path, why: &str, reading: &Reading) -> StoreResult<PathBuf> {
    let second = i64::try_from(reading.wall / 1_000_000).unwrap_or_default();
    let date = jiff::Timestamp::from_second(second).unwrap_or_default().strftime("%Y%m%dT%H%M%SZ");
    let free = |number: u32| {
        let name = if number == 0 { format!(".{why}-{date}") } else { format!(".{why}-{date}-{number}") };
        let aside = beside(path, &name);
        let taken = ["", "-wal", ".id"].iter().any(|ending| beside(&aside, ending).exists());
        (!taken).then_some(aside)
    };
    (0..1000).find_map(free).ok_or(StoreFault::Exists)
}
