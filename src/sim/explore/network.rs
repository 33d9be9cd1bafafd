//! Random networks: where clients and servers are, what is served, and what stands on addresses of a range.

use core::net::Ipv4Addr;
use core::time::Duration;

use toml::{Table, Value};

use super::chance::Chance;
use super::draft::time;

/// What the other parts of a scenario have to know of its network.
pub(super) struct Network {
    /// The segments on which clients are, with the third octet of their subnet, `192.0.THIRD.0/24`.
    pub(super) branches: Vec<(&'static str, u8)>,
    /// All segments.
    pub(super) segments: Vec<&'static str>,
    /// All servers that should be there.
    pub(super) servers: Vec<Serving>,
    /// One that should not.
    pub(super) rogue: bool,
    /// Relay agents.
    pub(super) relays: Vec<String>,
    /// How many customers there will be.
    pub(super) customers: u64,
    /// How long leases last.
    pub(super) lease: Duration,
    /// How long it all lasts.
    pub(super) duration: Duration,
}

/// A server and what it serves.
#[derive(Clone)]
pub(super) struct Serving {
    pub(super) name: &'static str,
    /// The first last octet of its ranges, on each branch.
    pub(super) first: u8,
    /// How many addresses it has on each.
    pub(super) size: u8,
    pub(super) settings: Table,
}

/// The segment of servers that are not where their clients are.
const BACKBONE: &str = "backbone";

impl Network {
    /// A network, without anything in the tables.
    pub(super) fn of(chance: &mut Chance) -> Network {
        let lease = Duration::from_secs(chance.pick(60, &[60, 120, 300, 600]));
        let ticks = u32::try_from(chance.within(10, 30)).unwrap_or(8);
        let branches = match chance.within(1, 10) {
            1..=6 => vec![("lan", 2)],
            7..=9 => vec![("branch", 2), (BACKBONE, 0)],
            _ => vec![("branch", 2), ("shop", 3), (BACKBONE, 0)],
        };
        let segments = branches.iter().map(|(name, _)| *name).collect();
        let branches: Vec<_> = branches.into_iter().filter(|(name, _)| *name != BACKBONE).collect();
        let customers = chance.within(2, 20);
        let mut network = Network {
            segments,
            branches,
            servers: Vec::new(),
            rogue: chance.percent(8),
            relays: Vec::new(),
            customers,
            lease,
            duration: lease * ticks,
        };
        network.servers.push(network.serving(chance, "server", 100));
        if chance.percent(35) {
            network.servers.push(network.serving(chance, "second", 180));
        }
        network
    }

    fn serving(&self, chance: &mut Chance, name: &'static str, first: u8) -> Serving {
        let branches = u64::try_from(self.branches.len()).unwrap_or(1);
        let enough = self.customers / branches;
        let size = match chance.within(1, 3) {
            1 => chance.within(1, enough.max(1)),
            _ => chance.within(enough, enough + 8),
        };
        let mut settings = Table::new();
        let mut set = |key: &str, value: Value| settings.insert(key.to_owned(), value);
        set("lease-time", time(self.lease).into());
        set("authoritative", chance.percent(40).into());
        set("rapid-commit", chance.percent(30).into());
        set("offer-hold", time(Duration::from_secs(chance.pick(10, &[2, 5, 30]))).into());
        set("decline-rest", time(chance.part(self.lease, 50, 300)).into());
        set("most-declined", Value::Integer(chance.pick(10, &[50, 100])));
        // Clients may ask for more than what they get when they don't.
        if chance.percent(40) {
            set("max-lease-time", time(self.lease * 3).into());
        }
        set("probe", if chance.percent(20) { "300ms".into() } else { false.into() });
        let size = u8::try_from(size).unwrap_or(u8::MAX);
        Serving { name, first, size: size.clamp(1, 60), settings }
    }

    /// Puts segments, servers, relay agents and hosts into a scenario.
    pub(super) fn write(&mut self, chance: &mut Chance, scenario: &mut Table) {
        scenario.insert("duration".to_owned(), time(self.duration).into());
        if self.segments.len() > 1 && chance.percent(10) {
            scenario.insert("routed".to_owned(), false.into());
        }
        let segments: Vec<Table> = self.segments.iter().map(|name| segment(chance, name)).collect();
        scenario.insert("segment".to_owned(), segments.into());
        let mut servers: Vec<Table> =
            (1..).zip(&self.servers).map(|(last, serving)| self.server(chance, serving, last)).collect();
        if self.rogue {
            servers.push(self.rogue(chance));
        }
        scenario.insert("server".to_owned(), servers.into());
        let relays: Vec<Table> = self.relays(chance);
        if !relays.is_empty() {
            scenario.insert("relay".to_owned(), relays.into());
        }
        if chance.percent(30) {
            scenario.insert("host".to_owned(), vec![self.squatter(chance)].into());
        }
    }

    fn backbone(&self) -> bool {
        self.segments.contains(&BACKBONE)
    }

    fn server(&self, chance: &mut Chance, serving: &Serving, last: u8) -> Table {
        let mut server = Table::new();
        let mut set = |key: &str, value: Value| server.insert(key.to_owned(), value);
        set("name", serving.name.into());
        let (segment, address) = match (self.backbone(), self.branches.first()) {
            (false, Some((name, third))) => (*name, Ipv4Addr::new(192, 0, *third, last)),
            _ => (BACKBONE, Ipv4Addr::new(10, 0, 0, last)),
        };
        set("segment", segment.into());
        set("address", address.to_string().into());
        set("config", serving.config(&self.branches).into());
        if chance.percent(50) {
            set("store", store(chance).into());
        }
        if chance.percent(10) {
            set("clock", clock(chance).into());
        }
        server
    }

    /// A server that should not be there, with addresses of its own or those of the first.
    fn rogue(&self, chance: &mut Chance) -> Table {
        let (name, third) = self.branches.first().copied().unwrap_or(("lan", 2));
        let own = chance.percent(50);
        let subnet = if own { [192, 168, 1] } else { [192, 0, third] };
        let [a, b, c] = subnet;
        let serving = Serving {
            name: "rogue",
            first: 100,
            size: 10,
            settings: [("lease-time".to_owned(), Value::from(time(self.lease)))].into_iter().collect(),
        };
        let mut rogue = Table::new();
        rogue.insert("name".to_owned(), "rogue".into());
        rogue.insert("segment".to_owned(), name.into());
        rogue.insert("address".to_owned(), Ipv4Addr::new(a, b, c, 9).to_string().into());
        rogue.insert("rogue".to_owned(), true.into());
        rogue.insert("config".to_owned(), serving.over(&[subnet]).into());
        rogue
    }

    /// One relay agent on each branch, if the servers are elsewhere.
    fn relays(&mut self, chance: &mut Chance) -> Vec<Table> {
        if !self.backbone() {
            return Vec::new();
        }
        let last = u8::try_from(self.servers.len()).unwrap_or(1);
        let servers: Vec<Value> = (1..=last).map(|last| Value::from(format!("10.0.0.{last}"))).collect();
        let mut relays = Vec::new();
        for (number, (name, third)) in (1..).zip(&self.branches) {
            let called = format!("{name}-relay");
            let mut relay = Table::new();
            let mut set = |key: &str, value: Value| relay.insert(key.to_owned(), value);
            set("name", called.clone().into());
            set("segment", vec![*name, BACKBONE].into());
            set("address", vec![format!("192.0.{third}.1"), format!("10.0.0.{}", 100 + number)].into());
            set("servers", servers.clone().into());
            if chance.percent(50) {
                set("circuit-id", (*name).into());
            }
            self.relays.push(called);
            relays.push(relay);
        }
        relays
    }

    /// A host that has taken an address of a range.
    fn squatter(&self, chance: &mut Chance) -> Table {
        let (name, third) = self.branches.first().copied().unwrap_or(("lan", 2));
        let (first, size) = self.servers.first().map_or((100, 1), |serving| (serving.first, serving.size));
        let last = u64::from(first) + chance.within(0, u64::from(size.saturating_sub(1)));
        let mut host = Table::new();
        host.insert("name".to_owned(), "squatter".into());
        host.insert("segment".to_owned(), name.into());
        host.insert("address".to_owned(), format!("192.0.{third}.{last}").into());
        host
    }
}

impl Serving {
    /// A configuration that serves its addresses on all branches.
    pub(super) fn config(&self, branches: &[(&'static str, u8)]) -> Table {
        let subnets: Vec<[u8; 3]> = branches.iter().map(|(_, third)| [192, 0, *third]).collect();
        self.over(&subnets)
    }

    fn over(&self, subnets: &[[u8; 3]]) -> Table {
        let mut config = self.settings.clone();
        let subnet = |[a, b, c]: &[u8; 3]| {
            let last = self.first.saturating_add(self.size.saturating_sub(1));
            let mut subnet = Table::new();
            subnet.insert("subnet".to_owned(), format!("{a}.{b}.{c}.0/24").into());
            subnet
                .insert("ranges".to_owned(), format!("{a}.{b}.{c}.{}-{a}.{b}.{c}.{last}", self.first).into());
            subnet
        };
        let subnets: Vec<Table> = subnets.iter().map(subnet).collect();
        config.insert("subnet".to_owned(), subnets.into());
        config
    }
}

/// A segment that may be slow, lossy and worse.
fn segment(chance: &mut Chance, name: &str) -> Table {
    let mut segment = Table::new();
    segment.insert("name".to_owned(), name.into());
    segment.insert("latency".to_owned(), format!("{}us", chance.pick(100, &[1000, 5000, 40_000])).into());
    if chance.percent(40) {
        quality(chance, &mut segment);
    }
    if chance.percent(10) {
        segment.insert("rate".to_owned(), chance.pick("10M", &["256k", "64k"]).into());
    }
    segment
}

/// What a segment does to frames besides being slow.
pub(super) fn quality(chance: &mut Chance, segment: &mut Table) {
    let mut set = |key: &str, value: Value| segment.insert(key.to_owned(), value);
    if chance.percent(60) {
        set("loss", Value::Integer(chance.pick(5, &[1, 20, 50])));
    }
    if chance.percent(40) {
        set("duplicate", Value::Integer(chance.pick(5, &[1, 30])));
    }
    if chance.percent(40) {
        set("reorder", Value::Integer(chance.pick(10, &[2, 40])));
        set("held-up", format!("{}ms", chance.pick(20, &[200, 900])).into());
    }
    if chance.percent(50) {
        set("jitter", format!("{}ms", chance.pick(5, &[1, 60])).into());
    }
}

/// How a store behaves that is slow, short of room or refuses.
pub(super) fn store(chance: &mut Chance) -> Table {
    let mut store = Table::new();
    let mut set = |key: &str, value: Value| store.insert(key.to_owned(), value);
    set("latency", format!("{}ms", chance.pick(5, &[1, 40, 900])).into());
    if chance.percent(25) {
        set("refuse", Value::Integer(chance.pick(10, &[2, 40])));
    }
    if chance.percent(15) {
        set("room", Value::Integer(chance.pick(3, &[1, 6])));
    }
    store
}

/// A clock that is wrong.
pub(super) fn clock(chance: &mut Chance) -> Table {
    let mut clock = Table::new();
    clock.insert("ahead".to_owned(), chance.pick("2s", &["-30s", "10m", "0s"]).into());
    clock.insert("drift".to_owned(), Value::Integer(chance.pick(0, &[200, -200, 20_000, -20_000])));
    clock
}
