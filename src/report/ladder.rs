//! The ladder of a client: who said what to whom, time going down.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::axis::{moment, time};
use super::network::{ROUTER, attached};
use super::palette::{DIM, INK, MESH, PAPER};
use super::plots::colour;
use crate::sim::estimate::real;
use crate::sim::record::{Happening, Ladder, Step};
use crate::sim::scenario::Scenario;
use crate::time::Instant;

const TIMES: i32 = 120;
const COLUMN: i32 = 230;
const ROW: i32 = 30;
const HEAD: i32 = 44;
/// A pause that is told, in seconds.
const PAUSE: f64 = 1.0;

/// A row: where it is and what stands there.
enum Row<'l> {
    Pause(f64),
    Note(Instant, &'l str),
    Step(&'l Step),
}

/// Draws a ladder as an SVG document.
pub(super) fn draw(scenario: &Scenario, ladder: &Ladder) -> Markup {
    let columns = columns(ladder);
    let on = attached(scenario);
    let rows = rows(ladder);
    let x = |column: usize| TIMES + COLUMN / 2 + COLUMN * number(column);
    let (width, height) = (x(columns.len()) - COLUMN / 2 + 10, HEAD + ROW * number(rows.len()) + 16);
    html! {
        svg.diagram xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } style={ "max-width:" (width) "px;min-width:min(" (width) "px,620px)" } role="img" aria-label={ "the messages of " (ladder.client) } {
            @for (column, name) in columns.iter().enumerate() {
                line x1=(x(column)) x2=(x(column)) y1=(HEAD - 12) y2=(height) stroke=(MESH) stroke-width="2" {}
                rect x=(x(column) - COLUMN / 2 + 20) y="4" width=(COLUMN - 40) height="26" rx="5" fill=(PAPER) stroke=(DIM) {}
                text x=(x(column)) y="22" font-size="13" font-weight="bold" text-anchor="middle" fill=(INK) { title { (name) } (short(name, 24)) }
            }
            @for (place, row) in rows.iter().enumerate() {
                @let y = HEAD + ROW * number(place) + ROW / 2 + 6;
                @match row {
                    Row::Pause(seconds) => {
                        text x=(TIMES - 12) y=(y + 4) font-size="11" text-anchor="end" fill=(DIM) font-style="italic" { (pause(*seconds)) " later" }
                        line x1=(TIMES) x2=(width - 10) y1=(y) y2=(y) stroke=(MESH) stroke-dasharray="1 6" {}
                    }
                    Row::Note(at, what) => {
                        (clock(*at, y))
                        circle cx=(x(0)) cy=(y) r="4" fill=(INK) {}
                        text x=(x(0) + 10) y=(y + 4) font-size="12" fill=(INK) { (short(what, 60)) }
                    }
                    Row::Step(step) => { (clock(step.at, y)) (arrow(step, &columns, &on, &x, y)) }
                }
            }
        }
    }
}

/// A pause, to the second where it is long.
fn pause(seconds: f64) -> String {
    time(if seconds < 10.0 { seconds } else { libm::round(seconds) })
}

fn clock(at: Instant, y: i32) -> Markup {
    html! { text x=(TIMES - 12) y=(y + 4) font-size="11" text-anchor="end" fill=(DIM) { (moment(at.as_micros())) } }
}

/// A message from its sender to all who hear it.
fn arrow(
    step: &Step,
    columns: &[&str],
    on: &[BTreeSet<String>],
    x: &impl Fn(usize) -> i32,
    y: i32,
) -> Markup {
    let from = columns.iter().position(|name| *name == step.from).unwrap_or_default();
    let hear: Vec<usize> = match &step.to {
        Some(to) => columns.iter().position(|name| name == to).into_iter().collect(),
        None => heard(step, columns, on, from),
    };
    let kind = step.kind.map_or(DIM, colour);
    let lost = step.came.is_none();
    let start = x(from);
    // What nobody heard goes half a column, to the side where others stand.
    let aside = if from == 0 { COLUMN / 2 } else { -COLUMN / 2 };
    let (least, most) = match (hear.iter().min(), hear.iter().max()) {
        (Some(least), Some(most)) => (x(*least).min(start), x(*most).max(start)),
        _ => (start.min(start + aside), start.max(start + aside)),
    };
    let middle = if hear.iter().any(|column| *column > from) || (hear.is_empty() && aside > 0) {
        (start + x(from + 1)) / 2
    } else {
        start - COLUMN / 2
    };
    let end = if lost { middle + (middle - start).signum() * 70 } else { 0 };
    let more = if step.doubled {
        ", twice"
    } else if lost {
        ", lost"
    } else {
        ""
    };
    html! {
        g {
            title { (step.text) (more) ": from " (step.from) " to " (step.to.as_deref().unwrap_or("all on the segment")) ", sent " (moment(step.at.as_micros())) @if let Some(came) = step.came { ", took " (time(real((came - step.at).as_micros().try_into().unwrap_or(u64::MAX)) / 1e6)) } }
            @if lost {
                line x1=(start) x2=(end) y1=(y) y2=(y) stroke=(kind) stroke-width="2" stroke-dasharray="5 4" {}
                path d={ "M" (end - 5) " " (y - 5) "l10 10m0 -10l-10 10" } stroke=(kind) stroke-width="2" fill="none" {}
            } @else {
                line x1=(least) x2=(most) y1=(y) y2=(y) stroke=(kind) stroke-width="2" {}
                @for column in &hear { (head(x(*column), x(*column) - start, y, kind)) }
            }
            text x=(middle) y=(y - 5) font-size="12" text-anchor="middle" fill=(INK) { (short(&step.text, 34)) (more) }
        }
    }
}

/// Who hears a broadcast: everybody of the ladder who is on its segment.
fn heard(step: &Step, columns: &[&str], on: &[BTreeSet<String>], from: usize) -> Vec<usize> {
    let there = on.get(step.segment);
    let hears = |name: &str, column: usize| match column {
        // The client itself is on the segment on which others answer it.
        0 => there.is_some_and(|names| names.iter().any(|of| name.starts_with(of.as_str()))),
        // A router hears what is broadcast and does nothing about it.
        _ => name != ROUTER && there.is_some_and(|names| names.contains(name)),
    };
    let all = columns.iter().enumerate().filter(|(column, name)| *column != from && hears(name, *column));
    all.map(|(column, _)| column).collect()
}

fn head(at: i32, way: i32, y: i32, kind: &str) -> Markup {
    let back = if way > 0 { -9 } else { 9 };
    html! { path d={ "M" (at) " " (y) "l" (back) " -5v10z" } fill=(kind) {} }
}

/// Everybody of a ladder, the client first.
fn columns(ladder: &Ladder) -> Vec<&str> {
    let mut columns = vec![ladder.client.as_str()];
    let steps = ladder.happenings.iter().filter_map(|happening| match happening {
        Happening::Frame(step) => Some(step),
        Happening::Note(..) => None,
    });
    for name in steps.flat_map(|step| [Some(step.from.as_str()), step.to.as_deref()]).flatten() {
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    columns
}

fn rows(ladder: &Ladder) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let mut last: Option<Instant> = None;
    for happening in &ladder.happenings {
        let (at, row) = match happening {
            Happening::Frame(step) => (step.at, Row::Step(step)),
            Happening::Note(at, what) => (*at, Row::Note(*at, what)),
        };
        let pause = last.map_or(0.0, |last| (at - last).as_secs_f64());
        if pause >= PAUSE {
            rows.push(Row::Pause(pause));
        }
        rows.push(row);
        last = Some(at);
    }
    rows
}

/// At most so many characters.
pub(super) fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

fn number(place: usize) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX / COLUMN - 2)
}
