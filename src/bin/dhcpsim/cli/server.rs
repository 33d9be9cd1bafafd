//! `dhcpsim server`.

mod flags;
mod hook;
mod log;
mod plan;
mod printer;
mod serve;
mod statistics;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use dhcpsim::lease::Binding;
use dhcpsim::net::{Clock, Driver, Listen, Notice, SERVER_PORT, Stop};
use dhcpsim::server::{Config, Server as Endpoint};
use dhcpsim::store::{LeaseStore, Memory};
use dhcpsim::watch::script::Script;
use dhcpsim::watch::{Board, Counters, Notify, Scrapes, Signals};

use super::exit::Complaint;
use super::recorder::Recorder;
use super::show::{BOLD, DIM, WARNING, span};
use super::socket::{self, Endpoint as At};
use super::{Exit, Failure, Global};
use flags::{Level, Watching};
use hook::Hook;
use log::Log;
use plan::PoolFlag;
use printer::Printer;
use serve::{Reload, Serving};

/// Where a server listens that is not told otherwise.
pub(super) const DEFAULT_PORT: u16 = 6767;
/// How long to wait for an answer from an address that is about to be offered.
const PROBE: Duration = Duration::from_millis(400);

const EXAMPLES: &str = "\
Examples:
  dhcpsim server                                        10.67.0.10 to .253 on 127.0.0.1:6767, no root needed
  dhcpsim server --pool 192.0.2.100-192.0.2.199 --lease-time 10m --dns 192.0.2.53
  dhcpsim server --capture served.pcapng                and open the file in Wireshark
  sudo dhcpsim server --interface eth0 --pool 192.0.2.100-192.0.2.199

Exit status: 0 ended by Ctrl-C or SIGTERM, 2 wrong usage, 5 no port, no permission, no file";

/// Serve addresses. The machine's own network configuration is never touched.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Server {
    /// Interface to serve on, with its broadcasts; may be given several times
    #[arg(short, long, value_name = "NAME", conflicts_with = "listen")]
    interface: Vec<String>,
    /// Address to listen on, with a port if it is not 6767; broadcasts come only to 0.0.0.0, and to --interface
    #[arg(long, value_name = "ADDR[:PORT]", default_value = "127.0.0.1")]
    listen: At,
    /// Port to listen on [default: 67 with --interface, else 6767]
    #[arg(long)]
    port: Option<u16>,
    /// Offer addresses without asking first, by ARP or ICMP echo, whether somebody has them
    #[arg(long)]
    no_probe: bool,
    /// Addresses to give: FIRST-LAST, FIRST-LAST/PREFIX or NETWORK/PREFIX
    #[arg(long, value_name = "RANGE", default_value = "10.67.0.10-10.67.0.253")]
    pool: PoolFlag,
    /// The subnet's mask, if the pool's prefix is not given [default: the smallest subnet, /24 at most]
    #[arg(long, value_name = "MASK")]
    subnet_mask: Option<Ipv4Addr>,
    /// Routers for clients, best first, or `none` [default: the subnet's first address, if the pool leaves it]
    #[arg(long, value_name = "ADDR,...")]
    router: Option<String>,
    /// DNS servers for clients, best first, or `none` [default: as the router]
    #[arg(long, value_name = "ADDR,...")]
    dns: Option<String>,
    /// How long leases last: 90s, 10m, 1h, 2d, infinite
    #[arg(long, value_name = "TIME", default_value = "1h")]
    lease_time: String,
    /// The address that clients know the server by (option 54) [default: the one it listens on]
    #[arg(long, value_name = "ADDR")]
    server_id: Option<Ipv4Addr>,
    /// One JSON object a line on stdout
    #[arg(long)]
    json: bool,
    /// Write every message to a pcapng file that Wireshark reads as DHCP
    #[arg(long, value_name = "FILE")]
    capture: Option<PathBuf>,
    #[command(flatten)]
    watching: Watching,
}

impl Server {
    pub(crate) fn run(self, global: &Global) -> Result<Exit, Failure> {
        let (listen, port) = self.listens();
        let (wire, notices) = socket::listen(&listen, port, !self.no_probe)?;
        let mut config = self.plan()?;
        config.probe = (!self.no_probe && wire.can_probe()).then_some(PROBE);
        let port = wire.listening().next().map_or(port, |at| at.port());
        let place = self.place(port);
        let about = format!("UDP {place}");
        let recorder = self.capture.as_deref().map(|path| Recorder::create(path, &about)).transpose()?;
        let stop = Stop::new().on_signals()?;
        let signals = Signals::take()?;
        let board = Arc::new(Board::new());
        let sockets: Vec<SocketAddrV4> = wire.listening().collect();
        let scrapes = self.scrapes(&board, &sockets)?;
        if !global.quiet {
            self.banner(&config, &place, port)?;
            Self::say(&notices, global)?;
            if let Some(scrapes) = &scrapes {
                let at = scrapes.address();
                writeln!(anstream::stderr(), "  {DIM}metrics:{DIM:#}    http://{at}/metrics")?;
            }
        }
        let clock = Clock::start();
        let mut store = Memory::new();
        let bindings = store.load().map_err(|error| Failure::Cannot(Complaint::new(error)))?;
        let level = self.watching.level(global, self.json).unwrap_or(Level::Info);
        let printer = Arc::new(Printer::new(self.json, level, self.watching.log_rate));
        let hook = self.hook(&config, &bindings, &printer, clock)?;
        let counters = Counters::new(clock.now());
        let mut server = Endpoint::new(config, bindings);
        server.set_explaining(level >= Level::Debug);
        let log = Log { printer, recorder, counters, hook, board, signals };
        let mut serving = Serving {
            driver: Driver::on(wire, clock, server, store, log),
            clock,
            notify: Notify::from_environment(),
            sockets,
            started: clock.now(),
            reload: Box::new(|| Reload::Nothing),
            status: String::new(),
        };
        let untold = serving.run(&stop)?;
        if !global.quiet {
            let bound = serving.driver.endpoint.table().bound();
            let mut summary = statistics::summary(&serving.driver.observer.counters, bound);
            if untold > 0 {
                summary.push_str(&format!(" · script not told of {untold}"));
            }
            writeln!(anstream::stderr(), "{summary}")?;
        }
        Ok(Exit::Done)
    }

    /// The thread that answers scrapes, if that is wanted.
    fn scrapes(&self, board: &Arc<Board>, sockets: &[SocketAddrV4]) -> Result<Option<Scrapes>, Failure> {
        let Some(at) = self.watching.metrics else { return Ok(None) };
        let cannot =
            |error| Failure::Cannot(Complaint::new(format!("cannot answer scrapes at {at}: {error}")));
        let listener = TcpListener::bind(at).map_err(cannot)?;
        Ok(Some(Scrapes::start(listener, Arc::clone(board), sockets.to_vec())?))
    }

    /// The event script, if there is one.
    fn hook(
        &self,
        config: &Config,
        bindings: &[Binding],
        printer: &Arc<Printer>,
        clock: Clock,
    ) -> Result<Option<Hook>, Failure> {
        let Some(path) = &self.watching.script else { return Ok(None) };
        let script = Script { program: hook::program(path)?, limit: self.watching.script_timeout.0 };
        Ok(Some(Hook::start(script, config.server_identifier, bindings.to_vec(), printer, clock)?))
    }

    /// Where to listen, and the port.
    fn listens(&self) -> (Listen, u16) {
        let port = self.port.or(self.listen.port);
        match self.interface.is_empty() {
            true => (Listen::Address(self.address()), port.unwrap_or(DEFAULT_PORT)),
            false => (Listen::Interfaces(self.interface.clone()), port.unwrap_or(SERVER_PORT)),
        }
    }

    fn address(&self) -> Ipv4Addr {
        self.listen.address.unwrap_or(Ipv4Addr::LOCALHOST)
    }

    /// `127.0.0.1:6767`, or `eth0, eth1, port 67`.
    fn place(&self, port: u16) -> String {
        match self.interface.is_empty() {
            true => format!("{}:{port}", self.address()),
            false => format!("{}, port {port}", self.interface.join(", ")),
        }
    }

    /// Says what the sockets can't do.
    fn say(notices: &[Notice], global: &Global) -> Result<(), Failure> {
        let mut out = anstream::stderr().lock();
        for notice in notices {
            let text = socket::notice(notice);
            match notice.is_warning() {
                true => writeln!(out, "{WARNING}warning:{WARNING:#} {text}")?,
                false if global.verbose > 0 => writeln!(out, "  {DIM}{text}{DIM:#}")?,
                false => {}
            }
        }
        Ok(())
    }

    fn banner(&self, config: &Config, place: &str, port: u16) -> Result<(), Failure> {
        let mut out = anstream::stderr().lock();
        for range in config.ranges() {
            let (first, last, size) = (range.first, range.last, range.size());
            let addresses = if size == 1 { "address" } else { "addresses" };
            writeln!(out, "{BOLD}serving {first}–{last}{BOLD:#} ({size} {addresses})")?;
        }
        writeln!(
            out,
            "  on {place}, lease {}, memory only: leases end with this process",
            span(config.scope.default_lease.unwrap_or_default())
        )?;
        let identifier = config.server_identifier.unwrap_or(self.address());
        writeln!(out, "  {}, server identifier {identifier}", plan::parameters(config))?;
        let loopback = self.interface.is_empty() && self.address().is_loopback();
        if loopback {
            let port_flag = if port == DEFAULT_PORT { String::new() } else { format!(" --port {port}") };
            writeln!(out, "  {DIM}try:{DIM:#}        dhcpsim client{port_flag}")?;
        }
        let interface = match self.interface.as_slice() {
            [only] => only,
            [] if loopback => "lo",
            _ => "any",
        };
        let decode = if port == SERVER_PORT { String::new() } else { format!(" -d udp.port=={port},dhcp") };
        writeln!(out, "  {DIM}Wireshark:{DIM:#}  wireshark -k -i {interface} -f 'udp port {port}'{decode}")?;
        if let Some(path) = &self.capture {
            writeln!(out, "  {DIM}capture:{DIM:#}    {}", path.display())?;
        }
        writeln!(out, "  {DIM}stop:{DIM:#}       Ctrl-C; times are UTC")?;
        Ok(())
    }
}
