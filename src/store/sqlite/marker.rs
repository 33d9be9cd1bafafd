//! The marker beside a store, `FILE.id`: that there is a store, which, and how many batches it has kept at least.
//!
//! It outlives the store's deletion, so that an empty store is never taken for a fresh one. The number of batches is written
//! after each batch is durable and is not synced itself: on disk it is never ahead of the store. A store that is behind it
//! has lost batches, or is an older copy.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What the first line says.
const TITLE: &str = "dhcpsim lease store\n";
/// What it says while a store is exchanged.
const UNFINISHED: &str = "dhcpsim lease store, unfinished\n";
/// Where the line with the batches stands: behind the title and a line of 3 + 32 + 1 octets.
const AT: u64 = 20 + 36;

/// What a marker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The store's id.
    pub(super) id: [u8; 16],
    /// The number of batches that it has kept.
    pub(super) batches: u64,
}

/// A marker that is open for writing.
#[derive(Debug)]
pub(super) struct Marker(File);

/// Where the marker of a store is.
pub(super) fn path(store: &Path) -> PathBuf {
    beside(store, ".id")
}

/// A file beside another, named as it with an ending.
pub(super) fn beside(store: &Path, ending: &str) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Reads the marker of a store; none if there is none.
///
/// # Errors
///
/// What the system says, and [`io::ErrorKind::InvalidData`] if it is no marker.
pub(super) fn read(store: &Path) -> io::Result<Option<Mark>> {
    let text = match fs::read(path(store)) {
        Ok(octets) => octets,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "it is no marker");
    let text = str::from_utf8(&text).map_err(|_| wrong())?;
    if text == UNFINISHED {
        let why = "a repair, backup or beginning of the store did not come to its end";
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    parse(text).map(Some).ok_or_else(wrong)
}

fn parse(text: &str) -> Option<Mark> {
    let mut lines = text.strip_prefix(TITLE)?.lines();
    let id = hex::decode(lines.next()?.strip_prefix("id ")?).ok()?.try_into().ok()?;
    let (batches, sum) = lines.next()?.strip_prefix("batches ")?.split_once(' ')?;
    let right = batches.len() == 20 && sum == check(batches);
    Some(Mark { id, batches: batches.parse().ok().filter(|_| right)? })
}

fn check(digits: &str) -> String {
    format!("{:08x}", crc32fast::hash(digits.as_bytes()))
}

fn batches_line(batches: u64) -> String {
    let digits = format!("{batches:020}");
    let sum = check(&digits);
    format!("batches {digits} {sum}\n")
}

impl Marker {
    /// Writes the marker of a store, whatever was there, so that it is there whole or not at all.
    pub(super) fn create(store: &Path, mark: Mark) -> io::Result<Marker> {
        let text = format!("{TITLE}id {}\n{}", hex::encode(mark.id), batches_line(mark.batches));
        put(store, &text)?;
        Marker::open(store)
    }

    /// Opens the marker of a store.
    pub(super) fn open(store: &Path) -> io::Result<Marker> {
        OpenOptions::new().write(true).open(path(store)).map(Marker)
    }

    /// Notes how many batches are durable. The line lies within one sector, so that it is there whole.
    pub(super) fn note(&self, batches: u64) -> io::Result<()> {
        self.0.write_all_at(batches_line(batches).as_bytes(), AT)
    }

    /// Makes it durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// Says in the place of the marker that the files beside it are not all of one store, so that no start takes them for one.
pub(super) fn unfinished(store: &Path) -> io::Result<()> {
    put(store, UNFINISHED)
}

fn put(store: &Path, text: &str) -> io::Result<()> {
    let new = beside(store, ".id.new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o640).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path(store))?;
    sync_folder(store)
}

/// Makes durable which files are in a store's folder.
pub(super) fn sync_folder(store: &Path) -> io::Result<()> {
    let folder = store.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
