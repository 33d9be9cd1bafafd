//! A plot: the charting library draws frame, axis and data, each by itself, so that the data can be moved under the frame.
//!
//! Data are drawn finer than the frame and scaled down, since the library's points are whole pixels: who zooms in sees
//! curves, not stairs.

use maud::{Markup, PreEscaped, html};
use plotters::chart::{ChartBuilder, ChartContext, SeriesAnno};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{PathElement, Polygon, Rectangle};
use plotters::style::{Color, IntoFont, RGBColor, ShapeStyle, TextStyle};
use plotters_svg::SVGBackend;
use serde_json::{Value, json};
use thiserror::Error;

use super::axis::Axis;
use super::palette::{Colour, DIM, INK, MESH};

/// The size of a plot in its own pixels.
const WIDTH: u32 = 900;
const HEIGHT: u32 = 280;
const LEFT: u32 = 70;
const TOP: u32 = 24;
const RIGHT: u32 = 24;
const BOTTOM: u32 = 28;
/// How much finer data are drawn.
const FINE: u32 = 8;
const FONT: u32 = 16;

/// A plot could not be drawn: what the charting library says.
#[derive(Debug, Error)]
#[error("a plot could not be drawn: {0}")]
pub struct NotDrawn(String);

/// A plot to be drawn.
#[derive(Clone, Debug)]
pub struct Plot {
    /// Its name: an anchor in the page, a file beside it.
    pub name: &'static str,
    /// What it is about.
    pub(super) title: String,
    /// What is seen.
    pub(super) caption: String,
    /// What its values are.
    pub(super) unit: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    /// How places on the x axis are told, and whether people can zoom in.
    pub(super) along: Along,
    pub(super) layers: Vec<Layer>,
    /// Until where nothing was counted.
    pub(super) warm_up: Option<f64>,
    /// Where something was done to the network: numbers.
    pub(super) marks: Vec<(f64, usize)>,
}

/// What the x axis is.
#[derive(Clone, Debug)]
pub(super) enum Along {
    /// Time in seconds.
    Time,
    /// Things with names, at the middle of each point.
    Named(Vec<String>),
}

/// What is drawn in one colour.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) name: String,
    pub(super) colour: Colour,
    pub(super) form: Form,
}

/// How it is drawn.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// From point to point.
    Line(Vec<(f64, f64)>),
    /// Between a least and a most: x, least, most.
    Band(Vec<(f64, f64, f64)>),
    /// From zero up: start, end, height.
    Bars(Vec<(f64, f64, f64)>),
    /// Points with what they may be off.
    Points(Vec<(f64, f64, f64)>),
    /// A height that is the same everywhere.
    Level(f64),
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Ticked, Ticked>>;
type Root<'b> = DrawingArea<SVGBackend<'b>, Shift>;

/// An axis as the library knows it: its ticks are ours.
struct Ticked {
    range: RangedCoordf64,
    ticks: Vec<f64>,
}

impl Ticked {
    fn of(axis: &Axis) -> Ticked {
        Ticked { range: (axis.from..axis.to).into(), ticks: axis.ticks.iter().map(|(at, _)| *at).collect() }
    }
}

impl Ranged for Ticked {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.range.map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> core::ops::Range<f64> {
        self.range.range()
    }
}

/// The plot as SVG with its legend and title: a file.
pub(super) fn alone(plot: &Plot) -> Result<String, NotDrawn> {
    let head = 44;
    let inner = inner(plot)?;
    let markup = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(WIDTH) height=(HEIGHT + head) viewBox={ "0 0 " (WIDTH) " " (HEIGHT + head) } role="img" {
            title { (plot.title) }
            desc { (plot.caption) }
            text x="10" y="18" font-size="15" font-weight="bold" fill=(INK) { (plot.title) }
            @let mut x = 10;
            @for layer in &plot.layers {
                rect x=(x) y="28" width="12" height="8" fill=(layer.colour) {}
                text x=(x + 16) y="36" font-size="12" fill=(INK) { (layer.name) }
                @let () = x += 34 + 7 * i32::try_from(layer.name.chars().count()).unwrap_or(20);
            }
            g transform={ "translate(0 " (head) ")" } { (inner) }
        }
    };
    Ok(markup.into_string())
}

/// The plot as a figure of a page, with what a reader may ask of it as JSON.
pub(super) fn figure(plot: &Plot) -> Result<Markup, NotDrawn> {
    let inner = inner(plot)?;
    Ok(html! {
        figure.plot id=(plot.name) {
            h3 { (plot.title) }
            p.legend {
                @for layer in &plot.layers {
                    span {
                        svg.data width="22" height="10" aria-hidden="true" { (swatch(layer)) }
                        (layer.name)
                    }
                }
            }
            div.scroll {
                svg.chart viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(plot.title) tabindex="0" {
                    (inner)
                }
            }
            script type="application/json" { (PreEscaped(super::embedded(&values(plot)))) }
            figcaption { (plot.caption) }
        }
    })
}

fn swatch(layer: &Layer) -> Markup {
    html! {
        @match layer.form {
            Form::Line(_) | Form::Level(_) => {
                polyline points="0,5 22,5" fill="none" stroke=(layer.colour) stroke-width="2" {}
            }
            Form::Band(_) => { rect y="1" width="22" height="8" fill=(layer.colour) opacity="0.5" {} }
            Form::Bars(_) => { rect y="1" width="22" height="8" fill=(layer.colour) {} }
            Form::Points(_) => { circle cx="11" cy="5" r="4" fill=(layer.colour) {} }
        }
    }
}

/// What is at each place, for who points there.
fn values(plot: &Plot) -> Value {
    let rows = plot.layers.iter().filter_map(|layer| {
        let points: Vec<(f64, Value)> = match &layer.form {
            Form::Line(points) => points.iter().map(|(x, y)| (*x, json!(y))).collect(),
            Form::Band(points) => points.iter().map(|(x, low, high)| (*x, json!([low, high]))).collect(),
            Form::Bars(bars) => bars.iter().map(|(from, to, y)| ((from + to) / 2.0, json!(y))).collect(),
            Form::Points(points) => points.iter().map(|(x, y, _)| (*x, json!(y))).collect(),
            Form::Level(_) => return None,
        };
        let (x, y): (Vec<f64>, Vec<Value>) = points.into_iter().unzip();
        Some(json!({"name": layer.name, "x": x, "y": y}))
    });
    let names = match &plot.along {
        Along::Time => Value::Null,
        Along::Named(names) => json!(names),
    };
    json!({
        "box": [LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM],
        "from": plot.x.from,
        "to": plot.x.to,
        "unit": plot.unit,
        "names": names,
        "marks": plot.marks,
        "layers": rows.collect::<Vec<_>>(),
    })
}

/// Everything in a plot's own pixels, without the element around it.
fn inner(plot: &Plot) -> Result<Markup, NotDrawn> {
    let frame = drawn(plot, 1, |chart| frame(plot, chart))?;
    let axis = drawn(plot, 1, |chart| along(plot, chart))?;
    let data = drawn(plot, FINE, |chart| data(plot, chart))?;
    let (width, height) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    let span = plot.x.to - plot.x.from;
    let place = |x: f64| f64::from(LEFT) + (x - plot.x.from) / span * f64::from(width);
    Ok(html! {
        g.frame { (frame) }
        text x={ (LEFT - 8) } y="12" font-size="12" text-anchor="start" fill=(DIM) { (plot.unit) }
        g.axis {
            (axis)
            @for (x, number) in &plot.marks {
                line x1=(place(*x)) x2=(place(*x)) y1=(TOP) y2=(TOP + height) stroke=(DIM) stroke-dasharray="2 4" {}
                text x=(place(*x)) y=(TOP - 3) font-size="11" text-anchor="middle" fill=(DIM) { (number) }
            }
        }
        svg.data x=(LEFT) y=(TOP) width=(width) height=(height) preserveAspectRatio="none"
            viewBox={ (LEFT * FINE) " " (TOP * FINE) " " (width * FINE) " " (height * FINE) } {
            (data)
        }
    })
}

/// What the library draws, without the element around it.
fn drawn(
    plot: &Plot,
    fine: u32,
    draw: impl FnOnce(&mut Chart<'_, '_>) -> Result<(), NotDrawn>,
) -> Result<Markup, NotDrawn> {
    let mut text = String::new();
    {
        let root: Root<'_> =
            SVGBackend::with_string(&mut text, (WIDTH * fine, HEIGHT * fine)).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin_top(TOP * fine)
            .margin_right(RIGHT * fine)
            .x_label_area_size(BOTTOM * fine)
            .y_label_area_size(LEFT * fine)
            .build_cartesian_2d(Ticked::of(&plot.x), Ticked::of(&plot.y))
            .map_err(not_drawn)?;
        draw(&mut chart)?;
        root.present().map_err(not_drawn)?;
    }
    let start =
        text.find("<svg").and_then(|at| Some(at + text.get(at..)?.find('>')? + 1)).unwrap_or_default();
    let end = text.rfind("</svg>").unwrap_or(text.len());
    Ok(PreEscaped(text.get(start..end).unwrap_or_default().replace('\n', "")))
}

/// The lines at heights and what they are.
fn frame(plot: &Plot, chart: &mut Chart<'_, '_>) -> Result<(), NotDrawn> {
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .x_labels(0)
        .x_label_formatter(&|_| String::new())
        .bold_line_style(solid(MESH, 1))
        .light_line_style(solid(MESH, 0))
        .axis_style(solid(DIM, 1))
        .label_style(text())
        .y_label_formatter(&|y| label(&plot.y, *y))
        .draw()
        .map_err(not_drawn)
}

/// The lines at places and what they are.
fn along(plot: &Plot, chart: &mut Chart<'_, '_>) -> Result<(), NotDrawn> {
    let mut mesh = chart.configure_mesh();
    mesh.disable_y_mesh()
        .disable_y_axis()
        .y_labels(0)
        .y_label_formatter(&|_| String::new())
        .bold_line_style(solid(MESH, 1))
        .light_line_style(solid(MESH, 0))
        .axis_style(solid(DIM, 1))
        .label_style(text());
    if let Along::Named(_) = plot.along {
        mesh.disable_x_mesh();
    }
    mesh.x_label_formatter(&|x| label(&plot.x, *x)).draw().map_err(not_drawn)
}

fn data(plot: &Plot, chart: &mut Chart<'_, '_>) -> Result<(), NotDrawn> {
    if let Some(until) = plot.warm_up {
        let shade = Rectangle::new([(plot.x.from, plot.y.from), (until, plot.y.to)], faint(DIM, 0.15));
        done(chart.draw_series([shade]))?;
    }
    for layer in &plot.layers {
        let colour = layer.colour;
        match &layer.form {
            Form::Line(points) => {
                done(chart.draw_series([PathElement::new(points.clone(), solid(colour, 2 * FINE))]))?;
            }
            Form::Band(points) => {
                let up = points.iter().map(|(x, least, _)| (*x, *least));
                let down = points.iter().rev().map(|(x, _, most)| (*x, *most));
                done(
                    chart.draw_series([Polygon::new(up.chain(down).collect::<Vec<_>>(), faint(colour, 0.3))]),
                )?;
            }
            Form::Bars(bars) => {
                let bar = |(from, to, y): &(f64, f64, f64)| {
                    let gap = (to - from) * 0.06;
                    Rectangle::new([(from + gap, 0.0), (to - gap, *y)], solid(colour, 0).filled())
                };
                done(chart.draw_series(bars.iter().filter(|bar| bar.2 > 0.0).map(bar)))?;
            }
            Form::Points(points) => {
                let line = points.iter().map(|(x, y, _)| (*x, *y)).collect::<Vec<_>>();
                done(chart.draw_series([PathElement::new(line, solid(colour, 2 * FINE))]))?;
                let whiskers = points.iter().filter(|point| point.2 > 0.0).map(|(x, y, half)| {
                    let ends = vec![(*x, (y - half).max(plot.y.from)), (*x, (y + half).min(plot.y.to))];
                    PathElement::new(ends, solid(colour, 2 * FINE))
                });
                done(chart.draw_series(whiskers))?;
                let radius = 4 * FINE;
                let dots = points.iter().map(|(x, y, _)| {
                    plotters::element::Circle::new((*x, *y), radius, solid(colour, 0).filled())
                });
                done(chart.draw_series(dots))?;
            }
            Form::Level(y) => {
                let ends = vec![(plot.x.from, *y), (plot.x.to, *y)];
                done(chart.draw_series([PathElement::new(ends, solid(colour, 2 * FINE))]))?;
            }
        }
    }
    Ok(())
}

fn done<'a, 'b, E: std::error::Error + Send + Sync>(
    series: Result<&mut SeriesAnno<'a, SVGBackend<'b>>, plotters::drawing::DrawingAreaErrorKind<E>>,
) -> Result<(), NotDrawn> {
    series.map(|_| ()).map_err(not_drawn)
}

fn not_drawn(error: impl core::fmt::Display) -> NotDrawn {
    NotDrawn(error.to_string())
}

fn label(axis: &Axis, at: f64) -> String {
    let near = |tick: &&(f64, String)| (tick.0 - at).abs() < (axis.to - axis.from) * 1e-6;
    axis.ticks.iter().find(near).map(|tick| tick.1.clone()).unwrap_or_default()
}

fn rgb(colour: Colour) -> RGBColor {
    let part =
        |at: usize| colour.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok()).unwrap_or(0);
    RGBColor(part(1), part(3), part(5))
}

fn solid(colour: Colour, width: u32) -> ShapeStyle {
    rgb(colour).stroke_width(width)
}

fn faint(colour: Colour, share: f64) -> ShapeStyle {
    rgb(colour).mix(share).filled()
}

fn text() -> TextStyle<'static> {
    ("sans-serif", FONT).into_font().color(&rgb(DIM))
}
