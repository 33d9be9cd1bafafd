//! The commands as a user runs them: what each misuse and each odd input is answered with.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::io::Write;
use std::process::{Command, Stdio};

use pretty_assertions::assert_eq;

fn run(program: &str, args: &[&str], stdin: &[u8]) -> (i32, String, String) {
    let mut child = Command::new(program)
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments may be gone before it reads.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let output = child.wait_with_output().unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn dhcpsim(args: &[&str], stdin: &[u8]) -> (i32, String, String) {
    run(env!("CARGO_BIN_EXE_dhcpsim"), args, stdin)
}

fn encoded(args: &[&str]) -> String {
    let (code, out, error) = dhcpsim(&[&["encode"], args].concat(), b"");
    assert_eq!(0, code, "{error}");
    out.trim().to_owned()
}

#[test]
fn a_whole_message_can_be_given_as_an_argument() {
    let hex = encoded(&["discover", "--xid", "7"]);
    let (code, out, error) = dhcpsim(&["decode", "--summary", &hex], b"");
    assert_eq!((0, ""), (code, error.as_str()));
    assert!(out.contains("xid 00000007"), "{out}");
}

#[test]
fn hex_in_python_bytes_is_hex() {
    let literal = format!("b'{}'\n", encoded(&["discover", "--xid", "7"]));
    let (code, out, _) = dhcpsim(&["decode", "--summary"], literal.as_bytes());
    assert_eq!(0, code);
    assert!(out.contains("xid 00000007"), "{out}");
}

#[test]
fn json_is_sent_to_encode() {
    let (code, _, error) = dhcpsim(&["decode"], b"{\"schema\":\"dhcpsim.decode/1\"}");
    assert_eq!(3, code);
    assert!(error.contains("`encode` reads"), "{error}");
}

#[test]
fn a_changed_document_gives_what_it_says_or_an_error() {
    let hex = encoded(&["offer", "--yiaddr", "192.0.2.100", "--option", "51=1h"]);
    let (_, json, _) = dhcpsim(&["decode", "--json", &hex], b"");
    assert!(json.contains("\"value\":3600"), "{json}");
    for (from, to, want) in [
        ("yiaddr", "yaddr", "fields: `yaddr` is no key here (did you mean `yiaddr`?)"),
        ("\"options\":[", "\"optionz\":[", "`optionz` is no key here (did you mean `options`?)"),
        ("\"value\":3600", "\"value\":60", "`hex` and `value` say different things"),
        ("\"text\":\"3600\"", "\"text\":\"60\"", "`hex` and `text` say different things"),
        (
            "ip-address-lease-time",
            "ip-address-lease-tim",
            "is no option (did you mean `ip-address-lease-time`?)",
        ),
        (
            "\"name\":\"ip-address-lease-time\"",
            "\"name\":\"router\"",
            "`code` and `name` say different things",
        ),
        ("dhcpsim.decode/1", "dhcpsim.decode/2", "schema: expected"),
        (
            "\"area\":\"options\"",
            "\"area\":\"option\"",
            "options[0].area: `option` is no key here (did you mean `options`?)",
        ),
        ("\"op\":2,", "", "fields.op: expected 1 for a request, 2 for a reply"),
    ] {
        let (code, _, error) = dhcpsim(&["encode"], json.replacen(from, to, 1).as_bytes());
        assert_eq!(3, code, "{from} → {to}");
        assert!(error.contains(want), "{error}");
    }
    let without_hex = json.replace("\"hex\":\"00000e10\",\"value\":3600,\"text\":\"3600\"", "\"value\":60");
    let (code, out, error) = dhcpsim(&["encode"], without_hex.as_bytes());
    assert_eq!(0, code, "{error}");
    assert!(out.contains("33040000003c"), "{out}");
    assert_eq!(3, dhcpsim(&["encode"], b"{}").0);
    assert_eq!(3, dhcpsim(&["encode"], b"# nothing\n").0);
}

#[test]
fn what_encode_can_not_mean_is_refused() {
    for (args, want) in [
        (&["encode", "x.json", "--xid", "5"][..], "--xid goes with a message to build"),
        (&["encode", "discover", "-O", "53=offer"], "dhcp-message-type can't be set here"),
        (&["encode", "discover", "-O", "255=raw:00"], "can't be set here"),
        (&["encode", "discover", "--htype", "ethernt"], "did you mean `ethernet`?"),
        (&["encode", "discover", "-O", "host-nam=x"], "did you mean `host-name`?"),
    ] {
        let (code, _, error) = dhcpsim(args, b"");
        assert_eq!(2, code, "{args:?}");
        assert!(error.contains(want), "{args:?}: {error}");
    }
}

#[test]
fn a_malformed_value_names_the_section_of_its_option() {
    let hex = encoded(&["ack", "-O", "121=raw:21010101"]);
    let (_, json, _) = dhcpsim(&["decode", "--json", &hex], b"");
    assert!(
        json.contains("\"kind\":\"malformed-value\"") && json.contains("\"reference\":\"RFC 3442\""),
        "{json}"
    );
}

#[test]
fn values_of_vendor_options_come_back_without_hex() {
    let hex = encoded(&["discover", "-O", "43=raw:01056b632d7631ff"]);
    let (_, json, _) = dhcpsim(&["decode", "--json", &hex], b"");
    let start = json.find("\"hex\":\"01056b632d7631ff\",").unwrap();
    let text = json[start..].find(",\"text\"").unwrap() + start;
    let end = json[text..].find('}').unwrap() + text;
    let value_only = format!("{}{}{}", &json[..start], &json[start + 25..text], &json[end..]);
    let (code, out, error) = dhcpsim(&["encode"], value_only.as_bytes());
    assert_eq!(0, code, "{error} {value_only}");
    assert_eq!(hex, out.trim());
}

#[test]
fn no_argument_reaches_a_terminal_raw() {
    let evil = "\x1b[31mX\x07";
    for args in [
        &["decode", "--from", evil][..],
        &["decode", evil],
        &["encode", evil],
        &["encode", "discover", "-o", "/nonexistent/\x1b[31mX"],
        &["options", evil],
        &["server", "--pool", evil],
        &["server", "--capture", "/nonexistent/\x1b[31mX"],
        &["client", "--chaddr", evil],
        &["demo", "--capture", "/nonexistent/\x1b[31mX"],
        &[evil],
    ] {
        let (code, out, error) = dhcpsim(&[args, &["--color", "always"]].concat(), b"");
        assert_ne!(0, code, "{args:?}");
        assert!(!error.contains("\x1b[31mX") && !error.contains('\x07'), "{args:?}: {error:?}");
        assert_eq!("", out, "{args:?}");
    }
}

#[test]
fn programs_of_one_command_are_that_command() {
    for (program, usage) in [
        (env!("CARGO_BIN_EXE_dhcpsim-server"), "Usage: dhcpsim-server [OPTIONS]"),
        (env!("CARGO_BIN_EXE_dhcpsim-client"), "Usage: dhcpsim-client [OPTIONS]"),
    ] {
        let (code, out, _) = run(program, &["--help"], b"");
        assert_eq!(0, code);
        assert!(out.contains(usage), "{out}");
        assert_eq!(0, run(program, &["--version"], b"").0);
    }
}

#[test]
fn a_cut_capture_is_a_fault_of_the_capture() {
    let path = "../shared/corpus/pcap/56-snaplen-300-truncated.pcap";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if !path.exists() {
        let _ = writeln!(std::io::stderr(), "skipped: there is no {}", path.display());
        return;
    }
    let (code, out, _) = dhcpsim(&["decode", "--summary", path.to_str().unwrap()], b"");
    assert_eq!(1, code);
    assert!(out.contains("cut-by-capture"), "{out}");
}
