//! The event script, run by a server over loopback and by hand: what it is told, and what it can't do.
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
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use desk::{discover, ip, message, release, renew, select};
use dhcpsim::lease::{Binding, BindingState, ClientKey, Subnet};
use dhcpsim::options::{HOST_NAME, REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER};
use dhcpsim::packet::MessageType;
use dhcpsim::watch::script::{Action, Ended, News, Runner, Script};
use pretty_assertions::assert_eq;
use serving::{Serving, eventually, json, sample, scrape};

/// A shell script in a folder; `$DIR` in it is the folder.
fn script(folder: &Path, body: &str) -> PathBuf {
    let path = folder.join("script");
    fs::write(&path, format!("#!/bin/sh\nDIR='{}'\n{body}\n", folder.display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A script that writes down its arguments, a line each run, and its environment.
const RECORD: &str = "echo \"$# $*\" >> \"$DIR/arguments\"\nenv | sort > \"$DIR/environment-$1\"";

fn news(host_name: &[u8]) -> News {
    let binding = Binding {
        address: ip(100),
        subnet: Subnet::of(ip(0), 24).unwrap(),
        client: ClientKey::Identifier([1, 2, 3].into()),
        htype: 1,
        chaddr: desk::chaddr(1).into(),
        host_name: Some(host_name.into()),
        relay: None,
        state: BindingState::Bound,
        since: dhcpsim::time::Instant::from_secs(0),
        expires: dhcpsim::time::Instant::from_secs(3600),
    };
    News { action: Action::Add, reason: "bound", at: binding.since, binding, server: Some(desk::SERVER) }
}

fn run(folder: &Path, body: &str, limit: Duration) -> dhcpsim::watch::script::Report {
    let script = Script { program: script(folder, body), limit };
    script.run(news(b"alice"), &AtomicBool::new(false))
}

/// A DHCPREQUEST with a host name.
fn named(client: u8, name: &[u8]) -> Vec<u8> {
    message(MessageType::REQUEST, client, |message| {
        message.push(&REQUESTED_IP_ADDRESS, ip(99 + client)).push(&SERVER_IDENTIFIER, desk::SERVER);
        message.push(&HOST_NAME, name);
    })
}

#[test]
fn a_lease_is_added_goes_on_and_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let path = script(folder.path(), RECORD);
    let serving = Serving::with(&["--script", path.to_str().unwrap()], |command| {
        command.env("SECRET", "in the server's environment");
    });
    let client = serving.client();
    client.ask(&discover(1));
    client.ask(&named(1, b"alice"));
    client.ask(&renew(1, ip(100)));
    client.tell(&release(1, ip(100)));
    let arguments = eventually("three runs", || {
        let text = fs::read_to_string(folder.path().join("arguments")).ok()?;
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        (lines.len() == 3 && folder.path().join("environment-del").exists()).then_some(lines)
    });
    let mac = "02:00:00:00:00:01 192.0.2.100";
    assert_eq!(format!("4 add {mac} alice"), arguments[0]);
    assert!(arguments[1].contains(&format!(" old {mac}")), "{arguments:?}");
    assert!(arguments[2].contains(&format!(" del {mac}")), "{arguments:?}");
    assert_eq!(Some(0), serving.end().0);
    let environment = fs::read_to_string(folder.path().join("environment-add")).unwrap();
    for want in [
        "DHCPSIM_ACTION=add",
        "DHCPSIM_REASON=bound",
        "DHCPSIM_IP=192.0.2.100",
        "DHCPSIM_MAC=02:00:00:00:00:01",
        "DHCPSIM_HOSTNAME=alice",
        "DHCPSIM_SERVER_ID=192.0.2.1",
        "DHCPSIM_SUBNET=192.0.2.0/24",
        "hostname=alice",
        "ip=192.0.2.100",
        "subnet=255.255.255.0",
    ] {
        assert!(environment.lines().any(|line| line == want), "{want} is not in\n{environment}");
    }
    assert!(!environment.contains("SECRET"), "{environment}");
    let deleted = fs::read_to_string(folder.path().join("environment-del")).unwrap();
    assert!(deleted.contains("DHCPSIM_REASON=released"), "{deleted}");
}

#[test]
fn hostile_names_reach_no_script() {
    let folder = tempfile::tempdir().unwrap();
    let path = script(folder.path(), RECORD);
    let serving = Serving::start(&["--script", path.to_str().unwrap()]);
    let client = serving.client();
    let all: Vec<u8> = (0..=254).collect();
    let names: [&[u8]; 8] = [
        b"$(touch pwned)",
        b"a;reboot",
        b"a\nDHCPSIM_IP=1.2.3.4",
        b"() { :;}; reboot",
        b"\x1b]0;x\x07",
        &[b'a'; 255],
        b"\xff\xfe\xfd",
        &all,
    ];
    client.ask(&discover(1));
    for name in names {
        client.ask(&named(1, name));
    }
    let lines = eventually("a run for each", || {
        let text = fs::read_to_string(folder.path().join("arguments")).ok()?;
        (text.lines().count() >= names.len()).then_some(text)
    });
    for line in lines.lines() {
        let (count, rest) = line.split_once(' ').unwrap();
        assert_eq!("3", count, "{line}");
        assert!(rest.ends_with(" 02:00:00:00:00:01 192.0.2.100"), "{line}");
    }
    let (code, stdout, _) = serving.end();
    assert_eq!(Some(0), code);
    assert!(stdout.iter().all(|line| !line.contains(['\u{1b}', '\u{7}'])), "{stdout:?}");
    let environment = fs::read_to_string(folder.path().join("environment-add")).unwrap();
    assert!(!environment.contains("HOSTNAME"), "{environment}");
}

#[test]
fn a_run_that_takes_too_long_is_killed_with_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let body = "sleep 300 & echo $! > \"$DIR/child\"; echo begun; sleep 300";
    let start = Instant::now();
    let report = run(folder.path(), body, Duration::from_millis(1500));
    assert!(matches!(report.ended, Ended::TimeUp), "{report:?}");
    assert!((1500..20_000).contains(&start.elapsed().as_millis()));
    assert_eq!(b"begun\n", &*report.output);
    let child = fs::read_to_string(folder.path().join("child")).unwrap();
    eventually("the end of its child", || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.trim()));
        // Gone, or dead and not yet waited for.
        (stat.is_err() || stat.unwrap().contains(") Z ")).then_some(())
    });
}

#[test]
fn output_is_bounded_and_a_background_child_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let limit = Duration::from_secs(60);
    let report = run(folder.path(), "printf '\\033[31m'; head -c 1000000 /dev/zero; exit 3", limit);
    let Ended::Exited(status) = report.ended else { panic!("{report:?}") };
    assert_eq!((Some(3), 2048, 997_957), (status.code(), report.output.len(), report.cut));
    let start = Instant::now();
    let report = run(folder.path(), "sleep 20 & exit 0", limit);
    assert!(matches!(report.ended, Ended::Exited(status) if status.success()), "{report:?}");
    assert!(start.elapsed() < Duration::from_secs(15));
    let missing = Script { program: "/nowhere/script".into(), limit };
    let report = missing.run(news(b"a"), &AtomicBool::new(false));
    assert!(matches!(report.ended, Ended::NotStarted(_)), "{report:?}");
}

#[test]
fn what_finds_no_room_is_counted_and_an_end_is_quick() {
    let folder = tempfile::tempdir().unwrap();
    let program = script(folder.path(), "echo >> \"$DIR/begun\"; sleep 300");
    let (sender, reports) = mpsc::channel();
    let limit = Duration::from_secs(100);
    let runner =
        Runner::start(Script { program, limit }, move |report| sender.send(report).unwrap()).unwrap();
    assert!(runner.push(news(b"a")));
    eventually("a run", || fs::read(folder.path().join("begun")).ok());
    let taken = (0..1100).filter(|_| runner.push(news(b"a"))).count();
    assert_eq!(1024, taken);
    let counts = runner.counts();
    assert_eq!((76, 1025), (counts.dropped, counts.queued));
    let start = Instant::now();
    assert_eq!(1025, runner.finish(Duration::from_millis(100)));
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert!(matches!(reports.recv().unwrap().ended, Ended::Stopped));
}

#[test]
fn a_script_that_hangs_or_fails_delays_no_answer_and_no_end() {
    let folder = tempfile::tempdir().unwrap();
    let body = "case $1 in add) printf 'no\\033[31m'; exit 3;; esac\necho >> \"$DIR/hangs\"; sleep 300";
    let path = script(folder.path(), body);
    let flags = ["--json", "--metrics", "127.0.0.1:0", "--script", path.to_str().unwrap()];
    let mut serving = Serving::start(&flags);
    let at = serving.metrics_at();
    let client = serving.client();
    client.ask(&discover(1));
    client.ask(&select(1, ip(100), desk::SERVER));
    client.ask(&renew(1, ip(100)));
    eventually("a run that hangs", || fs::read(folder.path().join("hangs")).ok());
    // Answered while the script hangs.
    client.ask(&renew(1, ip(100)));
    let metrics = scrape(&at);
    assert_eq!(Some(1.0), sample(&metrics, r#"dhcpsim_script_runs_total{result="failed"}"#));
    assert_eq!(Some(2.0), sample(&metrics, "dhcpsim_script_queue"));
    let start = Instant::now();
    serving.signal("-TERM");
    let code = serving.child.wait().unwrap().code();
    let took = start.elapsed();
    assert_eq!(Some(0), code);
    assert!(took < Duration::from_millis(1500), "{took:?}");
    let (lines, stderr) = (drain(&mut serving.stdout), drain(&mut serving.stderr));
    assert!(stderr.join("\n").contains("script not told of 2"), "{stderr:?}");
    let events = json(&lines);
    let runs: Vec<_> = events.iter().filter(|event| event["event"] == "script").collect();
    assert_eq!(
        ("failed", "exit status 3"),
        (runs[0]["result"].as_str().unwrap(), runs[0]["text"].as_str().unwrap())
    );
    assert_eq!(r"no\x1b[31m", runs[0]["output"]);
    assert_eq!("stopped", runs[1]["result"]);
}

fn drain(lines: &mut serving::Lines) -> Vec<String> {
    std::mem::replace(lines, serving::Lines::none()).rest()
}

#[test]
fn a_program_that_cannot_be_run_is_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.to_str().unwrap(), "/nowhere/script", folder.path().to_str().unwrap()] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_dhcpsim"))
            .args(["server", "--port", "0", "--script", path])
            .env("DHCPSIM_LEASES", "memory")
            .output()
            .unwrap();
        assert_eq!(Some(5), output.status.code());
        assert!(String::from_utf8_lossy(&output.stderr).contains(&format!("script {path}")));
    }
}
