//! The network of a scenario: segments as lines, and what stands on them.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::axis::time;
use super::ladder::short;
use super::palette::{BLUE, Colour, DIM, GREEN, INK, ORANGE, PAPER, PURPLE, RED};
use super::place;
use crate::sim::Quality;
use crate::sim::scenario::{NodePlan, RolePlan, Scenario};

/// What is seen.
pub(super) const CAPTION: &str = "Each thick line is a segment: what is broadcast there is heard by all whose line ends on it with a dot. The router, where there is one, carries what is sent to an address of another segment, but no broadcast.";

/// What the router is called that joins all segments.
pub(super) const ROUTER: &str = "router";

/// How much is drawn: so many nodes and populations, and segments.
const MOST: usize = 20;

const COLUMN: i32 = 170;
const ROW: i32 = 120;
const BOX: i32 = 140;

/// Something with a box.
struct Thing {
    name: String,
    lines: Vec<String>,
    colour: Colour,
    segments: Vec<usize>,
}

/// The names of those who hear what is broadcast on each segment.
pub(super) fn attached(scenario: &Scenario) -> Vec<BTreeSet<String>> {
    let mut on = vec![BTreeSet::new(); scenario.segments.len()];
    for thing in things(scenario) {
        for segment in thing.segments {
            if let Some(names) = on.get_mut(segment) {
                names.insert(thing.name.clone());
            }
        }
    }
    on
}

/// Draws the network as an SVG document.
pub(super) fn draw(scenario: &Scenario) -> Markup {
    let (things, more) = drawn(scenario);
    let number = |place: usize| i32::try_from(place).unwrap_or(10_000);
    let bus = |segment: usize| 96 + ROW * number(segment);
    let x = |column: usize| 30 + COLUMN * number(column);
    let width = (x(things.len()) + 10).max(480);
    let segments = scenario.segments.len().min(MOST);
    let height = bus(segments.saturating_sub(1)) + if more.is_empty() { 40 } else { 64 };
    html! {
        svg.diagram xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } style={ "max-width:" (width) "px;min-width:min(" (width) "px,620px)" } role="img" aria-label="the network" {
            @for (row, (name, quality)) in scenario.segments.iter().take(MOST).enumerate() {
                line x1="20" x2=(width - 20) y1=(bus(row)) y2=(bus(row)) stroke=(INK) stroke-width="4" stroke-linecap="round" {}
                text x="20" y=(bus(row) + 20) font-size="12" fill=(INK) { tspan font-weight="bold" { (short(name, 30)) } tspan fill=(DIM) dx="8" { (quality_of(quality)) } }
            }
            @if !more.is_empty() { text x="20" y=(height - 10) font-size="12" fill=(DIM) { (more) } }
            @for (column, thing) in things.iter().enumerate() {
                @let first = thing.segments.iter().copied().min().unwrap_or_default();
                @let last = thing.segments.iter().copied().max().unwrap_or_default();
                @let middle = x(column) + BOX / 2;
                @let top = bus(first) - 84;
                line x1=(middle) x2=(middle) y1=(top + 50) y2=(bus(last)) stroke=(thing.colour) stroke-width="2" {}
                @for segment in &thing.segments { circle cx=(middle) cy=(bus(*segment)) r="6" fill=(thing.colour) {} }
                g {
                    title { (thing.name) @for line in &thing.lines { ", " (line) } }
                    rect x=(x(column)) y=(top) width=(BOX) height="56" rx="7" fill=(PAPER) stroke=(thing.colour) stroke-width="2" {}
                    text x=(middle) y=(top + 18) font-size="13" font-weight="bold" text-anchor="middle" fill=(INK) { (short(&thing.name, 18)) }
                    @for (line, text) in thing.lines.iter().take(2).enumerate() {
                        text x=(middle) y=(top + 33 + 14 * number(line)) font-size="11" text-anchor="middle" fill=(DIM) { (short(text, 24)) }
                    }
                }
            }
        }
    }
}

/// What there is room for, on segments there is room for, and a word on the rest. The router has a place of its own.
fn drawn(scenario: &Scenario) -> (Vec<Thing>, String) {
    let mut others = things(scenario);
    let router = if is_joined(scenario) { others.pop() } else { None };
    let all = others.len();
    let mut drawn: Vec<Thing> = others
        .into_iter()
        .filter(|thing| thing.segments.iter().all(|segment| *segment < MOST))
        .take(MOST)
        .collect();
    let left_out = all - drawn.len();
    let segments = scenario.segments.len().saturating_sub(MOST);
    drawn.extend(
        router.map(|router| Thing { segments: (0..scenario.segments.len().min(MOST)).collect(), ..router }),
    );
    let rest = [(left_out, "node or population", "nodes and populations"), (segments, "segment", "segments")];
    let rest = rest
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} more {}", if *count == 1 { one } else { many }));
    let rest: Vec<String> = rest.collect();
    (drawn, if rest.is_empty() { String::new() } else { format!("not drawn: {}", rest.join(", ")) })
}

/// Whether a router joins the segments.
fn is_joined(scenario: &Scenario) -> bool {
    scenario.routed && scenario.segments.len() > 1
}

/// Everything that stands on segments; the router is last.
fn things(scenario: &Scenario) -> Vec<Thing> {
    let mut things: Vec<Thing> = scenario.nodes.iter().map(node).collect();
    things.extend(scenario.populations.iter().map(|of| Thing {
        name: of.name.clone(),
        lines: vec![
            match of.count {
                Some(1) => "one client".to_owned(),
                Some(count) => format!("{} clients", super::axis::number(count.into(), 1.0)),
                None => "as many as come".to_owned(),
            },
            if of.hostile { "after the addresses".to_owned() } else { String::new() },
        ],
        colour: if of.hostile { RED } else { ORANGE },
        segments: vec![place(of.segment.0)],
    }));
    if is_joined(scenario) {
        things.push(Thing {
            name: ROUTER.to_owned(),
            lines: vec!["between all segments".to_owned()],
            colour: DIM,
            segments: (0..scenario.segments.len()).collect(),
        });
    }
    things
}

fn node(node: &NodePlan) -> Thing {
    let (what, colour) = match &node.role {
        RolePlan::Server { rogue: true, .. } => ("rogue server", RED),
        RolePlan::Server { .. } => ("server", BLUE),
        RolePlan::Relay(_) => ("relay agent", GREEN),
        RolePlan::Host => ("host", PURPLE),
    };
    let addresses: Vec<String> = node.ports.iter().map(|port| port.address.to_string()).collect();
    Thing {
        name: node.name.clone(),
        lines: vec![what.to_owned(), addresses.join(", ")],
        colour,
        segments: node.ports.iter().map(|port| place(port.segment.0)).collect(),
    }
}

fn quality_of(quality: &Quality) -> String {
    let mut parts = vec![format!("latency {}", time(quality.latency.as_secs_f64()))];
    if !quality.jitter.is_zero() {
        parts.push(format!("jitter up to {}", time(quality.jitter.as_secs_f64())));
    }
    for (name, share) in
        [("loss", quality.loss), ("doubled", quality.duplicate), ("held up", quality.reorder)]
    {
        if share > 0.0 {
            parts.push(format!("{name} {}", super::axis::percent(share, 0.001)));
        }
    }
    if let Some(rate) = quality.rate {
        let bits = crate::sim::estimate::real(rate);
        parts.push(format!("{} Mbit/s", super::axis::number(bits / 1e6, 0.1)));
    }
    parts.join(", ")
}
