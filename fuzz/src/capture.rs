//! Any octets as a capture, a dump or a frame.

use dhcpsim::capture::{CaptureError, Captured, Forced, Kind, Layer, MAX_FRAME, MAX_TEXT, Reader};
use dhcpsim::link::{self, Content, LinkType};

use crate::is_printable;

/// Every link type that is read, and one that is not.
const LINK_TYPES: [LinkType; 9] = [
    LinkType::Null,
    LinkType::Ethernet,
    LinkType::Raw,
    LinkType::Loop,
    LinkType::LinuxSll,
    LinkType::Ipv4,
    LinkType::ExportedPdu,
    LinkType::LinuxSll2,
    LinkType::Other(147),
];

/// The first octet says what the others are taken for: anything, or a container and a layer.
pub fn capture(octets: &[u8]) {
    let Some((&choice, octets)) = octets.split_first() else { return };
    let choice = usize::from(choice);
    let kind = (choice % 10).checked_sub(1).map(|at| Kind::ALL[at].0);
    let layer = (choice / 10 % 10).checked_sub(1).map(|at| Layer::ALL[at].0);
    if let Err(error) = read(octets, Forced { kind, layer }) {
        is_printable(&error.to_string());
    }
    for link_type in LINK_TYPES {
        frame(link_type, octets);
    }
}

fn read(octets: &[u8], forced: Forced) -> Result<(), CaptureError> {
    let mut reader = Reader::new(octets, forced)?;
    let mut payload = 0;
    while let Some(found) = reader.next_message()? {
        payload += found.payload.len();
        is_sound(&found);
    }
    assert!(reader.skipped().total() <= reader.frames());
    // Only compression and the `*` of a dump give more than there is, and both have their bounds.
    let limit = match reader.kind() {
        _ if reader.is_gzip() => 1100 * octets.len() + MAX_TEXT,
        kind if kind.is_text() => octets.len() + MAX_FRAME,
        _ => octets.len(),
    };
    assert!(payload <= limit, "{payload} octets of payload from {}", octets.len());
    Ok(())
}

fn is_sound(found: &Captured<'_>) {
    match found.payload_offset {
        Some(at) => assert_eq!(Some(found.payload), found.frame.get(at..at + found.payload.len())),
        None => assert!(found.payload.len() <= 65_535, "a packet was put together"),
    }
    found.comments().for_each(drop);
    let _ = (found.direction(), found.true_endpoints(), found.vlans().iter().count());
}

fn frame(link_type: LinkType, octets: &[u8]) {
    match link::read(link_type, octets) {
        Ok(Content::Datagram(datagram)) => {
            let at = datagram.payload_offset;
            assert_eq!(Some(datagram.payload), octets.get(at..at + datagram.payload.len()));
        }
        Ok(Content::Fragment(piece)) => {
            assert_eq!(Some(piece.data), octets.get(piece.data_offset..piece.data_offset + piece.data.len()));
        }
        Err(error) => is_printable(&error.to_string()),
    }
    let _ = (link::vlans(link_type, octets).iter().count(), link::ethertype(octets));
}
