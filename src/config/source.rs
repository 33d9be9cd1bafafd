//! The text of a configuration file and places in it.

use core::ops::Range;
use std::sync::Arc;

/// A file's name and text. Cheap to clone: every error has one, to show the lines it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
}

/// Where in a text something stands, for people: both count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A line with a part of it: columns count characters from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line<'t> {
    pub(super) number: usize,
    pub(super) text: &'t str,
    pub(super) part: Range<usize>,
}

impl Source {
    /// A text by the name of its file.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Source {
        Source { name: name.into(), text: text.into() }
    }

    /// The file's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span; empty if there is none.
    pub(super) fn slice(&self, span: &Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    /// Where an octet of the text stands; the end for one behind it.
    #[must_use]
    pub fn position(&self, at: usize) -> Position {
        let before = self.before(at);
        let line = before.matches('\n').count().saturating_add(1);
        let start = before.rfind('\n').map_or(0, |newline| newline.saturating_add(1));
        let column = before.get(start..).unwrap_or_default().chars().count().saturating_add(1);
        Position { line, column }
    }

    /// The line on which a span begins, and what of the span is on it.
    pub(super) fn line(&self, span: &Range<usize>) -> Line<'_> {
        let Position { line: number, column } = self.position(span.start);
        let before = self.before(span.start);
        let start = before.rfind('\n').map_or(0, |newline| newline.saturating_add(1));
        let text = self.text.get(start..).unwrap_or_default().split('\n').next().unwrap_or_default();
        let text = text.strip_suffix('\r').unwrap_or(text);
        let first = column.saturating_sub(1);
        let marked = self.slice(span).split('\n').next().unwrap_or_default().trim_end().chars().count();
        Line { number, text, part: first..first.saturating_add(marked.max(1)) }
    }

    fn before(&self, at: usize) -> &str {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at = at.saturating_sub(1);
        }
        self.text.get(..at).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let source = Source::new("f", "ä = 1\r\nbc = 2\n");
        for (at, want) in [(0, (1, 1)), (2, (1, 2)), (8, (2, 1)), (9, (2, 2)), (99, (3, 1))] {
            let Position { line, column } = source.position(at);
            assert_eq!(want, (line, column), "octet {at}");
        }
        assert_eq!(Line { number: 2, text: "bc = 2", part: 5..6 }, source.line(&(13..14)));
        assert_eq!(Line { number: 1, text: "ä = 1", part: 0..5 }, source.line(&(0..12)));
        assert_eq!(Line { number: 3, text: "", part: 0..1 }, source.line(&(99..99)));
    }
}
