//! `docs/options.md` and what `dhcpsim options` prints, both made from the table.

#![cfg(feature = "workbench")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panic")]

mod support;

use std::process::{Command, Output};

use dhcpsim::options::lookup::{Entry, find};
use dhcpsim::options::{TABLE, compose, describe, walk};
use pretty_assertions::assert_eq;

use support::golden;

fn entries() -> Vec<Entry> {
    let options = TABLE.iter().map(Entry::of);
    options.flat_map(|entry| [vec![entry.clone()], entry.descendants()].concat()).collect()
}

fn options(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim"));
    command.arg("options").args(arguments).output().unwrap()
}

fn stdout(arguments: &[&str]) -> String {
    String::from_utf8(options(arguments).stdout).unwrap()
}

#[test]
fn the_document_is_current() {
    golden("docs/options.md", &describe::markdown());
}

#[test]
fn pages_are_as_reviewed() {
    golden("fixtures/options/list.txt", &stdout(&[]));
    for page in ["6", "53", "80", "82", "121", "123", "162", "220.2", "221", "82.7.1"] {
        golden(format!("fixtures/options/{page}.txt"), &stdout(&[page]));
    }
}

#[test]
fn every_example_fits_and_its_argument_says_the_same() {
    for entry in entries() {
        let example = describe::example(&entry);
        assert_eq!(Ok(()), walk::walk(entry.layout(), &example.octets, &mut ()), "{entry}");
        let written = compose::from_text(entry.layout(), &example.text);
        assert_eq!(Ok(example.octets), written, "{entry}: {}", example.text);
        if let Some(argument) = example.argument {
            let (name, value) = argument.split_once('=').unwrap();
            assert!(compose::from_text(find(name).unwrap().layout(), value).is_ok(), "{entry}: {argument}");
        }
    }
}

#[test]
fn every_entry_is_found_by_names_and_by_codes_and_fits_a_terminal() {
    for entry in entries() {
        assert_eq!(entry.codes(), find(&entry.to_string()).unwrap().codes());
        assert_eq!(entry.codes(), find(&entry.to_string().to_uppercase()).unwrap().codes());
        assert_eq!(entry.to_string(), find(&entry.codes()).unwrap().to_string());
        for (_, picture) in describe::pictures(&entry) {
            for line in picture.lines().filter(|line| !line.contains('└')) {
                assert!(line.chars().count() <= 78, "{entry}: {line}");
            }
        }
    }
}

#[test]
fn codes_without_a_row_are_told() {
    for (name, want) in [
        ("0", "0 is the pad"),
        ("PAD", "0 is the pad"),
        ("end", "255 is the end"),
        ("84", "84 is not assigned"),
        ("96", "96 is not assigned"),
        ("107", "107 is not assigned"),
        ("149", "149 is not assigned"),
        ("224", "224 is kept for private use"),
        ("254", "254 is kept for private use"),
    ] {
        let output = options(&[name]);
        assert!(String::from_utf8(output.stdout).unwrap().starts_with(want), "{name}");
        assert_eq!(Some(0), output.status.code(), "{name}");
    }
}

#[test]
fn wrong_names_get_the_nearest_right_one_and_exit_code_2() {
    for (name, want) in [
        ("roter", "there is no option `roter`\n  help: did you mean `router`?\n"),
        (
            "256",
            "there is no option `256`\n  help: `dhcpsim options --search 256` looks for a part of a name\n",
        ),
        (
            "82.circuitid",
            "relay-agent-information has no sub-option `circuitid`\n  help: did you mean `circuit-id`?\n",
        ),
        ("6.1", "domain-name-server has no sub-option `1`\n  help: `dhcpsim options` lists all\n"),
        (
            "\u{1b}[31m",
            "there is no option `\\x1b[31m`\n  help: `dhcpsim options --search \\x1b[31m` looks for a part of a name\n",
        ),
    ] {
        let output = options(&[name]);
        assert_eq!(format!("error: {want}"), String::from_utf8(output.stderr).unwrap());
        assert_eq!((Some(2), 0), (output.status.code(), output.stdout.len()), "{name}");
    }
}

#[test]
fn search_finds_names_meanings_and_sub_options() {
    let found = stdout(&["--search", "DNS"]);
    for name in ["domain-name-server", "client-fqdn", "encrypted-dns", "dns  "] {
        assert!(found.contains(name), "{name} in\n{found}");
    }
    let nothing = options(&["--search", "zzz"]);
    assert_eq!((Some(1), 0), (nothing.status.code(), nothing.stdout.len()));
}

#[test]
fn json_is_one_object_a_line() {
    let lines = stdout(&["--json"]);
    assert_eq!(TABLE.len(), lines.lines().count());
    let both = stdout(&["--json", "121", "82.1", "96"]);
    let objects: Vec<serde_json::Value> =
        both.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(3, objects.len());
    assert_eq!("dhcpsim.options/1", objects[0]["schema"]);
    assert_eq!(121, objects[0]["code"]);
    assert_eq!("10.0.0.0/8 via 192.0.2.2,0.0.0.0/0 via 192.0.2.1", objects[0]["example"]["text"]);
    assert_eq!("82.1", objects[1]["path"]);
    assert!(objects[2]["name"].is_null());
}
