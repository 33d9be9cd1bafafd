//! Options by their table names, with values in the text form or in TOML's own.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::error::{ConfigError, Problem, Spot};
use super::keys::Level;
use super::table::{Item, Reader, Table, found};
use crate::options::compose::{self, SyntaxError};
use crate::options::text::{self, Input};
use crate::options::{Code, Layout, TABLE, nearest};
use crate::packet::OptionList;
use crate::server::config::{Path, Step};

impl Reader {
    /// The options of a table, in its order.
    pub(super) fn options(&mut self, table: &Table<'_>, path: &Path) -> OptionList {
        let mut options = OptionList::new();
        let Some(item) = table.get("options") else { return options };
        let Some(inner) = self.table(Level::Global, &item) else { return options };
        let mut seen: BTreeMap<Code, Spot> = BTreeMap::new();
        for item in inner.items() {
            let Some(code) = self.code(&item) else { continue };
            if let Some(first) = seen.insert(code, item.name_spot()) {
                let error = ConfigError::new(&self.source, item.name_spot(), Problem::OptionTwice);
                self.errors.push(error.with(Some(first)));
                continue;
            }
            self.stands(path.at(Step::Option(code)), item.name_spot());
            match octets(code.layout(), item.value) {
                Ok(octets) => {
                    options.push_octets(code, &octets);
                }
                Err(error) => self.syntax(&item, error),
            }
        }
        options
    }

    /// The option that a key names.
    fn code(&mut self, item: &Item<'_>) -> Option<Code> {
        let code = Code::parse(item.name);
        if code.is_none() {
            let nearest = nearest(item.name, TABLE.iter().map(|row| row.name));
            self.fail(item.name_spot(), Problem::UnknownOption { nearest });
        }
        code
    }

    fn syntax(&mut self, item: &Item<'_>, error: SyntaxError) {
        let dot = if error.path.is_empty() { "" } else { "." };
        let spot = Spot { key: format!("{}{dot}{}", item.key, error.path), ..place(item, &error.path) };
        let SyntaxError { expected, found, nearest, .. } = error;
        self.fail(spot, Problem::Wrong { expected, found, nearest });
    }
}

/// Where in an array the part of a value stands whose path begins with a number.
fn place(item: &Item<'_>, path: &str) -> Spot {
    let index = path.split('.').next().and_then(|index| index.parse::<usize>().ok());
    let parts = item.list();
    let part = index.filter(|_| matches!(item.value, DeValue::Array(_))).and_then(|index| parts.get(index));
    part.unwrap_or(item).spot()
}

/// The octets of a value.
pub(super) fn octets(layout: &Layout, value: &DeValue<'_>) -> Result<Vec<u8>, SyntaxError> {
    match value {
        DeValue::String(text) => match text.strip_prefix("hex:") {
            Some(digits) => compose::from_text(layout, &format!("raw:{digits}")),
            None => compose::from_text(layout, text),
        },
        DeValue::Datetime(_) => Err(SyntaxError {
            path: String::new(),
            expected: "a value in quotes".to_owned(),
            found: found(value),
            nearest: None,
        }),
        _ => compose::from_input(layout, &input(value)),
    }
}

/// A value as its layout reads it.
fn input(value: &DeValue<'_>) -> Input {
    match value {
        DeValue::String(text) => inner(text),
        DeValue::Integer(number) => {
            let decimal = i128::from_str_radix(number.as_str(), number.radix());
            Input::Word(decimal.map_or_else(|_| number.to_string(), |number| number.to_string()))
        }
        DeValue::Float(number) => Input::Word(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Input::Word(flag.to_string()),
        DeValue::Datetime(time) => Input::Word(time.to_string()),
        DeValue::Array(array) => {
            Input::Group(array.iter().map(|item| (None, input(item.get_ref()))).collect())
        }
        DeValue::Table(table) => {
            let mut fields: Vec<_> = table.iter().collect();
            fields.sort_by_key(|(name, _)| name.span().start);
            let field = |(name, value): &(&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
                let name: &std::borrow::Cow<'_, str> = name.get_ref();
                (Some(name.to_string()), input(value.get_ref()))
            };
            Input::Group(fields.iter().map(field).collect())
        }
    }
}

/// A string within an array or a table: quotes and brackets in it mean what they mean in the text form.
fn inner(text: &str) -> Input {
    let structured = text.starts_with(['"', '[', '{']);
    match structured.then(|| text::parse(text)) {
        Some(Ok(items)) => match items.as_slice() {
            [(None, item)] => item.clone(),
            _ => Input::Group(items),
        },
        _ => Input::Word(text.to_owned()),
    }
}
