//! The care of a store: check, repair, backup, begin.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use dhcpsim::net::reading;
use dhcpsim::options::text::Escaped;
use dhcpsim::store::{StoreFault, backup, begin_store, repair, snapshot};

use super::super::exit::Complaint;
use super::super::{Exit, Failure};
use super::cannot;

/// Say whether a store is whole: pages, rows, the tally of all, the marker.
#[derive(Args, Debug)]
pub(super) struct Check {
    /// The store
    file: PathBuf,
}

/// Make a store of every lease that is whole in a damaged one. The damaged one stays, as FILE.damaged-DATE.
#[derive(Args, Debug)]
pub(super) struct Repair {
    /// The store
    file: PathBuf,
}

/// Copy a store, also while the server runs.
#[derive(Args, Debug)]
pub(super) struct Backup {
    /// The store
    file: PathBuf,
    /// The copy, which must not be there yet
    to: PathBuf,
}

/// Begin an empty store, as a server does that finds none.
#[derive(Args, Debug)]
pub(super) struct Begin {
    /// The store
    file: PathBuf,
    /// Even if there is one: that stays, as FILE.old-DATE
    #[arg(long)]
    anew: bool,
}

impl Check {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let found = snapshot(&self.file).map_err(|error| cannot(&error))?;
        let marked = if found.marked { "" } else { "; its marker is missing, and the next start writes it" };
        let (count, batches) = (found.bindings.len(), found.batches);
        let name = shown(&self.file);
        let batches = counted(batches, "batch", "batches");
        let leases = counted(u64::try_from(count).unwrap_or(u64::MAX), "lease", "leases");
        writeln!(anstream::stdout(), "{name}: whole: {leases} of {batches}{marked}")?;
        Ok(Exit::Done)
    }
}

impl Repair {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let done = repair(&self.file, &reading()?).map_err(|error| cannot(&error))?;
        let mut out = anstream::stdout().lock();
        writeln!(out, "{}: {} saved", shown(&self.file), counted(done.kept, "lease", "leases"))?;
        let missing = done.had.map(|had| had.saturating_sub(done.kept)).filter(|missing| *missing > 0);
        if let Some(missing) = missing {
            writeln!(out, "  {} missing", counted(missing, "lease is", "leases are"))?;
        }
        for address in &done.lost {
            writeln!(out, "  {address}: its row is not whole")?;
        }
        if done.batches > 0 {
            writeln!(
                out,
                "  the last {} batches are missing: leases in them are older than they were, or missing",
                done.batches
            )?;
        }
        writeln!(out, "  the damaged store is {}", shown(&done.aside))?;
        let whole = missing.is_none() && done.lost.is_empty() && done.batches == 0;
        Ok(if whole { Exit::Done } else { Exit::No })
    }
}

impl Backup {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let count = backup(&self.file, &self.to).map_err(|error| match error.fault {
            StoreFault::Exists => Failure::Cannot(
                Complaint::new(&error).help("a copy is written to a file that is not there yet"),
            ),
            _ => cannot(&error),
        })?;
        writeln!(anstream::stdout(), "{}: {}", shown(&self.to), counted(count, "lease", "leases"))?;
        Ok(Exit::Done)
    }
}

impl Begin {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let aside = begin_store(&self.file, &reading()?, self.anew).map_err(|error| cannot(&error))?;
        let mut out = anstream::stdout().lock();
        writeln!(out, "{}: begun, without leases", shown(&self.file))?;
        if let Some(aside) = aside {
            writeln!(out, "  what was there is {}", shown(&aside))?;
        }
        Ok(Exit::Done)
    }
}

/// `1 lease`, `2 leases`.
pub(super) fn counted(count: u64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// A path without control characters.
pub(super) fn shown(path: &Path) -> String {
    Escaped(path.display().to_string().as_bytes()).to_string()
}
