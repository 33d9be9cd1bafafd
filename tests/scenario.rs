//! Scenario files: what means nothing is refused where it stands, and what a server's file gets wrong is told of that.
#![cfg(feature = "workbench")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use dhcpsim::config::{ConfigError, Loaded, pictures};
use dhcpsim::endpoint::Instant;
use dhcpsim::sim::scenario::{Override, Scenario};

/// Two segments, with a server and its customer on one and a host on both.
const TWO: &str = include_str!("../fixtures/scenarios/two.toml");

fn read(text: &str) -> Result<Scenario, Vec<ConfigError>> {
    Scenario::read("scenario.toml", text, &[], &|_| unreachable!())
}

/// What a scenario's text can't mean is refused where it stands, not read as something else.
#[test]
fn what_has_no_meaning_is_refused() {
    let cases: &[(&str, &str, &str)] = &[
        (
            "segment = \"b\"\ncount",
            "segment = [\"a\", \"b\"]\ncount",
            "17:11: population.segment: expected one segment",
        ),
        (
            "count = 1",
            "count = 4294967295",
            "18:9: population.count: expected at most 10000000 customers in all",
        ),
        (
            "count = 1",
            "count = 9999999\n[[population]]\nname = \"more\"\nsegment = \"a\"\ncount = 2",
            "22:9: population.count: expected at most 10000000 customers in all",
        ),
        (
            "count = 1",
            "count = \"unlimited\"",
            "18:9: population.count: expected a number; \"unlimited\" is for",
        ),
        (
            "count = 1",
            "count = \"unlimited\"\narrivals = { apart = \"1us\" }",
            "18:9: population.count: expected at most 10000000 customers in all",
        ),
        (
            "count = 1",
            "count = 1\narrivals = { within = \"1s\", apart = \"1s\" }",
            "19:29: population.arrivals.apart: expected one of this and `within`",
        ),
        ("\"printer\"", "\"\"", "12:8: host.name: expected a name that is not empty"),
        ("\"printer\"", "\"client\"", "16:8: population.name: expected a name that nothing else has"),
        ("\"printer\"", "\"a\"", "12:8: host.name: expected a name that nothing else has"),
        ("\"10.2.0.1\"", "\"0.0.0.0\"", "9:11: server.address: expected an address that one host can have"),
        (
            "\"10.2.0.1\"",
            "\"255.255.255.255\"",
            "9:11: server.address: expected an address that one host can have",
        ),
        ("\"10.2.0.1\"", "\"224.0.0.1\"", "9:11: server.address: expected an address that one host can have"),
        ("\"1h\"", "\"1h\"\nmeasure-from = \"2h\"", "2:16: measure-from: expected a time before the end"),
        (
            "\"1h\"",
            "\"1h\"\nsample-every = \"1us\"",
            "2:16: sample-every: expected a time that makes at most 1000000 samples",
        ),
    ];
    for (there, instead, want) in cases {
        refused(&TWO.replacen(there, instead, 1), want);
    }
    let relay = "[[relay]]\nname = \"relay\"\nsegment = \"a\"\naddress = \"10.1.0.2\"\n";
    let event = "[[event]]\nat = \"1m\"\n";
    let behind: &[(&str, &str, &str)] = &[
        (relay, "servers = []", "24:11: relay.servers: expected at least one address"),
        (
            relay,
            "servers = \"224.0.0.1\"",
            "24:11: relay.servers: expected an address that one host can have",
        ),
        (
            relay,
            "servers = \"10.2.0.1\"\nclients = \"b\"",
            "25:11: relay.clients: expected a segment that it is on",
        ),
        (
            relay,
            "servers = \"10.2.0.1\"\nclients = []",
            "25:11: relay.clients: expected at least one segment",
        ),
        (event, "crash = \"server\"\nevery = \"0s\"", "23:9: event.every: expected a time above 0"),
        (
            event,
            "crash = \"server\"\nevery = \"1us\"",
            "23:9: event.every: expected at most 1000000 happenings in all",
        ),
        (event, "crash = \"server\"\nwithin = \"5s\"", "23:10: event.within: expected `light` beside it"),
        (event, "crash = \"server\"\njump = \"5s\"", "23:8: event.jump: expected `server` beside it"),
        (event, "crash = \"server\"\nloss = 5", "23:8: event.loss: expected `segment` beside it"),
        ("[expect]\n", "served = []", "21:10: expect.served: expected at least one comparison"),
    ];
    for (table, line, want) in behind {
        refused(&format!("{TWO}{table}{line}\n"), want);
    }
}

fn refused(text: &str, want: &str) {
    let errors = read(text).err().unwrap_or_default();
    let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let want = format!("scenario.toml:{want}");
    assert!(all.len() == 1 && all[0].starts_with(&want), "expected {want}, found {all:#?} in\n{text}");
}

#[test]
fn events_that_come_again_do_until_the_end() {
    let text =
        format!("{TWO}[[event]]\nat = \"10m\"\nevery = \"10m\"\ncrash = \"server\"\nstart = \"server\"\n");
    let scenario = read(&text).unwrap();
    let times: Vec<u64> = scenario.events.iter().map(|(at, _)| (*at - Instant::EPOCH).as_secs()).collect();
    assert_eq!(vec![600, 600, 1200, 1200, 1800, 1800, 2400, 2400, 3000, 3000, 3600, 3600], times);
}

/// A fault in the file of a server is one of that file, with its own line and text.
#[test]
fn a_servers_file_has_its_own_faults() {
    let text = "duration = \"1h\"\ntitle = 7\n[[server]]\nname = \"server\"\naddress = \"192.0.2.1\"\nfile = \"bad.toml\"\n";
    let bad = "\n\nlease-tme = \"1h\"\n";
    let open = |path: &str| Loaded::from_str(path, bad);
    let changes = [Override::new("about", "9")];
    let errors = Scenario::read("scenario.toml", text, &changes, &open).unwrap_err();
    let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let starts = ["scenario.toml:2:9: title:", "--set:1:9: about:", "bad.toml:3:1: lease-tme: unknown key"];
    assert_eq!(starts.len(), shown.len(), "{shown:#?}");
    for (start, shown) in starts.iter().zip(&shown) {
        assert!(shown.starts_with(start), "{shown}");
    }
    assert!(pictures(&errors).contains("lease-tme = \"1h\"\n"), "{}", pictures(&errors));
    let open = |_: &str| Loaded::from_file(std::path::Path::new("there/is/no.toml"));
    let errors = Scenario::read("scenario.toml", text, &[], &open).unwrap_err();
    assert!(
        errors.iter().any(|error| error.to_string().starts_with("there/is/no.toml: cannot read")),
        "{errors:?}"
    );
}
