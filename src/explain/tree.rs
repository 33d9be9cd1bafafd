//! The annotated tree: octets on the left, what they say on the right.

use std::fmt::{self, Write};

use super::dump::fault;
use super::lines::{Line, lines};
use super::style::{BOLD, DIM, NAME};
use super::summary::headline;
use crate::packet::anomaly::Anomaly;
use crate::packet::{FIELDS, Packet};

/// How much is told of each line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What it says.
    Plain,
    /// Also what it means, where that is defined and which rule it obeys or breaks.
    Explained,
}

/// Octets shown of a line.
const SHOWN: usize = 8;
/// Columns that these octets take.
const OCTETS_WIDTH: usize = SHOWN * 3 + 1;
/// Columns of codes and names.
const NAME_WIDTH: usize = 28;

/// Writes a message as an annotated tree, its anomalies pointed at below.
///
/// # Errors
///
/// What writing to `f` gives.
pub fn tree(f: &mut dyn Write, packet: &Packet<'_>, anomalies: &[Anomaly], depth: Depth) -> fmt::Result {
    writeln!(f, "{BOLD}{}{BOLD:#}", headline(packet))?;
    writeln!(f)?;
    for line in lines(packet) {
        line_of(f, packet.octets(), &line)?;
        if depth == Depth::Explained {
            meaning(f, &line)?;
        }
    }
    for anomaly in anomalies {
        writeln!(f)?;
        fault(f, packet.octets(), anomaly)?;
    }
    Ok(())
}

/// Writes what there is of a message that is shorter than its header.
///
/// # Errors
///
/// What writing to `f` gives.
pub fn short(f: &mut dyn Write, octets: &[u8]) -> fmt::Result {
    let error = crate::packet::ParseError { found: octets.len() };
    writeln!(f, "{BOLD}not a whole message{BOLD:#}  {} octets", octets.len())?;
    writeln!(f)?;
    for field in FIELDS.iter().filter(|field| field.offset < octets.len()) {
        let end = field.range().end.min(octets.len());
        let whole = field.range().end <= octets.len();
        let line = Line {
            span: field.offset..end,
            depth: 0,
            code: None,
            name: field.name.to_owned(),
            words: if whole { String::new() } else { "cut short".to_owned() },
            dim: false,
            meaning: None,
        };
        line_of(f, octets, &line)?;
    }
    writeln!(f)?;
    super::dump::cut(f, octets, &error)
}

fn line_of(f: &mut dyn Write, octets: &[u8], line: &Line) -> fmt::Result {
    let octets = octets.get(line.span.clone()).unwrap_or_default();
    let name_style = if line.dim { DIM } else { NAME };
    let words_style = if line.dim { DIM } else { anstyle::Style::new() };
    write!(f, "  {DIM}{:04x}{DIM:#}  ", line.span.start)?;
    let mut shown = String::new();
    for octet in octets.iter().take(SHOWN) {
        write!(shown, "{octet:02x} ")?;
    }
    if octets.len() > SHOWN {
        shown.push('…');
    }
    write!(f, "{shown:<OCTETS_WIDTH$}  {:indent$}", "", indent = 2 * line.depth)?;
    let width = NAME_WIDTH.saturating_sub(2 * line.depth);
    let label = match line.code {
        Some(code) => format!("{code:>3} {}", line.name),
        None => line.name.clone(),
    };
    match line.words.as_str() {
        "" => writeln!(f, "{name_style}{label}{name_style:#}"),
        words => writeln!(f, "{name_style}{label:<width$}{name_style:#} {words_style}{words}{words_style:#}"),
    }
}

fn meaning(f: &mut dyn Write, line: &Line) -> fmt::Result {
    let Some((meaning, reference, rule)) = &line.meaning else { return Ok(()) };
    let indent = 8 + OCTETS_WIDTH + 2;
    write!(f, "{:indent$}{DIM}{meaning}", "")?;
    if let Some(reference) = reference {
        write!(f, " ({reference})")?;
    }
    writeln!(f, "{DIM:#}")?;
    match rule {
        Some(rule) => writeln!(f, "{:indent$}{DIM}rule {rule}{DIM:#}", ""),
        None => Ok(()),
    }
}
