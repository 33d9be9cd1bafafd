//! Sub-option spaces with names of their own: relay agent information (82) and the smaller ones.

use super::Reference::{self, Rfc};
use super::layout::{Arm, Case, Field, Layout, Scalar, Space, SubOption, Width};
use super::registries::*;
use super::walk::named;

const ADDRESS: Layout = Layout::Scalar(Scalar::Address);
const ADDRESSES: Layout = Layout::Repeat { item: &ADDRESS, min: 1 };
const OCTETS: Layout = Layout::Octets { min: 1 };
const ANY_OCTETS: Layout = Layout::Octets { min: 0 };
const TEXT: Layout = Layout::Text { min: 1 };

const fn sub(code: u8, name: &'static str, layout: Layout, reference: Reference) -> SubOption {
    SubOption { code, name, layout, reference }
}

const fn field(name: &'static str, layout: Layout) -> Field {
    Field { name, layout }
}

/// Option 82: what a relay agent tells the server (RFC 3046 and IANA's sub-option registry).
pub(super) static RELAY_AGENT: Space = Space::new(
    &[
        sub(1, "circuit-id", ANY_OCTETS, Rfc(3046, "3.1")),
        sub(2, "remote-id", ANY_OCTETS, Rfc(3046, "3.2")),
        sub(4, "docsis-device-class", Layout::Scalar(Scalar::U32), Rfc(3256, "2")),
        sub(5, "link-selection", ADDRESS, Rfc(3527, "3")),
        sub(6, "subscriber-id", TEXT, Rfc(3993, "3")),
        sub(7, "radius-attributes", Layout::Attributes(&RADIUS), Rfc(4014, "3")),
        sub(8, "authentication", AUTHENTICATION, Rfc(4030, "4")),
        sub(9, "vendor-specific", VENDOR_SPECIFIC, Rfc(4243, "3")),
        sub(10, "flags", Layout::Scalar(Scalar::Bits(RELAY_FLAGS)), Rfc(5010, "3")),
        sub(11, "server-identifier-override", ADDRESS, Rfc(5107, "4")),
        sub(12, "relay-id", OCTETS, Rfc(6925, "4")),
        sub(13, "access-technology-type", ACCESS_TECHNOLOGY, Rfc(7839, "4.2")),
        sub(14, "access-network-name", TEXT, Rfc(7839, "4.3.1")),
        sub(15, "access-point-name", TEXT, Rfc(7839, "4.3.2")),
        sub(16, "access-point-bssid", Layout::Scalar(Scalar::Octets(6)), Rfc(7839, "4.3.3")),
        sub(17, "operator-id", Layout::Scalar(Scalar::U32), Rfc(7839, "4.4.1")),
        sub(18, "operator-realm", TEXT, Rfc(7839, "4.4.2")),
        sub(19, "relay-source-port", Layout::Empty, Rfc(8357, "5.1")),
        sub(151, "virtual-subnet-selection", VIRTUAL_SUBNET, Rfc(6607, "3.2")),
        sub(152, "virtual-subnet-selection-control", Layout::Empty, Rfc(6607, "3.3")),
    ],
    &[],
);

const AUTHENTICATION: Layout = Layout::Record(&[
    field("algorithm", named(RELAY_ALGORITHMS)),
    field("replay-detection-method", named(REPLAY_DETECTION_METHODS)),
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
    field("type", named(ACCESS_TECHNOLOGIES)),
]);

/// Relay sub-option 7: what a relay agent may pass on of RADIUS (RFC 4014 §3; types and layouts of RFC 2865,
/// RFC 2869 and RFC 3162).
static RADIUS: Space = Space::new(
    &[
        sub(1, "user-name", TEXT, Rfc(2865, "5.1")),
        sub(6, "service-type", Layout::Scalar(Scalar::U32), Rfc(2865, "5.6")),
        sub(26, "vendor-specific", RADIUS_VENDOR, Rfc(2865, "5.26")),
        sub(27, "session-timeout", Layout::Scalar(Scalar::U32), Rfc(2865, "5.27")),
        sub(88, "framed-pool", TEXT, Rfc(2869, "5.18")),
        sub(100, "framed-ipv6-pool", TEXT, Rfc(3162, "2.6")),
    ],
    &[],
);

const RADIUS_VENDOR: Layout =
    Layout::Record(&[field("vendor", Layout::Scalar(Scalar::U32)), field("data", OCTETS)]);

/// Option 221 and relay sub-option 151 (RFC 6607 §3.5).
pub(super) const VIRTUAL_SUBNET: Layout = Layout::Tagged {
    name: "type",
    names: VSS_TYPES,
    cases: &[
        Case { selector: 0, fields: &[field("information", TEXT)] },
        Case {
            selector: 1,
            fields: &[
                field("oui", Layout::Scalar(Scalar::Octets(3))),
                field("index", Layout::Scalar(Scalar::U32)),
            ],
        },
        Case { selector: 254, fields: &[] },
        Case { selector: 255, fields: &[] },
    ],
    other: &[field("information", ANY_OCTETS)],
};

/// Option 63: NetWare/IP (RFC 2242 §3).
pub(super) static NETWARE_IP: Space = Space::new(
    &[
        sub(1, "nwip-does-not-exist", Layout::Empty, Rfc(2242, "3")),
        sub(2, "nwip-exist-in-options-area", Layout::Empty, Rfc(2242, "3")),
        sub(3, "nwip-exist-in-sname-file", Layout::Empty, Rfc(2242, "3")),
        sub(4, "nwip-exist-but-too-big", Layout::Empty, Rfc(2242, "3")),
        sub(5, "nsq-broadcast", Layout::Scalar(Scalar::Flag), Rfc(2242, "3")),
        sub(6, "preferred-dss", ADDRESSES, Rfc(2242, "3")),
        sub(7, "nearest-nwip-server", ADDRESSES, Rfc(2242, "3")),
        sub(8, "autoretries", Layout::Scalar(Scalar::U8), Rfc(2242, "3")),
        sub(9, "autoretry-delay", Layout::Scalar(Scalar::U8), Rfc(2242, "3")),
        sub(10, "nwip-1-1", Layout::Scalar(Scalar::Flag), Rfc(2242, "3")),
        sub(11, "primary-dss", ADDRESS, Rfc(2242, "3")),
    ],
    &[],
);

/// Option 122: CableLabs client configuration (RFC 3495 §5, RFC 3594, RFC 3634).
pub(super) static CABLELABS_CLIENT: Space = Space::new(
    &[
        sub(1, "primary-dhcp-server", ADDRESS, Rfc(3495, "5.1")),
        sub(2, "secondary-dhcp-server", ADDRESS, Rfc(3495, "5.1")),
        sub(3, "provisioning-server", PROVISIONING_SERVER, Rfc(3495, "5.2")),
        sub(4, "as-backoff-and-retry", BACKOFF, Rfc(3495, "5.3")),
        sub(5, "ap-backoff-and-retry", BACKOFF, Rfc(3495, "5.4")),
        sub(6, "kerberos-realm", Layout::Domain, Rfc(3495, "5.5")),
        sub(7, "use-ticket-granting-server", Layout::Scalar(Scalar::Flag), Rfc(3495, "5.6")),
        sub(8, "provisioning-timer", PROVISIONING_TIMER, Rfc(3495, "5.7")),
        sub(9, "security-ticket-control", Layout::Scalar(Scalar::U16), Rfc(3594, "4")),
        sub(10, "kdc-servers", ADDRESSES, Rfc(3634, "3")),
    ],
    &[],
);

const PROVISIONING_SERVER: Layout = Layout::Choice(&[
    Arm { selector: 0, name: "name", layout: Layout::Domain },
    Arm { selector: 1, name: "address", layout: ADDRESS },
]);

/// Minutes; 0 is no limit.
const PROVISIONING_TIMER: Layout = Layout::Scalar(Scalar::U8 { min: 0, max: 30, names: &[] });

const BACKOFF: Layout = Layout::Record(&[
    field("nominal-timeout", Layout::Scalar(Scalar::U32)),
    field("maximum-timeout", Layout::Scalar(Scalar::U32)),
    field("maximum-retries", Layout::Scalar(Scalar::U32)),
]);

/// Option 139: addresses of IEEE 802.21 mobility services (RFC 5678 §2).
pub(super) static MOBILITY_ADDRESSES: Space = Space::new(
    &[
        sub(1, "information-service", ADDRESSES, Rfc(5678, "2")),
        sub(2, "command-service", ADDRESSES, Rfc(5678, "2")),
        sub(3, "event-service", ADDRESSES, Rfc(5678, "2")),
    ],
    &[],
);

const DOMAINS: Layout = Layout::Domains { compressed: false };

/// Option 140: names of IEEE 802.21 mobility services (RFC 5678 §3).
pub(super) static MOBILITY_NAMES: Space = Space::new(
    &[
        sub(1, "information-service", DOMAINS, Rfc(5678, "3")),
        sub(2, "command-service", DOMAINS, Rfc(5678, "3")),
        sub(3, "event-service", DOMAINS, Rfc(5678, "3")),
    ],
    &[],
);

/// Option 220: subnet allocation (RFC 6656).
pub(super) static SUBNET_ALLOCATION: Space = Space::new(
    &[
        sub(1, "subnet-request", SUBNET_REQUEST, Rfc(6656, "3.1")),
        sub(2, "subnet-information", SUBNET_INFORMATION, Rfc(6656, "3.2")),
        sub(3, "subnet-name", TEXT, Rfc(6656, "3.3")),
        sub(4, "suggested-lease-time", Layout::Scalar(Scalar::Seconds), Rfc(6656, "3.4")),
    ],
    &[],
);

const PREFIX_LENGTH: Layout = Layout::Scalar(Scalar::U8 { min: 0, max: 32, names: &[] });
const FLAGS: Layout = Layout::Scalar(Scalar::Bits(&[]));

const SUBNET_REQUEST: Layout =
    Layout::Record(&[field("flags", FLAGS), field("prefix-length", PREFIX_LENGTH)]);

const SUBNET_INFORMATION: Layout = Layout::Record(&[
    field("flags", FLAGS),
    field(
        "subnets",
        Layout::Repeat {
            item: &Layout::Record(&[
                field("network", ADDRESS),
                field("prefix-length", PREFIX_LENGTH),
                field("flags", FLAGS),
                field("statistics", Layout::Counted(Width::U8, &ANY_OCTETS)),
            ]),
            min: 0,
        },
    ),
]);

/// A civic address element, which is text.
const fn civic(code: u8, name: &'static str) -> SubOption {
    sub(code, name, Layout::Text { min: 0 }, Rfc(4776, "3.4"))
}

/// Option 99: civic address elements (RFC 4776 §3.4).
pub(super) static CIVIC_ADDRESS: Space = Space::new(
    &[
        civic(0, "language"),
        civic(1, "state"),
        civic(2, "county"),
        civic(3, "city"),
        civic(4, "city-division"),
        civic(5, "neighborhood"),
        civic(6, "group-of-streets"),
        civic(16, "leading-street-direction"),
        civic(17, "trailing-street-suffix"),
        civic(18, "street-suffix"),
        civic(19, "house-number"),
        civic(20, "house-number-suffix"),
        civic(21, "landmark"),
        civic(22, "additional-location"),
        civic(23, "name"),
        civic(24, "postal-code"),
        civic(25, "building"),
        civic(26, "unit"),
        civic(27, "floor"),
        civic(28, "room"),
        civic(29, "place-type"),
        civic(30, "postal-community"),
        civic(31, "post-office-box"),
        civic(32, "additional-code"),
        civic(33, "seat"),
        civic(34, "primary-road"),
        civic(35, "road-section"),
        civic(36, "road-branch"),
        civic(37, "road-sub-branch"),
        civic(38, "street-name-pre-modifier"),
        civic(39, "street-name-post-modifier"),
        civic(128, "script"),
    ],
    &[],
);
