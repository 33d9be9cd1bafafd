//! `dhcpsim leases import`: other servers' leases.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use dhcpsim::lease::{Binding, Commit, Subnet};
use dhcpsim::net::reading;
use dhcpsim::options::text::Escaped;
use dhcpsim::store::import::{Format, Import as Found};
use dhcpsim::store::{LeaseStore, Opened, Sqlite, snapshot};
use dhcpsim::time::{Anchor, Instant, resume};

use super::super::exit::Complaint;
use super::super::show::WARNING;
use super::super::{Exit, Failure, Global};
use super::tend::{counted, shown};
use super::{State, cannot};

/// Leases a transaction.
const BATCH: usize = 1024;

/// Take over the leases of ISC dhcpd, Kea or dnsmasq. The server must not be running.
#[derive(Args, Debug)]
pub(super) struct Import {
    /// The lease file: dhcpd.leases, kea-leases4.csv (with its .completed, .2 and .1), dnsmasq.leases
    input: PathBuf,
    /// The store, which is begun if it is not there
    file: PathBuf,
    /// Whose file it is
    #[arg(long, value_name = "SERVER", default_value = "auto")]
    from: From,
    /// Subnets of the addresses; may be given several times [default: the /24 of each address]
    #[arg(long, value_name = "SUBNET", value_parser = super::subnet)]
    subnet: Vec<Subnet>,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Take over leases also where the store has one that began later
    #[arg(long)]
    replace: bool,
}

/// A server that writes lease files.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    /// By what the file looks like
    Auto,
    /// ISC dhcpd
    Isc,
    /// Kea
    Kea,
    /// dnsmasq
    Dnsmasq,
}

/// What the store has, and what time it is there.
struct Target {
    store: Option<Sqlite>,
    there: BTreeMap<Ipv4Addr, Binding>,
    anchor: Anchor,
    now: Instant,
}

impl Import {
    pub(super) fn run(&self, global: &Global) -> Result<Exit, Failure> {
        let found = self.read()?;
        for fault in &found.faults {
            let (name, line, why) = (shown(&self.input), fault.line, Escaped(fault.why.as_bytes()));
            writeln!(anstream::stderr(), "{WARNING}{name}:{line}:{WARNING:#} {why}")?;
        }
        if found.leases.is_empty() && (found.entries > 0 || found.passed > 0 || !found.faults.is_empty()) {
            let what = format!("{}: there is no lease in it that can be read", shown(&self.input));
            return Err(Failure::Input(Complaint::new(what).help("--from says whose file it is")));
        }
        let mut target = self.target(global)?;
        let mut commits = Vec::new();
        let (mut newer, mut foreign) = (0u64, 0u64);
        let mut states = [0u64; 4];
        for lease in found.leases.values() {
            let Some(subnet) = self.subnet_of(lease.address) else {
                foreign += 1;
                continue;
            };
            let binding = lease.binding(subnet, &target.anchor, target.now);
            let there = target.there.get(&lease.address);
            if !self.replace && there.is_some_and(|there| there.since >= binding.since) {
                newer += 1;
                continue;
            }
            let state = State::of(&binding, target.now);
            let all = [State::Bound, State::Released, State::Declined, State::Ended];
            for (count, _) in states.iter_mut().zip(all).filter(|(_, each)| *each == state) {
                *count += 1;
            }
            commits.push(Commit { binding: binding.into() });
        }
        if let Some(store) = &mut target.store {
            for batch in commits.chunks(BATCH) {
                if let Some(why) = store.commit(batch).into_iter().find_map(Result::err) {
                    return Err(Failure::Cannot(Complaint::new(format!("{}: {why}", shown(&self.file)))));
                }
            }
        }
        self.sum_up(&found, states, newer, foreign)?;
        Ok(if found.faults.is_empty() && foreign == 0 { Exit::Done } else { Exit::No })
    }

    fn sum_up(&self, found: &Found, states: [u64; 4], newer: u64, foreign: u64) -> Result<(), Failure> {
        let mut out = anstream::stdout().lock();
        let verb = if self.dry_run { "would take over" } else { "took over" };
        let [bound, released, declined, ended] = states;
        let count = bound + released + declined + ended;
        writeln!(
            out,
            "{}: {verb} {}: {bound} bound, {released} released, {declined} declined, {ended} ended",
            shown(&self.file),
            counted(count, "lease", "leases")
        )?;
        let (entries, faults) = (found.entries, found.faults.len());
        let number = |count: usize, one, more| counted(u64::try_from(count).unwrap_or(u64::MAX), one, more);
        let (entries, addresses) =
            (number(entries, "entry", "entries"), number(found.leases.len(), "address", "addresses"));
        writeln!(out, "  {entries} for {addresses} read, {faults} faulty")?;
        let relayed = found.leases.values().filter(|lease| lease.relayed).count();
        if relayed > 0 {
            let leases = number(relayed, "lease", "leases");
            writeln!(out, "  what relay agents added (option 82) is not taken over: {leases}")?;
        }
        if newer > 0 {
            writeln!(
                out,
                "  {newer} left alone: the store has a later one (--replace takes over the older)"
            )?;
        }
        if foreign > 0 {
            writeln!(out, "  {foreign} left alone: not in --subnet")?;
        }
        Ok(())
    }

    /// Reads the file, and for Kea those that it is still making one of.
    fn read(&self) -> Result<Found, Failure> {
        let main = read(&self.input)?;
        let format = match self.from {
            From::Isc => Format::Isc,
            From::Kea => Format::Kea,
            From::Dnsmasq => Format::Dnsmasq,
            From::Auto => Format::guess(&main).ok_or_else(|| {
                let what = format!("{}: no lease file of ISC dhcpd, Kea or dnsmasq", shown(&self.input));
                Failure::Input(Complaint::new(what).help("--from says whose it is"))
            })?,
        };
        let mut found = Found::default();
        if format == Format::Kea {
            let beside = |ending: &str| {
                let mut name = self.input.clone().into_os_string();
                name.push(ending);
                PathBuf::from(name)
            };
            // A finished clean-up takes the place of what it was made of.
            let finished = [".completed"].as_slice();
            let parts = if beside(".completed").exists() { finished } else { [".2", ".1"].as_slice() };
            for path in parts.iter().map(|ending| beside(ending)).filter(|path| path.exists()) {
                found.then(format.read(&read(&path)?));
            }
        }
        found.then(format.read(&main));
        Ok(found)
    }

    fn target(&self, global: &Global) -> Result<Target, Failure> {
        let reading = reading()?;
        let of =
            |bindings: Vec<Binding>| bindings.into_iter().map(|binding| (binding.address, binding)).collect();
        if self.dry_run {
            let (there, before, newest) = match snapshot(&self.file) {
                Ok(found) => (of(found.bindings), found.anchor, found.newest),
                Err(error) if error.is_begin() => (BTreeMap::new(), None, Instant::EPOCH),
                Err(error) => return Err(cannot(&error)),
            };
            let now = resume(before.as_ref(), &reading, newest).instant;
            let anchor = Anchor::at(reading, now, before.as_ref());
            return Ok(Target { store: None, there, anchor, now });
        }
        let mut store = Sqlite::open(&self.file, &reading).map_err(|error| cannot(&error))?;
        if store.opened() == Opened::Begun && !global.quiet {
            writeln!(anstream::stderr(), "began an empty lease store at {}", shown(&self.file))?;
        }
        let there = of(store.load().map_err(|error| Failure::Cannot(Complaint::new(error)))?);
        let (anchor, resumed) = store.resume(&reading).map_err(|error| cannot(&error))?;
        Ok(Target { store: Some(store), there, anchor, now: resumed.instant })
    }

    fn subnet_of(&self, address: Ipv4Addr) -> Option<Subnet> {
        match self.subnet.as_slice() {
            [] => Subnet::of(address, 24),
            subnets => subnets.iter().copied().find(|subnet| subnet.contains(address)),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path)
        .map_err(|error: io::Error| Failure::Input(Complaint::new(format!("{}: {error}", shown(path)))))
}
