//! `dhcpsim relay`.

use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use dhcpsim::endpoint::Instant;
use dhcpsim::net::{Clock, Driver, Ended, Interface, Listen, OpenError, SERVER_PORT, Stop, Wire};
use dhcpsim::relay::{Agent, Config, Link, Relay as Endpoint, Untrusted};
use dhcpsim::store::Memory;
use dhcpsim::watch::{Board, Counters, Signals};

use super::exit::Complaint;
use super::recorder::Recorder;
use super::server::flags::Level;
use super::server::log::Log;
use super::server::printer::Printer;
use super::server::{DEFAULT_PORT, statistics};
use super::show::{BOLD, DIM};
use super::socket::{self, Endpoint as At};
use super::{Exit, Failure, Global};

/// Where a relay agent listens that is not told otherwise: next to the server.
const OWN_PORT: u16 = DEFAULT_PORT + 1;
/// Its address on loopback that is not told otherwise: on the subnet of a server that is not told otherwise either.
const LOOPBACK_GIADDR: Ipv4Addr = Ipv4Addr::new(10, 67, 0, 1);

const EXAMPLES: &str = "\
Examples:
  dhcpsim server & dhcpsim relay & dhcpsim client --port 6768      a lease through a relay agent, on loopback
  sudo dhcpsim relay --interface eth1 --server 198.51.100.1        for the clients of eth1
  sudo dhcpsim relay --interface eth1 --interface eth2 --server 198.51.100.1 --circuit-id

Signals: USR1 says on stderr what has passed, TERM ends.

Exit status: 0 ended by Ctrl-C or SIGTERM, 2 wrong usage, 5 no port, no permission, no interface";

/// Pass messages on between clients and servers (RFC 1542), with option 82 (RFC 3046) if asked.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Relay {
    /// Server to pass requests on to, with a port if it is not 6767 on loopback or 67 elsewhere; may be given several times
    /// [default: 127.0.0.1]
    #[arg(long, value_name = "ADDR[:PORT]")]
    server: Vec<At>,
    /// Interface with clients; may be given several times
    #[arg(short, long, value_name = "NAME", conflicts_with_all = ["listen", "giaddr"])]
    interface: Vec<String>,
    /// Address to listen on instead, with a port if it is not 6768 [default: 127.0.0.1]
    #[arg(long, value_name = "ADDR[:PORT]")]
    listen: Option<At>,
    /// Own address on the clients' subnet [default: the one listened on; 10.67.0.1 on loopback]
    #[arg(long, value_name = "ADDR")]
    giaddr: Option<Ipv4Addr>,
    /// Say in option 82 by which circuit a request came: the interface's name, or this text
    #[arg(long, value_name = "TEXT", num_args = 0..=1)]
    circuit_id: Option<Option<String>>,
    /// Say in option 82 who is at the other end of the circuit
    #[arg(long, value_name = "TEXT")]
    remote_id: Option<String>,
    /// Say in option 82 on which subnet the clients are, where giaddr does not (RFC 3527)
    #[arg(long, value_name = "ADDR")]
    link_selection: Option<Ipv4Addr>,
    /// Say in option 82 whether a request was broadcast or unicast (RFC 5010)
    #[arg(long)]
    flags: bool,
    /// What to do with option 82 of who should have none
    #[arg(long, value_enum, default_value_t = Policy::Drop)]
    untrusted: Policy,
    /// Let those who add option 82 below do so
    #[arg(long)]
    trust: bool,
    /// Requests that have come over more relay agents go no further
    #[arg(long, value_name = "HOPS", default_value_t = 4, value_parser = clap::value_parser!(u8).range(0..=16))]
    most_hops: u8,
    /// Requests of clients that have not tried for so many seconds are left to others
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    least_secs: u16,
    /// How much the log on stdout says; -v is debug, -vv trace, -q warn [default: info]
    #[arg(long, value_name = "LEVEL")]
    log: Option<Level>,
    /// Lines of one kind a second, after a burst of ten times as many; more are counted. 0: no limit
    #[arg(long, value_name = "LINES", default_value_t = 10)]
    log_rate: u32,
    /// One JSON object a line on stdout
    #[arg(long)]
    json: bool,
    /// Write every message to a pcapng file that Wireshark reads as DHCP
    #[arg(long, value_name = "FILE")]
    capture: Option<PathBuf>,
}

/// What to do with option 82 of who should have none.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Policy {
    /// Ignore the request (RFC 3046 §2.1)
    Drop,
    /// Pass it on as it is
    Keep,
    /// Put the own in its place
    Replace,
    /// Add the own behind it, each part that it does not have
    Append,
}

impl Relay {
    pub(crate) fn run(self, global: &Global) -> Result<Exit, Failure> {
        let listen = self.listen_at();
        let config = self.config(listen)?;
        let (wire, notices) = Wire::listen(&Listen::Address(*listen.ip()), listen.port(), false)
            .map_err(|error| self.unopened(error))?;
        let (stop, signals) = (Stop::new().on_signals()?, Signals::take()?);
        let recorder = self
            .capture
            .as_deref()
            .map(|path| Recorder::create(path, &format!("relay agent on {listen}")))
            .transpose()?;
        if !global.quiet {
            self.banner(&config, listen)?;
            for notice in &notices {
                writeln!(anstream::stderr(), "  {DIM}note:{DIM:#}    {}", socket::notice(notice))?;
            }
        }
        let clock = Clock::start();
        let log = Log {
            printer: Arc::new(Printer::new(self.json, self.level(global), self.log_rate)),
            recorder,
            tape: None,
            counters: Counters::new(clock.now()),
            hook: None,
            board: Arc::new(Board::new()),
            signals,
            skipped: 0,
        };
        let mut driver = Driver::on(wire, clock, Endpoint::new(config), Memory::new(), log);
        while driver.run(&stop, Instant::NEVER)? != Ended::Stopped {
            let asked = driver.observer.signals.statistics() | driver.observer.signals.reload();
            if asked {
                writeln!(anstream::stderr(), "so far: {}", passed(&driver.observer.counters))?;
            }
        }
        driver.observer.printer.say_suppressed(clock.now())?;
        if !global.quiet {
            writeln!(anstream::stderr(), "ended: {}", passed(&driver.observer.counters))?;
        }
        Ok(Exit::Done)
    }

    /// What prevents it from listening, with the flag of this command that helps.
    fn unopened(&self, error: OpenError) -> Failure {
        match error {
            OpenError::Port { at, error, .. } if error.kind() == ErrorKind::AddrInUse => {
                let port = at.port();
                let remedy = match self.interface.is_empty() {
                    true => {
                        format!(
                            "or take another port: --listen {}:{}",
                            at.ip(),
                            port.checked_add(1).unwrap_or(OWN_PORT)
                        )
                    }
                    false => "it has to stop, or to leave these interfaces alone".to_owned(),
                };
                Failure::Cannot(Complaint::new(format!("port {port} on {} is taken", at.ip())).help(format!(
                    "another relay agent, or a server? `ss -ulpn sport = :{port}` tells which; {remedy}"
                )))
            }
            error => socket::unopened(error),
        }
    }

    /// Every interface is heard through one socket on port 67, which knows them apart.
    fn listen_at(&self) -> SocketAddrV4 {
        match &self.listen {
            _ if !self.interface.is_empty() => SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, SERVER_PORT),
            Some(At { address, port }) => {
                SocketAddrV4::new(address.unwrap_or(Ipv4Addr::LOCALHOST), port.unwrap_or(OWN_PORT))
            }
            None => SocketAddrV4::new(Ipv4Addr::LOCALHOST, OWN_PORT),
        }
    }

    fn config(&self, listen: SocketAddrV4) -> Result<Config, Failure> {
        let links = match self.interface.is_empty() {
            true => vec![self.link(None, None, self.own_address(listen)?, listen)],
            false => {
                self.interface.iter().map(|name| self.link_on(name, listen)).collect::<Result<_, _>>()?
            }
        };
        let mut config = Config::to(self.servers(), links);
        config.most_hops = self.most_hops;
        config.least_secs = self.least_secs;
        config.source_port = !listen.ip().is_loopback() && listen.port() != SERVER_PORT;
        if !config.links.iter().all(|link| link.agent_fits(config.source_port)) {
            return Err(Failure::Usage(
                Complaint::new(
                    "option 82 has no room for what it is to say: 255 octets, two of them for each part",
                )
                .help("a shorter --circuit-id or --remote-id"),
            ));
        }
        config.untrusted = match self.untrusted {
            Policy::Drop => Untrusted::Drop,
            Policy::Keep => Untrusted::Keep,
            Policy::Replace => Untrusted::Replace,
            Policy::Append => Untrusted::Append,
        };
        Ok(config)
    }

    fn servers(&self) -> Vec<SocketAddrV4> {
        let one = |at: &At| {
            let address = at.address.unwrap_or(Ipv4Addr::LOCALHOST);
            let usual = if address.is_loopback() { DEFAULT_PORT } else { SERVER_PORT };
            SocketAddrV4::new(address, at.port.unwrap_or(usual))
        };
        match self.server.as_slice() {
            [] => vec![SocketAddrV4::new(Ipv4Addr::LOCALHOST, DEFAULT_PORT)],
            all => all.iter().map(one).collect(),
        }
    }

    fn own_address(&self, listen: SocketAddrV4) -> Result<Ipv4Addr, Failure> {
        match (self.giaddr, listen.ip()) {
            (Some(giaddr), _) => Ok(giaddr),
            (None, address) if address.is_loopback() => Ok(LOOPBACK_GIADDR),
            (None, address) if !address.is_unspecified() => Ok(*address),
            (None, _) => Err(Failure::Usage(
                Complaint::new("--giaddr: 0.0.0.0 tells servers no subnet")
                    .help("an address of this machine on the clients' subnet, or --interface"),
            )),
        }
    }

    fn link_on(&self, name: &str, listen: SocketAddrV4) -> Result<Link, Failure> {
        let interface =
            Interface::find(name).map_err(|error| Failure::Cannot(socket::no_interface(error)))?;
        let giaddr = interface.addresses.first().map(|attached| attached.address);
        let giaddr = giaddr.unwrap_or(Ipv4Addr::UNSPECIFIED);
        Ok(self.link(Some(interface.index), Some(name), giaddr, listen))
    }

    fn link(
        &self,
        interface: Option<u32>,
        name: Option<&str>,
        giaddr: Ipv4Addr,
        listen: SocketAddrV4,
    ) -> Link {
        let circuit = self.circuit_id.as_ref().map(|text| text.as_deref().or(name).unwrap_or("loopback"));
        let agent = Agent {
            circuit_id: circuit.map(|text| text.as_bytes().to_vec()),
            remote_id: self.remote_id.as_ref().map(|text| text.as_bytes().to_vec()),
            link_selection: self.link_selection,
            flags: self.flags,
        };
        let own_ports = listen.ip().is_loopback();
        Link { interface, giaddr, trusted: self.trust, own_ports, agent }
    }

    fn level(&self, global: &Global) -> Level {
        match (self.log, global.verbose) {
            (Some(level), _) => level,
            (None, 0) if global.quiet && !self.json => Level::Warn,
            (None, 0) => Level::Info,
            (None, 1) => Level::Debug,
            (None, _) => Level::Trace,
        }
    }

    fn banner(&self, config: &Config, listen: SocketAddrV4) -> Result<(), Failure> {
        let mut out = anstream::stderr().lock();
        let servers: Vec<String> = config.servers.iter().map(ToString::to_string).collect();
        writeln!(out, "{BOLD}relaying to {}{BOLD:#}", servers.join(", "))?;
        for (number, link) in config.links.iter().enumerate() {
            let name = self.interface.get(number).map_or(listen.to_string(), Clone::clone);
            writeln!(out, "  {DIM}clients:{DIM:#} {name}, as {}", link.giaddr)?;
        }
        Ok(())
    }
}

/// `2 DISCOVER, 2 OFFER received · 2 DISCOVER, 2 OFFER relayed · 0 ignored`.
fn passed(counters: &Counters) -> String {
    let told = |counts| statistics::told(counts).unwrap_or_else(|| "nothing".to_owned());
    let ignored: u64 = counters.dropped.values().sum();
    format!("{} received · {} relayed · {ignored} ignored", told(&counters.received), told(&counters.sent))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn what_came_and_what_went_on_are_counted_apart() {
        let mut counters = Counters::new(Instant::EPOCH);
        assert_eq!("nothing received · nothing relayed · 0 ignored", passed(&counters));
        counters.received("DISCOVER");
        counters.sent("DISCOVER", true);
        counters.sent("DISCOVER", true);
        assert_eq!("1 DISCOVER received · 2 DISCOVER relayed · 0 ignored", passed(&counters));
    }
}
