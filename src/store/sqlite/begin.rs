//! How a store begins, and when it may.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rusqlite::Connection;

use super::super::error::{StoreFault, StoreResult};
use super::marker::{self, Mark, Marker, beside, sync_folder};
use super::schema;
use crate::time::Reading;

/// How a SQLite database begins.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// That the folder of a store is there: a path with a typing error is not to be obeyed.
pub(super) fn check_folder(path: &Path) -> StoreResult<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder.is_none_or(Path::is_dir) {
        true => Ok(()),
        false => Err(StoreFault::NoFolder),
    }
}

/// Looks at what is there without opening it: the marker, if there is one.
pub(super) fn look(path: &Path) -> StoreResult<Option<Mark>> {
    let mark = marker::read(path).map_err(StoreFault::Marker)?;
    let mut magic = [0; 16];
    match File::open(path) {
        Ok(file) if file.metadata()?.len() == 0 => Err(StoreFault::Empty),
        Ok(mut file) => match file.read_exact(&mut magic) {
            Ok(()) if magic == MAGIC => Ok(mark),
            Ok(()) => Err(StoreFault::NotDatabase),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(StoreFault::NotDatabase),
            Err(error) => Err(error.into()),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound && mark.is_some() => Err(StoreFault::Missing),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            match fs::metadata(beside(path, "-wal")).is_ok_and(|wal| wal.len() > 0) {
                true => Err(StoreFault::LooseWal),
                false => Ok(None),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Begins an empty store and its marker. It is made under another name, so that it is there whole or not at all.
pub(super) fn begin(path: &Path, reading: &Reading) -> StoreResult<()> {
    let new = beside(path, ".new");
    let id = blank(&new, reading)?;
    File::open(&new)?.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(path)?;
    Marker::create(path, Mark { id, batches: 0 })?;
    Ok(())
}

/// An empty file that only the server's user and group read, whatever was left there.
pub(super) fn clear(new: &Path) -> StoreResult<()> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        match fs::remove_file(beside(new, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    OpenOptions::new().write(true).create_new(true).mode(0o640).open(new)?;
    Ok(())
}

/// Makes an empty store without a marker; its id.
pub(super) fn blank(new: &Path, reading: &Reading) -> StoreResult<[u8; 16]> {
    clear(new)?;
    let connection = Connection::open(new)?;
    schema::settle(&connection)?;
    connection.execute_batch(schema::TABLES)?;
    connection.execute_batch(schema::VIEW)?;
    connection
        .execute("INSERT INTO tally VALUES (1, randomblob(16), ?, 0, 0, 0)", [reading.wall.cast_signed()])?;
    connection.pragma_update(None, "user_version", schema::VERSION)?;
    let id = connection.query_row("SELECT id FROM tally", [], |row| row.get(0))?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(id)
}
