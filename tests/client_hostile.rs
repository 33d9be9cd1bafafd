//! `dhcpsim client` against servers that refuse, give what is of no use, or tell secrets; and wrong usage.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and waits for real programs"
)]

#[path = "support/serving.rs"]
mod serving;

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use dhcpsim::options::{
    AUTHENTICATION, DHCP_MESSAGE_TYPE, IP_ADDRESS_LEASE_TIME, MESSAGE, SERVER_IDENTIFIER,
};
use dhcpsim::packet::{Message, MessageType, Op, Packet};
use pretty_assertions::assert_eq;
use serving::{Serving, eventually, json};

/// A server that answers each type of message with another, or not at all; `more` adds to its replies.
fn server(
    answer: fn(&Packet<'_>) -> Option<MessageType>,
    more: impl Fn(&mut Message) + Send + 'static,
) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(serving::PATIENCE)).unwrap();
    let at = socket.local_addr().unwrap().to_string();
    // It ends with the test's process, or for want of messages.
    thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let packet = Packet::parse(&buffer[..length]).unwrap();
            let Some(kind) = answer(&packet) else { continue };
            let mut message = Message::new(Op::BOOTREPLY);
            message.set_hardware(1, packet.chaddr().0).set_xid(packet.xid());
            message.push(&DHCP_MESSAGE_TYPE, kind.0).push(&SERVER_IDENTIFIER, Ipv4Addr::new(192, 0, 2, 1));
            if kind == MessageType::NAK {
                message.push(&MESSAGE, b"wrong net");
            } else {
                message.set_yiaddr(Ipv4Addr::new(192, 0, 2, 100)).push(&IP_ADDRESS_LEASE_TIME, 3600);
                more(&mut message);
            }
            socket.send_to(&message.end(300), from).unwrap();
        }
    });
    at
}

fn grants(packet: &Packet<'_>) -> Option<MessageType> {
    match packet.message_type()? {
        MessageType::DISCOVER => Some(MessageType::OFFER),
        MessageType::REQUEST => Some(MessageType::ACK),
        _ => None,
    }
}

fn client(args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim"));
    let output = command.arg("client").args(args).stdin(Stdio::null()).output().unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_refusal_is_told_as_that_even_quietly() {
    let refuses = |packet: &Packet<'_>| {
        grants(packet).map(|kind| if kind == MessageType::ACK { MessageType::NAK } else { kind })
    };
    let at = server(refuses, |_| {});
    let (code, stdout, stderr) = client(&["--server", &at, "-q"]);
    assert_eq!((Some(1), ""), (code, &*stdout), "{stderr}");
    assert!(stderr.contains("refused by 192.0.2.1 with DHCPNAK: \"wrong net\""), "{stderr}");
    let (code, stdout, stderr) = client(&["--server", &at, "--stay", "--json", "--timeout", "2s"]);
    assert_eq!(Some(1), code, "{stderr}");
    assert!(stderr.contains("refused by 192.0.2.1"), "{stderr}");
    let lines = json(&stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    let waits = lines.iter().any(|line| line["event"] == "waiting" && line["reason"] == "back-off");
    assert!(waits, "{stdout}");
    assert_eq!("refused", lines.last().unwrap()["reason"]);
    let (code, _, stderr) = client(&["--server", &at, "--count", "3", "--timeout", "1s"]);
    assert_eq!(Some(1), code, "{stderr}");
    assert!(stderr.contains("3 refused"), "{stderr}");
}

#[test]
fn a_refusal_of_the_address_of_before_is_told_as_that() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let path = path.to_str().unwrap();
    let at = server(grants, |_| {});
    assert_eq!(Some(0), client(&["--server", &at, "--state", path]).0);
    let refuses = |packet: &Packet<'_>| {
        packet.message_type().filter(|kind| *kind == MessageType::REQUEST).map(|_| MessageType::NAK)
    };
    let at = server(refuses, |_| {});
    let (code, _, stderr) = client(&["--server", &at, "--state", path, "--timeout", "1s"]);
    assert_eq!(Some(1), code, "{stderr}");
    assert!(stderr.contains("refused by 192.0.2.1"), "{stderr}");
}

#[test]
fn what_came_and_was_of_no_use_is_told() {
    let at = server(grants, |_| {});
    for (args, want) in [
        (["--require", "42"], "1 OFFER came and was ignored, option ntp-servers is missing"),
        (["--collect", "20s"], "1 OFFER came and could be taken, the choice was still to be made"),
    ] {
        let (code, _, stderr) = client(&[&["--server", &at, "-q", "--timeout", "1s"], &args[..]].concat());
        assert_eq!(Some(4), code, "{stderr}");
        assert!(stderr.contains(want) && !stderr.contains("no reply"), "{stderr}");
    }
    let silent = |packet: &Packet<'_>| grants(packet).filter(|kind| *kind == MessageType::OFFER);
    let at = server(silent, |_| {});
    let (code, _, stderr) = client(&["--server", &at, "-q", "--timeout", "1s"]);
    assert_eq!(Some(4), code, "{stderr}");
    assert!(stderr.contains("no answer to DHCPREQUEST"), "{stderr}");
    assert!(stderr.contains("after 1 try in 1 s"), "a DHCPDISCOVER is no try of a DHCPREQUEST: {stderr}");
}

#[test]
fn a_nonce_is_not_printed() {
    let at = server(grants, |message| {
        let head = [3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5, 1];
        message.push_octets(AUTHENTICATION.code, &[&head[..], b"KKKKKKKKKKKKKKKK"].concat());
    });
    for args in [&["--json"][..], &["-v"], &[]] {
        let (code, stdout, stderr) = client(&[&["--server", &at], args].concat());
        assert_eq!(Some(0), code, "{stderr}");
        assert!(!stdout.contains("4b4b") && !stdout.contains("KKKK"), "{stdout}");
    }
}

#[test]
fn times_never_run_backwards_and_a_wait_counts() {
    let at = server(grants, |_| {});
    let (code, stdout, stderr) = client(&["--server", &at, "--json", "--desynchronise", "--timeout", "20s"]);
    assert_eq!(Some(0), code, "{stderr}");
    let lines = json(&stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    let times: Vec<&str> = lines.iter().map(|line| line["time"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let took = lines.iter().find(|line| line["event"] == "took").unwrap();
    assert!(took["wait"].as_f64() >= Some(1.0) && took["in_all"].as_f64() >= Some(1.0), "{took}");
}

#[test]
fn signals_are_for_all_clients_and_a_hangup_ends() {
    // Whoever runs the tests may have hangups ignored, and children inherit that; what is caught is theirs by default.
    signal_hook::flag::register(signal_hook::consts::SIGHUP, Arc::default()).unwrap();
    let pool = |port: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim"));
        command.args(["server", "--port", port, "--pool", "10.80.0.10-10.80.0.250/16", "--json"]);
        Serving::spawn(command, |_| {})
    };
    for (args, signals) in [
        (&["--count", "20"][..], &["-USR1", "-USR2"][..]),
        (&["--count", "20", "--release-on-exit"], &["-HUP"]),
        (&["--release-on-exit"], &["-HUP"]),
    ] {
        let server = pool("0");
        let at = format!("127.0.0.1:{}", server.port);
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim"));
        command.args(["client", "--server", &at, "--stay", "--json"]).args(args);
        let mut child = command.stdout(fs::File::create(&out).unwrap()).spawn().unwrap();
        let bound = || fs::read_to_string(&out).unwrap().contains("OUND\"").then_some(());
        let many = || fs::read_to_string(&out).unwrap().contains("\"bound\"").then_some(());
        eventually("a lease", || bound().or_else(many));
        for signal in signals {
            assert!(
                Command::new("kill").args([*signal, &*child.id().to_string()]).status().unwrap().success()
            );
            if *signal == "-USR1" {
                thread::sleep(std::time::Duration::from_millis(1500));
            }
        }
        let ended = eventually("the end", || child.try_wait().unwrap());
        assert_eq!(Some(0), ended.code(), "{args:?} {signals:?}");
        let (_, stdout, _) = server.end();
        let count = |event: &str| json(&stdout).iter().filter(|line| line["event"] == event).count();
        let clients = if args.contains(&"--count") { 20 } else { 1 };
        assert_eq!((clients * signals.len(), clients), (count("bound"), count("released")), "{args:?}");
    }
}

#[test]
fn what_can_t_go_well_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    fs::write(&plain, "#!/bin/sh\n").unwrap();
    let plain = plain.to_str().unwrap();
    for (args, want) in [
        (&["--hostname", ""][..], "--hostname"),
        (&["--server", "127.0.0.1:4001", "--port", "4002"], "--port 4002 contradicts"),
        (&["--giaddr", "0.0.0.0"], "--giaddr"),
        (&["--giaddr", "255.255.255.255"], "--giaddr"),
        (&["--inform", "0.0.0.0"], "--inform"),
        (&["--longest-lease", "4s"], "leases under 5 s are not taken"),
        (&["--script", "/no/such/program"], "is not there"),
        (&["--script", plain], "is not executable"),
        (&["--state", "/no/such/folder/state.json"], "there is no folder"),
    ] {
        let (code, _, stderr) = client(args);
        assert_eq!(Some(2), code, "{args:?}: {stderr}");
        assert!(stderr.contains(want), "{args:?}: {stderr}");
    }
}
