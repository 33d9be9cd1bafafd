//! Ethernet: hardware addresses, EtherType, and any stack of 802.1Q and 802.1ad tags.

use core::fmt;

use super::cursor::Cursor;
use super::lower::{Lower, by_ethertype};
use super::{Content, Foreign, Layer, LinkError, LinkType};

/// A 48-bit hardware address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac(pub [u8; 6]);

/// The hardware addresses of a frame, where its link layer has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Macs {
    /// Who sent the frame.
    pub source: Option<Mac>,
    /// To whom; a Linux cooked header does not say.
    pub destination: Option<Mac>,
}

/// One VLAN tag (IEEE 802.1Q).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vlan {
    /// The tag protocol: 0x8100 for 802.1Q, 0x88a8 for 802.1ad.
    pub protocol: u16,
    /// The VLAN, 0 to 4095; 0 is a tag for priority only.
    pub id: u16,
    /// The priority, 0 to 7.
    pub priority: u8,
    /// The drop eligible indicator.
    pub drop_eligible: bool,
}

/// The VLAN tags of a frame, outermost first, read in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vlans<'a>(&'a [u8]);

const ETHERTYPE_SNAP: [u8; 6] = [0xaa, 0xaa, 0x03, 0, 0, 0];

impl Mac {
    /// The address of all stations.
    pub const BROADCAST: Self = Self([0xff; 6]);
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([a, b, c, d, e, last]) = self;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{last:02x}")
    }
}

impl<'a> Vlans<'a> {
    /// The tags, outermost first.
    pub fn iter(&self) -> impl Iterator<Item = Vlan> + 'a {
        let (tags, _) = self.0.as_chunks::<4>();
        tags.iter().map(|[p, q, control, low]| Vlan {
            protocol: u16::from_be_bytes([*p, *q]),
            id: u16::from_be_bytes([control & 0x0f, *low]),
            priority: control >> 5,
            drop_eligible: control & 0x10 != 0,
        })
    }

    /// True when the frame has no tag.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The VLAN tags of a frame; none unless its link type is Ethernet.
#[must_use]
pub fn vlans(link_type: LinkType, frame: &[u8]) -> Vlans<'_> {
    let mut cursor = Cursor::new(frame);
    match (link_type, cursor.slice(Layer::Ethernet, 12)) {
        (LinkType::Ethernet, Ok(_)) => tags(cursor).0,
        _ => Vlans::default(),
    }
}

/// The EtherType of an Ethernet frame after its tags, and where what it names starts.
#[must_use]
pub fn ethertype(frame: &[u8]) -> Option<(u16, usize)> {
    let mut cursor = Cursor::new(frame);
    cursor.slice(Layer::Ethernet, 12).ok()?;
    let (_, mut cursor) = tags(cursor);
    Some((cursor.u16(Layer::Ethernet).ok()?, cursor.offset))
}

pub(super) fn read(mut cursor: Cursor<'_>) -> Result<Content<'_>, LinkError> {
    let destination = Mac(*cursor.take(Layer::Ethernet)?);
    let source = Mac(*cursor.take(Layer::Ethernet)?);
    let (vlans, mut cursor) = tags(cursor);
    let macs = Macs { source: Some(source), destination: Some(destination) };
    let lower = Lower { macs, vlans };
    let offset = cursor.offset;
    let ethertype = cursor.u16(Layer::Ethernet)?;
    if ethertype >= 0x0600 {
        return by_ethertype(Layer::Ethernet, offset, ethertype, cursor, lower);
    }
    match cursor.rest.split_first_chunk::<6>() {
        Some((&ETHERTYPE_SNAP, _)) => {
            cursor.slice(Layer::Ethernet, ETHERTYPE_SNAP.len())?;
            let offset = cursor.offset;
            let ethertype = cursor.u16(Layer::Ethernet)?;
            by_ethertype(Layer::Ethernet, offset, ethertype, cursor, lower)
        }
        _ => Err(LinkError::Foreign { layer: Layer::Ethernet, offset, found: Foreign::Llc(ethertype) }),
    }
}

/// The tags at the cursor, and the cursor after them.
fn tags(start: Cursor<'_>) -> (Vlans<'_>, Cursor<'_>) {
    let (all, _) = start.rest.as_chunks::<4>();
    let count = all.iter().take_while(|[p, q, ..]| is_tag(u16::from_be_bytes([*p, *q]))).count();
    let mut cursor = start;
    match cursor.slice(Layer::Ethernet, count * 4) {
        Ok(tags) => (Vlans(tags), cursor),
        Err(_) => (Vlans::default(), start),
    }
}

/// 802.1Q, 802.1ad, and the two numbers used for stacked tags before 802.1ad.
const fn is_tag(ethertype: u16) -> bool {
    matches!(ethertype, 0x8100 | 0x88a8 | 0x9100 | 0x9200)
}
