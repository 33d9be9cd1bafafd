//! The fixed 236 octets in front of the options (RFC 2131 §2, figure 1): where each field stands.

use core::fmt;
use core::ops::Range;

/// Octets of the fixed header; a datagram below that is no BOOTP message (RFC 951 §3).
pub const HEADER_SIZE: usize = 236;
/// Where the options area begins: behind the header and the magic cookie.
pub const OPTIONS_OFFSET: usize = 240;
/// The first four octets of the options field: 99, 130, 83, 99 (RFC 2131 §3).
pub const MAGIC_COOKIE: [u8; 4] = [99, 130, 83, 99];
/// Octets of a BOOTP message whose vendor area is 64 octets (RFC 951 §3); replies are padded to that.
pub const MIN_REPLY_SIZE: usize = 300;
/// The longest hardware address that chaddr can hold.
pub const CHADDR_SIZE: usize = 16;

/// A field of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name (RFC 2131 §2, table 1).
    pub name: &'static str,
    /// Its offset from the start of the message.
    pub offset: usize,
    /// Its octets.
    pub size: usize,
    /// What it is for, in one sentence.
    pub meaning: &'static str,
}

impl Field {
    /// The octets it takes.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.size
    }
}

macro_rules! fields {
    ($($name:ident = $text:literal at $offset:literal, $size:literal, $meaning:literal;)+) => {
        $(
            #[doc = concat!("`", $text, "`: ", $meaning, ".")]
            pub const $name: Field = Field { name: $text, offset: $offset, size: $size, meaning: $meaning };
        )+
        /// All fields in the order of their octets; they add up to [`HEADER_SIZE`].
        pub static FIELDS: &[Field] = &[$($name,)+];
    };
}

fields! {
    OP = "op" at 0, 1, "1 from client to server (BOOTREQUEST), 2 back (BOOTREPLY)";
    HTYPE = "htype" at 1, 1, "the kind of hardware address, 1 for Ethernet";
    HLEN = "hlen" at 2, 1, "octets of the hardware address, 6 for Ethernet";
    HOPS = "hops" at 3, 1, "relay agents passed; clients set 0";
    XID = "xid" at 4, 4, "a random number of the client's that ties replies to requests";
    SECS = "secs" at 8, 2, "seconds since the client began";
    FLAGS = "flags" at 10, 2, "the top bit asks for broadcast replies, the others are zero";
    CIADDR = "ciaddr" at 12, 4, "the client's address, when it has one and can answer ARP";
    YIADDR = "yiaddr" at 16, 4, "the client's address as the server assigns it";
    SIADDR = "siaddr" at 20, 4, "the server to ask next when booting";
    GIADDR = "giaddr" at 24, 4, "the relay agent's address on the client's subnet";
    CHADDR = "chaddr" at 28, 16, "the client's hardware address, filled up with zeros";
    SNAME = "sname" at 44, 64, "the server's name, ended by a zero; may hold options (52)";
    FILE = "file" at 108, 128, "the boot file's name, ended by a zero; may hold options (52)";
}

/// The flags field (RFC 2131 §2, figure 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub u16);

impl Flags {
    /// The client can't take unicast datagrams before it has an address.
    pub const BROADCAST: Flags = Flags(0x8000);

    /// Whether the client asks for broadcast replies.
    #[must_use]
    pub const fn broadcast(self) -> bool {
        self.0 & 0x8000 != 0
    }

    /// The bits that must be zero.
    #[must_use]
    pub const fn reserved(self) -> u16 {
        self.0 & 0x7fff
    }
}

/// Field op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op(pub u8);

impl Op {
    /// From a client to a server.
    pub const BOOTREQUEST: Op = Op(1);
    /// From a server to a client.
    pub const BOOTREPLY: Op = Op(2);
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Op::BOOTREQUEST => f.pad("BOOTREQUEST"),
            Op::BOOTREPLY => f.pad("BOOTREPLY"),
            Op(other) => f.pad(&format!("op {other}")),
        }
    }
}

/// The type of a DHCP message (RFC 2132 §9.6 and the RFCs after it). Shown as `DISCOVER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageType(pub u8);

macro_rules! message_types {
    ($($name:ident = $code:literal, $meaning:literal;)+) => {
        impl MessageType {
            $(
                #[doc = concat!("DHCP", stringify!($name), ": ", $meaning, ".")]
                pub const $name: MessageType = MessageType($code);
            )+

            /// Its name without DHCP in front, if it has one.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some(stringify!($name)),)+
                    _ => None,
                }
            }

            /// What it says, in one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self.0 {
                    $($code => $meaning,)+
                    _ => "no registered message",
                }
            }
        }
    };
}

message_types! {
    DISCOVER = 1, "a client looks for servers";
    OFFER = 2, "a server offers an address";
    REQUEST = 3, "a client takes an offer, or confirms or extends what it has";
    DECLINE = 4, "a client found the address in use";
    ACK = 5, "a server grants what was asked, with the settings";
    NAK = 6, "a server refuses: the client's address is wrong or its lease has ended";
    RELEASE = 7, "a client gives its address back";
    INFORM = 8, "a client has an address and asks for settings alone";
    FORCERENEW = 9, "a server wants the client to renew";
    LEASEQUERY = 10, "somebody asks about a lease";
    LEASEUNASSIGNED = 11, "the server has no lease for that address, which is its own";
    LEASEUNKNOWN = 12, "the server knows nothing of what was asked";
    LEASEACTIVE = 13, "the server tells of a lease";
    BULKLEASEQUERY = 14, "somebody asks about many leases";
    LEASEQUERYDONE = 15, "the answer to a bulk query is complete";
    ACTIVELEASEQUERY = 16, "somebody wants to be told of changes";
    LEASEQUERYSTATUS = 17, "the server tells the state of a query";
    TLS = 18, "somebody wants to go on under TLS";
}

impl MessageType {
    /// Its name with an article: `a NAK`, `an ACK`.
    #[must_use]
    pub fn with_article(self) -> String {
        let vowel = self.name().is_some_and(|name| name.starts_with(['A', 'I', 'O']));
        format!("{} {self}", if vowel { "an" } else { "a" })
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => f.pad(&format!("type {}", self.0)),
        }
    }
}

/// A hardware address. Shown as `02:00:00:00:00:01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HardwareAddress<'a>(pub &'a [u8]);

impl fmt::Display for HardwareAddress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut octets = self.0.iter();
        match octets.next() {
            Some(first) => write!(f, "{first:02x}")?,
            None => return f.write_str("none"),
        }
        octets.try_for_each(|octet| write!(f, ":{octet:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_add_up_to_the_header() {
        let mut next = 0;
        for field in FIELDS {
            assert_eq!(next, field.offset, "{}", field.name);
            next += field.size;
        }
        assert_eq!(HEADER_SIZE, next);
    }
}
