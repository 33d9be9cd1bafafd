//! How fast the simulator is: a provider's day, and a crowd through a power cut and a day of renewals by how many they are.
//!
//! `cargo run --release [-- CLIENTS...]`; time is the thread's own processor time, memory the process's greatest,
//! each size in a process of its own. A frame is one put on a segment: built with its headers and checksums, carried, and
//! parsed by who gets it.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures and prints")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::as_conversions, reason = "a bench fails by panicking")]

mod parts;

use std::process::Command;
use std::time::Duration;

use dhcpsim::sim::scenario::{Ready, Scenario};
use dhcpsim::sim::{Outcome, World};

/// The sizes of the crowd, unless others are asked for.
const SIZES: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// Frames that a small crowd makes at least, by running again.
const ENOUGH: u64 = 500_000;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if let [word, clients] = args.as_slice()
        && word == "alone"
    {
        crowd(clients.parse().unwrap());
        return;
    }
    provider();
    println!("clients       frames   runs   CPU s   ns/frame   frames/s   peak MiB   octets/client");
    let sizes: Vec<u32> = args.iter().map(|arg| arg.parse().unwrap()).collect();
    for clients in if sizes.is_empty() { SIZES.to_vec() } else { sizes } {
        let program = std::env::current_exe().unwrap();
        let status = Command::new(program).args(["alone", &clients.to_string()]).status().unwrap();
        assert!(status.success(), "{clients} clients: {status}");
    }
    parts::print(1000);
}

/// One size of the crowd, in this process.
fn crowd(clients: u32) {
    let scenario = day_after_power_cut(clients);
    let before = memory("VmRSS");
    let (mut frames, mut runs, mut spent) = (0, 0, Duration::ZERO);
    while frames < ENOUGH {
        runs += 1;
        let (outcome, time) = run(&scenario, runs);
        (frames, spent) = (frames + outcome.measures.frames, spent + time);
        assert_eq!(Vec::<String>::new(), outcome.violations);
        assert_eq!(0, outcome.measures.shared);
        assert_eq!(u64::from(clients), outcome.measures.online.now());
    }
    let peak = memory("VmHWM");
    println!(
        "{clients:>7} {frames:12} {runs:6} {:7.2} {:10.0} {:10.0} {:10} {:15}",
        spent.as_secs_f64(),
        spent.as_secs_f64() * 1e9 / frames as f64,
        frames as f64 / spent.as_secs_f64(),
        peak >> 10,
        (peak.saturating_sub(before) << 10) / u64::from(clients),
    );
}

/// The ready-made scenario of 4000 customers.
fn provider() {
    let text = Ready::named("isp").unwrap().text;
    let scenario = Scenario::read("isp", text, &[], &|_| unreachable!()).unwrap();
    let mut world = scenario.build(1);
    let start = cpu();
    assert!(world.run(scenario.end(), u64::MAX));
    println!("isp, a day: {:.3} s", (cpu() - start).as_secs_f64());
}

fn run(scenario: &Scenario, seed: u64) -> (Outcome, Duration) {
    let start = cpu();
    let mut world: World = scenario.build(seed);
    assert!(world.run(scenario.end(), u64::MAX));
    let spent = cpu() - start;
    (Outcome::of(&world), spent)
}

/// As `power-cut`, for a day, on a network that so many need.
fn day_after_power_cut(clients: u32) -> Scenario {
    let last = std::net::Ipv4Addr::from_bits(0x0a01_0000 + clients + clients / 25 - 1);
    let text = format!(
        r#"
        duration = "1d"
        [[segment]]
        name = "access"
        latency = "2ms"
        rate = "10G"
        [[server]]
        name = "server"
        address = "10.0.0.1"
        store = {{ latency = "1ms" }}
        [server.config]
        lease-time = "2h"
        authoritative = true
        subnet = [{{ subnet = "10.0.0.0/8", ranges = "10.1.0.0-{last}" }}]
        [[population]]
        name = "device"
        count = {clients}
        arrivals = {{ within = "10m" }}
        remember = true
        desynchronise = true
        [[event]]
        at = "1h"
        dark = "device"
        [[event]]
        at = "1h30m"
        light = "device"
        within = "2s"
        "#
    );
    Scenario::read("crowd.toml", &text, &[], &|_| unreachable!()).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

/// A line of `/proc/self/status`, in KiB.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Processor time of this thread.
fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}
