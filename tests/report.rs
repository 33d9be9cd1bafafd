//! The page of a run: it adds up to what was counted, and names stay names. How it looks is `tests/lab/report.py`'s.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use dhcpsim::packet::MessageType;
use dhcpsim::report::{self, Page, Summary};
use dhcpsim::sim::Outcome;
use dhcpsim::sim::record::{Counts, Ending, Happening, Recording, Wish};
use dhcpsim::sim::scenario::Scenario;
use pretty_assertions::assert_eq;

const HOSTILE: &str = r#"
title = "</title><script>alert(1)</script>"
duration = "2h"
[[segment]]
name = "lan</script><img src=x>"
latency = "1ms"
[[server]]
name = "server\" onload=\"x"
address = "10.0.0.1"
[server.config]
lease-time = "10m"
subnet = [{ subnet = "10.0.0.0/24", ranges = "10.0.0.10-10.0.0.12" }]
[[population]]
name = "guest</script><svg onload=alert(1)>"
count = 6
offline = { exponential = "20m" }
online = { exponential = "20m" }
patience = "5s"
"#;

/// A run of a scenario, recorded.
fn recorded(scenario: &Scenario) -> (Recording, Outcome) {
    let (recorder, recording) = Recording::begin(&Wish {
        duration: scenario.duration,
        clients: 3,
        named: Vec::new(),
        hosts: BTreeMap::new(),
        addresses: 2,
    });
    let mut world = scenario.build(1);
    world.observe(Box::new(recorder));
    assert!(world.run(scenario.end(), u64::MAX));
    let outcome = Outcome::of(&world);
    recording.borrow_mut().measured(outcome.end, &outcome.measures);
    let recording = recording.borrow().clone();
    (recording, outcome)
}

fn scenario(text: &str) -> Scenario {
    Scenario::read("test.toml", text, &[], &|_| unreachable!()).unwrap()
}

fn drawn(scenario: &Scenario) -> String {
    let (recording, outcome) = recorded(scenario);
    report::page(&Page {
        name: "test",
        scenario,
        measures: &outcome.measures,
        recording: &recording,
        end: outcome.end,
        summary: Summary::default(),
    })
    .unwrap()
}

#[test]
fn series_add_up_to_what_was_counted() {
    let (recording, outcome) = recorded(&scenario(HOSTILE));
    let (sum, measures) = (Counts::sum(recording.series.bins()), &outcome.measures);
    assert_eq!((measures.asked, measures.refused), (sum.asked, sum.refused));
    assert!(sum.refused > 0 && sum.renewals > 0, "the scenario has neither: {sum:?}");
    for kind in [MessageType::DISCOVER, MessageType::ACK, MessageType::RELEASE] {
        assert_eq!(measures.sent(kind), sum.sent(kind), "{kind:?}");
    }
    let most = recording.series.bins().iter().map(|bin| bin.bound.most).max();
    assert_eq!(Some(measures.bound.most()), most);
}

#[test]
fn counting_that_begins_later_leaves_the_time_before_in_the_series() {
    let late = HOSTILE.replace("duration = \"2h\"", "duration = \"2h\"\nmeasure-from = \"1h\"");
    let (whole, _) = recorded(&scenario(HOSTILE));
    let (recording, outcome) = recorded(&scenario(&late));
    let sum = Counts::sum(recording.series.bins());
    assert_eq!(Counts::sum(whole.series.bins()), sum);
    assert!(outcome.measures.sent(MessageType::ACK) < sum.sent(MessageType::ACK));
}

#[test]
fn ladders_and_lines_keep_what_there_is_room_for_and_say_what_they_left_out() {
    let (recording, _) = recorded(&scenario(HOSTILE));
    assert_eq!(3, recording.ladders().len());
    let first = &recording.ladders()[0];
    let frames = first.happenings.iter().filter_map(|happening| match happening {
        Happening::Frame(step) => step.kind,
        Happening::Note(..) => None,
    });
    let four = [MessageType::DISCOVER, MessageType::OFFER, MessageType::REQUEST, MessageType::ACK];
    assert_eq!(four.to_vec(), frames.take(4).collect::<Vec<_>>());
    assert_eq!((2, 1), (recording.lines().count(), recording.lines_left_out()));
    let spans: Vec<_> = recording.lines().flat_map(|line| &line.spans).collect();
    assert!(spans.iter().any(|span| span.ending == Ending::Released && span.until > Some(span.from)));
}

#[test]
fn names_stay_names() {
    let page = drawn(&scenario(HOSTILE));
    for broken in ["<img", "<svg onload", "alert(1)</script>", "onload=\"x"] {
        assert!(!page.contains(broken), "{broken}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    // Plots and lease lines have their values as JSON, and there is the page's own script.
    assert_eq!(7, page.matches("</script>").count());
}

#[test]
fn the_same_run_gives_the_same_page() {
    let scenario = scenario(HOSTILE);
    assert!(drawn(&scenario) == drawn(&scenario), "two pages of one run differ");
}

const PLAIN: &str = r#"
duration = "1h"
[[segment]]
name = "lan"
[[server]]
name = "server"
address = "10.0.0.1"
[server.config]
lease-time = "10m"
subnet = [{ subnet = "10.0.0.0/24", ranges = "10.0.0.10-10.0.0.12" }]
"#;

fn people(count: usize) -> String {
    let one = |number: usize| format!("[[population]]\nname = \"group {number}\"\ncount = 1\n");
    (0..count).map(one).collect()
}

#[test]
fn a_scenario_without_a_title_has_its_name_at_the_head() {
    let page = drawn(&scenario(&format!("{PLAIN}{}", people(1))));
    assert!(page.contains("<title>test</title>") && page.contains("<h1>test</h1>"));
}

#[test]
fn one_client_and_one_wait_are_told_as_one_and_none_as_none() {
    let page = drawn(&scenario(&format!("{PLAIN}{}", people(1))));
    assert!(page.contains("Kept is the client who asked first and those named"));
    assert!(page.contains("from asking to their DHCPACK: the only one "), "a wait");
    let page = drawn(&scenario(PLAIN));
    assert!(page.contains("nobody was given an address.") && !page.contains("up to –"));
}

#[test]
fn events_are_numbered_in_the_order_of_time() {
    let events = r#"
[[event]]
at = "40m"
start = "server"
[[event]]
at = "30m"
crash = "server"
[[event]]
at = "10m"
server = "server"
jump = "1ms"
[[event]]
at = "20m"
server = "server"
jump = "-90s"
"#;
    let page = drawn(&scenario(&format!("{PLAIN}{}{events}", people(1))));
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("there is no `{text}`"));
    let order = [
        place("the clock of server jumps ahead by 1\u{a0}ms"),
        place("the clock of server jumps back by 1\u{a0}min 30\u{a0}s"),
        place("server crashes"),
        place("server starts"),
    ];
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn of_a_large_network_the_first_are_drawn_and_the_rest_is_counted() {
    let page = drawn(&scenario(&format!("{PLAIN}{}", people(300))));
    assert!(page.contains("not drawn: 281 more nodes and populations"));
    assert!(page.contains("<title>group 18, ") && !page.contains("<title>group 19, "));
    assert!(!drawn(&scenario(&format!("{PLAIN}{}", people(3)))).contains("not drawn"));
}
