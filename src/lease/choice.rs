//! The address for a client, in the order of RFC 2131 §4.3.1.

use core::fmt;
use core::net::Ipv4Addr;

use super::identity::ClientKey;
use super::table::{Standing, Table};

/// Who wants an address, and which it may have.
#[derive(Clone, Copy, Debug)]
pub struct Seek<'a> {
    /// The network that the client is on.
    pub network: usize,
    /// The client.
    pub client: &'a ClientKey,
    /// The address that is reserved for it.
    pub reserved: Option<Ipv4Addr>,
    /// The address that it asks for.
    pub requested: Option<Ipv4Addr>,
    /// The ranges that it may have an address of, the best first.
    pub ranges: &'a [usize],
}

/// Why a client gets this address (RFC 2131 §4.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressRule {
    /// It is reserved for the client.
    Reserved,
    /// It is the client's current one.
    Current,
    /// It is held for the client since an offer.
    Held,
    /// The client had it last.
    Previous,
    /// The client asks for it, and it is free.
    Requested,
    /// Nobody had it yet.
    Fresh,
    /// It has been free for longest.
    LongestFree,
}

impl AddressRule {
    /// Whether nobody but the client can be expected to have the address.
    #[must_use]
    pub fn is_its_own(self) -> bool {
        matches!(
            self,
            AddressRule::Reserved | AddressRule::Current | AddressRule::Held | AddressRule::Previous
        )
    }
}

impl fmt::Display for AddressRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AddressRule::Reserved => "reserved for it",
            AddressRule::Current => "its current one",
            AddressRule::Held => "held for it",
            AddressRule::Previous => "its previous one",
            AddressRule::Requested => "the one it asks for",
            AddressRule::Fresh => "one that nobody had yet",
            AddressRule::LongestFree => "the one that has been free for longest",
        })
    }
}

impl Table {
    /// Whether a client may have an address at all, whoever has it.
    #[must_use]
    pub fn permits(&self, seek: &Seek<'_>, address: Ipv4Addr) -> bool {
        match self.space().place(address).filter(|place| place.network == seek.network) {
            Some(place) => match place.range {
                Some(range) => seek.ranges.contains(&range),
                None => seek.reserved == Some(address),
            },
            None => false,
        }
    }

    /// The address for a client: the one that is reserved for it, its current one, the one held for it, its previous
    /// one, the one it asks for, a fresh one, the one that has been free for longest. Only what it may have counts.
    #[must_use]
    pub fn choose(&mut self, seek: &Seek<'_>) -> Option<(Ipv4Addr, AddressRule)> {
        let own = |standing| {
            matches!(
                standing,
                Standing::Free
                    | Standing::Previous
                    | Standing::Offered
                    | Standing::Bound
                    | Standing::Committing
            )
        };
        if let Some(address) = seek.reserved.filter(|address| self.permits(seek, *address))
            && own(self.standing(seek.client, address))
        {
            return Some((address, AddressRule::Reserved));
        }
        if let Some(known) = self.known(seek) {
            return Some(known);
        }
        if let Some(address) = seek.requested.filter(|address| self.permits(seek, *address))
            && matches!(self.standing(seek.client, address), Standing::Free | Standing::Previous)
        {
            return Some((address, AddressRule::Requested));
        }
        let fresh = seek.ranges.iter().find_map(|range| self.fresh(*range));
        if let Some(address) = fresh {
            return Some((address, AddressRule::Fresh));
        }
        let free = seek.ranges.iter().find_map(|range| self.longest_free(*range));
        Some((free?, AddressRule::LongestFree))
    }

    /// What the client has, is offered, or had last, if it may still have that.
    fn known(&self, seek: &Seek<'_>) -> Option<(Ipv4Addr, AddressRule)> {
        let held = self.held(seek.network, seek.client);
        let rule = |address: Option<Ipv4Addr>| {
            let address = address.filter(|address| self.permits(seek, *address))?;
            let rule = match self.standing(seek.client, address) {
                Standing::Bound | Standing::Committing => AddressRule::Current,
                Standing::Offered => AddressRule::Held,
                Standing::Previous => AddressRule::Previous,
                Standing::Free | Standing::Other => return None,
            };
            Some((address, rule))
        };
        let has = rule(held.has);
        let bound = has.filter(|(_, rule)| *rule == AddressRule::Current);
        bound.or_else(|| rule(held.offered)).or(has)
    }
}
