//! The reader: looks what an input is, and gives its messages one by one.

use std::io::{self, ErrorKind, Read};
use std::net::SocketAddrV4;
use std::ops::Range;

use flate2::read::MultiGzDecoder;
use nom::number::Endianness;

use super::options::Options;
use super::pcap::{self, Pcap};
use super::pcapng::{self, Pcapng};
use super::source::Source;
use super::{CaptureError, Captured, Forced, Foreign, Kind, Layer, MAX_FRAME, MAX_TEXT, Skip, Skipped};
use super::{judge, text};
use crate::link::{self, Checksum, Content, Datagram, LinkError, Macs, Reassembly};

const GZIP: [u8; 3] = [0x1f, 0x8b, 8];
const LOOK: usize = 64 << 10;

/// The messages of an input.
///
/// ```
/// use dhcpsim::capture::{Forced, Kind, Reader};
///
/// let mut reader = Reader::new("01:01:06:00".as_bytes(), Forced::default())?;
/// assert_eq!(Kind::Hex, reader.kind());
/// let message = reader.next_message()?.expect("one message");
/// assert_eq!([1, 1, 6, 0], message.payload);
/// # Ok::<(), dhcpsim::capture::CaptureError>(())
/// ```
pub struct Reader<'r> {
    source: Source<'r>,
    container: Container,
    kind: Kind,
    forced: Option<Layer>,
    gzip: bool,
    number: u64,
    skipped: Skipped,
    reassembly: Reassembly,
    /// The data of the packet that was put together last.
    whole: Vec<u8>,
    ended: bool,
}

enum Container {
    Pcap(Pcap),
    Pcapng(Pcapng),
    Frames(std::vec::IntoIter<Range<usize>>),
}

/// What comes next in a container.
pub(super) enum Item {
    Frame(Record),
    /// Something that counts as a frame and holds none.
    NoFrame,
}

/// A frame in the window of the source.
pub(super) struct Record {
    pub(super) time: Option<u64>,
    /// What the container says the frame starts with.
    pub(super) layer: Option<Layer>,
    pub(super) interface: Option<usize>,
    pub(super) original_length: usize,
    pub(super) frame: Range<usize>,
    pub(super) options: Range<usize>,
    pub(super) endian: Endianness,
}

/// A message in a frame.
struct Found {
    layer: Layer,
    endpoints: Option<(SocketAddrV4, SocketAddrV4)>,
    macs: Macs,
    payload: Place,
    missing: usize,
    checksum: Checksum,
}

enum Place {
    /// In the frame.
    Frame(Range<usize>),
    /// In the packet that was put together.
    Whole(Range<usize>),
}

impl Default for Record {
    fn default() -> Self {
        Self {
            time: None,
            layer: None,
            interface: None,
            original_length: 0,
            frame: 0..0,
            options: 0..0,
            endian: Endianness::Little,
        }
    }
}

impl<'r> Reader<'r> {
    /// Looks what the input is, or takes it for what is forced. Captures are read as they are asked for; a
    /// text is read whole.
    ///
    /// # Errors
    ///
    /// [`CaptureError`] if the input fails, is empty, is not what is forced, or is a text that is no dump.
    pub fn new(input: impl Read + 'r, forced: Forced) -> Result<Self, CaptureError> {
        let mut source = Source::new(Box::new(input));
        source.fill(4)?;
        let gzip = forced.kind != Some(Kind::Raw) && source.buffered().starts_with(&GZIP);
        if gzip {
            source = Source::new(Box::new(MultiGzDecoder::new(source)));
        }
        let opened = source.fill(4).map_err(CaptureError::Io).and_then(|_| open(source, forced.kind));
        let (source, container, kind) = opened.map_err(|error| in_gzip(error, gzip, 0))?;
        Ok(Self {
            source,
            container,
            kind,
            forced: forced.layer,
            gzip,
            number: 0,
            skipped: Skipped::default(),
            reassembly: Reassembly::new(),
            whole: Vec::new(),
            ended: false,
        })
    }

    /// The next message, or `None` at the end. After an error the input has ended.
    ///
    /// # Errors
    ///
    /// [`CaptureError`] if the input fails, is cut, or contradicts itself; the messages before are good.
    pub fn next_message(&mut self) -> Result<Option<Captured<'_>>, CaptureError> {
        while !self.ended {
            let item = self.next_item().inspect_err(|_| self.ended = true);
            match item.map_err(|error| in_gzip(error, self.gzip, self.number))? {
                None => self.ended = true,
                Some(Item::NoFrame) => {
                    self.number += 1;
                    self.skipped.add(Skip::NoFrame);
                }
                Some(Item::Frame(record)) => {
                    self.number += 1;
                    if let Some(found) = self.find(&record) {
                        return Ok(Some(self.captured(record, found)));
                    }
                }
            }
        }
        Ok(None)
    }

    /// What the input is; of a text, which form.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// True if the input is compressed with gzip.
    #[must_use]
    pub const fn is_gzip(&self) -> bool {
        self.gzip
    }

    /// How many frames have been read.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.number
    }

    /// What has been passed over so far.
    #[must_use]
    pub const fn skipped(&self) -> &Skipped {
        &self.skipped
    }

    fn next_item(&mut self) -> Result<Option<Item>, CaptureError> {
        match &mut self.container {
            Container::Pcap(pcap) => Ok(pcap.next(&mut self.source, self.number)?.map(Item::Frame)),
            Container::Pcapng(pcapng) => pcapng.next(&mut self.source, self.number),
            Container::Frames(frames) => Ok(frames.next().map(|frame| {
                let original_length = frame.len();
                Item::Frame(Record { original_length, frame, ..Record::default() })
            })),
        }
    }

    /// The message in a frame; `None` after counting why there is none.
    fn find(&mut self, record: &Record) -> Option<Found> {
        let frame = self.source.get(record.frame.clone());
        let known = self.forced.or(record.layer);
        if known.is_none() && judge::is_arp(frame) {
            self.skipped.add(Skip::Arp);
            return None;
        }
        let layer = known.unwrap_or_else(|| judge::layer(frame));
        let content = match layer {
            Layer::Message => return Some(Found::bare(frame, record.original_length)),
            Layer::Udp => link::udp(frame).map(Content::Datagram),
            Layer::Link(link_type) => link::read(link_type, frame),
        };
        let found = match content {
            Ok(Content::Datagram(datagram)) => Ok(self.accept(layer, &datagram)),
            Ok(Content::Fragment(piece)) => match self.reassembly.push(&piece, record.time) {
                None => Err(piece_error(&piece)),
                Some(whole) => {
                    let found = piece.datagram(&whole).map(|datagram| self.accept(layer, &datagram));
                    self.whole = whole;
                    found.map(|found| found.map(Found::in_whole))
                }
            },
            Err(error) => Err(error),
        };
        match found {
            Ok(Some(found)) => return Some(found),
            Ok(None) => self.skipped.add(Skip::NotDhcp),
            Err(error) => self.skipped.add_error(self.number, error),
        }
        None
    }

    fn accept(&self, layer: Layer, datagram: &Datagram<'_>) -> Option<Found> {
        let in_capture = matches!(self.container, Container::Pcap(_) | Container::Pcapng(_));
        let asked = !in_capture && (self.forced.is_some() || judge::has_op(datagram.payload));
        (asked || judge::is_dhcp(datagram)).then(|| Found::new(layer, datagram))
    }

    fn captured(&self, record: Record, found: Found) -> Captured<'_> {
        let frame = self.source.get(record.frame);
        let (payload, payload_offset) = match found.payload {
            Place::Frame(range) => (frame.get(range.clone()), Some(range.start)),
            Place::Whole(range) => (self.whole.get(range), None),
        };
        let interface = match (&self.container, record.interface) {
            (Container::Pcapng(pcapng), Some(interface)) => pcapng.interface_name(interface),
            _ => None,
        };
        Captured {
            number: self.number,
            time: record.time,
            layer: found.layer,
            interface,
            source: found.endpoints.map(|(source, _)| source),
            destination: found.endpoints.map(|(_, destination)| destination),
            macs: found.macs,
            frame,
            original_length: record.original_length,
            payload: payload.unwrap_or_default(),
            payload_offset,
            missing: found.missing,
            checksum: found.checksum,
            options: Options::new(self.source.get(record.options), record.endian),
        }
    }
}

impl Found {
    fn bare(frame: &[u8], original_length: usize) -> Self {
        Self {
            layer: Layer::Message,
            endpoints: None,
            macs: Macs::default(),
            payload: Place::Frame(0..frame.len()),
            missing: original_length.saturating_sub(frame.len()),
            checksum: Checksum::Absent,
        }
    }

    fn new(layer: Layer, datagram: &Datagram<'_>) -> Self {
        let start = datagram.payload_offset;
        Self {
            layer,
            endpoints: Some((datagram.source, datagram.destination)),
            macs: datagram.macs,
            payload: Place::Frame(start..start + datagram.payload.len()),
            missing: datagram.missing,
            checksum: datagram.checksum,
        }
    }

    fn in_whole(mut self) -> Self {
        if let Place::Frame(range) = self.payload {
            self.payload = Place::Whole(range);
        }
        self
    }
}

impl From<io::Error> for CaptureError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A fragment that completes nothing yet.
const fn piece_error(piece: &link::Fragment<'_>) -> LinkError {
    LinkError::Fragment { offset: piece.data_offset, fragment_offset: piece.offset, more: piece.more }
}

/// Inside gzip, damage shows as a failing input.
fn in_gzip(error: CaptureError, gzip: bool, after: u64) -> CaptureError {
    match error {
        CaptureError::Io(source)
            if gzip
                && matches!(
                    source.kind(),
                    ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof
                ) =>
        {
            CaptureError::Gzip { after, source }
        }
        other => other,
    }
}

/// Opens the container that is forced, or that the first octets say.
fn open(mut source: Source<'_>, forced: Option<Kind>) -> Result<(Source<'_>, Container, Kind), CaptureError> {
    let first: Option<[u8; 4]> = source.buffered().first_chunk().copied();
    let pcap = first.and_then(pcap::magic);
    let section = first == Some(pcapng::SECTION.to_be_bytes());
    match forced {
        None | Some(Kind::Pcap) if pcap.is_some() => {
            let (endian, unit) = pcap.unwrap_or((Endianness::Little, 1));
            let container = Container::Pcap(Pcap::open(&mut source, endian, unit)?);
            Ok((source, container, Kind::Pcap))
        }
        None | Some(Kind::Pcapng) if section => Ok((source, Container::Pcapng(Pcapng::new()), Kind::Pcapng)),
        Some(kind @ (Kind::Pcap | Kind::Pcapng)) => {
            if source.buffered().is_empty() {
                return Err(CaptureError::Empty);
            }
            Err(CaptureError::NotA { kind, found: first.map_or_else(Vec::new, Vec::from) })
        }
        Some(Kind::Raw) => raw(source),
        Some(kind) => octets_of_text(source, kind),
        None => {
            source.fill(LOOK)?;
            let look = source.buffered();
            if text::is_text(look.get(..LOOK).unwrap_or(look)) {
                return octets_of_text(source, Kind::Text);
            }
            match foreign(source.buffered()) {
                Some(foreign) => Err(CaptureError::Foreign(foreign)),
                None => raw(source),
            }
        }
    }
}

fn raw(mut source: Source<'_>) -> Result<(Source<'_>, Container, Kind), CaptureError> {
    let octets = source.rest(MAX_FRAME)?;
    let octets = octets.ok_or(CaptureError::TooLong { kind: Kind::Raw, limit: MAX_FRAME })?;
    if octets.is_empty() {
        return Err(CaptureError::Empty);
    }
    let frames: Vec<_> = std::iter::once(0..octets.len()).collect();
    Ok((Source::held(octets), Container::Frames(frames.into_iter()), Kind::Raw))
}

fn octets_of_text(mut source: Source<'_>, kind: Kind) -> Result<(Source<'_>, Container, Kind), CaptureError> {
    let text = source.rest(MAX_TEXT)?.ok_or(CaptureError::TooLong { kind, limit: MAX_TEXT })?;
    let read = text::read(text, kind)?;
    Ok((Source::held(read.octets), Container::Frames(read.frames.into_iter()), read.kind))
}

/// Formats that would otherwise be taken for a raw message.
fn foreign(octets: &[u8]) -> Option<Foreign> {
    let magics: [(&[u8], Foreign); 7] = [
        (&[0xa1, 0xb2, 0xcd, 0x34], Foreign::ModifiedPcap),
        (&[0x34, 0xcd, 0xb2, 0xa1], Foreign::ModifiedPcap),
        (b"snoop\0\0\0", Foreign::Snoop),
        (&[0x28, 0xb5, 0x2f, 0xfd], Foreign::Zstd),
        (&[0xfd, b'7', b'z', b'X', b'Z', 0], Foreign::Xz),
        (b"BZh", Foreign::Bzip2),
        (b"PK\x03\x04", Foreign::Zip),
    ];
    magics.into_iter().find(|(magic, _)| octets.starts_with(magic)).map(|(_, foreign)| foreign)
}
