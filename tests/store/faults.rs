//! Faults of the disk while a server is at work: a batch that is not durable is refused, and the store comes back by itself.

use std::fs;
use std::time::{Duration, Instant};

use dhcpsim::endpoint::Refused;
use dhcpsim::lease::Commit;
use dhcpsim::store::{LeaseStore, Sqlite, note_anchor, snapshot};
use dhcpsim::time::{Anchor, Instant as Point};

use crate::sample::{WALL, binding, bindings, keep, open, reading};

fn answer(store: &mut Sqlite, number: u32) -> Result<(), Refused> {
    let answers = store.commit(&[
        Commit { binding: binding(number).into() },
        Commit { binding: binding(number + 1).into() },
    ]);
    assert_eq!(answers[0], answers[1], "a batch is kept whole or not at all");
    answers[0]
}

/// Waits until the store keeps again; a second is promised.
#[allow(clippy::disallowed_methods, reason = "a test waits by the real clock")]
fn comes_back(store: &mut Sqlite, number: u32) {
    let start = Instant::now();
    while answer(store, number).is_err() {
        assert!(start.elapsed() < Duration::from_secs(1), "it does not come back");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_file_that_was_removed_or_exchanged_is_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let (path, away) = (folder.path().join("leases.db"), folder.path().join("away"));
    let mut store = open(&path);
    keep(&mut store, &bindings(20));
    fs::rename(&path, &away).unwrap();
    assert_eq!(Err(Refused::Gone), answer(&mut store, 40));
    fs::copy(&away, &path).unwrap();
    assert_eq!(Err(Refused::Gone), answer(&mut store, 40), "a copy is another file");
    fs::rename(&away, &path).unwrap();
    comes_back(&mut store, 60);
    drop(store);
    let kept = snapshot(&path).unwrap().bindings;
    assert_eq!([bindings(20), vec![binding(60), binding(61)]].concat(), kept);
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test waits by the real clock")]
fn a_wal_that_was_removed_is_not_written_to_and_nothing_is_kept_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, wal) = (folder.path().join("leases.db"), folder.path().join("leases.db-wal"));
    let away = folder.path().join("away");
    let mut store = open(&path);
    keep(&mut store, &bindings(20));
    fs::rename(&wal, &away).unwrap();
    for number in [40, 42] {
        assert_eq!(Err(Refused::Gone), answer(&mut store, number));
        std::thread::sleep(Duration::from_millis(250));
    }
    // Put back, it is the store again.
    fs::rename(&away, &wal).unwrap();
    comes_back(&mut store, 60);
    fs::remove_file(&wal).unwrap();
    assert_eq!(Err(Refused::Gone), answer(&mut store, 80));
    drop(store);
    let text = Sqlite::open(&path, &reading()).unwrap_err().to_string();
    assert!(text.contains("had kept"), "{text}");
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test waits by the real clock")]
fn who_holds_the_file_makes_a_batch_wait_for_a_while_and_no_longer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases.db");
    let mut store = open(&path);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let start = Instant::now();
    assert_eq!(Err(Refused::Busy), answer(&mut store, 1));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(Ok(()), answer(&mut store, 1));
}

#[test]
fn who_reads_the_file_makes_nobody_wait() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases.db");
    let mut store = open(&path);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN; SELECT count(*) FROM binding").unwrap();
    for _ in 0..3 {
        keep(&mut store, &bindings(200));
        store.tidy();
    }
    other.execute_batch("COMMIT").unwrap();
}

#[test]
fn a_row_that_somebody_changed_is_found_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases.db");
    let mut store = open(&path);
    keep(&mut store, &bindings(8));
    drop(store);
    let other = rusqlite::Connection::open(&path).unwrap();
    for (sql, want) in [
        ("DELETE FROM binding WHERE address = 172163082", "7 rows, 8 were kept"),
        (
            "UPDATE binding SET expires = 5 WHERE address = 172163083",
            "row of 10.67.0.11: its checksum is wrong",
        ),
        ("UPDATE binding SET subnet = 9 WHERE address = 172163083", "row of 10.67.0.11: column subnet"),
    ] {
        other.execute_batch(sql).unwrap();
        let text = snapshot(&path).unwrap_err().to_string();
        assert!(text.contains(want), "{text}");
    }
}

#[test]
fn a_step_of_the_wall_clock_is_noted_beside_a_server_at_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases.db");
    let mut store = open(&path);
    store.resume(&reading()).unwrap();
    keep(&mut store, &bindings(8));
    let anchor = Anchor { reading: reading(), instant: Point::from_micros(WALL + 5) };
    note_anchor(&path, &anchor).unwrap();
    keep(&mut store, &bindings(16));
    drop(store);
    let found = snapshot(&path).unwrap();
    assert_eq!((Some(anchor), bindings(16)), (found.anchor, found.bindings));
}
