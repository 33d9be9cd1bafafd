//! `dhcpsim server` with configuration files: the start and `--check` refuse alike, flags win, files serve.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use dhcpsim::config::Loaded;
use pretty_assertions::{assert_eq, assert_str_eq};
use support::{files, golden, root};

const SUBNET: &str = "[[subnet]]\nsubnet = \"192.0.2.0/24\"\nranges = \"192.0.2.100-192.0.2.199\"\n";

/// Exit code, stdout and stderr of `dhcpsim server`, run in the project's root.
fn server(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_dhcpsim"))
        .arg("server")
        .args(args)
        .current_dir(root())
        .env_remove("DHCPSIM_CONFIG")
        .env_remove("DHCPSIM_LEASES")
        .env_remove("CLICOLOR_FORCE")
        .env("STATE_DIRECTORY", std::env::temp_dir().join("no-such-folder"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// What `--check` and the start say of a file, which must be the same.
fn refused(path: &str) -> (Option<i32>, String) {
    let (code, out, said) = server(&["--check", path]);
    assert_eq!("", out, "{path}");
    assert_eq!((code, String::new(), said.clone()), server(&["--config", path]), "{path}");
    (code, said)
}

fn written(folder: &Path, text: &str) -> String {
    let path = folder.join("server.toml");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_start_and_check_refuse_every_broken_file_alike() {
    for path in files("fixtures/config/broken", "toml") {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
        let (code, said) = refused(name);
        let want = fs::read_to_string(path.with_extension("txt")).unwrap();
        assert!(want.starts_with(&said), "{name}:\n{said}");
        assert_eq!(Some(3), code, "{name}");
    }
}

#[test]
fn files_that_cannot_be_read_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.toml");
    for (path, want) in [
        (missing.to_str().unwrap(), "cannot read the configuration: No such file or directory (os error 2)"),
        (folder.path().to_str().unwrap(), "cannot read the configuration: it is a directory"),
    ] {
        let (code, said) = refused(path);
        let first = format!("error: {want}\n --> {path}\n");
        assert!(said.starts_with(&first), "{said}");
        assert_eq!(Some(3), code, "{path}");
    }
}

#[test]
fn what_the_machine_does_not_have_is_refused_in_the_same_words() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("event");
    fs::write(&script, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o644)).unwrap();
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let metrics = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let held = TcpListener::bind(metrics).unwrap();
    let free = "listen = \"127.0.0.1:0\"\n";
    for (keys, want) in [
        (format!("listen = \"127.0.0.1:{port}\"\n"), format!("port {port} on 127.0.0.1 is taken")),
        ("interfaces = \"nosuch0\"\n".to_owned(), "no interface is named nosuch0".to_owned()),
        ("listen = \"192.0.2.1:6767\"\n".to_owned(), "no interface here has address 192.0.2.1".to_owned()),
        (format!("{free}script = {script:?}\n"), format!("script {} is not executable", script.display())),
        (
            format!("{free}script = \"/nosuch\"\n"),
            "script /nosuch: No such file or directory (os error 2)".to_owned(),
        ),
        (format!("{free}metrics = \"{metrics}\"\n"), format!("cannot give metrics on {metrics}: ")),
        (
            format!(
                "{free}[[network]]\ninterface = \"lo0\"\n[[network.subnet]]\nsubnet = \"198.51.100.0/24\"\n"
            ),
            "no interface is named lo0\n  help: did you mean lo?".to_owned(),
        ),
    ] {
        let (code, said) = refused(&written(folder.path(), &format!("{keys}{SUBNET}")));
        assert!(said.starts_with(&format!("error: {want}")), "{keys}:\n{said}");
        assert_eq!(Some(5), code, "{keys}");
    }
    drop((taken, held));
}

/// As somebody without privileges, which only root can become; others have none anyway.
#[test]
fn missing_privileges_are_refused_in_the_same_words() {
    let floor = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap();
    let root_here = fs::metadata("/proc/self").unwrap().uid() == 0;
    if floor.trim().parse::<u16>().unwrap() <= 67 {
        return eprintln!("skipped: anybody may have port 67 here");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let path = written(folder.path(), &format!("listen = \"127.0.0.1:67\"\n{SUBNET}"));
    let said = |flag: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim"));
        command
            .args(["server", flag, &path])
            .env("DHCPSIM_LEASES", "memory")
            .env_remove("DHCPSIM_CONFIG")
            .env_remove("CLICOLOR_FORCE");
        if root_here {
            command.uid(65534).gid(65534);
        }
        let output = command.output().ok()?;
        Some((output.status.code(), String::from_utf8(output.stderr).unwrap()))
    };
    let Some((code, text)) = said("--check") else { return eprintln!("skipped: nobody may not run it") };
    assert!(text.starts_with("error: permission denied on port 67\n  help: "), "{text}");
    assert_eq!(Some(5), code);
    assert_eq!(Some((code, text)), said("--config"));
}

#[test]
fn a_file_serves_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let text = format!(
        "listen = \"127.0.0.1:{port}\"\n[[class]]\nname = \"all\"\noptions = {{ domain-name = \"class.example\" }}\n\
         {SUBNET}[[subnet.reservation]]\nchaddr = \"02:00:00:00:00:07\"\naddress = \"192.0.2.77\"\n\
         lease-time = \"5m\"\noptions = {{ host-name = \"printer\" }}\n"
    );
    let mut serving = Command::new(env!("CARGO_BIN_EXE_dhcpsim"))
        .args(["server", "--config", &written(folder.path(), &text)])
        .env("DHCPSIM_LEASES", "memory")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_dhcpsim"))
        .args(["client", "--port", &port, "--chaddr", "02:00:00:00:00:07"])
        .output()
        .unwrap();
    serving.kill().unwrap();
    serving.wait().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    for want in ["192.0.2.77/24", "5 min", "\"class.example\"", "\"printer\""] {
        assert!(shown.contains(want), "{want}:\n{shown}");
    }
}

#[test]
fn check_says_in_a_line_what_would_be_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), &format!("listen = \"127.0.0.1:0\"\n{SUBNET}"));
    let want = "1 network, 1 subnet, 100 addresses, 0 reservations, 0 classes on 127.0.0.1:0";
    let said = server(&["--check", &path]);
    assert_eq!((Some(0), format!("{path}: good: {want}\n"), String::new()), said);
}

#[test]
fn flags_win_over_the_file() {
    let file = "fixtures/config/good/levels.toml";
    let flags = [
        "--listen=127.0.0.1:6800",
        "--lease-time=10m",
        "--router=none",
        "--dns=192.0.2.7",
        "--server-id=192.0.2.5",
        "--no-probe",
    ];
    let (code, out, said) = server(&[&["--config", file, "--print-config"], flags.as_slice()].concat());
    assert_eq!((Some(0), ""), (code, said.as_str()));
    golden("fixtures/config/good/levels.flags", &out);
    let (_, out, _) = server(&["-c", file, "--print-config", "--pool=198.51.100.7-198.51.100.9"]);
    let config = Loaded::from_str("printed", &out).unwrap().config;
    let ranges: Vec<_> = config.ranges().map(|range| (range.first.octets()[3], range.size())).collect();
    assert_eq!(vec![(7, 3)], ranges);
}

#[test]
fn what_is_printed_reads_back() {
    let (code, example, _) = server(&["--print-example"]);
    assert_eq!(Some(0), code);
    assert_str_eq!(fs::read_to_string(root().join("docs/server.toml")).unwrap(), example);
    let (code, printed, _) = server(&["--print-config"]);
    assert_eq!(Some(0), code);
    let loaded = Loaded::from_str("printed", &printed).unwrap();
    assert_eq!(printed, loaded.to_string());
}
