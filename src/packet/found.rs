//! Which options a message has, found in one pass when it is parsed, so that looking one up need not begin anew.

use super::header::{FILE, HEADER_SIZE, MessageType, SNAME};
use crate::options::{Code, DHCP_MESSAGE_TYPE, OPTION_OVERLOAD, Options};

/// A set of option codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeSet([u64; 4]);

impl CodeSet {
    /// Adds a code; whether it was there before.
    #[inline]
    pub fn insert(&mut self, code: Code) -> bool {
        let bit = 1u64 << (code.0 & 63);
        match self.0.get_mut(usize::from(code.0 >> 6)) {
            Some(word) => {
                let there = *word & bit != 0;
                *word |= bit;
                there
            }
            None => false,
        }
    }

    /// Whether it holds a code.
    #[must_use]
    #[inline]
    pub fn contains(&self, code: Code) -> bool {
        self.0.get(usize::from(code.0 >> 6)).is_some_and(|word| word >> (code.0 & 63) & 1 != 0)
    }
}

/// What the areas of a message hold.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// What option 52 says: 1 for file, 2 for sname, 3 for both.
    pub(super) overload: u8,
    pub(super) message_type: Option<MessageType>,
    /// Whether an option's length octet reaches past the end of its area.
    pub(super) cut: bool,
    any_repeated: bool,
    pub(super) present: CodeSet,
    pub(super) repeated: CodeSet,
}

impl Found {
    /// What stands in the options area, and in file and sname if option 52 says so.
    #[inline(never)]
    pub(super) fn new(header: &[u8; HEADER_SIZE], area: &[u8]) -> Found {
        let mut found = Found::default();
        let mut options = Options::new(area);
        for (code, value) in options.by_ref() {
            if found.add(code)
                && code == DHCP_MESSAGE_TYPE.code
                && let [kind] = value
            {
                found.message_type = Some(MessageType(*kind));
            }
        }
        found.add_cut(&options);
        if found.present.contains(OPTION_OVERLOAD.code) {
            found.add_overloaded(header, area);
        }
        found
    }

    /// Whether an option has to be joined or is cut.
    #[inline]
    pub(super) fn is_odd(&self) -> bool {
        self.any_repeated || self.cut
    }

    /// Whether this is the first instance of its option.
    #[inline]
    fn add(&mut self, code: Code) -> bool {
        let first = !self.present.insert(code);
        if !first {
            self.any_repeated = true;
            self.repeated.insert(code);
        }
        first
    }

    #[inline]
    fn add_cut(&mut self, options: &Options<'_>) {
        if let Some(code) = options.cut() {
            self.cut = true;
            self.add(code);
        }
    }

    #[cold]
    fn add_overloaded(&mut self, header: &[u8; HEADER_SIZE], area: &[u8]) {
        self.overload = overload(area);
        for (bit, field) in [(1, FILE), (2, SNAME)] {
            if self.overload & bit != 0 {
                let octets = header.get(field.range()).unwrap_or_default();
                let mut options = Options::new(octets);
                for (code, _) in options.by_ref() {
                    self.add(code);
                }
                self.add_cut(&options);
            }
        }
    }
}

/// What the first option 52 says, if that is 1, 2 or 3 in one octet (RFC 2132 §9.3). A second one makes their joined
/// value malformed, and must not hide the options that the first one points to.
fn overload(area: &[u8]) -> u8 {
    match Options::new(area).find(|(code, _)| *code == OPTION_OVERLOAD.code) {
        Some((_, [overload @ 1..=3])) => *overload,
        _ => 0,
    }
}
