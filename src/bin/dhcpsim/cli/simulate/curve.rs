//! The pool's occupancy over time as a curve of Braille dots, for terminals.

use std::io::{self, Write};

use dhcpsim::sim::Sample;
use dhcpsim::sim::estimate::real;

use super::figures::grouped;
use super::runs::Run;
use crate::cli::show::{CLIENT, DIM, SERVER, span};

/// Cells, each of two dots by four.
const COLUMNS: usize = 64;
const ROWS: usize = 8;
/// Samples of which a curve says something.
const FEWEST: usize = 8;
/// The bits of a cell's dots: by column, from the top.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// Dots of which each cell knows whose the last one was.
struct Canvas {
    cells: Vec<[(u8, Whose); COLUMNS]>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Nobody,
    Bound,
    Online,
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
    let mut canvas = Canvas { cells: vec![[(0, Whose::Nobody); COLUMNS]; ROWS] };
    canvas.line(series, top, Whose::Bound, |sample| sample.bound);
    canvas.line(series, top, Whose::Online, |sample| sample.online);
    let mut out = anstream::stdout().lock();
    let of = if top == addresses { " of all" } else { "" };
    writeln!(
        out,
        "\n  {SERVER}upper curve{SERVER:#}: addresses bound{of}; {CLIENT}lower curve{CLIENT:#}: customers with one"
    )?;
    for (row, cells) in canvas.cells.iter().enumerate() {
        let label = match row {
            0 => grouped(&top.to_string()),
            row if row + 1 == ROWS => "0".to_owned(),
            _ => String::new(),
        };
        write!(out, "  {DIM}{label:>9} ┤{DIM:#}")?;
        for (dots, whose) in cells {
            let char = char::from_u32(0x2800 + u32::from(*dots)).unwrap_or(' ');
            match whose {
                Whose::Nobody => write!(out, "{char}")?,
                Whose::Bound => write!(out, "{SERVER}{char}{SERVER:#}")?,
                Whose::Online => write!(out, "{CLIENT}{char}{CLIENT:#}")?,
            }
        }
        writeln!(out)?;
    }
    let end = series.last().map(|sample| sample.at.as_secs()).unwrap_or_default();
    let told = |seconds: u64| span(u32::try_from(seconds).unwrap_or(u32::MAX - 1));
    let (half, end) = (told(end / 2), told(end));
    let (left, right) = (COLUMNS / 2 - 2, COLUMNS / 2 + 2);
    writeln!(out, "  {DIM}{:>9} └{}", "", "─".repeat(COLUMNS))?;
    writeln!(out, "  {:>9}  0{half:>left$}{end:>right$}{DIM:#}", "")
}

impl Canvas {
    /// A curve through samples, from the floor to `top`.
    fn line(&mut self, series: &[Sample], top: u64, whose: Whose, of: impl Fn(&Sample) -> u64) {
        let mut before: Option<usize> = None;
        for x in 0..COLUMNS * 2 {
            let Some(value) = between(series, scaled(x, COLUMNS * 2 - 1), &of) else { continue };
            let height = ROWS * 4 - 1;
            let up = (0..=height).rev().find(|up| scaled(*up, height) * real(top) <= value + 1e-9);
            let y = height - up.unwrap_or_default();
            // A step is drawn as a line up or down.
            let from = before.unwrap_or(y);
            for y in from.min(y)..=from.max(y) {
                self.dot(x, y, whose);
            }
            before = Some(y);
        }
    }

    fn dot(&mut self, x: usize, y: usize, whose: Whose) {
        let cell = self.cells.get_mut(y / 4).and_then(|row| row.get_mut(x / 2));
        let bit = DOTS.get(x % 2).and_then(|column| column.get(y % 4));
        if let (Some(cell), Some(bit)) = (cell, bit) {
            *cell = (cell.0 | bit, whose);
        }
    }
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
fn scaled(height: usize, greatest: usize) -> f64 {
    let number = |value: usize| real(u64::try_from(value).unwrap_or_default());
    number(height) / number(greatest).max(1.0)
}
