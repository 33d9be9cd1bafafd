//! `dhcpsim replay`.

mod captured;
mod counts;
mod leases;
mod part;
mod recording;
mod show;
mod source;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use dhcpsim::options::text::Escaped;
use dhcpsim::packet::CHADDR_SIZE;

use super::exit::Complaint;
use super::{Exit, Failure, Global};

const EXAMPLES: &str = "\
Examples:
  dhcpsim server --record session; dhcpsim replay session   the same program gives the same octets
  dhcpsim replay session --config new.toml                  what would have been answered with this?
  dhcpsim replay capture.pcap                               would this server have answered like that one?
  dhcpsim replay capture.pcap --config server.toml --trace  the same with a configuration of yours, step by step
  dhcpsim replay capture.pcap --side client                 would our client have asked like that one?
  dhcpsim replay capture.pcap --print-config > server.toml  a configuration like that of the captured server

Exit status: 0 all answers alike, 1 some differ, 2 wrong usage, 3 input unreadable";

/// Go through a recorded session or a capture again in virtual time, and say where answers differ.
///
/// A folder of `dhcpsim server --record` is replayed octet for octet: inputs, store and clock as they were. Of a capture of
/// any server (pcap, pcapng, hex as `decode` reads it), or of a recording with --config, the clients' messages are put before
/// a server of ours, and its answers are compared by type, fields and options. Addresses and the server's own may be others:
/// a client goes on with what it is given here.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Replay {
    /// The folder of `dhcpsim server --record`, or a capture; - reads one from standard input
    #[arg(value_name = "FOLDER|CAPTURE")]
    input: PathBuf,
    /// What our server serves [default: as recorded; made of what the captured server gave]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Leases that our server begins with: a store of ours, or a lease file of ISC dhcpd, Kea or dnsmasq
    #[arg(long, value_name = "FILE")]
    leases: Option<PathBuf>,
    /// The captured server to compare with, by option 54 or its address [default: the one that answers most]
    #[arg(long, value_name = "ADDR")]
    server: Option<Ipv4Addr>,
    /// Which side of a capture is ours: its server, or one of its clients
    #[arg(long, value_name = "SIDE", default_value = "server")]
    side: Side,
    /// With --side client, the hardware address of the captured client [default: the first one]
    #[arg(long, value_name = "MAC", value_parser = chaddr)]
    client: Option<Chaddr>,
    /// Print the configuration that is made of a capture, and end
    #[arg(long)]
    print_config: bool,
    #[command(flatten)]
    form: Form,
}

/// Which side of a conversation is ours.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// The clients' messages come to a server of ours
    Server,
    /// What servers say to a client comes to one of ours
    Client,
}

/// A hardware address.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Chaddr(Vec<u8>);

fn chaddr(text: &str) -> Result<Chaddr, String> {
    let wrong = || "expected a hardware address of 16 octets at most: 02:00:00:00:00:01".to_owned();
    let digits: String = text.chars().filter(|char| !":-".contains(*char)).collect();
    let octets = hex::decode(digits).map_err(|_| wrong())?;
    if octets.is_empty() || octets.len() > CHADDR_SIZE { Err(wrong()) } else { Ok(Chaddr(octets)) }
}

/// What comes out.
#[derive(Args, Clone, Copy, Debug)]
struct Form {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Every step, not only where answers differ
    #[arg(long)]
    trace: bool,
}

impl Replay {
    pub(crate) fn run(self, global: &Global) -> Result<Exit, Failure> {
        let folder = self.input.is_dir();
        if self.side == Side::Client {
            let flags = [
                ("--config", self.config.is_some()),
                ("--leases", self.leases.is_some()),
                ("--server", self.server.is_some()),
                ("--print-config", self.print_config),
            ];
            refuse(&flags, "is for --side server")?;
            return part::run(&self);
        }
        refuse(&[("--client", self.client.is_some())], "is for --side client")?;
        if !folder || self.config.is_some() {
            return captured::run(&self, global);
        }
        let flags = [
            ("--leases", self.leases.is_some()),
            ("--server", self.server.is_some()),
            ("--print-config", self.print_config),
        ];
        refuse(&flags, "is for captures, and for recordings with --config")?;
        recording::run(&self.input, self.form, global)
    }
}

/// Flags that have no meaning here.
fn refuse(flags: &[(&str, bool)], why: &str) -> Result<(), Failure> {
    match flags.iter().find(|(_, given)| *given) {
        Some((flag, _)) => Err(Failure::Usage(Complaint::new(format!("{flag} {why}")))),
        None => Ok(()),
    }
}

fn shown(path: &Path) -> String {
    Escaped(path.as_os_str().as_encoded_bytes()).to_string()
}
