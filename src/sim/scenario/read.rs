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
use crate::config::table::{Reader, Table};
use crate::config::{ConfigError, Source, syntax, values};
use crate::time::Instant;

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
        match layered.told(reader.sorted()) {
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
    let populations = populations(reader, &top, &mut names);
    let from = reader.take(&top, "measure-from", value::time).unwrap_or_default();
    let every = reader.take(&top, "sample-every", value::time);
    Scenario {
        title: reader.take(&top, "title", values::text).unwrap_or_default(),
        about: reader.take(&top, "about", values::text).unwrap_or_default(),
        duration,
        measure_from: Instant::EPOCH + from,
        sample_every: every.unwrap_or(duration / 100).max(Duration::from_millis(1)),
        routed: reader.take(&top, "routed", values::boolean).unwrap_or(true),
        events: events(reader, &top, &names, &segments, duration),
        expect: expectations(reader, &top),
        segments,
        nodes,
        populations,
    }
}
