//! The pool's occupancy over time as a curve of Braille dots, for terminals; and the canvas of such curves.

use std::io::{self, Write};

use anstyle::Style;
use dhcpsim::sim::Sample;
use dhcpsim::sim::estimate::real;

use super::figures::grouped;
use super::runs::Run;
use crate::cli::show::{CLIENT, DIM, SERVER, span, terminal};

/// Cells, each of two dots by four: so many side by side where there is room.
pub(super) const COLUMNS: usize = 64;
/// The fewest that are still a curve.
const NARROW: usize = 16;
/// What stands before and behind them: the axis and the last time under it.
const MARGIN: usize = 14;
pub(super) const ROWS: usize = 8;
/// Samples of which a curve says something.
const FEWEST: usize = 8;
/// The bits of a cell's dots: by column, from the top.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// Dots of which each cell has the style of the last one.
pub(super) struct Canvas {
    cells: Vec<Vec<(u8, Style)>>,
    columns: usize,
}

/// Draws the curve of a run, if there is one to see.
pub(super) fn write(runs: &[Run]) -> io::Result<()> {
    let [run] = runs else { return Ok(()) };
    let series = &run.outcome.measures.series;
    let most = series.iter().map(|sample| sample.bound.max(sample.online)).max().unwrap_or_default();
    if series.len() < FEWEST || most == 0 {
        return Ok(());
    }
    let addresses = run.outcome.measures.addresses;
    // A pool that is far larger would press the curves to the floor.
    let top = if addresses <= most.saturating_mul(3) { addresses.max(most) } else { most };
    let columns = room(terminal::columns(io::stdout()), 0);
    let mut canvas = Canvas::new(columns);
    let bound = |part| between(series, part, |sample| sample.bound);
    let online = |part| between(series, part, |sample| sample.online);
    canvas.line(real(top), SERVER, bound);
    canvas.line(real(top), CLIENT, online);
    let mut out = anstream::stdout().lock();
    let of = if top == addresses { " of all" } else { "" };
    let between = if columns < COLUMNS { "\n  " } else { " " };
    writeln!(
        out,
        "\n  {SERVER}upper curve{SERVER:#}: addresses bound{of};{between}{CLIENT}lower curve{CLIENT:#}: customers with one"
    )?;
    canvas.write(&mut out, &grouped(&top.to_string()), |_| String::new())?;
    let end = series.last().map(|sample| sample.at.as_secs()).unwrap_or_default();
    let told = |seconds: u64| span(u32::try_from(seconds).unwrap_or(u32::MAX - 1));
    let (half, end) = (told(end / 2), told(end));
    let (left, right) = (columns / 2 - 2, columns - (columns / 2 - 2));
    writeln!(out, "  {DIM}{:>9}  0{half:>left$}{end:>right$}{DIM:#}", "")
}

/// How many cells fit side by side into a terminal, with so much to their right; [`COLUMNS`] where there is no terminal.
pub(super) fn room(terminal: Option<usize>, beside: usize) -> usize {
    let fits = terminal.map_or(COLUMNS, |columns| columns.saturating_sub(MARGIN + beside));
    fits.clamp(NARROW, COLUMNS)
}

impl Canvas {
    pub(super) fn new(columns: usize) -> Canvas {
        Canvas { cells: vec![vec![(0, Style::new()); columns]; ROWS], columns }
    }

    /// A curve of what is at each part of the width, from the floor to `top`.
    pub(super) fn line(&mut self, top: f64, style: Style, of: impl Fn(f64) -> Option<f64>) {
        let mut before: Option<usize> = None;
        for x in 0..self.columns * 2 {
            let Some(value) = of(scaled(x, self.columns * 2 - 1)) else {
                before = None;
                continue;
            };
            let y = height(value, top);
            // A step is drawn as a line up or down.
            let from = before.unwrap_or(y);
            for y in from.min(y)..=from.max(y) {
                self.dot(x, y, style);
            }
            before = Some(y);
        }
    }

    /// A dot, counted from the left and from the top.
    pub(super) fn dot(&mut self, x: usize, y: usize, style: Style) {
        let cell = self.cells.get_mut(y / 4).and_then(|row| row.get_mut(x / 2));
        let bit = DOTS.get(x % 2).and_then(|column| column.get(y % 4));
        if let (Some(cell), Some(bit)) = (cell, bit) {
            *cell = (cell.0 | bit, style);
        }
    }

    /// Writes it between its axes; `beside` stands to the right of each row.
    pub(super) fn write(
        &self,
        out: &mut impl Write,
        top: &str,
        beside: impl Fn(usize) -> String,
    ) -> io::Result<()> {
        for (row, cells) in self.cells.iter().enumerate() {
            let label = match row {
                0 => top,
                row if row + 1 == ROWS => "0",
                _ => "",
            };
            write!(out, "  {DIM}{label:>9} ┤{DIM:#}")?;
            for (dots, style) in cells {
                let char = char::from_u32(0x2800 + u32::from(*dots)).unwrap_or(' ');
                write!(out, "{style}{char}{style:#}")?;
            }
            writeln!(out, "{}", beside(row))?;
        }
        writeln!(out, "  {DIM}{:>9} └{}{DIM:#}", "", "─".repeat(self.columns))
    }
}

/// How far from the top a value is, in dots.
pub(super) fn height(value: f64, top: f64) -> usize {
    let height = ROWS * 4 - 1;
    let up = (0..=height).rev().find(|up| scaled(*up, height) * top <= value + 1e-9);
    height - up.unwrap_or_default()
}

/// The value at a part of the time, on the line between two samples.
fn between(series: &[Sample], part: f64, of: impl Fn(&Sample) -> u64) -> Option<f64> {
    let steps = series.len().saturating_sub(1);
    let place = (0..steps).rev().find(|place| scaled(*place, steps) <= part).unwrap_or_default();
    let (before, after) = (series.get(place)?, series.get(place + 1)?);
    let along = (part - scaled(place, steps)) / (1.0 / real(u64::try_from(steps).ok()?));
    Some(real(of(before)) * (1.0 - along) + real(of(after)) * along)
}

/// A height as a part of the greatest.
pub(super) fn scaled(height: usize, greatest: usize) -> f64 {
    let number = |value: usize| real(u64::try_from(value).unwrap_or_default());
    number(height) / number(greatest).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_fits_into_its_terminal() {
        for (terminal, beside, want) in [
            (None, 9, COLUMNS),
            (Some(200), 0, COLUMNS),
            (Some(60), 0, 46),
            (Some(60), 6, 40),
            (Some(5), 0, NARROW),
        ] {
            let columns = room(terminal, beside);
            assert_eq!(want, columns, "{terminal:?}");
            let mut out = Vec::new();
            let mut canvas = Canvas::new(columns);
            canvas.line(1.0, Style::new(), Some);
            canvas.write(&mut out, "1", |_| "x".repeat(beside)).unwrap();
            let text = anstream::adapter::strip_str(std::str::from_utf8(&out).unwrap()).to_string();
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(terminal.is_none_or(|width| widest <= width.max(NARROW + MARGIN + beside)), "{text}");
        }
    }
}
