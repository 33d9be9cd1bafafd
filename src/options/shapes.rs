//! The shapes of options whose values have parts.

use super::layout::{Arm, Case, Exactness, Field, Layout, Scalar, Width};
use super::registries::*;
use super::shape::octets;
use super::spaces::*;
use super::vendor;
use super::walk::named;

const ADDRESS: Layout = Layout::Scalar(Scalar::Address);
const ADDRESSES: Layout = Layout::Repeat { item: &ADDRESS, min: 1 };

const fn field(name: &'static str, layout: Layout) -> Field {
    Field { name, layout }
}

/// A service parameter in wire format (RFC 9460 §2.2).
const SERVICE_PARAMETER: Layout = Layout::Record(&[
    field("key", Layout::Scalar(Scalar::U16 { min: 0, names: SERVICE_PARAMETERS })),
    field("value", Layout::Counted(Width::U16, &Layout::Octets { min: 0 })),
]);

octets! {
    /// IPv4 addresses, or none (RFC 2132 §8.13: option 68).
    AnyAddresses = Layout::Repeat { item: &ADDRESS, min: 0 };
    /// Sizes of a path MTU, each at least 68 (RFC 2132 §4.7).
    Plateaus = Layout::Repeat { item: &Layout::Scalar(Scalar::U16 { min: 68, names: &[] }), min: 1 };
    /// Address and mask pairs (RFC 2132 §4.3).
    PolicyFilters = Layout::Repeat {
        item: &Layout::Record(&[field("address", ADDRESS), field("mask", ADDRESS)]),
        min: 1,
    };
    /// Destination and router pairs (RFC 2132 §5.8).
    StaticRoutes = Layout::Repeat {
        item: &Layout::Record(&[field("destination", ADDRESS), field("router", ADDRESS)]),
        min: 1,
    };
    /// Sub-options if they read as such, else octets (RFC 2132 §8.4).
    VendorSpecific = Layout::AtLeast(1, &Layout::Vendor(&vendor::PXE));
    /// One of the four node types (RFC 2132 §8.7).
    NodeType = Layout::Scalar(Scalar::OneOf(NODE_TYPES));
    /// A hardware type or 0 or 255, and the identifier (RFC 2132 §9.14, RFC 4361 §6.1).
    ClientIdentifier = Layout::Record(&[
        field("type", named(HARDWARE_TYPES)),
        field("identifier", Layout::Octets { min: 1 }),
    ]);
    /// NetWare/IP sub-options, the first of which says where they are (RFC 2242 §3).
    NetwareIp = Layout::AtLeast(2, &Layout::Options(&NETWARE_IP));
    /// User classes, each with its length (RFC 3004 §4).
    UserClasses = Layout::Repeat {
        item: &Layout::Counted(Width::U8, &Layout::Octets { min: 1 }),
        min: 1,
    };
    /// Whether to use only these, and addresses (RFC 2610 §3).
    DirectoryAgents = Layout::Record(&[
        field("mandatory", Layout::Scalar(Scalar::Flag)),
        field("addresses", ADDRESSES),
    ]);
    /// Whether to use only these, and scopes (RFC 2610 §4).
    ServiceScopes = Layout::Record(&[
        field("mandatory", Layout::Scalar(Scalar::Flag)),
        field("scopes", Layout::Text { min: 0 }),
    ]);
    /// Flags, two obsolete codes and a name (RFC 4702 §2).
    ClientFqdn = Layout::Record(&[
        field("flags", Layout::Scalar(Scalar::Bits(FQDN_FLAGS))),
        field("rcode1", Layout::Scalar(Scalar::U8)),
        field("rcode2", Layout::Scalar(Scalar::U8)),
        field("name", Layout::FqdnName),
    ]);
    /// Sub-options of the relay agent, at least one (RFC 3046 §2).
    RelayAgentInformation = Layout::AtLeast(2, &Layout::Options(&RELAY_AGENT));
    /// Storage name servers (RFC 4174 §2).
    InternetStorage = Layout::Record(&[
        field("functions", Layout::Scalar(Scalar::U16)),
        field("discovery-domain-access", Layout::Scalar(Scalar::U16)),
        field("administrative-flags", Layout::Scalar(Scalar::U16)),
        field("security-bitmap", Layout::Scalar(Scalar::U32)),
        field("servers", ADDRESSES),
    ]);
    /// Who authenticates how, against replay (RFC 3118 §2).
    Authentication = Layout::Record(&[
        field("protocol", named(AUTHENTICATION_PROTOCOLS)),
        field("algorithm", named(AUTHENTICATION_ALGORITHMS)),
        field("replay-detection-method", named(REPLAY_DETECTION_METHODS)),
        field("replay-detection", Layout::Scalar(Scalar::Octets(8))),
        field("information", Layout::Octets { min: 0 }),
    ]);
    /// Processor architectures (RFC 4578 §2.1).
    Architectures = Layout::Repeat {
        item: &Layout::Scalar(Scalar::U16 { min: 0, names: ARCHITECTURES }),
        min: 1,
    };
    /// Type and version of a network interface (RFC 4578 §2.2).
    NetworkInterface = Layout::Record(&[
        field("type", named(INTERFACE_TYPES)),
        field("major", Layout::Scalar(Scalar::U8)),
        field("minor", Layout::Scalar(Scalar::U8)),
    ]);
    /// Type and identifier of a machine; type 0 is a UUID of sixteen octets (RFC 4578 §2.3).
    MachineIdentifier = Layout::Tagged {
        name: "type",
        names: MACHINE_IDENTIFIER_TYPES,
        cases: &[Case { selector: 0, fields: &[field("identifier", Layout::Scalar(Scalar::Octets(16)))] }],
        other: &[field("identifier", Layout::Octets { min: 1 })],
    };
    /// A postal address (RFC 4776 §3.1).
    CivicLocation = Layout::Record(&[
        field("what", named(CIVIC_WHAT)),
        field("country", Layout::Scalar(Scalar::Letters(2))),
        field("elements", Layout::Options(&CIVIC_ADDRESS)),
    ]);
    /// An IPv6 address.
    Address6 = Layout::Scalar(Scalar::Address6);
    /// May or may not configure itself (RFC 2563 §2).
    AutoConfigure = Layout::Scalar(Scalar::OneOf(AUTO_CONFIGURE));
    /// Name services in order of preference (RFC 2937).
    NameServices = Layout::Repeat {
        item: &Layout::Scalar(Scalar::U16 { min: 0, names: NAME_SERVICES }),
        min: 1,
    };
    /// SIP servers by name or by address (RFC 3361 §3).
    SipServers = Layout::Choice(&[
        Arm { selector: 0, name: "names", layout: Layout::Domains { compressed: true } },
        Arm { selector: 1, name: "addresses", layout: ADDRESSES },
    ]);
    /// Routes with prefix lengths (RFC 3442).
    Routes = Layout::Repeat { item: &Layout::Route, min: 1 };
    /// CableLabs client configuration (RFC 3495 §4).
    CableLabsClient = Layout::Options(&CABLELABS_CLIENT);
    /// Coordinates with the number of valid bits (RFC 6225 §2.2.1).
    Coordinates = Layout::Location(Exactness::Resolution);
    /// Coordinates with their uncertainty (RFC 6225 §2.2.2).
    UncertainCoordinates = Layout::Location(Exactness::Uncertainty);
    /// Vendor classes by enterprise (RFC 3925 §3).
    VendorClasses = Layout::Repeat {
        item: &Layout::Record(&[
            field("enterprise", Layout::Scalar(Scalar::U32)),
            field("class", Layout::Counted(Width::U8, &Layout::Octets { min: 0 })),
        ]),
        min: 1,
    };
    /// Vendor options by enterprise (RFC 3925 §4).
    VendorOptions = Layout::Repeat {
        item: &Layout::Record(&[
            field("enterprise", Layout::Scalar(Scalar::U32)),
            field("options", Layout::Counted(Width::U8, &Layout::Enterprise)),
        ]),
        min: 1,
    };
    /// Addresses of mobility services (RFC 5678 §2).
    MobilityAddresses = Layout::Options(&MOBILITY_ADDRESSES);
    /// Names of mobility services (RFC 5678 §3).
    MobilityNames = Layout::Options(&MOBILITY_NAMES);
    /// URIs of bootstrap servers, each with its length (RFC 8572 §8.3).
    BootstrapServers = Layout::Repeat {
        item: &Layout::Counted(Width::U16, &Layout::Text { min: 1 }),
        min: 1,
    };
    /// Algorithms that the client can check (RFC 6704 §3.1.1).
    NonceAlgorithms = Layout::Repeat { item: &named(AUTHENTICATION_ALGORITHMS), min: 1 };
    /// Which DNS servers to ask for which names (RFC 6731 §4.3).
    RdnssSelection = Layout::Record(&[
        field("preference", named(RDNSS_PREFERENCES)),
        field("primary", ADDRESS),
        field("secondary", ADDRESS),
        field("domains", Layout::Domains { compressed: false }),
    ]);
    /// A status and a text about it (RFC 6926 §6.2.2).
    Status = Layout::Record(&[
        field("code", named(STATUS_CODES)),
        field("message", Layout::Text { min: 0 }),
    ]);
    /// The state of a binding (RFC 6926 §6.2.7).
    DhcpState = Layout::Scalar(Scalar::U8 { min: 1, max: 8, names: DHCP_STATES });
    /// Where the data of a lease query came from (RFC 6926 §6.2.8).
    DataSource = Layout::Scalar(Scalar::Bits(DATA_SOURCE_FLAGS));
    /// Port control servers, each with its list of addresses (RFC 7291 §4).
    PortControlServers = Layout::Repeat { item: &Layout::Counted(Width::U8, &ADDRESSES), min: 1 };
    /// The ports of a shared address; the PSID stands in the highest bits of its field (RFC 7618 §9).
    PortParameters = Layout::Record(&[
        field("offset", Layout::Scalar(Scalar::U8 { min: 0, max: 15, names: &[] })),
        field("psid-length", Layout::Scalar(Scalar::U8 { min: 0, max: 16, names: &[] })),
        field("psid", Layout::Scalar(Scalar::U16)),
    ]);
    /// Encrypted DNS resolvers (RFC 9463 §5.1).
    Resolvers = Layout::Repeat {
        item: &Layout::Counted(
            Width::U16,
            &Layout::Record(&[
                field("priority", Layout::Scalar(Scalar::U16)),
                field("name", Layout::Counted(Width::U8, &Layout::Domain)),
                field("addresses", Layout::Optional(&Layout::Counted(Width::U8, &ADDRESSES))),
                field("parameters", Layout::Repeat { item: &SERVICE_PARAMETER, min: 0 }),
            ]),
        ),
        min: 1,
    };
    /// Settings of iPXE if they read as such, else octets.
    Ipxe = Layout::AtLeast(1, &Layout::Vendor(&vendor::IPXE));
    /// F1:00:74:7E (RFC 5071 §3).
    PxelinuxMagic = Layout::Scalar(Scalar::Octets(4));
    /// A prefix for IPv6 rapid deployment (RFC 5969 §7.1.1).
    SixRd = Layout::Record(&[
        field("ipv4-mask-length", Layout::Scalar(Scalar::U8 { min: 0, max: 32, names: &[] })),
        field("prefix-length", Layout::Scalar(Scalar::U8 { min: 0, max: 128, names: &[] })),
        field("prefix", Layout::Scalar(Scalar::Address6)),
        field("border-relays", ADDRESSES),
    ]);
    /// Flags and sub-options of a subnet allocation (RFC 6656 §3.1).
    SubnetAllocation = Layout::Record(&[
        field("flags", Layout::Scalar(Scalar::Bits(&[]))),
        field("sub-options", Layout::Options(&SUBNET_ALLOCATION)),
    ]);
    /// Which virtual network (RFC 6607 §3.1).
    VirtualSubnet = VIRTUAL_SUBNET;
}

macro_rules! octet {
    ($(#[$doc:meta])* $shape:ident, $min:literal to $max:literal, $names:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $shape {}

        impl super::shape::Shape for $shape {
            const LAYOUT: Layout = Layout::Scalar(Scalar::U8 { min: $min, max: $max, names: $names });
            type View<'a> = u8;
            type Set<'a> = u8;

            #[inline]
            fn view(octets: &[u8]) -> u8 {
                octets.first().copied().unwrap_or_default()
            }

            #[inline]
            fn put(value: u8, out: &mut Vec<u8>) {
                out.push(value);
            }
        }
    };
}

octet!(
    /// The type of a message (RFC 2132 §9.6).
    MessageTypeCode, 1 to 18, MESSAGE_TYPES
);
octet!(
    /// Which fields hold options too (RFC 2132 §9.3).
    OverloadCode, 1 to 3, OVERLOADS
);
