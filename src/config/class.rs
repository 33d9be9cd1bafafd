//! Classes of clients and what a message must hold for its client to be in one.

use std::borrow::Cow;

use toml::de::DeValue;

use super::error::{ConfigError, Problem, Spot};
use super::keys::Level;
use super::table::{Item, Reader, Table};
use super::{options, values};
use crate::options::layout::Layout;
use crate::options::{Code, RELAY_AGENT_INFORMATION, TABLE, USER_CLASS, VENDOR_CLASS_IDENTIFIER, nearest};
use crate::server::config::{Class, Comparison, Path, Step, Subject, Test};

impl Reader {
    pub(super) fn classes(&mut self, top: &Table<'_>) -> Vec<Class> {
        let mut classes = Vec::new();
        for table in self.tables(top, "class", Level::Class) {
            let path = Path::default().at(Step::Class(classes.len()));
            self.stands(path.clone(), table.spot());
            self.require(&table, "name", "a name for ranges to call it by");
            let name = self.read(&table, "name", &path, "name", values::text);
            let tests = self.tests(&table, &path);
            let scope = self.scope(&table, &path);
            classes.push(Class {
                name: name.unwrap_or_else(|| format!("class {}", classes.len())),
                tests,
                scope,
            });
        }
        classes
    }

    fn tests(&mut self, table: &Table<'_>, path: &Path) -> Vec<Test> {
        let mut tests = Vec::new();
        let Some(item) = table.get("match") else { return tests };
        let Some(inner) = self.table(Level::Comparison, &item) else { return tests };
        let at = path.at(Step::Field("tests"));
        for item in inner.items() {
            let Some(subject) = subject(item.name) else {
                let problem = Problem::UnknownOption { nearest: nearest(item.name, subjects()) };
                self.fail(item.name_spot(), problem);
                continue;
            };
            for (spot, comparison) in self.comparisons(&item, subject) {
                self.stands(at.at(Step::Item(tests.len())), spot);
                tests.push(Test { subject, comparison });
            }
        }
        tests
    }

    fn comparisons(&mut self, item: &Item<'_>, subject: Subject) -> Vec<(Spot, Comparison)> {
        let DeValue::Table(entries) = item.value else {
            let comparison = match item.value {
                DeValue::Boolean(true) => Some(Comparison::Exists),
                DeValue::Boolean(false) => Some(Comparison::Absent),
                _ => self.equals(item, subject),
            };
            return comparison.map(|comparison| (item.spot(), comparison)).into_iter().collect();
        };
        let table = Table::new(Level::Comparison, &item.key, item.span.clone(), entries);
        self.known(&table);
        let mut found = Vec::new();
        for item in table.items() {
            let comparison = match item.name {
                "equals" => self.equals(&item, subject),
                "starts-with" => self.keep(&item, values::octets(&item)).map(Comparison::StartsWith),
                "contains" => self.keep(&item, values::octets(&item)).map(Comparison::Contains),
                _ => None,
            };
            found.extend(comparison.map(|comparison| (item.spot(), comparison)));
        }
        found
    }

    /// A value by the layout of what it is compared with; text as it stands where that has no structure.
    fn equals(&mut self, item: &Item<'_>, subject: Subject) -> Option<Comparison> {
        let value = match subject {
            Subject::Option(code) if !is_plain(code) => {
                options::octets(code.layout(), item.value).map_err(|error| Problem::Wrong {
                    expected: error.expected,
                    found: error.found,
                    nearest: error.nearest,
                })
            }
            _ => values::octets(item),
        };
        self.keep(item, value).map(Comparison::Equals)
    }

    /// Puts the errors into the order of the file, each place once.
    pub(crate) fn sorted(self) -> Vec<ConfigError> {
        let mut errors = self.errors;
        errors.sort_by_key(|error| (error.spot.span.start, error.spot.span.end));
        errors.dedup();
        errors
    }
}

/// Whether an option is compared with text as it stands: one without structure, and each user class.
pub(super) fn is_plain(code: Code) -> bool {
    code == USER_CLASS.code || matches!(bare(code.layout()), Layout::Octets { .. } | Layout::Text { .. })
}

/// A layout without what only bounds it.
fn bare(layout: &'static Layout) -> &'static Layout {
    match layout {
        Layout::AtLeast(_, inner) => bare(inner),
        _ => layout,
    }
}

/// The name of option 60 that is said more often.
const VENDOR_CLASS: &str = "vendor-class";

/// What a key of `match` names: chaddr, an option, a sub-option of option 82.
fn subject(name: &str) -> Option<Subject> {
    match name {
        "chaddr" => Some(Subject::Chaddr),
        VENDOR_CLASS => Some(Subject::Option(VENDOR_CLASS_IDENTIFIER.code)),
        _ => {
            let relay = relay_names().find(|(_, known)| *known == name).map(|(code, _)| code);
            let number = name.strip_prefix("relay-").and_then(|number| number.parse().ok());
            relay.or(number).map(Subject::Relay).or_else(|| Code::parse(name).map(Subject::Option))
        }
    }
}

/// The key of `match` for what a test looks at.
pub(super) fn subject_name(subject: Subject) -> Cow<'static, str> {
    match subject {
        Subject::Chaddr => Cow::Borrowed("chaddr"),
        Subject::Option(code) => Cow::Owned(code.to_string()),
        Subject::Relay(code) => match relay_names().find(|(known, _)| *known == code) {
            Some((_, name)) => Cow::Borrowed(name),
            None => Cow::Owned(format!("relay-{code}")),
        },
    }
}

fn subjects() -> impl Iterator<Item = &'static str> {
    let own = ["chaddr", VENDOR_CLASS].into_iter();
    own.chain(relay_names().map(|(_, name)| name)).chain(TABLE.iter().map(|row| row.name))
}

/// The sub-options of option 82, unless an option is called the same.
fn relay_names() -> impl Iterator<Item = (u8, &'static str)> {
    let space = match bare(RELAY_AGENT_INFORMATION.code.layout()) {
        Layout::Options(space) => space.rows,
        _ => &[],
    };
    let rows = space.iter().filter(|row| TABLE.iter().all(|option| option.name != row.name));
    rows.map(|row| (row.code, row.name))
}
