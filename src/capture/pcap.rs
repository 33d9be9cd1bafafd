//! pcap files: a header, then packets with a header of 16 octets each.

use nom::Parser;
use nom::multi::fill;
use nom::number::Endianness;
use nom::number::complete::u32;

use super::reader::Record;
use super::source::Source;
use super::{CaptureError, Layer, MAX_FRAME};
use crate::link::LinkType;

const HEADER: usize = 24;
const PACKET_HEADER: usize = 16;
const SECOND: u64 = 1_000_000_000;

/// What the header of a pcap file says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pcap {
    endian: Endianness,
    /// Nanoseconds in a unit of the fraction.
    unit: u64,
    layer: Layer,
}

/// The byte order and the unit of the fraction in nanoseconds that a magic number says.
pub(super) const fn magic(octets: [u8; 4]) -> Option<(Endianness, u64)> {
    match octets {
        [0xa1, 0xb2, 0xc3, 0xd4] => Some((Endianness::Big, 1000)),
        [0xd4, 0xc3, 0xb2, 0xa1] => Some((Endianness::Little, 1000)),
        [0xa1, 0xb2, 0x3c, 0x4d] => Some((Endianness::Big, 1)),
        [0x4d, 0x3c, 0xb2, 0xa1] => Some((Endianness::Little, 1)),
        _ => None,
    }
}

impl Pcap {
    pub(super) fn open(source: &mut Source<'_>, endian: Endianness, unit: u64) -> Result<Self, CaptureError> {
        need(source, HEADER, 0)?;
        let header = source.take(HEADER);
        let words = words::<6>(endian, source.get(header)).map_or([0; 6], |(words, _)| words);
        let [.., network] = words;
        // The upper half says whether frames have a checksum at their end: the IPv4 length tells as much.
        let [number, _] = halves(network);
        Ok(Self { endian, unit, layer: Layer::Link(LinkType::from_number(number)) })
    }

    /// The next packet; `after` is the number of the last one.
    pub(super) fn next(&self, source: &mut Source<'_>, after: u64) -> Result<Option<Record>, CaptureError> {
        let offset = source.offset();
        if source.fill(PACKET_HEADER)? == 0 {
            return Ok(None);
        }
        need(source, PACKET_HEADER, after)?;
        let header = words::<4>(self.endian, source.buffered()).map_or([0; 4], |(words, _)| words);
        let [seconds, fraction, captured, original] = header;
        let length = usize::try_from(captured).unwrap_or(usize::MAX);
        if length > MAX_FRAME {
            let claimed = captured.into();
            return Err(CaptureError::FrameTooLong { number: after + 1, offset, claimed, limit: MAX_FRAME });
        }
        need(source, PACKET_HEADER + length, after)?;
        source.take(PACKET_HEADER);
        Ok(Some(Record {
            time: Some(u64::from(seconds) * SECOND + u64::from(fraction) * self.unit),
            layer: Some(self.layer),
            original_length: usize::try_from(original).unwrap_or(usize::MAX).max(length),
            frame: source.take(length),
            ..Record::default()
        }))
    }
}

/// The lower and the upper half of a word.
pub(super) const fn halves(word: u32) -> [u16; 2] {
    let [a, b, c, d] = word.to_be_bytes();
    [u16::from_be_bytes([c, d]), u16::from_be_bytes([a, b])]
}

/// Words in a byte order, and what follows them.
pub(super) fn words<const N: usize>(endian: Endianness, octets: &[u8]) -> Option<([u32; N], &[u8])> {
    let mut words = [0; N];
    let (rest, ()) = fill(u32::<_, ()>(endian), &mut words).parse_complete(octets).ok()?;
    Some((words, rest))
}

/// Has `wanted` octets in the window, or says that the packet after `after` is cut.
pub(super) fn need(source: &mut Source<'_>, wanted: usize, after: u64) -> Result<(), CaptureError> {
    let found = source.fill(wanted)?;
    if found >= wanted {
        return Ok(());
    }
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let offset = source.offset();
    Err(CaptureError::Cut { after, offset, expected: number(wanted), found: number(found) })
}
