//! What keeping a lease costs: CPU and time a row, by the size of the batch, over a store of so many leases.
//!
//! `cargo bench --bench store [-- FOLDER [LEASES]]`; CPU is the process's own, user and system, without waiting for the disk.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures and prints")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a bench fails by panicking"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use dhcpsim::lease::Commit;
use dhcpsim::store::{LeaseStore, Sqlite, snapshot};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

#[path = "../tests/support/sample.rs"]
mod sample;

/// Rows for each size of a batch.
const ROWS: usize = 32_768;

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let folder = args.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let leases: u32 = args.next().and_then(|text| text.parse().ok()).unwrap_or(50_000);
    let folder = tempfile::tempdir_in(folder).unwrap();
    let path = folder.path().join("leases.db");
    let all: Vec<Commit> =
        (0..leases).map(|number| Commit { binding: sample::binding(number).into() }).collect();
    let mut store = Sqlite::open(&path, &sample::reading()).unwrap();
    for batch in all.chunks(1024) {
        assert!(store.commit(batch).iter().all(Result::is_ok));
    }
    println!("{leases} leases, {} octets", std::fs::metadata(&path).unwrap().len());
    println!("batch   rows/s   CPU µs/row   µs/batch");
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for size in [1, 8, 16, 32, 64, 128] {
        let rows = if size == 1 { ROWS / 8 } else { ROWS };
        let batches: Vec<Vec<Commit>> = (0..rows / size)
            .map(|_| (0..size).map(|_| all[random.next_u32() as usize % all.len()].clone()).collect())
            .collect();
        let (cpu, start) = (cpu(), Instant::now());
        for batch in &batches {
            assert!(store.commit(batch).iter().all(Result::is_ok));
            store.tidy();
        }
        let (cpu, time) = (self::cpu() - cpu, start.elapsed());
        println!(
            "{size:5} {:8.0} {:12.2} {:10.0}",
            rows as f64 / time.as_secs_f64(),
            cpu.as_secs_f64() * 1e6 / rows as f64,
            time.as_secs_f64() * 1e6 / batches.len() as f64,
        );
    }
    drop(store);
    for what in ["open", "read"] {
        let start = Instant::now();
        match what {
            "open" => drop(Sqlite::open(&path, &sample::reading()).unwrap().load().unwrap()),
            _ => drop(snapshot(&path).unwrap()),
        }
        println!("{what}: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    }
}

/// The CPU time of this process.
fn cpu() -> Duration {
    let spec = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(spec.tv_sec.try_into().unwrap(), spec.tv_nsec.try_into().unwrap())
}
