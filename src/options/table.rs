//! The table: every option that IANA has registered for DHCPv4, one row each.
//!
//! A row makes a typed [`Key`] and an entry of [`TABLE`]; parsing, building, display, JSON, names in configurations,
//! `dhcpsim options` and `docs/options.md` all read it.

use super::Reference::{Document, Rfc};
use super::layout::Layout;
use super::shape::*;
use super::shapes::*;
use super::walk::Common;
use super::{Code, Key, Row};

macro_rules! options {
    ($($code:literal => $key:ident: $shape:ident = $name:literal, $reference:expr, $example:literal, $meaning:literal;)+) => {
        $(
            #[doc = concat!("Option ", $code, ", `", $name, "`: ", $meaning, ".")]
            pub const $key: Key<$shape> = Key::new($code);
        )+

        /// All rows in ascending order of their codes.
        pub static TABLE: &[Row] = &[
            $(Row {
                code: Code($code),
                name: $name,
                layout: <$shape as Shape>::LAYOUT,
                reference: $reference,
                meaning: $meaning,
                example: $example,
            },)+
        ];

        /// The layout of each code, for one look-up an option.
        static LAYOUTS: [Layout; 256] = {
            let mut layouts = [Layout::Octets { min: 0 }; 256];
            $(layouts[$code] = <$shape as Shape>::LAYOUT;)+
            layouts
        };

        /// Which of the common layouts each code has, likewise.
        static COMMON: [Common; 256] = {
            let mut common = [Common::Octets; 256];
            $(common[$code] = Common::of(&<$shape as Shape>::LAYOUT);)+
            common
        };

        /// Where in the table each code stands; 255 where it does not.
        static PLACES: [u8; 256] = {
            let mut places = [u8::MAX; 256];
            let mut place = 0;
            $(
                places[$code] = place;
                place += 1;
            )+
            assert!(place < u8::MAX);
            places
        };
    };
}

/// The row of `code`.
#[must_use]
pub fn by_code(code: Code) -> Option<&'static Row> {
    TABLE.get(usize::from(*PLACES.get(usize::from(code.0))?))
}

/// The row of `name`, which is compared without regard to case.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

/// The layout of `code`.
#[inline]
pub(super) fn layout_of(code: Code) -> &'static Layout {
    static UNKNOWN: Layout = Layout::Octets { min: 0 };
    LAYOUTS.get(usize::from(code.0)).unwrap_or(&UNKNOWN)
}

/// Which of the common layouts `code` has.
#[inline]
pub(super) fn common_of(code: Code) -> Common {
    COMMON.get(usize::from(code.0)).copied().unwrap_or(Common::No)
}

options! {
    1 => SUBNET_MASK: Address = "subnet-mask", Rfc(2132, "3.3"), "ffffff00", "the mask of the client's subnet";
    2 => TIME_OFFSET: I32 = "time-offset", Rfc(2132, "3.4"), "00000e10", "seconds east of UTC; 100 and 101 took its place";
    3 => ROUTER: Addresses = "router", Rfc(2132, "3.5"), "c0000201", "routers on the client's subnet, best first";
    4 => TIME_SERVER: Addresses = "time-server", Rfc(2132, "3.6"), "c0000202", "RFC 868 time servers";
    5 => NAME_SERVER: Addresses = "name-server", Rfc(2132, "3.7"), "c0000203", "IEN 116 name servers, not DNS";
    6 => DOMAIN_NAME_SERVER: Addresses = "domain-name-server", Rfc(2132, "3.8"), "c0000235c6336435", "DNS servers, best first";
    7 => LOG_SERVER: Addresses = "log-server", Rfc(2132, "3.9"), "c0000204", "MIT-LCS UDP log servers";
    8 => QUOTES_SERVER: Addresses = "quotes-server", Rfc(2132, "3.10"), "c0000205", "cookie (quote of the day) servers";
    9 => LPR_SERVER: Addresses = "lpr-server", Rfc(2132, "3.11"), "c0000206", "RFC 1179 line printer servers";
    10 => IMPRESS_SERVER: Addresses = "impress-server", Rfc(2132, "3.12"), "c0000207", "Imagen Impress servers";
    11 => RLP_SERVER: Addresses = "rlp-server", Rfc(2132, "3.13"), "c0000208", "RFC 887 resource location servers";
    12 => HOST_NAME: Text = "host-name", Rfc(2132, "3.14"), "616c706861", "the client's name, with or without its domain";
    13 => BOOT_FILE_SIZE: U16 = "boot-file-size", Rfc(2132, "3.15"), "0400", "the boot file's size in blocks of 512 octets";
    14 => MERIT_DUMP_FILE: Text = "merit-dump-file", Rfc(2132, "3.16"), "2f64756d70", "where the client dumps its core when it crashes";
    15 => DOMAIN_NAME: Text = "domain-name", Rfc(2132, "3.17"), "6c61622e6578616d706c65", "the domain for resolving host names";
    16 => SWAP_SERVER: Address = "swap-server", Rfc(2132, "3.18"), "c0000209", "the client's swap server";
    17 => ROOT_PATH: Text = "root-path", Rfc(2132, "3.19"), "2f7372762f726f6f74", "the path of the client's root disk";
    18 => EXTENSIONS_PATH: Text = "extensions-path", Rfc(2132, "3.20"), "2f657874", "a TFTP file with more options";
    19 => IP_FORWARDING: Flag = "ip-forwarding", Rfc(2132, "4.1"), "01", "whether the client forwards IP packets";
    20 => NON_LOCAL_SOURCE_ROUTING: Flag = "non-local-source-routing", Rfc(2132, "4.2"), "00", "whether it forwards packets with non-local source routes";
    21 => POLICY_FILTER: PolicyFilters = "policy-filter", Rfc(2132, "4.3"), "0a000000ff000000", "next hops allowed in source routes";
    22 => MAXIMUM_DATAGRAM_REASSEMBLY_SIZE: DatagramSize = "maximum-datagram-reassembly-size", Rfc(2132, "4.4"), "0240", "the largest datagram to reassemble, in octets";
    23 => DEFAULT_IP_TIME_TO_LIVE: TimeToLive = "default-ip-time-to-live", Rfc(2132, "4.5"), "40", "the TTL of outgoing datagrams";
    24 => PATH_MTU_AGING_TIMEOUT: Seconds = "path-mtu-aging-timeout", Rfc(2132, "4.6"), "00000258", "seconds until a discovered path MTU is forgotten";
    25 => PATH_MTU_PLATEAU_TABLE: Plateaus = "path-mtu-plateau-table", Rfc(2132, "4.7"), "004405dc", "MTU sizes to try, smallest first";
    26 => INTERFACE_MTU: Mtu = "interface-mtu", Rfc(2132, "5.1"), "05dc", "the interface's MTU in octets";
    27 => ALL_SUBNETS_ARE_LOCAL: Flag = "all-subnets-are-local", Rfc(2132, "5.2"), "01", "whether all subnets have the MTU of this one";
    28 => BROADCAST_ADDRESS: Address = "broadcast-address", Rfc(2132, "5.3"), "c00002ff", "the broadcast address of the subnet";
    29 => PERFORM_MASK_DISCOVERY: Flag = "perform-mask-discovery", Rfc(2132, "5.4"), "00", "whether to ask for the mask by ICMP";
    30 => MASK_SUPPLIER: Flag = "mask-supplier", Rfc(2132, "5.5"), "00", "whether to answer mask requests by ICMP";
    31 => PERFORM_ROUTER_DISCOVERY: Flag = "perform-router-discovery", Rfc(2132, "5.6"), "00", "whether to look for routers by RFC 1256";
    32 => ROUTER_SOLICITATION_ADDRESS: Address = "router-solicitation-address", Rfc(2132, "5.7"), "e0000002", "where to send router solicitations";
    33 => STATIC_ROUTE: StaticRoutes = "static-route", Rfc(2132, "5.8"), "0a010000c0000201", "classful routes; 121 took its place";
    34 => TRAILER_ENCAPSULATION: Flag = "trailer-encapsulation", Rfc(2132, "6.1"), "00", "whether to negotiate trailers with ARP";
    35 => ARP_CACHE_TIMEOUT: Seconds = "arp-cache-timeout", Rfc(2132, "6.2"), "0000003c", "seconds that ARP entries live";
    36 => ETHERNET_ENCAPSULATION: Flag = "ethernet-encapsulation", Rfc(2132, "6.3"), "00", "0 for Ethernet II, 1 for IEEE 802.3";
    37 => TCP_DEFAULT_TTL: TimeToLive = "tcp-default-ttl", Rfc(2132, "7.1"), "40", "the TTL of TCP segments";
    38 => TCP_KEEPALIVE_INTERVAL: Seconds = "tcp-keepalive-interval", Rfc(2132, "7.2"), "00001c20", "seconds between TCP keepalives; 0 is none";
    39 => TCP_KEEPALIVE_GARBAGE: Flag = "tcp-keepalive-garbage", Rfc(2132, "7.3"), "00", "whether keepalives carry an octet of garbage";
    40 => NIS_DOMAIN: Text = "nis-domain", Rfc(2132, "8.1"), "6c6162", "the client's NIS domain";
    41 => NIS_SERVERS: Addresses = "nis-servers", Rfc(2132, "8.2"), "c000020a", "NIS servers, best first";
    42 => NTP_SERVERS: Addresses = "ntp-servers", Rfc(2132, "8.3"), "c000027b", "NTP servers, best first";
    43 => VENDOR_SPECIFIC_INFORMATION: VendorSpecific = "vendor-specific-information", Rfc(2132, "8.4"), "060108ff", "what only one vendor's clients and servers understand";
    44 => NETBIOS_NAME_SERVER: Addresses = "netbios-name-server", Rfc(2132, "8.5"), "c000020b", "NetBIOS name servers (WINS)";
    45 => NETBIOS_DATAGRAM_DISTRIBUTION_SERVER: Addresses = "netbios-datagram-distribution-server", Rfc(2132, "8.6"), "c000020c", "NetBIOS datagram distribution servers";
    46 => NETBIOS_NODE_TYPE: NodeType = "netbios-node-type", Rfc(2132, "8.7"), "08", "how NetBIOS names are resolved";
    47 => NETBIOS_SCOPE: Text = "netbios-scope", Rfc(2132, "8.8"), "6c6162", "the NetBIOS scope";
    48 => X_WINDOW_FONT_SERVER: Addresses = "x-window-font-server", Rfc(2132, "8.9"), "c000020d", "X font servers";
    49 => X_WINDOW_DISPLAY_MANAGER: Addresses = "x-window-display-manager", Rfc(2132, "8.10"), "c000020e", "hosts that run an X display manager";
    50 => REQUESTED_IP_ADDRESS: Address = "requested-ip-address", Rfc(2132, "9.1"), "c0000264", "the address the client asks for";
    51 => IP_ADDRESS_LEASE_TIME: Seconds = "ip-address-lease-time", Rfc(2132, "9.2"), "00000e10", "how long the address may be used, in seconds";
    52 => OPTION_OVERLOAD: OverloadCode = "option-overload", Rfc(2132, "9.3"), "01", "that file or sname or both hold options";
    53 => DHCP_MESSAGE_TYPE: MessageTypeCode = "dhcp-message-type", Rfc(2132, "9.6"), "01", "what kind of DHCP message this is";
    54 => SERVER_IDENTIFIER: Address = "server-identifier", Rfc(2132, "9.7"), "c0000201", "which server sent this or is meant";
    55 => PARAMETER_REQUEST_LIST: Codes = "parameter-request-list", Rfc(2132, "9.8"), "0103060f", "options the client wants, best first";
    56 => MESSAGE: Text = "message", Rfc(2132, "9.9"), "6e6f206c65617365", "an error message for people";
    57 => MAXIMUM_DHCP_MESSAGE_SIZE: DatagramSize = "maximum-dhcp-message-size", Rfc(2132, "9.10"), "05dc", "the longest message the client takes, in octets";
    58 => RENEWAL_TIME: Seconds = "renewal-time", Rfc(2132, "9.11"), "00000708", "T1: seconds until the client renews";
    59 => REBINDING_TIME: Seconds = "rebinding-time", Rfc(2132, "9.12"), "00000c4e", "T2: seconds until the client rebinds";
    60 => VENDOR_CLASS_IDENTIFIER: Text = "vendor-class-identifier", Rfc(2132, "9.13"), "4d53465420352e30", "the client's type and configuration";
    61 => CLIENT_IDENTIFIER: ClientIdentifier = "client-identifier", Rfc(2132, "9.14"), "01020000000001", "which client this is, unique on its subnet";
    62 => NETWARE_IP_DOMAIN: Text = "netware-ip-domain", Rfc(2242, "2"), "6c6162", "the NetWare/IP domain";
    63 => NETWARE_IP_INFORMATION: NetwareIp = "netware-ip-information", Rfc(2242, "3"), "02000501010604c000020f", "NetWare/IP settings";
    64 => NIS_PLUS_DOMAIN: Text = "nis-plus-domain", Rfc(2132, "8.11"), "6c6162", "the client's NIS+ domain";
    65 => NIS_PLUS_SERVERS: Addresses = "nis-plus-servers", Rfc(2132, "8.12"), "c0000210", "NIS+ servers, best first";
    66 => TFTP_SERVER_NAME: Text = "tftp-server-name", Rfc(2132, "9.4"), "626f6f74", "the TFTP server's name when sname holds options";
    67 => BOOTFILE_NAME: Text = "bootfile-name", Rfc(2132, "9.5"), "7078656c696e75782e30", "the boot file when file holds options";
    68 => MOBILE_IP_HOME_AGENT: AnyAddresses = "mobile-ip-home-agent", Rfc(2132, "8.13"), "c0000211", "mobile IP home agents; may be empty";
    69 => SMTP_SERVER: Addresses = "smtp-server", Rfc(2132, "8.14"), "c0000219", "SMTP servers";
    70 => POP3_SERVER: Addresses = "pop3-server", Rfc(2132, "8.15"), "c000026e", "POP3 servers";
    71 => NNTP_SERVER: Addresses = "nntp-server", Rfc(2132, "8.16"), "c0000277", "NNTP servers";
    72 => WWW_SERVER: Addresses = "www-server", Rfc(2132, "8.17"), "c0000250", "default web servers";
    73 => FINGER_SERVER: Addresses = "finger-server", Rfc(2132, "8.18"), "c000024f", "default finger servers";
    74 => IRC_SERVER: Addresses = "irc-server", Rfc(2132, "8.19"), "c0000212", "default IRC servers";
    75 => STREETTALK_SERVER: Addresses = "streettalk-server", Rfc(2132, "8.20"), "c0000213", "StreetTalk servers";
    76 => STREETTALK_DIRECTORY_ASSISTANCE_SERVER: Addresses = "streettalk-directory-assistance-server", Rfc(2132, "8.21"), "c0000214", "StreetTalk directory assistance servers";
    77 => USER_CLASS: UserClasses = "user-class", Rfc(3004, "4"), "0461636374", "classes the user or the device belongs to";
    78 => DIRECTORY_AGENT: DirectoryAgents = "directory-agent", Rfc(2610, "3"), "01c0000215", "SLP directory agents";
    79 => SERVICE_SCOPE: ServiceScopes = "service-scope", Rfc(2610, "4"), "0064656661756c74", "SLP scopes";
    80 => RAPID_COMMIT: Empty = "rapid-commit", Rfc(4039, "4"), "", "asks for or confirms an exchange of two messages";
    81 => CLIENT_FQDN: ClientFqdn = "client-fqdn", Rfc(4702, "2"), "05000005616c706861036c6162076578616d706c6500", "the client's full name and who updates the DNS";
    82 => RELAY_AGENT_INFORMATION: RelayAgentInformation = "relay-agent-information", Rfc(3046, "2"), "010400640001020600005e005301", "what the relay agent knows of the client's port";
    83 => INTERNET_STORAGE_NAME_SERVICE: InternetStorage = "internet-storage-name-service", Rfc(4174, "2"), "00030000000000000005c0000216", "iSNS servers and what they are for";
    85 => NDS_SERVERS: Addresses = "nds-servers", Rfc(2241, "2"), "c0000217", "Novell directory servers";
    86 => NDS_TREE_NAME: Text = "nds-tree-name", Rfc(2241, "3"), "74726565", "the Novell directory tree";
    87 => NDS_CONTEXT: Text = "nds-context", Rfc(2241, "4"), "6c6162", "the initial Novell directory context";
    88 => BCMCS_CONTROLLER_DOMAIN_NAMES: PlainDomains = "bcmcs-controller-domain-names", Rfc(4280, "4.1"), "056263636373076578616d706c6500", "broadcast and multicast controllers by name";
    89 => BCMCS_CONTROLLER_ADDRESSES: Addresses = "bcmcs-controller-addresses", Rfc(4280, "4.3"), "c0000218", "broadcast and multicast controllers by address";
    90 => AUTHENTICATION: Authentication = "authentication", Rfc(3118, "2"), "0100000000000000000001", "proof of who sent the message";
    91 => CLIENT_LAST_TRANSACTION_TIME: Seconds = "client-last-transaction-time", Rfc(4388, "6.1"), "0000003c", "seconds since the server last heard from the client";
    92 => ASSOCIATED_IP: Addresses = "associated-ip", Rfc(4388, "6.1"), "c0000264c0000265", "all addresses the client holds";
    93 => CLIENT_SYSTEM_ARCHITECTURE: Architectures = "client-system-architecture", Rfc(4578, "2.1"), "0007", "the architectures that the client can boot";
    94 => CLIENT_NETWORK_INTERFACE: NetworkInterface = "client-network-interface", Rfc(4578, "2.2"), "010310", "the type and version of the network interface";
    95 => LDAP: Text = "ldap", Rfc(3679, "3.2.1"), "6c6461703a2f2f6c6461702e6578616d706c65", "LDAP servers as a URL";
    97 => CLIENT_MACHINE_IDENTIFIER: MachineIdentifier = "client-machine-identifier", Rfc(4578, "2.3"), "0000112233445566778899aabbccddeeff", "the machine's UUID";
    98 => USER_AUTHENTICATION_PROTOCOL: Text = "user-authentication-protocol", Rfc(2485, "2"), "687474703a2f2f617574682e6578616d706c65", "URLs of user authentication servers";
    99 => GEOCONF_CIVIC: CivicLocation = "geoconf-civic", Rfc(4776, "3.1"), "02415403065669656e6e61", "where the client is, as a postal address";
    100 => PCODE: Text = "pcode", Rfc(4833, "2"), "4345542d3143455354", "the time zone as a POSIX string";
    101 => TCODE: Text = "tcode", Rfc(4833, "2"), "4575726f70652f5669656e6e61", "the time zone's name in the TZ database";
    108 => IPV6_ONLY_PREFERRED: Seconds = "ipv6-only-preferred", Rfc(8925, "3.1"), "00000708", "that the client may do without IPv4 for so many seconds";
    109 => DHCP4O6_SOURCE_ADDRESS: Address6 = "dhcp4o6-source-address", Rfc(8539, ""), "20010db8000000000000000000000001", "the softwire's IPv6 source address";
    112 => NETINFO_ADDRESS: Addresses = "netinfo-address", Rfc(3679, "3.2.2"), "c0000219", "NetInfo parent servers";
    113 => NETINFO_TAG: Text = "netinfo-tag", Rfc(3679, "3.2.2"), "6e6574", "the NetInfo parent server's tag";
    114 => CAPTIVE_PORTAL: Text = "captive-portal", Rfc(8910, "2.1"), "68747470733a2f2f706f7274616c2e6578616d706c652f617069", "the URI of the captive portal's API";
    116 => AUTO_CONFIGURE: AutoConfigure = "auto-configure", Rfc(2563, "2"), "00", "whether to take a link-local address when none is offered";
    117 => NAME_SERVICE_SEARCH: NameServices = "name-service-search", Rfc(2937, ""), "0006002c", "in which order to ask name services";
    118 => SUBNET_SELECTION: Address = "subnet-selection", Rfc(3011, "2"), "0a010000", "the subnet from which to take the address";
    119 => DOMAIN_SEARCH: Domains = "domain-search", Rfc(3397, "2"), "03656e67036c616200056164646d73c004", "domains to try for names without dots";
    120 => SIP_SERVERS: SipServers = "sip-servers", Rfc(3361, "3"), "01c000021a", "SIP servers by name or by address";
    121 => CLASSLESS_STATIC_ROUTE: Routes = "classless-static-route", Rfc(3442, ""), "080ac000020200c0000201", "routes with prefix lengths, in place of 3 and 33";
    122 => CABLELABS_CLIENT_CONFIGURATION: CableLabsClient = "cablelabs-client-configuration", Rfc(3495, "4"), "0104c000021b", "settings of a PacketCable device";
    123 => GEOCONF: Coordinates = "geoconf", Rfc(6225, "2.2.1"), "48608000004820c00000158000ab0001", "where the client is, with resolutions";
    124 => VENDOR_IDENTIFYING_VENDOR_CLASS: VendorClasses = "vendor-identifying-vendor-class", Rfc(3925, "3"), "0000118b0474657374", "what the client is, by enterprise";
    125 => VENDOR_IDENTIFYING_VENDOR_SPECIFIC_INFORMATION: VendorOptions = "vendor-identifying-vendor-specific-information", Rfc(3925, "4"), "0000118b060204c000021c", "vendor options, by enterprise";
    128 => OPTION_128: Octets = "option-128", Rfc(4578, "4"), "01", "tentative: PXE, Etherboot signature, DOCSIS security server or a phone's TFTP server";
    129 => OPTION_129: Octets = "option-129", Rfc(4578, "4"), "01", "tentative: PXE, kernel options or a call server";
    130 => OPTION_130: Octets = "option-130", Rfc(4578, "4"), "01", "tentative: PXE, Ethernet interface or discrimination string";
    131 => OPTION_131: Octets = "option-131", Rfc(4578, "4"), "01", "tentative: PXE or a remote statistics server";
    132 => OPTION_132: Octets = "option-132", Rfc(4578, "4"), "01", "tentative: PXE or an IEEE 802.1Q VLAN";
    133 => OPTION_133: Octets = "option-133", Rfc(4578, "4"), "01", "tentative: PXE or an IEEE 802.1D priority";
    134 => OPTION_134: Octets = "option-134", Rfc(4578, "4"), "01", "tentative: PXE or a DiffServ code point";
    135 => OPTION_135: Octets = "option-135", Rfc(4578, "4"), "01", "tentative: PXE or a phone's HTTP proxy";
    136 => PANA_AGENT: Addresses = "pana-agent", Rfc(5192, "4"), "c000021d", "PANA authentication agents";
    137 => LOST_SERVER: Domain = "lost-server", Rfc(5223, "4"), "046c6f7374076578616d706c6500", "the location-to-service server's domain";
    138 => CAPWAP_ACCESS_CONTROLLER: Addresses = "capwap-access-controller", Rfc(5417, "2"), "c000021e", "CAPWAP access controllers";
    139 => MOBILITY_SERVICE_ADDRESSES: MobilityAddresses = "mobility-service-addresses", Rfc(5678, "2"), "0104c000021f", "IEEE 802.21 servers by address";
    140 => MOBILITY_SERVICE_NAMES: MobilityNames = "mobility-service-names", Rfc(5678, "3"), "010d036d6f73076578616d706c6500", "IEEE 802.21 servers by name";
    141 => SIP_UA_CONFIGURATION_DOMAINS: Domains = "sip-ua-configuration-domains", Rfc(6011, "4.1"), "03736970076578616d706c6500", "where SIP user agents find their configuration";
    142 => ANDSF_ADDRESSES: Addresses = "andsf-addresses", Rfc(6153, "2"), "c0000220", "access network discovery servers";
    143 => SZTP_REDIRECT: BootstrapServers = "sztp-redirect", Rfc(8572, "8.1"), "001668747470733a2f2f626f6f742e6578616d706c652f61", "bootstrap servers for zero-touch provisioning";
    144 => GEOLOC: UncertainCoordinates = "geoloc", Rfc(6225, "2.2.2"), "48608000004820c00000158000ab0041", "where the client is, with uncertainties";
    145 => FORCERENEW_NONCE_CAPABLE: NonceAlgorithms = "forcerenew-nonce-capable", Rfc(6704, "3.1.1"), "01", "that the client can check a FORCERENEW";
    146 => RDNSS_SELECTION: RdnssSelection = "rdnss-selection", Rfc(6731, "4.3"), "01c0000235c633643504636f7270076578616d706c6500", "which DNS servers to ask for which names";
    147 => DOTS_REFERENCE_IDENTIFIER: Domain = "dots-reference-identifier", Rfc(8973, "5"), "04646f7473076578616d706c6500", "the name that the DDoS threat signalling agent's certificate has";
    148 => DOTS_ADDRESSES: Addresses = "dots-addresses", Rfc(8973, "5"), "c0000221", "the DDoS threat signalling servers by address";
    150 => TFTP_SERVER_ADDRESSES: Addresses = "tftp-server-addresses", Rfc(5859, "3"), "c0000222", "TFTP servers for phones";
    151 => STATUS_CODE: Status = "status-code", Rfc(6926, "6.2.2"), "006f6b", "how a bulk lease query went";
    152 => BASE_TIME: Time = "base-time", Rfc(6926, "6.2.3"), "65920080", "when the server sent this, in its own time";
    153 => START_TIME_OF_STATE: Seconds = "start-time-of-state", Rfc(6926, "6.2.4"), "0000003c", "seconds since the binding got its state";
    154 => QUERY_START_TIME: Time = "query-start-time", Rfc(6926, "6.2.5"), "65920080", "asks for what changed since then";
    155 => QUERY_END_TIME: Time = "query-end-time", Rfc(6926, "6.2.6"), "65920080", "asks for what changed until then";
    156 => DHCP_STATE: DhcpState = "dhcp-state", Rfc(6926, "6.2.7"), "02", "the state of a binding";
    157 => DATA_SOURCE: DataSource = "data-source", Rfc(6926, "6.2.8"), "01", "whether another server told it";
    158 => PCP_SERVER: PortControlServers = "pcp-server", Rfc(7291, "4"), "04c0000223", "port control servers";
    159 => PORT_PARAMETERS: PortParameters = "port-parameters", Rfc(7618, "9"), "06083400", "the ports of a shared address";
    160 => CAPTIVE_PORTAL_OLD: Text = "captive-portal-old", Rfc(7710, "2.1"), "68747470733a2f2f706f7274616c2e6578616d706c652f", "the captive portal's URI before 114 took its place";
    161 => MUD_URL: Text = "mud-url", Rfc(8520, "10"), "68747470733a2f2f6d75642e6578616d706c652f782e6a736f6e", "where the manufacturer describes the device's traffic";
    162 => ENCRYPTED_DNS: Resolvers = "encrypted-dns", Rfc(9463, "5.1"), "001500010d03646e73076578616d706c650004c0000235", "encrypted DNS resolvers (DNR)";
    175 => OPTION_175: Ipxe = "option-175", Document("IANA, tentative"), "150101130101", "tentative: Etherboot and iPXE settings";
    176 => OPTION_176: Text = "option-176", Document("IANA, tentative"), "4d4349504144443d3139322e302e322e31", "tentative: settings of an IP telephone";
    177 => OPTION_177: Octets = "option-177", Document("IANA, tentative"), "01", "tentative: Etherboot, or PacketCable before 122 took its place";
    208 => PXELINUX_MAGIC: PxelinuxMagic = "pxelinux-magic", Rfc(5071, "3.2"), "f100747e", "that 209 to 211 are PXELINUX's; deprecated";
    209 => PXELINUX_CONFIGURATION_FILE: Text = "pxelinux-configuration-file", Rfc(5071, "4.2"), "2f6366672f64656661756c74", "the boot loader's configuration file";
    210 => PXELINUX_PATH_PREFIX: Text = "pxelinux-path-prefix", Rfc(5071, "5.2"), "2f746674702f", "what to put before file names";
    211 => PXELINUX_REBOOT_TIME: Seconds = "pxelinux-reboot-time", Rfc(5071, "6.2"), "0000003c", "seconds until reboot when no boot works";
    212 => SIX_RD: SixRd = "6rd", Rfc(5969, "7.1.1"), "182020010db8000000000000000000000000c0000224", "a prefix for IPv6 rapid deployment";
    213 => ACCESS_NETWORK_DOMAIN_NAME: Domain = "access-network-domain-name", Rfc(5986, "3.2"), "03697370076578616d706c6500", "the access network's domain for location servers";
    220 => SUBNET_ALLOCATION: SubnetAllocation = "subnet-allocation", Rfc(6656, "3"), "00010200180304706f6f6c", "a request for or grant of whole subnets";
    221 => VIRTUAL_SUBNET_SELECTION: VirtualSubnet = "virtual-subnet-selection", Rfc(6607, "3.1"), "0076706e31", "the virtual network of the client";
    249 => MICROSOFT_CLASSLESS_STATIC_ROUTE: Routes = "microsoft-classless-static-route", Document("MS-DHCPE 2.2.8"), "080ac0000202", "option 121 under a code of private use";
    252 => WPAD: Text = "wpad", Document("draft-ietf-wrec-wpad-01"), "687474703a2f2f777061642e6578616d706c652f777061642e646174", "the URL of the web proxy's configuration, in private use";
}
