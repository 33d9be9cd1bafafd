//! What an input is: its container and the layer its frames start with.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::link::LinkType;

/// The container that frames come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// One frame or message as it is.
    Raw,
    /// A pcap file, either byte order, microseconds or nanoseconds.
    Pcap,
    /// A pcapng file.
    Pcapng,
    /// A text of any of the forms below, told apart by looking.
    Text,
    /// Hex digits with any separators.
    Hex,
    /// Rows that start with an offset: xxd, hexdump, od, tcpdump -x, tshark -x, Wireshark.
    Dump,
    /// A list of numbers: a C, Go or Rust array, JSON.
    Array,
    /// Quoted strings with escapes: C, Python; or hex in quotes.
    String,
    /// Base64, either alphabet.
    Base64,
}

/// The layer that frames start with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layer {
    /// A link layer, or IPv4.
    Link(LinkType),
    /// A UDP header.
    Udp,
    /// The message itself.
    Message,
}

/// What an input is to be read as, where looking should not decide.
///
/// Parsed from a container, a layer, or both: `pcap`, `udp`, `hex,ethernet`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forced {
    /// The container.
    pub kind: Option<Kind>,
    /// The layer.
    pub layer: Option<Layer>,
}

/// A word that is neither a container nor a layer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected one of {}, found {found:?}", names())]
pub struct UnknownKind {
    /// The word.
    pub found: String,
}

impl Kind {
    /// Every kind, with the name that forces it.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Raw, "raw"),
        (Self::Pcap, "pcap"),
        (Self::Pcapng, "pcapng"),
        (Self::Text, "text"),
        (Self::Hex, "hex"),
        (Self::Dump, "dump"),
        (Self::Array, "array"),
        (Self::String, "string"),
        (Self::Base64, "base64"),
    ];

    /// True for every form of text.
    #[must_use]
    pub const fn is_text(self) -> bool {
        !matches!(self, Self::Raw | Self::Pcap | Self::Pcapng)
    }
}

impl Layer {
    /// Every layer that can be forced, with its name.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Link(LinkType::Ethernet), "ethernet"),
        (Self::Link(LinkType::LinuxSll), "sll"),
        (Self::Link(LinkType::LinuxSll2), "sll2"),
        (Self::Link(LinkType::Null), "null"),
        (Self::Link(LinkType::Loop), "loop"),
        (Self::Link(LinkType::Raw), "ip"),
        (Self::Link(LinkType::ExportedPdu), "exported-pdu"),
        (Self::Udp, "udp"),
        (Self::Message, "message"),
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_in(&Self::ALL, self).unwrap_or("raw"))
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (name_in(&Self::ALL, self), self) {
            (Some(name), _) => f.write_str(name),
            (None, Self::Link(link_type)) => write!(f, "link type {}", link_type.number()),
            (None, _) => f.write_str("message"),
        }
    }
}

impl FromStr for Forced {
    type Err = UnknownKind;

    fn from_str(words: &str) -> Result<Self, UnknownKind> {
        let mut forced = Self::default();
        for word in words.split(',').map(str::trim) {
            let kind = Kind::ALL.iter().find(|(_, name)| *name == word);
            let layer = Layer::ALL.iter().find(|(_, name)| *name == word);
            match (kind, layer) {
                (Some((kind, _)), _) => forced.kind = Some(*kind),
                (None, Some((layer, _))) => forced.layer = Some(*layer),
                (None, None) if word == "auto" => {}
                (None, None) => return Err(UnknownKind { found: word.to_owned() }),
            }
        }
        Ok(forced)
    }
}

fn name_in<T: PartialEq>(all: &[(T, &'static str)], wanted: &T) -> Option<&'static str> {
    all.iter().find(|(one, _)| one == wanted).map(|(_, name)| *name)
}

fn names() -> String {
    let kinds = Kind::ALL.iter().map(|(_, name)| *name);
    let layers = Layer::ALL.iter().map(|(_, name)| *name);
    std::iter::once("auto").chain(kinds).chain(layers).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Forced, Kind, Layer};

    #[test]
    fn a_container_a_layer_or_both_can_be_forced() {
        let both = Forced { kind: Some(Kind::Hex), layer: Some(Layer::Udp) };
        for (words, want) in [
            ("auto", Forced::default()),
            ("pcap", Forced { kind: Some(Kind::Pcap), layer: None }),
            ("message", Forced { kind: None, layer: Some(Layer::Message) }),
            ("hex,udp", both),
            ("udp, hex", both),
        ] {
            assert_eq!(Ok(want), words.parse(), "{words}");
        }
        let error = "pcapp".parse::<Forced>().unwrap_err().to_string();
        assert!(error.starts_with("expected one of auto, raw, pcap,"), "{error}");
        assert!(error.ends_with("found \"pcapp\""), "{error}");
    }
}
