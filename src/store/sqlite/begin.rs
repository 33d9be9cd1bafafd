//! How a store begins, and when it may.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::super::error::{StoreError, StoreFault, StoreResult};
use super::exchange::Exchange;
use super::marker::{self, Mark, beside};
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

/// The file that a path leads to, so that what belongs beside it stands beside it. A path that nothing is at is as it is.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, StoreError> {
    let linked = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    match fs::canonicalize(path) {
        Ok(file) if linked => Ok(file),
        Err(error) if linked && error.kind() == io::ErrorKind::NotFound => Err(StoreFault::Dangling.of(path)),
        Err(error) if linked => Err(StoreFault::from(error).of(path)),
        _ => Ok(path.to_path_buf()),
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
        Err(error) if error.kind() == io::ErrorKind::NotFound => match has_wal(path) {
            true => Err(StoreFault::LooseWal),
            false => Ok(None),
        },
        Err(error) => Err(error.into()),
    }
}

/// Whether there is a WAL with something in it. Asked before SQLite opens the store, which makes one.
pub(super) fn has_wal(path: &Path) -> bool {
    fs::metadata(beside(path, "-wal")).is_ok_and(|wal| wal.len() > 0)
}

/// Begins an empty store and its marker; what is there is put `aside`. It is made under another name than a repair's, which
/// it would be taken for when it is left behind.
pub(super) fn begin(path: &Path, reading: &Reading, aside: Option<PathBuf>) -> StoreResult<()> {
    let new = beside(path, ".begin");
    let id = blank(&new, reading)?;
    Exchange { new, path: path.to_path_buf(), aside, mark: Mark { id, batches: 0 } }.run()
}

/// That nothing of a store lies beside a path where none is: then one is begun only by who says so.
pub(super) fn check_lonely(path: &Path) -> StoreResult<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().as_bytes();
    for entry in fs::read_dir(folder)? {
        let entry = entry?.file_name();
        let ending = entry.as_bytes().strip_prefix(name).unwrap_or_default();
        if ending == b".new"
            || [b".damaged-".as_slice(), b".old-", b".version-"].iter().any(|left| ending.starts_with(left))
        {
            return Err(StoreFault::Remains(entry));
        }
    }
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
