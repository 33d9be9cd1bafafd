//! Where two messages differ: by field and option, in words.

use core::fmt;

use crate::options::Code;
use crate::options::text::Hex;
use crate::options::tree::tree;
use crate::packet::{Area, FIELDS, Field, HardwareAddress, MessageType, Op, Packet};

/// The most of a value that is shown, in characters.
const MAX_SHOWN: usize = 120;

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// The type of the message.
    Type,
    /// Where it goes.
    Destination,
    /// A field of the header.
    Field(&'static str),
    /// An option.
    Option(Code),
    /// The order of the options, where their values are alike.
    Order,
    /// Octets that belong to no field or option.
    Octets,
    /// A part of a binding.
    Binding(&'static str),
}

/// `option 58 renewal-time-value`, `field yiaddr`.
impl fmt::Display for Facet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Facet::Type => f.write_str("type"),
            Facet::Destination => f.write_str("destination"),
            Facet::Field(name) => write!(f, "field {name}"),
            Facet::Option(code) => match code.row() {
                Some(row) => write!(f, "option {} {}", code.0, row.name),
                None => write!(f, "option {}", code.0),
            },
            Facet::Order => f.write_str("order of options"),
            Facet::Octets => f.write_str("octets"),
            Facet::Binding(name) => write!(f, "binding's {name}"),
        }
    }
}

impl Facet {
    /// Its name in JSON.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Facet::Type => "type".to_owned(),
            Facet::Destination => "destination".to_owned(),
            Facet::Field(name) | Facet::Binding(name) => (*name).to_owned(),
            Facet::Option(code) => code.to_string(),
            Facet::Order => "order".to_owned(),
            Facet::Octets => "octets".to_owned(),
        }
    }
}

/// One difference: what was before, what is now; none where it is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differs {
    /// What differs.
    pub facet: Facet,
    /// As it was recorded or captured.
    pub before: Option<String>,
    /// As it is replayed.
    pub now: Option<String>,
}

impl Differs {
    /// A difference of two things that are both there.
    #[must_use]
    pub fn of(facet: Facet, before: impl fmt::Display, now: impl fmt::Display) -> Differs {
        Differs { facet, before: Some(shown(before.to_string())), now: Some(shown(now.to_string())) }
    }
}

/// A value that is not too long for a line.
fn shown(text: String) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

/// Where two messages differ; nothing if they are the same octets.
#[must_use]
pub fn differences(before: &[u8], now: &[u8]) -> Vec<Differs> {
    if before == now {
        return Vec::new();
    }
    let (Ok(first), Ok(second)) = (Packet::parse(before), Packet::parse(now)) else {
        return vec![octets(before, now)];
    };
    let mut found = meaning(&first, &second);
    if found.is_empty() {
        found.push(octets(before, now));
    }
    found
}

/// Where two messages differ in type, fields, options and their order; pads and what stands behind the end don't count.
#[must_use]
pub fn meaning(before: &Packet<'_>, now: &Packet<'_>) -> Vec<Differs> {
    let mut found = Vec::new();
    if before.message_type() != now.message_type() {
        let name = |kind: Option<MessageType>| kind.map_or("none".to_owned(), |kind| kind.to_string());
        found.push(Differs::of(Facet::Type, name(before.message_type()), name(now.message_type())));
    }
    found.extend(FIELDS.iter().filter_map(|field| field_differs(field, before, now)));
    let codes = |packet: &Packet<'_>| {
        let mut codes: Vec<Code> = Vec::new();
        for part in packet.instances() {
            if !codes.contains(&part.code) {
                codes.push(part.code);
            }
        }
        codes
    };
    let (first, second) = (codes(before), codes(now));
    let added = second.iter().filter(|code| !first.contains(code));
    let options = first.iter().chain(added).filter_map(|code| option_differs(*code, before, now));
    let options: Vec<Differs> = options.collect();
    if options.is_empty() && first != second {
        found.push(Differs::of(Facet::Order, listed(&first), listed(&second)));
    }
    found.extend(options);
    found
}

fn listed(codes: &[Code]) -> String {
    codes.iter().map(|code| code.0.to_string()).collect::<Vec<_>>().join(", ")
}

fn octets(before: &[u8], now: &[u8]) -> Differs {
    let at = before.iter().zip(now).take_while(|(before, now)| before == now).count();
    let tell = |octets: &[u8]| match octets.get(at) {
        Some(octet) => format!("{octet:02x} at offset {at} of {}", octets.len()),
        None => format!("end at {at}"),
    };
    Differs::of(Facet::Octets, tell(before), tell(now))
}

/// The octets of a field; none where options stand in it.
fn field<'a>(field: &Field, packet: &Packet<'a>) -> Option<&'a [u8]> {
    let overloaded = packet.areas().any(|(area, _)| area != Area::Options && area.name() == field.name);
    packet.octets().get(field.range()).filter(|_| !overloaded)
}

fn field_differs(of: &Field, before: &Packet<'_>, now: &Packet<'_>) -> Option<Differs> {
    let (first, second) = (field(of, before), field(of, now));
    if first == second {
        return None;
    }
    let tell = |octets: Option<&[u8]>| octets.map_or("options".to_owned(), |octets| field_words(of, octets));
    Some(Differs::of(Facet::Field(of.name), tell(first), tell(second)))
}

fn field_words(field: &Field, octets: &[u8]) -> String {
    let text = |octets: &[u8]| {
        let end = octets.iter().position(|octet| *octet == 0).unwrap_or(octets.len());
        crate::options::text::Quoted(octets.get(..end).unwrap_or(octets)).to_string()
    };
    match (field.name, octets) {
        ("op", [op]) => Op(*op).to_string(),
        ("ciaddr" | "yiaddr" | "siaddr" | "giaddr", [a, b, c, d]) => format!("{a}.{b}.{c}.{d}"),
        ("sname" | "file", octets) => text(octets),
        ("chaddr", octets) => HardwareAddress(octets).to_string(),
        (_, [octet]) => octet.to_string(),
        ("secs", [high, low]) => u16::from_be_bytes([*high, *low]).to_string(),
        (_, octets) => Hex(octets).to_string(),
    }
}

fn option_differs(code: Code, before: &Packet<'_>, now: &Packet<'_>) -> Option<Differs> {
    let (first, second) = (before.value(code), now.value(code));
    if first == second {
        return None;
    }
    let tell = |octets: Option<&[u8]>| octets.map(|octets| shown(option_words(code, octets)));
    Some(Differs { facet: Facet::Option(code), before: tell(first.as_deref()), now: tell(second.as_deref()) })
}

/// The value of an option in the text form of its layout; its octets if they do not fit. Safe to print.
#[must_use]
pub fn option_words(code: Code, octets: &[u8]) -> String {
    match tree(code.layout(), octets) {
        (Some(node), None) => node.to_string(),
        (None, None) => "set".to_owned(),
        (_, Some(_)) => format!("hex:{}", Hex(octets)),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::options::{DHCP_MESSAGE_TYPE, IP_ADDRESS_LEASE_TIME, ROUTER};
    use crate::packet::Message;

    fn told(before: &[u8], now: &[u8]) -> Vec<String> {
        let tell = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
        let lines = differences(before, now).into_iter();
        lines
            .map(|differs| format!("{}: {}, {}", differs.facet, tell(differs.before), tell(differs.now)))
            .collect()
    }

    fn offer(change: impl FnOnce(&mut Message)) -> Vec<u8> {
        let mut message = Message::new(Op::BOOTREPLY);
        message.set_hardware(1, &[2, 0, 0, 0, 0, 1]).push(&DHCP_MESSAGE_TYPE, MessageType::OFFER.0);
        change(&mut message);
        message.end(300)
    }

    #[test]
    fn differences_are_told_by_field_and_option() {
        let first = offer(|message| {
            message.set_yiaddr([192, 0, 2, 1].into()).push(&IP_ADDRESS_LEASE_TIME, 60);
        });
        let second = offer(|message| {
            message.set_yiaddr([192, 0, 2, 2].into()).push(&ROUTER, &[[192, 0, 2, 9].into()]);
        });
        assert_eq!(Vec::<String>::new(), told(&first, &first));
        let want = [
            "field yiaddr: 192.0.2.1, 192.0.2.2",
            "option 51 ip-address-lease-time: 60, none",
            "option 3 router: none, 192.0.2.9",
        ];
        assert_eq!(want.to_vec(), told(&first, &second));
    }

    #[test]
    fn what_has_no_name_is_told_by_its_octets() {
        let one = |message: &mut Message| {
            message.push(&IP_ADDRESS_LEASE_TIME, 60).push(&ROUTER, &[[192, 0, 2, 9].into()]);
        };
        let other = |message: &mut Message| {
            message.push(&ROUTER, &[[192, 0, 2, 9].into()]).push(&IP_ADDRESS_LEASE_TIME, 60);
        };
        assert_eq!(vec!["order of options: 53, 51, 3, 53, 3, 51"], told(&offer(one), &offer(other)));
        let mut padded = offer(one);
        padded.push(0);
        assert_eq!(vec!["octets: end at 300, 00 at offset 300 of 301"], told(&offer(one), &padded));
        assert_eq!(vec!["octets: 01 at offset 0 of 1, end at 0"], told(&[1], &[]));
    }
}
