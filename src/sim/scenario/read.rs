//! Reading a scenario's file.

use core::time::Duration;

use toml::de::DeTable;

use super::event::events;
use super::expect::expectations;
use super::keys::Level;
use super::overrides::Layered;
use super::people::populations;
use super::place::{Names, all_nodes, all_segments};
use super::{Open, Override, Scenario, value};
use crate::config::error::Problem;
use crate::config::table::{Item, Reader, Table};
use crate::config::{ConfigError, Source, syntax, values};
use crate::time::Instant;

/// The most samples of a run.
const MOST_SAMPLES: u128 = 1_000_000;

impl Scenario {
    /// Reads the text of a file called `name`, with some values in the place of its own.
    ///
    /// # Errors
    ///
    /// Every fault of it, in its order; at least one.
    pub fn read(
        name: &str,
        text: &str,
        overrides: &[Override],
        open: Open<'_>,
    ) -> Result<Scenario, Vec<ConfigError>> {
        let source = Source::new(name, text);
        let (mut document, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(syntax(&source, &errors));
        }
        let document = document.get_mut();
        let layered = Layered::new(source, overrides);
        layered.apply(document)?;
        let mut reader = Reader::new(Source::new(name, &layered.text));
        let scenario = scenario(&mut reader, document, open);
        // What is wrong in a server's file is told of that file.
        let source = reader.source.clone();
        let (own, others): (Vec<_>, Vec<_>) =
            reader.sorted().into_iter().partition(|error| error.is_of(&source));
        match [layered.told(own), others].concat() {
            errors if errors.is_empty() => Ok(scenario),
            errors => Err(errors),
        }
    }
}

fn scenario(reader: &mut Reader, document: &DeTable<'_>, open: Open<'_>) -> Scenario {
    let top = Table::new(Level::Top, "", 0..0, document);
    reader.known(&top);
    let item = reader.require(&top, "duration", "a time");
    let duration = item.and_then(|item| reader.keep(&item, value::time(&item))).unwrap_or_default();
    let mut names = Names::default();
    let segments = all_segments(reader, &top, &mut names);
    let nodes = all_nodes(reader, &top, &mut names, open);
    let populations = populations(reader, &top, &mut names, duration);
    let from = reader.take(&top, "measure-from", |item| measure_from(item, duration)).unwrap_or_default();
    let every = reader.take(&top, "sample-every", |item| sample_every(item, duration));
    Scenario {
        title: reader.take(&top, "title", values::text).unwrap_or_default(),
        about: reader.take(&top, "about", values::text).unwrap_or_default(),
        duration,
        measure_from: Instant::EPOCH + from,
        sample_every: every.unwrap_or((duration / 100).max(Duration::from_millis(1))),
        routed: reader.take(&top, "routed", values::boolean).unwrap_or(true),
        events: events(reader, &top, &names, &segments, duration),
        expect: expectations(reader, &top),
        segments,
        nodes,
        populations,
    }
}

/// When counting begins; a scenario that ends before counts nothing.
fn measure_from(item: &Item<'_>, duration: Duration) -> Result<Duration, Problem> {
    match value::time(item)? {
        // Without `duration`, its absence is enough to tell.
        from if from < duration || duration.is_zero() => Ok(from),
        _ => Err(item.wrong("a time before the end, less than `duration`")),
    }
}

/// The distance of samples, which are all kept.
fn sample_every(item: &Item<'_>, duration: Duration) -> Result<Duration, Problem> {
    let every = value::lasting(item)?;
    match duration.as_micros().checked_div(every.as_micros()) {
        Some(samples) if samples <= MOST_SAMPLES => Ok(every),
        _ => Err(item.wrong(format!("a time that makes at most {MOST_SAMPLES} samples"))),
    }
}
