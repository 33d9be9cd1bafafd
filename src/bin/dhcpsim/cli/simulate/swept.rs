//! What a sweep came to as curves of Braille dots, for terminals: over the values of the first key, one for each value of
//! the second.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use dhcpsim::sim::figure::{Figure, Unit};

use super::curve::{COLUMNS, Canvas, ROWS, height, room, scaled};
use super::figures::{estimate, shown};
use super::sweep::Row;
use crate::cli::show::{BOLD, DIM, terminal};

const COLOURS: [AnsiColor; 6] = [
    AnsiColor::Green,
    AnsiColor::Cyan,
    AnsiColor::Yellow,
    AnsiColor::Magenta,
    AnsiColor::Blue,
    AnsiColor::Red,
];

/// A curve: its name, its style and what is at the places of the first key.
struct Curve {
    name: String,
    style: Style,
    points: Vec<Option<f64>>,
}

/// Draws refused shares; if nobody was refused, addresses bound.
pub(super) fn write(heads: &[&str], rows: &[Row]) -> io::Result<()> {
    let most = |figure: &&'static Figure| largest(&curves(figure, heads, rows)) > 0.0;
    let figures = ["refused-share", "bound-mean"].into_iter().filter_map(Figure::named);
    let Some(figure) = figures.clone().find(most) else { return Ok(()) };
    let (places, curves) = (distinct(rows, 0), curves(figure, heads, rows));
    if places.len() < 2 {
        return Ok(());
    }
    let top = largest(&curves);
    let columns = room(terminal::columns(io::stdout()), beside(&curves, top));
    let mut canvas = Canvas::new(columns);
    for curve in &curves {
        canvas.line(top, curve.style, |part| between(&curve.points, part));
    }
    let mut out = anstream::stdout().lock();
    let of = heads.get(1).map(|key| format!(", a line for each {key}")).unwrap_or_default();
    let key = heads.first().copied().unwrap_or_default();
    writeln!(out, "\n  {BOLD}{}{BOLD:#} over {key}{of}", figure.meaning)?;
    let unit = if figure.unit == Unit::Count { Unit::Level } else { figure.unit };
    canvas.write(&mut out, &shown(unit, top), |row| names(&curves, top, row))?;
    writeln!(out, "  {DIM}{:>9}  {}{DIM:#}", "", below(&places, columns))
}

/// The curves with names that end in a row.
fn ending(curves: &[Curve], top: f64, row: usize) -> impl Iterator<Item = &Curve> {
    curves.iter().filter(|curve| !curve.name.is_empty()).filter(move |curve| {
        curve.points.iter().rev().find_map(|point| *point).is_some_and(|last| height(last, top) / 4 == row)
    })
}

/// The names of curves that end in a row, so that colour is not all that tells them apart.
fn names(curves: &[Curve], top: f64, row: usize) -> String {
    let text = |Curve { name, style, .. }: &Curve| format!(" {style}{name}{style:#}");
    ending(curves, top, row).map(text).collect::<Vec<_>>().join(",")
}

/// How wide the names are in the row that has most of them.
fn beside(curves: &[Curve], top: f64) -> usize {
    let wide = |row| ending(curves, top, row).map(|curve| curve.name.chars().count() + 2).sum();
    (0..ROWS).map(wide).max().unwrap_or_default()
}

/// The values of the first key at their places, as far as there is room.
fn below(places: &[String], columns: usize) -> String {
    let past = if columns < COLUMNS { 0 } else { 10 };
    let mut line: Vec<char> = vec![' '; columns + past];
    let mut free = 0;
    for (number, place) in places.iter().enumerate() {
        let width = place.chars().count();
        let middle = number * (columns - 1) / places.len().saturating_sub(1).max(1);
        let start = middle.saturating_sub(width / 2).min(line.len().saturating_sub(width));
        if start < free || start + width > line.len() {
            continue;
        }
        line.iter_mut().skip(start).zip(place.chars()).for_each(|(cell, char)| *cell = char);
        free = start + width + 1;
    }
    line.into_iter().collect::<String>().trim_end().to_owned()
}

fn curves(figure: &Figure, heads: &[&str], rows: &[Row]) -> Vec<Curve> {
    let places = distinct(rows, 0);
    let names = if heads.len() > 1 { distinct(rows, 1) } else { vec![String::new()] };
    let found = |place: &String, name: &String| {
        let of = |row: &&Row| {
            row.values.first() == Some(place) && row.values.get(1).is_none_or(|value| value == name)
        };
        rows.iter().find(of).and_then(|row| Some(estimate(figure, &row.runs)?.mean))
    };
    let curve = |(name, colour): (String, &AnsiColor)| Curve {
        points: places.iter().map(|place| found(place, &name)).collect(),
        style: Style::new().fg_color(Some((*colour).into())),
        name,
    };
    names.into_iter().zip(COLOURS.iter().cycle()).map(curve).collect()
}

fn largest(curves: &[Curve]) -> f64 {
    curves.iter().flat_map(|curve| &curve.points).filter_map(|point| *point).fold(0.0, f64::max)
}

/// What is at a part of the width, on the line between two points.
fn between(points: &[Option<f64>], part: f64) -> Option<f64> {
    let steps = points.len().saturating_sub(1);
    let place = (0..steps).rev().find(|place| scaled(*place, steps) <= part).unwrap_or_default();
    let before = (*points.get(place)?)?;
    let Some(after) = points.get(place + 1).copied().flatten() else {
        return (scaled(place, steps) >= part).then_some(before);
    };
    let along = (part - scaled(place, steps)) / (scaled(place + 1, steps) - scaled(place, steps));
    Some(before * (1.0 - along) + after * along)
}

/// The values of a key, in their order.
fn distinct(rows: &[Row], key: usize) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for value in rows.iter().filter_map(|row| row.values.get(key)) {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_go_from_point_to_point_and_stop_where_there_is_none() {
        let points = [Some(0.0), Some(4.0), None];
        for (part, want) in [(0.0, Some(0.0)), (0.25, Some(2.0)), (0.5, Some(4.0)), (0.75, None), (1.0, None)]
        {
            assert_eq!(want, between(&points, part), "{part}");
        }
    }

    #[test]
    fn values_stand_at_their_places_and_those_without_room_are_left_out() {
        let line = below(&["1h".to_owned(), "2h".to_owned(), "4h".to_owned()], COLUMNS);
        assert!(
            line.starts_with("1h") && line.trim_end().ends_with("4h") && line.contains(" 2h "),
            "{line:?}"
        );
        let many: Vec<String> = (0..100).map(|number| format!("{number}h")).collect();
        assert!(below(&many, COLUMNS).chars().count() <= COLUMNS + 10);
        assert!(below(&many, 20).chars().count() <= 20);
    }
}
