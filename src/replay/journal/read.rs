//! A journal line by line, in constant memory.

use core::fmt;
use std::io::{self, BufRead, Read};

use super::{Entry, FORMAT};
use crate::options::text::Escaped;

/// The longest line in octets: four times what a datagram's takes.
pub const MAX_LINE: u64 = 1 << 20;
/// The most of a line that an error shows, in octets.
const MAX_SHOWN: usize = 60;

/// A journal that is being read.
#[derive(Debug)]
pub struct Journal<R> {
    input: R,
    line: Vec<u8>,
    number: u64,
    at: u64,
    cut: bool,
    ended: bool,
}

/// What prevents a journal from being read.
#[derive(Debug)]
pub enum JournalError {
    /// The input fails.
    Io(io::Error),
    /// A line is longer than [`MAX_LINE`].
    TooLong(u64),
    /// A line is no entry.
    Wrong {
        /// Its number, from 1.
        line: u64,
        /// Why.
        why: String,
        /// How it begins.
        found: Vec<u8>,
    },
    /// The time of a line is before that of an earlier one.
    Back {
        /// Its number.
        line: u64,
        /// By how many microseconds.
        by: u64,
    },
    /// A line that can't stand where it does.
    Misplaced {
        /// Its number.
        line: u64,
        /// Why.
        why: &'static str,
    },
    /// A later version's.
    Format(u32),
    /// Nothing in it.
    Empty,
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JournalError::Io(error) => error.fmt(f),
            JournalError::TooLong(line) => write!(f, "line {line}: longer than {MAX_LINE} octets"),
            JournalError::Wrong { line, why, found } => {
                write!(f, "line {line}: {}, in `{}", Escaped(why.as_bytes()), Escaped(found))?;
                f.write_str(if found.len() < MAX_SHOWN { "`" } else { "…`" })
            }
            JournalError::Back { line, by } => write!(f, "line {line}: the time goes back by {by} µs"),
            JournalError::Misplaced { line, why } => write!(f, "line {line}: {why}"),
            JournalError::Format(format) => {
                write!(f, "line 1: format {format} is a later version's, this one reads {FORMAT}")
            }
            JournalError::Empty => f.write_str("there is no line in it"),
        }
    }
}

impl core::error::Error for JournalError {}

impl<R: BufRead> Journal<R> {
    /// A journal from its first line on.
    #[must_use]
    pub fn new(input: R) -> Journal<R> {
        Journal { input, line: Vec::new(), number: 0, at: 0, cut: false, ended: false }
    }

    /// The next line with its number; none at the end. A last line without its end was cut off, and is left out; the first
    /// must be whole, as nothing else tells a journal from any other file.
    ///
    /// # Errors
    ///
    /// [`JournalError`]; the lines before are good.
    pub fn next_entry(&mut self) -> Result<Option<(u64, Entry)>, JournalError> {
        self.line.clear();
        let mut limited = self.input.by_ref().take(MAX_LINE);
        let read = limited.read_until(b'\n', &mut self.line).map_err(JournalError::Io)?;
        self.number = self.number.saturating_add(1);
        if read == 0 {
            return if self.number == 1 { Err(JournalError::Empty) } else { Ok(None) };
        }
        let Some(text) = self.line.strip_suffix(b"\n") else {
            if u64::try_from(read).is_ok_and(|read| read >= MAX_LINE) {
                return Err(JournalError::TooLong(self.number));
            }
            if self.number == 1 {
                let why = "a journal begins with a whole `recording` line".to_owned();
                return Err(wrong(self.number, why, &self.line));
            }
            self.cut = true;
            return Ok(None);
        };
        let line = self.number;
        let entry: Entry = serde_json::from_slice(text).map_err(|error| wrong(line, said(&error), text))?;
        self.check(&entry)?;
        Ok(Some((line, entry)))
    }

    fn check(&mut self, entry: &Entry) -> Result<(), JournalError> {
        let line = self.number;
        match (line, entry) {
            (1, Entry::Recording { format, .. }) if *format > FORMAT => {
                return Err(JournalError::Format(*format));
            }
            (1, Entry::Recording { .. }) => {}
            (1, _) => return Err(JournalError::Misplaced { line, why: "a journal begins with `recording`" }),
            (_, Entry::Recording { .. }) => {
                return Err(JournalError::Misplaced { line, why: "`recording` is the first line alone" });
            }
            _ if self.ended => {
                return Err(JournalError::Misplaced { line, why: "nothing stands behind `end`" });
            }
            _ => {}
        }
        self.ended = matches!(entry, Entry::End { .. });
        if let Some(at) = entry.at() {
            if at < self.at {
                return Err(JournalError::Back { line, by: self.at.saturating_sub(at) });
            }
            self.at = at;
        }
        Ok(())
    }

    /// Whether the last line was cut off.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Whether the server that was recorded ended in order.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended
    }
}

fn wrong(line: u64, why: String, text: &[u8]) -> JournalError {
    JournalError::Wrong { line, why, found: text.get(..MAX_SHOWN).unwrap_or(text).to_vec() }
}

/// What the parser says, with the column; its line is that of a document of one line.
fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((what, _)) => format!("column {}: {what}", error.column()),
        None => text,
    }
}
