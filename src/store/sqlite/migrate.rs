//! How the tables of earlier versions become today's. Each step is one transaction, and a copy of the file from before
//! stays beside it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::super::error::{StoreFault, StoreResult};
use super::contents;
use super::marker::{beside, sync_folder};
use super::row::{self, COLUMNS};
use super::schema::{TABLES, VERSION, VIEW};

/// Brings the tables from a version to today's.
pub(super) fn migrate(connection: &Connection, path: &Path, from: i32) -> StoreResult<()> {
    let (copy, file) = begin_copy(path, from)?;
    let text = copy.to_str().ok_or_else(|| StoreFault::Other("its name is not UTF-8".to_owned()));
    let copied = text.and_then(|text| {
        connection.execute("VACUUM INTO ?", [text])?;
        file.sync_all()?;
        Ok(sync_folder(path)?)
    });
    if copied.is_err() {
        let _ = fs::remove_file(&copy);
    }
    copied?;
    for version in from..VERSION {
        let step = connection.unchecked_transaction()?;
        if version == 1 {
            from_version_1(connection)?;
        }
        connection.pragma_update(None, "user_version", version + 1)?;
        step.commit()?;
    }
    Ok(())
}

/// An empty file for a copy, under a name that nothing has yet: what has it may be anything. It is for no more people than the
/// store is, and for the server's user and group at most.
fn begin_copy(path: &Path, from: i32) -> StoreResult<(PathBuf, File)> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o640;
    for number in 0..1000 {
        let ending =
            if number == 0 { format!(".version-{from}") } else { format!(".version-{from}-{number}") };
        let copy = beside(path, &ending);
        match OpenOptions::new().write(true).create_new(true).mode(mode).open(&copy) {
            Ok(file) => return Ok((copy, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists).into())
}

/// Version 1 had neither numbers of batches, nor checksums, tally and anchor, and its table of bindings was `bindings`.
fn from_version_1(connection: &Connection) -> StoreResult<()> {
    connection.execute_batch(TABLES)?;
    connection.execute_batch(VIEW)?;
    connection.execute(
        &format!(
            "INSERT INTO binding ({COLUMNS})
             SELECT address, subnet, prefix, state, htype, chaddr, client_htype, client, host_name, relay,
                    since, expires, 1, 0 FROM bindings"
        ),
        [],
    )?;
    connection.execute_batch("DROP TABLE bindings")?;
    let mut select = connection.prepare(&format!("SELECT {COLUMNS} FROM binding"))?;
    let mut rows = select.query([])?;
    let mut update = connection.prepare("UPDATE binding SET checksum = ? WHERE address = ?")?;
    while let Some(row) = rows.next()? {
        let address: i64 = row.get(0)?;
        let binding = row::unsigned(row).map_err(|why| contents::row_fault(row, &why))?;
        update.execute((row::checksum(&binding, 1), address))?;
    }
    connection.execute(
        "INSERT INTO tally SELECT 1, id, begun, 1, (SELECT count(*) FROM binding),
            (SELECT coalesce(sum(checksum), 0) FROM binding) FROM store",
        [],
    )?;
    connection.execute_batch("DROP TABLE store")?;
    Ok(())
}
