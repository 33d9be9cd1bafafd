//! What an exchange costs the server endpoint: both messages in, both replies and the commit out, no socket, no store.
//!
//! `cargo run --release --manifest-path benches/core/Cargo.toml [-- LEASES...]`; with one number it does nothing but
//! what a profiler shall see.

mod clients;
mod counting;

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Instant as Clock;

use clients::{SERVER, Template};
use counting::{Counting, allocations, live};
use dhcpsim::endpoint::{Arrived, Endpoint, Input, Instant, Output};
use dhcpsim::lease::{Binding, Pool, Subnet};
use dhcpsim::packet::Packet;
use dhcpsim::server::{Config, LeaseTimes, Server};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Exchanges that are measured at each size.
const EXCHANGES: u32 = 20_000;
/// Rounds; the best counts, since others use the machine too.
const ROUNDS: u32 = 5;

struct Bench {
    server: Server,
    micros: u64,
    discover: Template,
    select: Template,
    renew: Template,
    /// By client, its address.
    addresses: Vec<Ipv4Addr>,
}

fn config(leases: u32) -> Config {
    let subnet = Subnet::of(Ipv4Addr::new(10, 0, 0, 0), 8).expect("a subnet");
    let last = Ipv4Addr::from(0x0a00_0100 + leases + EXCHANGES * (ROUNDS + 1));
    let pool = Pool::new(subnet, Ipv4Addr::new(10, 0, 1, 0), last).expect("a pool");
    let dns = [Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 3)];
    Config::simple(SERVER, &pool, &[SERVER], &dns, LeaseTimes::new(86_400).expect("a lease"))
}

impl Bench {
    fn new(leases: u32) -> Bench {
        Bench {
            server: Server::new(config(leases), Vec::new()),
            micros: 1_000_000_000_000,
            discover: Template::discover(),
            select: Template::select(),
            renew: Template::renew(),
            addresses: Vec::with_capacity((leases + EXCHANGES * (ROUNDS + 1)) as usize),
        }
    }

    /// Discovers, takes the offer, and gives the address.
    fn exchange(&mut self, client: u32) -> Ipv4Addr {
        self.micros += 50;
        let offered = deliver(&mut self.server, self.micros, self.discover.of(client, None));
        let message = self.select.of(client, Some(offered.expect("an offer")));
        deliver(&mut self.server, self.micros, message).expect("an ack")
    }

    fn renewal(&mut self, client: u32, address: Ipv4Addr) {
        self.micros += 50;
        let message = self.renew.of(client, Some(address));
        assert_eq!(Some(address), deliver(&mut self.server, self.micros, message));
    }

    fn fill(&mut self, leases: u32) {
        for client in 0..leases {
            let address = self.exchange(client);
            self.addresses.push(address);
        }
    }
}

/// Hands a message in, keeps what is to be kept, and gives yiaddr of the reply.
fn deliver(server: &mut Server, micros: u64, payload: &[u8]) -> Option<Ipv4Addr> {
    let now = Instant::from_micros(micros);
    let from = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 68);
    let datagram =
        Input::Datagram { from, to: Ipv4Addr::BROADCAST, arrived: Arrived::at(SERVER), payload };
    server.handle(now, datagram);
    let mut yiaddr = None;
    while let Some(output) = server.poll() {
        match output {
            Output::Commit(ticket, _) => server.handle(now, Input::Committed(ticket, Ok(()))),
            Output::Transmit(transmit) => {
                yiaddr = Packet::parse(&transmit.payload).ok().map(|reply| reply.yiaddr());
            }
            _ => {}
        }
    }
    yiaddr
}

/// Nanoseconds and allocations each, the best of some rounds.
fn measured(mut round: impl FnMut(u32)) -> (f64, f64) {
    let (mut best, mut allocated) = (f64::MAX, f64::MAX);
    for number in 0..ROUNDS {
        let (start, before) = (Clock::now(), allocations());
        round(number);
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(EXCHANGES));
        allocated = allocated.min((allocations() - before) as f64 / f64::from(EXCHANGES));
    }
    (best, allocated)
}

/// Clients in an order that no cache foresees.
fn scattered(leases: u32) -> impl Iterator<Item = u32> {
    (0..EXCHANGES).map(move |step| step.wrapping_mul(2_654_435_761) % leases)
}

fn report(leases: u32) {
    let before = live();
    let mut bench = Bench::new(leases);
    bench.fill(leases);
    let octets = (live() - before) / u64::from(leases);
    let new = measured(|round| {
        for client in 0..EXCHANGES {
            bench.exchange(leases + round * EXCHANGES + client);
        }
    });
    let again = measured(|_| {
        for client in scattered(leases) {
            bench.exchange(client);
        }
    });
    let addresses = core::mem::take(&mut bench.addresses);
    let renewed = measured(|_| {
        for client in scattered(leases) {
            bench.renewal(client, addresses[client as usize]);
        }
    });
    let bindings: Vec<Binding> = bench.server.table().bindings().cloned().collect();
    let kept = bindings.len();
    drop(bench);
    let start = Clock::now();
    let server = Server::new(config(leases), bindings);
    let restored = start.elapsed().as_secs_f64() * 1000.0;
    assert_eq!(kept as u64, server.table().bound());
    println!(
        "{leases:>8} {:>9.0} {:>6.1} {:>9.0} {:>6.1} {:>9.0} {:>6.1} {octets:>8} {:>9.1} ms for {kept}",
        new.0, new.1, again.0, again.1, renewed.0, renewed.1, restored
    );
}

fn main() {
    let told: Vec<u32> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    if let [leases] = told[..] {
        let mut bench = Bench::new(leases);
        bench.fill(leases);
        return;
    }
    println!("  leases   new, ns  alloc again, ns  alloc renew, ns  alloc  octets   restore");
    for leases in if told.is_empty() { vec![4_000, 65_000, 256_000] } else { told } {
        report(leases);
    }
}
