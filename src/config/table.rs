//! Reading tables: every fault is kept, and where everything stands is remembered.

use core::ops::Range;
use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Problem, Spot, shown};
use super::keys::{self, Level};
use super::source::Source;
use crate::options::nearest;
use crate::server::config::{Path, Step};

/// The kinds of tables that a file has, and their keys.
pub(crate) trait Levels: Copy {
    /// Its keys.
    fn keys(self) -> Vec<&'static str>;

    /// Another kind that has a key of this name.
    fn elsewhere(self, name: &str) -> Option<&'static str>;
}

impl Levels for Level {
    fn keys(self) -> Vec<&'static str> {
        keys::at(self).map(|key| key.name).collect()
    }

    fn elsewhere(self, name: &str) -> Option<&'static str> {
        keys::elsewhere(name, self).map(Level::name)
    }
}

/// A table of the file.
#[derive(Clone, Debug)]
pub(crate) struct Table<'d, L = Level> {
    pub(crate) level: L,
    /// Its keys from the top, with dots between; empty for the top itself.
    pub(crate) key: String,
    pub(crate) span: Range<usize>,
    entries: &'d DeTable<'d>,
}

/// A value and its key.
#[derive(Clone, Debug)]
pub(crate) struct Item<'d> {
    /// The keys from the top, with dots between.
    pub(crate) key: String,
    /// The last key alone.
    pub(crate) name: &'d str,
    pub(crate) name_span: Range<usize>,
    pub(crate) span: Range<usize>,
    pub(crate) value: &'d DeValue<'d>,
}

impl<'d, L: Levels> Table<'d, L> {
    pub(crate) fn new(level: L, key: &str, span: Range<usize>, entries: &'d DeTable<'d>) -> Table<'d, L> {
        Table { level, key: key.to_owned(), span, entries }
    }

    pub(crate) fn spot(&self) -> Spot {
        Spot { key: self.key.clone(), span: self.span.clone() }
    }

    /// A value, if it is there.
    pub(crate) fn get(&self, name: &str) -> Option<Item<'d>> {
        let (name, value) = self.entries.get_key_value(name)?;
        Some(self.item(name, value))
    }

    fn item(
        &self,
        name: &'d Spanned<std::borrow::Cow<'d, str>>,
        value: &'d Spanned<DeValue<'d>>,
    ) -> Item<'d> {
        let dot = if self.key.is_empty() { "" } else { "." };
        Item {
            key: format!("{}{dot}{}", self.key, name.get_ref()),
            name: name.get_ref(),
            name_span: name.span(),
            span: value.span(),
            value: value.get_ref(),
        }
    }

    /// All values in the order of the file.
    pub(crate) fn items(&self) -> Vec<Item<'d>> {
        let mut items: Vec<Item<'d>> =
            self.entries.iter().map(|(name, value)| self.item(name, value)).collect();
        items.sort_by_key(|item| item.name_span.start);
        items
    }
}

impl<'d> Item<'d> {
    pub(crate) fn spot(&self) -> Spot {
        Spot { key: self.key.clone(), span: self.span.clone() }
    }

    /// The key's own place.
    pub(crate) fn name_spot(&self) -> Spot {
        Spot { key: self.key.clone(), span: self.name_span.clone() }
    }

    /// The values of an array; a lone value is an array of one.
    pub(crate) fn list(&self) -> Vec<Item<'d>> {
        match self.value {
            DeValue::Array(array) => array
                .iter()
                .map(|value| Item { span: value.span(), value: value.get_ref(), ..self.clone() })
                .collect(),
            _ => vec![self.clone()],
        }
    }

    pub(crate) fn text(&self) -> Option<&'d str> {
        match self.value {
            DeValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// That it is not what it must be.
    pub(crate) fn wrong(&self, expected: impl Into<String>) -> Problem {
        Problem::wrong(expected, found(self.value))
    }

    /// As [`Item::wrong`], where a name was expected.
    pub(crate) fn wrong_name<'n>(
        &self,
        expected: impl Into<String>,
        names: impl Iterator<Item = &'n str>,
    ) -> Problem {
        let nearest = self.text().and_then(|text| nearest(text, names));
        Problem::Wrong { expected: expected.into(), found: found(self.value), nearest }
    }
}

/// A value as an error tells it.
pub(crate) fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => shown(text),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(time) => format!("the date {time}"),
        DeValue::Array(array) => match array.len() {
            1 => "an array of 1 value".to_owned(),
            count => format!("an array of {count} values"),
        },
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// Reads a file: keeps what is wrong, and where the parts of the model stand.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) source: Source,
    pub(crate) errors: Vec<ConfigError>,
    spots: BTreeMap<Path, Spot>,
}

impl Reader {
    pub(crate) fn new(source: Source) -> Reader {
        Reader { source, errors: Vec::new(), spots: BTreeMap::new() }
    }

    pub(crate) fn fail(&mut self, spot: Spot, problem: Problem) {
        self.errors.push(ConfigError::new(&self.source, spot, problem));
    }

    /// Refuses two keys of which only one may be there; `name` is the first one's.
    pub(crate) fn both(&mut self, first: &Item<'_>, second: &Item<'_>, name: &'static str) {
        let error = ConfigError::new(&self.source, second.name_spot(), Problem::Both { other: name });
        self.errors.push(error.with(Some(first.name_spot())));
    }

    /// Keeps that `problem` is wrong with an item, unless nothing is.
    pub(crate) fn keep<T>(&mut self, item: &Item<'_>, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.fail(item.spot(), problem)).ok()
    }

    /// Says that what stands at `path` of the model stands at `spot` of the file.
    pub(crate) fn stands(&mut self, path: Path, spot: Spot) {
        self.spots.insert(path, spot);
    }

    /// Where what stands at `path` of the model stands in the file, or the nearest that it is in.
    pub(crate) fn find(&self, path: &Path) -> Option<&Spot> {
        let mut steps = path.0.clone();
        loop {
            match self.spots.get(&Path(steps.clone())) {
                Some(spot) => return Some(spot),
                None => steps.pop()?,
            };
        }
    }

    /// Refuses keys that the table's level does not have.
    pub(crate) fn known<L: Levels>(&mut self, table: &Table<'_, L>) {
        let known = table.level.keys();
        for item in table.items() {
            if known.contains(&item.name) {
                continue;
            }
            let elsewhere = table.level.elsewhere(item.name);
            let near = nearest(item.name, known.iter().copied()).filter(|_| elsewhere.is_none());
            let problem = Problem::UnknownKey { nearest: near, known: known.clone(), elsewhere };
            self.fail(item.name_spot(), problem);
        }
    }

    /// Reads a value, if it is there and right, and remembers where it stands.
    pub(crate) fn read<'d, T>(
        &mut self,
        table: &Table<'d>,
        name: &str,
        path: &Path,
        field: &'static str,
        parse: impl FnOnce(&Item<'d>) -> Result<T, Problem>,
    ) -> Option<T> {
        let item = table.get(name)?;
        self.stands(path.at(Step::Field(field)), item.spot());
        let result = parse(&item);
        self.keep(&item, result)
    }

    /// As [`Reader::read`], for what is not in the model.
    pub(crate) fn take<'d, T, L: Levels>(
        &mut self,
        table: &Table<'d, L>,
        name: &str,
        parse: impl FnOnce(&Item<'d>) -> Result<T, Problem>,
    ) -> Option<T> {
        let item = table.get(name)?;
        let result = parse(&item);
        self.keep(&item, result)
    }

    /// As [`Reader::take`], for a key that must be there.
    pub(crate) fn require<'d, L: Levels>(
        &mut self,
        table: &Table<'d, L>,
        name: &str,
        what: &'static str,
    ) -> Option<Item<'d>> {
        let found = table.get(name);
        if found.is_none() {
            let key = if table.key.is_empty() { name.to_owned() } else { format!("{}.{name}", table.key) };
            self.fail(Spot { key, span: table.span.clone() }, Problem::Missing(what));
        }
        found
    }

    /// A table, if the item is one.
    pub(crate) fn table<'d, L: Levels>(&mut self, level: L, item: &Item<'d>) -> Option<Table<'d, L>> {
        match item.value {
            DeValue::Table(entries) => Some(Table::new(level, &item.key, item.span.clone(), entries)),
            _ => {
                self.fail(item.spot(), item.wrong("a table"));
                None
            }
        }
    }

    /// The tables of an array, whose keys are known.
    pub(crate) fn tables<'d, L: Levels>(
        &mut self,
        table: &Table<'d, L>,
        name: &str,
        level: L,
    ) -> Vec<Table<'d, L>> {
        let Some(item) = table.get(name) else { return Vec::new() };
        let tables: Vec<Table<'d, L>> = match item.value {
            DeValue::Array(_) => item.list().iter().filter_map(|item| self.table(level, item)).collect(),
            _ => {
                let problem = item.wrong(format!("tables: [[{}]]", item.key));
                self.fail(item.name_spot(), problem);
                Vec::new()
            }
        };
        tables.iter().for_each(|table| self.known(table));
        tables
    }
}
