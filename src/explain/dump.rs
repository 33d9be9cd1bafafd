//! Octets in rows of sixteen, and faults pointed at in them as a compiler points at a column.

use std::fmt::{self, Write};

use anstyle::Style;

use super::style::{BOLD, DIM, FAULT, NOTE, WARNING};
use crate::packet::ParseError;
use crate::packet::anomaly::{Anomaly, Severity};

/// Octets of a row.
const ROW: usize = 16;

/// Writes octets in rows of sixteen with their offsets.
///
/// # Errors
///
/// What writing to `f` gives.
pub fn dump(f: &mut dyn Write, octets: &[u8]) -> fmt::Result {
    for (index, row) in octets.chunks(ROW).enumerate() {
        row_of(f, index * ROW, row)?;
    }
    Ok(())
}

fn row_of(f: &mut dyn Write, offset: usize, row: &[u8]) -> fmt::Result {
    write!(f, "  {DIM}{offset:04x} |{DIM:#}")?;
    for octet in row {
        write!(f, " {octet:02x}")?;
    }
    writeln!(f)
}

/// Writes an anomaly: what, where in the octets, why and what to do.
///
/// # Errors
///
/// What writing to `f` gives.
pub fn fault(f: &mut dyn Write, octets: &[u8], anomaly: &Anomaly) -> fmt::Result {
    let kind = anomaly.kind;
    let style = match kind.severity() {
        Severity::Fault => FAULT,
        Severity::Warning => WARNING,
        Severity::Note => NOTE,
    };
    let name = kind.severity().name();
    writeln!(f, "{style}{name}[{}]{style:#}{BOLD}: {anomaly}{BOLD:#}", kind.name())?;
    if !kind.is_absence() {
        writeln!(f, "  {DIM}at octet {} ({:#06x}){DIM:#}", anomaly.offset, anomaly.offset)?;
        pointed(f, octets, anomaly.offset, anomaly.length, style)?;
    }
    writeln!(f, "       {DIM}={DIM:#} {}: {}", anomaly.reference(), kind.advice())
}

/// Writes why octets are no whole message.
pub(super) fn cut(f: &mut dyn Write, octets: &[u8], error: &ParseError) -> fmt::Result {
    writeln!(f, "{FAULT}fault[truncated-header]{FAULT:#}{BOLD}: {error}{BOLD:#}")?;
    writeln!(f, "  {DIM}at octet {} ({:#06x}){DIM:#}", octets.len(), octets.len())?;
    pointed(f, octets, octets.len(), 0, FAULT)?;
    writeln!(f, "       {DIM}={DIM:#} RFC 951 §3: was the capture cut? tcpdump -s0 takes whole packets")
}

/// The row that holds `offset`, and marks under `length` of its octets; a mark behind the last where something is
/// missing.
fn pointed(f: &mut dyn Write, octets: &[u8], offset: usize, length: usize, style: Style) -> fmt::Result {
    // What is missing at the end of a full row is pointed at behind that row.
    let anchor = if length == 0 && offset > 0 { offset - 1 } else { offset };
    let start = anchor / ROW * ROW;
    let row = octets.get(start..octets.len().min(start + ROW)).unwrap_or_default();
    row_of(f, start, row)?;
    let column = offset - start;
    let marked = length.min(row.len().saturating_sub(column)).max(1);
    let more = if length > marked { " …" } else { "" };
    let marks = match length {
        0 => "^".to_owned(),
        _ => "^".repeat(3 * marked - 1),
    };
    writeln!(f, "       {DIM}|{DIM:#}{:indent$}{style}{marks}{more}{style:#}", "", indent = 1 + 3 * column)
}
