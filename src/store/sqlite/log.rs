//! The file of the WAL: what a commit writes is gathered, and goes to the system with one write and to the disk with one
//! fdatasync.
//!
//! SQLite writes two pieces for each page that a batch touches, and shows the commit to others only after the sync: until
//! then nobody needs them. The file grows by steps, filled with zeros, which are no frames to SQLite: a sync that finds
//! the file's length changed makes the file system write its journal too.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Octets by which the file grows.
const STEP: u64 = 256 << 10;
/// Octets that are gathered at most.
const MOST: usize = 4 << 20;

/// A WAL that is open for writing.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    /// Octets of the file, as far as it is known.
    length: u64,
    /// Where the gathered octets belong.
    start: u64,
    gathered: Vec<u8>,
}

impl Log {
    /// Opens a WAL that is there.
    pub(super) fn open(path: &Path) -> io::Result<Log> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        Ok(Log { file, length: 0, start: 0, gathered: Vec::new() })
    }

    /// Takes octets that belong at a place of the file.
    pub(super) fn write(&mut self, octets: &[u8], at: u64) -> io::Result<()> {
        if self.end() != at || self.gathered.len() >= MOST {
            self.flush()?;
            self.start = at;
        }
        self.gathered.extend_from_slice(octets);
        Ok(())
    }

    /// Writes what was gathered. What can't be written is given up: who asked is told, and takes nothing for kept.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let end = self.end();
        if end > self.length {
            self.length = self.file.metadata()?.len();
        }
        let written = if end > self.length { self.grow(end) } else { self.put() };
        self.gathered.clear();
        written
    }

    /// Writes what was gathered, and makes it durable.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        self.file.sync_data()
    }

    /// Forgets how long the file is: somebody else changes that.
    pub(super) fn forget_length(&mut self) {
        self.length = 0;
    }

    fn put(&self) -> io::Result<()> {
        self.file.write_all_at(&self.gathered, self.start)
    }

    /// Writes what was gathered and zeros behind it; without those where the disk has no room for them.
    fn grow(&mut self, end: u64) -> io::Result<()> {
        let used = self.gathered.len();
        let zeros = usize::try_from(end.next_multiple_of(STEP) - end).unwrap_or(0);
        self.gathered.resize(used.saturating_add(zeros), 0);
        if self.put().is_ok() {
            self.length = end.next_multiple_of(STEP);
            return Ok(());
        }
        self.gathered.truncate(used);
        self.put()
    }

    fn end(&self) -> u64 {
        self.start.saturating_add(u64::try_from(self.gathered.len()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use pretty_assertions::assert_eq;

    use super::*;

    fn log(folder: &Path) -> (Log, std::path::PathBuf) {
        let path = folder.join("wal");
        fs::write(&path, b"").unwrap();
        (Log::open(&path).unwrap(), path)
    }

    #[test]
    fn pieces_are_written_together_and_the_file_grows_by_steps() {
        let folder = tempfile::tempdir().unwrap();
        let (mut log, path) = log(folder.path());
        for (at, piece) in [(0, "head"), (4, "first"), (9, "second")] {
            log.write(piece.as_bytes(), at).unwrap();
        }
        assert_eq!(0, fs::metadata(&path).unwrap().len(), "nothing is written before the sync");
        log.sync().unwrap();
        let octets = fs::read(&path).unwrap();
        assert_eq!(STEP, u64::try_from(octets.len()).unwrap());
        assert!(octets.starts_with(b"headfirstsecond\0"));
        log.write(b"third", 15).unwrap();
        log.sync().unwrap();
        assert!(fs::read(&path).unwrap().starts_with(b"headfirstsecondthird\0"));
        assert_eq!(STEP, fs::metadata(&path).unwrap().len());
    }

    #[test]
    fn a_piece_elsewhere_does_not_move_those_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let (mut log, path) = log(folder.path());
        log.write(b"abcdefgh", 0).unwrap();
        log.write(b"XY", 2).unwrap();
        log.write(b"Z", 4).unwrap();
        log.write(b"0", 0).unwrap();
        log.flush().unwrap();
        assert!(fs::read(&path).unwrap().starts_with(b"0bXYZfgh\0"));
    }

    #[test]
    fn a_file_that_somebody_cut_grows_again() {
        let folder = tempfile::tempdir().unwrap();
        let (mut log, path) = log(folder.path());
        log.write(b"abc", 0).unwrap();
        log.sync().unwrap();
        File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
        log.forget_length();
        log.write(b"def", 0).unwrap();
        log.sync().unwrap();
        let octets = fs::read(&path).unwrap();
        assert!(octets.starts_with(b"def\0") && u64::try_from(octets.len()).unwrap() == STEP);
    }
}
