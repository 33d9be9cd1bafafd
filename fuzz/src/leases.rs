//! Any octets as another server's lease file.

use dhcpsim::store::import::Format;

use crate::is_printable;

/// Whatever a file holds, each lease of it fits a binding, each fault has a line of the file, and the same is read twice.
pub fn leases(octets: &[u8]) {
    let lines = octets.iter().filter(|octet| **octet == b'\n').count() + 1;
    for format in [Format::Isc, Format::Kea, Format::Dnsmasq] {
        let import = format.read(octets);
        for lease in import.leases.values() {
            assert!((1..=lines).contains(&lease.line), "line {} of {lines}", lease.line);
            assert!(lease.chaddr.len() <= 16, "{lease:?}");
            assert!(lease.host_name.as_ref().is_none_or(|name| (1..=255).contains(&name.len())), "{lease:?}");
        }
        for fault in &import.faults {
            assert!((1..=lines).contains(&fault.line), "line {} of {lines}", fault.line);
            is_printable(&fault.why);
        }
        assert_eq!(import, format.read(octets));
    }
    let _ = Format::guess(octets);
}
