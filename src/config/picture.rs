//! Errors as a compiler shows them: the lines they are about, with what is wrong pointed at.

use std::fmt::{self, Write};

use anstyle::{AnsiColor, Color, Style};

use super::error::{ConfigError, Spot};
use super::source::{Line, Position};
use crate::options::text::Escaped;

const FAULT: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Red))).bold();
const FRAME: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Blue))).bold();
const BOLD: Style = Style::new().bold();
/// Characters of a line that are shown.
const WIDTH: usize = 160;
/// Characters that are shown before what is pointed at, where a line is longer.
const BEFORE: usize = 40;

/// A part of a line to point at.
struct Mark<'t> {
    line: Line<'t>,
    sign: &'static str,
    style: Style,
    label: String,
}

impl ConfigError {
    /// What is wrong as a compiler shows it, in several lines with colours (`anstream` takes them out where there is
    /// no terminal). Safe to print.
    #[must_use]
    pub fn picture(&self) -> String {
        let mut out = String::new();
        // Writing to a string can't fail.
        let _ = self.draw(&mut out);
        out
    }

    fn draw(&self, f: &mut impl Write) -> fmt::Result {
        writeln!(f, "{FAULT}error{FAULT:#}{BOLD}: {}{BOLD:#}", self.message())?;
        let file = Escaped(self.file().as_bytes());
        let Some(Position { line, column }) = self.position() else {
            writeln!(f, " {FRAME}-->{FRAME:#} {file}")?;
            return self.advice(f, 1);
        };
        let mark =
            |spot: &Spot, sign, style, label| Mark { line: self.source.line(&spot.span), sign, style, label };
        let mut marks = vec![mark(&self.spot, "^", FAULT, self.problem().label())];
        if let Some(other) = &self.other {
            marks.push(mark(other, "-", FRAME, self.problem().other_label().to_owned()));
        }
        marks.sort_by_key(|mark| (mark.line.number, mark.line.part.start));
        let gutter = marks.iter().map(|mark| mark.line.number.to_string().len()).max().unwrap_or(1);
        writeln!(f, "{:gutter$}{FRAME}-->{FRAME:#} {file}:{line}:{column}", "")?;
        writeln!(f, "{:gutter$} {FRAME}|{FRAME:#}", "")?;
        let mut above: Option<usize> = None;
        for mark in &marks {
            mark.draw(f, gutter, above)?;
            above = Some(mark.line.number);
        }
        self.advice(f, gutter)
    }

    fn advice(&self, f: &mut impl Write, gutter: usize) -> fmt::Result {
        match self.help() {
            Some(help) => {
                writeln!(f, "{:gutter$} {FRAME}={FRAME:#} {BOLD}help{BOLD:#}: {help}", "")
            }
            None => Ok(()),
        }
    }
}

impl Mark<'_> {
    /// The line, unless it stands above already, and the mark under it.
    fn draw(&self, f: &mut impl Write, gutter: usize, above: Option<usize>) -> fmt::Result {
        let Line { number, text, part } = &self.line;
        // A long line is shown from a little before what is pointed at.
        let start = if part.end > WIDTH { part.start.saturating_sub(BEFORE) } else { 0 };
        let shown: Vec<String> = text.chars().skip(start).take(WIDTH).map(plain).collect();
        let (left, right) = (
            if start > 0 { "…" } else { "" },
            if text.chars().count() > start.saturating_add(WIDTH) { "…" } else { "" },
        );
        if above != Some(*number) {
            if above.is_some_and(|above| above.saturating_add(1) < *number) {
                writeln!(f, "{FRAME}...{FRAME:#}")?;
            }
            writeln!(f, "{FRAME}{number:>gutter$} |{FRAME:#} {left}{}{right}", shown.concat())?;
        }
        let width = |from: usize, to: usize| {
            let range = shown.iter().skip(from).take(to.saturating_sub(from));
            range.map(|char| char.chars().count()).sum::<usize>()
        };
        let (first, last) = (part.start.saturating_sub(start), part.end.saturating_sub(start));
        let indent = width(0, first).saturating_add(left.chars().count());
        let signs = self.sign.repeat(width(first, last).max(1));
        let (style, label) = (self.style, &self.label);
        writeln!(f, "{:gutter$} {FRAME}|{FRAME:#} {:indent$}{style}{signs} {label}{style:#}", "", "")
    }
}

/// A character as it may be shown.
fn plain(char: char) -> String {
    match char {
        '\t' => "    ".to_owned(),
        '"' | '\\' => char.to_string(),
        other => Escaped(other.encode_utf8(&mut [0; 4]).as_bytes()).to_string(),
    }
}

/// All errors as a compiler shows them, with an empty line between them and their number below.
#[must_use]
pub fn pictures(errors: &[ConfigError]) -> String {
    let mut out = String::new();
    for error in errors {
        out.push_str(&error.picture());
        out.push('\n');
    }
    let (count, s) = (errors.len(), if errors.len() == 1 { "" } else { "s" });
    out.push_str(&format!("{FAULT}error{FAULT:#}{BOLD}: {count} fault{s} in the configuration{BOLD:#}\n"));
    out
}
