//! `docs/server.md` and the tests here name each other.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use pretty_assertions::assert_eq;

/// The tests of this program, by their full names.
fn tests() -> BTreeSet<String> {
    let output = Command::new(std::env::current_exe().unwrap()).arg("--list").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

#[test]
fn every_row_of_the_documentation_is_a_test_and_every_test_a_row() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/server.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with('|') && line.contains("::"));
    let named: BTreeSet<String> = rows
        .flat_map(|row| row.split('`').skip(1).step_by(2).filter(|word| word.contains("::")))
        .map(str::to_owned)
        .collect();
    let mut tests = tests();
    tests.retain(|name| !name.starts_with("documented::"));
    let missing: Vec<_> = named.difference(&tests).collect();
    let unnamed: Vec<_> = tests.difference(&named).collect();
    assert_eq!((Vec::<&String>::new(), Vec::<&String>::new()), (missing, unnamed));
}
