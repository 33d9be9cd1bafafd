//! All that a database holds, read in one go and checked: each row by its checksum, all together by the tally.

use core::net::Ipv4Addr;
use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::super::error::{StoreFault, StoreResult};
use super::row::{self, COLUMNS, RowError};
use super::schema::{APPLICATION, USE, VERSION};
use crate::lease::Binding;
use crate::time::{Anchor, Instant, Reading};

/// How many rows there are, what their checksums add up to, and how many batches have made them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) batches: u64,
    pub(super) bindings: u64,
    pub(super) checksums: u64,
}

/// What a database holds beside its bindings.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) id: [u8; 16],
    pub(super) tally: Tally,
    /// The checksum of each row, by address.
    pub(super) sums: HashMap<u32, u32>,
    /// The latest time at which something happened.
    pub(super) newest: Instant,
    pub(super) anchor: Option<Anchor>,
}

/// Whether a database is a lease store, and the version of its tables.
pub(super) fn version(connection: &Connection) -> StoreResult<i32> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let application = pragma("application_id")?;
    if application != APPLICATION {
        return Err(StoreFault::Foreign(application));
    }
    match pragma("user_version")? {
        found if found > VERSION => Err(StoreFault::Newer { found, known: VERSION }),
        found if found < 1 => Err(StoreFault::Damaged(format!("page 1: tables of version {found}"))),
        found => Ok(found),
    }
}

/// Whether a database says that a server had it open, and did not close it.
pub(super) fn is_open(connection: &Connection) -> StoreResult<bool> {
    let table = "SELECT count(*) FROM sqlite_schema WHERE name = 'use'";
    match connection.query_row(table, [], |row| row.get::<_, u32>(0))? {
        0 => Ok(false),
        _ => Ok(connection
            .query_row("SELECT count(*) FROM use WHERE open = 1", [], |row| row.get::<_, u32>(0))?
            > 0),
    }
}

/// Notes in a database whether a server has it open.
pub(super) fn set_open(connection: &Connection, open: bool) -> rusqlite::Result<()> {
    let step = connection.unchecked_transaction()?;
    step.execute(USE, [])?;
    step.execute("DELETE FROM use", [])?;
    step.execute("INSERT INTO use (open) VALUES (?)", [open])?;
    step.commit()
}

/// That a store which was not closed has the WAL or the marker that belongs to it.
pub(super) fn check_closed(connection: &Connection, marked: bool, wal: bool) -> StoreResult<()> {
    match marked || wal || !is_open(connection)? {
        true => Ok(()),
        false => Err(StoreFault::Unclosed),
    }
}

/// What SQLite finds wrong with the pages.
pub(super) fn check_pages(connection: &Connection) -> StoreResult<()> {
    let said: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    match said.as_str() {
        "ok" => Ok(()),
        _ => Err(StoreFault::Damaged(said)),
    }
}

/// Reads all, and gives each binding to `take`.
pub(super) fn read(connection: &Connection, mut take: impl FnMut(Binding)) -> StoreResult<Contents> {
    // One snapshot: tally and rows are of the same batch.
    let snapshot = connection.unchecked_transaction()?;
    let (id, kept) = tally(connection)?;
    let mut found = Tally { batches: kept.batches, ..Tally::default() };
    let mut sums = HashMap::new();
    let mut newest = Instant::EPOCH;
    let mut select = connection.prepare(&format!("SELECT {COLUMNS} FROM binding"))?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let record = row::read(row).map_err(|why| row_fault(row, &why))?;
        if record.number > kept.batches {
            let address = record.binding.address;
            let why = format!("it is of batch {}, and there were {}", record.number, kept.batches);
            return Err(StoreFault::Row { address, why });
        }
        found.bindings += 1;
        found.checksums += u64::from(record.checksum);
        newest = newest.max(record.binding.since);
        sums.insert(u32::from(record.binding.address), record.checksum);
        take(record.binding);
    }
    if found != kept {
        return Err(StoreFault::Tally { bindings: (found.bindings, kept.bindings) });
    }
    let anchor = anchor(connection)?;
    drop(rows);
    drop(select);
    snapshot.finish()?;
    Ok(Contents { id, tally: kept, sums, newest, anchor })
}

/// What a row is that is no binding.
pub(super) fn row_fault(row: &rusqlite::Row<'_>, why: &RowError) -> StoreFault {
    let address = row.get::<_, i64>(0).unwrap_or_default();
    let why = match why {
        RowError::Column(name) => format!("column {name} holds what it can't"),
        RowError::Checksum => "its checksum is wrong".to_owned(),
    };
    match u32::try_from(address) {
        Ok(address) => StoreFault::Row { address: Ipv4Addr::from(address), why },
        Err(_) => StoreFault::Damaged(format!("table binding: row {address} is no address")),
    }
}

fn tally(connection: &Connection) -> StoreResult<([u8; 16], Tally)> {
    let number = |row: &rusqlite::Row<'_>, index| row.get::<_, i64>(index).map(i64::cast_unsigned);
    let select = "SELECT batches, bindings, checksums, id FROM tally";
    let found = connection.query_row(select, [], |row| {
        let tally = Tally { batches: number(row, 0)?, bindings: number(row, 1)?, checksums: number(row, 2)? };
        Ok((row.get(3)?, tally))
    });
    found.optional()?.ok_or_else(|| StoreFault::Damaged("table tally: no row".to_owned()))
}

/// The anchor of the store's timeline.
pub(super) fn anchor(connection: &Connection) -> StoreResult<Option<Anchor>> {
    let number = |row: &rusqlite::Row<'_>, index| row.get::<_, i64>(index).map(i64::cast_unsigned);
    let select = "SELECT boot, uptime, wall, instant, checksum FROM anchor";
    let found = connection.query_row(select, [], |row| {
        let reading = Reading { boot: row.get(0)?, uptime: number(row, 1)?, wall: number(row, 2)? };
        Ok((Anchor { reading, instant: Instant::from_micros(number(row, 3)?) }, row.get::<_, u32>(4)?))
    });
    match found.optional()? {
        None => Ok(None),
        Some((anchor, sum)) if anchor_sum(&anchor) == sum => Ok(Some(anchor)),
        Some(_) => Err(StoreFault::Damaged("table anchor: its checksum is wrong".to_owned())),
    }
}

/// Keeps the anchor of the store's timeline.
pub(super) fn set_anchor(connection: &Connection, anchor: &Anchor) -> rusqlite::Result<()> {
    let Anchor { reading: Reading { boot, uptime, wall }, instant } = anchor;
    connection.execute(
        "INSERT OR REPLACE INTO anchor (one, boot, uptime, wall, instant, checksum) VALUES (1, ?, ?, ?, ?, ?)",
        (
            boot,
            uptime.cast_signed(),
            wall.cast_signed(),
            instant.as_micros().cast_signed(),
            anchor_sum(anchor),
        ),
    )?;
    Ok(())
}

/// The checksum that an anchor carries.
pub(super) fn anchor_sum(anchor: &Anchor) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&anchor.reading.boot);
    for number in [anchor.reading.uptime, anchor.reading.wall, anchor.instant.as_micros()] {
        hasher.update(&number.to_le_bytes());
    }
    hasher.finalize()
}
