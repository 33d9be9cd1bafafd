//! Where a frame's time goes: the parts of a renewal, each by itself, with the library's own doors.
//!
//! A renewal is two frames, as most of a day's are. The clients renew in turn, as in the world, so that each part finds
//! the caches as full as it does there.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant as Wall};

use dhcpsim::client::{Client, Config};
use dhcpsim::endpoint::{Arrived, Endpoint, Input, Instant, Output};
use dhcpsim::lease::{LeaseLaw, Pool, Subnet};
use dhcpsim::link::{self, Envelope, LinkType, Mac};
use dhcpsim::server::{LeaseTimes, Server};
use dhcpsim::time::Calendar;

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const LEASE: u32 = 7200;
/// Renewals that are measured.
const RENEWALS: u32 = 200_000;

/// The parts and what they took.
#[derive(Default)]
struct Spent {
    client: Duration,
    server: Duration,
    frames: Duration,
    law: Duration,
    calendar: Duration,
}

struct Bench {
    clients: Vec<Client>,
    server: Server,
    law: LeaseLaw,
    calendar: Calendar<u32>,
    frame: Vec<u8>,
    spent: Spent,
}

/// Prints the parts for so many clients, in nanoseconds a frame.
pub(crate) fn print(clients: u32) {
    let mut bench = Bench::new(clients);
    let mut now = Instant::EPOCH;
    for number in 0..clients {
        bench.exchange(number, now);
    }
    bench.spent = Spent::default();
    for renewal in 0..RENEWALS {
        if renewal % clients == 0 {
            now = now + Duration::from_secs(u64::from(LEASE / 2));
        }
        bench.exchange(renewal % clients, now);
    }
    assert_eq!(0, bench.law.violations().len());
    let watch = overhead();
    println!("where the time goes, ns a frame of a renewal by one of {clients} clients:");
    let spent = &bench.spent;
    // How often each part looks at the watch for two frames.
    for (part, time, looks) in [
        ("client", spent.client, 2),
        ("server", spent.server, 1),
        ("frames", spent.frames, 2),
        ("lease law", spent.law, 1),
        ("calendar", spent.calendar, 1),
    ] {
        let time = time.saturating_sub(watch * RENEWALS * looks);
        println!("  {part:<10} {:5.0}", time.as_secs_f64() * 1e9 / f64::from(2 * RENEWALS));
    }
}

impl Bench {
    fn new(clients: u32) -> Bench {
        let subnet = Subnet::of(Ipv4Addr::new(10, 0, 0, 0), 8).unwrap();
        let (first, last) = (Ipv4Addr::new(10, 1, 0, 0), Ipv4Addr::from_bits(0x0a01_0000 + clients));
        let pool = Pool::new(subnet, first, last).unwrap();
        let times = LeaseTimes::new(LEASE).unwrap();
        let config = dhcpsim::server::Config::simple(SERVER, &pool, &[SERVER], &[SERVER], times);
        let client = |number: u32| {
            let [a, b, c, d] = number.to_be_bytes();
            let mut client = Client::idle(Config::ethernet([2, 0, a, b, c, d], number.into()));
            client.start(Instant::EPOCH);
            client
        };
        Bench {
            clients: (0..clients).map(client).collect(),
            server: Server::new(config, Vec::new()),
            law: LeaseLaw::over([first..=last]),
            calendar: Calendar::new(),
            frame: Vec::new(),
            spent: Spent::default(),
        }
    }

    /// All that a client has to say now, and what it is answered.
    fn exchange(&mut self, number: u32, now: Instant) {
        let mut asks = self.ask(number, now, Input::Deadline);
        while let Some(request) = asks.take() {
            self.carry(&request);
            let Some(reply) = self.serve(now, &request) else { return };
            let start = Wall::now();
            self.law.sent(now, &reply);
            self.spent.law += start.elapsed();
            self.carry(&reply);
            asks = self.ask(number, now, datagram(&reply));
        }
        self.turn(number, now);
    }

    fn ask(&mut self, number: u32, now: Instant, input: Input<'_>) -> Option<Vec<u8>> {
        let client = &mut self.clients[number as usize];
        let start = Wall::now();
        client.handle(now, input);
        let mut said = None;
        while let Some(output) = client.poll() {
            if let Output::Transmit(transmit) = output {
                said = Some(transmit.payload);
            }
        }
        self.spent.client += start.elapsed();
        said
    }

    fn serve(&mut self, now: Instant, request: &[u8]) -> Option<Vec<u8>> {
        let start = Wall::now();
        self.server.handle(now, datagram(request));
        let mut said = None;
        while let Some(output) = self.server.poll() {
            match output {
                Output::Commit(ticket, commit) => {
                    self.law.stored(&commit);
                    self.server.handle(now, Input::Committed(ticket, Ok(())));
                }
                Output::Transmit(transmit) => said = Some(transmit.payload),
                _ => {}
            }
        }
        self.spent.server += start.elapsed();
        said
    }

    /// Headers and checksums, and reading them.
    fn carry(&mut self, payload: &[u8]) {
        let (source, destination) = (SocketAddrV4::new(SERVER, 67), SocketAddrV4::new(SERVER, 68));
        let envelope = Envelope { source, destination, source_mac: Mac([2; 6]), destination_mac: Mac([4; 6]) };
        self.frame.clear();
        let start = Wall::now();
        envelope.append_ethernet(payload, &mut self.frame).unwrap();
        let read = link::datagram(LinkType::Ethernet, &self.frame).unwrap();
        self.spent.frames += start.elapsed();
        assert_eq!(payload, read.payload);
    }

    /// What two frames put in and take out: both ways, the store's answer, and when the client looks again.
    fn turn(&mut self, number: u32, now: Instant) {
        let start = Wall::now();
        for micros in [2_000, 3_000, 5_000, 3_600_000_000] {
            self.calendar.push(now + Duration::from_micros(micros), number);
        }
        while self.calendar.pop(now + Duration::from_secs(1)).is_some() {}
        self.spent.calendar += start.elapsed();
    }
}

fn datagram(payload: &[u8]) -> Input<'_> {
    let from = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 68);
    Input::Datagram { from, to: Ipv4Addr::BROADCAST, arrived: Arrived::at(SERVER), payload }
}

/// What a look at the watch takes.
fn overhead() -> Duration {
    const LOOKS: u32 = 1_000_000;
    let start = Wall::now();
    let sum: Duration = (0..LOOKS).map(|_| Wall::now().elapsed()).sum();
    std::hint::black_box(sum);
    start.elapsed() / LOOKS / 2
}
