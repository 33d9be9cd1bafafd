//! The interfaces of the machine: names, indexes, hardware and IPv4 addresses.

use std::io;
use std::net::Ipv4Addr;

use strsim::jaro_winkler;
use thiserror::Error;

use super::sys::{self, Entry, Family};
use crate::link::Mac;

/// The kind of hardware address of Ethernet, in ARP as in htype.
const ETHERNET: u16 = 1;
/// How alike names must be for one to be meant by the other.
const NEAR: f64 = 0.7;

/// An interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name: `eth0`.
    pub name: String,
    /// Its index, by which packets name it.
    pub index: u32,
    /// Its hardware address, if it is an Ethernet.
    pub mac: Option<Mac>,
    /// Whether it is up.
    pub up: bool,
    /// Whether it leads back to this machine.
    pub loopback: bool,
    /// Its IPv4 addresses, in the system's order.
    pub addresses: Vec<Attached>,
}

/// An address of an interface, and the subnet that is attached with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The address.
    pub address: Ipv4Addr,
    /// The subnet's mask.
    pub mask: Ipv4Addr,
}

/// Why there is no interface to serve on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NoInterface {
    /// None has this name.
    #[error("no interface is named {name}")]
    Unknown {
        /// The name.
        name: String,
        /// The one that is most alike, if one is.
        near: Option<String>,
        /// All there are.
        all: Vec<String>,
    },
    /// It has no IPv4 address, so that clients could not answer.
    #[error("interface {0} has no IPv4 address")]
    NoAddress(String),
    /// It is not up.
    #[error("interface {0} is down")]
    Down(String),
    /// It has no hardware address of Ethernet, so that no client can speak for itself there.
    #[error("interface {0} is no Ethernet")]
    NotEthernet(String),
    /// The system does not tell.
    #[error("the interfaces of this machine can't be listed: {0}")]
    System(#[from] io::Error),
}

impl Attached {
    /// Whether an address is on the subnet.
    #[must_use]
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        let network = |address: Ipv4Addr| u32::from(address) & u32::from(self.mask);
        network(self.address) == network(address)
    }
}

impl Interface {
    /// Finds one that can be served on: it is up and has an IPv4 address.
    ///
    /// # Errors
    ///
    /// [`NoInterface`] says what it lacks.
    pub fn find(name: &str) -> Result<Interface, NoInterface> {
        choose(name, interfaces()?, true)
    }

    /// Finds one that a client can ask on: it is up and an Ethernet; it needs no address.
    ///
    /// # Errors
    ///
    /// [`NoInterface`] says what it lacks.
    pub fn ethernet(name: &str) -> Result<(Interface, Mac), NoInterface> {
        match choose(name, interfaces()?, false)? {
            interface if interface.loopback => Err(NoInterface::NotEthernet(interface.name)),
            interface => match interface.mac {
                Some(mac) => Ok((interface, mac)),
                None => Err(NoInterface::NotEthernet(interface.name)),
            },
        }
    }

    /// Its address on the subnet of another address, if that subnet is attached.
    #[must_use]
    pub fn attached(&self, address: Ipv4Addr) -> Option<Attached> {
        self.addresses.iter().copied().find(|attached| attached.contains(address))
    }
}

/// All interfaces, in the system's order.
///
/// # Errors
///
/// What the system says.
pub fn interfaces() -> io::Result<Vec<Interface>> {
    Ok(gather(sys::entries()?))
}

fn gather(entries: Vec<Entry>) -> Vec<Interface> {
    let mut found: Vec<Interface> = Vec::new();
    for entry in &entries {
        if let Family::Packet(index, hardware, octets) = &entry.family {
            let mac = octets.first_chunk::<6>().filter(|_| *hardware == ETHERNET && octets.len() == 6);
            found.push(Interface {
                name: entry.name.clone(),
                index: *index,
                mac: mac.map(|octets| Mac(*octets)),
                up: entry.up,
                loopback: entry.loopback,
                addresses: Vec::new(),
            });
        }
    }
    for entry in entries {
        // An address with a label of its own is listed by it: `eth0:1`.
        let name = entry.name.split(':').next().unwrap_or_default();
        if let Family::Inet(address, mask) = entry.family
            && let Some(interface) = found.iter_mut().find(|interface| interface.name == name)
        {
            interface.addresses.push(Attached { address, mask });
        }
    }
    found
}

fn choose(name: &str, all: Vec<Interface>, addressed: bool) -> Result<Interface, NoInterface> {
    let names: Vec<String> = all.iter().map(|interface| interface.name.clone()).collect();
    match all.into_iter().find(|interface| interface.name == name) {
        None => Err(NoInterface::Unknown { name: name.to_owned(), near: near(name, &names), all: names }),
        Some(interface) if !interface.up => Err(NoInterface::Down(interface.name)),
        Some(interface) if addressed && interface.addresses.is_empty() => {
            Err(NoInterface::NoAddress(interface.name))
        }
        Some(interface) => Ok(interface),
    }
}

fn near(name: &str, names: &[String]) -> Option<String> {
    let likeness = |other: &&String| jaro_winkler(name, other);
    let best = names.iter().max_by(|one, two| likeness(one).total_cmp(&likeness(two)))?;
    (likeness(&best) >= NEAR).then(|| best.clone())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn entry(name: &str, family: Family) -> Entry {
        Entry { name: name.to_owned(), up: name != "down0", loopback: name == "lo", family }
    }

    fn machine() -> Vec<Interface> {
        let ip = |text: &str| text.parse::<Ipv4Addr>().unwrap();
        let mask = ip("255.255.255.0");
        gather(vec![
            entry("lo", Family::Packet(1, 772, vec![0; 6])),
            entry("eth0", Family::Packet(2, ETHERNET, vec![2, 0, 0, 0, 0, 1])),
            entry("wlan0", Family::Packet(3, ETHERNET, vec![2, 0, 0, 0, 0, 2])),
            entry("down0", Family::Packet(4, ETHERNET, vec![2, 0, 0, 0, 0, 3])),
            entry("lo", Family::Inet(ip("127.0.0.1"), ip("255.0.0.0"))),
            entry("eth0", Family::Inet(ip("192.0.2.1"), mask)),
            entry("eth0:1", Family::Inet(ip("198.51.100.1"), mask)),
            entry("eth0", Family::Other),
        ])
    }

    #[test]
    fn addresses_and_hardware_of_an_interface_come_together() {
        let [lo, eth0, ..] = machine().try_into().map(|all: [Interface; 4]| all).unwrap();
        assert_eq!((None, true, 1), (lo.mac, lo.loopback, lo.addresses.len()));
        assert_eq!((Some(Mac([2, 0, 0, 0, 0, 1])), 2), (eth0.mac, eth0.index));
        let ip = |text: &str| text.parse::<Ipv4Addr>().unwrap();
        for (address, want) in
            [("192.0.2.77", Some("192.0.2.1")), ("198.51.100.3", Some("198.51.100.1")), ("192.0.3.1", None)]
        {
            let found = eth0.attached(ip(address)).map(|attached| attached.address);
            assert_eq!(want.map(ip), found, "{address}");
        }
    }

    #[test]
    fn what_an_interface_lacks_is_said_and_a_near_name_suggested() {
        for (name, want) in [
            ("eth1", "no interface is named eth1; near: eth0"),
            ("Wlan", "no interface is named Wlan; near: wlan0"),
            ("xyz", "no interface is named xyz"),
            ("wlan0", "interface wlan0 has no IPv4 address"),
            ("down0", "interface down0 is down"),
        ] {
            let error = choose(name, machine(), true).unwrap_err();
            let found = match &error {
                NoInterface::Unknown { near: Some(near), .. } => format!("{error}; near: {near}"),
                _ => error.to_string(),
            };
            assert_eq!(want, found);
        }
        assert_eq!("eth0", choose("eth0", machine(), true).unwrap().name);
        assert_eq!("wlan0", choose("wlan0", machine(), false).unwrap().name, "a client needs no address");
    }
}
