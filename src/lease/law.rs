//! The lease law: what must hold of every exchange, whoever serves. One observer for tests, faults and live traffic.
//!
//! No address is granted to a client while another was ever promised it for longer, nor offered to another while an offer is
//! held; a DHCPACK follows the stored binding; a declined address rests, from when its server hears of that; T1 < T2 < lease; the address is one to give: in a
//! range or reserved, of any subnet. What it keeps is bounded by the addresses that it sees.

use core::fmt;
use core::net::Ipv4Addr;
use core::ops::RangeInclusive;
use core::time::Duration;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::binding::{Binding, BindingState, Commit};
use super::identity::ClientKey;
use super::touch::touch;
use crate::options::{IP_ADDRESS_LEASE_TIME, REBINDING_TIME, RENEWAL_TIME, REQUESTED_IP_ADDRESS};
use crate::packet::{MessageType, Packet};
use crate::time::Instant;

/// The most violations that are kept; more are counted.
const MAX_KEPT: usize = 100;

/// A breach of the law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// An address was granted to a client while another had it.
    Double(Ipv4Addr, ClientKey, ClientKey),
    /// An address was offered to a client while it was held for another.
    DoubleOffer(Ipv4Addr, ClientKey, ClientKey),
    /// A grant without a stored binding.
    NotStored(Ipv4Addr, ClientKey),
    /// A grant of an address that is not given.
    Outside(Ipv4Addr),
    /// A grant of an address that was declined and has not rested.
    Declined(Ipv4Addr),
    /// A grant without a lease time.
    NoLeaseTime(Ipv4Addr),
    /// Not T1 < T2 < lease, in seconds.
    Times(Ipv4Addr, u32, u32, u32),
}

impl Violation {
    /// The part of the law that it breaks, in a word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Violation::Double(..) => "double",
            Violation::DoubleOffer(..) => "double-offer",
            Violation::NotStored(..) => "not-stored",
            Violation::Outside(_) => "outside",
            Violation::Declined(_) => "declined",
            Violation::NoLeaseTime(_) => "no-lease-time",
            Violation::Times(..) => "times",
        }
    }

    /// The address that it is about.
    #[must_use]
    pub fn address(&self) -> Ipv4Addr {
        match self {
            Violation::Double(address, ..)
            | Violation::DoubleOffer(address, ..)
            | Violation::NotStored(address, _)
            | Violation::Outside(address)
            | Violation::Declined(address)
            | Violation::NoLeaseTime(address)
            | Violation::Times(address, ..) => *address,
        }
    }

    /// The clients that it is about, as far as it says.
    #[must_use]
    pub fn clients(&self) -> Vec<&ClientKey> {
        match self {
            Violation::Double(_, first, second) | Violation::DoubleOffer(_, first, second) => {
                vec![first, second]
            }
            Violation::NotStored(_, client) => vec![client],
            Violation::Outside(_)
            | Violation::Declined(_)
            | Violation::NoLeaseTime(_)
            | Violation::Times(..) => Vec::new(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Violation::Double(address, holder, other) => {
                write!(f, "{address} was granted to {other} while {holder} had it")
            }
            Violation::DoubleOffer(address, holder, other) => {
                write!(f, "{address} was offered to {other} while it was held for {holder}")
            }
            Violation::NotStored(address, client) => {
                write!(f, "{address} was acknowledged to {client} before it was stored")
            }
            Violation::Outside(address) => write!(f, "{address} was granted and is not one to give"),
            Violation::Declined(address) => write!(f, "{address} was granted and had been declined"),
            Violation::NoLeaseTime(address) => write!(f, "{address} was granted without a lease time"),
            Violation::Times(address, t1, t2, lease) => {
                write!(f, "{address}: T1 {t1} s, T2 {t2} s and lease {lease} s are not in ascending order")
            }
        }
    }
}

/// Watches commits and messages.
#[derive(Clone, Debug, Default)]
pub struct LeaseLaw {
    /// The addresses that may be granted, if they are known: runs by their first, without any in common.
    given: Option<BTreeMap<Ipv4Addr, Ipv4Addr>>,
    /// Whether the commits of a store are shown.
    has_store: bool,
    addresses: HashMap<Ipv4Addr, Known, RandomState>,
    /// Of the addresses that are granted, the latest of each client.
    has: HashMap<ClientKey, Ipv4Addr, RandomState>,
    /// Offers that are held, by their addresses, and the latest of each client.
    offers: HashMap<Ipv4Addr, (ClientKey, Instant), RandomState>,
    offered: HashMap<ClientKey, Ipv4Addr, RandomState>,
    /// Addresses whose clients have told the server that they are in use, of which the store has nothing yet.
    declines: HashSet<Ipv4Addr, RandomState>,
    /// Addresses of which a store has not kept what its server knows.
    refused: HashSet<Ipv4Addr, RandomState>,
    violations: Vec<Violation>,
    /// How many there were, kept or not.
    breaches: u64,
    /// Grants that were checked.
    grants: u64,
}

/// What is known of an address.
#[derive(Clone, Debug, Default)]
struct Known {
    /// To whom it was granted last, if it was not given back.
    granted: Option<Grant>,
    /// What the store has.
    stored: Option<Arc<Binding>>,
    /// Until when it rests, if it was declined. To give it to somebody does not end its rest.
    rests: Instant,
}

/// An address that was granted.
#[derive(Clone, Debug)]
struct Grant {
    client: ClientKey,
    /// Until when its client was ever promised it.
    until: Instant,
}

impl Known {
    /// What a grant of the address breaks of what the store has.
    fn check_stored(&self, now: Instant, address: Ipv4Addr, client: &ClientKey) -> Option<Violation> {
        match &self.stored {
            Some(_) if self.rests > now => Some(Violation::Declined(address)),
            Some(kept) if kept.state == BindingState::Bound && kept.client == *client => None,
            _ => Some(Violation::NotStored(address, client.clone())),
        }
    }
}

impl LeaseLaw {
    /// A law without addresses and store: on traffic alone.
    #[must_use]
    pub fn new() -> LeaseLaw {
        LeaseLaw::default()
    }

    /// A law over the addresses that may be given ([`Space::runs`](super::Space::runs)) and the commits of a store,
    /// which are shown by [`LeaseLaw::stored`].
    #[must_use]
    pub fn over(given: impl IntoIterator<Item = RangeInclusive<Ipv4Addr>>) -> LeaseLaw {
        LeaseLaw { given: Some(runs(given)), has_store: true, ..LeaseLaw::default() }
    }

    /// Other addresses may be given from here on.
    pub fn give(&mut self, given: impl IntoIterator<Item = RangeInclusive<Ipv4Addr>>) {
        self.given = Some(runs(given));
    }

    /// The store has kept this.
    pub fn stored(&mut self, commit: &Commit) {
        let Binding { address, client, state, expires, .. } = &*commit.binding;
        if *state == BindingState::Bound {
            self.end_offer(*address);
            // Who has taken one address holds no other.
            if let Some(other) = self.offered.get(client).copied() {
                self.end_offer(other);
            }
        }
        if self.has_store {
            let known = self.addresses.entry(*address).or_default();
            if *state == BindingState::Declined {
                known.rests = *expires;
                self.declines.remove(address);
            }
            self.refused.remove(address);
            known.stored = Some(Arc::clone(&commit.binding));
        }
    }

    /// The store has not kept this: its server knows something else than the store.
    pub fn refused(&mut self, commit: &Commit) {
        let Binding { address, state, .. } = &*commit.binding;
        if self.has_store {
            self.refused.insert(*address);
        }
        if *state == BindingState::Declined {
            self.declines.remove(address);
        }
    }

    /// A DHCPDECLINE has come to the server that it is for, which gives its address and has nothing of that under way to
    /// its store. If the address is the client's, nobody may have it until the store says how long it rests.
    pub fn declined(&mut self, now: Instant, octets: &[u8]) {
        let Ok(packet) = Packet::parse(octets) else { return };
        let (Ok(client), Ok(Some(address))) = (ClientKey::of(&packet), packet.get(&REQUESTED_IP_ADDRESS))
        else {
            return;
        };
        let stored = self.addresses.get(&address).and_then(|known| known.stored.as_ref());
        let is_its =
            |kept: &Binding| kept.state == BindingState::Bound && kept.client == client && kept.expires > now;
        let has_other = self.has.get(&client).is_some_and(|has| *has != address);
        if stored.is_some_and(|kept| is_its(kept)) && !has_other && !self.refused.contains(&address) {
            self.declines.insert(address);
        }
    }

    /// An address is offered to a client, and held for it until its offer ends, it takes or is offered another address,
    /// or [`LeaseLaw::withdrawn`] says so.
    pub fn offered(&mut self, now: Instant, client: &ClientKey, address: Ipv4Addr, until: Instant) {
        if let Some((holder, held)) = self.offers.get(&address)
            && holder != client
            && *held > now
        {
            self.breach(Violation::DoubleOffer(address, holder.clone(), client.clone()));
        }
        if let Some(other) = self.offered.get(client).copied().filter(|other| *other != address) {
            self.end_offer(other);
        }
        self.end_offer(address);
        self.offers.insert(address, (client.clone(), until));
        self.offered.insert(client.clone(), address);
    }

    /// The offer of an address has ended: its client took another server's.
    pub fn withdrawn(&mut self, address: Ipv4Addr) {
        self.end_offer(address);
    }

    /// The server has ended or begun anew: of what is not stored, offers and what it has heard, it knows nothing.
    pub fn restarted(&mut self) {
        self.declines.clear();
        self.offers.clear();
        self.offered.clear();
    }

    fn end_offer(&mut self, address: Ipv4Addr) {
        if let Some((client, _)) = self.offers.remove(&address)
            && self.offered.get(&client) == Some(&address)
        {
            self.offered.remove(&client);
        }
    }

    /// A message was sent, by whom ever.
    pub fn sent(&mut self, now: Instant, octets: &[u8]) {
        let Ok(packet) = Packet::parse(octets) else { return };
        let Ok(client) = ClientKey::of(&packet) else { return };
        match packet.message_type() {
            Some(MessageType::ACK) if !packet.yiaddr().is_unspecified() => self.granted(now, &packet, client),
            Some(MessageType::REQUEST) if packet.ciaddr().is_unspecified() => {
                if let Ok(Some(address)) = packet.get(&REQUESTED_IP_ADDRESS) {
                    self.wants(&client, address);
                }
            }
            Some(MessageType::RELEASE) => self.freed(&client, packet.ciaddr()),
            Some(MessageType::DECLINE) => {
                if let Ok(Some(address)) = packet.get(&REQUESTED_IP_ADDRESS) {
                    self.freed(&client, address);
                }
            }
            _ => {}
        }
    }

    /// What was broken, the first hundred times.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// How many times it was broken.
    #[must_use]
    pub fn breaches(&self) -> u64 {
        self.breaches
    }

    /// How many grants were checked.
    #[must_use]
    pub fn grants(&self) -> u64 {
        self.grants
    }

    /// Looks at an address that will soon be needed, so that memory is waited for beforehand.
    pub fn touch(&self, address: Ipv4Addr) {
        let known = self.addresses.get(&address);
        touch(known.map(|known| (known.granted.is_some(), known.stored.is_some())));
    }

    fn breach(&mut self, violation: Violation) {
        self.breaches += 1;
        if self.violations.len() < MAX_KEPT {
            self.violations.push(violation);
        }
    }

    fn freed(&mut self, client: &ClientKey, address: Ipv4Addr) {
        if self.ends(client, address) {
            self.leaves(client, address);
        }
        if self.offers.get(&address).is_some_and(|(holder, _)| holder == client) {
            self.end_offer(address);
        }
    }

    fn granted(&mut self, now: Instant, packet: &Packet<'_>, client: ClientKey) {
        self.grants += 1;
        let address = packet.yiaddr();
        let lease = packet.get(&IP_ADDRESS_LEASE_TIME).ok().flatten();
        let given = |given: &BTreeMap<Ipv4Addr, Ipv4Addr>| {
            given.range(..=address).next_back().is_some_and(|(_, last)| *last >= address)
        };
        if self.given.as_ref().is_some_and(|runs| !given(runs)) {
            self.breach(Violation::Outside(address));
        }
        match lease {
            Some(lease) => self.check_times(address, packet, lease),
            None => self.breach(Violation::NoLeaseTime(address)),
        }
        let known = self.addresses.entry(address).or_default();
        let unstored = match self.has_store {
            true if self.declines.contains(&address) => Some(Violation::Declined(address)),
            true => known.check_stored(now, address, &client),
            false => None,
        };
        // A slow store delays the message, not the lease, which counts from its request.
        let start = known.stored.as_ref().map_or(now, |kept| kept.since);
        let until = match lease.unwrap_or_default() {
            u32::MAX => Instant::NEVER,
            lease => start + Duration::from_secs(lease.into()),
        };
        match &mut known.granted {
            // Whether a client ever sees that it has less time than it was promised before, nobody knows.
            Some(grant) if grant.client == client => grant.until = grant.until.max(until),
            granted => {
                let before = granted.replace(Grant { client: client.clone(), until });
                self.passes(now, address, before, client);
            }
        }
        unstored.into_iter().for_each(|violation| self.breach(violation));
    }

    /// An address passes to a client that did not have it: who takes another one has given its first up by that.
    fn passes(&mut self, now: Instant, address: Ipv4Addr, before: Option<Grant>, client: ClientKey) {
        if let Some(Grant { client: holder, until }) = before {
            self.leaves(&holder, address);
            if until > now {
                self.breach(Violation::Double(address, holder, client.clone()));
            }
        }
        if let Some(other) = self.has.insert(client.clone(), address).filter(|other| *other != address) {
            self.ends(&client, other);
        }
    }

    /// A client without an address (ciaddr is 0) asks for one: whether it gets that or not, it has no other.
    fn wants(&mut self, client: &ClientKey, address: Ipv4Addr) {
        if let Some(other) = self.has.get(client).copied().filter(|other| *other != address) {
            self.ends(client, other);
            self.has.remove(client);
        }
    }

    /// A client has an address no longer.
    fn leaves(&mut self, client: &ClientKey, address: Ipv4Addr) {
        if self.has.get(client) == Some(&address) {
            self.has.remove(client);
        }
    }

    /// The grant of an address to a client ends; whether there was one.
    fn ends(&mut self, client: &ClientKey, address: Ipv4Addr) -> bool {
        let Some(known) = self.addresses.get_mut(&address) else { return false };
        if known.granted.as_ref().is_none_or(|grant| grant.client != *client) {
            return false;
        }
        known.granted = None;
        if known.stored.is_none() {
            self.addresses.remove(&address);
        }
        true
    }

    fn check_times(&mut self, address: Ipv4Addr, packet: &Packet<'_>, lease: u32) {
        let half = |key, otherwise| packet.get(key).ok().flatten().unwrap_or(otherwise);
        let t1 = half(&RENEWAL_TIME, lease / 2);
        let t2 = half(&REBINDING_TIME, lease - lease / 8);
        let infinite = lease == u32::MAX;
        let ordered = infinite || (t1 < t2 && t2 < lease);
        if lease == 0 || !ordered {
            self.breach(Violation::Times(address, t1, t2, lease));
        }
    }
}

fn runs(given: impl IntoIterator<Item = RangeInclusive<Ipv4Addr>>) -> BTreeMap<Ipv4Addr, Ipv4Addr> {
    given.into_iter().map(|run| (*run.start(), *run.end())).collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::lease::{Pool, Subnet};
    use crate::options::DHCP_MESSAGE_TYPE;
    use crate::packet::{Message, Op};

    fn ip(last: u8) -> Ipv4Addr {
        Ipv4Addr::new(192, 0, 2, last)
    }

    fn client(number: u8) -> ClientKey {
        ClientKey::Hardware { htype: 1, chaddr: [2, 0, 0, 0, 0, number].into() }
    }

    fn ack(number: u8, address: Ipv4Addr, times: &[u32]) -> Vec<u8> {
        let mut message = Message::new(Op::BOOTREPLY);
        message.set_hardware(1, &[2, 0, 0, 0, 0, number]).set_yiaddr(address);
        message.push(&DHCP_MESSAGE_TYPE, MessageType::ACK.0);
        for (key, time) in [IP_ADDRESS_LEASE_TIME, RENEWAL_TIME, REBINDING_TIME].iter().zip(times) {
            message.push(key, *time);
        }
        message.end(300)
    }

    fn stored(number: u8, address: Ipv4Addr, state: BindingState) -> Commit {
        let (since, expires) = (Instant::EPOCH, Instant::from_secs(100));
        let subnet = Subnet::of(ip(0), 24).unwrap();
        let (htype, chaddr, host_name, relay) = (1, [2, 0, 0, 0, 0, number].into(), None, None);
        let client = client(number);
        let binding =
            Binding { address, subnet, client, htype, chaddr, host_name, relay, state, since, expires };
        Commit { binding: binding.into() }
    }

    #[test]
    fn every_breach_is_seen() {
        let pool = Pool::new(Subnet::of(ip(0), 24).unwrap(), ip(100), ip(103)).unwrap();
        let kept = stored(1, ip(100), BindingState::Bound);
        let cases = [
            (vec![kept.clone()], ack(1, ip(100), &[100]), vec![]),
            (vec![kept.clone()], ack(1, ip(100), &[u32::MAX]), vec![]),
            (vec![], ack(1, ip(100), &[100]), vec![Violation::NotStored(ip(100), client(1))]),
            (vec![kept.clone()], ack(2, ip(100), &[100]), vec![Violation::NotStored(ip(100), client(2))]),
            (
                vec![stored(1, ip(7), BindingState::Bound)],
                ack(1, ip(7), &[9]),
                vec![Violation::Outside(ip(7))],
            ),
            (vec![kept.clone()], ack(1, ip(100), &[]), vec![Violation::NoLeaseTime(ip(100))]),
            (
                vec![kept.clone()],
                ack(1, ip(100), &[100, 90, 80]),
                vec![Violation::Times(ip(100), 90, 80, 100)],
            ),
            (
                vec![stored(1, ip(100), BindingState::Declined)],
                ack(1, ip(100), &[100]),
                vec![Violation::Declined(ip(100))],
            ),
            (
                vec![stored(1, ip(100), BindingState::Declined), stored(2, ip(100), BindingState::Bound)],
                ack(2, ip(100), &[100]),
                vec![Violation::Declined(ip(100))],
            ),
        ];
        for (commits, message, want) in cases {
            let mut law = LeaseLaw::over([pool.range()]);
            commits.iter().for_each(|commit| law.stored(commit));
            law.sent(Instant::from_secs(1), &message);
            assert_eq!(want, law.violations());
        }
    }

    fn decline(number: u8, address: Ipv4Addr) -> Vec<u8> {
        let mut message = Message::new(Op::BOOTREQUEST);
        message.set_hardware(1, &[2, 0, 0, 0, 0, number]);
        message.push(&DHCP_MESSAGE_TYPE, MessageType::DECLINE.0);
        message.push(&REQUESTED_IP_ADDRESS, address);
        message.end(300)
    }

    #[test]
    fn who_hears_that_an_address_is_in_use_gives_it_to_nobody() {
        type Between = fn(&mut LeaseLaw);
        let breach = vec![Violation::Declined(ip(100))];
        let cases: [(u8, u64, Between, _); 9] = [
            (1, 2, |_| {}, breach.clone()),
            (1, 2, |law| law.stored(&stored(3, ip(100), BindingState::Bound)), breach.clone()),
            (1, 2, |law| law.stored(&stored(1, ip(100), BindingState::Declined)), breach),
            // Its rest is over at 100 s.
            (1, 101, |law| law.stored(&stored(1, ip(100), BindingState::Declined)), vec![]),
            (1, 2, |law| law.refused(&stored(1, ip(100), BindingState::Declined)), vec![]),
            (1, 2, LeaseLaw::restarted, vec![]),
            // The address is not the client's, or is not for the server: nothing to hear.
            (4, 2, |_| {}, vec![]),
            (1, 2, |law| law.declines.clear(), vec![]),
            (1, 100, LeaseLaw::restarted, vec![]),
        ];
        for (number, second, between, want) in cases {
            let mut law = LeaseLaw::over([ip(100)..=ip(103)]);
            law.stored(&stored(1, ip(100), BindingState::Bound));
            law.sent(Instant::from_secs(1), &ack(1, ip(100), &[100]));
            law.sent(Instant::from_secs(1), &decline(number, ip(100)));
            law.declined(Instant::from_secs(1), &decline(number, ip(100)));
            between(&mut law);
            let since = Instant::from_secs(second);
            let binding =
                Arc::new(Binding { since, ..(*stored(1, ip(100), BindingState::Bound).binding).clone() });
            law.stored(&Commit { binding });
            law.sent(since, &ack(1, ip(100), &[100]));
            assert_eq!(want, law.violations(), "{number} at {second}");
        }
    }

    #[test]
    fn what_a_client_has_no_more_it_cannot_decline() {
        type Before = fn(&mut LeaseLaw);
        let cases: [(u64, Before); 4] = [
            (100, |_| {}),
            (1, |law| law.stored(&stored(1, ip(100), BindingState::Released))),
            (1, |law| law.refused(&stored(1, ip(100), BindingState::Released))),
            (1, |law| {
                law.stored(&stored(1, ip(101), BindingState::Bound));
                law.sent(Instant::from_secs(1), &ack(1, ip(101), &[100]));
            }),
        ];
        for (number, (second, before)) in (0..).zip(cases) {
            let mut law = LeaseLaw::over([ip(100)..=ip(103)]);
            law.stored(&stored(1, ip(100), BindingState::Bound));
            law.sent(Instant::from_secs(0), &ack(1, ip(100), &[100]));
            before(&mut law);
            law.declined(Instant::from_secs(second), &decline(1, ip(100)));
            assert!(law.declines.is_empty(), "case {number}");
        }
    }

    #[test]
    fn every_breach_is_counted_and_the_first_are_kept() {
        let mut law = LeaseLaw::new();
        (1..=105).for_each(|last| law.sent(Instant::EPOCH, &ack(1, ip(last), &[])));
        assert_eq!(105, law.breaches());
        let kept: Vec<_> = (1..=100).map(|last| Violation::NoLeaseTime(ip(last))).collect();
        assert_eq!(kept, law.violations());
    }

    #[test]
    fn an_offer_is_one_clients_until_it_ends() {
        let offered = |law: &mut LeaseLaw, second, number, last| {
            let until = Instant::from_secs(second + 10);
            law.offered(Instant::from_secs(second), &client(number), ip(last), until);
        };
        let double = vec![Violation::DoubleOffer(ip(100), client(1), client(2))];
        type Between = fn(&mut LeaseLaw);
        let cases: [(u64, Between, _); 8] = [
            (9, |_| {}, double.clone()),
            (10, |_| {}, vec![]),
            (9, |law| law.withdrawn(ip(100)), vec![]),
            (9, LeaseLaw::restarted, vec![]),
            (
                9,
                |law| law.offered(Instant::from_secs(1), &client(1), ip(101), Instant::from_secs(11)),
                vec![],
            ),
            (9, |law| law.stored(&stored(1, ip(100), BindingState::Bound)), vec![]),
            (9, |law| law.stored(&stored(1, ip(101), BindingState::Bound)), vec![]),
            (9, |law| law.stored(&stored(3, ip(101), BindingState::Bound)), double),
        ];
        for (second, between, want) in cases {
            let mut law = LeaseLaw::new();
            offered(&mut law, 0, 1, 100);
            offered(&mut law, 0, 1, 100);
            between(&mut law);
            offered(&mut law, second, 2, 100);
            assert_eq!(want, law.violations(), "{second}");
        }
    }

    #[test]
    fn who_takes_another_address_gives_the_first_up() {
        let double = |last, first, second| Violation::Double(ip(last), client(first), client(second));
        for (number, want) in [(1, vec![double(101, 1, 4)]), (3, vec![double(101, 3, 4), double(100, 1, 2)])]
        {
            let mut law = LeaseLaw::new();
            law.sent(Instant::from_secs(0), &ack(1, ip(100), &[100]));
            law.sent(Instant::from_secs(10), &ack(number, ip(101), &[100]));
            law.sent(Instant::from_secs(15), &ack(4, ip(101), &[100]));
            law.sent(Instant::from_secs(20), &ack(2, ip(100), &[100]));
            assert_eq!(want, law.violations(), "{number}");
            assert_eq!(2, law.has.len());
        }
    }

    #[test]
    fn a_shorter_lease_does_not_end_a_longer_one() {
        let double = Violation::Double(ip(100), client(1), client(2));
        for (second, want) in [(99, vec![double]), (100, vec![])] {
            let mut law = LeaseLaw::new();
            law.sent(Instant::from_secs(0), &ack(1, ip(100), &[100]));
            law.sent(Instant::from_secs(50), &ack(1, ip(100), &[10]));
            law.sent(Instant::from_secs(second), &ack(2, ip(100), &[100]));
            assert_eq!(want, law.violations(), "{second}");
        }
    }

    #[test]
    fn an_address_is_one_clients_until_its_lease_ends() {
        let double = Violation::Double(ip(100), client(1), client(2));
        for (second, want) in [(99, vec![double]), (101, vec![])] {
            let mut law = LeaseLaw::new();
            law.sent(Instant::from_secs(0), &ack(1, ip(100), &[100]));
            law.sent(Instant::from_secs(second), &ack(2, ip(100), &[100]));
            assert_eq!(want, law.violations(), "{second}");
            assert_eq!(2, law.grants());
        }
    }
}
