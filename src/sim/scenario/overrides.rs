//! Values that take the place of those in a scenario's file: `--set population.customers.count=400`.
//!
//! They stand behind the file's text, a line each, so that what is wrong with one is pointed at where it was given.

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::config::Source;
use crate::config::error::{ConfigError, Problem, Spot};
use crate::options::nearest;

/// What a value is called while it is read.
const NAME: &str = "value = ";

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
        let plain = format!("{NAME}{value}");
        let line = match DeTable::parse(&plain).is_ok_and(|table| table.get_ref().len() == 1) {
            true => plain,
            false => format!("{NAME}{}", quoted(value)),
        };
        Override { key: key.to_owned(), line }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Key and value as TOML.
    fn shown(&self) -> String {
        format!("{} = {}", self.key, self.line.strip_prefix(NAME).unwrap_or_default())
    }

    /// Puts the value into a document, wherever the key leads to; it stands at octet `at` of the text.
    fn apply<'d>(&'d self, document: &mut DeTable<'d>, at: usize) -> Result<(), ConfigError> {
        let steps: Vec<&str> = self.key.split('.').collect();
        let parsed = DeTable::parse(&self.line).ok();
        let value = parsed.and_then(|mut table| table.get_mut().remove("value"));
        let Some(value) = value else { return Err(self.wrong(at, Problem::wrong("a value", &self.line))) };
        // The name that it was read by is in the place of the key.
        let value = moved(&value, &|span| span.saturating_add(at + self.key.len() + 3) - NAME.len());
        let place = Place { at: at..at + self.key.len(), value };
        set(document, &steps, &place).map_err(|astray| {
            let found = format!("`{}`", astray.step);
            self.wrong(at, Problem::Wrong { expected: astray.expected, found, nearest: astray.nearest })
        })
    }

    fn wrong(&self, at: usize, problem: Problem) -> ConfigError {
        let spot = Spot { key: self.key.clone(), span: at..at + self.key.len() };
        ConfigError::new(&Source::new("", ""), spot, problem)
    }
}

/// The text of a file with the values behind it that take the place of its own.
pub(super) struct Layered<'o> {
    pub(super) text: String,
    file: Source,
    /// Each with the octet at which it stands.
    lines: Vec<(usize, &'o Override)>,
}

impl<'o> Layered<'o> {
    pub(super) fn new(file: Source, overrides: &'o [Override]) -> Layered<'o> {
        let mut text = file.text().to_owned();
        let mut lines = Vec::new();
        for change in overrides {
            text.push('\n');
            lines.push((text.len(), change));
            text.push_str(&change.shown());
        }
        Layered { text, file, lines }
    }

    /// Puts all values into the file's document.
    pub(super) fn apply(&self, document: &mut DeTable<'o>) -> Result<(), Vec<ConfigError>> {
        let errors = self.lines.iter().filter_map(|(at, change)| change.apply(document, *at).err());
        match self.told(errors.collect()) {
            errors if errors.is_empty() => Ok(()),
            errors => Err(errors),
        }
    }

    /// The same errors, each of the file or of `--set`.
    pub(super) fn told(&self, errors: Vec<ConfigError>) -> Vec<ConfigError> {
        let told = |error: ConfigError| match self.lines.iter().rev().find(|(at, _)| *at <= error.start()) {
            Some((at, change)) => error.of_part(&Source::new("--set", &change.shown()), *at),
            None => error.of_part(&self.file, 0),
        };
        errors.into_iter().map(told).collect()
    }
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace(|char: char| char.is_control(), " "))
}

/// A value whose places are elsewhere.
fn moved<'d>(value: &Spanned<DeValue<'d>>, to: &impl Fn(usize) -> usize) -> Spanned<DeValue<'d>> {
    let span = to(value.span().start)..to(value.span().end);
    let inner = match value.get_ref() {
        DeValue::Array(elements) => {
            let mut array = DeArray::new();
            elements.iter().for_each(|element| array.push(moved(element, to)));
            DeValue::Array(array)
        }
        DeValue::Table(entries) => {
            let mut table = DeTable::new();
            for (key, value) in entries {
                let span = to(key.span().start)..to(key.span().end);
                table.insert(Spanned::new(span, key.get_ref().clone()), moved(value, to));
            }
            DeValue::Table(table)
        }
        plain => plain.clone(),
    };
    Spanned::new(span, inner)
}

/// A value on its way, and where its key stands.
struct Place<'d> {
    at: core::ops::Range<usize>,
    value: Spanned<DeValue<'d>>,
}

/// A step that leads nowhere, and what would have led somewhere.
struct Astray<'d> {
    step: &'d str,
    expected: String,
    nearest: Option<String>,
}

/// Sets a value; tables that there are not yet are made on the way.
fn set<'d>(table: &mut DeTable<'d>, steps: &[&'d str], place: &Place<'d>) -> Result<(), Astray<'d>> {
    let Some((first, rest)) = steps.split_first() else { return Ok(()) };
    let key = || Spanned::new(place.at.clone(), (*first).into());
    if rest.is_empty() {
        match table.get_mut(*first) {
            Some(there) => *there = place.value.clone(),
            None => drop(table.insert(key(), place.value.clone())),
        }
        return Ok(());
    }
    let empty = || Spanned::new(place.at.clone(), DeValue::Table(DeTable::new()));
    if !table.contains_key(*first) {
        table.insert(key(), empty());
    }
    let Some(there) = table.get_mut(*first) else { return Ok(()) };
    // What is neither gives way: `online = "1h"` to `online.exponential`.
    if !matches!(there.get_ref(), DeValue::Table(_) | DeValue::Array(_)) {
        *there = empty();
    }
    match there.get_mut() {
        DeValue::Table(inner) => set(inner, rest, place),
        DeValue::Array(elements) => set_within(elements, first, rest, place),
        _ => Ok(()),
    }
}

/// Sets a value in one of several tables, or in each; `of` is the key that they have.
fn set_within<'d>(
    elements: &mut DeArray<'d>,
    of: &'d str,
    steps: &[&'d str],
    place: &Place<'d>,
) -> Result<(), Astray<'d>> {
    let names: Vec<String> = elements.iter().filter_map(name).collect();
    let step = steps.first().copied().unwrap_or(of);
    let named = names.iter().any(|name| name == step);
    let inner = if named { steps.get(1..).unwrap_or_default() } else { steps };
    let astray = |expected: &str, nearest| Astray { step, expected: expected.to_owned(), nearest };
    if inner.is_empty() {
        return Err(astray("a key after the name", None));
    }
    // A name that is a little wrong; another unknown word is a key, of which the reader knows more.
    let near = nearest(step, names.iter().map(String::as_str));
    if !named && steps.len() > 1 && near.is_some() && !elements.iter().any(|element| has(element, step)) {
        return Err(astray("a name that there is", near));
    }
    let mut result = Err(astray("tables that this is a key of", None));
    for element in elements.iter_mut() {
        let fits = !named || name(element).as_deref() == Some(step);
        if let (DeValue::Table(table), true) = (element.get_mut(), fits) {
            result = set(table, inner, place);
        }
    }
    result
}

fn has(element: &Spanned<DeValue<'_>>, key: &str) -> bool {
    matches!(element.get_ref(), DeValue::Table(table) if table.contains_key(key))
}

fn name(element: &Spanned<DeValue<'_>>) -> Option<String> {
    let DeValue::Table(table) = element.get_ref() else { return None };
    match table.get("name")?.get_ref() {
        DeValue::String(name) => Some(name.to_string()),
        _ => None,
    }
}
