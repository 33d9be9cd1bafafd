//! Kea's memfile: comma-separated values whose first line names the columns. Each change of a lease is a line of its own; one
//! with a lifetime of 0 says that it is gone. A comma in a value stands as `&#x2c`.

use core::net::Ipv4Addr;

use super::{Entry, Import, ImportFault, Imported, client, colons, host_name};
use crate::lease::BindingState;
use crate::time::Instant;

/// An infinite lifetime.
const INFINITE: u64 = 0xffff_ffff;

pub(super) fn read(octets: &[u8], import: &mut Import) {
    let mut lines = octets.split(|octet| *octet == b'\n').enumerate();
    let names = lines.next().map(|(_, line)| String::from_utf8_lossy(line.trim_ascii()).into_owned());
    let names: Vec<&str> = names.as_deref().unwrap_or_default().split(',').collect();
    for name in ["address", "hwaddr", "client_id", "valid_lifetime", "expire"] {
        if !names.contains(&name) {
            import.faults.push(ImportFault { line: 1, why: format!("there is no column {name}") });
            return;
        }
    }
    for (at, line) in lines {
        let line = line.trim_ascii();
        if !line.is_empty() {
            import.take(at + 1, entry(at + 1, &names, line));
        }
    }
}

fn entry(number: usize, names: &[&str], line: &[u8]) -> Result<Entry, String> {
    let text = str::from_utf8(line).map_err(|_| "the line is not UTF-8".to_owned())?;
    let values: Vec<&str> = text.split(',').collect();
    if values.len() < names.iter().position(|name| *name == "hostname").map_or(5, |at| at + 1) {
        return Err(format!("{} values, and there are {} columns", values.len(), names.len()));
    }
    let value = |name: &str| {
        let at = names.iter().position(|column| *column == name);
        at.and_then(|at| values.get(at)).copied().unwrap_or_default()
    };
    let seconds = |name: &str| value(name).parse::<u64>().map_err(|_| format!("{name} is no number"));
    let address: Ipv4Addr = value("address").parse().map_err(|_| "address is no IPv4 address".to_owned())?;
    let (lifetime, expire) = (seconds("valid_lifetime")?, seconds("expire")?);
    if lifetime == 0 {
        return Ok(Entry::Gone(address));
    }
    let octets = |name: &str| match value(name) {
        "" => Ok(Vec::new()),
        text => colons(text).ok_or_else(|| format!("{name} is no list of octets")),
    };
    let state = match value("state") {
        "" | "0" => BindingState::Bound,
        "1" => BindingState::Declined,
        "2" | "3" => BindingState::Released,
        // Addresses that clients chose themselves are registered, not leased.
        "4" => return Ok(Entry::Passed),
        _ => return Err("state is none of 0 to 4".to_owned()),
    };
    let (chaddr, identifier) = (octets("hwaddr")?, octets("client_id")?);
    let since = expire.saturating_sub(lifetime);
    let name = value("hostname").replace("&#x2c", ",");
    Ok(Entry::Lease(Imported {
        line: number,
        address,
        client: client(Some(identifier), (1, &chaddr), state)?,
        htype: 1,
        chaddr: chaddr.into(),
        host_name: host_name(name.as_bytes())?,
        state,
        since: Some(Instant::from_secs(since)),
        relayed: text.contains("relay-agent-info"),
        expires: if lifetime == INFINITE { Instant::NEVER } else { Instant::from_secs(expire) },
    }))
}
