//! tmp
#![cfg(feature = "workbench")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
use dhcpsim::sim::explore;
use dhcpsim::sim::explore::Tally;

#[test]
fn tmp() {
    let n: u64 = std::env::var("N").map_or(40, |n| n.parse().unwrap());
    let plant = std::env::var("PLANT").ok().map(|p| dhcpsim::sim::Plant::named(&p).unwrap());
    let mut tally = Tally::default();
    let mut frames = 0;
    let mut bad = 0;
    let start = std::time::Instant::now();
    for seed in 1..=n {
        let draft = explore::draft(seed);
        let scenario = explore::read(&draft).unwrap_or_else(|errors| panic!("{draft}\n{}", errors.iter().map(|e| e.to_string()).collect::<Vec<_>>().join("\n")));
        let found = explore::run(&scenario, explore::Held::of(&scenario), seed, plant, &|| true).unwrap();
        tally.merge(&found.tally);
        frames += found.frames;
        if !found.breaches.is_empty() { bad += 1; println!("{seed} ({} frames): {}", found.frames, found.breaches[0]); }
    }
    println!("{frames} frames, {bad} bad, {:?}", start.elapsed());
    for (kind, count) in tally.counts() { println!("{:>10} {}", count, kind.name()); }
    if let Ok(seed) = std::env::var("DRAFT") { println!("{}", explore::draft(seed.parse().unwrap())); }
}
