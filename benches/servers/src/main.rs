//! Loads a DHCP server as a relay agent would, and prints what came of it as one JSON object.

mod exchange;
mod flood;
mod report;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::process::ExitCode;

use servers::batch::{Socket, wake_sharply};

const HELP: &str = "\
load closed --server ADDR --giaddr ADDR [--in-flight 32] [--seconds 3] [--clients 50000] [--first 0] [--count N]
load open   --server ADDR --giaddr ADDR --rate N         [--seconds 3] [--clients 50000] [--first 0]
load flood  --server ADDR --giaddr ADDR --rate N         [--seconds 10] [--known 500] [--renewals 500]
            [--flood-giaddr ADDR] [--newcomers 200]

closed: so many exchanges (DISCOVER, OFFER, REQUEST, ACK) are always under way, each client after the other, in a circle
open:   so many exchanges begin a second, whatever becomes of the others; latency counts from when they should begin
flood:  so many DISCOVERs a second from addresses that never come again, beside renewals of known clients; then newcomers

All messages are relayed: they come from giaddr, port 67, and are answered there; only a flood with the giaddr 0.0.0.0 is
as if from clients without a relay agent.";

/// What is asked of the generator.
pub struct Args(BTreeMap<String, String>);

impl Args {
    fn number(&self, name: &str, usual: u64) -> Result<u64, String> {
        match self.0.get(name) {
            None => Ok(usual),
            Some(text) => text.parse().map_err(|_| format!("--{name}: a number, not `{text}`")),
        }
    }

    fn address(&self, name: &str) -> Result<Ipv4Addr, String> {
        let text = self.0.get(name).ok_or_else(|| format!("--{name} is missing"))?;
        text.parse().map_err(|_| format!("--{name}: an address, not `{text}`"))
    }
}

fn run() -> Result<String, String> {
    let mut args = std::env::args().skip(1);
    let mode = args.next().ok_or(HELP)?;
    let mut named = BTreeMap::new();
    while let Some(name) = args.next() {
        let name = name.strip_prefix("--").ok_or(HELP)?.to_owned();
        named.insert(name, args.next().ok_or(HELP)?);
    }
    let args = Args(named);
    wake_sharply();
    let giaddr = args.address("giaddr")?;
    let server = SocketAddrV4::new(args.address("server")?, 67);
    let socket = |giaddr, buffer| {
        Socket::bind(SocketAddrV4::new(giaddr, 67), buffer).map_err(|error| format!("{giaddr}:67: {error}"))
    };
    match mode.as_str() {
        "closed" | "open" => exchange::run(&args, mode == "open", socket(giaddr, 8 << 20)?, server, giaddr),
        "flood" => {
            let other = args.address("flood-giaddr").ok().filter(|other| *other != giaddr);
            // Nobody reads the offers that a flood gets. One without a relay agent comes from a client's port.
            let open = |other: Ipv4Addr| match other.is_unspecified() {
                true => Socket::bind(SocketAddrV4::new(giaddr, 68), 4096).map_err(|error| format!("{giaddr}:68: {error}")),
                false => socket(other, 4096),
            };
            let flood = other.map(open).transpose()?;
            flood::run(&args, socket(giaddr, 8 << 20)?, flood.zip(other), server, giaddr)
        }
        _ => Err(HELP.to_owned()),
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
