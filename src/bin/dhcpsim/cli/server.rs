//! `dhcpsim server`.

mod check;
mod effective;
pub(super) mod flags;
mod hook;
mod keeping;
pub(super) mod log;
mod plan;
pub(super) mod printer;
mod serve;
mod start;
pub(super) mod statistics;
pub(super) mod tape;

use std::io::Write;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use clap::Args;
use dhcpsim::config::{EXAMPLE, Leases, Probe};
use dhcpsim::net::{Notice, SERVER_PORT};
use dhcpsim::options::text::Escaped;
use dhcpsim::server::Config;

use super::show::{BOLD, DIM, WARNING, span};
use super::socket::{self, Endpoint as At};
use super::{Exit, Failure, Global};
use effective::{Effective, Place};
use flags::Watching;
use keeping::Keeping;
use plan::PoolFlag;

/// Where a server listens that is not told otherwise.
pub(super) const DEFAULT_PORT: u16 = 6767;
/// The lease in seconds of a configuration that says none.
const USUAL_LEASE: u32 = 3600;

const EXAMPLES: &str = "\
Examples:
  dhcpsim server                                        10.67.0.10 to .253 on 127.0.0.1:6767, no root needed
  dhcpsim server --pool 192.0.2.100-192.0.2.199 --lease-time 10m --dns 192.0.2.53
  dhcpsim server --leases ./leases.db                   keep leases in this file; `memory`: keep none
  dhcpsim server --capture served.pcapng                and open the file in Wireshark
  dhcpsim server --record session                       and go through it again: dhcpsim replay session
  sudo dhcpsim server --interface eth0 --pool 192.0.2.100-192.0.2.199
  dhcpsim server --print-example > server.toml          a configuration file that teaches each setting
  dhcpsim server --check server.toml                    what is wrong with it, or what would be served
  sudo dhcpsim server --config server.toml

Exit status: 0 ended by Ctrl-C or SIGTERM, 2 wrong usage, 3 wrong configuration, 5 no port, no permission, no file";

/// Serve addresses. The machine's own network configuration is never touched.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Server {
    /// Configuration file; flags win over it
    #[arg(short, long, value_name = "FILE", env = "DHCPSIM_CONFIG")]
    config: Option<PathBuf>,
    /// Say what is wrong with a configuration file, or what would be served, and end
    #[arg(short = 't', long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// Print the configuration that the file and the flags come to, and end
    #[arg(long)]
    print_config: bool,
    /// Print a configuration file that teaches each setting, and end
    #[arg(long)]
    print_example: bool,
    /// Interface to serve on, with its broadcasts; may be given several times
    #[arg(short, long, value_name = "NAME", conflicts_with = "listen")]
    interface: Vec<String>,
    /// Address to listen on, with a port if it is not 6767; broadcasts come only to 0.0.0.0, and to --interface
    /// [default: 127.0.0.1]
    #[arg(long, value_name = "ADDR[:PORT]")]
    listen: Option<At>,
    /// Port to listen on [default: 67 with --interface, else 6767]
    #[arg(long)]
    port: Option<u16>,
    /// Offer addresses without asking first, by ARP or ICMP echo, whether somebody has them
    #[arg(long)]
    no_probe: bool,
    /// Addresses to give: FIRST-LAST, FIRST-LAST/PREFIX or NETWORK/PREFIX [default: 10.67.0.10-10.67.0.253]
    #[arg(long, value_name = "RANGE")]
    pool: Option<PoolFlag>,
    /// The subnet's mask, if the pool's prefix is not given [default: the smallest subnet, /24 at most]
    #[arg(long, value_name = "MASK")]
    subnet_mask: Option<Ipv4Addr>,
    /// Routers for clients, best first, or `none` [default: the subnet's first address, if the pool leaves it]
    #[arg(long, value_name = "ADDR,...")]
    router: Option<String>,
    /// DNS servers for clients, best first, or `none` [default: as the router]
    #[arg(long, value_name = "ADDR,...")]
    dns: Option<String>,
    /// How long leases last: 90s, 10m, 1h, 2d, infinite [default: 1h]
    #[arg(long, value_name = "TIME")]
    lease_time: Option<String>,
    /// The address that clients know the server by (option 54) [default: the one it listens on]
    #[arg(long, value_name = "ADDR")]
    server_id: Option<Ipv4Addr>,
    /// File that leases are kept in, named with its folder, or `memory` [default: leases.db in $STATE_DIRECTORY,
    /// /var/lib/dhcpsim for root, ~/.local/state/dhcpsim for others]
    #[arg(long, value_name = "FILE", env = "DHCPSIM_LEASES", value_parser = leases)]
    leases: Option<Leases>,
    /// One JSON object a line on stdout
    #[arg(long)]
    json: bool,
    /// Write every message to a pcapng file that Wireshark reads as DHCP
    #[arg(long, value_name = "FILE")]
    capture: Option<PathBuf>,
    /// Record every message, answer and decision of the store to an empty folder, for `dhcpsim replay`
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,
    #[command(flatten)]
    watching: Watching,
}

impl Server {
    pub(crate) fn run(self, global: &Global) -> Result<Exit, Failure> {
        if self.print_example {
            write!(anstream::stdout(), "{EXAMPLE}")?;
            return Ok(Exit::Done);
        }
        let Effective { loaded, place } = self.effective()?;
        if self.print_config {
            write!(anstream::stdout(), "{loaded}")?;
            return Ok(Exit::Done);
        }
        let (wire, notices) = socket::listen(&place.listen, place.port, loaded.service.probe != Probe::Off)?;
        check::environment(&loaded.service)?;
        check::interfaces(&loaded.config, &place)?;
        if let Some(path) = &self.check {
            keeping::check(&loaded.service.leases)?;
            writeln!(anstream::stdout(), "{}", check::summary(path, &loaded.config, &place))?;
            return Ok(Exit::Done);
        }
        let place = Place { port: wire.listening().next().map_or(place.port, |at| at.port()), ..place };
        self.serve(global, loaded, &place, wire, &notices)
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

    fn banner(&self, config: &Config, place: &Place, keeping: &Keeping) -> Result<(), Failure> {
        let mut out = anstream::stderr().lock();
        for range in config.ranges() {
            let (first, last, size) = (range.first, range.last, range.size());
            let addresses = if size == 1 { "address" } else { "addresses" };
            writeln!(out, "{BOLD}serving {first}–{last}{BOLD:#} ({size} {addresses})")?;
        }
        if config.ranges().next().is_none() {
            let count: usize = config.subnets().map(|subnet| subnet.reservations.len()).sum();
            writeln!(out, "{BOLD}serving reservations alone{BOLD:#} ({count} of them)")?;
        }
        writeln!(
            out,
            "  on {place}, lease {}, {keeping}",
            span(config.scope.default_lease.unwrap_or(USUAL_LEASE))
        )?;
        let parameters = plan::parameters(config);
        let comma = if parameters.is_empty() { "" } else { ", " };
        match config.server_identifier {
            Some(address) => writeln!(out, "  {parameters}{comma}server identifier {address}")?,
            None => writeln!(out, "  {parameters}{comma}server identifier: the address that is asked")?,
        }
        let Place { port, .. } = *place;
        let loopback = place.is_loopback();
        if let Some(address) = place.address().filter(|_| loopback) {
            // 127.0.0.2 is loopback too, and not where a client asks by itself.
            let here = address == Ipv4Addr::LOCALHOST;
            let server_flag = if here { String::new() } else { format!(" --server {address}") };
            let port_flag = if port == DEFAULT_PORT { String::new() } else { format!(" --port {port}") };
            writeln!(out, "  {DIM}try:{DIM:#}        dhcpsim client{server_flag}{port_flag}")?;
        }
        let interface = place.interface();
        let decode = if port == SERVER_PORT { String::new() } else { format!(" -d udp.port=={port},dhcp") };
        writeln!(out, "  {DIM}Wireshark:{DIM:#}  wireshark -k -i {interface} -f 'udp port {port}'{decode}")?;
        if let Some(path) = &self.capture {
            let path = path.display().to_string();
            writeln!(out, "  {DIM}capture:{DIM:#}    {}", Escaped(path.as_bytes()))?;
        }
        writeln!(out, "  {DIM}stop:{DIM:#}       Ctrl-C; times are UTC")?;
        Ok(())
    }
}

/// `memory`, or a file with its folder.
fn leases(text: &str) -> Result<Leases, String> {
    Leases::of(text).ok_or_else(|| "expected `memory`, or a file with its folder: ./leases.db".to_owned())
}
