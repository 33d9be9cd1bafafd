//! `--capture FILE`: the frames of a segment as a pcapng file, with the simulation's times.

use std::fmt;
use std::io::Write;
use std::path::Path;

use dhcpsim::capture::{Format, Ports, Writer, WriterOptions};
use dhcpsim::endpoint::{Event, Instant};
use dhcpsim::options::nearest;
use dhcpsim::sim::scenario::Scenario;
use dhcpsim::sim::{Observer, Sighting};

use crate::cli::Failure;
use crate::cli::exit::Complaint;

/// Writes the frames of one segment.
pub(super) struct Capture<W> {
    writer: Writer<W>,
    segment: usize,
    /// Whether the file could not be written; that was said then.
    failed: bool,
}

impl<W: Write> Capture<W> {
    /// Starts a file.
    pub(super) fn new(
        output: W,
        path: &Path,
        segment: usize,
        scenario: &Scenario,
        about: &str,
    ) -> Result<Capture<W>, Failure> {
        let name = scenario.segments.get(segment).map_or("", |(name, _)| name);
        let options = WriterOptions {
            format: Format::Pcapng,
            ports: Ports::Real,
            interface: name.to_owned(),
            description: "a segment of a simulated network; time 0 is its start".to_owned(),
            comments: vec![
                format!("dhcpsim {} simulate, {about}", env!("CARGO_PKG_VERSION")),
                scenario.title.clone(),
            ],
            ..WriterOptions::default()
        };
        let writer = Writer::new(output, &options).map_err(|error| cannot(path, &error))?;
        Ok(Capture { writer, segment, failed: false })
    }
}

impl<W: Write> Observer for Capture<W> {
    fn frame(&mut self, now: Instant, frame: &Sighting<'_>) {
        if frame.segment != self.segment || self.failed {
            return;
        }
        let comments: &[&str] = match (frame.fate.first, frame.fate.second) {
            (None, _) => &["lost on its way"],
            (Some(_), Some(_)) => &["comes twice"],
            _ => &[],
        };
        let nanos = now.as_micros().saturating_mul(1000);
        if let Err(error) = self.writer.write_frame(nanos, None, frame.frame, comments) {
            let _ = writeln!(anstream::stderr(), "warning: the capture ends here: {error}");
            self.failed = true;
        }
    }

    fn event(&mut self, _: Instant, _: &str, _: &Event) {}

    fn note(&mut self, _: Instant, _: &str) {}
}

/// The place of a segment by its name; the first if none is named.
pub(super) fn segment(scenario: &Scenario, name: Option<&str>) -> Result<usize, Failure> {
    let Some(name) = name else { return Ok(0) };
    scenario.segments.iter().position(|(there, _)| there == name).ok_or_else(|| {
        let complaint = Complaint::new(format!("--segment: the scenario has no segment `{name}`"));
        let names = scenario.segments.iter().map(|(name, _)| name.as_str());
        Failure::Usage(match nearest(name, names.clone()) {
            Some(near) => complaint.help(format!("did you mean `{near}`?")),
            None => complaint.help(format!("there are: {}", names.collect::<Vec<_>>().join(", "))),
        })
    })
}

pub(super) fn cannot(path: &Path, error: &dyn fmt::Display) -> Failure {
    Failure::Cannot(Complaint::new(format!("cannot write {}: {error}", path.display())))
}
