//! The messages: a DISCOVER, OFFER, REQUEST and ACK as networks with relay agents have them, and variants in which
//! order, choice, values and lengths of the options are random, from a fixed seed.

use std::net::Ipv4Addr;

/// An option as a program holds it before it builds a message.
#[derive(Clone, Debug)]
pub enum Opt {
    Type(u8),
    Mask(Ipv4Addr),
    Router(Vec<Ipv4Addr>),
    Dns(Vec<Ipv4Addr>),
    HostName(String),
    DomainName(String),
    Mtu(u16),
    Broadcast(Ipv4Addr),
    Ntp(Vec<Ipv4Addr>),
    RequestedAddress(Ipv4Addr),
    LeaseTime(u32),
    Server(Ipv4Addr),
    ParameterList(Vec<u8>),
    MaximumSize(u16),
    Renewal(u32),
    Rebinding(u32),
    VendorClass(String),
    ClientId(Vec<u8>),
    Relay(Vec<Sub>),
}

/// A relay agent's sub-option (RFC 3046, RFC 3527, RFC 3993, RFC 5107).
#[derive(Clone, Debug)]
pub enum Sub {
    CircuitId(Vec<u8>),
    RemoteId(Vec<u8>),
    LinkSelection(Ipv4Addr),
    SubscriberId(String),
    ServerOverride(Ipv4Addr),
}

/// A message as a program holds it.
#[derive(Clone, Debug)]
pub struct Spec {
    pub op: u8,
    pub xid: u32,
    pub secs: u16,
    pub flags: u16,
    pub ciaddr: Ipv4Addr,
    pub yiaddr: Ipv4Addr,
    pub siaddr: Ipv4Addr,
    pub giaddr: Ipv4Addr,
    pub chaddr: [u8; 6],
    pub options: Vec<Opt>,
}

impl Opt {
    pub fn code(&self) -> u8 {
        match self {
            Opt::Mask(_) => 1,
            Opt::Router(_) => 3,
            Opt::Dns(_) => 6,
            Opt::HostName(_) => 12,
            Opt::DomainName(_) => 15,
            Opt::Mtu(_) => 26,
            Opt::Broadcast(_) => 28,
            Opt::Ntp(_) => 42,
            Opt::RequestedAddress(_) => 50,
            Opt::LeaseTime(_) => 51,
            Opt::Type(_) => 53,
            Opt::Server(_) => 54,
            Opt::ParameterList(_) => 55,
            Opt::MaximumSize(_) => 57,
            Opt::Renewal(_) => 58,
            Opt::Rebinding(_) => 59,
            Opt::VendorClass(_) => 60,
            Opt::ClientId(_) => 61,
            Opt::Relay(_) => 82,
        }
    }
}

impl Sub {
    pub fn code(&self) -> u8 {
        match self {
            Sub::CircuitId(_) => 1,
            Sub::RemoteId(_) => 2,
            Sub::LinkSelection(_) => 5,
            Sub::SubscriberId(_) => 6,
            Sub::ServerOverride(_) => 11,
        }
    }
}

impl Spec {
    /// With options and sub-options by ascending code: dhcproto writes no other order.
    pub fn ascending(&self) -> Spec {
        let mut spec = self.clone();
        spec.options.sort_by_key(Opt::code);
        for option in &mut spec.options {
            if let Opt::Relay(subs) = option {
                subs.sort_by_key(Sub::code);
            }
        }
        spec
    }
}

/// A set of messages that is measured together.
pub struct Set {
    pub name: &'static str,
    pub specs: Vec<Spec>,
}

const ZERO: Ipv4Addr = Ipv4Addr::UNSPECIFIED;
const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 67, 0, 42);
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 67, 0, 1);
const RELAY: Ipv4Addr = Ipv4Addr::new(10, 67, 0, 254);
const MAC: [u8; 6] = [0x02, 0, 0x5e, 0x10, 0x20, 0x30];

/// The sets in the order of the table.
pub fn sets() -> Vec<Set> {
    vec![
        Set { name: "DISCOVER", specs: vec![discover()] },
        Set { name: "OFFER", specs: vec![offer()] },
        Set { name: "REQUEST", specs: vec![request()] },
        Set { name: "ACK", specs: vec![ack()] },
        Set { name: "in order", specs: vec![discover(), offer(), request(), ack()] },
        Set { name: "shuffled", specs: shuffled(512) },
    ]
}

fn header(op: u8, yiaddr: Ipv4Addr, options: Vec<Opt>) -> Spec {
    Spec {
        op,
        xid: 0x3903_f326,
        secs: 3,
        flags: 0x8000,
        ciaddr: ZERO,
        yiaddr,
        siaddr: ZERO,
        giaddr: RELAY,
        chaddr: MAC,
        options,
    }
}

fn client_id() -> Opt {
    Opt::ClientId([&[1][..], &MAC].concat())
}

fn relay() -> Opt {
    Opt::Relay(vec![Sub::CircuitId(b"eth 1/1/4:100".to_vec()), Sub::RemoteId(MAC.to_vec())])
}

fn parameters() -> Opt {
    Opt::ParameterList(vec![1, 28, 2, 3, 15, 6, 119, 12, 44, 47, 26, 121, 42])
}

/// Eight options.
fn discover() -> Spec {
    header(
        1,
        ZERO,
        vec![
            Opt::Type(1),
            client_id(),
            Opt::RequestedAddress(CLIENT),
            Opt::MaximumSize(1500),
            Opt::VendorClass("android-dhcp-13".into()),
            Opt::HostName("alpha".into()),
            parameters(),
            relay(),
        ],
    )
}

/// Eleven options.
fn offer() -> Spec {
    header(
        2,
        CLIENT,
        vec![
            Opt::Type(2),
            Opt::Server(SERVER),
            Opt::LeaseTime(3600),
            Opt::Renewal(1800),
            Opt::Rebinding(3150),
            Opt::Mask(Ipv4Addr::new(255, 255, 255, 0)),
            Opt::Router(vec![SERVER]),
            Opt::Dns(vec![Ipv4Addr::new(10, 67, 0, 2), Ipv4Addr::new(10, 67, 0, 3)]),
            Opt::DomainName("lan.example".into()),
            Opt::Broadcast(Ipv4Addr::new(10, 67, 0, 255)),
            relay(),
        ],
    )
}

/// Nine options.
fn request() -> Spec {
    let mut spec = discover();
    spec.options[0] = Opt::Type(3);
    spec.options.insert(3, Opt::Server(SERVER));
    spec
}

/// Fourteen options.
fn ack() -> Spec {
    let mut spec = offer();
    spec.options[0] = Opt::Type(5);
    let last = spec.options.len() - 1;
    let more = [Opt::HostName("alpha".into()), Opt::Ntp(vec![Ipv4Addr::new(10, 67, 0, 4)]), Opt::Mtu(1500)];
    spec.options.splice(last..last, more);
    spec
}

/// Numbers that are the same on every machine (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// From `low` to `high`, both included.
    fn within(&mut self, low: u64, high: u64) -> u64 {
        low + (self.next() >> 32) % (high - low + 1)
    }

    fn address(&mut self) -> Ipv4Addr {
        Ipv4Addr::from(self.next() as u32)
    }

    fn addresses(&mut self, most: u64) -> Vec<Ipv4Addr> {
        (0..self.within(1, most)).map(|_| self.address()).collect()
    }

    fn text(&mut self, low: u64, high: u64) -> String {
        (0..self.within(low, high)).map(|_| char::from(self.within(97, 122) as u8)).collect()
    }

    fn octets(&mut self, low: u64, high: u64) -> Vec<u8> {
        (0..self.within(low, high)).map(|_| self.next() as u8).collect()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.within(0, last as u64) as usize);
        }
    }
}

/// Messages of 8 to 14 options, type and 82 always among them, in random order.
fn shuffled(count: usize) -> Vec<Spec> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    (0..count)
        .map(|index| {
            let (op, kind) = [(1, 1), (2, 2), (1, 3), (2, 5)][index % 4];
            let mut pool = pool(&mut random);
            random.shuffle(&mut pool);
            pool.truncate(random.within(6, 12) as usize);
            pool.extend([Opt::Type(kind), random_relay(&mut random)]);
            random.shuffle(&mut pool);
            Spec {
                xid: random.next() as u32,
                secs: random.next() as u16,
                giaddr: random.address(),
                ..header(op, random.address(), pool)
            }
        })
        .collect()
}

fn pool(random: &mut Random) -> Vec<Opt> {
    vec![
        Opt::Mask(random.address()),
        Opt::Router(random.addresses(3)),
        Opt::Dns(random.addresses(4)),
        Opt::HostName(random.text(1, 24)),
        Opt::DomainName(random.text(3, 30)),
        Opt::Mtu(random.within(68, 9000) as u16),
        Opt::Broadcast(random.address()),
        Opt::Ntp(random.addresses(3)),
        Opt::RequestedAddress(random.address()),
        Opt::LeaseTime(random.next() as u32),
        Opt::Server(random.address()),
        Opt::ParameterList(random.octets(1, 24)),
        Opt::MaximumSize(random.within(576, 9000) as u16),
        Opt::Renewal(random.next() as u32),
        Opt::Rebinding(random.next() as u32),
        Opt::VendorClass(random.text(4, 20)),
        Opt::ClientId(random.octets(7, 19)),
    ]
}

fn random_relay(random: &mut Random) -> Opt {
    let mut subs = vec![
        Sub::CircuitId(random.octets(4, 20)),
        Sub::RemoteId(random.octets(6, 12)),
        Sub::LinkSelection(random.address()),
        Sub::SubscriberId(random.text(4, 12)),
        Sub::ServerOverride(random.address()),
    ];
    random.shuffle(&mut subs);
    subs.truncate(random.within(1, 4) as usize);
    Opt::Relay(subs)
}
