//! Runs the files of folders through a target, without instrumentation, and tells which take longest.
//!
//! ```text
//! cargo run --release --example slowest message corpus/message seeds/message
//! ```

use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{env, fs, process};

use dhcpsim_fuzz::{TARGETS, Target};

/// How many are told.
const TOLD: usize = 5;
/// How often a file is run; the quickest counts, since the machine does other things too.
const RUNS: usize = 3;

fn main() {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let Some((_, target)) = TARGETS.into_iter().find(|(target, _)| *target == name) else {
        eprintln!("expected a target and folders, found `{name}`");
        process::exit(2);
    };
    let mut times: Vec<(Duration, usize, PathBuf)> = Vec::new();
    for file in arguments.flat_map(|folder| files(folder.into())) {
        let octets = fs::read(&file).unwrap();
        let time = (0..RUNS).map(|_| time(target, &octets)).min().unwrap();
        times.push((time, octets.len(), file));
    }
    times.sort();
    println!("{name}: {} files", times.len());
    for (time, length, file) in times.iter().rev().take(TOLD) {
        println!("{:>10.3} ms  {length:>7} octets  {}", time.as_secs_f64() * 1e3, file.display());
    }
}

fn files(path: PathBuf) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path];
    }
    fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[allow(clippy::disallowed_methods, reason = "this is about the time that real machines take")]
fn time(target: Target, octets: &[u8]) -> Duration {
    let start = Instant::now();
    target(octets);
    start.elapsed()
}
