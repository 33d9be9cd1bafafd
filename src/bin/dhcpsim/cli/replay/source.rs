//! Where messages come from: a capture or a recording, as often as they are wanted.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::net::SocketAddrV4;
use std::path::{Path, PathBuf};

use dhcpsim::capture::{Forced, MAX_TEXT, Reader};
use dhcpsim::endpoint::Instant;
use dhcpsim::lease::Binding;
use dhcpsim::net::{CLIENT_PORT, SERVER_PORT};
use dhcpsim::replay::journal::{Entry, Journal, RowError, To};
use dhcpsim::replay::{Heard, MOST_LEASES};

use super::super::Failure;
use super::super::exit::Complaint;
use super::super::server::tape::JOURNAL;
use super::{recording, shown};

/// A conversation that can be heard more than once.
pub(super) enum Source {
    /// A capture.
    File(PathBuf),
    /// One that came on standard input.
    Held(Vec<u8>),
    /// The journal of a recording.
    Journal(PathBuf),
}

impl Source {
    pub(super) fn of(input: &Path) -> Result<Source, Failure> {
        if input.is_dir() {
            return Ok(Source::Journal(input.join(JOURNAL)));
        }
        if input != Path::new("-") {
            return Ok(Source::File(input.to_owned()));
        }
        let mut octets = Vec::new();
        let most = u64::try_from(MAX_TEXT).unwrap_or(u64::MAX);
        io::stdin().lock().take(most.saturating_add(1)).read_to_end(&mut octets)?;
        if octets.len() > MAX_TEXT {
            let what = format!("standard input: more than the {MAX_TEXT} octets that are held");
            return Err(Failure::Input(Complaint::new(what).help("a file may be longer")));
        }
        Ok(Source::Held(octets))
    }

    pub(super) fn name(&self) -> String {
        match self {
            Source::File(path) | Source::Journal(path) => shown(path),
            Source::Held(_) => "standard input".to_owned(),
        }
    }

    /// Calls `each` with every message; those before a fault are good.
    pub(super) fn hear(&self, each: &mut dyn FnMut(&Heard<'_>) -> io::Result<()>) -> Result<(), Failure> {
        match self {
            Source::Held(octets) => self.capture(octets.as_slice(), each),
            Source::Journal(path) => journal(path, each),
            Source::File(path) => {
                let file = File::open(path).map_err(|error| {
                    let what = format!("cannot open {}: {error}", shown(path));
                    Failure::Input(Complaint::new(what).help("give a capture, or the folder of a recording"))
                })?;
                self.capture(file, each)
            }
        }
    }

    /// The leases that a recorded server began with.
    pub(super) fn leases(&self) -> Result<Vec<Binding>, Failure> {
        let mut leases = Vec::new();
        let Source::Journal(path) = self else { return Ok(leases) };
        let mut journal = recording::open(path)?;
        while let Some((line, entry)) = recording::next(path, &mut journal)? {
            match entry {
                Entry::Lease(row) => {
                    let wrong = |error| recording::wrong(path, format_args!("line {line}: {error}"));
                    leases.push(row.binding().map_err(wrong)?);
                }
                Entry::Recording { .. } | Entry::Config { .. } => {}
                _ => break,
            }
            if leases.len() > MOST_LEASES {
                return Err(recording::wrong(path, RowError::TooMany(MOST_LEASES)));
            }
        }
        Ok(leases)
    }

    fn capture(
        &self,
        input: impl Read,
        each: &mut dyn FnMut(&Heard<'_>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let unreadable = |error| Failure::Input(Complaint::new(format!("{}: {error}", self.name())));
        let mut reader = Reader::new(input, Forced::default()).map_err(unreadable)?;
        while let Some(captured) = reader.next_message().map_err(unreadable)? {
            each(&(&captured).into())?;
        }
        Ok(())
    }
}

/// The datagrams of a journal.
fn journal(path: &Path, each: &mut dyn FnMut(&Heard<'_>) -> io::Result<()>) -> Result<(), Failure> {
    let mut journal: Journal<BufReader<File>> = recording::open(path)?;
    let mut now = None;
    while let Some((number, entry)) = recording::next(path, &mut journal)? {
        now = entry.at().map(Instant::from_micros).or(now);
        let (from, to, octets) = match &entry {
            Entry::Datagram { from, to, octets, .. } => {
                (Some(*from), Some(SocketAddrV4::new(*to, SERVER_PORT)), octets)
            }
            Entry::Sent(sent) => {
                let at = |address| Some(SocketAddrV4::new(address, CLIENT_PORT));
                let to = match &sent.to {
                    To::Relay { giaddr, .. } => at(*giaddr),
                    To::Client(address) | To::Server(address) => at(*address),
                    To::Hardware { yiaddr, .. } => at(*yiaddr),
                    To::Broadcast | To::AllServers => at(std::net::Ipv4Addr::BROADCAST),
                    To::At(address) => Some(*address),
                };
                (None, to, &sent.octets)
            }
            _ => continue,
        };
        each(&Heard { number, time: now, from, to, interface: None, payload: &octets.0 })?;
    }
    Ok(())
}
