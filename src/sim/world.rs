//! A network in virtual time: what happens, in order.
//!
//! The same endpoints as on the wire, driven as `net::Driver` drives them: one input, all outputs, then the next. Frames
//! are real from the Ethernet header on. Nothing but the seed and what the world was told decides what happens.

use core::net::Ipv4Addr;
use core::ops::RangeInclusive;
use core::time::Duration;
use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use super::action::Action;
use super::clock::Clock;
use super::dice::stream;
use super::disk::{Disk, Temper};
use super::flight::Flights;
use super::measure::{Measures, Sample};
use super::node::{Host, Node, NodeId, PopulationId, Port, Role, Segment, SegmentId, Serving, place};
use super::observer::Observer;
use super::path::Quality;
use super::population::{Arrivals, Customer, Population};
use crate::endpoint::Ticket;
use crate::lease::{Commit, LeaseLaw};
use crate::relay::{self, Relay};
use crate::server::Config;
use crate::time::{Calendar, Instant};

type Run = RangeInclusive<Ipv4Addr>;

/// Something that is due.
#[derive(Clone, Copy, Debug)]
pub(super) enum Due {
    Node(u32),
    Customer(u32),
    /// The next customer of a population.
    Arrival(u32),
    Frame(u32),
    /// A server's store has something to answer.
    Store(u32),
    Action(u32),
    Sample,
    Restart,
}

/// Addresses by who has them. Its order is never looked at.
pub(super) type Holders = HashMap<Ipv4Addr, Host, FixedState>;

/// A network in virtual time.
pub struct World {
    pub(super) now: Instant,
    pub(super) seed: u64,
    pub(super) queue: Calendar<Due>,
    pub(super) segments: Vec<Segment>,
    pub(super) nodes: Vec<Node>,
    pub(super) populations: Vec<Population>,
    pub(super) customers: Vec<Customer>,
    pub(super) flights: Flights,
    /// Who has an address: nodes for good, customers while they use it.
    pub(super) fixed: BTreeMap<Ipv4Addr, (Host, SegmentId)>,
    pub(super) holders: Holders,
    /// Whether a router joins all segments.
    pub(super) routed: bool,
    pub(super) law: LeaseLaw,
    pub(super) measures: Measures,
    pub(super) observer: Option<Box<dyn Observer>>,
    pub(super) commits: Vec<(Ticket, Commit)>,
    /// Until when has been looked ahead, and room for who comes.
    pub(super) foreseen: Instant,
    pub(super) coming: Vec<u32>,
    actions: Vec<Option<Action>>,
    every: Option<Duration>,
    sampled: Sample,
}

impl World {
    /// An empty network.
    #[must_use]
    pub fn new(seed: u64) -> World {
        World {
            now: Instant::EPOCH,
            seed,
            queue: Calendar::new(),
            segments: Vec::new(),
            nodes: Vec::new(),
            populations: Vec::new(),
            customers: Vec::new(),
            flights: Flights::default(),
            fixed: BTreeMap::new(),
            holders: Holders::default(),
            routed: true,
            law: LeaseLaw::over([]),
            measures: Measures::default(),
            observer: None,
            commits: Vec::new(),
            foreseen: Instant::EPOCH,
            coming: Vec::new(),
            actions: Vec::new(),
            every: None,
            sampled: Sample::default(),
        }
    }

    /// Adds a broadcast domain.
    pub fn segment(&mut self, name: &str, quality: Quality) -> SegmentId {
        self.segments.push(Segment::new(name, quality));
        SegmentId(last(self.segments.len()))
    }

    /// Adds a server, whose configuration should have been checked.
    pub fn server(&mut self, name: &str, ports: &[Port], config: Config, temper: Temper) -> NodeId {
        let serving = Serving {
            server: None,
            config,
            disk: Disk::new(temper),
            rogue: false,
            reloading: false,
            bound: 0,
        };
        let id = self.node(name, ports, Role::Server(Box::new(serving)));
        self.listen(id, ports);
        self.boot(id.0);
        self.give();
        id
    }

    /// Adds a relay agent, whose interfaces are numbered as its ports, from 1 on.
    pub fn relay(&mut self, name: &str, ports: &[Port], config: relay::Config) -> NodeId {
        let id = self.node(name, ports, Role::Relay(Box::new(Relay::new(config))));
        self.listen(id, ports);
        id
    }

    /// Adds a host that has its addresses from elsewhere.
    pub fn host(&mut self, name: &str, ports: &[Port]) -> NodeId {
        self.node(name, ports, Role::Static)
    }

    /// Adds customers.
    pub fn population(&mut self, population: Population) -> PopulationId {
        let id = u32::try_from(self.populations.len()).unwrap_or(u32::MAX);
        let (count, arrivals) = (population.count, population.arrivals);
        self.populations.push(population);
        match (arrivals, count) {
            (Arrivals::Apart(_), _) => self.queue.push(self.now, Due::Arrival(id)),
            (_, count) => (0..count.unwrap_or_default()).for_each(|_| self.join(id)),
        }
        PopulationId(id)
    }

    /// Says that a server is one that should not be there.
    pub fn set_rogue(&mut self, node: NodeId) {
        if let Some(serving) = self.nodes.get_mut(place(node.0)).and_then(Node::serving) {
            serving.rogue = true;
        }
        self.give();
    }

    /// Sets a node's clock.
    pub fn set_clock(&mut self, node: NodeId, clock: Clock) {
        if let Some(node) = self.nodes.get_mut(place(node.0)) {
            node.clock = clock;
        }
        self.boot(node.0);
    }

    /// Says whether a router joins the segments.
    pub fn set_routed(&mut self, routed: bool) {
        self.routed = routed;
    }

    /// Has something happen later.
    pub fn plan(&mut self, at: Instant, action: Action) {
        let number = u32::try_from(self.actions.len()).unwrap_or(u32::MAX);
        self.actions.push(Some(action));
        self.queue.push(at, Due::Action(number));
    }

    /// Counts only from then on.
    pub fn measure_from(&mut self, at: Instant) {
        self.queue.push(at, Due::Restart);
    }

    /// Takes samples at equal distances.
    pub fn sample_every(&mut self, every: Duration) {
        if !every.is_zero() {
            self.every = Some(every);
            self.queue.push(self.now + every, Due::Sample);
        }
    }

    /// Has everything told.
    pub fn observe(&mut self, observer: Box<dyn Observer>) {
        self.observer = Some(observer);
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// What was counted.
    #[must_use]
    pub fn measures(&self) -> &Measures {
        &self.measures
    }

    /// The lease law's verdict.
    #[must_use]
    pub fn law(&self) -> &LeaseLaw {
        &self.law
    }

    /// Lets happen what is due until `until`, and at most so much; whether all of it has happened.
    pub fn run(&mut self, until: Instant, most: u64) -> bool {
        for _ in 0..most {
            let Some((at, due)) = self.queue.pop(until) else {
                self.now = self.now.max(until);
                return true;
            };
            self.now = self.now.max(at);
            self.foresee();
            if let Some(observer) = &mut self.observer {
                observer.measured(self.now, &self.measures);
            }
            self.happen(due);
        }
        false
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Node(node) => self.wake_node(node),
            Due::Customer(customer) => self.wake_customer(customer),
            Due::Arrival(population) => self.arrival(population),
            Due::Frame(slot) => self.arrive(slot),
            Due::Store(node) => self.answered(node),
            Due::Action(number) => {
                let action = self.actions.get_mut(place(number)).and_then(Option::take);
                if let Some(action) = action {
                    self.act(action);
                }
            }
            Due::Restart => {
                self.measures.restart(self.now);
                self.sampled = Sample::default();
            }
            Due::Sample => {
                self.measures.sample(self.now, &mut self.sampled);
                if let Some(every) = self.every {
                    self.queue.push(self.now + every, Due::Sample);
                }
            }
        }
    }

    fn node(&mut self, name: &str, ports: &[Port], role: Role) -> NodeId {
        let id = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        for (number, port) in (0..).zip(ports) {
            self.fixed.insert(port.address, (Host::Node(id, number), port.segment));
        }
        self.nodes.push(Node {
            name: name.to_owned(),
            ports: ports.to_vec(),
            clock: Clock::default(),
            plugged: true,
            role,
            wake: Instant::NEVER,
            stream: stream(name, 0),
            draws: 0,
        });
        NodeId(id)
    }

    /// Has a node hear what is broadcast to servers.
    fn listen(&mut self, id: NodeId, ports: &[Port]) {
        for (number, port) in (0..).zip(ports) {
            if let Some(segment) = self.segments.get_mut(place(port.segment.0)) {
                segment.listeners.push((id.0, number));
            }
        }
    }

    /// Tells the law and the measures which addresses may be given.
    pub(super) fn give(&mut self) {
        let mut runs = Vec::new();
        for node in &mut self.nodes {
            let Some(serving) = node.serving().filter(|serving| !serving.rogue) else { continue };
            let table = serving.server.as_ref().map(|server| server.table());
            runs.extend(table.into_iter().flat_map(|table| table.space().runs()));
            if serving.reloading {
                runs.extend(serving.disk.under_way().map(|address| address..=address));
            }
        }
        let runs = merged(runs);
        if !runs.is_empty() {
            let size = |run: &Run| u64::from(run.end().to_bits() - run.start().to_bits()).saturating_add(1);
            self.measures.addresses = runs.iter().map(size).sum();
            self.law.give(runs);
        }
    }

    /// Tells whoever watches.
    pub(super) fn note(&mut self, what: impl FnOnce(&World) -> String) {
        if self.observer.is_some() {
            let what = what(self);
            let now = self.now;
            if let Some(observer) = &mut self.observer {
                observer.note(now, &what);
            }
        }
    }

    /// Tells whoever watches something of a node.
    pub(super) fn tell_of(&mut self, node: u32, tell: impl FnOnce(&mut dyn Observer, Instant, &str)) {
        if self.observer.is_some() {
            let who = self.name(Host::Node(node, 0));
            if let Some(observer) = &mut self.observer {
                tell(observer.as_mut(), self.now, &who);
            }
        }
    }

    /// What a host is called.
    pub(super) fn name(&self, host: Host) -> String {
        match host {
            Host::Node(node, _) => {
                self.nodes.get(place(node)).map_or_else(String::new, |node| node.name.clone())
            }
            Host::Router(_) => "router".to_owned(),
            Host::Customer(number) => {
                let population = self.customers.get(place(number)).map(|customer| customer.population);
                let population = population.and_then(|number| self.populations.get(place(number)));
                population.map_or_else(String::new, |population| format!("{} {number}", population.name))
            }
        }
    }
}

/// Runs without any address in common, of those that two servers may have in common.
fn merged(mut runs: Vec<Run>) -> Vec<Run> {
    runs.sort_by_key(|run| *run.start());
    let mut merged: Vec<Run> = Vec::new();
    for run in runs {
        match merged.last_mut().filter(|last| last.end() >= run.start()) {
            Some(last) => *last = *last.start()..=*last.end().max(run.end()),
            None => merged.push(run),
        }
    }
    merged
}

/// The number of the last of so many.
fn last(length: usize) -> u32 {
    u32::try_from(length.saturating_sub(1)).unwrap_or(u32::MAX)
}
