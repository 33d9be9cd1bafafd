//! Many clients behind one endpoint: replies find their client by chaddr, deadlines by a heap.
//!
//! What each client tells is counted, not passed on: nobody reads ten thousand logs. Who wants to watch one of many
//! drives its [`Client`] alone.

use core::hash::BuildHasherDefault;
use core::net::Ipv4Addr;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, VecDeque};
use std::hash::DefaultHasher;

use super::Client;
use crate::endpoint::{DropReason, Dropped, Endpoint, Event, Input, Output, State};
use crate::packet::Packet;
use crate::time::Instant;

/// Field chaddr as it stands in a message.
type Chaddr = [u8; 16];

/// The heap is made anew when it has more than so many entries a client: all but one are stale.
const STALE: usize = 4;

/// Many clients as one endpoint. Their hardware addresses differ.
#[derive(Debug, Default)]
pub struct Crowd {
    clients: Vec<Client>,
    /// The hasher is always the same: the addresses are our own.
    places: HashMap<Chaddr, usize, BuildHasherDefault<DefaultHasher>>,
    due: BinaryHeap<Reverse<(Instant, usize)>>,
    /// The deadline of each client that counts; other entries of the heap are stale.
    deadlines: Vec<Option<Instant>>,
    /// Who asks for an address.
    asking: BTreeMap<Ipv4Addr, usize>,
    states: BTreeMap<State, usize>,
    tally: Tally,
    outputs: VecDeque<Output>,
}

/// What the clients of a crowd have done and met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Leases that were granted or extended.
    pub leases: u64,
    /// DHCPNAKs.
    pub naks: u64,
    /// Leases that ended without being extended.
    pub ended: u64,
    /// Addresses that somebody else had.
    pub taken: u64,
    /// Messages that were sent again for want of a reply.
    pub again: u64,
    /// Messages that were ignored.
    pub dropped: u64,
}

impl Crowd {
    /// Nobody.
    #[must_use]
    pub fn new() -> Crowd {
        Crowd::default()
    }

    /// Adds a client, and tells its place. None if its hardware address is there already.
    pub fn join(&mut self, client: Client) -> Option<usize> {
        let place = self.clients.len();
        let mut chaddr = Chaddr::default();
        chaddr.iter_mut().zip(&*client.config().chaddr).for_each(|(to, from)| *to = *from);
        if self.places.contains_key(&chaddr) {
            return None;
        }
        self.places.insert(chaddr, place);
        *self.states.entry(client.state()).or_default() += 1;
        self.clients.push(client);
        self.deadlines.push(None);
        self.settle(place, None);
        Some(place)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// The clients, in the order in which they joined.
    #[must_use]
    pub fn clients(&self) -> &[Client] {
        &self.clients
    }

    /// How many are in a state.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.states.get(&state).copied().unwrap_or_default()
    }

    /// How many have an address.
    #[must_use]
    pub fn holding(&self) -> usize {
        self.states.iter().filter(|(state, _)| state.has_address()).map(|(_, count)| count).sum()
    }

    /// What they have done and met.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Tells a client something: `crowd.tell(7, |client| client.release(now))`.
    pub fn tell(&mut self, place: usize, what: impl FnOnce(&mut Client)) {
        if let Some(client) = self.clients.get_mut(place) {
            let before = client.state();
            what(client);
            self.settle(place, Some(before));
        }
    }

    fn handle_at(&mut self, place: usize, now: Instant, input: Input<'_>) {
        self.tell(place, |client| client.handle(now, input));
    }

    /// Takes over what a client wants, and when it wants to be called.
    fn settle(&mut self, place: usize, before: Option<State>) {
        let Some(client) = self.clients.get_mut(place) else { return };
        while let Some(output) = client.poll() {
            match output {
                Output::Event(event) => count(&mut self.tally, &event),
                Output::Probe(address) => {
                    self.asking.insert(address, place);
                    self.outputs.push_back(Output::Probe(address));
                }
                output => self.outputs.push_back(output),
            }
        }
        let (state, next) = (client.state(), client.next_deadline());
        if let Some(before) = before.filter(|before| *before != state) {
            self.states.entry(before).and_modify(|count| *count = count.saturating_sub(1));
            *self.states.entry(state).or_default() += 1;
        }
        if let Some(deadline) = self.deadlines.get_mut(place)
            && *deadline != next
        {
            *deadline = next;
            self.due.extend(next.map(|next| Reverse((next, place))));
        }
        if self.due.len() > STALE * self.clients.len() + 64 {
            self.renew_heap();
        }
    }

    fn renew_heap(&mut self) {
        let deadlines = self.deadlines.iter().enumerate();
        self.due = deadlines.filter_map(|(place, at)| at.map(|at| Reverse((at, place)))).collect();
    }

    /// The next client that is due, at the latest by `now`; its entry is taken off the heap.
    fn next_due(&mut self, now: Instant) -> Option<usize> {
        while let Some(&Reverse((at, place))) = self.due.peek().filter(|entry| entry.0.0 <= now) {
            self.due.pop();
            if let Some(deadline) = self.deadlines.get_mut(place).filter(|deadline| **deadline == Some(at)) {
                // Taken off: should it come to the same time again, it is put there again.
                *deadline = None;
                return Some(place);
            }
        }
        None
    }

    fn place_of(&self, payload: &[u8]) -> Option<usize> {
        let packet = Packet::parse(payload).ok()?;
        self.places.get(packet.chaddr_field()).copied()
    }

    fn not_ours(&mut self, payload: &[u8]) {
        self.tally.dropped += 1;
        let dropped = match Packet::parse(payload) {
            Err(error) => Dropped { message: None, xid: None, reason: DropReason::NoHeader(error) },
            Ok(packet) => Dropped {
                message: packet.message_type(),
                xid: Some(packet.xid()),
                reason: DropReason::OtherClient,
            },
        };
        self.outputs.push_back(Output::Event(Event::Dropped(dropped)));
    }
}

fn count(tally: &mut Tally, event: &Event) {
    match event {
        Event::Leased(_) => tally.leases += 1,
        Event::Nak { .. } => tally.naks += 1,
        Event::LeaseEnded(_) => tally.ended += 1,
        Event::Taken(_) => tally.taken += 1,
        Event::Dropped(_) => tally.dropped += 1,
        Event::Waiting { attempt, .. } if *attempt > 1 => tally.again += 1,
        _ => {}
    }
}

impl Endpoint for Crowd {
    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Datagram { payload, .. } => match self.place_of(payload) {
                Some(place) => self.handle_at(place, now, input),
                None => self.not_ours(payload),
            },
            Input::Probed(address, _) => {
                if let Some(place) = self.asking.remove(&address) {
                    self.handle_at(place, now, input);
                }
            }
            Input::Deadline | Input::Committed(..) => {}
        }
        while let Some(place) = self.next_due(now) {
            self.handle_at(place, now, Input::Deadline);
        }
    }

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn next_deadline(&self) -> Option<Instant> {
        // A stale entry at the top wakes the driver up once for nothing.
        self.due.peek().map(|entry| entry.0.0)
    }
}
