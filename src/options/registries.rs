//! Names that IANA registries and RFCs give to numbers in options and header fields.

use super::layout::Names;

/// Option 53 (RFC 2132 §9.6, RFC 3203, RFC 4388, RFC 6926, RFC 7724).
pub const MESSAGE_TYPES: Names = &[
    (1, "discover"),
    (2, "offer"),
    (3, "request"),
    (4, "decline"),
    (5, "ack"),
    (6, "nak"),
    (7, "release"),
    (8, "inform"),
    (9, "forcerenew"),
    (10, "leasequery"),
    (11, "leaseunassigned"),
    (12, "leaseunknown"),
    (13, "leaseactive"),
    (14, "bulkleasequery"),
    (15, "leasequerydone"),
    (16, "activeleasequery"),
    (17, "leasequerystatus"),
    (18, "tls"),
];

/// Field htype and the type of client identifiers: ARP hardware types (RFC 5494).
pub const HARDWARE_TYPES: Names = &[
    (0, "opaque"),
    (1, "ethernet"),
    (2, "experimental-ethernet"),
    (3, "ax-25"),
    (4, "pronet"),
    (5, "chaos"),
    (6, "ieee-802"),
    (7, "arcnet"),
    (8, "hyperchannel"),
    (9, "lanstar"),
    (10, "autonet"),
    (11, "localtalk"),
    (12, "localnet"),
    (13, "ultra-link"),
    (14, "smds"),
    (15, "frame-relay"),
    (16, "atm"),
    (17, "hdlc"),
    (18, "fibre-channel"),
    (19, "atm-rfc2225"),
    (20, "serial-line"),
    (21, "atm-rfc1577"),
    (22, "mil-std-188-220"),
    (23, "metricom"),
    (24, "ieee-1394"),
    (25, "mapos"),
    (26, "twinaxial"),
    (27, "eui-64"),
    (28, "hiparp"),
    (29, "iso-7816-3"),
    (30, "arpsec"),
    (31, "ipsec-tunnel"),
    (32, "infiniband"),
    (33, "tia-102"),
    (34, "wiegand"),
    (35, "pure-ip"),
    (36, "hw-exp1"),
    (37, "hfi"),
    (255, "iaid-and-duid"),
];

/// Option 46 (RFC 2132 §8.7).
pub(super) const NODE_TYPES: Names = &[(1, "b-node"), (2, "p-node"), (4, "m-node"), (8, "h-node")];

/// Option 52 (RFC 2132 §9.3).
pub(super) const OVERLOADS: Names = &[(1, "file"), (2, "sname"), (3, "both")];

/// Option 81 (RFC 4702 §2.1).
pub(super) const FQDN_FLAGS: Names = &[(1, "s"), (2, "o"), (4, "e"), (8, "n")];

/// Option 90 (RFC 3118 §2, RFC 6704 §3.1.2).
pub(super) const AUTHENTICATION_PROTOCOLS: Names =
    &[(0, "configuration-token"), (1, "delayed"), (3, "reconfigure-key")];

/// Option 93: IANA processor architecture types (RFC 4578 §2.1, RFC 5970).
pub(super) const ARCHITECTURES: Names = &[
    (0, "x86-bios"),
    (1, "nec-pc98"),
    (2, "itanium"),
    (3, "dec-alpha"),
    (4, "arc-x86"),
    (5, "intel-lean-client"),
    (6, "x86-uefi"),
    (7, "x64-uefi"),
    (8, "efi-xscale"),
    (9, "ebc"),
    (10, "arm32-uefi"),
    (11, "arm64-uefi"),
    (12, "powerpc-open-firmware"),
    (13, "powerpc-epapr"),
    (14, "power-opal"),
    (15, "x86-uefi-http"),
    (16, "x64-uefi-http"),
    (17, "ebc-http"),
    (18, "arm32-uefi-http"),
    (19, "arm64-uefi-http"),
    (20, "x86-bios-http"),
    (21, "arm32-uboot"),
    (22, "arm64-uboot"),
    (23, "arm32-uboot-http"),
    (24, "arm64-uboot-http"),
    (25, "riscv32-uefi"),
    (26, "riscv32-uefi-http"),
    (27, "riscv64-uefi"),
    (28, "riscv64-uefi-http"),
    (29, "riscv128-uefi"),
    (30, "riscv128-uefi-http"),
    (31, "s390-basic"),
    (32, "s390-extended"),
    (33, "mips32-uefi"),
    (34, "mips64-uefi"),
    (35, "sunway32-uefi"),
    (36, "sunway64-uefi"),
    (37, "loongarch32-uefi"),
    (38, "loongarch32-uefi-http"),
    (39, "loongarch64-uefi"),
    (40, "loongarch64-uefi-http"),
    (41, "arm-rpiboot"),
];

/// Option 99 (RFC 4776 §3.1).
pub(super) const CIVIC_WHAT: Names = &[(0, "dhcp-server"), (1, "network-element"), (2, "client")];

/// Option 116 (RFC 2563 §2).
pub(super) const AUTO_CONFIGURE: Names = &[(0, "do-not-auto-configure"), (1, "auto-configure")];

/// Option 117 (RFC 2937 §3): the options that name the services, and 0 for local names.
pub(super) const NAME_SERVICES: Names =
    &[(0, "local"), (6, "domain-name-server"), (41, "nis"), (44, "netbios"), (65, "nis-plus")];

/// Options 90 and 145, under the protocols that have algorithms (RFC 3118 §5.3, RFC 6704 §3.1.2).
pub(super) const AUTHENTICATION_ALGORITHMS: Names = &[(1, "hmac-md5")];

/// Option 146 (RFC 6731 §4.3): two bits; 2 is reserved.
pub(super) const RDNSS_PREFERENCES: Names = &[(0, "medium"), (1, "high"), (3, "low")];

/// Option 151 (RFC 6926 §6.2.2, RFC 7724 §5.2.2).
pub(super) const STATUS_CODES: Names = &[
    (0, "success"),
    (1, "unspec-fail"),
    (2, "query-terminated"),
    (3, "malformed-query"),
    (4, "not-allowed"),
    (5, "data-missing"),
    (6, "connection-active"),
    (7, "catch-up-complete"),
    (8, "tls-connection-refused"),
];

/// Option 156 (RFC 6926 §6.2.7).
pub(super) const DHCP_STATES: Names = &[
    (1, "available"),
    (2, "active"),
    (3, "expired"),
    (4, "released"),
    (5, "abandoned"),
    (6, "reset"),
    (7, "remote"),
    (8, "transitioning"),
];

/// Option 157 (RFC 6926 §6.2.8).
pub(super) const DATA_SOURCE_FLAGS: Names = &[(1, "remote")];

/// Option 221 and relay sub-option 151 (RFC 6607 §3.5, RFC 6926 §6.2.9).
pub(super) const VSS_TYPES: Names =
    &[(0, "nvt-ascii"), (1, "rfc2685-vpn-id"), (254, "all-vpns"), (255, "global")];

/// Relay sub-option 8 (RFC 4030 §4).
pub(super) const RELAY_ALGORITHMS: Names = &[(1, "hmac-sha1")];

/// Relay sub-option 10 (RFC 5010 §3).
pub(super) const RELAY_FLAGS: Names = &[(0x80, "unicast")];

/// Relay sub-option 13 (RFC 7839, IANA's access technology types of RFC 5213).
pub(super) const ACCESS_TECHNOLOGIES: Names = &[
    (1, "virtual"),
    (2, "ppp"),
    (3, "ethernet"),
    (4, "wlan"),
    (5, "wimax"),
    (6, "3gpp-geran"),
    (7, "3gpp-utran"),
    (8, "3gpp-e-utran"),
    (9, "3gpp2-ehrpd"),
    (10, "3gpp2-hrpd"),
    (11, "3gpp2-1xrtt"),
    (12, "3gpp2-umb"),
    (13, "3gpp-nb-iot"),
];

/// Options 90 and relay sub-option 8: how replay is detected (RFC 3118 §2, RFC 4030 §5).
pub(super) const REPLAY_DETECTION_METHODS: Names = &[(0, "monotonic-counter")];

/// Option 94: type of a network interface (RFC 4578 §2.2).
pub(super) const INTERFACE_TYPES: Names = &[(1, "undi")];

/// Option 97: type of a machine identifier (RFC 4578 §2.3).
pub(super) const MACHINE_IDENTIFIER_TYPES: Names = &[(0, "uuid")];

/// Options 123 and 144: what the altitude counts (RFC 6225 §2.4).
pub(super) const ALTITUDE_TYPES: Names = &[(0, "unknown"), (1, "metres"), (2, "floors")];

/// Options 123 and 144: the geodetic system (RFC 6225 §2.5).
pub(super) const DATUMS: Names = &[(1, "wgs84"), (2, "nad83-navd88"), (3, "nad83-mllw")];

/// Option 162: keys of service parameters (RFC 9460 §14.3.2, RFC 9461 §7).
pub(super) const SERVICE_PARAMETERS: Names = &[
    (0, "mandatory"),
    (1, "alpn"),
    (2, "no-default-alpn"),
    (3, "port"),
    (4, "ipv4hint"),
    (5, "ech"),
    (6, "ipv6hint"),
    (7, "dohpath"),
    (8, "ohttp"),
];
