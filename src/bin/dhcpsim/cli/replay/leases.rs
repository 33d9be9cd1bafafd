//! `--leases FILE`: what our server begins with.

use std::fs;
use std::io::Write;
use std::path::Path;

use dhcpsim::endpoint::Instant;
use dhcpsim::lease::Binding;
use dhcpsim::options::text::Escaped;
use dhcpsim::server::Config;
use dhcpsim::store::import::Format;
use dhcpsim::store::snapshot;
use dhcpsim::time::{Anchor, Reading};

use super::super::Failure;
use super::super::exit::Complaint;
use super::super::show::WARNING;
use super::shown;

/// How a store of ours begins.
const SQLITE: &[u8] = b"SQLite format 3\0";
/// The longest lease file that is read, in octets.
const MAX_SIZE: u64 = 1 << 30;

/// The leases of a file; those of other servers are taken over where the configuration has a subnet for them.
pub(super) fn read(path: &Path, config: &Config, start: Instant) -> Result<Vec<Binding>, Failure> {
    let unreadable = |why: &dyn std::fmt::Display| {
        Failure::Input(Complaint::new(format!("cannot read {}: {why}", shown(path))))
    };
    let size = fs::metadata(path).map_err(|error| unreadable(&error))?.len();
    if size > MAX_SIZE {
        return Err(unreadable(&format_args!("it has more than {MAX_SIZE} octets")));
    }
    let octets = fs::read(path).map_err(|error| unreadable(&error))?;
    if octets.starts_with(SQLITE) {
        return Ok(snapshot(path).map_err(|error| unreadable(&error))?.bindings);
    }
    let format = Format::guess(&octets)
        .ok_or_else(|| unreadable(&"it is neither a store nor a lease file of ISC dhcpd, Kea or dnsmasq"))?;
    let import = format.read(&octets);
    for fault in &import.faults {
        let (name, line, why) = (shown(path), fault.line, Escaped(fault.why.as_bytes()));
        writeln!(anstream::stderr(), "{WARNING}{name}:{line}:{WARNING:#} {why}")?;
    }
    if import.leases.is_empty() {
        return Err(unreadable(&"there is no lease in it"));
    }
    // A capture's times are the wall clock's, and so are these.
    let reading = Reading { boot: [0; 16], uptime: 0, wall: start.as_micros() };
    let anchor = Anchor { reading, instant: start };
    let subnet =
        |address| config.subnets().map(|subnet| subnet.subnet).find(|subnet| subnet.contains(address));
    let leases = import.leases.values();
    Ok(leases.filter_map(|lease| Some(lease.binding(subnet(lease.address)?, &anchor, start))).collect())
}
