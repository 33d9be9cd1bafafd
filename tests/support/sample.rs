//! Bindings to keep, and stores that hold them.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::net::Ipv4Addr;
use std::path::Path;

use dhcpsim::lease::{Binding, BindingState, ClientKey, Commit, Subnet};
use dhcpsim::store::{LeaseStore, Sqlite};
use dhcpsim::time::{Instant, Reading};

/// 2026-01-01, in microseconds.
pub(crate) const WALL: u64 = 1_767_225_600_000_000;

/// What the clocks say.
pub(crate) fn reading() -> Reading {
    Reading { boot: [7; 16], uptime: 1_000_000, wall: WALL }
}

/// The `number`-th binding of 10.67.0.0/16.
pub(crate) fn binding(number: u32) -> Binding {
    let address = Ipv4Addr::from(0x0a43_000a + number);
    let mut chaddr = vec![2, 0];
    chaddr.extend(number.to_be_bytes());
    let client = match number % 3 {
        0 => ClientKey::Hardware { htype: 1, chaddr: chaddr.clone().into() },
        _ => ClientKey::Identifier([&[1][..], &chaddr].concat().into()),
    };
    let state = match number % 7 {
        5 => BindingState::Released,
        6 => BindingState::Declined,
        _ => BindingState::Bound,
    };
    let since = Instant::from_micros(WALL + u64::from(number));
    Binding {
        address,
        subnet: Subnet::of(address, 16).unwrap(),
        client,
        htype: 1,
        chaddr: chaddr.into(),
        host_name: (!number.is_multiple_of(4)).then(|| format!("host-{number}").into_bytes().into()),
        relay: number.is_multiple_of(5).then(|| [1, 4, 0, 0, 0, 7].into()),
        state,
        since,
        expires: if number % 11 == 3 { Instant::NEVER } else { Instant::from_micros(WALL + 3_600_000_000) },
    }
}

pub(crate) fn bindings(count: u32) -> Vec<Binding> {
    (0..count).map(binding).collect()
}

pub(crate) fn open(path: &Path) -> Sqlite {
    Sqlite::open(path, &reading()).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn keep(store: &mut Sqlite, bindings: &[Binding]) {
    for batch in bindings.chunks(8) {
        let commits: Vec<Commit> =
            batch.iter().map(|binding| Commit { binding: binding.clone().into() }).collect();
        assert!(store.commit(&commits).iter().all(Result::is_ok));
    }
}

/// Ends a store as a kill does: nothing is written any more.
pub(crate) fn kill(store: Sqlite, path: &Path, copy: &Path) {
    for ending in ["", "-wal", "-shm", ".id"] {
        let name = |path: &Path| format!("{}{ending}", path.display());
        let _ = std::fs::copy(name(path), name(copy));
    }
    drop(store);
}
