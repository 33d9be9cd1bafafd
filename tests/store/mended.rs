//! Damaged stores are mended as far as they are whole; older tables are converted; copies are stores.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use dhcpsim::lease::Binding;
use dhcpsim::store::{LeaseStore, Opened, Sqlite, backup, begin_store, repair, snapshot};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::sample::{bindings, keep, kill, open, reading};

#[test]
fn a_repair_saves_every_lease_whose_row_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("a.db"), folder.path().join("b.db"));
    let want = bindings(300);
    let mut store = open(&path);
    keep(&mut store, &want[..200]);
    drop(store);
    let mut store = open(&path);
    keep(&mut store, &want);
    kill(store, &path, &copy);
    let mut random = ChaCha8Rng::seed_from_u64(9);
    for round in 0..60 {
        let folder = tempfile::tempdir().unwrap();
        let broken = folder.path().join("leases.db");
        for ending in ["", "-wal", ".id"] {
            let mut octets = fs::read(format!("{}{ending}", copy.display())).unwrap();
            if ending == ["", "-wal"][round % 2] {
                for _ in 0..3 {
                    let at = usize::try_from(random.next_u64()).unwrap() % octets.len();
                    octets[at] ^= 1 << (random.next_u32() % 8);
                }
                if round % 10 == 0 {
                    octets[..100].fill(0);
                }
            }
            fs::write(format!("{}{ending}", broken.display()), octets).unwrap();
        }
        let done = repair(&broken, &reading()).unwrap();
        let found = open(&broken).load().unwrap();
        assert_eq!(u64::try_from(found.len()).unwrap(), done.kept);
        assert!(
            found.iter().all(|binding: &Binding| want.contains(binding)),
            "round {round}: a lease that was never kept"
        );
        assert!(found.len() >= 300 - 3 * 12, "round {round}: {} leases", found.len());
        assert!(fs::exists(&done.aside).unwrap());
    }
}

#[test]
fn a_repair_takes_an_older_copy_and_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases.db");
    let mut store = open(&path);
    keep(&mut store, &bindings(8));
    drop(store);
    let older = fs::read(&path).unwrap();
    let mut store = open(&path);
    keep(&mut store, &bindings(24));
    drop(store);
    fs::write(&path, older).unwrap();
    let done = repair(&path, &reading()).unwrap();
    assert_eq!((8, 3), (done.kept, done.batches));
    assert_eq!(bindings(8), open(&path).load().unwrap());
}

#[test]
fn a_copy_of_a_store_in_use_is_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("leases.db"), folder.path().join("copy.db"));
    let mut store = open(&path);
    keep(&mut store, &bindings(100));
    assert_eq!(100, backup(&path, &copy).unwrap());
    keep(&mut store, &bindings(120));
    assert_eq!(bindings(100), open(&copy).load().unwrap());
    assert!(backup(&path, &copy).unwrap_err().to_string().contains("there is a lease store already"));
}

#[test]
fn a_store_is_begun_anew_only_where_that_is_said_and_the_old_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases.db");
    assert!(begin_store(&path, &reading(), false).unwrap().is_none());
    let mut store = open(&path);
    keep(&mut store, &bindings(5));
    assert!(begin_store(&path, &reading(), true).unwrap_err().to_string().contains("in use by process"));
    drop(store);
    assert!(begin_store(&path, &reading(), false).is_err());
    let aside = begin_store(&path, &reading(), true).unwrap().unwrap();
    assert!(open(&path).load().unwrap().is_empty());
    assert_eq!(bindings(5), snapshot(&aside).unwrap().bindings);
}

/// The tables of version 1.
const VERSION_1: &str = "
    PRAGMA application_id = 1684562800; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;
    CREATE TABLE store (one INTEGER PRIMARY KEY, id BLOB NOT NULL, begun INTEGER NOT NULL);
    INSERT INTO store VALUES (1, x'000102030405060708090a0b0c0d0e0f', 5);
    CREATE TABLE bindings (
        address INTEGER PRIMARY KEY, subnet INTEGER, prefix INTEGER, state INTEGER, htype INTEGER, chaddr BLOB,
        client_htype INTEGER, client BLOB, host_name BLOB, relay BLOB, since INTEGER, expires INTEGER
    );";

#[test]
fn a_store_of_version_1_is_converted_and_a_copy_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (path, model) = (folder.path().join("leases.db"), folder.path().join("model.db"));
    let want = bindings(50);
    keep(&mut open(&model), &want);
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(VERSION_1).unwrap();
    old.execute("ATTACH ? AS model", [model.to_str().unwrap()]).unwrap();
    old.execute_batch(
        "INSERT INTO bindings SELECT address, subnet, prefix, state, htype, chaddr, client_htype, client,
         host_name, relay, since, expires FROM model.binding",
    )
    .unwrap();
    drop(old);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).unwrap();
    fs::write(folder.path().join("leases.db.version-1"), "something else").unwrap();
    let error = snapshot(&path).unwrap_err();
    assert_eq!(Some(1), error.will_convert(), "{error}");
    let mut store = open(&path);
    assert_eq!(Opened::Converted(1), store.opened());
    assert_eq!(want, store.load().unwrap());
    drop(store);
    assert_eq!(Opened::Found, open(&path).opened());
    let name = folder.path().join("leases.db.version-1-1");
    assert_eq!(0o640, fs::metadata(&name).unwrap().permissions().mode() & 0o777);
    let copy = rusqlite::Connection::open(name).unwrap();
    let count: u32 = copy.query_row("SELECT count(*) FROM bindings", [], |row| row.get(0)).unwrap();
    assert_eq!(50, count);
}

#[test]
fn a_row_of_version_1_that_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(VERSION_1).unwrap();
    old.execute_batch("INSERT INTO bindings VALUES (5, 0, 0, 9, 1, x'', NULL, x'01', NULL, NULL, 1, 1)")
        .unwrap();
    drop(old);
    let text = Sqlite::open(&path, &reading()).unwrap_err().to_string();
    assert!(text.contains("row of 0.0.0.5"), "{text}");
}
