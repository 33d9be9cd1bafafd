//! Sub-option spaces with names of their own: relay agent information (82) and the smaller ones.

use super::Reference::{self, Rfc};
use super::layout::{Arm, Field, Layout, Scalar, Space, SubOption, Width};
use super::registries::*;

const ADDRESS: Layout = Layout::Scalar(Scalar::Address);
const ADDRESSES: Layout = Layout::Repeat { item: &ADDRESS, min: 1 };
const OCTETS: Layout = Layout::Octets { min: 1 };
const TEXT: Layout = Layout::Text { min: 1 };

const fn sub(code: u8, name: &'static str, layout: Layout, reference: Reference) -> SubOption {
    SubOption { code, name, layout, reference }
}

const fn field(name: &'static str, layout: Layout) -> Field {
    Field { name, layout }
}

/// Option 82: what a relay agent tells the server (RFC 3046 and IANA's sub-option registry).
pub(super) static RELAY_AGENT: Space = Space {
    rows: &[
        sub(1, "circuit-id", OCTETS, Rfc(3046, "3.1")),
        sub(2, "remote-id", OCTETS, Rfc(3046, "3.2")),
        sub(4, "docsis-device-class", Layout::Scalar(Scalar::U32), Rfc(3256, "2")),
        sub(5, "link-selection", ADDRESS, Rfc(3527, "3")),
        sub(6, "subscriber-id", TEXT, Rfc(3993, "3")),
        sub(7, "radius-attributes", Layout::Radius, Rfc(4014, "3")),
        sub(8, "authentication", AUTHENTICATION, Rfc(4030, "4")),
        sub(9, "vendor-specific", VENDOR_SPECIFIC, Rfc(4243, "2")),
        sub(10, "flags", Layout::Scalar(Scalar::Bits(RELAY_FLAGS)), Rfc(5010, "3")),
        sub(11, "server-identifier-override", ADDRESS, Rfc(5107, "4")),
        sub(12, "relay-id", OCTETS, Rfc(6925, "5")),
        sub(13, "access-technology-type", ACCESS_TECHNOLOGY, Rfc(7839, "4.1")),
        sub(14, "access-network-name", TEXT, Rfc(7839, "4.2")),
        sub(15, "access-point-name", TEXT, Rfc(7839, "4.3")),
        sub(16, "access-point-bssid", Layout::Scalar(Scalar::Octets(6)), Rfc(7839, "4.4")),
        sub(17, "operator-id", Layout::Scalar(Scalar::U32), Rfc(7839, "4.5")),
        sub(18, "operator-realm", TEXT, Rfc(7839, "4.6")),
        sub(19, "relay-source-port", Layout::Empty, Rfc(8357, "5.1")),
        sub(151, "virtual-subnet-selection", VIRTUAL_SUBNET, Rfc(6607, "3.2")),
        sub(152, "virtual-subnet-selection-control", Layout::Empty, Rfc(6607, "3.3")),
    ],
};

const AUTHENTICATION: Layout = Layout::Record(&[
    field("algorithm", Layout::Scalar(Scalar::U8 { min: 0, max: 255, names: RELAY_ALGORITHMS })),
    field("replay-detection-method", Layout::Scalar(Scalar::U8)),
    field("replay-detection", Layout::Scalar(Scalar::Octets(8))),
    field("relay-identifier", Layout::Scalar(Scalar::U32)),
    field("information", Layout::Octets { min: 0 }),
]);

const VENDOR_SPECIFIC: Layout = Layout::Repeat {
    item: &Layout::Record(&[
        field("enterprise", Layout::Scalar(Scalar::U32)),
        field("data", Layout::Counted(Width::U8, &Layout::Enterprise)),
    ]),
    min: 1,
};

const ACCESS_TECHNOLOGY: Layout = Layout::Record(&[
    field("reserved", Layout::Scalar(Scalar::U8)),
    field("type", Layout::Scalar(Scalar::U8 { min: 0, max: 255, names: ACCESS_TECHNOLOGIES })),
]);

/// Option 221 and relay sub-option 151.
pub(super) const VIRTUAL_SUBNET: Layout = Layout::Record(&[
    field("type", Layout::Scalar(Scalar::U8 { min: 0, max: 255, names: VSS_TYPES })),
    field("information", Layout::Octets { min: 0 }),
]);

/// Option 63: NetWare/IP (RFC 2242 §2).
pub(super) static NETWARE_IP: Space = Space {
    rows: &[
        sub(1, "nwip-does-not-exist", Layout::Empty, Rfc(2242, "2")),
        sub(2, "nwip-exist-in-options-area", Layout::Empty, Rfc(2242, "2")),
        sub(3, "nwip-exist-in-sname-file", Layout::Empty, Rfc(2242, "2")),
        sub(4, "nwip-exist-but-too-big", Layout::Empty, Rfc(2242, "2")),
        sub(5, "nsq-broadcast", Layout::Scalar(Scalar::Flag), Rfc(2242, "2")),
        sub(6, "preferred-dss", ADDRESSES, Rfc(2242, "2")),
        sub(7, "nearest-nwip-server", ADDRESSES, Rfc(2242, "2")),
        sub(8, "autoretries", Layout::Scalar(Scalar::U8), Rfc(2242, "2")),
        sub(9, "autoretry-delay", Layout::Scalar(Scalar::U8), Rfc(2242, "2")),
        sub(10, "nwip-1-1", Layout::Scalar(Scalar::Flag), Rfc(2242, "2")),
        sub(11, "primary-dss", ADDRESS, Rfc(2242, "2")),
    ],
};

/// Option 122: CableLabs client configuration (RFC 3495 §8, RFC 3594, RFC 3634).
pub(super) static CABLELABS_CLIENT: Space = Space {
    rows: &[
        sub(1, "primary-dhcp-server", ADDRESS, Rfc(3495, "8.1")),
        sub(2, "secondary-dhcp-server", ADDRESS, Rfc(3495, "8.2")),
        sub(3, "provisioning-server", PROVISIONING_SERVER, Rfc(3495, "8.3")),
        sub(4, "as-backoff-and-retry", BACKOFF, Rfc(3495, "8.4")),
        sub(5, "ap-backoff-and-retry", BACKOFF, Rfc(3495, "8.5")),
        sub(6, "kerberos-realm", Layout::Domain, Rfc(3495, "8.6")),
        sub(7, "use-ticket-granting-server", Layout::Scalar(Scalar::Flag), Rfc(3495, "8.7")),
        sub(8, "provisioning-timer", Layout::Scalar(Scalar::U8), Rfc(3495, "8.8")),
        sub(9, "security-ticket-control", Layout::Scalar(Scalar::U16), Rfc(3594, "4")),
        sub(10, "kdc-servers", ADDRESSES, Rfc(3634, "3")),
    ],
};

const PROVISIONING_SERVER: Layout = Layout::Choice(&[
    Arm { selector: 0, name: "name", layout: Layout::Domain },
    Arm { selector: 1, name: "address", layout: ADDRESS },
]);

const BACKOFF: Layout = Layout::Record(&[
    field("nominal-timeout", Layout::Scalar(Scalar::U32)),
    field("maximum-timeout", Layout::Scalar(Scalar::U32)),
    field("maximum-retries", Layout::Scalar(Scalar::U32)),
]);

/// Option 139: addresses of IEEE 802.21 mobility services (RFC 5678 §2).
pub(super) static MOBILITY_ADDRESSES: Space = Space {
    rows: &[
        sub(1, "information-service", ADDRESSES, Rfc(5678, "2")),
        sub(2, "command-service", ADDRESSES, Rfc(5678, "2")),
        sub(3, "event-service", ADDRESSES, Rfc(5678, "2")),
    ],
};

const DOMAINS: Layout = Layout::Domains { compressed: false };

/// Option 140: names of IEEE 802.21 mobility services (RFC 5678 §3).
pub(super) static MOBILITY_NAMES: Space = Space {
    rows: &[
        sub(1, "information-service", DOMAINS, Rfc(5678, "3")),
        sub(2, "command-service", DOMAINS, Rfc(5678, "3")),
        sub(3, "event-service", DOMAINS, Rfc(5678, "3")),
    ],
};

/// Option 220: subnet allocation (RFC 6656 §3.2).
pub(super) static SUBNET_ALLOCATION: Space = Space {
    rows: &[
        sub(1, "subnet-request", SUBNET_REQUEST, Rfc(6656, "3.2.1")),
        sub(2, "subnet-information", Layout::Octets { min: 1 }, Rfc(6656, "3.2.2")),
        sub(3, "subnet-name", TEXT, Rfc(6656, "3.2.3")),
        sub(4, "suggested-lease-time", Layout::Scalar(Scalar::Seconds), Rfc(6656, "3.2.4")),
    ],
};

const SUBNET_REQUEST: Layout = Layout::Record(&[
    field("flags", Layout::Scalar(Scalar::Bits(&[]))),
    field("prefix-length", Layout::Scalar(Scalar::U8 { min: 0, max: 32, names: &[] })),
]);

/// Option 99: civic address elements (RFC 4776 §3.4); all are text.
pub(super) static CIVIC_ADDRESS: Space = Space {
    rows: &[
        sub(0, "language", TEXT, Rfc(4776, "3.4")),
        sub(1, "state", TEXT, Rfc(4776, "3.4")),
        sub(2, "county", TEXT, Rfc(4776, "3.4")),
        sub(3, "city", TEXT, Rfc(4776, "3.4")),
        sub(4, "city-division", TEXT, Rfc(4776, "3.4")),
        sub(5, "block", TEXT, Rfc(4776, "3.4")),
        sub(6, "street", TEXT, Rfc(4776, "3.4")),
        sub(16, "leading-street-direction", TEXT, Rfc(4776, "3.4")),
        sub(17, "trailing-street-suffix", TEXT, Rfc(4776, "3.4")),
        sub(18, "street-suffix", TEXT, Rfc(4776, "3.4")),
        sub(19, "house-number", TEXT, Rfc(4776, "3.4")),
        sub(20, "house-number-suffix", TEXT, Rfc(4776, "3.4")),
        sub(21, "landmark", TEXT, Rfc(4776, "3.4")),
        sub(22, "additional-location", TEXT, Rfc(4776, "3.4")),
        sub(23, "name", TEXT, Rfc(4776, "3.4")),
        sub(24, "postal-code", TEXT, Rfc(4776, "3.4")),
        sub(25, "building", TEXT, Rfc(4776, "3.4")),
        sub(26, "unit", TEXT, Rfc(4776, "3.4")),
        sub(27, "floor", TEXT, Rfc(4776, "3.4")),
        sub(28, "room", TEXT, Rfc(4776, "3.4")),
        sub(29, "place-type", TEXT, Rfc(4776, "3.4")),
        sub(30, "postal-community", TEXT, Rfc(4776, "3.4")),
        sub(31, "post-office-box", TEXT, Rfc(4776, "3.4")),
        sub(32, "additional-code", TEXT, Rfc(4776, "3.4")),
        sub(33, "seat", TEXT, Rfc(4776, "3.4")),
        sub(34, "primary-road", TEXT, Rfc(4776, "3.4")),
        sub(128, "script", TEXT, Rfc(4776, "3.4")),
    ],
};
