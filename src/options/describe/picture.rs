//! Forms drawn as boxes in a row, the octet each begins at above, the octets it takes below.

use super::cells::{Cell, Extent, Form};

/// The widest that a picture may be.
const WIDTH: usize = 78;

/// A box: what it says, where it begins, how much it takes.
struct Drawn {
    offset: String,
    label: String,
    extent: String,
    width: usize,
    /// Whether it can be of any size: then its right side is open.
    open: bool,
}

/// Draws a form behind the octets `head`, which stand before every value: code and length.
#[must_use]
pub fn draw(head: &[Cell], form: &Form) -> String {
    let boxes = boxes(head, form);
    let mut rows = String::new();
    let mut first = 0;
    while first < boxes.len() {
        let end = row_end(&boxes, first);
        let row = boxes.get(first..end).unwrap_or_default();
        if first > 0 {
            rows.push('\n');
        }
        rows.push_str(&draw_row(row));
        for brace in &form.braces {
            let (start, stop) = (brace.first + head.len(), brace.end + head.len());
            if let Some(line) = brace_line(&boxes, first..end, start..stop, &brace.says) {
                rows.push_str(&line);
            }
        }
        first = end;
    }
    rows
}

fn boxes(head: &[Cell], form: &Form) -> Vec<Drawn> {
    let mut at = Some(0);
    let mut boxes = Vec::new();
    for (index, cell) in head.iter().chain(&form.cells).enumerate() {
        let offset = at.map_or("…".to_owned(), |bits: usize| match bits % 8 {
            0 => (bits / 8).to_string(),
            bit => format!("{}.{bit}", bits / 8),
        });
        let fixed = cell.holds.bytes().all(|digit| digit.is_ascii_digit()) && !cell.holds.is_empty();
        let label = match (index < head.len(), fixed) {
            (true, _) => cell.holds.clone(),
            (false, true) => format!("{} {}", cell.name, cell.holds),
            (false, false) => cell.name.clone(),
        };
        let extent = cell.extent.short();
        let width = 2 + [&offset, &label, &extent].iter().map(|text| text.chars().count()).max().unwrap_or(0);
        let open = matches!(cell.extent, Extent::AtLeast(_) | Extent::Between(..));
        boxes.push(Drawn { offset, label, extent, width, open });
        at = match cell.extent {
            Extent::Octets(octets) => at.map(|at| at + 8 * octets),
            Extent::Bits(bits) => at.map(|at| at + bits),
            Extent::AtLeast(_) | Extent::Between(..) => None,
        };
        // What repeats has its offset the first time only.
        if form.braces.iter().any(|brace| brace.end + head.len() == index + 1) {
            at = None;
        }
    }
    boxes
}

/// The box after the last that fits into a row with box `first`.
fn row_end(boxes: &[Drawn], first: usize) -> usize {
    let mut width = 1;
    let mut end = first;
    for drawn in boxes.iter().skip(first) {
        width += drawn.width + 1;
        if width > WIDTH && end > first {
            break;
        }
        end += 1;
    }
    end
}

fn draw_row(row: &[Drawn]) -> String {
    let [mut offsets, mut top, mut middle, mut bottom, mut extents] =
        [" ", "┌", "│", "└", " "].map(str::to_owned);
    for (index, drawn) in row.iter().enumerate() {
        let last = index + 1 == row.len();
        let dash = if drawn.open { "╌" } else { "─" };
        let line = dash.repeat(drawn.width);
        offsets.push_str(&format!(" {:<1$}", drawn.offset, drawn.width));
        top.push_str(&format!("{line}{}", if last { "┐" } else { "┬" }));
        middle.push_str(&format!("{:^1$}│", drawn.label, drawn.width));
        bottom.push_str(&format!("{line}{}", if last { "┘" } else { "┴" }));
        extents.push_str(&format!(" {:<1$}", drawn.extent, drawn.width));
    }
    let lines = [offsets, top, middle, bottom, extents];
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The line beneath boxes `group` of the row `row`: `└── one or more ──┘`.
fn brace_line(
    boxes: &[Drawn],
    row: core::ops::Range<usize>,
    group: core::ops::Range<usize>,
    says: &str,
) -> Option<String> {
    let (start, stop) = (group.start.max(row.start), group.end.min(row.end));
    if start >= stop {
        return None;
    }
    let width_of = |from: usize, to: usize| -> usize {
        boxes.iter().skip(from).take(to - from).map(|drawn| drawn.width + 1).sum()
    };
    let before = width_of(row.start, start);
    let inner = width_of(start, stop) - 1;
    let left = if group.start >= row.start { "└" } else { "╌" };
    let right = if group.end <= row.end { "┘" } else { "╌" };
    let says = if group.start >= row.start { format!(" {says} ") } else { String::new() };
    let taken = says.chars().count();
    Some(match inner.checked_sub(taken) {
        Some(room) => {
            let (one, other) = (room / 2, room - room / 2);
            format!("{}{left}{}{says}{}{right}\n", " ".repeat(before), "─".repeat(one), "─".repeat(other))
        }
        None => format!("{}{left}{}{right}{}\n", " ".repeat(before), "─".repeat(inner), says.trim_end()),
    })
}
