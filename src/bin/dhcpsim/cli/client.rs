//! `dhcpsim client`.

mod carrier;
mod flags;
mod identity;
mod life;
mod many;
mod outcome;
mod script;
mod signals;
mod state;
mod steps;
mod took;

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use dhcpsim::net::{CLIENT_PORT, SERVER_PORT};

use super::exit::Complaint;
use super::server::DEFAULT_PORT;
use super::socket::{self, Endpoint as At};
use super::{Exit, Failure, Global};
pub(super) use flags::{Pause, random_chaddr};
use identity::Who;

const EXAMPLES: &str = "\
Examples:
  dhcpsim client                                  a lease from 127.0.0.1:6767
  dhcpsim client --release                        and give it back
  dhcpsim client --stay --explain                 keep it, every step in words with its section
  dhcpsim client --state lease.json               come back to the same address
  dhcpsim client --count 1000 --stay              a thousand clients
  dhcpsim client --capture lease.pcapng           and open the file in Wireshark
  dhcpsim client --json | jq 'select(.event == \"lease\").address'
  sudo dhcpsim client --interface eth0            as a real client; nothing on the machine is changed
  sudo dhcpsim client --interface eth0 --stay --script ./configure.sh

Signals with --stay: USR1 renews, USR2 gives the lease back and ends, TERM and HUP end; with --count, all clients.

Exit status: 0 a lease, 1 refused by a DHCPNAK, 2 wrong usage, 3 state unreadable, 4 no reply in time, 5 no port or
permission, 130 stopped";

/// Get a lease and print it, and keep it if asked. The machine's own network configuration is never touched.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Client {
    /// The server to ask, with a port if it is not 6767 on loopback or 67 elsewhere
    #[arg(long, value_name = "ADDR[:PORT]", default_value = "127.0.0.1", conflicts_with = "interface")]
    server: At,
    /// The server's port
    #[arg(long, conflicts_with = "interface")]
    port: Option<u16>,
    /// Own address and port [default: port 68 if the server's is 67, else any free one]
    #[arg(long, value_name = "ADDR[:PORT]", conflicts_with = "interface")]
    bind: Option<At>,
    /// Ask on this interface as a client without an address does: by frames, from port 68 (needs privileges)
    #[arg(long, value_name = "NAME")]
    interface: Option<String>,
    /// How long to try for a lease
    #[arg(long, value_name = "TIME", default_value = "10s")]
    timeout: Pause,
    /// Write every message to a pcapng file that Wireshark reads as DHCP
    #[arg(long, value_name = "FILE")]
    capture: Option<PathBuf>,
    /// One JSON object a line on stdout
    #[arg(long)]
    json: bool,
    /// Say every step in words, with the section that it rests on
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    who: Who,
}

/// What to do, beside getting a lease.
#[derive(Args, Debug)]
#[command(next_help_heading = "What it does")]
struct What {
    /// Keep the lease, renewing it, until stopped
    #[arg(long)]
    stay: bool,
    /// Give the lease back when stopped
    #[arg(long, requires = "stay")]
    release_on_exit: bool,
    /// Give the lease back at the end
    #[arg(long, conflicts_with = "stay")]
    release: bool,
    /// Say that somebody else has the address, once there is a lease
    #[arg(long, conflicts_with_all = ["stay", "release"])]
    decline: bool,
    /// Ask for parameters alone, for this address [default: the interface's or socket's own]
    #[arg(long, value_name = "ADDR", num_args = 0..=1, value_parser = flags::host, conflicts_with_all = ["stay", "release", "decline", "count", "state"])]
    inform: Option<Option<Ipv4Addr>>,
    /// Keep the lease in a file, and come back to it with INIT-REBOOT
    #[arg(long, value_name = "FILE", conflicts_with = "count")]
    state: Option<PathBuf>,
    /// Run a program on deconfig, bound, renew, nak and leasefail, with udhcpc's variables
    #[arg(long, value_name = "PROGRAM", conflicts_with = "count")]
    script: Option<PathBuf>,
    /// How many clients at once, each with a chaddr of its own
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000), conflicts_with_all = ["interface", "capture", "explain", "decline"])]
    count: Option<u32>,
    /// Do not ask by ARP whether somebody has the address, on an interface
    #[arg(long)]
    no_probe: bool,
}

impl Client {
    pub(crate) fn run(self, global: &Global) -> Result<Exit, Failure> {
        self.check()?;
        let server = self.server_address();
        if server.port() == 0 || self.timeout.0.is_zero() {
            let what =
                if server.port() == 0 { "--port: no server has port 0" } else { "--timeout: no time to try" };
            return Err(Failure::Usage(Complaint::new(what)));
        }
        match self.what.count {
            Some(count) => many::run(&self, global, server, count),
            None => life::run(&self, global, server),
        }
    }

    /// Refuses before anything is sent what can't go well.
    fn check(&self) -> Result<(), Failure> {
        let usage = |what: String, help: &str| Err(Failure::Usage(Complaint::new(what).help(help)));
        if let (Some(port), Some(other)) = (self.port, self.server.port)
            && port != other
        {
            return usage(
                format!("--port {port} contradicts --server …:{other}"),
                "one of the two is enough",
            );
        }
        if let Some(path) = &self.what.state {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
                return usage(format!("--state: there is no folder {}", folder.display()), "make it first");
            }
            if path.is_dir() {
                return usage(format!("--state: {} is a folder", path.display()), "name a file in it");
            }
        }
        Ok(())
    }

    fn server_address(&self) -> SocketAddrV4 {
        if self.interface.is_some() {
            return SocketAddrV4::new(Ipv4Addr::BROADCAST, SERVER_PORT);
        }
        let address = self.server.address.unwrap_or(Ipv4Addr::LOCALHOST);
        let usual = if address.is_loopback() { DEFAULT_PORT } else { SERVER_PORT };
        SocketAddrV4::new(address, self.port.or(self.server.port).unwrap_or(usual))
    }

    /// The port that replies must come to: servers on port 67 reply to port 68, and to relay agents on port 67.
    fn own_port(&self, server: SocketAddrV4) -> u16 {
        let usual = match (server.port(), self.who.giaddr) {
            (SERVER_PORT, None) => CLIENT_PORT,
            (SERVER_PORT, Some(_)) => SERVER_PORT,
            _ => 0,
        };
        self.bind.and_then(|bind| bind.port).unwrap_or(usual)
    }

    /// A socket on its own port that hears of ICMP port unreachable, or one on port 68 that hears broadcasts.
    fn socket(&self, server: SocketAddrV4) -> Result<UdpSocket, Failure> {
        let own = self.bind.and_then(|bind| bind.address).unwrap_or(Ipv4Addr::UNSPECIFIED);
        let port = self.own_port(server);
        let socket = socket::bind(SocketAddrV4::new(own, port))?;
        if port != CLIENT_PORT && !server.ip().is_broadcast() {
            socket
                .connect(server)
                .map_err(|error| Failure::Cannot(Complaint::new(format!("no way to {server}: {error}"))))?;
        }
        Ok(socket)
    }
}

/// How a time limit is told: `10 s`.
pub(super) fn limit(time: Duration) -> String {
    match time.subsec_millis() {
        0 => super::show::span(u32::try_from(time.as_secs()).unwrap_or(u32::MAX)),
        _ => format!("{} s", time.as_secs_f64()),
    }
}
