//! The page of a run.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::axis::{moment, time};
use super::chart::{NotDrawn, figure};
use super::{ladder, lines, network, palette, place, plots};
use crate::sim::estimate::real;
use crate::sim::record::{Ladder, Recording};
use crate::sim::scenario::Scenario;
use crate::sim::{Action, Measures, NodeId, PopulationId, SegmentId};
use crate::time::Instant;

/// What the page may load and run: its own style and its own script, which a digest names; nothing from anywhere else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
    script-src 'sha256-@@DIGEST@@'; base-uri 'none'; form-action 'none'";
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// How many events are marked in plots.
const MARKS: usize = 40;

/// A run that is to be shown.
#[derive(Debug)]
pub struct Page<'a> {
    /// What the scenario is called.
    pub name: &'a str,
    /// The scenario.
    pub scenario: &'a Scenario,
    /// What was counted.
    pub measures: &'a Measures,
    /// What was recorded.
    pub recording: &'a Recording,
    /// When the run ended.
    pub end: Instant,
    /// The table at the top.
    pub summary: Summary,
}

/// What came out, in words.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// How long, which seeds.
    pub about: String,
    /// The command that gives the same page.
    pub command: String,
    /// Figures.
    pub facts: Vec<Fact>,
    /// What was expected, and the lease law.
    pub verdicts: Vec<Verdict>,
}

/// A figure.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Its name.
    pub name: String,
    /// Its value with its unit.
    pub value: String,
    /// What it says.
    pub meaning: String,
    /// Whether it is nothing.
    pub is_zero: bool,
}

/// Whether something is as it should be.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What should be.
    pub wanted: String,
    /// What is.
    pub found: String,
    /// Whether that is right.
    pub met: bool,
}

impl Page<'_> {
    /// The scenario's title; without one, its name.
    fn title(&self) -> &str {
        if self.scenario.title.is_empty() { self.name } else { &self.scenario.title }
    }

    /// What was done to the network, in the order of time: a number from 1 on, when and what; as far as there is room.
    pub(super) fn marks(&self) -> impl Iterator<Item = (usize, Instant, String)> {
        let mut done: Vec<_> = self.scenario.events.iter().filter(|(at, _)| *at <= self.end).collect();
        done.sort_by_key(|(at, _)| *at);
        (1..).zip(done).take(MARKS).map(|(number, (at, action))| (number, *at, told(action, self.scenario)))
    }
}

/// The page as HTML, in one file.
///
/// # Errors
///
/// [`NotDrawn`] if the charting library refuses, which it does for no plot of ours.
pub fn page(page: &Page<'_>) -> Result<String, NotDrawn> {
    let figures = plots(page)?.iter().map(figure).collect::<Result<Vec<_>, _>>()?;
    let summary = &page.summary;
    let body = html! {
        header {
            h1 { (page.title()) }
            p.about { (page.scenario.about) }
            p.dim { (page.name) ": " (summary.about) }
            nav {
                @for (to, name) in [("summary", "Summary"), ("plots", "Plots"), ("network", "Network"), ("ladders", "Ladders"), ("leases", "Leases")] {
                    a href={ "#" (to) } { (name) } " "
                }
            }
        }
        section #summary { h2 { "Summary" } (verdicts(&summary.verdicts)) (facts(&summary.facts)) }
        section #plots {
            h2 { "Plots" }
            p.hint.screen { "Point at a plot to read its values. Drag over a stretch of time to zoom in on all plots, double-click to see all again; or use the arrow keys, + and −, and 0." }
            (marks(page))
            @if page.scenario.measure_from > Instant::EPOCH {
                p.hint { "In the grey stretch nothing is counted yet: the network comes to its everyday state." }
            }
            @for figure in figures { (figure) }
        }
        section #network { h2 { "Network" } figure { div.scroll { (network::draw(page.scenario)) } figcaption { (network::CAPTION) } } }
        section #ladders { h2 { "Ladders" } (ladders(page)) }
        section #leases { h2 { "Leases" } (lines::figure(page)) }
        footer { p.dim { "dhcpsim " (env!("CARGO_PKG_VERSION")) " made this page: " code { (summary.command) } } }
    };
    Ok(document(page.title(), &body))
}

/// A page around its body.
pub(super) fn document(title: &str, body: &Markup) -> String {
    let digest = BASE64_STANDARD.encode(Sha256::digest(SCRIPT));
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY.replace("@@DIGEST@@", &digest));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(palette::STYLE)) (PreEscaped(STYLE)) }
            }
            body { (body) script { (PreEscaped(SCRIPT)) } }
        }
    };
    markup.into_string()
}

fn verdicts(verdicts: &[Verdict]) -> Markup {
    html! {
        ul.verdicts {
            @for verdict in verdicts {
                @let (class, sign) = if verdict.met { ("met", "✔") } else { ("missed", "✗") };
                li class=(class) { span.sign { (sign) } " " (verdict.wanted) " " span.dim { (verdict.found) } }
            }
        }
    }
}

fn facts(facts: &[Fact]) -> Markup {
    let (zero, some): (Vec<&Fact>, Vec<&Fact>) = facts.iter().partition(|fact| fact.is_zero);
    html! {
        (table(&some))
        @if !zero.is_empty() {
            details { summary.dim { "Figures that are zero: " (zero.len()) } (table(&zero)) }
        }
    }
}

fn table(facts: &[&Fact]) -> Markup {
    html! {
        div.scroll { table.facts {
            thead { tr { th { "figure" } th.number { "value" } th { "what it says" } } }
            tbody {
                @for fact in facts { tr { td { code { (fact.name) } } td.number { (fact.value) } td.dim { (fact.meaning) } } }
            }
        } }
    }
}

fn marks(page: &Page<'_>) -> Markup {
    let marks: Vec<_> = page.marks().collect();
    html! {
        @if !marks.is_empty() {
            p.hint { "Numbers above the plots are what was done to the network:" }
            ol.marks { @for (_, at, what) in &marks { li { span.time { (moment(at.as_micros())) } " " (what) } } }
        }
        @if page.scenario.events.len() > MARKS {
            p.hint { "Of " (page.scenario.events.len()) " events the first " (MARKS) " are shown." }
        }
    }
}

fn ladders(page: &Page<'_>) -> Markup {
    let ladders = page.recording.ladders();
    html! {
        @if ladders.is_empty() { p { "No client has sent anything." } } @else {
            p.screen.chooser {
                label for="client" { "Client " }
                select #client { @for (place, ladder) in ladders.iter().enumerate() { option value=(place) { (ladder.client) } } }
            }
            p.hint {
                @if let [_] = ladders { "Kept is the client who asked first" } @else { "Kept are the " (ladders.len()) " clients who asked first" }
                " and those named with " code { "--ladder" } "."
            }
            @for (place, ladder) in ladders.iter().enumerate() {
                figure.ladder data-place=(place) data-client=(ladder.client) {
                    h3 { (ladder.client) }
                    div.scroll { (ladder::draw(page.scenario, ladder)) }
                    figcaption { (left_out(ladder)) }
                }
            }
        }
    }
}

fn left_out(ladder: &Ladder) -> String {
    let what = "Time goes down; an arrow ends with whoever hears it, a dashed one with a cross is lost.";
    match ladder.left_out {
        0 => what.to_owned(),
        count => format!(
            "{what} These are the first {} happenings; {count} more are left out.",
            ladder.happenings.len()
        ),
    }
}

/// By how much a clock jumps, and where to.
fn shifted(micros: i64) -> String {
    let by = time(real(micros.unsigned_abs()) / 1e6);
    if micros < 0 { format!("back by {by}") } else { format!("ahead by {by}") }
}

/// An action in words.
fn told(action: &Action, scenario: &Scenario) -> String {
    let node = |id: &NodeId| scenario.nodes.get(place(id.0)).map_or("a node", |node| node.name.as_str());
    let segment =
        |id: &SegmentId| scenario.segments.get(place(id.0)).map_or("a segment", |(name, _)| name.as_str());
    let people =
        |id: &PopulationId| scenario.populations.get(place(id.0)).map_or("customers", |of| of.name.as_str());
    match action {
        Action::Crash(id) => format!("{} crashes", node(id)),
        Action::CrashOnWrite(id) => format!("{} is to crash at its next write", node(id)),
        Action::Start(id) => format!("{} starts", node(id)),
        Action::Plug(id, true) => format!("{} is plugged in", node(id)),
        Action::Plug(id, false) => format!("{} is unplugged", node(id)),
        Action::Up(id, true) => format!("{} carries again", segment(id)),
        Action::Up(id, false) => format!("{} carries nothing", segment(id)),
        Action::Quality(id, _) => format!("{} gets another quality", segment(id)),
        Action::Store(id, _) => format!("the store of {} behaves differently", node(id)),
        Action::Jump(id, micros) => format!("the clock of {} jumps {}", node(id), shifted(*micros)),
        Action::Reload(id, _) => format!("{} is configured anew", node(id)),
        Action::Dark(id) => format!("every {} loses its power", people(id)),
        Action::Light(id, _) => format!("every {} has power again", people(id)),
        Action::Leave(id) => format!("every {} who is there leaves", people(id)),
    }
}
