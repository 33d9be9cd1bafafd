//! `dhcpsim leases`: what a lease store holds, and its care.

mod import;
mod list;
pub(super) mod place;
mod tend;

use std::net::Ipv4Addr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use dhcpsim::lease::{BindingState, Subnet};
use dhcpsim::options::compose;
use dhcpsim::store::StoreError;

use super::exit::Complaint;
use super::{Exit, Failure, Global};

const EXAMPLES: &str = "\
Examples:
  dhcpsim leases                                         what the server on this machine has
  dhcpsim leases ./leases.db --state bound --expires-within 10m
  dhcpsim leases ./leases.db --count                     how many a subnet
  dhcpsim leases ./leases.db --csv > leases.csv
  dhcpsim leases import /var/lib/dhcp/dhcpd.leases ./leases.db --dry-run
  dhcpsim leases check ./leases.db                       is it whole?
  dhcpsim leases backup ./leases.db ./copy.db            also while the server runs
  dhcpsim leases repair ./leases.db                      save what is whole of a damaged one
  sqlite3 -readonly ./leases.db 'select * from lease'    the same table for every tool

Exit status: 0 done, 1 nothing found, 2 wrong usage, 3 input unreadable, 5 the store can't be used";

/// List the leases of a store, check it, repair it, copy it, import other servers' leases.
///
/// A file that is named as one of the commands is named with its folder: ./check.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Leases {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: List,
}

/// What is listed, and how.
#[derive(Args, Debug)]
struct List {
    /// The store [default: the server's usual one]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Only leases of this subnet: 192.0.2.0/24
    #[arg(long, value_name = "SUBNET", value_parser = subnet)]
    subnet: Option<Subnet>,
    /// Only leases that are this today
    #[arg(long)]
    state: Option<State>,
    /// Only leases whose client, hardware address or host name has this in it
    #[arg(long, value_name = "TEXT")]
    client: Option<String>,
    /// Only this address
    #[arg(long, value_name = "ADDR")]
    address: Option<Ipv4Addr>,
    /// Only bound leases that end within this time: 10m, 1h
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    expires_within: Option<u32>,
    /// Count them, a line a subnet
    #[arg(long)]
    count: bool,
    /// One JSON object a line
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Comma-separated values with a line of names
    #[arg(long)]
    csv: bool,
}

/// What a lease is today.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The client may use the address
    Bound,
    /// The client gave it back
    Released,
    /// A client found it in use: it rests
    Declined,
    /// Its time is over
    Ended,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Say whether a store is whole
    Check(tend::Check),
    /// Make a store of every lease that is whole in a damaged one, which is put aside
    Repair(tend::Repair),
    /// Copy a store, also while the server runs
    Backup(tend::Backup),
    /// Begin an empty store
    Begin(tend::Begin),
    /// Take over the leases of ISC dhcpd, Kea or dnsmasq
    Import(import::Import),
}

impl Leases {
    pub(crate) fn run(self, global: &Global) -> Result<Exit, Failure> {
        match self.command {
            None => self.list.run(),
            Some(Command::Check(command)) => command.run(),
            Some(Command::Repair(command)) => command.run(),
            Some(Command::Backup(command)) => command.run(),
            Some(Command::Begin(command)) => command.run(),
            Some(Command::Import(command)) => command.run(global),
        }
    }
}

impl State {
    /// What a binding is at a time.
    fn of(binding: &dhcpsim::lease::Binding, now: dhcpsim::time::Instant) -> State {
        match binding.state {
            BindingState::Released => State::Released,
            _ if binding.expires <= now => State::Ended,
            BindingState::Bound => State::Bound,
            BindingState::Declined => State::Declined,
        }
    }

    fn name(self) -> &'static str {
        match self {
            State::Bound => "bound",
            State::Released => "released",
            State::Declined => "declined",
            State::Ended => "ended",
        }
    }
}

fn subnet(text: &str) -> Result<Subnet, String> {
    let parts = text
        .split_once('/')
        .and_then(|(address, prefix)| Some((address.parse().ok()?, prefix.parse().ok()?)));
    let subnet = parts.and_then(|(address, prefix)| Subnet::of(address, prefix));
    subnet.ok_or_else(|| "expected a subnet such as 192.0.2.0/24".to_owned())
}

fn seconds(text: &str) -> Result<u32, String> {
    compose::seconds(text).ok_or_else(|| "expected a time such as 90s, 10m or 1h".to_owned())
}

/// A store that can't be used.
fn cannot(error: &StoreError) -> Failure {
    Failure::Cannot(Complaint::new(error).help(error.remedy()))
}
