//! The table of options: every row keeps its own word.

use dhcpsim::options::tree::tree;
use dhcpsim::options::{Layout, TABLE, Value, compose};
use pretty_assertions::assert_eq;

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().filter(char::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}

#[test]
fn rows_ascend_and_names_are_unique() {
    for pair in TABLE.windows(2) {
        assert!(pair[0].code < pair[1].code, "{} stands before {}", pair[0].name, pair[1].name);
        assert!(!TABLE.iter().any(|row| row.name == pair[0].name && row.code != pair[0].code));
    }
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
        let (node, error) = tree(&row.layout, &octets);
        assert_eq!(None, error, "{}", row.name);
        let text = node.map_or(String::new(), |node| node.to_string());
        assert_eq!(Ok(octets), compose::from_text(&row.layout, &text), "{}: {text}", row.name);
    }
}
