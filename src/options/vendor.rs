//! Sub-options that are read as such only where the octets allow it: option 43 and the data of option 125.

use super::Reference;
use super::layout::{Field, Layout, Scalar, Space, SubOption, Width};
use super::walk::walk;

/// Marks the end of encapsulated options (RFC 2132 §8.4).
pub(super) const END: u8 = 255;

/// Octets of the run of sub-options at the start of `octets`, without what ends it, if all of `octets` is such a
/// run: at least one sub-option, codes 1 to 254, then the end, or an end code and zeros.
pub(super) fn length(octets: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match octets.get(at) {
            None if at > 0 => return Some(at),
            Some(&END) if at > 0 => {
                let rest = octets.get(at + 1..)?;
                return rest.iter().all(|&octet| octet == 0).then_some(at);
            }
            None | Some(&END | 0) => return None,
            Some(_) => {
                let size = usize::from(*octets.get(at + 1)?);
                at = at.checked_add(2 + size).filter(|&next| next <= octets.len())?;
            }
        }
    }
}

/// Whether every sub-option that `space` knows has the layout it should, and one of its signs is there: else they
/// are another vendor's.
pub(super) fn fits(space: &Space, octets: &[u8]) -> bool {
    let (mut at, mut signed) = (0, space.signs.is_empty());
    while let (Some(&code), Some(&size)) = (octets.get(at), octets.get(at + 1)) {
        if code == END {
            break;
        }
        let value = octets.get(at + 2..at + 2 + usize::from(size)).unwrap_or_default();
        if let Some(row) = space.row(code)
            && walk(&row.layout, value, &mut ()).is_err()
        {
            return false;
        }
        signed |= space.signs.contains(&code);
        at += 2 + usize::from(size);
    }
    signed
}

/// The enterprises whose sub-options are known: private enterprise number, name, sub-options.
pub(super) static ENTERPRISES: &[(u32, &str, &Space)] =
    &[(3561, "Broadband Forum", &BROADBAND_FORUM), (4491, "CableLabs", &CABLE_LABS)];

/// The sub-options of an enterprise.
pub(super) fn space(enterprise: u32) -> &'static Space {
    ENTERPRISES.iter().find(|(number, ..)| *number == enterprise).map_or(&UNKNOWN, |(_, _, space)| space)
}

/// No sub-option is known.
pub(super) static UNKNOWN: Space = Space::new(&[], &[]);

/// TR-069 and TR-111: who manages the device.
static BROADBAND_FORUM: Space = Space::new(
    &[
        sub(1, "device-oui", Layout::Text { min: 1 }),
        sub(2, "device-serial-number", Layout::Text { min: 1 }),
        sub(3, "device-product-class", Layout::Text { min: 1 }),
        sub(4, "gateway-oui", Layout::Text { min: 1 }),
        sub(5, "gateway-serial-number", Layout::Text { min: 1 }),
        sub(6, "gateway-product-class", Layout::Text { min: 1 }),
        sub(11, "acs-url", Layout::Text { min: 1 }),
        sub(12, "provisioning-code", Layout::Text { min: 1 }),
        sub(13, "retry-minimum-wait-interval", Layout::Text { min: 1 }),
        sub(14, "retry-interval-multiplier", Layout::Text { min: 1 }),
    ],
    &[],
);

/// CL-SP-CANN-DHCP-Reg: what a cable modem asks for and gets.
static CABLE_LABS: Space = Space::new(
    &[
        sub_cl(1, "option-request", Layout::Repeat { item: &Layout::Scalar(Scalar::U8), min: 1 }),
        sub_cl(2, "tftp-servers", Layout::Repeat { item: &Layout::Scalar(Scalar::Address), min: 1 }),
    ],
    &[],
);

const fn sub(code: u8, name: &'static str, layout: Layout) -> SubOption {
    SubOption { code, name, layout, reference: Reference::Document("TR-069") }
}

const fn sub_cl(code: u8, name: &'static str, layout: Layout) -> SubOption {
    SubOption { code, name, layout, reference: Reference::Document("CL-SP-CANN-DHCP-Reg") }
}

/// What PXE clients and servers exchange in option 43 (PXE 2.1); used when the octets fit it and hold a sign of it:
/// codes 1 to 5 and 7 alone are other vendors' as well.
pub(super) static PXE: Space = Space::new(
    &[
        sub_pxe(1, "mtftp-address", Layout::Scalar(Scalar::Address)),
        sub_pxe(2, "mtftp-client-port", Layout::Scalar(Scalar::U16)),
        sub_pxe(3, "mtftp-server-port", Layout::Scalar(Scalar::U16)),
        sub_pxe(4, "mtftp-timeout", Layout::Scalar(Scalar::U8)),
        sub_pxe(5, "mtftp-delay", Layout::Scalar(Scalar::U8)),
        sub_pxe(6, "pxe-discovery-control", Layout::Scalar(Scalar::Bits(DISCOVERY_CONTROL))),
        sub_pxe(7, "pxe-multicast-address", Layout::Scalar(Scalar::Address)),
        sub_pxe(8, "pxe-boot-servers", BOOT_SERVERS),
        sub_pxe(9, "pxe-boot-menu", BOOT_MENU),
        sub_pxe(10, "pxe-menu-prompt", MENU_PROMPT),
        sub_pxe(71, "pxe-boot-item", BOOT_ITEM),
    ],
    &[6, 8, 9, 10, 71],
);

const DISCOVERY_CONTROL: &[(u32, &str)] =
    &[(1, "no-broadcast"), (2, "no-multicast"), (4, "listed-servers-only"), (8, "download-boot-file")];

const BOOT_SERVERS: Layout = Layout::Repeat {
    item: &Layout::Record(&[
        Field { name: "type", layout: Layout::Scalar(Scalar::U16) },
        Field { name: "addresses", layout: Layout::Several(&Layout::Scalar(Scalar::Address)) },
    ]),
    min: 1,
};

const BOOT_MENU: Layout = Layout::Repeat {
    item: &Layout::Record(&[
        Field { name: "type", layout: Layout::Scalar(Scalar::U16) },
        Field { name: "description", layout: Layout::Counted(Width::U8, &Layout::Text { min: 0 }) },
    ]),
    min: 1,
};

const MENU_PROMPT: Layout = Layout::Record(&[
    Field { name: "timeout", layout: Layout::Scalar(Scalar::U8) },
    Field { name: "prompt", layout: Layout::Text { min: 0 } },
]);

const BOOT_ITEM: Layout = Layout::Record(&[
    Field { name: "type", layout: Layout::Scalar(Scalar::U16) },
    Field { name: "layer", layout: Layout::Scalar(Scalar::U16) },
]);

const fn sub_pxe(code: u8, name: &'static str, layout: Layout) -> SubOption {
    SubOption { code, name, layout, reference: Reference::Document("PXE 2.1") }
}

/// Settings that iPXE and its servers exchange in option 175 (iPXE, option space `ipxe`).
pub(super) static IPXE: Space = Space::new(
    &[
        sub_ipxe(1, "priority", ONE),
        sub_ipxe(8, "keep-san", ONE),
        sub_ipxe(9, "skip-san-boot", ONE),
        sub_ipxe(16, "pxeext", ONE),
        sub_ipxe(17, "iscsi", ONE),
        sub_ipxe(18, "aoe", ONE),
        sub_ipxe(19, "http", ONE),
        sub_ipxe(20, "https", ONE),
        sub_ipxe(21, "tftp", ONE),
        sub_ipxe(22, "ftp", ONE),
        sub_ipxe(23, "dns", ONE),
        sub_ipxe(24, "bzimage", ONE),
        sub_ipxe(25, "multiboot", ONE),
        sub_ipxe(26, "slam", ONE),
        sub_ipxe(27, "srp", ONE),
        sub_ipxe(32, "nbi", ONE),
        sub_ipxe(33, "pxe", ONE),
        sub_ipxe(34, "elf", ONE),
        sub_ipxe(35, "comboot", ONE),
        sub_ipxe(36, "efi", ONE),
        sub_ipxe(37, "fcoe", ONE),
        sub_ipxe(38, "vlan", ONE),
        sub_ipxe(39, "menu", ONE),
        sub_ipxe(40, "sdi", ONE),
        sub_ipxe(41, "nfs", ONE),
        sub_ipxe(85, "syslogs", LINE),
        sub_ipxe(91, "cert", LINE),
        sub_ipxe(92, "privkey", LINE),
        sub_ipxe(93, "crosscert", LINE),
        sub_ipxe(176, "no-pxedhcp", ONE),
        sub_ipxe(177, "bus-id", BUS_ID),
        sub_ipxe(188, "san-filename", LINE),
        sub_ipxe(189, "bios-drive", ONE),
        sub_ipxe(190, "username", LINE),
        sub_ipxe(191, "password", LINE),
        sub_ipxe(192, "reverse-username", LINE),
        sub_ipxe(193, "reverse-password", LINE),
        sub_ipxe(203, "iscsi-initiator-iqn", LINE),
        sub_ipxe(235, "version", VERSION),
    ],
    &[],
);

const ONE: Layout = Layout::Scalar(Scalar::U8);
const LINE: Layout = Layout::Text { min: 1 };
const VERSION: Layout = Layout::Octets { min: 1 };
const BUS_ID: Layout = Layout::Record(&[
    Field { name: "type", layout: ONE },
    Field { name: "vendor", layout: Layout::Scalar(Scalar::Octets(2)) },
    Field { name: "device", layout: Layout::Scalar(Scalar::Octets(2)) },
]);

const fn sub_ipxe(code: u8, name: &'static str, layout: Layout) -> SubOption {
    SubOption { code, name, layout, reference: Reference::Document("iPXE") }
}
