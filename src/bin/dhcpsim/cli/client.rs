//! `dhcpsim client`.

mod flags;
mod steps;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use dhcpsim::client::{Client as Endpoint, Config};
use dhcpsim::net::{Addressing, CLIENT_PORT, Clock, Driver, Ended, SERVER_PORT, Stop};
use dhcpsim::options::Code;
use dhcpsim::store::Memory;

use super::exit::Complaint;
use super::recorder::Recorder;
use super::server::DEFAULT_PORT;
use super::socket::{self, Endpoint as At};
use super::{Exit, Failure, Global};
use flags::Hardware;
pub(super) use flags::{Pause, random_chaddr};
use steps::Steps;

const EXAMPLES: &str = "\
Examples:
  dhcpsim client                                  a lease from 127.0.0.1:6767
  dhcpsim client --release                        and give it back
  dhcpsim client --hostname alice --request subnet-mask,router,domain-name-server,ntp-servers
  dhcpsim client --capture lease.pcapng           and open the file in Wireshark
  dhcpsim client --json | jq 'select(.event == \"lease\").address'

Exit status: 0 a lease, 1 refused by a DHCPNAK, 2 wrong usage, 4 no reply in time, 5 no port or permission";

/// Get a lease and print it. The machine's own network configuration is never touched.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Client {
    /// The server to ask, with a port if it is not 6767 on loopback or 67 elsewhere
    #[arg(long, value_name = "ADDR[:PORT]", default_value = "127.0.0.1")]
    server: At,
    /// The server's port
    #[arg(long)]
    port: Option<u16>,
    /// Own address and port [default: port 68 if the server's is 67, else any free one]
    #[arg(long, value_name = "ADDR[:PORT]")]
    bind: Option<At>,
    /// How long to try for a lease
    #[arg(long, value_name = "TIME", default_value = "10s")]
    timeout: Pause,
    /// The pause between the offer and the DHCPREQUEST, such as 500ms
    #[arg(long, value_name = "TIME", default_value = "0s")]
    request_delay: Pause,
    /// Give the lease back at the end
    #[arg(long)]
    release: bool,
    /// Hardware address [default: a random one of the locally administered]
    #[arg(long, value_name = "MAC")]
    chaddr: Option<Hardware>,
    /// Host name to tell the server
    #[arg(long, value_name = "NAME")]
    hostname: Option<String>,
    /// Options to ask for, by name or code
    #[arg(long, value_name = "OPTION,...", value_delimiter = ',', value_parser = flags::code)]
    request: Vec<Code>,
    /// Address to ask for
    #[arg(long, value_name = "ADDR")]
    requested_address: Option<Ipv4Addr>,
    /// Seed of all random choices, for the same messages again [default: from the clock]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// One JSON object a line on stdout
    #[arg(long)]
    json: bool,
    /// Write every message to a pcapng file that Wireshark reads as DHCP
    #[arg(long, value_name = "FILE")]
    capture: Option<PathBuf>,
}

impl Client {
    pub(crate) fn run(self, global: &Global) -> Result<Exit, Failure> {
        let clock = Clock::start();
        let server = self.server_address();
        if server.port() == 0 || self.timeout.0.is_zero() {
            let what =
                if server.port() == 0 { "--port: no server has port 0" } else { "--timeout: no time to try" };
            return Err(Failure::Usage(Complaint::new(what)));
        }
        let socket = self.socket(server)?;
        let about = format!("UDP {}", socket.local_addr()?);
        let recorder = self.capture.as_deref().map(|path| Recorder::create(path, &about)).transpose()?;
        let stop = Stop::new().on_signals()?;
        let start = clock.now();
        let endpoint = Endpoint::new(self.config(server, start.as_micros()), start);
        let steps = Steps::new(self.json, global, recorder, start, server);
        let addressing = Addressing::ClientOf(server);
        let mut driver = Driver::new(socket, addressing, clock, endpoint, Memory::new(), steps)?;
        match driver.run(&stop, start + self.timeout.0)? {
            Ended::Stopped => {
                driver.observer.ended(clock.now(), "stopped")?;
                writeln!(anstream::stderr(), "{}", driver.observer.so_far())?;
                Ok(Exit::Interrupted)
            }
            Ended::TimeUp => {
                driver.observer.ended(clock.now(), "no-reply")?;
                Err(Failure::NoReply(driver.observer.no_reply(self.timeout.0)))
            }
            Ended::Done if driver.observer.is_refused() => Ok(Exit::No),
            Ended::Done => {
                driver.observer.show_lease()?;
                if self.release {
                    driver.observer.gap()?;
                    driver.endpoint.release(clock.now());
                    driver.flush()?;
                }
                Ok(Exit::Done)
            }
        }
    }

    fn server_address(&self) -> SocketAddrV4 {
        let address = self.server.address.unwrap_or(Ipv4Addr::LOCALHOST);
        let usual = if address.is_loopback() { DEFAULT_PORT } else { SERVER_PORT };
        SocketAddrV4::new(address, self.port.or(self.server.port).unwrap_or(usual))
    }

    /// The port that replies must come to: servers on port 67 reply to port 68, whoever asks.
    fn own_port(&self, server: SocketAddrV4) -> u16 {
        let usual = if server.port() == SERVER_PORT { CLIENT_PORT } else { 0 };
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

    fn config(&self, server: SocketAddrV4, now: u64) -> Config {
        // Processes that start in the same microsecond differ by their numbers.
        let seed = self.seed.unwrap_or(now ^ u64::from(std::process::id()) << 40);
        let mut config = Config::ethernet(flags::random_chaddr(seed), seed);
        if let Some(Hardware(chaddr)) = &self.chaddr {
            config.client_identifier = Some([&[1], chaddr.as_slice()].concat());
            config.chaddr = chaddr.clone();
        }
        config.host_name = self.hostname.as_ref().map(|name| name.as_bytes().to_vec());
        config.requested_address = self.requested_address;
        config.behaving(|habits| {
            if !self.request.is_empty() {
                habits.parameters = self.request.iter().map(|code| code.0).collect();
            }
            habits.request_delay = self.request_delay.0;
            // The machine does not take on the address, so that no unicast to it would arrive.
            habits.broadcast = self.own_port(server) == CLIENT_PORT;
        })
    }
}

/// How a time limit is told: `10 s`.
pub(super) fn limit(time: Duration) -> String {
    match time.subsec_millis() {
        0 => super::show::span(u32::try_from(time.as_secs()).unwrap_or(u32::MAX)),
        _ => format!("{} s", time.as_secs_f64()),
    }
}
