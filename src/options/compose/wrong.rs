//! What is said of a text that is no value.

use super::SyntaxError;
use crate::options::text::{self, Escaped, Input};

pub(super) fn wrong(expected: &str, found: &str) -> SyntaxError {
    let found = match found {
        "" => "nothing".to_owned(),
        found => format!("`{}`", Escaped(found.get(..60).unwrap_or(found).as_bytes())),
    };
    SyntaxError { path: String::new(), expected: expected.to_owned(), found, nearest: None }
}

pub(super) fn wrong_input(expected: &str, found: &Input) -> SyntaxError {
    match found {
        Input::Word(word) => wrong(expected, word),
        Input::Quoted(text) => wrong(expected, &text::Quoted(text).to_string()),
        Input::Group(items) if items.is_empty() => wrong(expected, ""),
        Input::Group(items) => SyntaxError {
            found: match items.len() {
                1 => "a group of 1 item".to_owned(),
                count => format!("a group of {count} items"),
            },
            ..wrong(expected, "")
        },
    }
}

pub(super) trait Within<T> {
    /// Puts the field's name before the path of the error.
    fn within(self, field: &str) -> Result<T, SyntaxError>;
}

impl<T> Within<T> for Result<T, SyntaxError> {
    fn within(self, field: &str) -> Result<T, SyntaxError> {
        self.map_err(|error| SyntaxError {
            path: match (field, error.path.as_str()) {
                ("", path) => path.to_owned(),
                (field, "") => field.to_owned(),
                (field, path) => format!("{field}.{path}"),
            },
            ..error
        })
    }
}

pub(super) fn word(input: &Input, expected: &str) -> Result<String, SyntaxError> {
    match input {
        Input::Word(word) => Ok(word.clone()),
        Input::Quoted(text) => {
            String::from_utf8(text.clone()).map_err(|_| wrong(expected, &text::Quoted(text).to_string()))
        }
        Input::Group(items) => match items.as_slice() {
            [(None, item @ (Input::Word(_) | Input::Quoted(_)))] => word(item, expected),
            _ => Err(wrong_input(expected, input)),
        },
    }
}
