//! The lease time line: for each address to whom it was bound, and until when.

use maud::{Markup, PreEscaped, html};
use serde_json::json;

use super::axis::{Axis, moment};
use super::page::Page;
use super::palette::{BLUE, Colour, DIM, GREEN, INK, MESH, ORANGE, RED};
use crate::sim::estimate::real;
use crate::sim::record::{Ending, Line, Span};

const LEFT: i32 = 130;
const WIDTH: i32 = 750;
const ROW: i32 = 16;
const TOP: i32 = 46;

/// Colours of spans by how they end.
const ENDINGS: [(Ending, &str, Colour); 4] = [
    (Ending::Not, "bound at the end", BLUE),
    (Ending::Released, "released", GREEN),
    (Ending::Expired, "expired", ORANGE),
    (Ending::Declined, "declined", RED),
];

/// What is seen.
fn caption(page: &Page<'_>) -> String {
    let (shown, missed) = (page.recording.lines().count(), page.recording.lines_left_out());
    let spans: u64 = page.recording.lines().map(|line| line.left_out).sum();
    let mut caption = format!(
        "One bar for each time that an address was bound, coloured by how it ended. Point at a bar to see whose it was. {shown} addresses are shown, those that were given first."
    );
    if missed > 0 {
        caption.push_str(&format!(" {missed} more are left out."));
    }
    if spans > 0 {
        caption.push_str(&format!(" Of the busiest, {spans} later bars are left out."));
    }
    caption
}

/// The lines as a figure of a page, which can be zoomed into as plots can.
pub(super) fn figure(page: &Page<'_>) -> Markup {
    let (_, end) = size(page);
    let values = json!({
        "box": [LEFT, TOP, WIDTH, end - TOP],
        "from": 0,
        "to": Axis::time(real(page.end.as_micros()) / 1e6).to,
        "unit": "",
        "names": null,
        "marks": [],
        "layers": [],
    });
    html! {
        figure.plot #lines {
            div.scroll { (draw(page)) }
            script type="application/json" { (PreEscaped(super::embedded(&values))) }
            figcaption { (caption(page)) }
        }
    }
}

/// How wide all is, and where the last line ends.
fn size(page: &Page<'_>) -> (i32, i32) {
    let rows = i32::try_from(page.recording.lines().count()).unwrap_or(i32::MAX / ROW / 2);
    (LEFT + WIDTH + 24, TOP + ROW * rows)
}

/// Draws the lines as an SVG document.
pub(super) fn draw(page: &Page<'_>) -> Markup {
    let lines: Vec<&Line> = page.recording.lines().collect();
    let many = lines.iter().any(|line| lines.first().is_some_and(|first| first.server != line.server));
    let (width, end) = size(page);
    let axis = Axis::time(real(page.end.as_micros()) / 1e6);
    let x = |seconds: f64| f64::from(LEFT) + seconds / axis.to * f64::from(WIDTH);
    html! {
        svg.chart.diagram.gantt xmlns="http://www.w3.org/2000/svg" width=(width) height=(end + 28) viewBox={ "0 0 " (width) " " (end + 28) } style={ "max-width:" (width) "px;min-width:min(" (width) "px,620px)" } role="img" aria-label="leases by address" tabindex="0" {
            @for (place, (_, name, colour)) in (0..).zip(&ENDINGS) {
                @let left = LEFT + 150 * place;
                rect x=(left) y="4" width="14" height="10" fill=(colour) {}
                text x=(left + 19) y="13" font-size="12" fill=(INK) { (name) }
            }
            g.axis {
                @for (at, label) in &axis.ticks {
                    line x1=(two(x(*at))) x2=(two(x(*at))) y1=(TOP) y2=(end) stroke=(MESH) {}
                    @for y in [TOP - 6, end + 18] {
                        text x=(two(x(*at))) y=(y) font-size="12" text-anchor="middle" fill=(DIM) { (label) }
                    }
                }
            }
            @for (row, line) in (0..).zip(&lines) {
                text x=(LEFT - 8) y=(TOP + ROW * row + 12) font-size="11" text-anchor="end" fill=(DIM) { (line.address) @if many { title { (line.server) } } }
            }
            svg.data x=(LEFT) y=(TOP) width=(WIDTH) height=(end - TOP) viewBox={ (LEFT) " " (TOP) " " (WIDTH) " " (end - TOP) } preserveAspectRatio="none" {
                @for (row, line) in (0..).zip(&lines) {
                    @for span in &line.spans { (bar(page, line, span, &x, TOP + ROW * row)) }
                }
            }
        }
    }
}

fn bar(page: &Page<'_>, line: &Line, span: &Span, x: &impl Fn(f64) -> f64, y: i32) -> Markup {
    let end = span.until.unwrap_or(page.end);
    let (from, to) = (x(real(span.from.as_micros()) / 1e6), x(real(end.as_micros()) / 1e6));
    let known = ENDINGS.iter().find(|(ending, ..)| *ending == span.ending);
    let (ending, colour) = known.map_or(("given to another", DIM), |(_, name, colour)| (*name, *colour));
    html! {
        rect x=(two(from)) y=(y + 2) width=(two((to - from - 0.3).max(0.6))) height=(ROW - 4) fill=(colour) {
            title { (line.address) " to " (span.client) " by " (line.server) ", " (moment(span.from.as_micros())) " to " (moment(end.as_micros())) ", extended " (span.renewed) " times, " (ending) }
        }
    }
}

/// Two decimals are enough for a pixel.
fn two(value: f64) -> String {
    format!("{value:.2}")
}
