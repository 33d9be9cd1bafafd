//! The table of options: every row keeps its own word, and reads and writes what the RFCs say.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panic")]

use std::collections::BTreeMap;

use dhcpsim::options::layout::Scalar;
use dhcpsim::options::lookup::{Entry, find};
use dhcpsim::options::tree::tree;
use dhcpsim::options::{Layout, TABLE, Value, compose};
use pretty_assertions::assert_eq;
use proptest::collection::vec;
use proptest::prelude::*;

const VECTORS: &str = include_str!("../fixtures/options/vectors.txt");

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().filter(char::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}

struct Vector {
    line: usize,
    entry: Entry,
    octets: Vec<u8>,
    want: Result<&'static str, &'static str>,
}

fn vectors() -> impl Iterator<Item = Vector> {
    let lines = VECTORS.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(index, line)| {
        let mut parts = line.splitn(3, '|').map(str::trim);
        let (name, hex, want) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        Vector {
            line: index + 1,
            entry: find(name).unwrap_or_else(|_| panic!("line {}: {name}", index + 1)),
            octets: octets(hex),
            want: want.strip_prefix("! ").map_or(Ok(want), Err),
        }
    })
}

/// The rows and all their sub-options.
fn entries() -> Vec<Entry> {
    let options = TABLE.iter().map(Entry::of);
    options.flat_map(|entry| [vec![entry.clone()], entry.descendants()].concat()).collect()
}

fn text_of(layout: &Layout, octets: &[u8]) -> String {
    tree(layout, octets).0.map_or(String::new(), |node| node.to_string())
}

#[test]
fn rows_ascend_and_names_are_unique() {
    for pair in TABLE.windows(2) {
        assert!(pair[0].code < pair[1].code, "{} stands before {}", pair[0].name, pair[1].name);
        assert!(!TABLE.iter().any(|row| row.name == pair[0].name && row.code != pair[0].code));
    }
}

#[test]
fn every_code_that_iana_has_assigned_has_a_row() {
    let codes =
        |ranges: &[std::ops::RangeInclusive<u8>]| -> Vec<u8> { ranges.iter().cloned().flatten().collect() };
    let assigned = codes(&[1..=83, 85..=95, 97..=101, 108..=109, 112..=114, 116..=125, 128..=148, 150..=162]);
    let later = codes(&[175..=177, 208..=213, 220..=221, 249..=249, 252..=252]);
    let rows: Vec<u8> = TABLE.iter().map(|row| row.code.0).collect();
    assert_eq!([assigned, later].concat(), rows);
}

#[test]
fn more_than_130_options_are_typed() {
    let typed = TABLE.iter().filter(|row| !matches!(row.layout, Layout::Octets { .. })).count();
    assert!(typed > 130, "{typed}");
}

#[test]
fn every_example_fits_its_layout_and_survives_text() {
    for row in TABLE {
        let octets = octets(row.example);
        let value = Value::read(row.code.layout(), &octets);
        assert!(value.is_ok(), "{}: {value:?}", row.name);
        let (_, error) = tree(&row.layout, &octets);
        assert_eq!(None, error, "{}", row.name);
        let text = text_of(&row.layout, &octets);
        assert_eq!(Ok(octets), compose::from_text(&row.layout, &text), "{}: {text}", row.name);
    }
}

#[test]
fn vectors_read_and_write_both_ways() {
    let mut wrong = Vec::new();
    for Vector { line, entry, octets, want } in vectors() {
        let (node, error) = tree(entry.layout(), &octets);
        let text = node.map_or(String::new(), |node| node.to_string());
        let found = error.map_or(Ok(text.clone()), |error| Err(error.to_string()));
        if found != want.map(str::to_owned).map_err(str::to_owned) {
            wrong.push(format!("line {line}: {entry}\n  want  {want:?}\n  found {found:?}"));
        } else if let Ok(want) = want
            && compose::from_text(entry.layout(), want) != Ok(octets.clone())
        {
            let written = compose::from_text(entry.layout(), want);
            wrong.push(format!(
                "line {line}: {entry} from `{want}`\n  want  {octets:02x?}\n  found {written:02x?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_row_and_sub_option_has_good_and_bad_vectors() {
    let mut seen: BTreeMap<String, (bool, bool)> = BTreeMap::new();
    for vector in vectors() {
        let (good, bad) = seen.entry(vector.entry.codes()).or_default();
        *good |= vector.want.is_ok();
        *bad |= vector.want.is_err();
    }
    for entry in entries() {
        // The sub-options of enterprises are the same in 82.9 as in 125.
        let code = entry.codes().replacen("82.9.", "125.", 1);
        let (good, bad) = seen.get(&code).copied().unwrap_or_default();
        assert!(good, "{entry} ({}) has no good vector", entry.codes());
        let never_wrong = matches!(entry.layout(), Layout::Octets { min: 0 } | Layout::Text { min: 0 });
        assert!(bad || never_wrong, "{entry} ({}) has no bad vector", entry.codes());
    }
}

#[test]
fn values_out_of_bounds_are_not_written() {
    for (name, text, want) in [
        ("router", "10.0.0", "0: expected an IPv4 address, found `10.0.0`"),
        (
            "router",
            "",
            "expected a value within the option's bounds, found one of which octet 0 is not: expected at least 1 item, found none",
        ),
        (
            "netbios-node-type",
            "3",
            "expected a value within the option's bounds, found one of which octet 0 is not: expected 1, 2, 4 or 8, found 3",
        ),
        (
            "netbios-node-type",
            "h-nod",
            "expected a number or one of its registered names, found `h-nod` (did you mean `h-node`?)",
        ),
        ("geoloc", "latitude=300", "latitude: expected a number that fits the field, found `300`"),
        (
            "geoloc",
            "latitude-uncertainty=64",
            "latitude-uncertainty: expected a number that fits the field, found `64`",
        ),
        (
            "relay-agent-information",
            "circuitid=hex:01",
            "expected a sub-option's name or code, found `circuitid` (did you mean `circuit-id`?)",
        ),
        (
            "virtual-subnet-selection",
            "type=global,information=hex:01",
            "expected the fields type, found `information`",
        ),
        (
            "client-machine-identifier",
            "type=uuid,identifier=hex:01",
            "identifier: expected 16 octets, found `1 octets`",
        ),
    ] {
        let error = compose::from_text(find(name).unwrap().layout(), text).unwrap_err();
        assert_eq!(want, error.to_string(), "{name}={text}");
    }
}

/// Octets that are more often almost right than noise.
fn almost(entry: &Entry) -> impl Strategy<Value = Vec<u8>> + use<> {
    let good: Vec<Vec<u8>> = vectors()
        .filter(|vector| vector.entry.codes() == entry.codes() && vector.want.is_ok())
        .map(|vector| vector.octets)
        .collect();
    let good = if good.is_empty() { vec![Vec::new()] } else { good };
    (proptest::sample::select(good), vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 0..3)).prop_map(
        |(mut octets, edits)| {
            for (index, octet, edit) in edits {
                let at = index.index(octets.len() + 1);
                match edit {
                    0 => octets.insert(at, octet),
                    1 if at < octets.len() => octets[at] = octet,
                    _ => octets.truncate(at),
                }
            }
            octets
        },
    )
}

/// What holds for any octets under any layout.
fn law(entry: &Entry, octets: &[u8]) -> Result<(), TestCaseError> {
    let layout = entry.layout();
    let (node, error) = tree(layout, octets);
    if let Some(error) = error {
        prop_assert!(error.at <= octets.len(), "{entry}: {error}");
        return Ok(());
    }
    let text = node.as_ref().map_or(String::new(), ToString::to_string);
    prop_assert!(!text.chars().any(char::is_control), "{entry}: {text:?}");
    let written = compose::from_text(layout, &text);
    prop_assert!(written.is_ok(), "{entry}: `{text}`: {written:?}");
    let written = written.unwrap();
    prop_assert_eq!(&text, &text_of(layout, &written), "{}", entry);
    if !may_be_written_otherwise(layout) {
        prop_assert_eq!(octets, &written[..], "{}: {}", entry, text);
    }
    Ok(())
}

/// Whether two values of the layout can mean the same: names that point elsewhere, bits of a route beyond its prefix.
fn may_be_written_otherwise(layout: &Layout) -> bool {
    match layout {
        Layout::Domains { compressed } => *compressed,
        Layout::Choice(arms) => arms.iter().any(|arm| may_be_written_otherwise(&arm.layout)),
        Layout::Scalar(Scalar::Flag) => false,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_read_without_panic_and_come_back(octets in vec(any::<u8>(), 0..64)) {
        for entry in entries() {
            law(&entry, &octets)?;
        }
    }
}

#[test]
fn almost_right_octets_come_back() {
    for entry in entries() {
        let config = ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() };
        let mut runner = proptest::test_runner::TestRunner::new(config);
        runner.run(&almost(&entry), |octets| law(&entry, &octets)).unwrap();
    }
}
