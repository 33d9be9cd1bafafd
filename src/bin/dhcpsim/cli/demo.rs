//! `dhcpsim demo`.

mod ladder;
mod witness;

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use clap::Args;
use dhcpsim::client::{Client, Config as ClientConfig};
use dhcpsim::endpoint::{Event, Instant};
use dhcpsim::lease::{Pool, Subnet};
use dhcpsim::net::{Addressing, Clock, Driver, Ended, Stop};
use dhcpsim::server::{Config, LeaseTimes, Server};
use dhcpsim::store::Memory;

use super::client::{Pause, random_chaddr};
use super::exit::Complaint;
use super::recorder::Recorder;
use super::show::{BOLD, DIM};
use super::socket;
use super::{Exit, Failure, Global};
use ladder::Ladder;
use witness::Witness;

/// The longest that the demo tries, the pause before the DHCPREQUEST not counted.
const PATIENCE: Duration = Duration::from_secs(5);

const EXAMPLES: &str = "\
Examples:
  dhcpsim demo                              one lease from DISCOVER to RELEASE
  dhcpsim demo -v                           with every field and option of each message
  dhcpsim demo --capture demo.pcapng        and open the file in Wireshark
  dhcpsim demo --request-delay 2s           slowly

Exit status: 0 the client got a lease, 4 no reply in time, 5 no port or no file";

/// Run a server and a client over loopback and show the exchange. Needs no root and changes nothing.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Demo {
    /// The pause between the offer and the DHCPREQUEST, such as 500ms
    #[arg(long, value_name = "TIME", default_value = "0s")]
    request_delay: Pause,
    /// Seed of all random choices, for the same messages again [default: from the clock]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// One JSON object a line on stdout
    #[arg(long)]
    json: bool,
    /// Write the messages to a pcapng file that Wireshark reads as DHCP
    #[arg(long, value_name = "FILE")]
    capture: Option<PathBuf>,
}

/// The demo's server, in a thread of its own.
struct Serving {
    at: SocketAddrV4,
    stop: Stop,
    events: mpsc::Receiver<(Instant, Event)>,
    thread: JoinHandle<io::Result<Ended>>,
}

impl Demo {
    pub(crate) fn run(self, global: &Global) -> Result<Exit, Failure> {
        let clock = Clock::start();
        let stop = Stop::new().on_signals()?;
        let serving = Serving::start(clock)?;
        let outcome = self.ask(global, clock, &stop, &serving);
        serving.end();
        let exit = outcome?;
        if exit == Exit::Done && !self.json && !global.quiet {
            self.hints()?;
        }
        Ok(exit)
    }

    /// Gets a lease, shows it and gives it back.
    fn ask(&self, global: &Global, clock: Clock, stop: &Stop, serving: &Serving) -> Result<Exit, Failure> {
        let socket = socket::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
        let about = format!("UDP {}", serving.at);
        let recorder = self.capture.as_deref().map(|path| Recorder::create(path, &about)).transpose()?;
        let start = clock.now();
        let config = self.client(start.as_micros());
        let ladder = Ladder::new(self.json, global, recorder, start);
        ladder.head(&config.chaddr, serving.at)?;
        let addressing = Addressing::ClientOf(serving.at);
        let mut driver =
            Driver::new(socket, addressing, clock, Client::new(config, start), Memory::new(), ladder)?;
        match driver.run(stop, start + PATIENCE + self.request_delay.0)? {
            Ended::Done => {}
            Ended::Stopped => return Ok(Exit::Interrupted),
            Ended::TimeUp => {
                return Err(Failure::NoReply(Complaint::new("the demo's client got no lease in time")));
            }
        }
        driver.endpoint.release(clock.now());
        driver.flush()?;
        let freed = serving.wait_for(|event| matches!(event, Event::Released(_)));
        driver.observer.foot(freed)?;
        Ok(Exit::Done)
    }

    fn client(&self, now: u64) -> ClientConfig {
        let seed = self.seed.unwrap_or(now ^ u64::from(std::process::id()) << 40);
        let mut config = ClientConfig::ethernet(random_chaddr(seed), seed);
        config.host_name = Some(b"demo".into());
        config.behaving(|habits| habits.request_delay = self.request_delay.0)
    }

    fn hints(&self) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        writeln!(out, "\n{BOLD}Try next{BOLD:#}")?;
        let mut hint = |command: &str, what: &str| writeln!(out, "  {command:<34}  {DIM}{what}{DIM:#}");
        match &self.capture {
            Some(path) => {
                hint(&format!("wireshark {}", path.display()), "the same messages, dissected as DHCP")?
            }
            None => hint("dhcpsim demo --capture demo.pcapng", "the same, as a file for Wireshark")?,
        }
        hint("dhcpsim demo -v", "every field and option of each message")?;
        hint("dhcpsim server", "a server that stays, on 127.0.0.1:6767")?;
        hint("dhcpsim client --release", "ask it, from another terminal")
    }
}

impl Serving {
    /// Serves 10.67.0.10 to .253 on a free port of loopback.
    fn start(clock: Clock) -> Result<Serving, Failure> {
        let socket = socket::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
        let at = SocketAddrV4::new(Ipv4Addr::LOCALHOST, socket.local_addr()?.port());
        let config = config().ok_or_else(|| Failure::Cannot(Complaint::new("the demo's pool is wrong")))?;
        let stop = Stop::new();
        let (witness, events) = Witness::new();
        let thread = thread::spawn({
            let stop = stop.clone();
            move || serve(socket, clock, config, witness, &stop)
        });
        Ok(Serving { at, stop, events, thread })
    }

    /// The first event of a kind; nothing if it does not come in time.
    fn wait_for(&self, wanted: impl Fn(&Event) -> bool) -> Option<(Instant, Event)> {
        loop {
            let (now, event) = self.events.recv_timeout(PATIENCE).ok()?;
            if wanted(&event) {
                return Some((now, event));
            }
        }
    }

    fn end(self) {
        self.stop.set(Some(self.at.into()));
        // What the server's thread may have failed with has shown in the exchange.
        let _ = self.thread.join();
    }
}

fn serve(
    socket: UdpSocket,
    clock: Clock,
    config: Config,
    witness: Witness,
    stop: &Stop,
) -> io::Result<Ended> {
    let server = Server::new(config, Vec::new());
    Driver::new(
        socket,
        Addressing::Server(super::server::DEFAULT_PORT),
        clock,
        server,
        Memory::new(),
        witness,
    )?
    .run(stop, Instant::NEVER)
}

fn config() -> Option<Config> {
    let subnet = Subnet::of(Ipv4Addr::new(10, 67, 0, 0), 24)?;
    let pool = Pool::new(subnet, Ipv4Addr::new(10, 67, 0, 10), Ipv4Addr::new(10, 67, 0, 253)).ok()?;
    let gateway = [Ipv4Addr::new(10, 67, 0, 1)];
    Some(Config::simple(Ipv4Addr::LOCALHOST, &pool, &gateway, &gateway, LeaseTimes::new(3600)?))
}
