//! getifaddrs(3).
#![allow(unsafe_code, reason = "a list that the C library allocates is walked here and nowhere else")]

use std::ffi::CStr;
use std::io;
use std::net::Ipv4Addr;
use std::ptr;

/// One address of one interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::net) struct Entry {
    /// The interface's name.
    pub(in crate::net) name: String,
    /// Whether it is up.
    pub(in crate::net) up: bool,
    /// Whether it is a loopback interface.
    pub(in crate::net) loopback: bool,
    /// The address.
    pub(in crate::net) family: Family,
}

/// An address by its family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::net) enum Family {
    /// An IPv4 address and its mask.
    Inet(Ipv4Addr, Ipv4Addr),
    /// The interface itself: its index, the kind of its hardware address (ARPHRD), and that address, which has at
    /// most eight octets here.
    Packet(u32, u16, Vec<u8>),
    /// Some other family, or none.
    Other,
}

/// All addresses of all interfaces.
///
/// # Errors
///
/// What the system says.
pub(in crate::net) fn entries() -> io::Result<Vec<Entry>> {
    let mut list = ptr::null_mut();
    // SAFETY: `list` is a valid place for the head of the list; on success it is ours to free.
    if unsafe { libc::getifaddrs(&raw mut list) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut found = Vec::new();
    let mut next = list;
    // SAFETY: every `ifa_next` is null or points to an item of the list, which lives until it is freed below.
    while let Some(item) = unsafe { next.as_ref() } {
        found.push(entry(item));
        next = item.ifa_next;
    }
    // SAFETY: the list came from getifaddrs and is freed once; `found` holds copies alone.
    unsafe { libc::freeifaddrs(list) };
    Ok(found)
}

fn entry(item: &libc::ifaddrs) -> Entry {
    // SAFETY: getifaddrs gives every item a name that ends with a zero octet.
    let name = unsafe { CStr::from_ptr(item.ifa_name) }.to_string_lossy().into_owned();
    let has = |flag: libc::c_int| u32::try_from(flag).is_ok_and(|flag| item.ifa_flags & flag != 0);
    Entry { name, up: has(libc::IFF_UP), loopback: has(libc::IFF_LOOPBACK), family: family(item) }
}

fn family(item: &libc::ifaddrs) -> Family {
    // SAFETY: `ifa_addr` is null or points to a socket address that begins with its family.
    let number = unsafe { item.ifa_addr.as_ref() }.map(|address| i32::from(address.sa_family));
    match number {
        Some(libc::AF_INET) => Family::Inet(inet(item.ifa_addr), inet(item.ifa_netmask)),
        Some(libc::AF_PACKET) => packet(item.ifa_addr),
        _ => Family::Other,
    }
}

/// The address in a socket address of the family AF_INET; 0.0.0.0 for null.
fn inet(address: *const libc::sockaddr) -> Ipv4Addr {
    // SAFETY: null, or an address of family AF_INET (a mask has the family of its address): a sockaddr_in, which
    // getifaddrs aligns as one.
    let address = unsafe { address.cast::<libc::sockaddr_in>().as_ref() };
    address.map_or(Ipv4Addr::UNSPECIFIED, |address| Ipv4Addr::from(u32::from_be(address.sin_addr.s_addr)))
}

fn packet(address: *const libc::sockaddr) -> Family {
    // SAFETY: an address of family AF_PACKET is a sockaddr_ll, which getifaddrs aligns as one.
    match unsafe { address.cast::<libc::sockaddr_ll>().as_ref() } {
        Some(link) => {
            let hardware = link.sll_addr.iter().take(link.sll_halen.into()).copied().collect();
            Family::Packet(u32::try_from(link.sll_ifindex).unwrap_or(0), link.sll_hatype, hardware)
        }
        None => Family::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_interface_has_its_address_and_an_index() {
        let all = entries().unwrap();
        let loopback: Vec<&Entry> = all.iter().filter(|entry| entry.loopback).collect();
        let inet = Family::Inet(Ipv4Addr::LOCALHOST, Ipv4Addr::new(255, 0, 0, 0));
        assert!(loopback.iter().any(|entry| entry.family == inet), "{all:?}");
        let packet =
            loopback.iter().any(|entry| matches!(&entry.family, Family::Packet(index, ..) if *index > 0));
        assert!(packet, "{all:?}");
    }
}
