//! The simulator: the same seed gives the same trace octet for octet, every scenario that comes with the program meets
//! what it expects, and what it writes is what a reader reads.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use dhcpsim::config::ConfigError;
use dhcpsim::endpoint::Instant;
use dhcpsim::sim::figure::FIGURES;
use dhcpsim::sim::scenario::{Override, READY, Ready, Scenario, keys};
use dhcpsim::sim::{Outcome, Trace};

/// A trace that can be read while the world still has it.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn read(text: &str, overrides: &[Override]) -> Result<Scenario, Vec<ConfigError>> {
    Scenario::read("scenario.toml", text, overrides, &|_| unreachable!())
}

fn ready(name: &str) -> Scenario {
    read(Ready::named(name).unwrap().text, &[]).unwrap_or_else(|errors| {
        panic!("{name}: {}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

/// The trace of a run until `end`.
fn trace(scenario: &Scenario, seed: u64, end: Instant) -> String {
    let output = Shared::default();
    let mut world = scenario.build(seed);
    let (trace, failed) = Trace::new(output.clone());
    world.observe(Box::new(trace));
    assert!(world.run(end, u64::MAX));
    assert!(failed.try_recv().is_err());
    String::from_utf8(output.0.take()).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for name in ["lease", "conflict"] {
        let scenario = ready(name);
        let text = trace(&scenario, 1, scenario.end().min(Instant::from_secs(900)));
        support::golden(format!("fixtures/scenarios/{name}.trace"), &text);
    }
    let scenario = ready("wifi");
    let end = Instant::from_secs(600);
    assert_eq!(trace(&scenario, 7, end), trace(&scenario, 7, end));
    assert_ne!(trace(&scenario, 7, end), trace(&scenario, 8, end));
}

/// Those that take long in a debug build.
const LONG: [&str; 7] = ["hotel", "isp", "power-cut", "wifi", "two-servers", "starvation", "lease-time"];

/// Holds a scenario that comes with the program to what it expects.
fn meets(name: &str, seeds: u64) {
    let scenario = ready(name);
    for seed in 1..=seeds {
        let mut world = scenario.build(seed);
        assert!(world.run(scenario.end(), u64::MAX));
        let outcome = Outcome::of(&world);
        for wish in &scenario.expect {
            let verdict = wish.judge(&outcome);
            let (wanted, found) = (verdict.expected, verdict.found);
            assert!(verdict.met, "{name} with seed {seed}: {wanted}, found {found:?}");
        }
    }
}

#[test]
fn every_ready_scenario_meets_its_expectations() {
    for ready in READY.iter().filter(|ready| ready.name != "isp") {
        meets(ready.name, if LONG.contains(&ready.name) { 2 } else { 10 });
    }
}

#[test]
#[ignore = "long in a debug build: cargo test --release --test simulator -- --ignored"]
fn every_ready_scenario_meets_its_expectations_whatever_the_seed() {
    for ready in READY {
        meets(ready.name, 25);
    }
}

/// In the trace of each scenario there is, in this order, what its title says.
#[test]
fn every_ready_scenario_shows_what_its_title_says() {
    let shows: &[(&str, &[&str])] = &[
        ("lease", &[" DISCOVER ", " OFFER ", " REQUEST ", " ACK ", "is BOUND", " RELEASE "]),
        (
            "day",
            &["is RENEWING", "* server is unplugged", "is REBINDING", "* server is plugged in", "is BOUND"],
        ),
        ("home", &["192.168.1.2 is bound to", "until never", "visitor 2: has 192.168.1.100", "INIT-REBOOT"]),
        ("hotel", &["* guest 283 leaves", "has expired", " NAK "]),
        ("isp", &["customer 483: has 10.0.1.0 from 10.0.0.1", "leaves", " RELEASE "]),
        (
            "power-cut",
            &["is BOUND", "* device: power is out", "* device: power is back", "is REBOOTING", "is BOUND"],
        ),
        ("wifi", &[", lost", ", doubled"]),
        (
            "relay",
            &[
                "giaddr 198.51.100.1",
                "seller 37: has 198.51.100.100",
                "giaddr 192.0.2.1",
                "clerk 14: has 192.0.2.",
            ],
        ),
        (
            "two-servers",
            &[
                "first > lan: 192.0.2.1:67",
                "second > lan: 192.0.2.2:67",
                "* first crashes",
                "from 192.0.2.2 until",
            ],
        ),
        ("rogue", &["* router-from-home is plugged in", "from 192.168.1.1 until"]),
        (
            "conflict",
            &["ARP who has", "squatter > lan: ARP", " DECLINE ", "is declined by", "has 192.0.2.103"],
        ),
        ("starvation", &["attacker 199: has", "goes away without an address"]),
        ("crash", &["* server crashes between write and answer", "* server starts", "is BOUND"]),
        ("lease-time", &["lease 28800", "* server is configured anew", "lease 600"]),
        ("clock-jump", &["* the clock of server jumps by 10800 s", "is used by early 0 and late", " NAK "]),
    ];
    let named: Vec<&str> = shows.iter().map(|(name, _)| *name).collect();
    assert_eq!(READY.iter().map(|ready| ready.name).collect::<Vec<_>>(), named);
    for (name, wanted) in shows {
        let scenario = ready(name);
        // A part of the large ones is enough.
        let end = match *name {
            "isp" => Instant::from_secs(300),
            "starvation" => Instant::from_secs(400),
            "lease-time" => Instant::from_secs(20_000),
            "hotel" => Instant::from_secs(120_000),
            _ => scenario.end(),
        };
        let told = trace(&scenario, 1, end);
        let mut rest = told.as_str();
        for want in *wanted {
            let at = rest.find(want).unwrap_or_else(|| panic!("{name}: no `{want}` where it should be"));
            rest = &rest[at + want.len()..];
        }
    }
}

/// The renewal is on its way when its client leaves: the server grants it, hears the DHCPRELEASE, and gives the address
/// to another, which is no breach.
#[test]
fn a_lease_that_is_renewed_for_who_has_just_left_is_nobodys() {
    let text = r#"
        duration = "1h"
        [[segment]]
        name = "lan"
        latency = "2ms"
        [[server]]
        name = "server"
        address = "192.0.2.1"
        [server.config]
        lease-time = "30m"
        subnet = [{ subnet = "192.0.2.0/24", ranges = "192.0.2.100" }]
        [[population]]
        name = "first"
        count = 1
        online = "899997ms"
        [[population]]
        name = "second"
        count = 1
        arrivals = { apart = "1000s" }
        [expect]
        served = 2
        "#;
    let scenario = read(text, &[]).unwrap();
    let told = trace(&scenario, 1, scenario.end());
    let at =
        |what: &str| told.lines().position(|line| line.contains(what)).unwrap_or_else(|| panic!("{told}"));
    let granted = at("server: 192.0.2.100 is bound to id 01:02:c0:00:00:00:00 until 2700.006000");
    assert!(at(" RELEASE ") < granted && granted < at(" is released "), "{told}");
    let mut world = scenario.build(1);
    assert!(world.run(scenario.end(), u64::MAX));
    let outcome = Outcome::of(&world);
    assert_eq!((Vec::<String>::new(), 2), (outcome.violations, outcome.measures.served));
}

#[test]
fn one_more_customer_changes_nobody_elses_luck() {
    let text = r#"
        duration = "10m"
        [[segment]]
        name = "lan"
        latency = "1ms"
        jitter = "5ms"
        loss = 20
        [[server]]
        name = "server"
        address = "192.0.2.1"
        [server.config]
        subnet = [{ subnet = "192.0.2.0/24", ranges = "192.0.2.100-192.0.2.199" }]
        [[population]]
        name = "client"
        count = 5
        arrivals = { within = "60s" }
        "#;
    let of = |count: &str| {
        let scenario = read(text, &[Override::new("population.count", count)]).unwrap();
        let text = trace(&scenario, 3, scenario.end());
        let theirs = |line: &&str| (0..5).any(|number| line.contains(&format!("  client {number}")));
        // Times and xids are the clients' own; which address each gets depends on who came before.
        let line =
            |line: &str| line.split(" wants ").next().unwrap().split(" has ").next().unwrap().to_owned();
        text.lines().filter(theirs).map(line).filter(|line| !line.contains("yiaddr")).collect::<Vec<_>>()
    };
    let (five, six) = (of("5"), of("6"));
    assert!(five.len() > 30, "{five:#?}");
    let kind = |lines: &[String]| -> Vec<String> {
        lines.iter().filter(|line| line.contains("DISCOVER")).cloned().collect()
    };
    pretty_assertions::assert_eq!(kind(&five), kind(&six));
}

#[test]
fn faults_of_a_scenario_are_pointed_at() {
    let base = r#"duration = "1h"
[[server]]
name = "server"
address = "192.0.2.1"
[server.config]
lease-tme = "1h"
subnet = [{ subnet = "192.0.2.0/24", ranges = "192.0.2.100-192.0.2.99" }]
[[population]]
name = "client"
count = -1
online = { exponental = "1h" }
[[event]]
at = "5 minutes"
crash = "servr"
[[event]]
at = "5m"
crash = "servr"
[expect]
refusd = 0
"#;
    let errors = read(base, &[]).unwrap_err();
    let found: Vec<String> = errors.iter().map(ToString::to_string).collect();
    support::golden("fixtures/scenarios/faults.txt", &(found.join("\n") + "\n"));
}

/// Two segments, with a server and its customer on one and a host on both.
const TWO: &str = include_str!("../fixtures/scenarios/two.toml");

#[test]
fn a_host_has_an_address_on_each_of_its_segments() {
    let scenario = read(TWO, &[]).unwrap();
    let told = trace(&scenario, 1, scenario.end());
    let mut rest = told.as_str();
    for want in ["printer > b: ARP", " DECLINE ", "client 0: has 10.2.0.11 "] {
        let at = rest.find(want).unwrap_or_else(|| panic!("no `{want}`: {told}"));
        rest = &rest[at + want.len()..];
    }
}

#[test]
fn a_trace_tells_what_is_now_otherwise() {
    let text = format!(
        "{TWO}[[event]]\nat = \"1m\"\nsegment = \"a\"\nloss = 5\nlatency = \"2ms\"\n\
         [[event]]\nat = \"2m\"\nsegment = \"a\"\nrate = \"64k\"\njitter = \"500us\"\n\
         [[event]]\nat = \"3m\"\nserver = \"server\"\nstore = {{ latency = \"5ms\", refuse = 12.5, room = 10 }}\n\
         [[event]]\nat = \"4m\"\nserver = \"server\"\nstore = {{}}\njump = \"1500ms\"\n\
         [[event]]\nat = \"5m\"\nserver = \"server\"\nstore = {{ broken = true }}\njump = \"-250us\"\n\
         [[event]]\nat = \"6m\"\ncrash-on-write = \"server\"\n"
    );
    let scenario = read(&text, &[]).unwrap();
    let told = trace(&scenario, 1, scenario.end());
    let notes: Vec<&str> =
        told.lines().filter_map(|line| line.split_once("  * ")).map(|(_, note)| note).collect();
    let want = [
        "a: loss 5 %, latency 2 ms",
        "a: latency 0 s, jitter 500 µs, 64000 bit/s",
        "the store of server: latency 5 ms, refuses 12.5 %, room for 10",
        "the clock of server jumps by 1.5 s",
        "the store of server: latency 0 s",
        "the clock of server jumps by -250 µs",
        "the store of server: refuses all",
        "server is to crash at its next write",
    ];
    assert_eq!(want.as_slice(), notes, "{told}");
}

#[test]
fn what_happens_to_servers_happens_to_no_other_node() {
    let scenario = |event: &str| {
        format!(
            r#"duration = "1h"
[[server]]
name = "server"
address = "192.0.2.1"
config = {{ subnet = [{{ subnet = "192.0.2.0/24", ranges = "192.0.2.100-192.0.2.199" }}] }}
[[host]]
name = "printer"
address = "192.0.2.9"
[[event]]
at = "5m"
{event}
"#
        )
    };
    for event in ["crash = ", "crash-on-write = ", "start = ", "jump = \"1s\"\nserver = "] {
        read(&scenario(&format!("{event}\"server\"")), &[]).unwrap();
        let errors = read(&scenario(&format!("{event}\"printer\"")), &[]).unwrap_err();
        assert!(errors[0].to_string().contains("the name of a server"), "{event}: {}", errors[0]);
    }
    read(&scenario("unplug = \"printer\""), &[]).unwrap();
}

/// `docs/simulate.md` holds figures and keys as they are declared, between comments.
#[test]
fn the_page_has_every_figure_and_key() {
    let path = "docs/simulate.md";
    let mut page = std::fs::read_to_string(support::root().join(path)).unwrap();
    let figures = FIGURES.iter().map(|figure| format!("| `{}` | {} |\n", figure.name, figure.meaning));
    let figures = format!("| figure | says |\n|---|---|\n{}", figures.collect::<String>());
    for (name, from, table) in
        [("figures", "src/sim/figure.rs", figures), ("keys", "src/sim/scenario/keys.rs", keys::markdown())]
    {
        let (begin, end) = (format!("<!-- {name}: from {from} -->\n"), format!("<!-- end of {name} -->\n"));
        let (before, rest) = page.split_once(&begin).unwrap();
        let (_, after) = rest.split_once(&end).unwrap();
        page = format!("{before}{begin}{table}{end}{after}");
    }
    support::golden(path, &page);
}

#[test]
fn values_take_the_place_of_those_in_the_file() {
    let text = Ready::named("isp").unwrap().text;
    let set = |key, value| read(text, &[Override::new(key, value)]);
    let count = |scenario: Scenario| scenario.populations[0].count;
    assert_eq!(Some(7), count(set("population.count", "7").unwrap()));
    assert_eq!(Some(7), count(set("population.customer.count", "7").unwrap()));
    assert_eq!(Duration::from_secs(108_000), set("duration", "30h").unwrap().duration);
    for (key, value, want) in [
        ("population.custmer.count", "7", "did you mean"),
        ("population.count", "many", "expected a number"),
        ("durtion", "1h", "did you mean `duration`?"),
    ] {
        let errors = set(key, value).unwrap_err();
        let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert!(all.iter().any(|error| error.contains(want)), "{key}={value}: {all:?}");
    }
}
