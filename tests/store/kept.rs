//! What is kept is found, whole, by whoever opens the store next.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use dhcpsim::lease::{Binding, BindingState, ClientKey, Commit, Octets, Subnet};
use dhcpsim::store::{LeaseStore, Opened, Sqlite, snapshot};
use dhcpsim::time::{Instant, Reading, Reckoning};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::sample::{WALL, binding, bindings, keep, kill, open, reading};

#[test]
fn a_store_is_begun_once_and_then_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases.db");
    assert_eq!(Opened::Begun, open(&path).opened());
    assert_eq!(Opened::Found, open(&path).opened());
    fs::remove_file(folder.path().join("leases.db.id")).unwrap();
    assert_eq!(Opened::Unmarked, open(&path).opened());
    assert_eq!(Opened::Found, open(&path).opened());
}

#[test]
fn what_is_kept_is_found_after_a_kill_at_once_and_after_a_clean_end() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("a.db"), folder.path().join("b.db"));
    let want = bindings(500);
    let mut store = open(&path);
    keep(&mut store, &want);
    // The same addresses again: the later binding takes the place of the earlier.
    let renewed = Binding { since: Instant::from_micros(WALL + 9), ..binding(7) };
    keep(&mut store, std::slice::from_ref(&renewed));
    let mut want = want;
    want[7] = renewed;
    assert_eq!(want, snapshot(&path).unwrap().bindings);
    kill(store, &path, &copy);
    for path in [&copy, &path] {
        assert_eq!(want, open(path).load().unwrap());
        assert!(!fs::exists(format!("{}-wal", path.display())).unwrap());
    }
}

#[test]
fn two_servers_have_not_one_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases.db");
    let store = open(&path);
    let error = Sqlite::open(&path, &reading()).unwrap_err().to_string();
    let want = format!("{}: the lease store is in use by process {}", path.display(), std::process::id());
    assert_eq!(want, error);
    drop(store);
    open(&path);
}

#[test]
fn two_servers_have_not_one_store_by_two_names_or_without_its_lock_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("leases.db"), folder.path().join("other.db"));
    for round in ["begun", "found"] {
        let store = open(&path);
        let _ = fs::remove_file(&other);
        fs::hard_link(&path, &other).unwrap();
        fs::remove_file(folder.path().join("leases.db.lock")).unwrap();
        for name in [&path, &other] {
            let error = Sqlite::open(name, &reading()).unwrap_err().to_string();
            assert!(error.contains("the lease store is in use by another process"), "{round}: {error}");
        }
        drop(store);
    }
    open(&path);
}

#[test]
fn the_timeline_goes_on_over_restarts_whatever_the_wall_clock_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases.db");
    let mut store = open(&path);
    let (_, begun) = store.resume(&reading()).unwrap();
    assert_eq!((Instant::from_micros(WALL), Reckoning::Begun), (begun.instant, begun.reckoning));
    keep(&mut store, &[binding(1)]);
    drop(store);
    for wall in [WALL + 3_600_000_000, 0] {
        let later = Reading { uptime: 61_000_000, wall, ..reading() };
        let (_, resumed) = open(&path).resume(&later).unwrap();
        assert_eq!(Instant::from_micros(WALL + 60_000_000), resumed.instant, "{wall}");
    }
    let rebooted = Reading { boot: [8; 16], uptime: 5, wall: 0 };
    let (anchor, resumed) = open(&path).resume(&rebooted).unwrap();
    assert_eq!(Instant::from_micros(WALL + 60_000_000), resumed.instant);
    assert!(matches!(resumed.reckoning, Reckoning::Extended { .. }), "{resumed:?}");
    assert_eq!(Some(anchor), snapshot(&path).unwrap().anchor);
    assert!(anchor.wall_at(resumed.instant).as_micros() > WALL, "it is not 1970 to anybody");
}

#[test]
fn a_link_to_a_store_is_the_store_and_one_to_nothing_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let name = |name: &str| folder.path().join(name);
    keep(&mut open(&name("a.db")), &bindings(8));
    std::os::unix::fs::symlink("a.db", name("link.db")).unwrap();
    let mut store = open(&name("link.db"));
    assert_eq!((Opened::Found, bindings(8)), (store.opened(), store.load().unwrap()));
    assert!(!fs::exists(name("link.db.id")).unwrap() && !fs::exists(name("link.db.lock")).unwrap());
    let error = Sqlite::open(&name("a.db"), &reading()).unwrap_err().to_string();
    assert!(error.contains("in use by process"), "{error}");
    std::os::unix::fs::symlink("none.db", name("dangling.db")).unwrap();
    let error = Sqlite::open(&name("dangling.db"), &reading()).unwrap_err().to_string();
    assert!(error.contains("a symbolic link to a file that is not there"), "{error}");
    assert!(fs::symlink_metadata(name("dangling.db")).unwrap().is_symlink());
}

fn octets(least: usize, most: usize) -> impl Strategy<Value = Octets> {
    vec(any::<u8>(), least..=most).prop_map(Octets::from)
}

fn instant() -> impl Strategy<Value = Instant> {
    prop_oneof![
        Just(Instant::NEVER),
        Just(Instant::EPOCH),
        any::<u64>().prop_map(Instant::from_micros),
        (0..1u64 << 40).prop_map(Instant::from_secs),
    ]
}

fn any_binding() -> impl Strategy<Value = Binding> {
    let client = prop_oneof![
        octets(1, 255).prop_map(ClientKey::Identifier),
        (any::<u8>(), octets(1, 16)).prop_map(|(htype, chaddr)| ClientKey::Hardware { htype, chaddr }),
    ];
    let state =
        prop_oneof![Just(BindingState::Bound), Just(BindingState::Released), Just(BindingState::Declined)];
    let names = (proptest::option::of(octets(0, 255)), proptest::option::of(octets(0, 255)));
    let who = (client, any::<u8>(), octets(0, 16));
    (any::<u32>(), 0..=32u8, who, names, state, instant(), instant()).prop_map(
        |(address, prefix, (client, htype, chaddr), (host_name, relay), state, since, expires)| {
            let address = Ipv4Addr::from(address);
            let subnet = Subnet::of(address, prefix).unwrap();
            Binding { address, subnet, client, htype, chaddr, host_name, relay, state, since, expires }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_store_gives_back_what_it_was_given(given in vec(any_binding(), 1..40)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leases.db");
        let mut store = open(&path);
        keep(&mut store, &given);
        drop(store);
        let mut want = std::collections::BTreeMap::new();
        for binding in given {
            want.insert(binding.address, binding);
        }
        prop_assert_eq!(want.into_values().collect::<Vec<_>>(), open(&path).load().unwrap());
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test waits by the real clock")]
fn the_wal_is_written_to_the_database_beside_the_commits_and_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("a.db"), folder.path().join("b.db"));
    let mut store = open(&path);
    let want = bindings(20_000);
    let commits: Vec<Commit> =
        want.iter().map(|binding| Commit { binding: binding.clone().into() }).collect();
    let length = |path: &Path| fs::metadata(path).unwrap().len();
    let empty = length(&path);
    for round in 0..6 {
        for batch in commits.chunks(512) {
            assert!(store.commit(batch).iter().all(Result::is_ok));
            store.tidy();
        }
        std::thread::sleep(std::time::Duration::from_millis(if round == 0 { 500 } else { 20 }));
        store.tidy();
    }
    assert!(length(&path) > empty + (1 << 20), "nothing was written to the database");
    // Six times 20,000 rows would be 12 MiB and more.
    let wal = length(&folder.path().join("a.db-wal"));
    assert!(wal < 10 << 20, "the WAL is {wal} octets long");
    assert_eq!(want, snapshot(&path).unwrap().bindings);
    kill(store, &path, &copy);
    assert_eq!(want, open(&copy).load().unwrap());
}
