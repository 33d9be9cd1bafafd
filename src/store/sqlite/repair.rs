//! A new store from what is whole in a damaged one; backups; beginning anew. What was there is put aside, never removed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::Backup;
use rusqlite::types::{Value, ValueRef};

use super::super::error::{StoreError, StoreFault, StoreResult};
use super::contents::{self, Tally};
use super::exchange::{self, Exchange};
use super::lock::Lock;
use super::marker::{self, Mark, beside};
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
    let path = &begin::resolve(path)?;
    mend(path, reading).map_err(|fault| fault.of(path))
}

fn mend(path: &Path, reading: &Reading) -> StoreResult<Repaired> {
    begin::check_folder(path)?;
    let _lock = Lock::take(path)?;
    let (exchange, repaired) = prepare(path, reading)?;
    exchange.run()?;
    Ok(repaired)
}

/// Makes the new store under another name.
fn prepare(path: &Path, reading: &Reading) -> StoreResult<(Exchange, Repaired)> {
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
    let aside = exchange::name_aside(path, "damaged", reading)?;
    let broken = found.broken.iter().filter(|address| !found.rows.contains_key(address));
    let mut lost: Vec<Ipv4Addr> = broken.map(|address| Ipv4Addr::from(*address)).collect();
    lost.sort_unstable();
    lost.dedup();
    let had = found.tally.map(|tally| tally.bindings);
    let mark = Mark { id, batches };
    let exchange = Exchange { new, path: path.to_path_buf(), aside: Some(aside.clone()), mark };
    Ok((exchange, Repaired { kept, had, lost, batches: marked.saturating_sub(last), aside }))
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

/// Begins an empty store. `anew` puts aside what is there, and says where that is.
///
/// # Errors
///
/// [`StoreError`] if there is one, unless `anew`; or it can't be written.
pub fn begin_store(path: &Path, reading: &Reading, anew: bool) -> Result<Option<PathBuf>, StoreError> {
    let path = &begin::resolve(path)?;
    let start = || {
        begin::check_folder(path)?;
        let _lock = Lock::take(path)?;
        let there = ["", "-wal", ".id"].iter().any(|ending| beside(path, ending).exists());
        if there && !anew {
            return Err(StoreFault::Exists);
        }
        let aside = there.then(|| exchange::name_aside(path, "old", reading)).transpose()?;
        begin::begin(path, reading, aside.clone())?;
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
    let (path, to) = (&begin::resolve(path)?, &begin::resolve(to)?);
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
        contents::set_open(&target, false)?;
        target.close().map_err(|(_, error)| error)?;
        let mark = Mark { id: contents.id, batches: contents.tally.batches };
        Exchange { new, path: to.to_path_buf(), aside: None, mark }.run()?;
        Ok(contents.tally.bindings)
    };
    copy().map_err(|fault: StoreFault| fault.of(to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lease::{BindingState, ClientKey, Commit, Subnet};
    use crate::store::{LeaseStore, Sqlite};

    const READING: Reading = Reading { boot: [1; 16], uptime: 0, wall: 5 };

    /// A store as a kill left it: three leases in the WAL.
    fn killed(path: &Path, marked: bool) -> Vec<Binding> {
        let kept: Vec<Binding> = (0..3u8)
            .map(|number| Binding {
                address: Ipv4Addr::new(10, 0, 0, number),
                subnet: Subnet::of(Ipv4Addr::new(10, 0, 0, 0), 24).unwrap(),
                client: ClientKey::Identifier([1, number].into()),
                htype: 1,
                chaddr: [2, 0, 0, 0, 0, number].into(),
                host_name: None,
                relay: None,
                state: BindingState::Bound,
                since: Instant::from_micros(9),
                expires: Instant::NEVER,
            })
            .collect();
        let live = beside(path, ".live");
        let mut store = Sqlite::open(&live, &READING).unwrap();
        for binding in &kept {
            assert!(store.commit(&[Commit { binding: binding.clone().into() }]).iter().all(Result::is_ok));
        }
        for ending in ["", "-wal", ".id"].iter().filter(|ending| marked || **ending != ".id") {
            fs::copy(beside(&live, ending), beside(path, ending)).unwrap();
        }
        kept
    }

    #[test]
    fn a_repair_that_is_killed_after_any_step_leaves_what_is_refused_or_whole() {
        for marked in [true, false] {
            for done in 0..=exchange::STEPS.len() {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("a.db");
                let kept = killed(&path, marked);
                let (exchange, _) = prepare(&path, &READING).unwrap();
                for step in exchange::STEPS.iter().take(done) {
                    step(&exchange).unwrap();
                }
                match Sqlite::open(&path, &READING) {
                    Ok(mut store) => {
                        assert_eq!(kept, store.load().unwrap(), "after {done} steps");
                        assert_ne!(crate::store::Opened::Begun, store.opened());
                    }
                    Err(error) => {
                        assert!(error.remedy().contains("leases repair"), "after {done} steps: {error}");
                        repair(&path, &READING).unwrap();
                        assert_eq!(kept, Sqlite::open(&path, &READING).unwrap().load().unwrap());
                    }
                }
            }
        }
    }
}
