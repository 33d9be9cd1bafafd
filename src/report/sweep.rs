//! The page of a sweep: one table, and a plot for each of a few figures over the values of one key or two.

use maud::{Markup, html};

use super::axis::{Axis, number, percent};
use super::chart::{Along, Form, Layer, NotDrawn, Plot, alone, figure};
use super::page::document;
use super::palette::SERIES;
use super::{Picture, palette};
use crate::sim::estimate::Estimate;
use crate::sim::figure::{Figure, Unit};

/// What a sweep came to.
#[derive(Clone, Debug)]
pub struct Swept {
    /// What the scenario is about.
    pub title: String,
    /// The scenario, seeds and runs.
    pub about: String,
    /// The command that gives the same page.
    pub command: String,
    /// The keys: one or two.
    pub keys: Vec<String>,
    /// The figures, by name, that cells have.
    pub figures: Vec<&'static str>,
    /// A row for each choice of values.
    pub cells: Vec<Cell>,
}

/// What the runs for one choice of values came to.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The values, one for each key.
    pub values: Vec<String>,
    /// What the runs say of each figure.
    pub found: Vec<Option<Estimate>>,
    /// The same as text.
    pub shown: Vec<String>,
    /// Whether all expectations were met; none if it was stopped before all runs had ended.
    pub met: Option<bool>,
}

/// Figures that have a plot.
const PLOTTED: [(&str, &str, &str); 3] = [
    ("refused-share", "sweep-refused", "share of customers"),
    ("bound-mean", "sweep-bound", "addresses"),
    ("messages-rate", "sweep-messages", "messages per second"),
];

/// The plots of a sweep.
fn plots(swept: &Swept) -> Vec<Plot> {
    let plot = |(name, file, unit): &(&'static str, &'static str, &str)| {
        let column = swept.figures.iter().position(|figure| figure == name)?;
        Some(plot(swept, column, Figure::named(name)?, file, unit))
    };
    PLOTTED.iter().filter_map(plot).collect()
}

/// The pictures of a sweep, each as a file of its own.
///
/// # Errors
///
/// [`NotDrawn`] if the charting library refuses, which it does for no plot of ours.
pub fn pictures(swept: &Swept) -> Result<Vec<Picture>, NotDrawn> {
    let picture =
        |plot: &Plot| Ok(Picture { name: plot.name.to_owned(), svg: palette::styled(&alone(plot)?) });
    plots(swept).iter().map(picture).collect()
}

/// The page of a sweep as HTML, in one file.
///
/// # Errors
///
/// [`NotDrawn`] if the charting library refuses, which it does for no plot of ours.
pub fn page(swept: &Swept) -> Result<String, NotDrawn> {
    let figures = plots(swept).iter().map(figure).collect::<Result<Vec<_>, _>>()?;
    let body = html! {
        header { h1 { (swept.title) } p.dim { (swept.about) } }
        section #summary { h2 { "Table" } (table(swept)) }
        @if let [first, second] = swept.keys.as_slice() {
            section #heat { h2 { "Refused, as part of served and refused" } (heat(swept, first, second)) }
        }
        section #plots { h2 { "Plots" } @for figure in figures { (figure) } }
        footer { p.dim { "dhcpsim " (env!("CARGO_PKG_VERSION")) " made this page: " code { (swept.command) } } }
    };
    Ok(document(&swept.title, &body))
}

fn table(swept: &Swept) -> Markup {
    html! {
        div.scroll { table.facts.swept {
            thead { tr {
                @for key in &swept.keys { th { (key) } }
                th { "as expected" }
                @for name in &swept.figures { th.number { (name) } }
            } }
            tbody { @for cell in &swept.cells { tr {
                @for value in &cell.values { td { (value) } }
                td { @match cell.met { Some(true) => { span.met { "✔ yes" } } Some(false) => { span.missed { "✗ no" } } None => { span.dim { "stopped" } } } }
                @for text in &cell.shown { td.number { (text) } }
            } } }
        } }
    }
}

/// The refused share for each pair of values: the darker, the more.
fn heat(swept: &Swept, first: &str, second: &str) -> Markup {
    let (rows, columns) = (distinct(swept, 0), distinct(swept, 1));
    let place = swept.figures.iter().position(|figure| *figure == "refused-share");
    let cell = |row: &String, column: &String| {
        let cell = swept.cells.iter().find(|cell| cell.values.iter().eq([row, column]))?;
        let place = place?;
        Some(((*cell.found.get(place)?)?.mean, cell.shown.get(place)?))
    };
    html! {
        div.scroll { table.facts.heat {
            thead { tr { th { (first) " ↓  " (second) " →" } @for column in &columns { th.number { (column) } } } }
            tbody { @for row in &rows { tr {
                th { (row) }
                @for column in &columns {
                    @match cell(row, column) {
                        Some((share, shown)) => { td.number style={ "--heat:" (format!("{share:.4}")) } { (shown) } }
                        None => { td.number { "–" } }
                    }
                }
            } } }
        } }
    }
}

/// A figure over the values of the first key; a line for each value of the second.
fn plot(swept: &Swept, column: usize, figure: &Figure, file: &'static str, unit: &str) -> Plot {
    let places = distinct(swept, 0);
    let lines = distinct(swept, 1);
    let mut most = 0.0_f64;
    let mut points = |line: Option<&str>| -> Vec<(f64, f64, f64)> {
        let of = swept.cells.iter().filter(|cell| cell.values.get(1).map(String::as_str) == line);
        let point = |cell: &Cell| {
            let place = places.iter().position(|value| Some(value) == cell.values.first())?;
            let found = (*cell.found.get(column)?)?;
            let half = found.half.unwrap_or_default();
            most = most.max(found.mean + half);
            Some((f64::from(u32::try_from(place).ok()?) + 0.5, found.mean, half))
        };
        of.filter_map(point).collect()
    };
    let second = swept.keys.get(1);
    let layers = match second {
        None => vec![Layer {
            name: figure.meaning.to_owned(),
            colour: palette::BLUE,
            form: Form::Points(points(None)),
        }],
        Some(key) => (lines.iter().zip(SERIES.iter().cycle()))
            .map(|(value, colour)| Layer {
                name: format!("{key} = {value}"),
                colour,
                form: Form::Points(points(Some(value))),
            })
            .collect(),
    };
    let share = figure.unit == Unit::Share;
    Plot {
        name: file,
        title: capital(figure.meaning),
        caption: format!(
            "Over the values of {}, in the order in which they were given; bars are 95 % confidence intervals where there are several runs.",
            swept.keys.first().map_or("the key", String::as_str)
        ),
        unit: unit.to_owned(),
        x: Axis::names(&places),
        y: Axis::from_zero(most, if share { percent } else { number }).above(most),
        along: Along::Named(places),
        layers,
        warm_up: None,
        marks: Vec::new(),
    }
}

/// The values of a key, in their order.
fn distinct(swept: &Swept, key: usize) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for value in swept.cells.iter().filter_map(|cell| cell.values.get(key)) {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    values
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
