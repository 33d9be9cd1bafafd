//! Values that take the place of those in a scenario's file: `--set population.customers.count=400`.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::Source;
use crate::config::error::{ConfigError, Problem, Spot};
use crate::options::nearest;

/// A key and the value that it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    key: String,
    /// The value as a line of TOML.
    line: String,
}

impl Override {
    /// `key` has dots between levels; for one of several tables the table's name is a level. `value` is TOML, or text
    /// without its quotes.
    #[must_use]
    pub fn new(key: &str, value: &str) -> Override {
        let plain = format!("value = {value}");
        let line = match DeTable::parse(&plain).is_ok_and(|table| table.get_ref().len() == 1) {
            true => plain,
            false => format!("value = {}", quoted(value)),
        };
        Override { key: key.to_owned(), line }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Puts the value into a document, wherever the key leads to.
    pub(super) fn apply<'d>(&'d self, document: &mut DeTable<'d>) -> Result<(), ConfigError> {
        let steps: Vec<&str> = self.key.split('.').collect();
        let parsed = DeTable::parse(&self.line).ok();
        let value = parsed.and_then(|mut table| table.get_mut().remove("value"));
        let Some(value) = value else { return Err(self.wrong("a value", &self.line)) };
        set(document, &steps, &value).map_err(|known| {
            let near = steps.iter().find_map(|step| nearest(step, known.iter().map(String::as_str)));
            let spot = Spot { key: self.key.clone(), span: 0..self.key.len() };
            let problem = Problem::Wrong {
                expected: "keys of the scenario with dots between".to_owned(),
                found: self.key.clone(),
                nearest: near,
            };
            ConfigError::new(&Source::new("--set", &self.key), spot, problem)
        })
    }

    fn wrong(&self, expected: &str, found: &str) -> ConfigError {
        let spot = Spot { key: self.key.clone(), span: 0..self.key.len() };
        ConfigError::new(&Source::new("--set", &self.key), spot, Problem::wrong(expected, found))
    }
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace(|char: char| char.is_control(), " "))
}

/// Sets a value; if the way leads nowhere, the keys or names that would have been right.
fn set<'d>(
    table: &mut DeTable<'d>,
    steps: &[&'d str],
    value: &Spanned<DeValue<'d>>,
) -> Result<(), Vec<String>> {
    let Some((first, rest)) = steps.split_first() else { return Err(Vec::new()) };
    if rest.is_empty() {
        // An error about the value points at what it took the place of.
        let span = table.get(*first).map_or(0..0, Spanned::span);
        table.insert(Spanned::new(0..0, (*first).into()), Spanned::new(span, value.get_ref().clone()));
        return Ok(());
    }
    let known: Vec<String> = table.keys().map(|key| key.get_ref().to_string()).collect();
    let there = table.get_mut(*first).ok_or(known)?;
    match there.get_mut() {
        DeValue::Table(inner) => set(inner, rest, value),
        DeValue::Array(elements) => {
            let names: Vec<String> = elements.iter().filter_map(name).collect();
            let named = rest.first().filter(|step| names.iter().any(|name| name == *step));
            let inner = if named.is_some() { rest.get(1..).unwrap_or_default() } else { rest };
            let mut result = Err(names);
            for element in elements.iter_mut() {
                let fits = named.is_none() || name(element).as_deref() == named.copied();
                if let (DeValue::Table(table), true) = (element.get_mut(), fits) {
                    result = set(table, inner, value);
                }
            }
            result
        }
        _ => Err(Vec::new()),
    }
}

fn name(element: &Spanned<DeValue<'_>>) -> Option<String> {
    let DeValue::Table(table) = element.get_ref() else { return None };
    match table.get("name")?.get_ref() {
        DeValue::String(name) => Some(name.to_string()),
        _ => None,
    }
}
