//! What is odd or wrong in a message, each with its place and the section it breaks.
//!
//! An anomaly never stops the reading (law 2): the message is read as far as it goes, and [`anomalies`] says what a
//! receiver would trip over. [`Severity::Fault`] is what the RFC forbids or what can't be read.

mod areas;
mod header;
mod kind;
mod rules;
mod values;

pub use header::field_rule;
pub use kind::{Anomaly, Kind, Severity, Subject};

pub use rules::{Presence, option_rule};

use super::view::Packet;

/// All anomalies of a message in the order of their offsets.
#[must_use]
pub fn anomalies(packet: &Packet<'_>) -> Vec<Anomaly> {
    let mut found = Found(Vec::new());
    header::check(packet, &mut found);
    areas::check(packet, &mut found);
    values::check(packet, &mut found);
    rules::check(packet, &mut found);
    found.0.sort_by_key(|anomaly| anomaly.offset);
    found.0
}

/// The anomalies found so far.
struct Found(Vec<Anomaly>);

impl Found {
    fn add(&mut self, kind: Kind, subject: Subject, offset: usize, length: usize) {
        self.0.push(Anomaly { kind, subject, offset, length });
    }

    fn field(&mut self, kind: Kind, field: super::header::Field) {
        self.add(kind, Subject::Field(field.name), field.offset, field.size);
    }
}
