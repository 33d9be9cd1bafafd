//! Record and replay: a live session gives the same octets again, a capture is compared with what its server gave, and
//! hostile recordings and captures are told what is wrong with them.
//!
//! `fixtures/recorded/session` is a recorded session: who changes what a server answers, or the format, records it anew with
//! `RECORD_SESSION=1 cargo test --test replay a_live_session`.
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
mod support;

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use desk::{decline, discover, ip, reboot, release, renew, select};
use dhcpsim::capture::{Forced, Reader};
use dhcpsim::endpoint::{Arrived, Endpoint, InUse, Input, Output, Refused, Ticket};
use dhcpsim::packet::{MessageType, Packet};
use dhcpsim::replay::journal::{Entry, FORMAT, Journal};
use dhcpsim::replay::{Counts, Heard, Part, Rerun, Survey, Talk};
use dhcpsim::server::{Config, LeaseTimes, Server};
use dhcpsim::time::Instant;
use pretty_assertions::{assert_eq, assert_str_eq};
use serde_json::Value;
use serving::{Client, Serving, eventually, json, sample, scrape};
use support::{files, golden, root};

const SESSION: &str = "fixtures/recorded/session";

/// Exit code, stdout and stderr of `dhcpsim replay`, run in the project's root.
fn replay(args: &[&str], stdin: &[u8]) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dhcpsim"))
        .arg("replay")
        .args(args)
        .current_dir(root())
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments may be gone before it reads.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let output = child.wait_with_output().unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A configuration for 192.0.2.100 to .199 with this lease time.
fn configure(folder: &Path, lease: &str) -> PathBuf {
    let path = folder.join("server.toml");
    let subnet = "subnet = \"192.0.2.0/24\"\nranges = \"192.0.2.100-192.0.2.199\"";
    let text = format!("server-id = \"192.0.2.1\"\nlease-time = \"{lease}\"\n\n[[subnet]]\n{subnet}\n");
    fs::write(&path, text).unwrap();
    path
}

fn start(config: &Path, leases: &Path, record: &Path) -> Serving {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim"));
    command.args(["server", "--port", "0", "--metrics", "127.0.0.1:0"]);
    command.arg("--config").arg(config).arg("--leases").arg(leases).arg("--record").arg(record);
    Serving::spawn(command, |_| {})
}

/// Gets an address.
fn get(client: &Client, number: u8) -> Ipv4Addr {
    let offer = client.ask(&discover(number));
    let address = Packet::parse(&offer).unwrap().yiaddr();
    let ack = client.ask(&select(number, address, ip(1)));
    assert_eq!(Some(MessageType::ACK), Packet::parse(&ack).unwrap().message_type());
    address
}

/// What clients do in a session: they get, renew, decline, release, are refused and ignored.
fn talk(client: &Client, numbers: std::ops::Range<u8>) {
    let addresses: Vec<(u8, Ipv4Addr)> = numbers.map(|number| (number, get(client, number))).collect();
    for (number, address) in &addresses {
        client.ask(&renew(*number, *address));
    }
    let (number, address) = addresses[0];
    client.tell(&decline(number, address));
    let (number, address) = addresses[1];
    client.tell(&release(number, address));
    let (number, _) = addresses[2];
    let nak = client.ask(&reboot(number, Ipv4Addr::new(203, 0, 113, 9)));
    assert_eq!(Some(MessageType::NAK), Packet::parse(&nak).unwrap().message_type());
    client.tell(&[1, 1, 6, 0]);
    get(client, number + 100);
}

fn reload(serving: &Serving, metrics: &str) {
    let done = || sample(&scrape(metrics), "dhcpsim_reloads_total{result=\"ok\"}").unwrap();
    let before = done();
    serving.signal("-HUP");
    eventually("the reload", || (done() > before).then_some(()));
}

/// A recording without what is of this machine.
fn plain(journal: &str) -> String {
    let line = |line: &str| match line.starts_with("{\"host\":") {
        true => {
            let mut host: Value = serde_json::from_str(line).unwrap();
            host["host"]["addresses"] = serde_json::json!(["127.0.0.1"]);
            host["host"]["interfaces"] = serde_json::json!({ "1": "lo" });
            host.to_string()
        }
        false => line.to_owned(),
    };
    journal.lines().map(|text| line(text) + "\n").collect()
}

/// Keeps a recording as the fixture.
fn keep(folder: &Path) {
    let fixture = root().join(SESSION);
    fs::create_dir_all(&fixture).unwrap();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let to = fixture.join(entry.file_name());
        match fs::read_to_string(entry.path()) {
            Ok(text) if to.ends_with("journal.jsonl") => fs::write(to, plain(&text)).unwrap(),
            Ok(text) => {
                let kept = text.lines().filter(|line| !line.starts_with("leases = "));
                fs::write(to, kept.map(|line| format!("{line}\n")).collect::<String>()).unwrap();
            }
            // The capture says nothing that the journal does not.
            Err(_) => {}
        }
    }
}

#[test]
fn a_live_session_gives_the_same_octets_again() {
    let folder = tempfile::tempdir().unwrap();
    let (config, leases) = (configure(folder.path(), "10m"), folder.path().join("leases.db"));
    let begin = Command::new(env!("CARGO_BIN_EXE_dhcpsim")).args(["leases", "begin", path(&leases)]).output();
    assert!(begin.unwrap().status.success());
    let first = folder.path().join("first");
    let serving = start(&config, &leases, &first);
    let metrics = serving.metrics_at();
    let client = serving.client();
    talk(&client, 1..6);
    configure(folder.path(), "20m");
    reload(&serving, &metrics);
    talk(&client, 21..24);
    let (code, ..) = serving.end();
    assert_eq!(Some(0), code);
    let (code, out, error) = replay(&[path(&first)], b"");
    assert_eq!((0, ""), (code, error.as_str()), "{out}");
    assert!(out.ends_with(": all the same\n"), "{out}");
    let counted: Vec<u32> = out.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    // Inputs, then answers: two for each of ten clients, one for each renewal and refusal.
    assert!(counted[0] > 50 && counted[1] == 2 * 10 + 8 + 2, "{counted:?}: {out}");
    if std::env::var_os("RECORD_SESSION").is_some_and(|value| value == "1") {
        keep(&first);
    }

    // A client of ours in the place of one that was there asks the same.
    let (code, out, error) =
        replay(&[path(&first), "--side", "client", "--client", "02:00:00:00:00:04"], b"");
    assert_eq!((0, ""), (code, error.as_str()), "{out}");
    assert!(out.starts_with("client 02:00:00:00:00:04: 3 of 3 steps alike, 3 replies\n"), "{out}");

    // The server comes back with its leases, and goes on.
    let second = folder.path().join("second");
    let serving = start(&config, &leases, &second);
    let client = serving.client();
    client.ask(&renew(3, ip(102)));
    talk(&client, 31..34);
    serving.end();
    let journal = fs::read_to_string(second.join("journal.jsonl")).unwrap();
    assert!(journal.lines().filter(|line| line.starts_with("{\"lease\":")).count() >= 8);
    let (code, out, error) = replay(&[path(&second)], b"");
    assert_eq!((0, ""), (code, error.as_str()), "{out}");
    // With the same configuration by name, the leases of the start count as well.
    let (code, out, error) = replay(&[path(&second), "--config", path(&config)], b"");
    assert_eq!((0, ""), (code, error.as_str()), "{out}");
    assert!(out.starts_with("15 requests replayed: 13 answered alike, 2 answered by neither\n"), "{out}");
}

#[test]
fn a_recording_is_the_owner_s_alone_and_replaces_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("new/session");
    let serving = Serving::start(&["--record", path(&record)]);
    get(&serving.client(), 1);
    serving.end();
    assert_eq!(0o700, record.metadata().unwrap().permissions().mode() & 0o777);
    for entry in fs::read_dir(&record).unwrap().map(Result::unwrap) {
        assert_eq!(0o600, entry.metadata().unwrap().permissions().mode() & 0o777, "{:?}", entry.path());
    }
    let mut reader =
        Reader::new(fs::File::open(record.join("messages.pcapng")).unwrap(), Forced::default()).unwrap();
    let mut kinds = Vec::new();
    while let Some(captured) = reader.next_message().unwrap() {
        kinds.push(Packet::parse(captured.payload).unwrap().message_type().unwrap().to_string());
    }
    assert_eq!(["DISCOVER", "OFFER", "REQUEST", "ACK"].to_vec(), kinds);
    let again = Command::new(env!("CARGO_BIN_EXE_dhcpsim"))
        .args(["server", "--port", "0", "--leases", "memory", "--record", path(&record)])
        .output()
        .unwrap();
    let said = String::from_utf8(again.stderr).unwrap();
    assert_eq!(Some(5), again.status.code(), "{said}");
    assert!(said.contains("the folder is not empty"), "{said}");
}

#[test]
fn an_empty_folder_that_is_taken_becomes_the_owner_s_alone() {
    use std::os::unix::fs::{PermissionsExt, chown};
    let folder = tempfile::tempdir().unwrap();
    let mode = |folder: &Path| folder.metadata().unwrap().permissions().mode() & 0o7777;
    let made = |name: &str| {
        let made = folder.path().join(name);
        fs::create_dir(&made).unwrap();
        fs::set_permissions(&made, fs::Permissions::from_mode(0o777)).unwrap();
        made
    };
    let ours = made("ours");
    let (code, _, said) = Serving::start(&["--record", path(&ours)]).end();
    assert_eq!((Some(0), 0o700), (code, mode(&ours)), "{said:?}");
    assert!(!said.iter().any(|line| line.contains("warning")), "{said:?}");

    // What is not taken stays as it is.
    let full = made("full");
    fs::write(full.join("kept"), "").unwrap();
    let refused = Command::new(env!("CARGO_BIN_EXE_dhcpsim"))
        .args(["server", "--port", "0", "--leases", "memory", "--record", path(&full)])
        .output()
        .unwrap();
    assert_eq!((Some(5), 0o777), (refused.status.code(), mode(&full)));

    // Another's is not ours to close, which is said.
    let another_s = made("another's");
    if chown(&another_s, Some(65534), None).is_err() {
        // Not `eprintln!`, which the test harness hides when a test passes.
        let _ = writeln!(std::io::stderr(), "skipped: only root gives a folder to another");
        return;
    }
    let serving = Serving::start(&["--record", path(&another_s)]);
    let said = serving.stderr.with("warning:");
    assert!(
        said.contains("another's is open to others than you (mode 777): it belongs to another user"),
        "{said}"
    );
    serving.end();
    assert_eq!(0o777, mode(&another_s));
    let journal = another_s.join("journal.jsonl");
    assert_eq!(0o600, mode(&journal));
}

#[test]
fn a_killed_server_leaves_a_recording_that_replays_wherever_it_was_cut() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("session");
    let mut serving = Serving::start(&["--record", path(&record)]);
    let client = serving.client();
    for number in 1..4 {
        get(&client, number);
    }
    let journal = record.join("journal.jsonl");
    eventually("the recording", || {
        let text = fs::read_to_string(&journal).unwrap();
        (text.matches("\"name\":\"bound\"").count() == 3).then_some(())
    });
    serving.child.kill().unwrap();
    serving.child.wait().unwrap();
    let (code, out, error) = replay(&[path(&record)], b"");
    assert_eq!(0, code, "{out}{error}");
    assert!(error.starts_with("the recording is cut short after line "), "{error}");
    let whole = fs::read(&journal).unwrap();
    let first = whole.iter().position(|octet| *octet == b'\n').unwrap() + 1;
    for cut in
        [1, first - 1, first, first + 1].into_iter().chain((first..whole.len()).step_by(whole.len() / 60))
    {
        fs::write(&journal, &whole[..cut]).unwrap();
        let (code, out, error) = replay(&[path(&record)], b"");
        if cut < first {
            assert_eq!((3, ""), (code, out.as_str()), "{cut}: {error}");
            continue;
        }
        // What was sent and not written before the cut is no difference that anybody recorded.
        assert!([0, 1].contains(&code), "{cut}: {out}{error}");
        assert!(error.contains("the recording is cut short after line "), "{cut}: {error}");
        assert!(!out.contains("only recorded") && !out.contains(" differs"), "{cut}: {out}");
    }
}

#[test]
fn a_disk_without_room_ends_the_recording_and_not_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("session");
    let mut command = Command::new("sh");
    // No file may be longer than 16 KiB.
    command.args(["-c", "trap '' XFSZ; ulimit -f 32; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_dhcpsim")]);
    command.args([
        "server",
        "--port",
        "0",
        "--pool",
        "192.0.2.100-192.0.2.199/24",
        "--server-id",
        "192.0.2.1",
    ]);
    command.arg("--record").arg(&record);
    let serving = Serving::spawn(command, |_| {});
    let client = serving.client();
    for number in 1..40 {
        get(&client, number);
    }
    serving.stdout.with("the recording ends here: ");
    get(&client, 41);
    let (code, ..) = serving.end();
    assert_eq!(Some(0), code);
    let (code, out, error) = replay(&[path(&record)], b"");
    assert!([0, 1].contains(&code), "{out}{error}");
    assert!(error.contains("cut short after line "), "{error}");
}

#[test]
fn the_recorded_session_is_told_as_before() {
    for (name, args) in [
        ("session", [SESSION].as_slice()),
        ("session-json", &[SESSION, "--json"]),
        ("session-trace", &[SESSION, "--trace"]),
        ("session-other", &[SESSION, "--config", "fixtures/recorded/other.toml"]),
        ("session-other-json", &[SESSION, "--config", "fixtures/recorded/other.toml", "--json"]),
    ] {
        told(name, args);
    }
}

/// Compares exit code and output with a golden; a second run must give the same octets.
fn told(name: &str, args: &[&str]) {
    let (code, out, error) = replay(args, b"");
    assert_eq!((code, out.clone(), error.clone()), replay(args, b""), "{name}");
    golden(format!("fixtures/golden/replay/{name}.txt"), &format!("{out}{error}exit {code}\n"));
}

#[test]
fn captures_are_told_as_before() {
    for capture in files("fixtures/captured", "pcap") {
        let name = capture.file_stem().unwrap().to_str().unwrap().to_owned();
        let capture = path(capture.strip_prefix(root()).unwrap()).to_owned();
        told(&name, &[&capture, "--trace"]);
        told(&format!("{name}-client"), &[&capture, "--side", "client", "--trace"]);
    }
    let capture = "fixtures/captured/udhcpc-kea.pcap";
    told("json", &[capture, "--trace", "--json"]);
    told("client-json", &[capture, "--side", "client", "--trace", "--json"]);
    told("brief", &[capture]);
    told("configuration", &[capture, "--print-config"]);
}

#[test]
fn the_configuration_that_is_made_of_a_capture_replays_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made.toml");
    for capture in files("fixtures/captured", "pcap") {
        let (code, text, error) = replay(&[path(&capture), "--print-config"], b"");
        assert_eq!((0, ""), (code, error.as_str()), "{capture:?}");
        fs::write(&made, text).unwrap();
        let (code, out, error) = replay(&[path(&capture), "--config", path(&made), "--json"], b"");
        assert!([0, 1].contains(&code), "{capture:?}: {error}");
        let (_, same, _) = replay(&[path(&capture), "--json", "-q"], b"");
        // Leases from before the capture are not in a configuration.
        let assumed = replay(&[path(&capture)], b"").1;
        if !assumed.contains("from before the capture") {
            assert_str_eq!(same, out, "{capture:?}");
        }
    }
}

#[test]
fn a_capture_may_come_by_standard_input_and_as_hex() {
    let capture = "fixtures/captured/udhcpc-kea.pcap";
    let octets = fs::read(root().join(capture)).unwrap();
    assert_eq!(replay(&[capture], b""), replay(&["-"], &octets));
    let hex: String = ["dhclient-dhcpd-01-discover", "dhclient-dhcpd-02-offer"]
        .map(|name| fs::read_to_string(root().join(format!("fixtures/captured/{name}.hex"))).unwrap())
        .join("\n\n");
    let (code, out, error) = replay(&["-"], hex.as_bytes());
    assert_eq!(0, code, "{out}{error}");
    assert!(out.contains("1 request replayed: 1 answered alike"), "{out}");
}

#[test]
fn a_changed_recording_differs_where_it_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("session");
    fs::create_dir(&session).unwrap();
    for name in ["server-1.toml", "server-2.toml"] {
        fs::copy(root().join(SESSION).join(name), session.join(name)).unwrap();
    }
    let journal = fs::read_to_string(root().join(SESSION).join("journal.jsonl")).unwrap();
    // 10 minutes become 11, in the first answer that says so.
    let changed = journal.replacen("330400000258", "330400000294", 1);
    assert_ne!(journal, changed);
    fs::write(session.join("journal.jsonl"), changed).unwrap();
    let (code, out, _) = replay(&[path(&session)], b"");
    assert_eq!(1, code, "{out}");
    assert!(
        out.contains("  OFFER differs\n    option 51 ip-address-lease-time: recorded 660, replayed 600\n"),
        "{out}"
    );
    assert!(out.contains(": 1 difference\n"), "{out}");
    let (_, out, _) = replay(&[path(&session), "--json"], b"");
    let lines: Vec<String> = out.lines().map(str::to_owned).collect();
    let objects = json(&lines);
    assert_eq!(Value::from("option"), objects[0]["differs"][0]["what"]);
    assert_eq!(Value::from(51), objects[0]["differs"][0]["code"]);
    assert_eq!(Value::from(1), objects[1]["differences"]);

    // A line that is left out is something that only one of the two did.
    let is_first = |line: &str| line.starts_with("{\"sent\"");
    let at = journal.lines().position(is_first).unwrap();
    let without: String =
        journal.lines().enumerate().filter(|(n, _)| *n != at).map(|(_, line)| format!("{line}\n")).collect();
    fs::write(session.join("journal.jsonl"), without).unwrap();
    let (code, out, _) = replay(&[path(&session)], b"");
    assert_eq!(1, code);
    assert!(out.contains("  only replayed: OFFER "), "{out}");
}

#[test]
fn hostile_journals_are_told_what_is_wrong_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("session");
    fs::create_dir(&session).unwrap();
    let config = root().join(SESSION).join("server-1.toml");
    fs::copy(config, session.join("server-1.toml")).unwrap();
    let head = "{\"recording\":{\"format\":1,\"version\":\"0\",\"at\":5}}\n";
    let config = "{\"config\":{\"at\":5,\"file\":\"server-1.toml\",\"probe\":null}}\n";
    let begun = format!("{head}{config}");
    let row = |more: &str| {
        let hardware =
            "\"client\":{\"hardware\":[1,\"020000000001\"]},\"htype\":1,\"state\":\"bound\",\"since\":1";
        format!(
            "{begun}{{\"lease\":{{\"address\":\"192.0.2.1\",\"subnet\":\"192.0.2.0\",{hardware},{more}}}}}\n"
        )
    };
    let cases = [
        (String::new(), "there is no line in it"),
        ("\n".to_owned(), "line 1: column 0: EOF while parsing a value"),
        (
            "not a journal at all".to_owned(),
            "line 1: a journal begins with a whole `recording` line, in `not a",
        ),
        ("\0".repeat(100_000), "line 1: a journal begins with a whole `recording` line, in `\\x00"),
        (head.trim_end().to_owned(), "line 1: a journal begins with a whole `recording` line, in `{"),
        ("\u{1b}[31m\n".to_owned(), "line 1: column 1: expected value, in `\\x1b[31m`"),
        ("{}\n".to_owned(), "line 1: column 2: expected value"),
        (config.to_owned(), "line 1: a journal begins with `recording`"),
        (head.repeat(2), "line 2: `recording` is the first line alone"),
        (head.replace(":1,", ":2,"), "line 1: format 2 is a later version's, this one reads 1"),
        (head.replace(":1,", ":-1,"), "line 1: column "),
        (format!("{head}{{\"deadline\":{{\"at\":6}}}}\n"), "line 2: no `config` stands before it"),
        (format!("{begun}{{\"deadline\":{{\"at\":4}}}}\n"), "line 3: the time goes back by 1 µs"),
        (format!("{begun}{{\"deadline\":{{\"at\":6,\"of\":1}}}}\n"), "line 3: column 24: unknown field `of`"),
        (
            format!("{begun}{{\"end\":{{\"at\":6}}}}\n{{\"deadline\":{{\"at\":6}}}}\n"),
            "line 4: nothing stands behind `end`",
        ),
        (format!("{begun}{}\n", "[".repeat(2 << 20)), "line 3: longer than 1048576 octets"),
        (format!("{begun}{}\n", "[".repeat(1 << 19)), "line 3: column "),
        (
            begun.replace("server-1.toml", "../server-1.toml"),
            "line 2: `file` names no file beside the journal",
        ),
        (begun.replace("server-1.toml", "/etc/passwd"), "line 2: `file` names no file beside the journal"),
        (begun.replace("server-1.toml", ".."), "line 2: `file` names no file beside the journal"),
        (begun.replace("server-1.toml", "server-9.toml"), "cannot read the configuration: No such file"),
        (row("\"chaddr\":\"0\",\"prefix\":24,\"expires\":null"), "line 3: column "),
        (row("\"chaddr\":\"02\",\"prefix\":33,\"expires\":null"), "line 3: a prefix is 32 at most, not 33"),
        (
            row(&format!("\"chaddr\":\"{}\",\"prefix\":24,\"expires\":null", "02".repeat(17))),
            "line 3: a hardware address has 16 octets",
        ),
        (
            format!(
                "{begun}{{\"deadline\":{{\"at\":6}}}}\n{}",
                row("\"chaddr\":\"02\",\"prefix\":24,\"expires\":9").replace(&begun, "")
            ),
            "line 4: `lease` stands before the first input",
        ),
    ];
    for (text, want) in cases {
        fs::write(session.join("journal.jsonl"), &text).unwrap();
        let (code, _, error) = replay(&[path(&session)], b"");
        let shown = &text[..text.len().min(200)];
        assert_eq!(3, code, "{shown}: {error}");
        assert!(error.contains(want), "{shown}: {error}");
        assert!(!error.contains('\u{1b}') && error.len() < 600, "{shown}: {error}");
        let (code, _, error) = replay(&[path(&session), "--side", "client"], b"");
        assert!(code == 3 && !error.contains('\u{1b}'), "{shown}: {error}");
    }
    // Outputs that nobody asked for, and inputs to nothing, are differences or nothing.
    let odd = [
        "{\"stored\":{\"at\":7,\"ticket\":99,\"refused\":\"\\u0007\"}}\n",
        "{\"probed\":{\"at\":18446744073709551615,\"address\":\"0.0.0.0\",\"in-use\":true}}\n",
        "{\"datagram\":{\"at\":18446744073709551615,\"from\":\"0.0.0.0:0\",\"to\":\"0.0.0.0\",\"local\":\"0.0.0.0\",\"octets\":\"\"}}\n",
        "{\"event\":{\"name\":\"\\u001b\",\"\\u001b\":[{}]}}\n",
        "{\"sent\":{\"to\":\"broadcast\",\"local\":\"0.0.0.0\",\"octets\":\"00\"}}\n",
        "{\"probe\":{\"address\":\"1.2.3.4\"}}\n",
    ];
    fs::write(session.join("journal.jsonl"), format!("{begun}{}", odd.concat())).unwrap();
    let (code, out, error) = replay(&[path(&session), "--trace"], b"");
    assert_eq!(1, code, "{out}{error}");
    assert!(out.contains("only recorded: 1 octets that are no message"), "{out}");
    assert!(!out.contains('\u{1b}') && !out.contains('\u{7}'), "{out}");
}

/// As [`replay`], within 1 GiB and 20 seconds.
fn bounded(args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new("sh")
        .args(["-c", "ulimit -v 1048576; exec timeout -k 1 20 \"$0\" replay \"$@\""])
        .arg(env!("CARGO_BIN_EXE_dhcpsim"))
        .args(args)
        .current_dir(root())
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_recording_has_regular_files_alone() {
    type Put = fn(&Path);
    let puts: [(&str, Put); 5] = [
        ("a device", |at| std::os::unix::fs::symlink("/dev/zero", at).unwrap()),
        ("a pipe", |at| assert!(Command::new("mkfifo").arg(at).status().unwrap().success())),
        ("a link to a pipe", |at| {
            let pipe = at.with_extension("pipe");
            assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            std::os::unix::fs::symlink(pipe, at).unwrap();
        }),
        ("a file elsewhere", |at| {
            let name = at.file_name().unwrap();
            std::os::unix::fs::symlink(root().join(SESSION).join(name), at).unwrap();
        }),
        ("a folder", |at| fs::create_dir(at).unwrap()),
    ];
    let other = ["--config", "fixtures/recorded/other.toml"].as_slice();
    let ways = [
        ("journal.jsonl", [].as_slice()),
        ("journal.jsonl", &["--side", "client"]),
        ("journal.jsonl", other),
    ];
    for (odd, args) in ways.into_iter().chain([("server-1.toml", [].as_slice()), ("server-2.toml", &[])]) {
        for (what, put) in puts {
            let folder = tempfile::tempdir().unwrap();
            for name in
                ["journal.jsonl", "server-1.toml", "server-2.toml"].into_iter().filter(|name| *name != odd)
            {
                fs::copy(root().join(SESSION).join(name), folder.path().join(name)).unwrap();
            }
            put(&folder.path().join(odd));
            let args: Vec<&str> = [path(folder.path())].into_iter().chain(args.iter().copied()).collect();
            let (code, error) = bounded(&args);
            assert_eq!(Some(3), code, "{odd} is {what}: {error}");
            assert!(error.contains(odd) && error.contains("is no regular file"), "{odd} is {what}: {error}");
        }
    }
}

#[test]
fn a_configuration_has_its_bound_wherever_it_comes_from() {
    let capture = "fixtures/captured/udhcpc-kea.pcap";
    let (code, error) = bounded(&[capture, "--config", "/dev/zero"]);
    assert_eq!(Some(3), code, "{error}");
    assert!(error.contains("it has more than the 16777216 octets allowed"), "{error}");
    // What comes by a pipe is as good as a file.
    let text = fs::read_to_string(root().join("fixtures/recorded/other.toml")).unwrap();
    let by_name = replay(&[capture, "--config", "fixtures/recorded/other.toml"], b"");
    let by_pipe = replay(&[capture, "--config", "/dev/stdin"], text.as_bytes());
    assert_eq!(by_name, by_pipe);
    let filled = |size: usize| format!("{text}{}\n", "#".repeat(size - text.len() - 1));
    assert_eq!(by_name, replay(&[capture, "--config", "/dev/stdin"], filled(16 << 20).as_bytes()));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.toml");
    fs::write(&file, filled((16 << 20) + 1)).unwrap();
    for (name, input) in [("/dev/stdin", filled((16 << 20) + 1)), (path(&file), String::new())] {
        let (code, _, error) = replay(&[capture, "--config", name], input.as_bytes());
        assert_eq!(3, code, "{name}: {error}");
        assert!(error.contains("it has more than the 16777216 octets allowed"), "{name}: {error}");
    }
}

#[test]
fn misuse_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let empty = path(folder.path());
    let capture = "fixtures/captured/udhcpc-kea.pcap";
    for (args, want, says) in [
        (vec!["no-such-file"], 3, "cannot open no-such-file"),
        (vec![empty], 3, "journal.jsonl: No such file"),
        (vec![empty, "--leases", "x"], 2, "--leases is for captures"),
        (vec![capture, "--client", "02:00:00:00:00:01"], 2, "--client is for --side client"),
        (vec![capture, "--side", "client", "--config", "x"], 2, "--config is for --side server"),
        (vec![capture, "--side", "client", "--client", "02:xx"], 2, "expected a hardware address"),
        (
            vec![capture, "--side", "client", "--client", "02:00:00:00:00:99"],
            3,
            "no message of client 02:00:00:00:00:99",
        ),
        (vec![capture, "--config", "no.toml"], 3, "no.toml"),
        (vec![capture, "--leases", "no.db"], 3, "cannot read no.db"),
        (vec![capture, "--leases", "README.md"], 3, "there is no lease in it"),
        (vec![capture, "--server", "203.0.113.1"], 3, "server 203.0.113.1 does not answer in it"),
        (vec!["README.md"], 3, "README.md: "),
    ] {
        let (code, out, error) = replay(&args, b"");
        assert_eq!(want, code, "{args:?}: {out}{error}");
        assert!(error.contains(says), "{args:?}: {error}");
    }
}

/// A generator of numbers.
struct Noise(u64);

impl Noise {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }
}

/// A server with everything that can happen to it, and its journal.
struct Recorded {
    server: Server,
    now: Instant,
    lines: Vec<u8>,
    /// Commits and probes that wait for their answers.
    tickets: Vec<Ticket>,
    probes: Vec<Ipv4Addr>,
}

impl Recorded {
    fn put(&mut self, entry: &Entry) {
        entry.write(&mut self.lines);
    }

    fn handle(&mut self, input: Input<'_>) {
        self.put(&Entry::input(self.now, &input));
        self.server.handle(self.now, input);
        while let Some(output) = self.server.poll() {
            if let Some(entry) = Entry::output(&output) {
                self.put(&entry);
            }
            match output {
                Output::Commit(ticket, _) => self.tickets.push(ticket),
                Output::Probe(address) => self.probes.push(address),
                _ => {}
            }
        }
    }

    fn act(&mut self, noise: &mut Noise) {
        self.now = self.now + Duration::from_micros(u64::try_from(noise.next(90_000_000)).unwrap());
        let client = u8::try_from(noise.next(8)).unwrap() + 1;
        let address = ip(u8::try_from(noise.next(6)).unwrap() + 99);
        let message = match noise.next(12) {
            0..3 => discover(client),
            3 => select(client, address, ip(1)),
            4 => reboot(client, address),
            5 => renew(client, address),
            6 => release(client, address),
            7 => decline(client, address),
            8 if !self.tickets.is_empty() => {
                let ticket = self.tickets.remove(noise.next(self.tickets.len()));
                let refused = [Refused::Full, Refused::Failing, Refused::Gone];
                let result = refused.get(noise.next(9)).copied().map_or(Ok(()), Err);
                return self.handle(Input::Committed(ticket, result));
            }
            9 if !self.probes.is_empty() => {
                let address = self.probes.remove(noise.next(self.probes.len()));
                let found = if noise.next(3) == 0 { InUse::Yes } else { InUse::No };
                return self.handle(Input::Probed(address, found));
            }
            10 => return self.handle(Input::Deadline),
            _ => select(client, address, ip(1)),
        };
        let from = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 68);
        self.handle(Input::Datagram { from, to: ip(1), arrived: Arrived::at(ip(1)), payload: &message });
    }
}

/// The configuration of the desk, with probes.
fn probing(lease: u32) -> Config {
    let mut config = desk::config();
    config.probe = Some(Duration::from_millis(400));
    config.scope.set_lease(LeaseTimes::new(lease).unwrap());
    config
}

#[test]
fn whatever_happens_to_a_server_happens_again() {
    let mut noise = Noise(23);
    let mut all = Counts::default();
    for _ in 0..60 {
        let server = Server::new(probing(600), Vec::new());
        let mut recorded = Recorded {
            server,
            now: Instant::from_secs(1),
            lines: Vec::new(),
            tickets: Vec::new(),
            probes: Vec::new(),
        };
        recorded.put(&Entry::Recording { format: FORMAT, version: "0".to_owned(), at: 0 });
        let config = |at: Instant, file: &str| Entry::Config {
            at: at.as_micros(),
            file: file.to_owned(),
            probe: Some(400_000),
        };
        recorded.put(&config(Instant::EPOCH, "600"));
        for step in 0..200 {
            recorded.act(&mut noise);
            if step == 100 {
                recorded.put(&config(recorded.now, "60"));
                recorded.server.reconfigure(probing(60));
            }
        }
        recorded.put(&Entry::End { at: recorded.now.as_micros() });
        let mut journal = Journal::new(recorded.lines.as_slice());
        let mut rerun = Rerun::new();
        let mut found = Vec::new();
        while let Some((line, entry)) = journal.next_entry().unwrap() {
            if let Entry::Config { file, .. } = &entry {
                rerun.finish(&mut |difference| found.push(difference));
                rerun.configure(probing(file.parse().unwrap()));
            }
            rerun.take(line, entry, &mut |difference| found.push(difference)).unwrap();
        }
        assert_eq!(Vec::<dhcpsim::replay::Difference>::new(), found);
        assert!(journal.has_ended() && !journal.is_cut());
        all.sent += rerun.counts.sent;
        all.commits += rerun.counts.commits;
        all.events += rerun.counts.events;
    }
    assert!(all.sent > 500 && all.commits > 200 && all.events > 2000, "{all:?}");
}

#[test]
fn damaged_captures_neither_panic_nor_hang() {
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged.pcap");
    let mut noise = Noise(7);
    for capture in files("fixtures/captured", "pcap") {
        let whole = fs::read(&capture).unwrap();
        for _ in 0..6 {
            let mut octets = whole.clone();
            for _ in 0..noise.next(40) + 1 {
                let at = noise.next(octets.len());
                octets[at] = u8::try_from(noise.next(256)).unwrap();
            }
            octets.truncate(octets.len() - noise.next(octets.len() / 3));
            fs::write(&damaged, &octets).unwrap();
            for side in ["server", "client"] {
                let (code, out, error) = replay(&[path(&damaged), "--side", side, "--trace"], b"");
                assert!([0, 1, 3].contains(&code), "{capture:?}: {code} {error}");
                assert!(!out.contains('\u{1b}'), "{capture:?}");
            }
        }
    }
}

#[test]
fn damaged_messages_neither_panic_nor_hang() {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for capture in files("fixtures/captured", "pcap") {
        let mut reader = Reader::new(fs::File::open(capture).unwrap(), Forced::default()).unwrap();
        while let Some(captured) = reader.next_message().unwrap() {
            messages.push(captured.payload.to_vec());
        }
    }
    let mut noise = Noise(11);
    let (mut made, mut told) = (0, 0);
    for _ in 0..40 {
        let mut survey = Survey::default();
        let heard: Vec<(Instant, Vec<u8>)> = (0..200)
            .map(|_| {
                let mut payload = messages[noise.next(messages.len())].clone();
                for _ in 0..noise.next(6) {
                    let at = noise.next(payload.len());
                    payload[at] = u8::try_from(noise.next(256)).unwrap();
                }
                payload.truncate(payload.len() - noise.next(20));
                (Instant::from_micros(u64::try_from(noise.next(1 << 30)).unwrap()), payload)
            })
            .collect();
        for (number, (time, payload)) in (1..).zip(&heard) {
            survey.hear(&Heard { number, time: Some(*time), from: None, to: None, interface: None, payload });
        }
        let Some(server) = survey.server() else { continue };
        let Ok(assumed) = survey.assume(server) else { continue };
        made += 1;
        assert_eq!(Ok(()), assumed.config.check());
        let mut talk = Talk::new(assumed.config, assumed.leases, Some(server));
        let mut part = Part::new(None, 1);
        let (mut exchanges, mut requests) = (0, 0);
        for (number, (time, payload)) in (1..).zip(&heard) {
            let heard = Heard { number, time: Some(*time), from: None, to: None, interface: None, payload };
            requests += u32::from(payload[0] == 1);
            talk.hear(&heard, &mut |exchange| {
                exchanges += 1;
                told += usize::from(!exchange.verdict().name().is_empty());
            });
            part.hear(&heard, &mut |_| {});
        }
        talk.finish(&mut |_| exchanges += 1);
        part.finish(&mut |_| {});
        assert_eq!(requests, exchanges, "every request is told once");
    }
    assert!(made > 5 && told > 100, "{made} configurations, {told} exchanges");
}

#[test]
fn every_capture_of_the_corpus_replays() {
    let corpus = root().join("../shared/corpus/pcap");
    if !corpus.is_dir() {
        // Not `eprintln!`, which the test harness hides when a test passes.
        let _ = writeln!(std::io::stderr(), "skipped: there is no corpus at {}", corpus.display());
        return;
    }
    let mut replayed = 0;
    for entry in fs::read_dir(corpus).unwrap().map(Result::unwrap) {
        for side in ["server", "client"] {
            let (code, out, error) = replay(&[path(&entry.path()), "--side", side, "--trace"], b"");
            assert!([0, 1, 3].contains(&code), "{:?}: {code} {out}{error}", entry.path());
            replayed += u32::from(code != 3);
        }
    }
    assert!(replayed > 100, "{replayed} captures replayed");
}
