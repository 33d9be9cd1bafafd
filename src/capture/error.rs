//! Why an input cannot be read, or not further.

use std::io;

use thiserror::Error;

use super::Kind;

/// Why an input cannot be read, or not further than the messages before it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The input itself failed.
    #[error("cannot read the input: {0}")]
    Io(#[source] io::Error),
    /// The gzip around the input is damaged.
    #[error("damaged gzip after packet {after}: {source}")]
    Gzip {
        /// The last packet before the damage.
        after: u64,
        /// What the decompressor says.
        source: io::Error,
    },
    /// No octet, or nothing but space.
    #[error("the input is empty")]
    Empty,
    /// The input ends inside a packet or a block.
    #[error("cut short after packet {after}: expected {expected} octets at offset {offset}, found {found}")]
    Cut {
        /// The last packet that is whole.
        after: u64,
        /// Where the cut one starts in the input.
        offset: u64,
        /// Its length.
        expected: u64,
        /// The octets there are.
        found: u64,
    },
    /// A packet claims to be longer than [`super::MAX_FRAME`].
    #[error("packet {number} at offset {offset}: length is {claimed}, expected at most {limit}")]
    FrameTooLong {
        /// Its number.
        number: u64,
        /// Where it starts in the input.
        offset: u64,
        /// The length it claims.
        claimed: u64,
        /// The longest that is read.
        limit: usize,
    },
    /// A pcapng block contradicts itself.
    #[error("block {kind:#010x} at offset {offset}: {fault}")]
    Block {
        /// The type of the block.
        kind: u32,
        /// Where it starts in the input.
        offset: u64,
        /// What is wrong.
        fault: BlockFault,
    },
    /// The input was forced to be read as something that it is not.
    #[error("not {kind}: expected its magic number, found {found:02x?}")]
    NotA {
        /// What it was to be read as.
        kind: Kind,
        /// Its first octets.
        found: Vec<u8>,
    },
    /// A known format that is not read here.
    #[error("the input is {0}, which is not read here")]
    Foreign(Foreign),
    /// A text or a raw message beyond its limit.
    #[error("{kind} input of more than {limit} octets")]
    TooLong {
        /// What it was read as.
        kind: Kind,
        /// The limit.
        limit: usize,
    },
    /// More frames in a text than are kept.
    #[error("more than {0} frames in a text")]
    TooMany(usize),
    /// A text that is no dump of octets.
    #[error(transparent)]
    Text(#[from] TextError),
}

/// What is wrong with a pcapng block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BlockFault {
    /// The length at the start is impossible.
    #[error("length is {found}, expected a multiple of 4 from {least} to {most}")]
    Length {
        /// The length found.
        found: u32,
        /// The least for this type.
        least: u32,
        /// The most for this type.
        most: u32,
    },
    /// The length at the end is not that at the start.
    #[error("length is {first} at the start and {last} at the end")]
    Lengths {
        /// At the start.
        first: u32,
        /// At the end.
        last: u32,
    },
    /// The byte-order magic of a section is neither way round.
    #[error("byte-order magic is {0:02x?}, expected 1a 2b 3c 4d either way round")]
    ByteOrder([u8; 4]),
    /// A packet was captured on an interface that no block describes.
    #[error("interface is {found}, expected one of the {known} described")]
    Interface {
        /// The interface named.
        found: u32,
        /// How many are described.
        known: usize,
    },
    /// A packet is longer than its block.
    #[error("packet of {claimed} octets in a block with room for {room}")]
    Packet {
        /// The length claimed.
        claimed: u32,
        /// The room in the block.
        room: usize,
    },
    /// More interfaces than are kept.
    #[error("more than {0} interfaces")]
    Interfaces(usize),
}

/// Formats that are recognised to say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Foreign {
    /// pcap as patched by Alexey Kuznetsov.
    #[error("a modified pcap (magic a1b2cd34)")]
    ModifiedPcap,
    /// Solaris snoop.
    #[error("a snoop capture")]
    Snoop,
    /// Zstandard.
    #[error("compressed with zstd")]
    Zstd,
    /// xz.
    #[error("compressed with xz")]
    Xz,
    /// bzip2.
    #[error("compressed with bzip2")]
    Bzip2,
    /// JSON objects.
    #[error("JSON (`encode` reads what `decode --json` wrote; of tshark, take -x or -w)")]
    Json,
    /// zip.
    #[error("a zip archive")]
    Zip,
}

/// A place in a text that is not as expected.
///
/// Shown as: `line 3, column 17: expected a hex digit, found "g7"`
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: expected {expected}, found {found}")]
pub struct TextError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What would have been right.
    pub expected: Expected,
    /// What is there: quoted and escaped, or `end of input`.
    pub found: String,
}

/// What a text should have had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Expected {
    /// A pair of hex digits.
    #[error("pairs of hex digits")]
    HexPair,
    /// An even number of hex digits in a row.
    #[error("an even number of hex digits")]
    EvenDigits,
    /// A dump row with this offset.
    #[error("a row of the dump with offset {0:06x}")]
    Row(u64),
    /// A dump row with this many octets.
    #[error("{0} octets in this row, as the next offset says")]
    Octets(u64),
    /// The row after a `*`.
    #[error("a row after `*` that says how far it goes")]
    RowAfterStar,
    /// Any dump row.
    #[error("rows of a dump that start at offset 0")]
    Dump,
    /// A number from 0 to 255.
    #[error("a number from 0 to 255, or 0x00 to 0xff")]
    Octet,
    /// A character escape.
    #[error("an escape such as \\x0a, \\n or \\012")]
    Escape,
    /// The end of a quoted string.
    #[error("a closing {0}")]
    Quote(char),
    /// A quoted string.
    #[error("a quoted string or \\x escapes")]
    String,
    /// The base64 alphabet.
    #[error("base64")]
    Base64,
    /// A frame below the limit.
    #[error("at most {0} octets in a frame")]
    FrameLimit(usize),
    /// Dumps that do not mostly stand for what they leave out.
    #[error("fewer octets left out by `*`")]
    RepeatLimit,
}

impl TextError {
    /// The error at an index of a text; `len` octets there are what was found.
    pub(super) fn at(text: &[u8], index: usize, len: usize, expected: Expected) -> Self {
        let before = text.get(..index).unwrap_or(text);
        let line_start = before.iter().rposition(|octet| *octet == b'\n').map_or(0, |at| at + 1);
        let line = before.iter().filter(|octet| **octet == b'\n').count() + 1;
        let column =
            String::from_utf8_lossy(before.get(line_start..).unwrap_or_default()).chars().count() + 1;
        let found = text.get(index..).unwrap_or_default();
        let found =
            String::from_utf8_lossy(found.get(..len.min(found.len())).unwrap_or_default()).into_owned();
        Self { line, column, expected, found: shown(&found) }
    }
}

/// Quoted, escaped and no longer than a line should be.
fn shown(found: &str) -> String {
    const MOST: usize = 24;
    if found.is_empty() {
        return "end of input".to_owned();
    }
    let more = if found.chars().nth(MOST).is_some() { "…" } else { "" };
    let start: String = found.chars().take(MOST).flat_map(char::escape_default).collect();
    format!("\"{start}{more}\"")
}
