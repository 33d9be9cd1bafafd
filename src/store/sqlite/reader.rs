//! A store as others than its server see it: read, checked, and never changed.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::super::error::{StoreError, StoreFault, StoreResult};
use super::contents::{self, Contents};
use super::marker::{Mark, beside};
use super::{PATIENCE, begin, check_mark, pages, repair, schema};
use crate::lease::Binding;
use crate::time::{Anchor, Instant};

/// All that a store holds, at one moment.
#[derive(Debug)]
pub struct Snapshot {
    /// The bindings, by address.
    pub bindings: Vec<Binding>,
    /// How many batches have made them.
    pub batches: u64,
    /// The latest time at which something happened.
    pub newest: Instant,
    /// Where its timeline goes on.
    pub anchor: Option<Anchor>,
    /// Whether its marker stands beside it.
    pub marked: bool,
}

/// Reads a store while a server may be writing to it, and checks it as the server would.
///
/// # Errors
///
/// [`StoreError`] if there is none, or it is not whole.
pub fn snapshot(path: &Path) -> Result<Snapshot, StoreError> {
    let path = &begin::resolve(path)?;
    look(path).map_err(|fault| located(path, fault).of(path))
}

/// Says which page is damaged, where SQLite does not.
pub(super) fn located(path: &Path, fault: StoreFault) -> StoreFault {
    let page = || {
        let octets = std::fs::read(path).ok()?;
        pages::first_odd(&octets, repair::page_size(&octets))
    };
    match fault {
        StoreFault::Damaged(text) if !text.contains("page") && !text.contains("table") => match page() {
            Some(page) => StoreFault::Damaged(format!("page {page}: {text}")),
            None => StoreFault::Damaged(text),
        },
        fault => fault,
    }
}

fn look(path: &Path) -> StoreResult<Snapshot> {
    begin::check_folder(path)?;
    // Before the database: a server at work may keep a batch in between.
    let mark = begin::look(path)?;
    if mark.is_none() && !path.exists() {
        return Err(StoreFault::NoStore);
    }
    let wal = begin::has_wal(path);
    let connection = connect(path)?;
    let version = contents::version(&connection)?;
    if version < schema::VERSION {
        contents::check_pages(&connection)?;
        return Err(StoreFault::Earlier(version));
    }
    contents::check_pages(&connection)?;
    let mut bindings = Vec::new();
    let Contents { id, tally, newest, anchor, .. } =
        contents::read(&connection, |binding| bindings.push(binding))?;
    check_mark(Mark { id, batches: tally.batches }, mark)?;
    contents::check_closed(&connection, mark.is_some(), wal)?;
    Ok(Snapshot { bindings, batches: tally.batches, newest, anchor, marked: mark.is_some() })
}

/// Opens a database for reading. Where the shared memory of the WAL can't be made, as on a read-only disk, a database without a
/// WAL is read as it stands.
pub(super) fn connect(path: &Path) -> StoreResult<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    let readable = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    let lone = std::fs::metadata(beside(path, "-wal")).map_or(true, |wal| wal.len() == 0);
    match readable {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::CannotOpen) && lone => {
            let text = path.to_str().ok_or_else(|| StoreFault::Other("its name is not UTF-8".to_owned()))?;
            let text: String = text.chars().map(escaped).collect();
            let uri = format!("file:{text}?immutable=1");
            Ok(Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?)
        }
        Err(error) => Err(error.into()),
        Ok(()) => Ok(connection),
    }
}

fn escaped(char: char) -> String {
    match char {
        '%' | '?' | '#' => format!("%{:02x}", u32::from(char)),
        char => char.to_string(),
    }
}
