//! Figure 5 as data: each row is driven by the test that it names, and `docs/client.md` shows it.

use std::fs;

use dhcpsim::client::{TRANSITIONS, mermaid, table};
use dhcpsim::endpoint::State;

use super::alone::MOVES;
use super::support;
use super::{acquire, force_renew, inform, keep, leave, reboot};

#[test]
fn every_row_is_driven_by_the_test_that_it_names() {
    let modules = [
        ("acquire", acquire::TESTS),
        ("reboot", reboot::TESTS),
        ("keep", keep::TESTS),
        ("force_renew", force_renew::TESTS),
        ("leave", leave::TESTS),
        ("inform", inform::TESTS),
    ];
    for row in TRANSITIONS {
        let (module, name) = row.test.split_once("::").unwrap();
        let tests = modules.iter().find(|(found, _)| *found == module).map(|(_, tests)| tests);
        let test = tests.and_then(|tests| tests.iter().find(|(found, _)| *found == name));
        let (_, test) = test.unwrap_or_else(|| panic!("there is no test {}", row.test));
        MOVES.with_borrow_mut(std::collections::BTreeSet::clear);
        test();
        let driven = MOVES.with_borrow(|moves| moves.iter().any(|moved| row.is(*moved)));
        assert!(driven, "{} does not drive {row:?}", row.test);
    }
}

#[test]
fn every_state_is_entered_and_every_row_stands_once() {
    for state in State::ALL {
        assert!(TRANSITIONS.iter().any(|row| row.to == state), "nothing leads to {state}");
    }
    for (number, row) in TRANSITIONS.iter().enumerate() {
        let same = |other: &&dhcpsim::client::Transition| {
            (other.from, other.on, other.to) == (row.from, row.on, row.to)
        };
        assert_eq!(1, TRANSITIONS.iter().filter(same).count(), "row {number}: {row:?}");
    }
}

#[test]
fn the_page_shows_the_figure_and_the_table_of_the_code() {
    let path = support::root().join("docs/client.md");
    let page = fs::read_to_string(&path).unwrap();
    let figure = format!("```mermaid\n{}```\n", mermaid());
    let page = between(&page, "figure 5", &figure);
    let page = between(&page, "transitions", &table());
    support::golden("docs/client.md", &page);
}

/// The page with what stands between two comments replaced.
fn between(page: &str, name: &str, text: &str) -> String {
    let (start, end) = (format!("<!-- generated: {name} -->\n"), format!("<!-- end: {name} -->\n"));
    let (before, rest) = page.split_once(&start).unwrap_or_else(|| panic!("no {start}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end}"));
    format!("{before}{start}\n{text}\n{end}{after}")
}
