//! Stores that are not whole: each is refused with its file, a place and what to do, or gives every lease as it was kept.
//!
//! Law: never fewer leases than were kept, never another one, never a panic, and a store that is refused stays as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dhcpsim::lease::Binding;
use dhcpsim::store::{LeaseStore, Sqlite, StoreError, backup, repair, snapshot};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::sample::{bindings, keep, kill, open, reading};

/// The files of a store, as a kill left them: the older half in the database, the newer in the WAL.
struct Whole {
    files: BTreeMap<&'static str, Vec<u8>>,
    want: Vec<Binding>,
}

const FILES: [&str; 3] = ["", "-wal", ".id"];

impl Whole {
    fn of(count: u32) -> Whole {
        Whole::holding(bindings(count))
    }

    fn holding(want: Vec<Binding>) -> Whole {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("a"), folder.path().join("b"));
        let (older, newer) = want.split_at(want.len() / 2);
        let mut store = open(&path);
        keep(&mut store, older);
        drop(store);
        let mut store = open(&path);
        keep(&mut store, newer);
        kill(store, &path, &copy);
        let read = |ending| fs::read(format!("{}{ending}", copy.display())).unwrap();
        let mut files: BTreeMap<_, _> = FILES.iter().map(|ending| (*ending, read(ending))).collect();
        // The WAL has room for more frames, which is zeros: damage there is none.
        let wal = files.entry("-wal").or_default();
        wal.truncate(frames_end(wal));
        Whole { files, want }
    }

    /// Opens the store with one file changed. None: it is gone.
    fn with(
        &self,
        folder: &Path,
        changed: &str,
        octets: Option<&[u8]>,
    ) -> (PathBuf, Result<Sqlite, StoreError>) {
        let path = folder.join("leases.db");
        for entry in fs::read_dir(folder).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        for (ending, whole) in &self.files {
            let octets = if *ending == changed { octets } else { Some(whole.as_slice()) };
            if let Some(octets) = octets {
                fs::write(format!("{}{ending}", path.display()), octets).unwrap();
            }
        }
        (path.clone(), Sqlite::open(&path, &reading()))
    }

    /// Holds the law; whether the store was refused.
    fn hold(&self, folder: &Path, changed: &str, octets: Option<&[u8]>, what: &str) -> bool {
        let (path, opened) = self.with(folder, changed, octets);
        match opened {
            Ok(mut store) => {
                assert!(self.want == store.load().unwrap(), "{what}: other leases than were kept");
                false
            }
            Err(error) => {
                let text = error.to_string();
                assert!(text.starts_with(&format!("{}: ", path.display())), "{what}: {text}");
                assert!(
                    error.remedy().contains("dhcpsim leases repair"),
                    "{what}: {text}: {}",
                    error.remedy()
                );
                for (ending, whole) in &self.files {
                    let before = if *ending == changed { octets } else { Some(whole.as_slice()) };
                    let after = fs::read(format!("{}{ending}", path.display())).ok();
                    // SQLite makes an empty WAL where there is none, which says the same.
                    let before = before.filter(|octets| *ending != "-wal" || !octets.is_empty());
                    let after = after.filter(|octets| *ending != "-wal" || !octets.is_empty());
                    assert_eq!(before, after.as_deref(), "{what}: {text}: FILE{ending} was changed");
                }
                true
            }
        }
    }
}

/// Where the last frame of a WAL ends that is not zeros: each has 24 octets and a page.
fn frames_end(wal: &[u8]) -> usize {
    let used = wal.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
    32 + (used - 32).next_multiple_of(24 + 1024)
}

#[test]
fn a_store_that_is_whole_is_opened() {
    let whole = Whole::of(200);
    let folder = tempfile::tempdir().unwrap();
    assert!(!whole.hold(folder.path(), "none", None, "whole"));
}

#[test]
fn a_file_that_is_cut_short_anywhere_is_refused_or_whole() {
    let whole = Whole::of(200);
    let folder = tempfile::tempdir().unwrap();
    for (ending, least) in [("", 0.9), ("-wal", 1.0), (".id", 0.98)] {
        let octets = &whole.files[ending];
        let cuts: Vec<usize> = match ending {
            ".id" => (0..octets.len()).collect(),
            _ => (0..octets.len()).step_by(512).collect(),
        };
        let refused = cuts
            .iter()
            .filter(|cut| {
                whole.hold(folder.path(), ending, Some(&octets[..**cut]), &format!("{ending} cut at {cut}"))
            })
            .count();
        let share =
            f64::from(u32::try_from(refused).unwrap()) / f64::from(u32::try_from(cuts.len()).unwrap());
        assert!(share >= least, "FILE{ending}: {refused} of {} cuts refused", cuts.len());
    }
}

#[test]
fn flipped_bits_and_zeroed_sectors_are_refused_or_harm_nothing() {
    let whole = Whole::of(120);
    let folder = tempfile::tempdir().unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(4);
    for ending in FILES {
        let octets = &whole.files[ending];
        for round in 0..300 {
            let mut changed = octets.clone();
            let at = usize::try_from(random.next_u64()).unwrap() % changed.len();
            let bit = random.next_u32() % 8;
            match round % 6 {
                5 => {
                    let start = at / 512 * 512;
                    let end = (start + 512).min(changed.len());
                    changed[start..end].fill(0);
                }
                4 => {
                    let other = usize::try_from(random.next_u64()).unwrap() % changed.len();
                    changed[at] ^= 1 << bit;
                    changed[other] = changed[other].wrapping_add(1);
                }
                _ => changed[at] ^= 1 << bit,
            }
            whole.hold(
                folder.path(),
                ending,
                Some(&changed),
                &format!("FILE{ending}, round {round}, octet {at}"),
            );
        }
    }
}

#[test]
fn a_store_that_is_gone_empty_or_exchanged_is_refused_and_never_begun() {
    let whole = Whole::of(40);
    let other = Whole::holding(bindings(100).split_off(52));
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, Option<&[u8]>, &str); 7] = [
        ("", None, "the lease store is gone; its marker says that there was one"),
        ("", Some(b""), "the lease store is an empty file"),
        ("", Some(b"SQLite format 4\0and so on"), "page 1 does not begin as a SQLite database does"),
        ("", Some(&other.files[""]), "the lease store is damaged"),
        (".id", Some(&other.files[".id"]), "is another store's"),
        ("-wal", None, "the lease store ends with batch 3, but had kept 6"),
        ("-wal", Some(&other.files["-wal"]), "the lease store is damaged"),
    ];
    for (ending, octets, want) in cases {
        assert!(whole.hold(folder.path(), ending, octets, want), "{want}");
        let (_, opened) = whole.with(folder.path(), ending, octets);
        let text = opened.unwrap_err().to_string();
        assert!(text.contains(want), "{text}");
    }
}

#[test]
fn a_wal_that_was_begun_anew_over_older_frames_is_as_good() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("a"), folder.path().join("b"));
    let mut store = open(&path);
    keep(&mut store, &bindings(400));
    // Nobody reads, and all goes to the database: the next commit begins the WAL anew, and leaves what stands behind.
    let other = rusqlite::Connection::open(&path).unwrap();
    let (left, written): (i64, i64) =
        other.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok((row.get(1)?, row.get(2)?))).unwrap();
    assert_eq!(left, written);
    keep(&mut store, &bindings(9));
    kill(store, &path, &copy);
    let name = |ending: &str| format!("{}{ending}", copy.display());
    let wal = fs::read(name("-wal")).unwrap();
    let salts: Vec<&[u8]> =
        wal[32..frames_end(&wal)].chunks_exact(24 + 1024).map(|frame| &frame[8..16]).collect();
    let new = salts.iter().take_while(|salt| **salt == salts[0]).count();
    assert!(new < salts.len(), "the WAL was not begun anew");
    // Every octet of the new frames counts, however many whole ones stand behind them.
    let pieces: Vec<(&str, Vec<u8>)> =
        ["", ".id"].into_iter().map(|ending| (ending, fs::read(name(ending)).unwrap())).collect();
    for at in (0..32 + new * (24 + 1024)).step_by(97) {
        for (ending, octets) in &pieces {
            fs::write(name(ending), octets).unwrap();
        }
        let _ = fs::remove_file(name("-shm"));
        let mut changed = wal.clone();
        changed[at] ^= 0x10;
        fs::write(name("-wal"), &changed).unwrap();
        match Sqlite::open(&copy, &reading()) {
            Ok(mut store) => assert!(bindings(400) == store.load().unwrap(), "octet {at}"),
            Err(error) => assert!(error.remedy().contains("dhcpsim leases repair"), "octet {at}: {error}"),
        }
    }
}

#[test]
fn an_older_copy_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases.db");
    let mut store = open(&path);
    keep(&mut store, &bindings(8));
    drop(store);
    let backup = fs::read(&path).unwrap();
    let mut store = open(&path);
    keep(&mut store, &bindings(16));
    drop(store);
    fs::write(&path, backup).unwrap();
    let text = Sqlite::open(&path, &reading()).unwrap_err().to_string();
    assert!(text.contains("ends with batch 1, but had kept 3"), "{text}");
}

#[test]
fn a_missing_folder_a_loose_wal_and_other_databases_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &Path| Sqlite::open(path, &reading()).unwrap_err().to_string();
    assert!(
        refused(&folder.path().join("no/leases.db")).contains("the folder of the lease store does not exist")
    );
    let path = folder.path().join("leases.db");
    fs::write(folder.path().join("leases.db-wal"), "frames").unwrap();
    assert!(refused(&path).contains("-wal file without the lease store"));
    fs::remove_file(folder.path().join("leases.db-wal")).unwrap();
    let foreign = rusqlite::Connection::open(&path).unwrap();
    foreign.execute_batch("CREATE TABLE song (title TEXT)").unwrap();
    drop(foreign);
    assert!(refused(&path).contains("a database of another program (application 0x0)"));
    fs::remove_file(&path).unwrap();
    drop(open(&path));
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 9).unwrap();
    drop(newer);
    assert!(refused(&path).contains("tables of version 9; this program knows up to 2"), "{}", refused(&path));
}

#[test]
fn a_store_is_not_begun_unseen_where_something_of_one_is_left() {
    for (ending, text) in [
        (".new", ".new is"),
        (".damaged-20260101T000000Z", ".damaged-20260101T000000Z is"),
        (".old-20260101T000000Z", ".old-"),
        ("-wal", "-wal file without the lease store"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leases.db");
        fs::write(folder.path().join(format!("leases.db{ending}")), "something").unwrap();
        let error = Sqlite::open(&path, &reading()).unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
        assert!(!fs::exists(&path).unwrap());
    }
}

#[test]
fn a_database_of_a_killed_server_without_its_other_files_is_refused_and_a_backup_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let name = |name: &str| folder.path().join(name);
    let mut store = open(&name("a.db"));
    keep(&mut store, &bindings(8));
    backup(&name("a.db"), &name("backup.db")).unwrap();
    fs::copy(name("backup.db"), name("moved.db")).unwrap();
    kill(store, &name("a.db"), &name("b.db"));
    fs::remove_file(name("b.db-wal")).unwrap();
    fs::remove_file(name("b.db.id")).unwrap();
    // Once more: who refuses it leaves nothing that makes it good.
    for _ in 0..2 {
        let error = Sqlite::open(&name("b.db"), &reading()).unwrap_err();
        assert!(error.to_string().contains("was not closed by its server"), "{error}");
        assert!(error.remedy().contains("leases repair"));
        assert!(snapshot(&name("b.db")).is_err());
    }
    repair(&name("b.db"), &reading()).unwrap();
    drop(open(&name("b.db")));
    assert_eq!(bindings(8), open(&name("moved.db")).load().unwrap());
    // Closed, it is whole without a marker.
    fs::copy(name("a.db"), name("c.db")).unwrap();
    assert_eq!(bindings(8), open(&name("c.db")).load().unwrap());
}

#[test]
fn nobody_is_told_to_begin_a_store_in_the_place_of_a_file_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passwd");
    fs::write(&path, "root:x:0:0:root:/root:/bin/bash\n").unwrap();
    let remedy = Sqlite::open(&path, &reading()).unwrap_err().remedy();
    assert!(!remedy.contains("--anew") && remedy.contains("name another file"), "{remedy}");
}
