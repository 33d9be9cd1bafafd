//! The lease store: one SQLite file, in which a batch is durable before it is answered.
//!
//! Laws: what was answered with `Ok` is found by every later [`Sqlite::open`], or that refuses; nothing is begun anew
//! unseen; a fault of the disk ends no process, and is over when the disk's is. `docs/leases.md` says how.

mod begin;
mod checkpoint;
mod contents;
mod exchange;
mod lock;
mod log;
mod marker;
mod migrate;
mod pages;
mod reader;
mod repair;
mod room;
mod row;
mod schema;
mod vfs;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::{StoreError, StoreFault, StoreResult};
use super::{LeaseStore, LoadError};
use crate::endpoint::Refused;
use crate::lease::{Binding, Commit};
use crate::time::{Anchor, Instant, Reading, Resumed, resume};
use checkpoint::Checkpoints;
use contents::Tally;
use lock::Lock;
use marker::{Mark, Marker, beside};
pub use reader::{Snapshot, snapshot};
pub use repair::{Repaired, backup, begin_store, repair};
use row::{COLUMNS, PLACES};

/// How long a commit waits for somebody else who writes to the file.
const PATIENCE: Duration = Duration::from_millis(500);
/// How soon a store is opened again after a fault.
const PAUSE: Duration = Duration::from_millis(200);

/// What opening a store found beside leases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Opened {
    /// A store that was there.
    Found,
    /// A store that was there, without its marker, which was written anew.
    Unmarked,
    /// There was none: it begins empty.
    Begun,
    /// A store with tables of this earlier version, which were converted.
    Converted(i32),
}

/// A lease store in a SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    /// None after a fault, until the file could be opened again.
    connection: Option<Connection>,
    /// Its shared memory; open for as long as the connection or a checkpoint is.
    shared: Option<File>,
    marker: Marker,
    id: [u8; 16],
    tally: Tally,
    /// The checksum of each row, by address, to keep the tally.
    sums: HashMap<u32, u32>,
    /// The file that was opened, as device and number.
    file: (u64, u64),
    /// Its WAL, likewise: it is there for as long as the connection is.
    wal: (u64, u64),
    newest: Instant,
    anchor: Option<Anchor>,
    loaded: Option<Vec<Binding>>,
    opened: Opened,
    checkpoints: Checkpoints,
    /// When the file was tried to be opened last after a fault, and what came of it.
    tried: Option<(std::time::Instant, Refused)>,
    /// What the last fault was.
    cause: Refused,
    _lock: Lock,
}

impl Sqlite {
    /// Opens a store for a server, and begins it if neither it nor its marker is there. `reading` is what the clocks say.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store is in use, can't be used, or is not whole: then nothing is changed.
    pub fn open(path: &Path, reading: &Reading) -> Result<Sqlite, StoreError> {
        let path = &begin::resolve(path)?;
        Sqlite::open_or_begin(path, reading).map_err(|fault| reader::located(path, fault).of(path))
    }

    fn open_or_begin(path: &Path, reading: &Reading) -> StoreResult<Sqlite> {
        begin::check_folder(path)?;
        room::check(path)?;
        let mut lock = Lock::take(path)?;
        let mark = begin::look(path)?;
        let begun = mark.is_none() && !path.exists();
        if begun {
            begin::check_lonely(path)?;
            begin::begin(path, reading, None)?;
            lock.complete(path)?;
        }
        let mark = marker::read(path).map_err(StoreFault::Marker)?;
        let wal = begin::has_wal(path);
        let connection = connect(path)?;
        let version = contents::version(&connection)?;
        let shared = room::take(path)?;
        contents::check_pages(&connection)?;
        if version < schema::VERSION {
            migrate::migrate(&connection, path, version)?;
        }
        let mut loaded = Vec::new();
        let contents = contents::read(&connection, |binding| loaded.push(binding))?;
        let found = Mark { id: contents.id, batches: contents.tally.batches };
        check_mark(found, mark)?;
        contents::check_closed(&connection, mark.is_some(), wal)?;
        let marker = match mark {
            None => Marker::create(path, found)?,
            Some(_) => Marker::open(path)?,
        };
        contents::set_open(&connection, true)?;
        checkpoint(&connection)?;
        marker.note(found.batches)?;
        let opened = match mark {
            _ if begun => Opened::Begun,
            _ if version < schema::VERSION => Opened::Converted(version),
            None => Opened::Unmarked,
            Some(_) => Opened::Found,
        };
        Ok(Sqlite {
            path: path.to_path_buf(),
            connection: Some(connection),
            shared: Some(shared),
            marker,
            id: contents.id,
            tally: contents.tally,
            sums: contents.sums,
            file: identity(path)?,
            wal: identity(&beside(path, "-wal"))?,
            newest: contents.newest,
            anchor: contents.anchor,
            loaded: Some(loaded),
            opened,
            checkpoints: Checkpoints::default(),
            tried: None,
            cause: Refused::Recovering,
            _lock: lock,
        })
    }

    /// What opening it found beside leases.
    #[must_use]
    pub fn opened(&self) -> Opened {
        self.opened
    }

    /// What time it is on the store's timeline, from where its clock goes on. This is kept, for the next time.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it can't be kept.
    pub fn resume(&mut self, reading: &Reading) -> Result<(Anchor, Resumed), StoreError> {
        let resumed = resume(self.anchor.as_ref(), reading, self.newest);
        let anchor = Anchor::at(*reading, resumed.instant, self.anchor.as_ref());
        if let Some(connection) = &self.connection {
            contents::set_anchor(connection, &anchor)
                .map_err(|error| StoreFault::from(error).of(&self.path))?;
        }
        self.anchor = Some(anchor);
        Ok((anchor, resumed))
    }

    /// Keeps a batch in one transaction.
    fn keep(&mut self, batch: &[Commit]) -> Result<(), Refused> {
        self.recover()?;
        // Whoever removes or exchanges a file would not be noticed otherwise: an open file can be written to for ever.
        let wal = identity(&beside(&self.path, "-wal")).ok();
        if identity(&self.path).ok() != Some(self.file) || wal != Some(self.wal) {
            return Err(self.fail(Refused::Gone));
        }
        let Some(connection) = &self.connection else { return Err(Refused::Recovering) };
        let mut tally = Tally { batches: self.tally.batches + 1, ..self.tally };
        match write(connection, batch, &mut tally, &mut self.sums) {
            Ok(()) => {}
            Err((why, false)) => return Err(why),
            Err((why, true)) => return Err(self.fail(why)),
        }
        self.tally = tally;
        self.checkpoints.count(batch.len());
        // What the marker misses is noted with the next batch.
        let _ = self.marker.note(tally.batches);
        Ok(())
    }

    /// Gives up the connection. Which of its pages are on the disk is unknown.
    fn fail(&mut self, why: Refused) -> Refused {
        self.connection = None;
        self.tried = None;
        self.cause = why;
        why
    }

    /// Opens the file again after a fault.
    fn recover(&mut self) -> Result<(), Refused> {
        if self.connection.is_some() {
            return Ok(());
        }
        #[allow(
            clippy::disallowed_methods,
            reason = "how often a broken disk is tried is no matter of leases"
        )]
        let now = std::time::Instant::now();
        if let Some((at, why)) = self.tried
            && now.duration_since(at) < PAUSE
        {
            return Err(why);
        }
        self.reopen().map_err(|fault| {
            let why = refused(&fault).unwrap_or(self.cause);
            self.tried = Some((now, why));
            why
        })
    }

    fn reopen(&mut self) -> StoreResult<()> {
        if identity(&self.path).ok() != Some(self.file) {
            return Err(StoreFault::Missing);
        }
        self.checkpoints.wait();
        // Not before: with it end the locks that a checkpoint has.
        self.shared = None;
        let connection = connect(&self.path)?;
        let contents = contents::read(&connection, |_| {})?;
        let shared = room::take(&self.path)?;
        check_mark(
            Mark { id: contents.id, batches: contents.tally.batches },
            Some(Mark { id: self.id, batches: self.tally.batches }),
        )?;
        // After a sync that failed, the system takes pages for written that are not on the disk, and syncs them never
        // again. So what stands in the WAL goes to the database, and the WAL begins anew, before anything is acknowledged.
        checkpoint(&connection)?;
        self.wal = identity(&beside(&self.path, "-wal"))?;
        self.tally = contents.tally;
        self.sums = contents.sums;
        (self.connection, self.shared) = (Some(connection), Some(shared));
        Ok(())
    }
}

impl LeaseStore for Sqlite {
    fn load(&mut self) -> Result<Vec<Binding>, LoadError> {
        if let Some(loaded) = self.loaded.take() {
            return Ok(loaded);
        }
        let mut loaded = Vec::new();
        let read = match &self.connection {
            Some(connection) => contents::read(connection, |binding| loaded.push(binding)),
            None => Err(StoreFault::Busy),
        };
        read.map(|_| loaded).map_err(|fault| LoadError::Store(fault.of(&self.path)))
    }

    fn commit(&mut self, batch: &[Commit]) -> Vec<Result<(), Refused>> {
        let result = if batch.is_empty() { Ok(()) } else { self.keep(batch) };
        vec![result; batch.len()]
    }

    fn tidy(&mut self) {
        let Some(connection) = &self.connection else { return };
        let whole = match self.checkpoints.ended() {
            Some(true) => checkpoint::passive(connection).is_ok(),
            Some(false) => false,
            None => true,
        };
        match whole {
            true => self.checkpoints.begin(&self.path, self.file),
            false => {
                self.fail(Refused::Recovering);
            }
        }
    }
}

impl Drop for Sqlite {
    /// Leaves one file that has all, without a WAL.
    fn drop(&mut self) {
        self.checkpoints.wait();
        if let Some(connection) = self.connection.take()
            && contents::set_open(&connection, false).is_ok()
            && checkpoint(&connection).is_ok()
        {
            let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
            let _ = self.marker.sync();
        }
    }
}

/// Keeps where the timeline of a store goes on, beside the server that has it open.
///
/// # Errors
///
/// [`StoreError`] if it can't be kept.
pub fn note_anchor(path: &Path, anchor: &Anchor) -> Result<(), StoreError> {
    let path = &begin::resolve(path)?;
    let noted = connect(path).and_then(|connection| Ok(contents::set_anchor(&connection, anchor)?));
    noted.map_err(|fault| fault.of(path))
}

/// Opens the database for writing. Closing it changes nothing, unless that is asked for: what is refused stays as it was.
fn connect(path: &Path) -> StoreResult<Connection> {
    room::check(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    vfs::register()?;
    let connection = Connection::open_with_flags_and_vfs(path, flags, vfs::NAME)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(PATIENCE)?;
    schema::prepare(&connection)?;
    Ok(connection)
}

/// Writes all that stands in the WAL to the database, and empties the WAL.
fn checkpoint(connection: &Connection) -> StoreResult<()> {
    let busy: i32 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 { Ok(()) } else { Err(StoreFault::Busy) }
}

/// That a store is the one that its marker tells of, and not behind it.
fn check_mark(found: Mark, mark: Option<Mark>) -> StoreResult<()> {
    match mark {
        Some(mark) if mark.id != found.id => Err(StoreFault::OtherMarker),
        Some(mark) if mark.batches > found.batches => {
            Err(StoreFault::Behind { found: found.batches, marked: mark.batches })
        }
        _ => Ok(()),
    }
}

/// Which file a path names.
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(path).map(|found| (found.dev(), found.ino()))
}

/// Writes a batch and makes it durable. An error says whether the connection is to be given up.
fn write(
    connection: &Connection,
    batch: &[Commit],
    tally: &mut Tally,
    sums: &mut HashMap<u32, u32>,
) -> Result<(), (Refused, bool)> {
    let fault = |error: rusqlite::Error| (reason(&error), true);
    let step = |sql: &str| connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
    step("BEGIN IMMEDIATE").map_err(|error| {
        let why = reason(&error);
        (why, why != Refused::Busy)
    })?;
    let sql = format!("REPLACE INTO binding ({COLUMNS}) VALUES ({PLACES})");
    let mut replace = connection.prepare_cached(&sql).map_err(fault)?;
    for Commit { binding } in batch {
        let sum = row::checksum(binding, tally.batches);
        row::bind(&mut replace, binding, tally.batches, sum).map_err(fault)?;
        replace.raw_execute().map_err(fault)?;
        match sums.insert(binding.address.into(), sum) {
            Some(before) => tally.checksums = tally.checksums.wrapping_sub(before.into()),
            None => tally.bindings += 1,
        }
        tally.checksums = tally.checksums.wrapping_add(sum.into());
    }
    set_tally(connection, tally).map_err(fault)?;
    step("COMMIT").map_err(fault)?;
    Ok(())
}

/// Keeps the tally of all rows.
fn set_tally(connection: &Connection, tally: &Tally) -> rusqlite::Result<()> {
    let sql = "UPDATE tally SET batches = ?, bindings = ?, checksums = ? WHERE one = 1";
    let numbers = [tally.batches, tally.bindings, tally.checksums].map(u64::cast_signed);
    connection.prepare_cached(sql)?.execute(numbers)?;
    Ok(())
}

/// What an error of a write is to whoever waits for it.
fn reason(error: &rusqlite::Error) -> Refused {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Refused::Busy,
        Some(ErrorCode::DiskFull) => Refused::Unwritable(io::ErrorKind::StorageFull),
        Some(ErrorCode::SystemIoFailure) => Refused::Failing,
        Some(ErrorCode::ReadOnly) => Refused::Unwritable(io::ErrorKind::ReadOnlyFilesystem),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Refused::Damaged,
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            Refused::Unwritable(io::ErrorKind::PermissionDenied)
        }
        _ => Refused::Unwritable(io::ErrorKind::Other),
    }
}

/// What a fault of opening again is to whoever waits for it; none if it says nothing beyond what was before.
fn refused(fault: &StoreFault) -> Option<Refused> {
    match fault {
        StoreFault::Missing | StoreFault::Behind { .. } => Some(Refused::Gone),
        StoreFault::System(error) => Some(Refused::Unwritable(error.kind())),
        fault if fault.is_damage() => Some(Refused::Damaged),
        _ => None,
    }
}
