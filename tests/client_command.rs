//! `dhcpsim client` beyond the first lease: staying, coming back, scripts, many at once; and `dhcpsim relay`.
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
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use pretty_assertions::assert_eq;
use serde_json::Value;
use serving::{Serving, eventually, json};

/// The client's command line for a server on this port.
fn client(port: u16, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim"));
    command.args(["client", "--port", &port.to_string(), "--timeout", "20s"]).args(args);
    command.stdin(Stdio::null());
    command
}

fn run(port: u16, args: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = client(port, args).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// A client that runs, and the file that its lines go to.
struct Staying {
    child: Child,
    out: PathBuf,
}

impl Staying {
    fn start(folder: &Path, port: u16, args: &[&str]) -> Staying {
        let out = folder.join("client.out");
        let mut command = client(port, args);
        command.args(["--stay", "--json"]).stdout(fs::File::create(&out).unwrap());
        Staying { child: command.spawn().unwrap(), out }
    }

    fn events(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.out).unwrap();
        // A line may be under way.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        json(&whole.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    fn count(&self, event: &str) -> usize {
        self.events().iter().filter(|line| line["event"] == event).count()
    }

    fn wait(&self, event: &str, count: usize) {
        eventually(&format!("{count} {event}"), || (self.count(event) >= count).then_some(()));
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    fn end(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Staying {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A script that writes down what it is told.
fn script(folder: &Path) -> (String, PathBuf) {
    let (program, told) = (folder.join("script"), folder.join("told"));
    let text = format!("#!/bin/sh\necho \"$1 ${{ip:-}} ${{mask:-}} ${{router:-}}\" >>{}\n", told.display());
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    (program.to_str().unwrap().to_owned(), told)
}

#[test]
fn it_stays_renews_and_gives_back_when_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::start(&["--json"]);
    let (program, told) = script(folder.path());
    let mut staying = Staying::start(folder.path(), server.port, &["--script", &program]);
    staying.wait("lease", 1);
    staying.signal("-USR1");
    staying.wait("lease", 2);
    staying.signal("-USR2");
    assert_eq!(Some(0), staying.end());
    let want = "deconfig   \nbound 192.0.2.100 24 192.0.2.1\nrenew 192.0.2.100 24 192.0.2.1\ndeconfig   \n";
    assert_eq!(want, fs::read_to_string(told).unwrap());
    let (_, stdout, _) = server.end();
    let events = json(&stdout);
    let released = events.iter().find(|line| line["event"] == "released").expect("no release");
    assert_eq!("192.0.2.100", released["address"]);
    assert_eq!(2, events.iter().filter(|line| line["event"] == "bound").count());
}

#[test]
fn it_keeps_a_short_lease_by_itself_and_releases_it_on_exit() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::start(&["--lease-time", "6s"]);
    let mut staying = Staying::start(folder.path(), server.port, &["--release-on-exit"]);
    staying.wait("lease", 3);
    staying.signal("-TERM");
    assert_eq!(Some(0), staying.end());
    let events = staying.events();
    assert_eq!(0, staying.count("lease-ended"));
    let released = events.iter().filter(|line| line["event"] == "sent" && line["message"] == "RELEASE");
    assert_eq!(1, released.count());
}

#[test]
fn it_comes_back_to_its_lease_and_forgets_one_that_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let state = ["--state", path.to_str().unwrap()];
    let server = Serving::start(&[]);
    let (code, first, _) = run(server.port, &[&state[..], &["-q"]].concat());
    assert_eq!(Some(0), code);
    let (code, second, _) = run(server.port, &[&state[..], &["--json"]].concat());
    assert_eq!(Some(0), code);
    let events = json(&second.lines().map(str::to_owned).collect::<Vec<_>>());
    let sent: Vec<&Value> = events.iter().filter(|line| line["event"] == "sent").collect();
    assert_eq!((1, "REQUEST"), (sent.len(), sent[0]["message"].as_str().unwrap()));
    let lease = events.iter().find(|line| line["event"] == "lease").unwrap();
    assert!(first.contains(lease["address"].as_str().unwrap()), "{first}");
    let (code, _, _) = run(server.port, &[&state[..], &["--release"]].concat());
    assert_eq!((Some(0), false), (code, path.exists()));

    fs::write(&path, "{}").unwrap();
    let (code, _, stderr) = run(server.port, &state);
    assert_eq!(Some(3), code, "{stderr}");
    assert!(stderr.contains("remove the file"), "{stderr}");
}

#[test]
fn a_state_is_nobody_else_s() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let state = ["--state", path.to_str().unwrap()];
    let server = Serving::start(&[]);
    assert_eq!(Some(0), run(server.port, &state).0);
    let (code, _, stderr) = run(server.port, &[&state[..], &["--chaddr", "02:00:00:00:00:99"]].concat());
    assert_eq!(Some(3), code, "{stderr}");
}

#[test]
fn many_get_leases_keep_them_and_give_them_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim"));
    command.args(["server", "--port", "0", "--pool", "10.80.0.10-10.80.3.250/16", "--lease-time", "6s"]);
    command.args(["-v", "--json", "--log-rate", "0"]).stdout(Stdio::null());
    let server = Serving::spawn(command, |_| {});
    let args = ["--count", "500", "--release-on-exit"];
    let mut staying = Staying::start(folder.path(), server.port, &args);
    staying.wait("bound", 1);
    // Two renewals of everybody.
    std::thread::sleep(std::time::Duration::from_secs(7));
    staying.signal("-TERM");
    assert_eq!(Some(0), staying.end());
    let events = staying.events();
    let end = events.last().unwrap();
    assert_eq!(("ended", 500), (end["event"].as_str().unwrap(), end["clients"].as_u64().unwrap()));
    assert!(end["leases"].as_u64().unwrap() >= 1500, "{end}");
    assert_eq!(Some(0), end["leases_ended"].as_u64(), "{end}");
}

#[test]
fn more_clients_than_addresses_are_told_as_that() {
    let server = Serving::start(&[]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim"));
    command.args(["client", "--port", &server.port.to_string(), "--count", "6", "--timeout", "1s"]);
    let output = command.output().unwrap();
    assert_eq!(Some(4), output.status.code());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("4 of 6 clients have a lease"), "{stderr}");
}

#[test]
fn a_relay_agent_passes_a_lease_on_and_tells_so() {
    let server = Serving::start(&["--json"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim"));
    let to = format!("127.0.0.1:{}", server.port);
    command.args(["relay", "--listen", "127.0.0.1:0", "--server", &to, "--giaddr", "192.0.2.1", "--json"]);
    // Its banner does not tell the port: the system does.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut agent = command.spawn().unwrap();
    let port = eventually("its port", || port_of(agent.id()));
    let (code, stdout, stderr) = run(port, &["--json"]);
    agent.kill().unwrap();
    agent.wait().unwrap();
    assert_eq!(Some(0), code, "{stderr}");
    let events = json(&stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    let offer = events.iter().find(|line| line["message"] == "OFFER").unwrap();
    assert_eq!("192.0.2.1", offer["giaddr"]);
    let options = events.iter().find(|line| line["event"] == "lease").unwrap()["options"].to_string();
    assert!(!options.contains("relay-agent-information"), "{options}");
    let (_, stdout, _) = server.end();
    let seen = json(&stdout);
    let request = seen.iter().find(|line| line["message"] == "DISCOVER").unwrap();
    assert_eq!("192.0.2.1", request["giaddr"]);
}

#[test]
fn a_relay_agent_refuses_what_it_can_t_do_with_a_remedy_of_its_own() {
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let long = "x".repeat(254);
    for (args, code, want) in [
        (&["--listen", &at][..], 5, "--listen 127.0.0.1:"),
        (&["--listen", "127.0.0.1:0", "--circuit-id", &long], 2, "a shorter --circuit-id or --remote-id"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim"));
        let output = command.arg("relay").args(args).stdin(Stdio::null()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(Some(code), output.status.code(), "{stderr}");
        assert!(stderr.contains(want) && !stderr.contains("--port"), "{stderr}");
    }
}

/// The UDP port that a process has, by /proc.
fn port_of(process: u32) -> Option<u16> {
    let fds = fs::read_dir(format!("/proc/{process}/fd")).ok()?;
    let targets = fds.filter_map(|fd| fs::read_link(fd.ok()?.path()).ok());
    let sockets: Vec<String> = targets
        .filter_map(|target| {
            let text = target.to_string_lossy().into_owned();
            Some(text.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
        })
        .collect();
    let table = fs::read_to_string("/proc/net/udp").ok()?;
    table.lines().skip(1).find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let port = words.get(1)?.rsplit_once(':')?.1;
        sockets.contains(&(*words.get(9)?).to_owned()).then(|| u16::from_str_radix(port, 16).ok())?
    })
}
