//! Configuration files: the good ones and what they come to, the broken ones and what is said of them.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dhcpsim::config::{self, ConfigError, Loaded, keys};
use pretty_assertions::assert_eq;
use support::{files, golden, root};

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// A file by the name that it has from the project's root, so that goldens are the same everywhere.
fn load(path: &Path) -> Result<Loaded, Vec<ConfigError>> {
    let name = path.strip_prefix(root()).unwrap();
    Loaded::from_octets(name.to_str().unwrap(), &fs::read(path).unwrap())
}

fn good(path: &Path) -> Loaded {
    load(path).unwrap_or_else(|errors| panic!("{}", plain(&config::pictures(&errors))))
}

#[test]
fn broken_files_are_refused_and_every_fault_is_pointed_at() {
    let found = files("fixtures/config/broken", "toml");
    assert!(found.len() >= 31, "{} broken configurations", found.len());
    for path in found {
        let errors = load(&path).expect_err(&path.display().to_string());
        let lines: String = errors.iter().map(|error| format!("{error}\n")).collect();
        for error in &errors {
            let place = error.position().unwrap();
            assert!(place.line > 0 && place.column > 0, "{error}");
        }
        let shown = format!("{}\n{lines}", plain(&config::pictures(&errors)));
        golden(path.strip_prefix(root()).unwrap().with_extension("txt"), &shown);
    }
}

#[test]
fn good_files_come_to_what_was_reviewed_and_that_comes_to_itself() {
    let mut found = files("fixtures/config/good", "toml");
    found.push(root().join("docs/server.toml"));
    for path in found {
        let loaded = good(&path);
        let shown = loaded.to_string();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        golden(format!("fixtures/config/good/{stem}.effective"), &shown);
        let again = Loaded::from_str("effective", &shown)
            .unwrap_or_else(|errors| panic!("{}\n{shown}", plain(&config::pictures(&errors))));
        assert_eq!(loaded, again, "{}", path.display());
    }
}

fn names(value: &toml::de::DeValue<'_>, found: &mut BTreeSet<String>) {
    match value {
        toml::de::DeValue::Table(table) => table.iter().for_each(|(name, value)| {
            found.insert(name.get_ref().to_string());
            names(value.get_ref(), found);
        }),
        toml::de::DeValue::Array(array) => array.iter().for_each(|value| names(value.get_ref(), found)),
        _ => {}
    }
}

proptest::proptest! {
    /// Whatever is done to a file, it is read or refused, each error can be drawn, and nothing raw is shown.
    #[test]
    fn no_file_panics_or_reaches_a_terminal_raw(
        cuts in proptest::collection::vec((0.0..1.0f64, 0usize..40, proptest::collection::vec(0u8..=255, 0..6)), 1..4),
        example: bool,
    ) {
        let path = if example { "docs/server.toml" } else { "fixtures/config/good/levels.toml" };
        let mut octets = fs::read(root().join(path)).unwrap();
        for (place, length, put) in cuts {
            let at = (place * octets.len() as f64) as usize;
            let end = octets.len().min(at + length);
            octets.splice(at..end, put);
        }
        if let Err(errors) = Loaded::from_octets("noise", &octets) {
            assert!(!errors.is_empty());
            let shown = plain(&config::pictures(&errors));
            assert!(shown.chars().all(|char| char == '\n' || !char.is_control()), "{shown}");
            for error in errors {
                assert!(!error.to_string().chars().any(char::is_control), "{error}");
            }
        }
    }
}

/// `docs/configuration.md` holds the keys as they are declared, between two comments.
#[test]
fn the_page_has_every_key() {
    const BEGIN: &str = "<!-- keys -->\n";
    const END: &str = "<!-- end of keys -->\n";
    let page = fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    golden("docs/configuration.md", &format!("{before}{BEGIN}{}{END}{after}", keys::markdown()));
}

#[test]
fn the_example_teaches_every_key() {
    let mut found = BTreeSet::new();
    let (document, _) = toml::de::DeTable::parse_recoverable(config::EXAMPLE);
    names(&toml::de::DeValue::Table(document.into_inner()), &mut found);
    // What excludes another key stands in a comment: `# listen = …`.
    found.extend(config::EXAMPLE.lines().filter_map(|line| {
        let (name, _) = line.strip_prefix("# ")?.split_once(" = ")?;
        Some(name.to_owned()).filter(|name| !name.contains(' '))
    }));
    let missing: Vec<&str> =
        keys::KEYS.iter().map(|key| key.name).filter(|name| !found.contains(*name)).collect();
    assert_eq!(Vec::<&str>::new(), missing);
    assert_eq!(fs::read_to_string(root().join("docs/server.toml")).unwrap(), config::EXAMPLE);
}
