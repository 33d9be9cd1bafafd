//! Which plots there are of a run, and what they show.

use std::collections::BTreeMap;

use super::axis::{Axis, number, percent, time};
use super::chart::{Along, Form, Layer, NotDrawn, Plot};
use super::page::Page;
use super::palette::{BLUE, BROWN, Colour, DIM, GREEN, INK, ORANGE, PURPLE, RED, SKY};
use crate::packet::MessageType;
use crate::sim::Measures;
use crate::sim::estimate::{real, share};
use crate::sim::record::{Bin, Counts};
use crate::time::Instant;

/// How many points a curve of rates has, and how many bars a plot of counts.
const POINTS: usize = 240;
const BARS: usize = 96;

/// Bins as a plot wants them: how wide, and with the middle of each.
struct Binned {
    width: f64,
    bins: Vec<Bin>,
}

/// All plots of a page.
///
/// # Errors
///
/// None today: plots are drawn later.
pub fn plots(page: &Page<'_>) -> Result<Vec<Plot>, NotDrawn> {
    Ok(vec![occupancy(page), refused(page), renewals(page), messages(page), waiting(page.measures)])
}

fn occupancy(page: &Page<'_>) -> Plot {
    let Binned { width, bins } = binned(page, usize::MAX);
    let line = |of: fn(&Bin) -> Option<f64>| {
        let points = middles(width, &bins, page).filter_map(|(x, bin)| Some((x, of(bin)?)));
        Form::Line(points.collect())
    };
    let band = middles(width, &bins, page)
        .filter(|(_, bin)| bin.bound.mean().is_some())
        .map(|(x, bin)| (x, real(bin.bound.least), real(bin.bound.most)));
    let most = bins.iter().map(|bin| bin.bound.most.max(bin.online.most)).max().unwrap_or_default();
    let addresses = page.measures.addresses;
    let mut layers = vec![
        layer("bound, least to most", BLUE, Form::Band(band.collect())),
        layer("addresses bound, mean", BLUE, line(|bin| bin.bound.mean())),
        layer("customers with an address, mean", ORANGE, line(|bin| bin.online.mean())),
    ];
    // A pool that is far larger than what is used would squeeze the curves to the floor.
    let shown = addresses <= most.saturating_mul(4);
    if shown {
        layers.push(layer("addresses in the pool", INK, Form::Level(real(addresses))));
    }
    let top = if shown { most.max(addresses) } else { most };
    let beyond = if shown { String::new() } else { format!(" The pool has {addresses}, far above.") };
    Plot {
        title: "Pool occupancy".to_owned(),
        caption: format!(
            "How many addresses are bound, and how many customers use one; each point is the mean of {}. Where the blue curve lies above the other, addresses are bound to customers who are gone.{beyond}",
            time(width)
        ),
        layers,
        ..over_time(page, "occupancy", "addresses", Axis::whole(real(top)).above(real(top)))
    }
}

fn refused(page: &Page<'_>) -> Plot {
    let Binned { width, bins } = binned(page, BARS);
    let bars: Vec<(f64, f64, f64)> = starts(width, &bins)
        .map(|(x, bin)| (x, (x + width).min(end(page)), real(bin.counts.refused)))
        .collect();
    let most = bars.iter().map(|bar| bar.2).fold(0.0, f64::max);
    let measures = page.measures;
    let caption = format!(
        "Customers who asked, got no address in their time and went away, in each {}. In the time counted: {} of {} ({}).",
        time(width),
        number(real(measures.refused), 1.0),
        number(real(measures.asked), 1.0),
        percent(share(measures.refused, measures.asked), 0.000_01),
    );
    Plot {
        title: "Refused customers".to_owned(),
        caption,
        layers: vec![layer("customers refused", RED, Form::Bars(bars))],
        ..over_time(page, "refused", &format!("customers in {}", time(width)), Axis::whole(most))
    }
}

fn renewals(page: &Page<'_>) -> Plot {
    let Binned { width, bins } = binned(page, POINTS);
    let line = |of: fn(&Counts) -> u64| rates(page, width, &bins, |bin| of(&bin.counts));
    let (renewing, rebinding) = (line(|counts| counts.renewals), line(|counts| counts.rebindings));
    let most = highest(&renewing).max(highest(&rebinding));
    Plot {
        title: "Renewals per second".to_owned(),
        caption: format!(
            "DHCPREQUESTs by which clients ask for more time: in RENEWING (from T1 on) of the server that granted the lease, in REBINDING (from T2 on) of any. Means over {}.",
            time(width)
        ),
        layers: vec![
            layer("RENEWING", BLUE, Form::Line(renewing)),
            layer("REBINDING", ORANGE, Form::Line(rebinding)),
        ],
        ..over_time(page, "renewals", "DHCPREQUESTs per second", Axis::from_zero(most, number))
    }
}

fn messages(page: &Page<'_>) -> Plot {
    let Binned { width, bins } = binned(page, POINTS);
    let mut most = 0.0_f64;
    let kinds: Vec<MessageType> = Counts::sum(&bins).types().collect();
    let layers = kinds.iter().map(|kind| {
        let points = rates(page, width, &bins, |bin| bin.counts.sent(*kind));
        most = most.max(highest(&points));
        let name = kind.name().map_or_else(|| format!("type {}", kind.0), |name| format!("DHCP{name}"));
        layer(&name, colour(*kind), Form::Line(points))
    });
    let layers = layers.collect();
    Plot {
        title: "Messages by type per second".to_owned(),
        caption: format!(
            "What clients, servers and relay agents sent; what a relay agent passes on counts again. Means over {}.",
            time(width)
        ),
        layers,
        ..over_time(page, "messages", "messages per second", Axis::from_zero(most, number))
    }
}

/// How long customers waited, as a histogram.
fn waiting(measures: &Measures) -> Plot {
    let classes = waits(measures);
    let total = measures.first.count();
    let edge = |place: i32| time(edge(place) / 1e6);
    let least = classes.keys().next().copied().unwrap_or_default();
    let last = classes.keys().next_back().copied().unwrap_or(least).max(least.saturating_add(5));
    let bars: Vec<(f64, f64, f64)> = (least..=last)
        .map(|place| {
            let count = classes.get(&place).copied().unwrap_or_default();
            (f64::from(place), f64::from(place) + 1.0, share(count, total))
        })
        .collect();
    let names = (least..=last).map(|place| format!("{} to {}", edge(place), edge(place.saturating_add(1))));
    let edges: Vec<String> = (least..=last.saturating_add(1)).map(edge).collect();
    let every = Axis::every(&edges);
    let ticks = (least..=last.saturating_add(1)).zip(edges).step_by(every);
    let most = bars.iter().map(|bar| bar.2).fold(0.0, f64::max);
    Plot {
        name: "waiting",
        title: "Time to an address".to_owned(),
        caption: waited(measures),
        unit: "share of customers".to_owned(),
        x: Axis {
            from: f64::from(least),
            to: f64::from(last) + 1.0,
            ticks: ticks.map(|(place, edge)| (f64::from(place), edge)).collect(),
        },
        y: Axis::from_zero(most, percent),
        along: Along::Named(names.collect()),
        layers: vec![layer("customers", GREEN, Form::Bars(bars))],
        warm_up: None,
        marks: Vec::new(),
    }
}

/// The waits in words.
fn waited(measures: &Measures) -> String {
    let at = |share: f64| measures.first.at(share).map(|took| time(took.as_secs_f64()));
    let found = match (measures.first.count(), at(0.5), at(0.95), at(0.99)) {
        (1, Some(took), ..) => format!("the only one {took}."),
        (count, Some(half), Some(most), Some(nearly)) => format!(
            "half of them up to {half}, 95 in 100 up to {most}, 99 in 100 up to {nearly}; {} waits.",
            number(real(count), 1.0)
        ),
        _ => {
            return "How long customers waited from asking to their DHCPACK: nobody was given an address."
                .to_owned();
        }
    };
    format!(
        "How long customers waited from asking to their DHCPACK: {found} Six classes make a power of ten."
    )
}

/// How many waits there are in each class.
fn waits(measures: &Measures) -> BTreeMap<i32, u64> {
    let mut classes = BTreeMap::new();
    for (took, count) in measures.first.classes() {
        let micros = real(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        let place = (0..120).rev().find(|place| edge(*place) <= micros).unwrap_or_default();
        *classes.entry(place).or_default() += count;
    }
    classes
}

/// The least time of a class in microseconds: six to a power of ten, at numbers that people like.
fn edge(place: i32) -> f64 {
    const EDGES: [f64; 6] = [1.0, 1.5, 2.0, 3.0, 5.0, 7.0];
    let within = usize::try_from(place.rem_euclid(6)).ok().and_then(|place| EDGES.get(place));
    within.copied().unwrap_or(1.0) * libm::pow(10.0, f64::from(place.div_euclid(6)))
}

/// A plot over the time of a run, without anything in it.
fn over_time(page: &Page<'_>, name: &'static str, unit: &str, y: Axis) -> Plot {
    let since = real(page.scenario.measure_from.as_micros()) / 1e6;
    Plot {
        name,
        title: String::new(),
        caption: String::new(),
        unit: unit.to_owned(),
        x: Axis::time(end(page)),
        y,
        along: Along::Time,
        layers: Vec::new(),
        warm_up: (since > 0.0).then(|| since.min(end(page))),
        marks: page.marks().map(|(number, at, _)| (real(at.as_micros()) / 1e6, number)).collect(),
    }
}

fn binned(page: &Page<'_>, most: usize) -> Binned {
    let series = &page.recording.series;
    let times = series.times(most);
    let width = series.width().as_secs_f64();
    Binned { width: width * real(u64::try_from(times).unwrap_or(1)), bins: series.coarser(times) }
}

fn starts(width: f64, bins: &[Bin]) -> impl Iterator<Item = (f64, &Bin)> {
    (0_u32..).zip(bins).map(move |(number, bin)| (f64::from(number) * width, bin))
}

/// The middle of each bin that begins before the end.
fn middles<'b>(width: f64, bins: &'b [Bin], page: &Page<'_>) -> impl Iterator<Item = (f64, &'b Bin)> {
    let end = end(page);
    starts(width, bins).filter(move |(x, _)| *x < end).map(move |(x, bin)| ((x + width / 2.0).min(end), bin))
}

/// What happened a second; the last bin may be cut short by the end.
fn rates(page: &Page<'_>, width: f64, bins: &[Bin], of: impl Fn(&Bin) -> u64) -> Vec<(f64, f64)> {
    let end = end(page);
    let point = |(x, bin): (f64, &Bin)| {
        let long = (end - x).min(width);
        (long > width / 100.0).then(|| (x + long / 2.0, real(of(bin)) / long))
    };
    starts(width, bins).filter_map(point).collect()
}

fn highest(points: &[(f64, f64)]) -> f64 {
    points.iter().map(|(_, y)| *y).fold(0.0, f64::max)
}

fn end(page: &Page<'_>) -> f64 {
    real(page.end.max(Instant::from_micros(1)).as_micros()) / 1e6
}

fn layer(name: &str, colour: Colour, form: Form) -> Layer {
    Layer { name: name.to_owned(), colour, form }
}

/// The colour of a message type, everywhere.
pub(super) fn colour(kind: MessageType) -> Colour {
    match kind {
        MessageType::DISCOVER => BLUE,
        MessageType::OFFER => PURPLE,
        MessageType::REQUEST => ORANGE,
        MessageType::ACK => GREEN,
        MessageType::NAK => RED,
        MessageType::RELEASE => SKY,
        MessageType::DECLINE => BROWN,
        MessageType::INFORM => INK,
        _ => DIM,
    }
}
