//! The programs and their lease store: leases outlive the server, whatever ends it, and a full disk acknowledges nothing.
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

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use desk::{discover, ip, renew, select};
use dhcpsim::packet::{MessageType, Packet};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serving::{Serving, json};

fn start(store: &Path, args: &[&str]) -> Serving {
    Serving::start(&[&["--leases", store.to_str().unwrap()], args].concat())
}

/// Exit code, stdout and stderr of `dhcpsim`.
fn dhcpsim(args: &[&str]) -> (Option<i32>, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_dhcpsim")).args(args).env_remove("DHCPSIM_LEASES").output().unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Asks a server; the type and address of the answer, none if there is none in time.
fn ask(serving: &Serving, message: &[u8]) -> Option<(MessageType, std::net::Ipv4Addr)> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(700))).unwrap();
    socket.send_to(message, ("127.0.0.1", serving.port)).unwrap();
    let mut buffer = [0; 1500];
    let length = socket.recv(&mut buffer).ok()?;
    let packet = Packet::parse(&buffer[..length]).unwrap();
    Some((packet.message_type().unwrap(), packet.yiaddr()))
}

const ACK: MessageType = MessageType::ACK;

#[test]
fn leases_outlive_kill_and_end_and_are_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("leases.db");
    let mut serving = start(&store, &[]);
    for number in 1..=3 {
        ask(&serving, &discover(number)).unwrap();
        assert_eq!(
            Some((ACK, ip(99 + number))),
            ask(&serving, &select(number, ip(99 + number), desk::SERVER))
        );
    }
    for round in 0..4 {
        match round % 2 {
            0 => {
                serving.child.kill().unwrap();
                serving.child.wait().unwrap();
            }
            _ => assert_eq!(Some(0), serving.end().0),
        }
        serving = start(&store, &[]);
        for number in 1..=3 {
            let other = select(9, ip(99 + number), desk::SERVER);
            assert_eq!(Some(MessageType::NAK), ask(&serving, &other).map(|(kind, _)| kind), "round {round}");
            assert_eq!(Some((ACK, ip(99 + number))), ask(&serving, &renew(number, ip(99 + number))));
        }
    }
    let (code, _, _) = serving.end();
    assert_eq!(Some(0), code);
    assert!(!fs::exists(folder.path().join("leases.db-wal")).unwrap(), "one file has all");
}

#[test]
fn a_full_disk_acknowledges_nothing_refuses_nobody_and_is_over_when_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("leases.db");
    drop(start(&store, &[]));
    // Without the signal that a process gets for it, as on a disk that is full.
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_dhcpsim")])
        .args([
            "server",
            "--json",
            "--port",
            "0",
            "--pool",
            "192.0.2.100-192.0.2.103/24",
            "--server-id",
            "192.0.2.1",
        ])
        .args(["--leases", store.to_str().unwrap()]);
    let serving = Serving::spawn(command, |_| {});
    ask(&serving, &discover(1)).unwrap();
    assert_eq!(Some((ACK, ip(100))), ask(&serving, &select(1, ip(100), desk::SERVER)));
    // No file may grow beyond what the store has: every write behind that fails, as on a full disk.
    let pid = Pid::from_child(&serving.child);
    let limit = |most| {
        prlimit(Some(pid), Resource::Fsize, Rlimit { current: most, maximum: None }).unwrap();
    };
    limit(Some(2048));
    for _ in 0..3 {
        assert_eq!(None, ask(&serving, &renew(1, ip(100))), "neither DHCPACK nor DHCPNAK");
    }
    ask(&serving, &discover(2)).unwrap();
    assert_eq!(None, ask(&serving, &select(2, ip(101), desk::SERVER)));
    limit(None);
    let start = Instant::now();
    while ask(&serving, &renew(1, ip(100))) != Some((ACK, ip(100))) {
        assert!(start.elapsed() < Duration::from_secs(3), "it does not come back");
    }
    ask(&serving, &discover(2)).unwrap();
    assert_eq!(Some((ACK, ip(101))), ask(&serving, &select(2, ip(101), desk::SERVER)));
    let (code, stdout, _) = serving.end();
    assert_eq!(Some(0), code);
    let told = json(&stdout).into_iter().filter(|line| line["event"] == "not-stored").count();
    assert!(told >= 4, "{told} told");
    let (code, listed, _) = dhcpsim(&["leases", store.to_str().unwrap(), "--json"]);
    assert_eq!((Some(0), 2), (code, listed.lines().count()));
}

#[test]
fn a_store_is_listed_counted_and_checked_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("leases.db");
    let name = store.to_str().unwrap();
    let serving = start(&store, &[]);
    for number in 1..=2 {
        ask(&serving, &discover(number)).unwrap();
        ask(&serving, &select(number, ip(99 + number), desk::SERVER)).unwrap();
    }
    let (code, text, _) = dhcpsim(&["leases", name]);
    assert_eq!((Some(0), 3), (code, text.lines().count()), "{text}");
    assert!(text.contains("192.0.2.100") && text.contains("bound"), "{text}");
    let (_, text, _) = dhcpsim(&["leases", name, "--json", "--address", "192.0.2.101"]);
    assert_eq!("dhcpsim.lease/1", json(&[text])[0]["schema"]);
    for (flags, want) in [
        (vec!["--state", "released"], Some(1)),
        (vec!["--client", "02:00"], Some(0)),
        (vec!["--subnet", "198.51.100.0/24"], Some(1)),
        (vec!["--expires-within", "1m"], Some(1)),
        (vec!["--expires-within", "2h", "--csv"], Some(0)),
        (vec!["--count"], Some(0)),
        (vec!["--subnet", "x"], Some(2)),
    ] {
        let (code, text, said) = dhcpsim(&[&["leases", name], flags.as_slice()].concat());
        assert_eq!(want, code, "{flags:?}: {text}{said}");
    }
    let (code, text, _) = dhcpsim(&["leases", "check", name]);
    assert_eq!(Some(0), code);
    assert!(text.contains("whole: 2 leases of 2 batches"), "{text}");
    let (code, _, said) = dhcpsim(&["leases", "import", "fixtures/leases/dnsmasq.leases", name]);
    assert_eq!(Some(5), code);
    assert!(said.contains("in use by process"), "{said}");
}

#[test]
fn an_import_leaves_later_leases_alone_and_a_server_serves_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("leases.db");
    let input = folder.path().join("dnsmasq.leases");
    let name = store.to_str().unwrap();
    fs::write(&input, "4000000000 02:00:00:00:00:01 192.0.2.102 alice *\n").unwrap();
    for wrong in ["isc", "kea"] {
        let (code, _, said) = dhcpsim(&["leases", "import", input.to_str().unwrap(), name, "--from", wrong]);
        assert_eq!(Some(3), code, "{wrong}: {said}");
        assert!(!store.exists(), "{wrong}: a store was begun");
    }
    let (code, text, _) = dhcpsim(&["leases", "import", input.to_str().unwrap(), name, "--dry-run"]);
    assert_eq!(Some(0), code, "{text}");
    assert!(!store.exists(), "nothing was done");
    let (code, text, said) = dhcpsim(&["leases", "import", input.to_str().unwrap(), name]);
    assert_eq!(Some(0), code, "{said}");
    assert!(text.contains("took over 1 lease: 1 bound"), "{text}");
    assert!(text.contains("1 entry for 1 address read"), "{text}");
    let kea = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state\n\
               192.0.2.102,02:00:00:00:00:07,,3600,1700000000,1,0,0,,0\n";
    fs::write(&input, kea).unwrap();
    let (_, text, _) = dhcpsim(&["leases", "import", input.to_str().unwrap(), name]);
    assert!(text.contains("1 left alone"), "{text}");
    let serving = start(&store, &[]);
    assert_eq!(Some((ACK, ip(102))), ask(&serving, &renew(1, ip(102))));
}

#[test]
fn a_store_that_is_gone_or_damaged_is_refused_by_start_and_check_alike() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("leases.db");
    let name = store.to_str().unwrap();
    let config = folder.path().join("server.toml");
    let text = format!(
        "leases = \"{name}\"\nport = 0\n[[subnet]]\nsubnet = \"192.0.2.0/24\"\nranges = \"192.0.2.100-192.0.2.103\"\n"
    );
    fs::write(&config, text).unwrap();
    let config = config.to_str().unwrap();
    assert_eq!(Some(0), dhcpsim(&["server", "--check", config]).0);
    let (_, _, stderr) = start(&store, &[]).end();
    assert!(stderr.is_empty() || !stderr.iter().any(|line| line.contains("error")));
    let whole = fs::read(&store).unwrap();
    for octets in [None, Some(Vec::new()), Some(whole[..3000].to_vec()), Some(vec![0; whole.len()])] {
        match &octets {
            Some(octets) => fs::write(&store, octets).unwrap(),
            None => fs::remove_file(&store).unwrap(),
        }
        for args in [["--config", config], ["--check", config]] {
            let (code, _, said) = dhcpsim(&[&["server"], args.as_slice()].concat());
            assert_eq!(Some(5), code, "{args:?}: {said}");
            assert!(
                said.contains(name) && said.contains("help: ") && said.contains("dhcpsim leases"),
                "{said}"
            );
        }
    }
    fs::write(&store, &whole).unwrap();
    assert_eq!(Some(0), dhcpsim(&["server", "--check", config]).0);
}
