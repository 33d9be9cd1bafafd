//! The explorer: random networks in which every kind of fault happens, clean for the server as it is, and each planted
//! fault found; what fails is cut down to a short scenario that fails alike.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use dhcpsim::sim::Plant;
use dhcpsim::sim::explore::{self, Breach, Draft, Explored, Held, Kind, Side, Tally, Trial};
use dhcpsim::sim::scenario::{Ready, Scenario};

/// How many seeds are tried here; `.ci/run` has thousands.
const SEEDS: u64 = 100;

fn read(draft: &Draft) -> Scenario {
    explore::read(draft).unwrap_or_else(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{draft}\n{}", errors.join("\n"))
    })
}

fn run(seed: u64, plant: Option<Plant>) -> Explored {
    let scenario = read(&explore::draft(seed));
    explore::run(&scenario, Held::of(&scenario), seed, plant, &|| true).unwrap()
}

/// A scenario that comes with the program.
fn text(name: &str) -> String {
    Ready::named(name).unwrap().text.to_owned()
}

/// The runs of some seeds, over so many threads.
fn runs(seeds: u64, threads: u64) -> Vec<Explored> {
    let (next, done) = (AtomicU64::new(1), Mutex::new(BTreeMap::new()));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > seeds {
                        break;
                    }
                    let run = run(seed, None);
                    done.lock().unwrap().insert(seed, run);
                }
            });
        }
    });
    done.into_inner().unwrap().into_values().collect()
}

#[test]
fn every_kind_of_thing_happens_and_nothing_is_found() {
    let runs = runs(SEEDS, 2);
    let mut tally = Tally::default();
    for run in &runs {
        assert!(run.breaches.is_empty(), "seed {}: {}", run.seed, run.breaches[0]);
        tally.merge(&run.tally);
    }
    let never: Vec<&str> =
        tally.counts().filter(|(_, count)| *count == 0).map(|(kind, _)| kind.name()).collect();
    assert!(never.is_empty(), "never happened: {never:?}");
    let grants: u64 = runs.iter().map(|run| run.grants).sum();
    assert!(grants > 100 * SEEDS, "{grants} grants say little");
    // Where nothing excuses it, most of what can be held is.
    let held: Vec<Held> = (1..=SEEDS).map(|seed| Held::of(&read(&explore::draft(seed)))).collect();
    let count = |of: fn(&Held) -> bool| held.iter().filter(|held| of(held)).count();
    let many = |part, of| held.len() * part / of;
    assert!(count(|held| held.grants) > many(2, 3));
    assert!(count(|held| held.offers) > many(1, 2));
    assert!(count(|held| held.sharing) > many(1, 3));
    assert!(count(|held| held.service) > many(1, 20));
}

/// Where nothing keeps customers from being served and nobody is, that is found; where something does, it is not.
#[test]
fn who_can_be_served_is() {
    let network = "duration = '10m'\n[[segment]]\nname = 'lan'\n[[server]]\nname = 'server'\naddress = '192.0.2.1'\n\
        [server.config]\nlease-time = '1m'\nsubnet = [{ subnet = '192.0.2.0/24', ranges = '192.0.2.10-192.0.2.12' }]\n\
        [[population]]\nname = 'client'\ncount = 3\narrivals = { within = '1m' }\n";
    let event = |at, what| format!("{network}[[event]]\nat = '{at}'\n{what} = 'server'\n");
    for (text, held) in [
        (network.to_owned(), true),
        (event("7m", "crash"), true),
        (event("5m", "crash"), false),
        (network.replace("count = 3", "count = 4"), false),
        (network.replace("count = 3", "count = 3\nhostile = true"), false),
        (network.replace("count = 3", "count = 3\npatience = '20s'"), false),
        (network.replace("[server.config]", "store = { refuse = 5 }\n[server.config]"), false),
        (network.replace("name = 'lan'", "name = 'lan'\nloss = 20"), false),
        (format!("{network}[[host]]\nname = 'host'\naddress = '192.0.2.11'\n"), false),
    ] {
        assert_eq!(held, Held::of(&read(&Draft::parse(&text).unwrap())).service, "{text}");
    }
    // A server that is not there from the start is the one thing that is said otherwise here.
    let gone = read(&Draft::parse(&event("0s", "unplug")).unwrap());
    let must = Held { service: true, ..Held::LAW };
    let found = explore::run(&gone, must, 1, None, &|| true).unwrap().breaches;
    assert_eq!(["unserved"], found.iter().map(|breach| breach.kind).collect::<Vec<_>>()[..]);
    let held = read(&Draft::parse(network).unwrap());
    assert!(explore::run(&held, must, 1, None, &|| true).unwrap().breaches.is_empty());
}

#[test]
fn every_planted_fault_is_found() {
    for (plant, want, within) in [
        (Plant::EarlyAck, &["not-stored"][..], 20),
        (Plant::LyingDisk, &["double"], 60),
        (Plant::LostEntry, &["double"], 60),
        (Plant::EarlyExpiry, &["double", "double-offer"], 60),
        (Plant::NoRest, &["declined"], 60),
        (Plant::NoHold, &["double-offer"], 20),
        (Plant::Deaf, &["declined"], 60),
    ] {
        let found = (1..=within).find_map(|seed| run(seed, Some(plant)).breaches.into_iter().next());
        let found = found.unwrap_or_else(|| panic!("{} is not found", plant.name()));
        assert!(want.contains(&found.kind), "{}: {found}", plant.name());
        assert_eq!(Some(plant), Plant::named(plant.name()));
    }
}

#[test]
fn the_same_seed_gives_the_same_run_on_any_number_of_threads() {
    let digests = |threads| runs(12, threads).into_iter().map(|run| run.digest).collect::<Vec<_>>();
    let (one, three) = (digests(1), digests(3));
    assert_eq!(one, three);
    assert_ne!(one[0], one[1]);
}

#[test]
fn what_fails_is_cut_down_to_what_fails_alike() {
    let trial = |seed, plant| Trial { seed, plant: Some(plant), held: None, open: &|_| unreachable!() };
    let plant = Plant::LostEntry;
    let seed = (1..).find(|seed| !run(*seed, Some(plant)).breaches.is_empty()).unwrap();
    let draft = explore::draft(seed);
    let breach = run(seed, Some(plant)).breaches.remove(0);
    let kind = breach.kind;
    let trial = trial(seed, plant);
    let cut = || explore::shrink(&draft, &breach, &trial, &mut |_| true).unwrap();
    let short = cut();
    assert_eq!(short.draft, cut().draft, "the same each time");
    assert_eq!(kind, short.breach.kind);
    assert!(short.runs <= explore::MOST_RUNS);
    assert!(short.draft.count("event") <= 2 && short.draft.customers() <= 6, "{}", short.draft);
    assert!(short.draft.to_string().len() * 2 < draft.to_string().len(), "{}", short.draft);
    // It is a scenario's file that fails by itself.
    let again = Draft::parse(&short.draft.to_string()).unwrap();
    let scenario = read(&again);
    let found = explore::run(&scenario, Held::of(&scenario), seed, Some(plant), &|| true).unwrap();
    assert_eq!(kind, found.breaches[0].kind);
    let story = trial.story(&short.draft, &short.breach);
    let address = short.breach.address.unwrap().to_string();
    assert!(story.lines().count() <= 61 && story.contains(&address), "{story}");
    for customer in &short.breach.customers {
        assert!(story.contains(&format!("  {customer}")), "{customer} has no part in {story}");
    }
    let other = Breach { kind: "outside", ..breach.clone() };
    assert!(explore::shrink(&draft, &other, &trial, &mut |_| true).is_none());
}

/// What a file expects and does not get is not got for the same reason: never for want of a server or of customers.
#[test]
fn an_expectation_fails_to_the_same_side_when_cut_down() {
    let (day, shop) = (text("day"), text("isp").replace("4h", "2h").replace("4000", "30"));
    let shop = shop.replace("10.0.1.0-10.0.4.231", "10.0.1.0-10.0.1.7").replace("6h", "1h");
    for (text, wish, kind, side) in [
        (&day, "served = 19", "served", Side::TooMuch),
        (&day, "acks = '>= 1000'", "acks", Side::TooLittle),
        (&shop, "refused-share = '< 0.01%'", "refused-share", Side::TooMuch),
        (&shop, "first-max = '> 1h'", "first-max", Side::TooLittle),
    ] {
        let (network, _) = text.split_once("[expect]").unwrap();
        let draft = Draft::parse(&format!("{network}[expect]\n{wish}\n")).unwrap();
        let scenario = read(&draft);
        let run = explore::run(&scenario, Held::LAW, 1, None, &|| true).unwrap();
        assert_eq!((kind, side), (run.breaches[0].kind, run.breaches[0].side), "{wish}");
        let trial = Trial { seed: 1, plant: None, held: Some(Held::LAW), open: &|_| unreachable!() };
        let short = explore::shrink(&draft, &run.breaches[0], &trial, &mut |_| true).unwrap();
        assert!(short.breach.is_like(&run.breaches[0]), "{}", short.breach);
        assert!(short.draft.count("server") > 0 && short.draft.customers() > 0, "{wish}: {}", short.draft);
        let again = explore::run(&read(&short.draft), Held::LAW, 1, None, &|| true).unwrap();
        assert!(again.grants > 0 && again.breaches[0].is_like(&run.breaches[0]), "{wish}: {}", short.draft);
    }
}

/// What exploring has found once: scenarios as they were cut down, with the seed that failed in their title.
#[test]
fn what_was_found_once_stays_mended() {
    let mut files = support::files("fixtures/scenarios/found", "toml");
    files.sort();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let draft = Draft::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let scenario = read(&draft);
        let seed = scenario.title.rsplit(' ').next().unwrap().parse().unwrap();
        let run = explore::run(&scenario, Held::of(&scenario), seed, None, &|| true).unwrap();
        assert!(run.breaches.is_empty(), "{}: {}", file.display(), run.breaches[0]);
        assert!(run.tally.of(Kind::Started) == 0 || run.grants > 0, "{}: nothing happens", file.display());
    }
}

/// `docs/explore.md` holds faults and counts as they are declared, between comments.
#[test]
fn the_page_has_every_fault_and_count() {
    let path = "docs/explore.md";
    let mut page = std::fs::read_to_string(support::root().join(path)).unwrap();
    let faults = Plant::ALL.iter().map(|(_, name, meaning)| format!("| `{name}` | {meaning} |\n"));
    let faults = format!("| fault | the server or its store |\n|---|---|\n{}", faults.collect::<String>());
    let counts = Kind::ALL.iter().map(|kind| format!("| `{}` | {} |\n", kind.name(), kind.meaning()));
    let counts = format!("| count | of |\n|---|---|\n{}", counts.collect::<String>());
    for (name, from, table) in
        [("faults", "src/sim/plant.rs", faults), ("counts", "src/sim/explore/tally.rs", counts)]
    {
        let (begin, end) = (format!("<!-- {name}: from {from} -->\n"), format!("<!-- end of {name} -->\n"));
        let (before, rest) = page.split_once(&begin).unwrap();
        let (_, after) = rest.split_once(&end).unwrap();
        page = format!("{before}{begin}{table}{end}{after}");
    }
    support::golden(path, &page);
}
