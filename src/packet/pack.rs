//! Fitting options into a message of limited size: overload (RFC 2132 §9.3) and splitting (RFC 3396).

use super::found::CodeSet;
use super::header::{FILE, MIN_REPLY_SIZE, SNAME};
use super::message::{Message, append};
use crate::options::{Code, Key, OPTION_OVERLOAD, Shape};

/// Octets of the IP and UDP headers that option 57's size counts (RFC 2131 §2: 576 octets make 312 of options).
pub const DATAGRAM_HEADERS: usize = 28;
/// The size that every client must take (RFC 2131 §2).
pub const DEFAULT_LIMIT: u16 = 576;

/// Options in the order of their importance, not yet placed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionList {
    octets: Vec<u8>,
    /// Code and end in `octets` of each.
    entries: Vec<(Code, usize)>,
    codes: CodeSet,
}

impl OptionList {
    /// No options.
    #[must_use]
    pub fn new() -> OptionList {
        OptionList::default()
    }

    /// No options, with room for a usual reply's.
    #[must_use]
    pub fn with_room() -> OptionList {
        OptionList {
            octets: Vec::with_capacity(256),
            entries: Vec::with_capacity(24),
            codes: CodeSet::default(),
        }
    }

    /// Adds an option.
    pub fn push<T: Shape>(&mut self, key: &Key<T>, value: T::Set<'_>) -> &mut Self {
        T::put(value, &mut self.octets);
        self.added(key.code);
        self
    }

    /// Adds an option by its octets.
    pub fn push_octets(&mut self, code: Code, value: &[u8]) -> &mut Self {
        self.octets.extend_from_slice(value);
        self.added(code);
        self
    }

    fn added(&mut self, code: Code) {
        self.entries.push((code, self.octets.len()));
        self.codes.insert(code);
    }

    /// Whether an option of that code is there.
    #[must_use]
    pub fn has(&self, code: Code) -> bool {
        self.codes.contains(code)
    }

    /// The value of the first option of that code.
    #[must_use]
    pub fn get(&self, code: Code) -> Option<&[u8]> {
        if !self.codes.contains(code) {
            return None;
        }
        self.iter().find(|(there, _)| *there == code).map(|(_, value)| value)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The options in order.
    pub fn iter(&self) -> impl Iterator<Item = (Code, &[u8])> {
        let mut start = 0;
        self.entries.iter().map(move |&(code, end)| {
            let value = self.octets.get(start..end).unwrap_or_default();
            start = end;
            (code, value)
        })
    }
}

/// A message with its options placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The datagram.
    pub octets: Vec<u8>,
    /// Options for which there was no room, the least important first dropped.
    pub omitted: Vec<Code>,
}

/// An area being filled, with room for its end option kept.
struct Room {
    octets: Vec<u8>,
    capacity: usize,
}

impl Room {
    fn new(capacity: usize) -> Room {
        Room { octets: Vec::new(), capacity: capacity.saturating_sub(1) }
    }

    fn left(&self) -> usize {
        self.capacity.saturating_sub(self.octets.len())
    }
}

/// Octets that an option takes in an area.
fn size(value: &[u8]) -> usize {
    value.len() + 2 * value.len().div_ceil(255).max(1)
}

/// How much room a message has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Octets of UDP payload.
    payload: usize,
    /// Whether options may stand in file and sname.
    overload: bool,
}

impl Limit {
    /// An IP datagram of so many octets (option 57), 576 at least, with options in file and sname if need be.
    #[must_use]
    pub fn datagram(octets: u16) -> Limit {
        Limit { payload: usize::from(octets.max(DEFAULT_LIMIT)) - DATAGRAM_HEADERS, overload: true }
    }

    /// A message of 300 octets, as BOOTP has it (RFC 951 §3), without options in other fields.
    #[must_use]
    pub fn bootp() -> Limit {
        Limit { payload: MIN_REPLY_SIZE, overload: false }
    }

    /// Without options in file and sname.
    #[must_use]
    pub fn without_overload(self) -> Limit {
        Limit { overload: false, ..self }
    }
}

/// Octets that stay free for what must stand in the options area: the type of the message and the server identifier.
const ESSENTIAL: usize = 9;
/// Octets of option 52.
const OVERLOAD: usize = 3;

/// Places `options` in `message`, which has none yet. Where the options area is too small, options overload file and
/// then sname, unless these hold names; an option that fits no area whole is split over them in the order of RFC 3396
/// §5. Every area ends with option 255.
///
/// `last` stands behind all others in the options area, whole or not at all (RFC 3046 §2.2).
#[must_use]
pub fn pack(message: Message, options: &OptionList, last: Option<(Code, &[u8])>, limit: Limit) -> Packed {
    let header = message.octets().len();
    let capacity = limit.payload.saturating_sub(header);
    let needed: usize = options.iter().chain(last).map(|(_, value)| size(value)).sum();
    if needed < capacity {
        return simple(message, options, last);
    }
    let overload = if limit.overload { OVERLOAD } else { 0 };
    let spare = capacity.saturating_sub(overload + ESSENTIAL + 1);
    let (last, lost) = match last {
        Some((code, value)) if size(value) > spare => (None, Some(code)),
        last => (last, None),
    };
    let free = |field: super::header::Field| {
        let octets = message.octets().get(field.range());
        limit.overload && octets.is_some_and(|octets| octets.iter().all(|octet| *octet == 0))
    };
    let kept = last.map_or(0, |(_, value)| size(value));
    let rooms = [
        Room::new(capacity.saturating_sub(overload + kept)),
        Room::new(if free(FILE) { FILE.size } else { 0 }),
        Room::new(if free(SNAME) { SNAME.size } else { 0 }),
    ];
    let mut packed = overloaded(message, options, last, rooms);
    packed.omitted.extend(lost);
    packed
}

fn simple(mut message: Message, options: &OptionList, last: Option<(Code, &[u8])>) -> Packed {
    for (code, value) in options.iter().chain(last) {
        message.push_octets(code, value);
    }
    Packed { octets: message.end(MIN_REPLY_SIZE), omitted: Vec::new() }
}

fn overloaded(
    mut message: Message,
    options: &OptionList,
    last: Option<(Code, &[u8])>,
    mut rooms: [Room; 3],
) -> Packed {
    let mut omitted = Vec::new();
    for (code, value) in options.iter() {
        if !place(&mut rooms, code, value) {
            omitted.push(code);
        }
    }
    let [area, mut file, mut sname] = rooms;
    let overload = u8::from(!file.octets.is_empty()) | u8::from(!sname.octets.is_empty()) << 1;
    if overload != 0 {
        message.push(&OPTION_OVERLOAD, overload);
    }
    if !file.octets.is_empty() {
        file.octets.push(Code::END.0);
        message.set_file(&file.octets);
    }
    if !sname.octets.is_empty() {
        sname.octets.push(Code::END.0);
        message.set_sname(&sname.octets);
    }
    message.extend(&area.octets);
    if let Some((code, value)) = last {
        message.push_octets(code, value);
    }
    Packed { octets: message.end(MIN_REPLY_SIZE), omitted }
}

/// Puts an option into the first area that takes it whole, else in parts into what is left of all.
fn place(rooms: &mut [Room; 3], code: Code, value: &[u8]) -> bool {
    if let Some(room) = rooms.iter_mut().find(|room| size(value) <= room.left()) {
        append(&mut room.octets, code, value);
        return true;
    }
    let total: usize = rooms.iter().map(|room| payload(room.left())).sum();
    if value.len() > total {
        return false;
    }
    let mut rest = value;
    for room in rooms {
        let (part, after) = rest.split_at(rest.len().min(payload(room.left())));
        if !part.is_empty() {
            append(&mut room.octets, code, part);
        }
        rest = after;
    }
    true
}

/// Octets of value that fit into `room` octets of an area, with a code and a length for each 255.
fn payload(room: usize) -> usize {
    let whole = room / 257;
    whole * 255 + (room % 257).saturating_sub(2)
}
