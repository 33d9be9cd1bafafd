//! The programs over loopback: a lease, its JSON, its capture, and every exit code.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and waits for real programs"
)]

use std::io::{BufRead, BufReader, Read};
use std::net::UdpSocket;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use serde_json::Value;

/// Patience with a busy machine; nothing waits for that long when all is well.
const PATIENCE: Duration = Duration::from_secs(20);

fn dhcpsim(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim"));
    command.args(args).stdin(Stdio::null()).env("DHCPSIM_LEASES", "memory");
    command
}

fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = dhcpsim(args).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn json(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn with<'v>(values: &'v [Value], event: &str) -> Vec<&'v Value> {
    values.iter().filter(|value| value["event"] == event).collect()
}

/// A server on a free port, ended with the test.
struct Serving {
    child: Child,
    port: String,
    banner: mpsc::Receiver<String>,
}

impl Serving {
    fn start(args: &[&str]) -> Serving {
        Serving::spawn(dhcpsim(&[&["server", "--port", "0"], args].concat()))
    }

    fn spawn(mut command: Command) -> Serving {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, banner) = mpsc::channel();
        let stderr = child.stderr.take().unwrap();
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut serving = Serving { child, port: String::new(), banner };
        let line = serving.line_with("  on ");
        let port = line.split([':', ',']).nth(1).unwrap();
        serving.port = port.to_owned();
        serving
    }

    /// The next line of stderr that has `text` in it.
    fn line_with(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.banner.recv_timeout(left).unwrap_or_else(|_| panic!("no line with `{text}`"));
            if line.contains(text) {
                return line;
            }
        }
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Ends it by SIGTERM: exit code and stdout.
    fn end(mut self) -> (Option<i32>, String) {
        self.signal("-TERM");
        let mut stdout = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        (self.child.wait().unwrap().code(), stdout)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_client_gets_a_lease_from_the_server_and_gives_it_back() {
    let serving = Serving::start(&["--lease-time", "10m", "--dns", "192.0.2.53,192.0.2.54"]);
    let (code, stdout, stderr) = run(&[
        "client",
        "--port",
        &serving.port,
        "--release",
        "--hostname",
        "al\u{1b}ice",
        "--chaddr",
        "02:00:00:00:00:01",
    ]);
    assert_eq!((Some(0), ""), (code, &*stderr), "{stdout}");
    for want in ["10.67.0.10/24", "10.67.0.1", "192.0.2.53, 192.0.2.54", "10 min", "T1, renew", "RELEASE"] {
        assert!(stdout.contains(want), "{want} is not in {stdout}");
    }
    assert!(!stdout.contains('\u{1b}'), "{stdout:?}");
    let (code, stdout) = serving.end();
    assert_eq!(Some(0), code);
    let kinds: Vec<&str> = stdout.lines().map(|line| line.split_whitespace().nth(2).unwrap()).collect();
    assert_eq!(["DISCOVER", "OFFER", "REQUEST", "ACK", "RELEASE"], *kinds, "{stdout}");
    assert!(stdout.contains(r#""al\x1bice""#), "{stdout}");
}

#[test]
fn json_is_one_object_a_line_on_both_sides() {
    let serving = Serving::start(&["--json"]);
    let (code, stdout, _) =
        run(&["client", "--port", &serving.port, "--json", "--request", "router,subnet-mask,28"]);
    assert_eq!(Some(0), code);
    let events = json(&stdout);
    assert!(events.iter().all(|event| event["schema"] == "dhcpsim.event/1" && event["time"].is_string()));
    let lease = with(&events, "lease")[0];
    assert_eq!("10.67.0.10", lease["address"]);
    assert_eq!("255.255.255.0", lease["subnet_mask"]);
    assert_eq!((3600, 1800, 3150), (whole(&lease["lease"]), whole(&lease["t1"]), whole(&lease["t2"])));
    let codes: Vec<u64> =
        lease["options"].as_array().unwrap().iter().map(|option| whole(&option["code"])).collect();
    assert_eq!([53, 54, 61, 51, 58, 59, 1, 3], *codes);
    let (_, stdout) = serving.end();
    let events = json(&stdout);
    assert_eq!(2, with(&events, "received").len());
    assert_eq!(2, with(&events, "sent").len());
    assert_eq!(1, with(&events, "bound").len());
}

fn whole(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

#[test]
fn no_reply_in_time_is_exit_code_4() {
    // A socket that nobody reads, and a port where nobody listens.
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let (code, _, stderr) = run(&["client", "--port", &port, "--timeout", "300ms"]);
    assert_eq!(Some(4), code, "{stderr}");
    assert!(stderr.contains("after 1 try in 0.3 s (DISCOVER at 0.0 s)"), "{stderr}");
    drop(silent);
    let (code, _, stderr) = run(&["client", "--port", &port, "--timeout", "300ms"]);
    assert_eq!(Some(4), code, "{stderr}");
    assert!(stderr.contains("nothing listens there (ICMP port unreachable)"), "{stderr}");
}

#[test]
fn a_taken_port_is_exit_code_5_and_wrong_usage_2() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, _, stderr) = run(&["server", "--port", &port]);
    assert_eq!(Some(5), code, "{stderr}");
    assert!(stderr.contains(&format!("port {port} on 127.0.0.1 is taken")), "{stderr}");
    for (args, want) in [
        (vec!["server", "--pool", "10.67.0.9-10.67.0.1"], "10.67.0.9 is behind 10.67.0.1"),
        (vec!["server", "--pool", "10.67.0.1"], "FIRST-LAST"),
        (vec!["server", "--pool", "10.67.0.0-10.67.0.9/24"], "10.67.0.0 is the network's own address"),
        (vec!["server", "--pool", "10.67.0.1-10.67.1.9/24"], "10.67.1.9 is not in 10.67.0.0/24"),
        (vec!["server", "--pool", "10.67.0.1-10.67.0.9/24", "--subnet-mask", "255.255.0.0"], "do not agree"),
        (vec!["server", "--subnet-mask", "255.0.255.0"], "expected ones before zeros"),
        (vec!["server", "--lease-time", "soon"], "expected a time such as"),
        (vec!["server", "--lease-time", "3"], "expected at least 4 seconds"),
        (vec!["server", "--router", "x"], "--router: expected addresses"),
        (vec!["client", "--request", "roter"], "did you mean router?"),
        (vec!["client", "--chaddr", "x"], "02:00:00:00:00:01"),
    ] {
        let (code, _, stderr) = run(&args);
        assert_eq!(Some(2), code, "{args:?}: {stderr}");
        assert!(stderr.contains(want), "{args:?}: {stderr}");
    }
}

#[test]
fn sigterm_and_ctrl_c_end_the_server_within_a_second_with_a_summary() {
    for signal in ["-TERM", "-INT"] {
        let mut serving = Serving::start(&[]);
        let start = Instant::now();
        serving.signal(signal);
        let code = serving.child.wait().unwrap().code();
        let took = start.elapsed();
        assert_eq!(Some(0), code);
        assert!(took < Duration::from_secs(1), "{signal}: {took:?}");
        serving.line_with("ended: nobody asked");
    }
}

#[test]
fn ctrl_c_ends_the_client_with_130() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    silent.set_read_timeout(Some(PATIENCE)).unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let child =
        dhcpsim(&["client", "--port", &port]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut buffer = [0; 600];
    silent.recv(&mut buffer).unwrap();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(Some(130), output.status.code());
    assert!(String::from_utf8(output.stderr).unwrap().contains("stopped before a lease, 1 try"));
}

#[test]
fn a_refusal_is_exit_code_1() {
    // A server that offers and then refuses.
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let port = socket.local_addr().unwrap().port().to_string();
    let server = thread::spawn(move || {
        for kind in [2, 6] {
            let mut message = [0; 600];
            let (_, client) = socket.recv_from(&mut message).unwrap();
            let mut reply = message[..240].to_vec();
            reply[0] = 2;
            if kind == 2 {
                reply[16..20].copy_from_slice(&[192, 0, 2, 100]);
            }
            reply.extend_from_slice(&[
                53, 1, kind, 54, 4, 192, 0, 2, 1, 51, 4, 0, 0, 14, 16, 56, 5, b'n', b'o', 27, b'[', b'm', 255,
            ]);
            socket.send_to(&reply, client).unwrap();
        }
    });
    let (code, stdout, _) = run(&["client", "--port", &port]);
    server.join().unwrap();
    assert_eq!(Some(1), code, "{stdout}");
    assert!(stdout.contains(r#"refused by 192.0.2.1: "no\x1b[m""#), "{stdout}");
}

#[test]
fn the_pause_before_the_request_can_be_told() {
    let serving = Serving::start(&["--json"]);
    let (code, stdout, _) = run(&["client", "--port", &serving.port, "--request-delay", "300ms", "--json"]);
    assert_eq!(Some(0), code);
    let at = |name: &str| {
        let event =
            json(&stdout).into_iter().find(|event| event["message"] == name && event["octets"].is_string());
        let time = event.unwrap()["time"].as_str().unwrap().to_owned();
        let seconds: f64 = time[17..26].parse().unwrap();
        seconds
    };
    let pause = (at("REQUEST") - at("OFFER")).rem_euclid(60.0);
    assert!(pause >= 0.29, "{pause}");
}

#[test]
fn the_demo_shows_an_exchange_and_writes_it_down() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.pcapng");
    let file = file.to_str().unwrap();
    let (code, stdout, stderr) = run(&["demo", "--capture", file]);
    assert_eq!((Some(0), ""), (code, &*stderr));
    for want in
        ["DISCOVER", "OFFER", "REQUEST", "ACK", "RELEASE", "10.67.0.10/24", "is free again", "Try next"]
    {
        assert!(stdout.contains(want), "{want} is not in {stdout}");
    }
    assert!(stdout.lines().all(|line| line.chars().count() <= 80), "{stdout}");
    let (code, stdout, _) = run(&["decode", "--summary", file]);
    assert_eq!((Some(0), 5), (code, stdout.lines().count()), "{stdout}");
    let (code, stdout, _) = run(&["demo", "--json", "--seed", "1"]);
    assert_eq!(Some(0), code);
    assert_eq!(1, with(&json(&stdout), "lease").len());
    assert_eq!(1, with(&json(&stdout), "released").len());
}

#[test]
fn the_programs_of_their_own_do_the_same() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim-server"));
    command.args(["--port", "0"]).env("DHCPSIM_LEASES", "memory");
    let serving = Serving::spawn(command);
    let client = env!("CARGO_BIN_EXE_dhcpsim-client");
    let output = Command::new(client).args(["--port", &serving.port, "-q"]).output().unwrap();
    assert_eq!(Some(0), output.status.code());
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("  address"));
}
