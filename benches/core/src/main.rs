//! What an exchange costs the server endpoint: both messages in, both replies and the commit out, no socket, no store.
//!
//! `cargo run --release --manifest-path benches/core/Cargo.toml [-- LEASES...]`; with one number it does nothing but
//! what a profiler shall see.

mod clients;
mod counting;

use std::net::{Ipv4Addr, SocketAddrV4};

use clients::{SERVER, Template};
use counting::{Counting, allocations, live};
use dhcpsim::endpoint::{Arrived, Endpoint, Input, Instant, Lane, Output};
use dhcpsim::lease::{Binding, LeaseLaw, Pool, Subnet};
use dhcpsim::packet::Packet;
use dhcpsim::server::{Config, LeaseTimes, Server};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Exchanges that are measured at each size.
const EXCHANGES: u32 = 60_000;
/// Exchanges a slice.
const SLICE: u32 = 200;

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
    let last = Ipv4Addr::from(0x0a00_0100 + leases + EXCHANGES);
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
            addresses: Vec::with_capacity((leases + EXCHANGES) as usize),
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
    let datagram = Input::Datagram { from, to: Ipv4Addr::BROADCAST, arrived: Arrived::at(SERVER), payload };
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

/// Processor time of this thread in nanoseconds: the machine has other work too.
fn cpu() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock is one that Linux has, and the place for the time is ours.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Nanoseconds of processor time and allocations each: the median of many slices.
fn measured(mut one: impl FnMut(u32)) -> (f64, f64) {
    let (mut times, before) = (Vec::new(), allocations());
    let mut number = 0;
    while number < EXCHANGES {
        let start = cpu();
        (0..SLICE).for_each(|step| one(number + step));
        times.push((cpu() - start) as f64 / f64::from(SLICE));
        number += SLICE;
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], (allocations() - before) as f64 / f64::from(EXCHANGES))
}

/// Clients in an order that no cache foresees.
fn scattered(step: u32, leases: u32) -> u32 {
    step.wrapping_mul(2_654_435_761) % leases
}

fn report(leases: u32) {
    let before = live();
    let mut bench = Bench::new(leases);
    bench.fill(leases);
    let octets = (live() - before) / u64::from(leases);
    let again = measured(|step| {
        bench.exchange(scattered(step, leases));
    });
    let addresses = core::mem::take(&mut bench.addresses);
    let renewed = measured(|step| {
        let client = scattered(step, leases);
        bench.renewal(client, addresses[client as usize]);
    });
    let new = measured(|step| {
        bench.exchange(leases + step);
    });
    let bindings: Vec<Binding> = bench.server.table().bindings().cloned().collect();
    let kept = bindings.len();
    drop(bench);
    let start = cpu();
    let server = Server::new(config(leases), bindings);
    let restored = (cpu() - start) as f64 / 1e6;
    assert_eq!(kept as u64, server.table().bound());
    println!(
        "{leases:>8} {:>9.0} {:>6.1} {:>9.0} {:>6.1} {:>9.0} {:>6.1} {octets:>8} {:>9.1} ms for {kept}",
        new.0, new.1, again.0, again.1, renewed.0, renewed.1, restored
    );
}

/// DISCOVERs from invented addresses, 25,000 a second for ten seconds, beside 4,000 leases and 60,000 free addresses.
fn flood(what: &str, mut discover: Template) {
    const MESSAGES: u32 = 250_000;
    let mut bench = Bench::new(4_000);
    bench.fill(4_000);
    let (before, mut most) = (live(), 0);
    let (start, mut lanes) = (cpu(), 0);
    for client in 0..MESSAGES {
        bench.micros += 40;
        let message = discover.of(0x8000_0000 + client, None);
        deliver(&mut bench.server, bench.micros, message);
        most = most.max(live());
    }
    let each = (cpu() - start) / u64::from(MESSAGES);
    let start = cpu();
    for client in 0..MESSAGES {
        let lane = bench.server.lane(discover.of(0x8000_0000 + client, None));
        lanes += u32::from(lane == Lane::Known);
    }
    let lane = (cpu() - start) / u64::from(MESSAGES);
    bench.server.handle(Instant::from_micros(bench.micros + 11_000_000), Input::Deadline);
    while bench.server.poll().is_some() {}
    let mib = |octets: u64| octets.saturating_sub(before) as f64 / f64::from(1 << 20);
    println!(
        "flood, {what}: {each} ns a DISCOVER, {lane} ns a lane ({lanes} known), memory +{:.1} MiB, +{:.1} MiB when it is over",
        mib(most),
        mib(live())
    );
}

/// What the lease law takes to watch a message: 65,000 clients that discover, take, and come again.
fn law() {
    const CLIENTS: u32 = 65_000;
    let mut bench = Bench::new(CLIENTS);
    let (mut messages, mut commits) = (Vec::new(), Vec::new());
    for client in (0..CLIENTS).chain(0..CLIENTS) {
        bench.micros += 50;
        let now = Instant::from_micros(bench.micros);
        let discover = bench.discover.of(client, None).to_vec();
        let address = deliver(&mut bench.server, bench.micros, &discover);
        let select = bench.select.of(client, address).to_vec();
        let server = &mut bench.server;
        let (from, arrived) = (SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 68), Arrived::at(SERVER));
        server.handle(now, Input::Datagram { from, to: Ipv4Addr::BROADCAST, arrived, payload: &select });
        messages.extend([(now, discover), (now, select)]);
        while let Some(output) = server.poll() {
            match output {
                Output::Commit(ticket, commit) => {
                    commits.push(commit);
                    server.handle(now, Input::Committed(ticket, Ok(())));
                }
                Output::Transmit(transmit) => messages.push((now, transmit.payload)),
                _ => {}
            }
        }
    }
    let mut law = LeaseLaw::over(bench.server.table().space().runs());
    let (before, start) = (live(), cpu());
    commits.iter().for_each(|commit| law.stored(commit));
    messages.iter().for_each(|(now, octets)| law.sent(*now, octets));
    let each = (cpu() - start) as f64 / messages.len() as f64;
    let octets = (live() - before) / u64::from(CLIENTS);
    assert!(law.violations().is_empty() && law.grants() == u64::from(2 * CLIENTS));
    println!("lease law: {each:.0} ns a message, {octets} octets an address");
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
    flood("identifiers of 7 octets", Template::discover());
    flood("identifiers of 250 octets", Template::discover_long());
    law();
}
