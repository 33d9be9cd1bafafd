//! pcapng files: blocks in sections, each section with its own byte order and interfaces.
//!
//! Blocks that hold no packet are passed over without being held. Custom and journal blocks count as frames,
//! because Wireshark numbers them so: a number printed here is the number shown there.

use nom::Parser;
use nom::number::Endianness;
use nom::number::complete::{u16, u32};
use std::ops::Range;

use super::options::Options;
use super::pcap::{halves, need, words};
use super::reader::{Item, Record};
use super::source::Source;
use super::{BlockFault, CaptureError, Layer, MAX_FRAME};
use crate::link::LinkType;

pub(super) const SECTION: u32 = 0x0a0d_0d0a;
pub(super) const INTERFACE: u32 = 1;
const PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
pub(super) const ENHANCED_PACKET: u32 = 6;
const JOURNAL: u32 = 9;
const CUSTOM: u32 = 0x0000_0bad;
const CUSTOM_LOCAL: u32 = 0x4000_0bad;

const FRAMING: u32 = 12;
const MOST: u32 = 2 << 20;
const MAX_INTERFACES: usize = 4096;
const MAX_NAME: usize = 256;
const _: () = assert!(MAX_FRAME == 1 << 20, "a block has room for a frame and its options");

/// The section being read.
#[derive(Debug)]
pub(super) struct Pcapng {
    endian: Endianness,
    interfaces: Vec<Interface>,
}

#[derive(Debug)]
struct Interface {
    layer: Layer,
    snaplen: u32,
    resolution: u8,
    /// Seconds to add to every time.
    offset: i64,
    name: String,
}

/// A block in the window: where it starts in the input, and where its body lies.
struct Block {
    kind: u32,
    offset: u64,
    body: Range<usize>,
}

impl Pcapng {
    pub(super) const fn new() -> Self {
        Self { endian: Endianness::Little, interfaces: Vec::new() }
    }

    pub(super) fn interface_name(&self, interface: usize) -> Option<&str> {
        self.interfaces
            .get(interface)
            .map(|interface| interface.name.as_str())
            .filter(|name| !name.is_empty())
    }

    /// The next frame; `after` is the number of the last one.
    pub(super) fn next(&mut self, source: &mut Source<'_>, after: u64) -> Result<Option<Item>, CaptureError> {
        loop {
            let offset = source.offset();
            if source.fill(FRAMING_OCTETS)? == 0 {
                return Ok(None);
            }
            need(source, FRAMING_OCTETS, after)?;
            let (kind, length) = self.head(source, offset)?;
            match kind {
                INTERFACE | PACKET | SIMPLE_PACKET | ENHANCED_PACKET => {
                    let block = self.hold(source, kind, length, after)?;
                    if kind == INTERFACE {
                        self.describe(&block, source)?;
                    } else {
                        return self.packet(&block, source).map(|record| Some(Item::Frame(record)));
                    }
                }
                _ => self.pass(source, kind, length, after)?,
            }
            if matches!(kind, JOURNAL | CUSTOM | CUSTOM_LOCAL) {
                return Ok(Some(Item::NoFrame));
            }
        }
    }

    /// Reads type and length of a block; a section header sets the byte order first.
    fn head(&mut self, source: &Source<'_>, offset: u64) -> Result<(u32, u32), CaptureError> {
        let octets = source.buffered();
        if octets.starts_with(&SECTION.to_be_bytes()) {
            let order = octets.get(8..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
            self.endian = match order {
                [0x1a, 0x2b, 0x3c, 0x4d] => Endianness::Big,
                [0x4d, 0x3c, 0x2b, 0x1a] => Endianness::Little,
                other => {
                    let fault = BlockFault::ByteOrder(other);
                    return Err(CaptureError::Block { kind: SECTION, offset, fault });
                }
            };
            self.interfaces.clear();
        }
        let ([kind, length], _) = words(self.endian, octets).unwrap_or_default();
        let least = match kind {
            SECTION => FRAMING + 16,
            INTERFACE => FRAMING + 8,
            SIMPLE_PACKET => FRAMING + 4,
            PACKET | ENHANCED_PACKET => FRAMING + 20,
            _ => FRAMING,
        };
        let held = matches!(kind, INTERFACE | PACKET | SIMPLE_PACKET | ENHANCED_PACKET);
        let most = if held { MOST } else { u32::MAX - 3 };
        if !length.is_multiple_of(4) || !(least..=most).contains(&length) {
            let fault = BlockFault::Length { found: length, least, most };
            return Err(CaptureError::Block { kind, offset, fault });
        }
        Ok((kind, length))
    }

    /// Takes a whole block into the window.
    fn hold(
        &self,
        source: &mut Source<'_>,
        kind: u32,
        length: u32,
        after: u64,
    ) -> Result<Block, CaptureError> {
        let offset = source.offset();
        let total = usize::try_from(length).unwrap_or(usize::MAX);
        need(source, total, after)?;
        source.take(8);
        let body = source.take(total.saturating_sub(FRAMING_OCTETS));
        let last = source.take(4);
        self.check(length, source.get(last), kind, offset)?;
        Ok(Block { kind, offset, body })
    }

    /// Passes over a block of any length, holding nothing of it.
    fn pass(&self, source: &mut Source<'_>, kind: u32, length: u32, after: u64) -> Result<(), CaptureError> {
        let offset = source.offset();
        let found = source.skip(u64::from(length) - 4)?;
        let there = source.fill(4)?.min(4);
        if there < 4 {
            let found = found + u64::try_from(there).unwrap_or_default();
            return Err(CaptureError::Cut { after, offset, expected: length.into(), found });
        }
        let last = source.take(4);
        self.check(length, source.get(last), kind, offset)
    }

    fn check(&self, first: u32, last: &[u8], kind: u32, offset: u64) -> Result<(), CaptureError> {
        let ([last], _) = words(self.endian, last).unwrap_or_default();
        if first == last {
            return Ok(());
        }
        Err(CaptureError::Block { kind, offset, fault: BlockFault::Lengths { first, last } })
    }

    fn describe(&mut self, block: &Block, source: &Source<'_>) -> Result<(), CaptureError> {
        if self.interfaces.len() >= MAX_INTERFACES {
            return Err(block.fault(BlockFault::Interfaces(MAX_INTERFACES)));
        }
        let body = source.get(block.body.clone());
        let mut head = (u16::<_, ()>(self.endian), u16(self.endian), u32(self.endian));
        let (rest, (number, _, snaplen)) = head.parse_complete(body).unwrap_or_default();
        let options = Options::new(rest, self.endian);
        let name = options.text(Options::NAME).unwrap_or_default().chars().take(MAX_NAME).collect();
        let resolution = options.find(Options::RESOLUTION).and_then(|value| value.first()).copied();
        self.interfaces.push(Interface {
            layer: Layer::Link(LinkType::from_number(number)),
            snaplen,
            resolution: resolution.unwrap_or(6),
            offset: options.seconds_offset(),
            name,
        });
        Ok(())
    }

    fn packet(&self, block: &Block, source: &Source<'_>) -> Result<Record, CaptureError> {
        let body = source.get(block.body.clone());
        if block.kind == SIMPLE_PACKET {
            let ([original], rest) = words(self.endian, body).unwrap_or_default();
            let interface = self.interface(block, 0)?;
            let most = if interface.snaplen == 0 { u32::MAX } else { interface.snaplen };
            let room = u32::try_from(rest.len()).unwrap_or(u32::MAX);
            return self.record(block, 4, original.min(most).min(room), (original, 0, None));
        }
        let ([interface, high, low, captured, original], _) = words(self.endian, body).unwrap_or_default();
        let interface = match (block.kind, self.endian) {
            (PACKET, Endianness::Big) => halves(interface)[1].into(),
            (PACKET, _) => halves(interface)[0].into(),
            _ => interface,
        };
        let described = self.interface(block, interface)?;
        let time = described.nanoseconds(u64::from(high) << 32 | u64::from(low));
        self.record(block, 20, captured, (original, interface, time))
    }

    fn interface(&self, block: &Block, found: u32) -> Result<&Interface, CaptureError> {
        let at = usize::try_from(found).unwrap_or(usize::MAX);
        let known = self.interfaces.len();
        self.interfaces.get(at).ok_or_else(|| block.fault(BlockFault::Interface { found, known }))
    }

    fn record(
        &self,
        block: &Block,
        header: usize,
        captured: u32,
        (original, interface, time): (u32, u32, Option<u64>),
    ) -> Result<Record, CaptureError> {
        let start = block.body.start + header;
        let room = block.body.end.saturating_sub(start);
        let length = usize::try_from(captured).unwrap_or(usize::MAX);
        if length > room || length > MAX_FRAME {
            return Err(block.fault(BlockFault::Packet { claimed: captured, room: room.min(MAX_FRAME) }));
        }
        let interface = usize::try_from(interface).unwrap_or_default();
        Ok(Record {
            time,
            layer: self.interfaces.get(interface).map(|interface| interface.layer),
            interface: Some(interface),
            original_length: usize::try_from(original).unwrap_or(usize::MAX).max(length),
            frame: start..start + length,
            options: (start + length.next_multiple_of(4)).min(block.body.end)..block.body.end,
            endian: self.endian,
        })
    }
}

const FRAMING_OCTETS: usize = 12;

impl Block {
    const fn fault(&self, fault: BlockFault) -> CaptureError {
        CaptureError::Block { kind: self.kind, offset: self.offset, fault }
    }
}

impl Interface {
    /// A time in nanoseconds since 1970, or `None` if that is beyond 64 bits.
    fn nanoseconds(&self, ticks: u64) -> Option<u64> {
        let since = match self.resolution {
            6 => ticks.checked_mul(1000)?,
            9 => ticks,
            other => scaled(ticks, other)?,
        };
        if self.offset == 0 {
            return Some(since);
        }
        let offset = i128::from(self.offset) * 1_000_000_000;
        u64::try_from(i128::from(since) + offset).ok()
    }
}

/// Ticks of 10 or (high bit set) 2 to the power of minus `resolution` seconds, in nanoseconds.
fn scaled(ticks: u64, resolution: u8) -> Option<u64> {
    let power = u32::from(resolution & 0x7f);
    let ticks = u128::from(ticks);
    let nanoseconds = if resolution & 0x80 != 0 {
        (ticks * 1_000_000_000).checked_shr(power).unwrap_or_default()
    } else if power <= 9 {
        ticks * 10_u128.pow(9 - power)
    } else {
        10_u128.checked_pow(power - 9).map_or(0, |unit| ticks / unit)
    };
    u64::try_from(nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    use super::scaled;

    #[test]
    fn every_resolution_is_scaled_to_nanoseconds() {
        for (ticks, resolution, want) in [
            (1, 0, Some(1_000_000_000)),
            (5, 3, Some(5_000_000)),
            (5, 9, Some(5)),
            (5_000, 12, Some(5)),
            (5, 127, Some(0)),
            (3, 0x81, Some(1_500_000_000)),
            (u64::MAX, 0xff, Some(0)),
            (u64::MAX, 0, None),
        ] {
            assert_eq!(want, scaled(ticks, resolution), "{ticks} at {resolution:#04x}");
        }
    }
}
