//! Where a server keeps its leases, and from where its clock goes on.

use std::fmt;
use std::fs::DirBuilder;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use dhcpsim::config::Leases;
use dhcpsim::endpoint::{Commit, Instant, Refused};
use dhcpsim::lease::Binding;
use dhcpsim::net::{Clock, reading};
use dhcpsim::options::text::Escaped;
use dhcpsim::store::{LeaseStore, LoadError, Memory, Opened, Sqlite, StoreError, note_anchor, snapshot};
use dhcpsim::time::{Anchor, Reading, Reckoning, Resumed, Step};

use super::super::Failure;
use super::super::exit::Complaint;
use super::super::leases::place::{is_usual, usual};
use super::super::show::{WARNING, span};

/// A store of one kind or the other.
pub(super) enum Kept {
    Memory(Memory),
    File(Box<Sqlite>),
}

impl LeaseStore for Kept {
    fn load(&mut self) -> Result<Vec<Binding>, LoadError> {
        match self {
            Kept::Memory(store) => store.load(),
            Kept::File(store) => store.load(),
        }
    }

    fn commit(&mut self, batch: &[Commit]) -> Vec<Result<(), Refused>> {
        match self {
            Kept::Memory(store) => store.commit(batch),
            Kept::File(store) => store.commit(batch),
        }
    }

    fn tidy(&mut self) {
        match self {
            Kept::Memory(store) => store.tidy(),
            Kept::File(store) => store.tidy(),
        }
    }

    fn is_instant(&self) -> bool {
        matches!(self, Kept::Memory(_))
    }
}

/// A store that is open, what it holds, and the time by it.
pub(super) struct Keeping {
    pub(super) store: Kept,
    pub(super) bindings: Vec<Binding>,
    pub(super) clock: Clock,
    pub(super) timeline: Timeline,
    opened: Option<(Opened, Resumed)>,
}

/// Watches the wall clock beside the clock that leases go by.
pub(super) struct Timeline {
    /// What is kept.
    anchor: Anchor,
    /// What the clocks said when they were last compared.
    seen: Anchor,
    file: Option<PathBuf>,
}

/// The file of a setting; none for memory.
pub(super) fn file(leases: &Leases) -> Result<Option<PathBuf>, Failure> {
    match leases {
        Leases::File(path) => Ok(Some(path.clone())),
        Leases::Usual => usual().map(Some),
        _ => Ok(None),
    }
}

/// That a store is whole, without touching it; one that is not there yet may begin.
pub(super) fn check(leases: &Leases) -> Result<(), Failure> {
    let Some(path) = file(leases)? else { return Ok(()) };
    if is_usual(&path) && !path.parent().is_some_and(Path::is_dir) {
        return Ok(());
    }
    match snapshot(&path) {
        Ok(_) => Ok(()),
        Err(error) if error.is_begin() => Ok(()),
        Err(error) if error.will_convert().is_some() => {
            writeln!(anstream::stderr(), "{WARNING}warning:{WARNING:#} {error}")?;
            Ok(())
        }
        Err(error) => Err(cannot(&error)),
    }
}

fn cannot(error: &StoreError) -> Failure {
    Failure::Cannot(Complaint::new(error).help(error.remedy()))
}

impl Keeping {
    /// Opens the store of a setting.
    pub(super) fn open(leases: &Leases) -> Result<Keeping, Failure> {
        let reading = reading()?;
        let Some(path) = file(leases)? else {
            let anchor = Anchor { reading, instant: Instant::from_micros(reading.wall) };
            return Ok(Keeping {
                store: Kept::Memory(Memory::new()),
                bindings: Vec::new(),
                clock: Clock::from_anchor(&anchor),
                timeline: Timeline::from(&reading, anchor, None),
                opened: None,
            });
        };
        if let Some(folder) = path.parent().filter(|_| is_usual(&path)) {
            let made = DirBuilder::new().recursive(true).mode(0o750).create(folder);
            made.map_err(|error| {
                let shown = folder.display().to_string();
                let what = format!("cannot make {}: {error}", Escaped(shown.as_bytes()));
                Failure::Cannot(Complaint::new(what).help("--leases FILE names another place"))
            })?;
        }
        let mut store = Sqlite::open(&path, &reading).map_err(|error| cannot(&error))?;
        let opened = store.opened();
        let bindings = store.load().map_err(|error| Failure::Cannot(Complaint::new(error)))?;
        let (anchor, resumed) = store.resume(&reading).map_err(|error| cannot(&error))?;
        Ok(Keeping {
            store: Kept::File(Box::new(store)),
            bindings,
            clock: Clock::from_anchor(&anchor),
            timeline: Timeline::from(&reading, anchor, Some(path)),
            opened: Some((opened, resumed)),
        })
    }

    /// Says on stderr what somebody should know of how the store was found, quiet or not.
    pub(super) fn say(&self) -> Result<(), Failure> {
        let Some((opened, resumed)) = self.opened else { return Ok(()) };
        let mut out = anstream::stderr().lock();
        let mut warn = |text: String| writeln!(out, "{WARNING}warning:{WARNING:#} {text}");
        match opened {
            Opened::Begun => warn(format!("began an empty lease store at {}", self.place()))?,
            Opened::Unmarked => warn(format!("{}: its marker was gone and is written anew", self.place()))?,
            Opened::Converted(from) => {
                warn(format!("{}: tables of version {from} were converted", self.place()))?;
            }
            _ => {}
        }
        if resumed.reckoning == Reckoning::Unknown {
            warn("how long the machine was down is not known: leases are extended by that".to_owned())?;
        }
        if let Reckoning::Extended { by } = resumed.reckoning {
            let by = span(u32::try_from(by.as_secs()).unwrap_or(u32::MAX));
            warn(format!(
                "the wall clock lies {by} before the last lease: leases are extended by that, none is dropped"
            ))?;
        }
        Ok(())
    }

    fn place(&self) -> String {
        let path = self.timeline.file.as_deref().unwrap_or(Path::new("memory")).display().to_string();
        Escaped(path.as_bytes()).to_string()
    }
}

/// `memory only: leases end with this process`, or `12 leases in /var/lib/dhcpsim/leases.db`.
impl fmt::Display for Keeping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.timeline.file, self.bindings.len()) {
            (None, _) => f.write_str("memory only: leases end with this process"),
            (Some(_), 1) => write!(f, "1 lease in {}", self.place()),
            (Some(_), count) => write!(f, "{count} leases in {}", self.place()),
        }
    }
}

impl Timeline {
    fn from(reading: &Reading, anchor: Anchor, file: Option<PathBuf>) -> Timeline {
        Timeline { anchor, seen: Anchor { reading: *reading, instant: anchor.instant }, file }
    }

    /// Whether the wall clock was set; then this is kept, so that after a boot no time counts that did not go by.
    pub(super) fn look(&mut self) -> Option<(Step, Result<(), StoreError>)> {
        let reading = reading().ok()?;
        let step = self.seen.step(&reading)?;
        let instant = Clock::from_anchor(&self.anchor).now();
        self.seen = Anchor { reading, instant };
        self.anchor = Anchor::at(reading, instant, Some(&self.anchor));
        let noted = self.file.as_deref().map_or(Ok(()), |path| note_anchor(path, &self.anchor));
        Some((step, noted))
    }
}
