//! Other servers' lease files, read without I/O: what of them is a lease, and which lines are not.
//!
//! Law: whatever the file holds, each lease that is whole is given, each fault is told with its line, and nothing is guessed. Of
//! several entries for one address the last counts, as it does for the server that wrote them.

mod dnsmasq;
mod isc;
mod kea;

use core::net::Ipv4Addr;
use std::collections::BTreeMap;

use crate::lease::{Binding, BindingState, ClientKey, MAX_IDENTIFIER, Octets, Subnet};
use crate::packet::CHADDR_SIZE;
use crate::time::{Anchor, Instant};

/// A kind of lease file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// ISC dhcpd's `dhcpd.leases`.
    Isc,
    /// Kea's memfile, `kea-leases4.csv`.
    Kea,
    /// dnsmasq's `dnsmasq.leases`.
    Dnsmasq,
}

/// A lease of another server. Times are by the wall clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The line on which it begins, from 1.
    pub line: usize,
    /// The address.
    pub address: Ipv4Addr,
    /// Whose it is; nobody's, with an empty hardware address, for one that rests.
    pub client: ClientKey,
    /// Field htype.
    pub htype: u8,
    /// Field chaddr.
    pub chaddr: Octets,
    /// The client's name.
    pub host_name: Option<Octets>,
    /// What it is worth.
    pub state: BindingState,
    /// When it began, if that is told.
    pub since: Option<Instant>,
    /// When it ends.
    pub expires: Instant,
    /// Whether the file tells what a relay agent added (RFC 3046), which is not taken over.
    pub relayed: bool,
}

/// A line that is no lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// The leases.
    pub leases: BTreeMap<Ipv4Addr, Imported>,
    /// The lines that are none.
    pub faults: Vec<ImportFault>,
    /// How many entries there are, those that a later one replaces too.
    pub entries: usize,
    /// Entries that say that there is no lease, and lines of DHCPv6.
    pub passed: usize,
}

/// What a line or entry comes to.
enum Entry {
    Lease(Imported),
    /// There is no lease for this address any more.
    Gone(Ipv4Addr),
    Passed,
}

impl Format {
    /// What a file looks like.
    #[must_use]
    pub fn guess(octets: &[u8]) -> Option<Format> {
        let text = String::from_utf8_lossy(octets.get(..4096).unwrap_or(octets));
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let first = lines().next()?;
        if first.starts_with("address,") {
            return Some(Format::Kea);
        }
        let words = |line: &str| line.split_whitespace().take(3).map(str::to_owned).collect::<Vec<_>>();
        let dnsmasq = |line: &str| match words(line).as_slice() {
            [expiry, _, address] => expiry.parse::<u64>().is_ok() && address.parse::<Ipv4Addr>().is_ok(),
            _ => false,
        };
        if dnsmasq(first) || first.starts_with("duid ") {
            return Some(Format::Dnsmasq);
        }
        let statement = ["lease ", "server-duid ", "authoring-byte-order ", "failover ", "host "];
        lines().any(|line| statement.iter().any(|word| line.starts_with(word))).then_some(Format::Isc)
    }

    /// Reads a file.
    #[must_use]
    pub fn read(self, octets: &[u8]) -> Import {
        let mut import = Import::default();
        match self {
            Format::Isc => isc::read(octets, &mut import),
            Format::Kea => kea::read(octets, &mut import),
            Format::Dnsmasq => dnsmasq::read(octets, &mut import),
        }
        import
    }
}

impl Import {
    fn take(&mut self, line: usize, entry: Result<Entry, String>) {
        self.entries += 1;
        match entry {
            Ok(Entry::Lease(lease)) => {
                self.leases.insert(lease.address, lease);
            }
            Ok(Entry::Gone(address)) => {
                self.leases.remove(&address);
                self.passed += 1;
            }
            Ok(Entry::Passed) => self.passed += 1,
            Err(why) => self.faults.push(ImportFault { line, why }),
        }
    }

    /// Adds what a later file of the same server holds.
    pub fn then(&mut self, later: Import) {
        self.leases.extend(later.leases);
        self.faults.extend(later.faults);
        self.entries += later.entries;
        self.passed += later.passed;
    }
}

impl Imported {
    /// The binding on a subnet, on the timeline of an anchor; `now` is the time there.
    #[must_use]
    pub fn binding(&self, subnet: Subnet, anchor: &Anchor, now: Instant) -> Binding {
        let since = self.since.map_or(now, |since| anchor.instant_at(since));
        let expires = anchor.instant_at(self.expires);
        Binding {
            address: self.address,
            subnet,
            client: self.client.clone(),
            htype: self.htype,
            chaddr: self.chaddr.clone(),
            host_name: self.host_name.clone(),
            relay: None,
            state: self.state,
            // The clock of the other server may have gone wrong; a lease that ends before it begins is none.
            since: since.min(now).min(expires),
            expires,
        }
    }
}

/// Who a client is: its identifier, else its hardware address; nobody if it rests.
fn client(
    identifier: Option<Vec<u8>>,
    (htype, chaddr): (u8, &[u8]),
    state: BindingState,
) -> Result<ClientKey, String> {
    if chaddr.len() > CHADDR_SIZE {
        return Err(format!("a hardware address of {} octets", chaddr.len()));
    }
    match identifier.filter(|octets| !octets.is_empty()) {
        Some(octets) if octets.len() > MAX_IDENTIFIER => {
            Err(format!("a client identifier of {} octets", octets.len()))
        }
        Some(octets) => Ok(ClientKey::Identifier(octets.into())),
        None if chaddr.is_empty() && state != BindingState::Declined => {
            Err("neither a client identifier nor a hardware address".to_owned())
        }
        None => Ok(ClientKey::Hardware { htype, chaddr: chaddr.into() }),
    }
}

/// A host name, without a dot at its end.
fn host_name(octets: &[u8]) -> Result<Option<Octets>, String> {
    let name = octets.strip_suffix(b".").unwrap_or(octets);
    match name.len() {
        0 => Ok(None),
        1..=255 => Ok(Some(name.into())),
        length => Err(format!("a host name of {length} octets")),
    }
}

/// Octets as `02:00:00:00:00:01`; a digit may stand alone.
fn colons(text: &str) -> Option<Vec<u8>> {
    let octet = |part: &str| {
        let right = (1..=2).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_hexdigit());
        u8::from_str_radix(part, 16).ok().filter(|_| right)
    };
    text.split(':').map(octet).collect()
}
