//! Options of pcapng blocks: comments, direction, and our own note of the true endpoints.

use std::borrow::Cow;
use std::net::SocketAddrV4;

use nom::Parser;
use nom::number::Endianness;
use nom::number::complete::u16;

use super::Direction;
use super::pcap::words;

/// The options at the end of a block, read on demand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options<'a> {
    octets: &'a [u8],
    endian: Endianness,
}

impl<'a> Options<'a> {
    pub(super) const COMMENT: u16 = 1;
    /// `if_name`, or `epb_flags` in a packet block.
    pub(super) const NAME: u16 = 2;
    pub(super) const FLAGS: u16 = 2;
    pub(super) const DESCRIPTION: u16 = 3;
    pub(super) const APPLICATION: u16 = 4;
    pub(super) const RESOLUTION: u16 = 9;
    pub(super) const OFFSET: u16 = 14;
    /// Text of a private enterprise, copied along by programs that don't know it.
    pub(super) const CUSTOM: u16 = 2988;

    /// The enterprise number for examples (RFC 5612): there is none for this project.
    pub(super) const ENTERPRISE: u32 = 32_473;
    /// What our own custom option begins with; then `10.0.0.1:68 > 255.255.255.255:67`.
    pub(super) const ENDPOINTS: &'static str = "dhcpsim ";

    pub(super) const fn new(octets: &'a [u8], endian: Endianness) -> Self {
        Self { octets, endian }
    }

    /// Code and value of each option, up to the end or the first that is cut.
    pub(super) fn iter(self) -> impl Iterator<Item = (u16, &'a [u8])> {
        let mut rest = self.octets;
        std::iter::from_fn(move || {
            let mut head = (u16::<_, ()>(self.endian), u16(self.endian));
            let (after, (code, length)) = head.parse_complete(rest).ok()?;
            let (value, _) = after.split_at_checked(length.into())?;
            rest = after.get(usize::from(length).next_multiple_of(4)..).unwrap_or_default();
            (code != 0).then_some((code, value))
        })
    }

    pub(super) fn find(self, wanted: u16) -> Option<&'a [u8]> {
        self.iter().find(|(code, _)| *code == wanted).map(|(_, value)| value)
    }

    pub(super) fn text(self, wanted: u16) -> Option<Cow<'a, str>> {
        self.find(wanted).map(String::from_utf8_lossy)
    }

    pub(super) fn comments(self) -> impl Iterator<Item = Cow<'a, str>> {
        self.iter()
            .filter(|(code, _)| *code == Self::COMMENT)
            .map(|(_, value)| String::from_utf8_lossy(value))
    }

    /// The seconds that an interface adds to its times.
    pub(super) fn seconds_offset(self) -> i64 {
        let value = self.find(Self::OFFSET).and_then(<[u8]>::first_chunk);
        value.map_or(0, |octets| match self.endian {
            Endianness::Big => i64::from_be_bytes(*octets),
            _ => i64::from_le_bytes(*octets),
        })
    }

    pub(super) fn direction(self) -> Option<Direction> {
        let ([flags], _) = words(self.endian, self.find(Self::FLAGS)?)?;
        match flags & 3 {
            1 => Some(Direction::In),
            2 => Some(Direction::Out),
            _ => None,
        }
    }

    /// The endpoints that [`super::Writer`] noted beside those in the headers.
    pub(super) fn endpoints(self) -> Option<(SocketAddrV4, SocketAddrV4)> {
        let custom = self.iter().filter(|(code, _)| *code == Self::CUSTOM);
        custom.filter_map(|(_, value)| self.note(value)).next()
    }

    fn note(self, value: &'a [u8]) -> Option<(SocketAddrV4, SocketAddrV4)> {
        let ([enterprise], text) = words(self.endian, value)?;
        let text = std::str::from_utf8(text).ok()?.strip_prefix(Self::ENDPOINTS)?;
        let (from, to) = text.split_once(" > ").filter(|_| enterprise == Self::ENTERPRISE)?;
        Some((from.parse().ok()?, to.parse().ok()?))
    }
}
