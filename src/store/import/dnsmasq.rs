//! dnsmasq: a line a lease, `expiry hardware address name identifier`. An expiry of 0 is none; `*` is nothing. Lines of DHCPv6
//! stand behind one that begins with `duid`.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::{Entry, Import, Imported, client, colons, host_name};
use crate::lease::BindingState;
use crate::time::Instant;

pub(super) fn read(octets: &[u8], import: &mut Import) {
    for (at, line) in octets.split(|octet| *octet == b'\n').enumerate() {
        let line = line.trim_ascii();
        if !line.is_empty() {
            import.take(at + 1, entry(at + 1, line));
        }
    }
}

fn entry(number: usize, line: &[u8]) -> Result<Entry, String> {
    let text = str::from_utf8(line).map_err(|_| "the line is not UTF-8".to_owned())?;
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if let ["duid", ..] = words.as_slice() {
        return Ok(Entry::Passed);
    }
    let [expiry, hardware, address, name, rest @ ..] = words.as_slice() else {
        return Err("expected `expiry hardware address name identifier`".to_owned());
    };
    if address.trim_matches(['[', ']']).parse::<Ipv6Addr>().is_ok() {
        return Ok(Entry::Passed);
    }
    let address: Ipv4Addr = address.parse().map_err(|_| "the third word is no IPv4 address".to_owned())?;
    let expiry: u64 = expiry.parse().map_err(|_| "the first word is no time".to_owned())?;
    // `06-02:00:…` where it is not Ethernet's.
    let (htype, digits) = match hardware.split_once('-') {
        Some((htype, digits)) => (u8::from_str_radix(htype, 16).ok(), digits),
        None => (Some(1), *hardware),
    };
    let chaddr = if digits == "*" { Some(Vec::new()) } else { colons(digits) };
    let (Some(htype), Some(chaddr)) = (htype, chaddr) else {
        return Err("the second word is no hardware address".to_owned());
    };
    let identifier = match rest.first() {
        None | Some(&"*") => None,
        Some(digits) => {
            Some(colons(digits).ok_or_else(|| "the fifth word is no client identifier".to_owned())?)
        }
    };
    let state = BindingState::Bound;
    Ok(Entry::Lease(Imported {
        line: number,
        address,
        client: client(identifier, (htype, &chaddr), state)?,
        htype,
        chaddr: chaddr.into(),
        host_name: if *name == "*" { None } else { host_name(name.as_bytes())? },
        state,
        since: None,
        relayed: false,
        expires: if expiry == 0 { Instant::NEVER } else { Instant::from_secs(expiry) },
    }))
}
