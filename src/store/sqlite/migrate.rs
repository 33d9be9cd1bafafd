//! How the tables of earlier versions become today's. Each step is one transaction, and a copy of the file from before
//! stays beside it.

use std::path::Path;

use rusqlite::Connection;

use super::super::error::{StoreFault, StoreResult};
use super::contents;
use super::marker::beside;
use super::row::{self, COLUMNS};
use super::schema::{TABLES, VERSION, VIEW};

/// Brings the tables from a version to today's.
pub(super) fn migrate(connection: &Connection, path: &Path, from: i32) -> StoreResult<()> {
    let copy = beside(path, &format!(".version-{from}"));
    let text = copy.to_str().ok_or_else(|| StoreFault::Other("its name is not UTF-8".to_owned()))?;
    if !copy.exists() {
        connection.execute("VACUUM INTO ?", [text])?;
    }
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
