//! Why a store can't be opened: which file, what is wrong, where, and what to do.

use core::fmt;
use core::net::Ipv4Addr;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::options::text::Escaped;

/// Why a store can't be used. Shown as `leases.db: row of 10.67.0.10: its checksum is wrong`.
#[derive(Debug)]
pub struct StoreError {
    /// The store's file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: StoreFault,
}

/// What is wrong with a store.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreFault {
    /// The folder that it would be in does not exist.
    NoFolder,
    /// There was a store, says its marker, and it is not there.
    Missing,
    /// There is no store, and it is not to be begun.
    NoStore,
    /// There is no store, but this file of one.
    Remains(OsString),
    /// The path is a symbolic link to what is not there.
    Dangling,
    /// There is a store already.
    Exists,
    /// The file is empty.
    Empty,
    /// It has a WAL, without the database that it belongs to.
    LooseWal,
    /// The file is no SQLite database.
    NotDatabase,
    /// The file is another program's database.
    Foreign(i32),
    /// A later version of this program made it.
    Newer {
        /// The version of its tables.
        found: i32,
        /// The latest version that is known.
        known: i32,
    },
    /// An earlier version of this program made it: the next start of its server converts it.
    Earlier(i32),
    /// The marker beside it can't be read.
    Marker(io::Error),
    /// The marker beside it is another store's.
    OtherMarker,
    /// It has fewer batches than its marker: the end of its WAL is lost, or it is an older copy.
    Behind {
        /// The batches that it has.
        found: u64,
        /// The batches that it had at least.
        marked: u64,
    },
    /// Its server did not close it, and neither its WAL nor its marker is there.
    Unclosed,
    /// The database is damaged; SQLite says where.
    Damaged(String),
    /// A row is not what was written.
    Row {
        /// Its address.
        address: Ipv4Addr,
        /// What is wrong.
        why: String,
    },
    /// The rows are not those that were written last.
    Tally {
        /// How many there are, and should be.
        bindings: (u64, u64),
    },
    /// Another program serves from it.
    InUse(Option<u32>),
    /// Another program holds it for longer than is waited.
    Busy,
    /// The system does not let it be read or written.
    System(io::Error),
    /// SQLite can't use it.
    Other(String),
}

/// A result of a store.
pub(super) type StoreResult<T> = Result<T, StoreFault>;

impl StoreFault {
    /// With the file that it is about.
    pub(super) fn of(self, path: &std::path::Path) -> StoreError {
        StoreError { path: path.to_path_buf(), fault: self }
    }

    /// Whether what is kept is damaged or gone, so that somebody must decide what to do.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            StoreFault::Missing
                | StoreFault::Remains(_)
                | StoreFault::Empty
                | StoreFault::LooseWal
                | StoreFault::NotDatabase
                | StoreFault::Marker(_)
                | StoreFault::OtherMarker
                | StoreFault::Behind { .. }
                | StoreFault::Unclosed
                | StoreFault::Damaged(_)
                | StoreFault::Row { .. }
                | StoreFault::Tally { .. }
        )
    }
}

impl StoreError {
    /// Whether there is simply no store yet.
    #[must_use]
    pub fn is_begin(&self) -> bool {
        matches!(self.fault, StoreFault::NoStore)
    }

    /// The version of its tables, if the next start of its server converts them, and only that keeps it from being read.
    #[must_use]
    pub fn will_convert(&self) -> Option<i32> {
        match self.fault {
            StoreFault::Earlier(version) => Some(version),
            _ => None,
        }
    }

    /// Whether a marker says that there was a store: else the file may be anything.
    fn is_marked(&self) -> bool {
        let mut marker = self.path.clone().into_os_string();
        marker.push(".id");
        PathBuf::from(marker).exists()
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        let path = self.path.display().to_string();
        let path = Escaped(path.as_bytes()).to_string();
        let anew = format!("or `dhcpsim leases begin --anew {path}`, which forgets all leases");
        match &self.fault {
            StoreFault::NoFolder => "make the folder, or name another file".to_owned(),
            StoreFault::Missing | StoreFault::LooseWal => {
                format!("put it back, or a backup of it and `dhcpsim leases repair {path}`; {anew}")
            }
            StoreFault::NotDatabase if !self.is_marked() => {
                format!(
                    "name another file; or if it was a store, `dhcpsim leases repair {path}` saves what is left"
                )
            }
            StoreFault::Empty | StoreFault::NotDatabase => {
                format!(
                    "`dhcpsim leases repair {path}` saves what is left; or put a backup in its place; {anew}"
                )
            }
            StoreFault::NoStore => format!("`dhcpsim leases begin {path}` begins one"),
            StoreFault::Remains(_) => {
                format!(
                    "put the store back and `dhcpsim leases repair {path}`; or `dhcpsim leases begin {path}`, for an empty one"
                )
            }
            StoreFault::Dangling => "put back what it leads to, or remove the link".to_owned(),
            StoreFault::Exists => "--anew puts it aside and begins an empty one".to_owned(),
            StoreFault::Foreign(_) => "name another file".to_owned(),
            StoreFault::Earlier(_) => "start its server once".to_owned(),
            StoreFault::Newer { .. } => "use the version of dhcpsim that wrote it, or a later one".to_owned(),
            StoreFault::Marker(_)
            | StoreFault::OtherMarker
            | StoreFault::Behind { .. }
            | StoreFault::Unclosed
            | StoreFault::Damaged(_)
            | StoreFault::Row { .. }
            | StoreFault::Tally { .. } => {
                format!(
                    "`dhcpsim leases repair {path}` saves every lease that is whole, and says what is lost"
                )
            }
            StoreFault::InUse(_) => "stop that server first, or name another file".to_owned(),
            StoreFault::Busy => "try again".to_owned(),
            StoreFault::System(_) | StoreFault::Other(_) => {
                "the disk, the folder's permissions and the room on it are worth a look".to_owned()
            }
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display().to_string();
        write!(f, "{}: {}", Escaped(path.as_bytes()), self.fault)
    }
}

impl fmt::Display for StoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreFault::NoFolder => f.write_str("the folder of the lease store does not exist"),
            StoreFault::Missing => f.write_str("the lease store is gone; its marker says that there was one"),
            StoreFault::NoStore => f.write_str("there is no lease store"),
            StoreFault::Remains(name) => {
                write!(f, "the lease store is not there, but {} is", Escaped(name.as_bytes()))
            }
            StoreFault::Dangling => f.write_str("a symbolic link to a file that is not there"),
            StoreFault::Exists => f.write_str("there is a lease store already"),
            StoreFault::Empty => f.write_str("the lease store is an empty file"),
            StoreFault::LooseWal => f.write_str("there is a -wal file without the lease store it belongs to"),
            StoreFault::NotDatabase => {
                f.write_str("the lease store is damaged: page 1 does not begin as a SQLite database does")
            }
            StoreFault::Foreign(id) => write!(f, "a database of another program (application {id:#x})"),
            StoreFault::Earlier(version) => {
                write!(f, "the lease store has tables of version {version}: the next start of its server converts them")
            }
            StoreFault::Newer { found, known } => {
                write!(f, "the lease store has tables of version {found}; this program knows up to {known}")
            }
            StoreFault::Marker(error) => {
                write!(f, "the marker beside the lease store, .id, can't be read: {error}")
            }
            StoreFault::OtherMarker => f.write_str(
                "the marker beside the lease store, .id, is another store's: one of the two was exchanged",
            ),
            StoreFault::Behind { found, marked } => write!(
                f,
                "the lease store ends with batch {found}, but had kept {marked}: the end of its -wal file is lost or \
                 damaged, or it is an older copy"
            ),
            StoreFault::Unclosed => f.write_str(
                "the lease store was not closed by its server, and neither its -wal file nor its marker, .id, is there: \
                 what the -wal held is lost",
            ),
            StoreFault::Damaged(place) => {
                let place = place.replace('\n', " ");
                write!(f, "the lease store is damaged: {}", Escaped(place.trim().as_bytes()))
            }
            StoreFault::Row { address, why } => {
                write!(f, "the lease store is damaged: row of {address}: {why}")
            }
            StoreFault::Tally { bindings: (found, kept) } if found == kept => f.write_str(
                "the lease store is damaged: table binding: its rows are not those that were kept last",
            ),
            StoreFault::Tally { bindings: (found, kept) } => {
                write!(f, "the lease store is damaged: table binding: {found} rows, {kept} were kept")
            }
            StoreFault::InUse(Some(pid)) => write!(f, "the lease store is in use by process {pid}"),
            StoreFault::InUse(None) => f.write_str("the lease store is in use by another process"),
            StoreFault::Busy => f.write_str("the lease store is held by another program"),
            StoreFault::System(error) => write!(f, "the lease store can't be used: {error}"),
            StoreFault::Other(text) => {
                write!(f, "the lease store can't be used: {}", Escaped(text.as_bytes()))
            }
        }
    }
}

impl core::error::Error for StoreError {}

impl From<io::Error> for StoreFault {
    fn from(error: io::Error) -> StoreFault {
        StoreFault::System(error)
    }
}

/// SQLITE_IOERR_SHORT_READ: there is no more to read.
const SHORT_READ: i32 = 522;

impl From<rusqlite::Error> for StoreFault {
    fn from(error: rusqlite::Error) -> StoreFault {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            _ if error.sqlite_error().is_some_and(|error| error.extended_code == SHORT_READ) => {
                StoreFault::Damaged(
                    "the file is cut short: it ends before a page that it should have".to_owned(),
                )
            }
            Some(ErrorCode::NotADatabase) => StoreFault::NotDatabase,
            Some(ErrorCode::DatabaseCorrupt) => StoreFault::Damaged(error.to_string()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreFault::Busy,
            Some(ErrorCode::DiskFull) => StoreFault::System(io::ErrorKind::StorageFull.into()),
            Some(ErrorCode::ReadOnly) => StoreFault::System(io::ErrorKind::ReadOnlyFilesystem.into()),
            // Tables and values that are not as they were made.
            None | Some(ErrorCode::Unknown) => StoreFault::Damaged(error.to_string()),
            Some(_) => StoreFault::Other(error.to_string()),
        }
    }
}
