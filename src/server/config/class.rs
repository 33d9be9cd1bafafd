//! Classes of clients: what a message must hold for its client to be in one.

use super::scope::Scope;
use crate::lease::agent::sub_option;
use crate::options::{Code, USER_CLASS};
use crate::packet::Packet;

/// A class of clients. One whose messages pass every test is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// What it is called; ranges name it.
    pub name: String,
    /// The tests, all of which must pass; without any, all clients are in the class.
    pub tests: Vec<Test>,
    /// Settings for its clients.
    pub scope: Scope,
}

/// A test of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// What is looked at.
    pub subject: Subject,
    /// What it must be.
    pub comparison: Comparison,
}

/// What is looked at in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The value of an option. Of a user class (77), each class counts by itself, and so does all of it.
    Option(Code),
    /// The value of a sub-option of option 82.
    Relay(u8),
    /// Field chaddr.
    Chaddr,
}

/// What a value must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// There.
    Exists,
    /// Not there.
    Absent,
    /// These octets.
    Equals(Vec<u8>),
    /// These octets and any others.
    StartsWith(Vec<u8>),
    /// These octets somewhere.
    Contains(Vec<u8>),
}

impl Class {
    /// Whether the sender of a message is in the class. `agent` is option 82, which a client that renews by unicast does
    /// not send: then the one that came with its lease.
    #[must_use]
    pub fn has(&self, packet: &Packet<'_>, agent: Option<&[u8]>) -> bool {
        self.tests.iter().all(|test| test.passes(packet, agent))
    }
}

impl Test {
    /// Whether a message passes, with this option 82.
    #[must_use]
    pub fn passes(&self, packet: &Packet<'_>, agent: Option<&[u8]>) -> bool {
        match self.subject {
            Subject::Chaddr => self.comparison.holds(Some(packet.chaddr().0)),
            Subject::Option(code) => {
                let value = packet.value(code);
                let whole = self.comparison.holds(value.as_deref());
                let parts = value.as_deref().filter(|_| code == USER_CLASS.code);
                whole
                    || parts.is_some_and(|value| {
                        user_classes(value).any(|part| self.comparison.holds(Some(part)))
                    })
            }
            Subject::Relay(code) => self.comparison.holds(agent.and_then(|value| sub_option(value, code))),
        }
    }
}

impl Comparison {
    pub(super) fn holds(&self, value: Option<&[u8]>) -> bool {
        match (self, value) {
            (Comparison::Exists, value) => value.is_some(),
            (Comparison::Absent, value) => value.is_none(),
            (_, None) => false,
            (Comparison::Equals(want), Some(value)) => value == want,
            (Comparison::StartsWith(want), Some(value)) => value.starts_with(want),
            (Comparison::Contains(want), Some(value)) => {
                want.is_empty() || value.windows(want.len()).any(|part| part == want)
            }
        }
    }
}

/// The classes of option 77, each behind its length (RFC 3004 §4).
fn user_classes(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = value;
    core::iter::from_fn(move || {
        let (length, after) = rest.split_first()?;
        let (class, after) = after.split_at_checked(usize::from(*length))?;
        rest = after;
        Some(class)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{Message, Op};

    #[test]
    fn tests_look_at_options_sub_options_and_hardware() {
        let mut message = Message::new(Op::BOOTREQUEST);
        message.set_hardware(1, &[2, 0, 0, 0, 0, 1]);
        message.push_octets(Code(60), b"MSFT 5.0").push_octets(Code(77), b"\x03abc\x04iPXE");
        let agent = [1, 2, 7, 8, 0, 1, 9, 200, 0];
        let octets = message.end(300);
        let packet = Packet::parse(&octets).unwrap();
        let (vendor, user) = (Subject::Option(Code(60)), Subject::Option(Code(77)));
        for (subject, comparison, want) in [
            (vendor, Comparison::StartsWith(b"MSFT".into()), true),
            (vendor, Comparison::Equals(b"MSFT".into()), false),
            (vendor, Comparison::Contains(b"5.".into()), true),
            (vendor, Comparison::Absent, false),
            (user, Comparison::Equals(b"iPXE".into()), true),
            (user, Comparison::Equals(b"\x03abc\x04iPXE".into()), true),
            (user, Comparison::Equals(b"abciPXE".into()), false),
            (Subject::Option(Code(93)), Comparison::Exists, false),
            (Subject::Relay(1), Comparison::Equals(vec![7, 8]), true),
            (Subject::Relay(0), Comparison::Exists, true),
            (Subject::Relay(200), Comparison::Exists, true),
            (Subject::Relay(2), Comparison::Absent, true),
            (Subject::Chaddr, Comparison::StartsWith(vec![2, 0]), true),
        ] {
            let test = Test { subject, comparison };
            assert_eq!(want, test.passes(&packet, Some(&agent)), "{test:?}");
        }
    }
}
