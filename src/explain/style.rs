//! Colours: few, and never the only sign.

use anstyle::{AnsiColor, Color, Style};

const fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(colour)))
}

/// Offsets, pads, what is there and of little interest.
pub(super) const DIM: Style = Style::new().dimmed();
/// Names.
pub(super) const NAME: Style = colour(AnsiColor::Cyan);
/// Titles.
pub(super) const BOLD: Style = Style::new().bold();
/// Faults.
pub(super) const FAULT: Style = colour(AnsiColor::Red).bold();
/// Warnings.
pub(super) const WARNING: Style = colour(AnsiColor::Yellow).bold();
/// Notes.
pub(super) const NOTE: Style = colour(AnsiColor::Blue).bold();
