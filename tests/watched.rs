//! A server watched from outside, over loopback: logs, metrics, signals, the service manager.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking and waits by the real clock"
)]

#[path = "support/desk.rs"]
mod desk;
#[path = "support/serving.rs"]
mod serving;

use std::fs::OpenOptions;
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use desk::{decline, discover, ip, message, release, renew, select};
use dhcpsim::options::HOST_NAME;
use dhcpsim::packet::{Message, MessageType, Op};
use pretty_assertions::assert_eq;
use serving::{PATIENCE, Serving, eventually, json, sample, scrape};

/// A lease for a client, and its renewal.
fn lease_and_renew(client: &serving::Client, number: u8) {
    client.ask(&discover(number));
    client.ask(&select(number, ip(99 + number), desk::SERVER));
    client.ask(&renew(number, ip(99 + number)));
}

#[test]
fn metrics_are_exact_right_after_an_exchange() {
    let serving = Serving::start(&["--metrics", "127.0.0.1:0"]);
    let at = serving.metrics_at();
    let client = serving.client();
    for number in 1..=4 {
        lease_and_renew(&client, number);
    }
    client.tell(&discover(5));
    client.tell(&Message::new(Op::BOOTREPLY).end(300));
    client.tell(b"short");
    client.tell(&release(1, ip(100)));
    client.tell(&decline(2, ip(101)));
    // Somebody else's address: a DHCPNAK, which also shows that all before it was handled.
    client.ask(&select(6, ip(102), desk::SERVER));
    client.ask(&discover(6));
    let metrics = scrape(&at);
    for (name, want) in [
        (r#"dhcpsim_messages_received_total{type="DISCOVER"}"#, 6),
        (r#"dhcpsim_messages_received_total{type="REQUEST"}"#, 9),
        (r#"dhcpsim_messages_received_total{type="RELEASE"}"#, 1),
        (r#"dhcpsim_messages_received_total{type="DECLINE"}"#, 1),
        (r#"dhcpsim_messages_received_total{type="INFORM"}"#, 0),
        (r#"dhcpsim_messages_received_total{type="none"}"#, 1),
        (r#"dhcpsim_messages_received_total{type="unreadable"}"#, 1),
        (r#"dhcpsim_messages_sent_total{type="OFFER"}"#, 5),
        (r#"dhcpsim_messages_sent_total{type="ACK"}"#, 8),
        (r#"dhcpsim_messages_sent_total{type="NAK"}"#, 1),
        (r#"dhcpsim_messages_dropped_total{reason="pool-exhausted"}"#, 1),
        (r#"dhcpsim_messages_dropped_total{reason="wrong-op"}"#, 1),
        (r#"dhcpsim_messages_dropped_total{reason="no-header"}"#, 1),
        (r#"dhcpsim_refusals_total{reason="taken"}"#, 1),
        (r#"dhcpsim_lease_events_total{event="bound"}"#, 8),
        (r#"dhcpsim_lease_events_total{event="released"}"#, 1),
        (r#"dhcpsim_lease_events_total{event="declined"}"#, 1),
        (r#"dhcpsim_pool_size{subnet="192.0.2.0/24"}"#, 4),
        (r#"dhcpsim_pool_addresses{subnet="192.0.2.0/24",state="bound"}"#, 2),
        (r#"dhcpsim_pool_addresses{subnet="192.0.2.0/24",state="offered"}"#, 1),
        (r#"dhcpsim_pool_addresses{subnet="192.0.2.0/24",state="declined"}"#, 1),
        (r#"dhcpsim_pool_addresses{subnet="192.0.2.0/24",state="free"}"#, 0),
        ("dhcpsim_offers_held", 1),
        ("dhcpsim_commits_total", 10),
        ("dhcpsim_commit_errors_total", 0),
        ("dhcpsim_commits_pending", 0),
        ("dhcpsim_receive_queue_bytes", 0),
        (r#"dhcpsim_reloads_total{result="ok"}"#, 0),
        (r#"dhcpsim_reloads_total{result="error"}"#, 0),
        ("dhcpsim_log_suppressed_total", 0),
        (r#"dhcpsim_build_info{version="0.1.0"}"#, 1),
    ] {
        assert_eq!(Some(f64::from(want)), sample(&metrics, name), "{name} in\n{metrics}");
    }
    assert!(sample(&metrics, "dhcpsim_start_time_seconds").unwrap() > 1e9);
}

#[test]
fn every_metric_stands_in_the_documentation_and_the_other_way_round() {
    let serving = Serving::start(&["--metrics", "127.0.0.1:0", "--script", "/bin/true"]);
    let metrics = scrape(&serving.metrics_at());
    let mut served: Vec<&str> =
        metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operations.md")).unwrap();
    let mut told: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `dhcpsim_")?.split('`').next()).collect();
    served.sort_unstable();
    told.sort_unstable();
    assert_eq!(served, told.iter().map(|name| format!("dhcpsim_{name}")).collect::<Vec<_>>());
}

#[test]
fn debug_tells_the_decision_and_trace_the_message() {
    for (level, decisions, trees) in [("info", false, false), ("debug", true, false), ("trace", true, true)] {
        let serving = Serving::start(&["--log", level]);
        lease_and_renew(&serving.client(), 1);
        let (code, stdout, _) = serving.end();
        assert_eq!(Some(0), code);
        let text = stdout.join("\n");
        assert!(text.contains("← DISCOVER  02:00:00:00:00:01"), "{text}");
        assert_eq!(
            decisions,
            text.contains("192.0.2.100: one that nobody had yet (RFC 2131 §4.3.1)"),
            "{text}"
        );
        assert_eq!(trees, text.contains("xid"), "{text}");
    }
    let serving = Serving::start(&["--log", "warn"]);
    lease_and_renew(&serving.client(), 1);
    assert_eq!(Vec::<String>::new(), serving.end().1);
}

#[test]
fn json_logs_are_one_object_a_line_whatever_a_client_sends() {
    let serving = Serving::start(&["--json", "-vv"]);
    let client = serving.client();
    let hostile: Vec<u8> = (0..=254).collect();
    client.ask(&message(MessageType::DISCOVER, 1, |message| {
        message.push(&HOST_NAME, &hostile[..]);
    }));
    client.ask(&discover(1));
    let (code, stdout, _) = serving.end();
    assert_eq!(Some(0), code);
    let events = json(&stdout);
    assert!(events.iter().all(|event| event["schema"] == "dhcpsim.event/1" && event["time"].is_string()));
    let named = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!((2, 2), (named("received"), named("sent")));
    assert!(named("decided") > 0);
    assert!(events.iter().any(|event| event["packet"].is_object()));
}

#[test]
fn a_flood_is_counted_and_does_not_fill_the_log() {
    const FLOOD: u64 = 5000;
    let serving = Serving::start(&["--json", "--metrics", "127.0.0.1:0"]);
    let at = serving.metrics_at();
    let client = serving.client();
    let start = Instant::now();
    for _ in 0..FLOOD / 50 {
        for _ in 0..49 {
            client.tell(&release(1, ip(100)));
        }
        // What is answered shows that the server keeps up: no datagram is lost.
        client.ask(&discover(2));
    }
    let released = FLOOD / 50 * 49;
    let metrics = scrape(&at);
    let dropped = sample(&metrics, r#"dhcpsim_messages_dropped_total{reason="not-holder"}"#);
    assert_eq!(Some(released), dropped.map(|count| format!("{count}").parse().unwrap()));
    let took = start.elapsed().as_secs() + 2;
    let (_, stdout, _) = serving.end();
    let events = json(&stdout);
    let written = events.iter().filter(|event| event["event"] == "dropped").count();
    let written = u64::try_from(written).unwrap();
    assert!((100..=100 + 10 * took).contains(&written), "{written} lines in {took} s");
    let counted: u64 = events
        .iter()
        .filter(|event| event["event"] == "suppressed" && event["kind"] == "dropped")
        .map(|event| event["count"].as_u64().unwrap())
        .sum();
    assert_eq!(released, written + counted);
}

#[test]
fn a_full_disk_under_the_log_stops_nobody() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let serving = Serving::with(&["--metrics", "127.0.0.1:0"], |command| {
        command.stdout(full);
    });
    let at = serving.metrics_at();
    lease_and_renew(&serving.client(), 1);
    let metrics = scrape(&at);
    assert!(sample(&metrics, "dhcpsim_log_errors_total") >= Some(6.0), "{metrics}");
    assert_eq!(Some(0), serving.end().0);
}

#[test]
fn sigusr1_tells_statistics_on_stderr() {
    let serving = Serving::start(&[]);
    lease_and_renew(&serving.client(), 1);
    serving.signal("-USR1");
    serving.stderr.with("statistics after");
    assert!(serving.stderr.with("received").ends_with("1 DISCOVER, 2 REQUEST"));
    assert!(serving.stderr.with("sent").ends_with("2 ACK, 1 OFFER"));
    assert!(serving.stderr.with("192.0.2.0/24").ends_with("1 of 4 bound, 0 offered, 0 at rest"));
    assert!(serving.stderr.with("store").ends_with("2 commits, 0 refused, 0 waiting"));
}

#[test]
fn the_service_manager_hears_of_the_servers_life() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let hear = |wanted: &str| {
        let mut passed = Vec::new();
        loop {
            let mut buffer = [0; 1000];
            let length = manager.recv(&mut buffer).unwrap_or_else(|_| panic!("no {wanted} in {passed:?}"));
            let told = String::from_utf8(buffer[..length].to_vec()).unwrap();
            if told.contains(wanted) {
                return told;
            }
            passed.push(told);
        }
    };
    let serving = Serving::with(&[], |command| {
        command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "500000").env_remove("WATCHDOG_PID");
    });
    assert_eq!("READY=1\nSTATUS=serving 192.0.2.0/24: 0 of 4 bound", hear("READY=1"));
    hear("WATCHDOG=1");
    lease_and_renew(&serving.client(), 1);
    assert_eq!("STATUS=serving 192.0.2.0/24: 1 of 4 bound", hear("STATUS="));
    serving.signal("-HUP");
    assert!(hear("RELOADING=1").contains("\nMONOTONIC_USEC="));
    hear("READY=1");
    assert_eq!(Some(0), serving.end().0);
    hear("STOPPING=1");
}

#[test]
fn without_a_file_sighup_reloads_nothing_and_ends_nothing() {
    let serving = Serving::start(&[]);
    serving.signal("-HUP");
    serving.stdout.with("nothing to reload");
    lease_and_renew(&serving.client(), 1);
    assert_eq!(Some(0), serving.end().0);
}

#[test]
fn scrapes_are_answered_while_nobody_asks_for_addresses() {
    let serving = Serving::start(&["--metrics", "127.0.0.1:0"]);
    let at = serving.metrics_at();
    let start = Instant::now();
    for _ in 0..20 {
        scrape(&at);
    }
    // A scrape wakes the serving loop; without that each would take its longest wait.
    let took = start.elapsed();
    assert!(took < Duration::from_secs(4), "{took:?}");
    eventually("a second scrape", || sample(&scrape(&at), "dhcpsim_start_time_seconds"));
}
