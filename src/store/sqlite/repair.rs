//! A new store from what is whole in a damaged one; backups; beginning anew. What was there is put aside, never removed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::Backup;
use rusqlite::types::{Value, ValueRef};

use super::super::error::{StoreError, StoreFault, StoreResult};
use super::contents::{self, Tally};
use super::lock::Lock;
use super::marker::{self, Mark, Marker, beside, sync_folder};
use super::row::{self, COLUMNS, Record};
use super::{begin, connect, pages, reader, schema};
use crate::lease::Binding;
use crate::time::{Anchor, Instant, Reading};

/// What a repair came to.
#[derive(Debug)]
pub struct Repaired {
    /// The leases that the store has.
    pub kept: u64,
    /// How many leases the damaged one had, as far as that can be read.
    pub had: Option<u64>,
    /// Addresses with a row that is not whole, and without another one that is.
    pub lost: Vec<Ipv4Addr>,
    /// How many batches at the end are missing, going by the marker; a lease in them may be older than it was, or missing.
    pub batches: u64,
    /// Where the damaged store is.
    pub aside: PathBuf,
}

/// What was found in the pages of a store.
#[derive(Default)]
struct Found {
    rows: BTreeMap<u32, Record>,
    broken: Vec<u32>,
    tally: Option<Tally>,
    anchor: Option<Anchor>,
}

/// Makes a store of every lease that is whole in a damaged one.
///
/// # Errors
///
/// [`StoreError`] if it is in use, there is nothing to repair, or the new one can't be written.
pub fn repair(path: &Path, reading: &Reading) -> Result<Repaired, StoreError> {
    mend(path, reading).map_err(|fault| fault.of(path))
}

fn mend(path: &Path, reading: &Reading) -> StoreResult<Repaired> {
    begin::check_folder(path)?;
    let _lock = Lock::take(path)?;
    let database = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(StoreFault::NoStore),
        read => read?,
    };
    let wal = match fs::read(beside(path, "-wal")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        read => read?,
    };
    let marked = marker::read(path).ok().flatten().map_or(0, |mark| mark.batches);
    let size = page_size(&database);
    let mut found = Found::default();
    for page in pages::of_database(&database, size).chain(pages::of_wal(&wal, size)) {
        found.take(page);
    }
    let newest = found.rows.values().map(|record| record.number).max().unwrap_or(0);
    let last = found.tally.map_or(newest, |tally| tally.batches.max(newest));
    let new = beside(path, ".new");
    let id = begin::blank(&new, reading)?;
    let batches = last.max(marked).saturating_add(1);
    let kept = fill(&new, &found, batches)?;
    let aside = put_aside(path, "damaged", reading)?;
    install(&new, path, Mark { id, batches })?;
    let broken = found.broken.iter().filter(|address| !found.rows.contains_key(address));
    let mut lost: Vec<Ipv4Addr> = broken.map(|address| Ipv4Addr::from(*address)).collect();
    lost.sort_unstable();
    lost.dedup();
    let had = found.tally.map(|tally| tally.bindings);
    Ok(Repaired { kept, had, lost, batches: marked.saturating_sub(last), aside })
}

impl Found {
    fn take(&mut self, page: &[u8]) {
        for (number, values) in pages::rows(page) {
            match values.as_slice() {
                [_, rest @ ..] if rest.len() == 13 => self.binding(number, rest),
                [_, rest @ ..] if rest.len() == 5 => self.other(rest),
                _ => {}
            }
        }
    }

    fn binding(&mut self, number: i64, values: &[Value]) {
        let Ok(address) = u32::try_from(number) else { return };
        let mut columns = [ValueRef::Integer(number); 14];
        for (column, value) in columns.iter_mut().skip(1).zip(values) {
            *column = value.into();
        }
        match row::record(columns) {
            // Pages of other days may stand beside each other: the latest counts.
            Ok(record) if self.rows.get(&address).is_none_or(|there| there.number <= record.number) => {
                self.rows.insert(address, record);
            }
            Ok(_) => {}
            Err(_) => self.broken.push(address),
        }
    }

    /// The row of the table `tally` or `anchor`.
    fn other(&mut self, values: &[Value]) {
        let [Value::Blob(octets), Value::Integer(first), Value::Integer(second), Value::Integer(third), last] =
            values
        else {
            return;
        };
        let (Ok(octets), Value::Integer(last)) = (<[u8; 16]>::try_from(octets.as_slice()), last) else {
            return;
        };
        let [first, second, third, last] = [*first, *second, *third, *last].map(i64::cast_unsigned);
        let anchor = Anchor {
            reading: Reading { boot: octets, uptime: first, wall: second },
            instant: Instant::from_micros(third),
        };
        if u64::from(contents::anchor_sum(&anchor)) == last {
            if self.anchor.is_none_or(|there| there.instant <= anchor.instant) {
                self.anchor = Some(anchor);
            }
        } else if self.tally.is_none_or(|there| there.batches <= second) {
            self.tally = Some(Tally { batches: second, bindings: third, checksums: last });
        }
    }
}

/// The size of a page, as the first one says, if it can be.
pub(super) fn page_size(database: &[u8]) -> usize {
    let said = database
        .get(16..18)
        .map_or(0, |size| size.iter().fold(0usize, |number, octet| number << 8 | usize::from(*octet)));
    match said {
        512..=32768 if said.is_power_of_two() => said,
        _ => usize::try_from(schema::PAGE).unwrap_or(1024),
    }
}

/// Writes what was found to a new database; how many leases that is.
fn fill(new: &Path, found: &Found, batches: u64) -> StoreResult<u64> {
    let connection = connect(new)?;
    let transaction = connection.unchecked_transaction()?;
    let mut tally = Tally { batches, ..Tally::default() };
    {
        let mut insert =
            connection.prepare(&format!("INSERT INTO binding ({COLUMNS}) VALUES ({})", row::PLACES))?;
        for Record { binding, number, checksum } in found.rows.values() {
            row::bind(&mut insert, binding, *number, *checksum)?;
            insert.raw_execute()?;
            tally.bindings += 1;
            tally.checksums += u64::from(*checksum);
        }
    }
    super::set_tally(&connection, &tally)?;
    if let Some(anchor) = &found.anchor {
        contents::set_anchor(&connection, anchor)?;
    }
    transaction.commit()?;
    super::checkpoint(&connection)?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(tally.bindings)
}

/// Puts a finished database in its place, with its marker.
fn install(new: &Path, path: &Path, mark: Mark) -> StoreResult<()> {
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(beside(new, ending));
    }
    File::open(new)?.sync_all()?;
    fs::rename(new, path)?;
    sync_folder(path)?;
    Marker::create(path, mark)?;
    Ok(())
}

/// Renames a store's files; the name that the database has from here on.
fn put_aside(path: &Path, why: &str, reading: &Reading) -> StoreResult<PathBuf> {
    let second = i64::try_from(reading.wall / 1_000_000).unwrap_or_default();
    let date = jiff::Timestamp::from_second(second).unwrap_or_default().strftime("%Y%m%dT%H%M%SZ");
    let free = |number: u32| {
        let name = if number == 0 { format!(".{why}-{date}") } else { format!(".{why}-{date}-{number}") };
        let aside = beside(path, &name);
        let taken = ["", "-wal", ".id"].iter().any(|ending| beside(&aside, ending).exists());
        (!taken).then_some(aside)
    };
    let aside = (0..1000).find_map(free).ok_or(StoreFault::Exists)?;
    for ending in ["", "-wal", ".id"] {
        match fs::rename(beside(path, ending), beside(&aside, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    // It belongs to the WAL that is gone from here.
    let _ = fs::remove_file(beside(path, "-shm"));
    Ok(aside)
}

/// Begins an empty store. `anew` puts aside what is there, and says where that is.
///
/// # Errors
///
/// [`StoreError`] if there is one, unless `anew`; or it can't be written.
pub fn begin_store(path: &Path, reading: &Reading, anew: bool) -> Result<Option<PathBuf>, StoreError> {
    let start = || {
        begin::check_folder(path)?;
        let _lock = Lock::take(path)?;
        let there = ["", "-wal", ".id"].iter().any(|ending| beside(path, ending).exists());
        if there && !anew {
            return Err(StoreFault::Exists);
        }
        let aside = there.then(|| put_aside(path, "old", reading)).transpose()?;
        begin::begin(path, reading)?;
        Ok(aside)
    };
    start().map_err(|fault: StoreFault| fault.of(path))
}

/// Copies a store, which may be in use, to a file that is not there yet; how many leases it has.
///
/// # Errors
///
/// [`StoreError`] of the store if it is not whole, or of the copy if that can't be written.
pub fn backup(path: &Path, to: &Path) -> Result<u64, StoreError> {
    reader::snapshot(path)?;
    let copy = || {
        begin::check_folder(to)?;
        let _lock = Lock::take(to)?;
        if ["", "-wal", ".id"].iter().any(|ending| beside(to, ending).exists()) {
            return Err(StoreFault::Exists);
        }
        let new = beside(to, ".new");
        begin::clear(&new)?;
        let source = reader::connect(path)?;
        let mut target = Connection::open(&new)?;
        Backup::new(&source, &mut target)?.run_to_completion(i32::MAX, super::PATIENCE, None)?;
        let contents = contents::read(&target, |_: Binding| {})?;
        target.close().map_err(|(_, error)| error)?;
        install(&new, to, Mark { id: contents.id, batches: contents.tally.batches })?;
        Ok(contents.tally.bindings)
    };
    copy().map_err(|fault: StoreFault| fault.of(to))
}
