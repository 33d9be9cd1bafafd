//! `docs/reliability.md` says which tests hold which property: each of them is there.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

/// The names in the rows of the properties: `file` or `file::function`.
fn named(page: &str) -> Vec<(String, Vec<String>)> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| P")?.split_once(':'));
    rows.map(|(number, row)| {
        let spans = row.split('`').skip(1).step_by(2).filter(|word| word.contains('/'));
        (number.to_owned(), spans.map(str::to_owned).collect())
    })
    .collect()
}

/// What is wrong with a name.
fn fault(root: &Path, name: &str) -> Option<String> {
    let (file, function) =
        name.split_once("::").map_or((name, None), |(file, function)| (file, Some(function)));
    let Ok(text) = fs::read_to_string(root.join(file)) else { return Some(format!("no file {file}")) };
    let there = function.is_none_or(|function| text.contains(&format!("fn {function}(")));
    (!there).then(|| format!("no function of that name: {name}"))
}

#[test]
fn every_test_that_is_named_for_a_property_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = named(&fs::read_to_string(root.join("docs/reliability.md")).unwrap());
    let numbers: Vec<_> = named.iter().map(|(number, _)| number.clone()).collect();
    assert_eq!((1..=12).map(|number| number.to_string()).collect::<Vec<_>>(), numbers);
    for (number, tests) in &named {
        assert!(!tests.is_empty(), "nothing holds P{number}");
        let faults: Vec<_> = tests.iter().filter_map(|name| fault(root, name)).collect();
        assert_eq!(Vec::<String>::new(), faults, "P{number}");
    }
}

#[test]
fn a_name_of_nothing_is_a_fault() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert_eq!(None, fault(root, "tests/properties.rs::fault"));
    assert!(fault(root, "tests/properties.rs::nobody").is_some());
    assert!(fault(root, "tests/nobody.rs").is_some());
}
