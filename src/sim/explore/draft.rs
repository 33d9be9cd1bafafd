//! A scenario before it is read: a tree of values that can be made, cut and written down as the file that says it.

use core::fmt::{self, Write as _};
use core::time::Duration;

use toml::{Table, Value};

use super::judge::Held;
use crate::config::keys as config;
use crate::sim::scenario::keys;

/// A scenario's file as a tree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft(pub(super) Table);

impl Draft {
    /// Of a scenario's text; none if it is no TOML.
    #[must_use]
    pub fn parse(text: &str) -> Option<Draft> {
        text.parse().ok().map(Draft)
    }

    /// How many tables of a kind there are: events, populations.
    #[must_use]
    pub fn count(&self, kind: &str) -> usize {
        self.0.get(kind).and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// With `[expect]` as what is held of it ([`Held`]); as it is if it has faults.
    #[must_use]
    pub fn expecting(mut self) -> Draft {
        self.0.remove("expect");
        if let Ok(scenario) = super::read(&self) {
            let held = Held::of(&scenario).expectations();
            let held: Table =
                held.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect();
            self.0.insert("expect".to_owned(), held.into());
        }
        self
    }

    /// How many customers its populations have, those without number left out.
    #[must_use]
    pub fn customers(&self) -> u64 {
        let populations = self.0.get("population").and_then(Value::as_array);
        let count = |population: &Value| population.get("count").and_then(Value::as_integer);
        let counts = populations.into_iter().flatten().filter_map(count);
        counts.filter_map(|count| u64::try_from(count).ok()).sum()
    }
}

/// The file: keys in the order in which they are declared, tables in brackets where a reader looks for them.
impl fmt::Display for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        table(&mut text, "", &self.0);
        f.write_str(text.trim_start())
    }
}

/// Writes what a table holds; `path` is its name with those of the tables around it.
fn table(text: &mut String, path: &str, of: &Table) {
    let (blocks, lines): (Vec<_>, Vec<_>) =
        sorted(of).into_iter().partition(|(key, value)| block(path, key, value));
    for (key, value) in lines {
        text.push_str(&format!("{} = ", name(key)));
        inline(text, value);
        text.push('\n');
    }
    for (key, value) in blocks {
        let path = if path.is_empty() { name(key) } else { format!("{path}.{}", name(key)) };
        match value {
            Value::Table(inner) => {
                text.push_str(&format!("\n[{path}]\n"));
                table(text, &path, inner);
            }
            Value::Array(elements) => {
                for element in elements.iter().filter_map(Value::as_table) {
                    text.push_str(&format!("\n[[{path}]]\n"));
                    table(text, &path, element);
                }
            }
            _ => {}
        }
    }
}

/// Whether a value has lines of its own: tables at the top, and what a server serves.
fn block(path: &str, key: &str, value: &Value) -> bool {
    let tables = match value {
        Value::Table(_) => true,
        Value::Array(elements) => !elements.is_empty() && elements.iter().all(Value::is_table),
        _ => false,
    };
    tables && (path.is_empty() || (key == "config" && value.is_table()))
}

/// A value in a line.
fn inline(text: &mut String, value: &Value) {
    match value {
        Value::String(inner) => text.push_str(&quoted(inner)),
        Value::Integer(number) => text.push_str(&number.to_string()),
        // With a point or an exponent, by which it is read as what it is.
        Value::Float(number) => text.push_str(&format!("{number:?}")),
        Value::Boolean(flag) => text.push_str(&flag.to_string()),
        Value::Datetime(time) => text.push_str(&time.to_string()),
        Value::Array(elements) => {
            text.push('[');
            for (number, element) in elements.iter().enumerate() {
                text.push_str(if number == 0 { "" } else { ", " });
                inline(text, element);
            }
            text.push(']');
        }
        Value::Table(inner) => {
            text.push('{');
            for (number, (key, value)) in sorted(inner).into_iter().enumerate() {
                text.push_str(if number == 0 { " " } else { ", " });
                text.push_str(&format!("{} = ", name(key)));
                inline(text, value);
            }
            text.push_str(if inner.is_empty() { "}" } else { " }" });
        }
    }
}

/// The keys of a table as they are declared: what something is called and when it happens first.
fn sorted(table: &Table) -> Vec<(&String, &Value)> {
    let mut all: Vec<_> = table.iter().collect();
    let first = ["name", "at", "every"];
    let declared = || keys::KEYS.iter().map(|key| key.name).chain(config::KEYS.iter().map(|key| key.name));
    all.sort_by_key(|(key, _)| {
        first.iter().copied().chain(declared()).position(|name| name == key.as_str()).unwrap_or(usize::MAX)
    });
    all
}

/// A key, in quotes where it must be.
fn name(key: &str) -> String {
    let bare = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            char if char.is_control() => {
                // Writing to a string can't fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(char));
            }
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

/// A time as a scenario has it: `1h30m`, `250ms`, `7us`.
pub(super) fn time(time: Duration) -> String {
    let micros = time.as_micros();
    if !micros.is_multiple_of(1000) {
        return format!("{micros}us");
    }
    if !micros.is_multiple_of(1_000_000) {
        return format!("{}ms", micros / 1000);
    }
    let mut rest = time.as_secs();
    let mut text = String::new();
    for (unit, seconds) in [("d", 86_400), ("h", 3600), ("m", 60)] {
        if rest >= seconds {
            text.push_str(&format!("{}{unit}", rest / seconds));
            rest %= seconds;
        }
    }
    if rest > 0 || text.is_empty() {
        text.push_str(&format!("{rest}s"));
    }
    text
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::sim::scenario::READY;

    #[test]
    fn what_is_written_reads_back_as_itself() {
        for ready in READY {
            let draft = Draft::parse(ready.text).unwrap();
            assert_eq!(Some(&draft), Draft::parse(&draft.to_string()).as_ref(), "{}", ready.name);
        }
        let odd = Draft::parse("\"a b\" = \"\\u0001 \\\\ \\\"\"\nlist = [[1, 2.0], [{ a = {} }]]").unwrap();
        assert_eq!(Some(&odd), Draft::parse(&odd.to_string()).as_ref());
    }

    #[test]
    fn times_are_as_people_write_them() {
        for (micros, want) in
            [(0, "0s"), (7, "7us"), (250_000, "250ms"), (90_000_000, "1m30s"), (90_000_000_000, "1d1h")]
        {
            assert_eq!(want, time(Duration::from_micros(micros)));
        }
    }
}
