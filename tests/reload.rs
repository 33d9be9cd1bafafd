//! SIGHUP: a server takes a new configuration without losing a lease or an exchange, and keeps the old one if the new
//! one is wrong.
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

use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use desk::{discover, ip, renew, select};
use dhcpsim::capture::{Forced, Reader};
use dhcpsim::lease::LeaseLaw;
use dhcpsim::options::IP_ADDRESS_LEASE_TIME;
use dhcpsim::packet::{MessageType, Packet};
use dhcpsim::time::Instant;
use pretty_assertions::assert_eq;
use serving::{Client, Serving, eventually, json, sample, scrape};

const GOOD: &str = "lease-time = \"10m\"";
const BETTER: &str = "lease-time = \"20m\"";
const BAD: &str = "lease-tme = \"20m\"";

/// A configuration file whose first line is the point of it.
fn write(folder: &Path, line: &str) -> PathBuf {
    let path = folder.join("server.toml");
    let subnet = "subnet = \"192.0.2.0/24\"\nranges = \"192.0.2.100-192.0.2.199\"";
    fs::write(&path, format!("{line}\nserver-id = \"192.0.2.1\"\n\n[[subnet]]\n{subnet}\n")).unwrap();
    path
}

fn start(folder: &Path, line: &str, args: &[&str]) -> Serving {
    let path = write(folder, line);
    let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim"));
    command.args(["server", "--port", "0", "--metrics", "127.0.0.1:0", "--config"]).arg(path).args(args);
    Serving::spawn(command, |_| {})
}

/// The type, address and lease time of a reply.
fn grant(reply: &[u8]) -> (MessageType, Ipv4Addr, Option<u32>) {
    let packet = Packet::parse(reply).unwrap();
    (packet.message_type().unwrap(), packet.yiaddr(), packet.get(&IP_ADDRESS_LEASE_TIME).unwrap())
}

fn reloads(at: &str, result: &str) -> u32 {
    let name = format!("dhcpsim_reloads_total{{result=\"{result}\"}}");
    format!("{}", sample(&scrape(at), &name).unwrap()).parse().unwrap()
}

/// Asks for a reload of a file and waits until it is done, well or not.
fn reload(serving: &Serving, at: &str, folder: &Path, line: &str) {
    let result = if line == BAD { "error" } else { "ok" };
    let before = reloads(at, result);
    write(folder, line);
    serving.signal("-HUP");
    eventually("the reload", || (reloads(at, result) == before + 1).then_some(()));
}

#[test]
fn an_exchange_goes_on_over_good_and_bad_files() {
    let folder = tempfile::tempdir().unwrap();
    let serving = start(folder.path(), GOOD, &[]);
    let at = serving.metrics_at();
    let client = serving.client();
    // Offered before, requested after: by a bad file and by a good one.
    for (number, line, lease) in [(1, BAD, 600), (2, BETTER, 1200), (3, BAD, 1200)] {
        let address = ip(99 + number);
        assert_eq!((MessageType::OFFER, address), {
            let offer = grant(&client.ask(&discover(number)));
            (offer.0, offer.1)
        });
        reload(&serving, &at, folder.path(), line);
        let ack = grant(&client.ask(&select(number, address, desk::SERVER)));
        assert_eq!((MessageType::ACK, address, Some(lease)), ack, "{line}");
    }
    // Leases from before are known after.
    for number in 1..=3 {
        let ack = grant(&client.ask(&renew(number, ip(99 + number))));
        assert_eq!((MessageType::ACK, ip(99 + number), Some(1200)), ack);
    }
    serving.stderr.with("lease-tme");
    serving.stderr.with("server.toml:1:1");
    serving.stdout.with("configuration not reloaded: the old one stays");
    serving.stdout.with("configuration reloaded");
    assert_eq!(Some(0), serving.end().0);
}

#[test]
fn json_tells_the_faults_with_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let serving = start(folder.path(), GOOD, &["--json"]);
    let at = serving.metrics_at();
    reload(&serving, &at, folder.path(), BAD);
    reload(&serving, &at, folder.path(), GOOD);
    let (code, stdout, _) = serving.end();
    assert_eq!(Some(0), code);
    let events = json(&stdout);
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(["reload-failed", "reloaded"], *names);
    let fault = events[0]["faults"][0].as_str().unwrap();
    assert!(fault.contains("server.toml:1:1: ") && fault.contains("lease-time"), "{fault}");
}

#[test]
fn what_needs_a_restart_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let serving = start(folder.path(), GOOD, &[]);
    let at = serving.metrics_at();
    reload(&serving, &at, folder.path(), "script = \"/bin/true\"");
    serving.stdout.with("configuration reloaded, but for a restart: script");
}

/// How many DHCPACKs were sent.
fn acknowledged(at: &str) -> f64 {
    sample(&scrape(at), r#"dhcpsim_messages_sent_total{type="ACK"}"#).unwrap()
}

/// Clients that get and renew leases, each again and again, until they are told to stop; how many answers they had.
fn keep_asking(client: Client, numbers: std::ops::Range<u8>, enough: &Arc<AtomicBool>) -> JoinHandle<u32> {
    let enough = Arc::clone(enough);
    thread::spawn(move || {
        let mut answers = 0;
        let mut addresses = vec![None; numbers.len()];
        while !enough.load(Ordering::Relaxed) {
            for (number, address) in numbers.clone().zip(&mut addresses) {
                let held = *address.get_or_insert_with(|| {
                    let (_, offered, _) = grant(&client.ask(&discover(number)));
                    let ack = grant(&client.ask(&select(number, offered, desk::SERVER)));
                    assert_eq!((MessageType::ACK, offered), (ack.0, ack.1));
                    offered
                });
                let (kind, renewed, lease) = grant(&client.ask(&renew(number, held)));
                assert_eq!((MessageType::ACK, held), (kind, renewed), "a lease was lost");
                assert!(matches!(lease, Some(600 | 1200)), "{lease:?}");
                answers += 1;
            }
        }
        answers
    })
}

#[test]
fn reloads_under_load_lose_nothing_and_keep_the_lease_law() {
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("served.pcapng");
    let serving = start(folder.path(), GOOD, &["--log", "error", "--capture", capture.to_str().unwrap()]);
    let at = serving.metrics_at();
    let enough = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> =
        [0..40, 40..80].into_iter().map(|numbers| keep_asking(serving.client(), numbers, &enough)).collect();
    for line in [BETTER, BAD, GOOD, BETTER, BAD, BAD, GOOD, BETTER] {
        let before = acknowledged(&at);
        reload(&serving, &at, folder.path(), line);
        eventually("exchanges go on", || (acknowledged(&at) > before + 100.0).then_some(()));
    }
    eventually("every client's lease", || {
        sample(&scrape(&at), r#"dhcpsim_pool_addresses{subnet="192.0.2.0/24",state="bound"}"#)
            .filter(|bound| *bound == 80.0)
    });
    enough.store(true, Ordering::Relaxed);
    let answers: u32 = clients.into_iter().map(|client| client.join().unwrap()).sum();
    assert_eq!((5, 3), (reloads(&at, "ok"), reloads(&at, "error")));
    assert_eq!(f64::from(answers + 80), acknowledged(&at));
    assert_eq!(Some(0), serving.end().0);
    let mut law = LeaseLaw::new();
    let mut reader = Reader::new(File::open(&capture).unwrap(), Forced::default()).unwrap();
    while let Some(message) = reader.next_message().unwrap() {
        let at = Instant::from_micros(message.time.unwrap_or_default() / 1000);
        law.sent(at, message.payload);
    }
    assert_eq!(Vec::<String>::new(), law.violations().iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(u64::from(answers + 80), law.grants());
}
