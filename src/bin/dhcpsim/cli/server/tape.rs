//! `--record FOLDER`: everything that the server gets and gives, for `dhcpsim replay`.
//!
//! The serving loop never waits for the disk: a thread writes, and when it falls behind by too much, or can't write, the
//! recording ends and the server goes on.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::mem;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use dhcpsim::config::{Loaded, Service};
use dhcpsim::endpoint::{Event, Input, Instant, Output};
use dhcpsim::lease::Binding;
use dhcpsim::options::text::Escaped;
use dhcpsim::replay::journal::{Entry, FORMAT};
use dhcpsim::server::Config;

use super::super::Failure;
use super::super::exit::Complaint;
use super::super::recorder::Recorder;
use super::super::show::WARNING;

/// The journal's name in the folder.
pub(in super::super) const JOURNAL: &str = "journal.jsonl";
/// The capture's.
const MESSAGES: &str = "messages.pcapng";
/// The mode of the folder.
const OWNER_S: u32 = 0o700;
/// So many octets are handed over even within a batch.
const FULL: usize = 1 << 20;
/// What an item takes besides the octets of a datagram, about.
const ITEM: usize = 256;
/// The most octets that may wait for the disk.
const MOST_WAITING: usize = 64 << 20;
/// How long the end may take.
const LAST: Duration = Duration::from_millis(500);

/// The addresses and the interfaces of a host, as a server is told of them.
pub(super) type Host = (Vec<Ipv4Addr>, BTreeMap<u32, String>);

/// A recording under way.
pub(in super::super) struct Tape {
    folder: PathBuf,
    /// What a configuration file says besides what is served.
    service: Service,
    /// The time of the last input.
    now: Instant,
    /// Configurations so far.
    configs: u32,
    batch: Batch,
    sender: Sender<Batch>,
    waiting: Arc<AtomicUsize>,
    /// What became of the thread.
    done: Receiver<io::Result<()>>,
}

/// What is written at once. It is put into words by the thread: the serving loop has no time for that.
#[derive(Default)]
struct Batch {
    items: Vec<Item>,
    /// About as many octets as it takes.
    size: usize,
}

enum Item {
    Entry(Entry),
    Output(Output),
    Message(Message),
}

struct Message {
    now: Instant,
    sent: bool,
    from: SocketAddrV4,
    to: SocketAddrV4,
    payload: Vec<u8>,
}

impl Tape {
    /// Begins a recording in a folder that is empty or is not there yet.
    pub(super) fn create(
        folder: &Path,
        about: &str,
        now: Instant,
        (service, config): (&Service, &Config),
        bindings: &[Binding],
    ) -> Result<Tape, Failure> {
        let shown = folder.display().to_string();
        let cannot = |error: io::Error| {
            let what = format!("cannot record in {}: {error}", Escaped(shown.as_bytes()));
            Failure::Cannot(Complaint::new(what).help("--record takes a folder that is empty or is made"))
        };
        take(folder).map_err(cannot)?;
        if let Some(why) = close(folder).map_err(cannot)? {
            let shown = Escaped(shown.as_bytes());
            writeln!(
                anstream::stderr(),
                "{WARNING}warning:{WARNING:#} {shown} is open to others than you {why}"
            )?;
        }
        let journal = private(&folder.join(JOURNAL)).map_err(cannot)?;
        let messages = private(&folder.join(MESSAGES)).map_err(cannot)?;
        let recorder = Recorder::on(messages, about)?;
        let (sender, batches) = mpsc::channel();
        let (tell, done) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&waiting);
        let write = move || drop(tell.send(write(journal, recorder, &batches, &count)));
        thread::Builder::new().name("record".to_owned()).spawn(write)?;
        let mut tape = Tape {
            folder: folder.to_owned(),
            service: service.clone(),
            now,
            configs: 0,
            batch: Batch::default(),
            sender,
            waiting,
            done,
        };
        let version = env!("CARGO_PKG_VERSION").to_owned();
        tape.put(Entry::Recording { format: FORMAT, version, at: now.as_micros() }).map_err(cannot)?;
        tape.config(now, config).map_err(cannot)?;
        for binding in bindings {
            tape.put(Entry::Lease(Box::new(binding.into()))).map_err(cannot)?;
        }
        tape.settle().map_err(cannot)?;
        Ok(tape)
    }

    /// Records what is served from here on.
    pub(super) fn config(&mut self, now: Instant, config: &Config) -> io::Result<()> {
        self.configs = self.configs.saturating_add(1);
        let file = format!("server-{}.toml", self.configs);
        let text = Loaded { service: self.service.clone(), config: config.clone() }.to_string();
        let read = Loaded::from_str(&file, &text).map(|read| Config { probe: config.probe, ..read.config });
        if read.as_ref() != Ok(config) {
            let why = "this configuration does not read back as it is: it could not be replayed";
            return Err(io::Error::new(ErrorKind::InvalidData, why));
        }
        private(&self.folder.join(&file))?.write_all(text.as_bytes())?;
        let micros = |wait: Duration| u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
        self.put(Entry::Config { at: now.as_micros(), file, probe: config.probe.map(micros) })
    }

    /// Records what the server is told of its host.
    pub(super) fn host(&mut self, now: Instant, (addresses, interfaces): Host) -> io::Result<()> {
        self.put(Entry::Host { at: now.as_micros(), addresses, interfaces })
    }

    pub(super) fn input(&mut self, now: Instant, input: &Input<'_>) -> io::Result<()> {
        self.now = now;
        let size = match input {
            Input::Datagram { payload, .. } => payload.len(),
            _ => 0,
        };
        self.add(Item::Entry(Entry::input(now, input)), size)
    }

    /// The time of the last input.
    pub(super) fn now(&self) -> Instant {
        self.now
    }

    pub(super) fn output(&mut self, output: &Output) -> io::Result<()> {
        let size = match output {
            // Told only where a log asks for them.
            Output::Event(Event::Decided(_)) => return Ok(()),
            Output::Transmit(transmit) => transmit.payload.len(),
            _ => 0,
        };
        self.add(Item::Output(output.clone()), size)
    }

    /// Adds a message to the capture.
    pub(super) fn message(
        &mut self,
        now: Instant,
        sent: bool,
        (from, to): (SocketAddrV4, SocketAddrV4),
        payload: &[u8],
    ) -> io::Result<()> {
        let message = Message { now, sent, from, to, payload: payload.to_vec() };
        self.add(Item::Message(message), payload.len())
    }

    fn put(&mut self, entry: Entry) -> io::Result<()> {
        self.add(Item::Entry(entry), 0)
    }

    fn add(&mut self, item: Item, octets: usize) -> io::Result<()> {
        self.batch.items.push(item);
        self.batch.size = self.batch.size.saturating_add(octets).saturating_add(ITEM);
        if self.batch.size < FULL { Ok(()) } else { self.settle() }
    }

    /// Hands over what there is, and hears whether the disk took what there was.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        // The thread is gone when it could not write.
        if let Ok(Err(error)) = self.done.try_recv() {
            return Err(error);
        }
        let size = self.batch.size;
        if size == 0 {
            return Ok(());
        }
        if self.waiting.fetch_add(size, Ordering::Relaxed).saturating_add(size) > MOST_WAITING {
            return Err(io::Error::new(ErrorKind::TimedOut, "the disk does not keep up"));
        }
        self.sender.send(mem::take(&mut self.batch)).map_err(|_| match self.done.try_recv() {
            Ok(Err(error)) => error,
            _ => io::Error::from(ErrorKind::BrokenPipe),
        })
    }

    /// Ends the recording, and waits a little until it is written.
    pub(super) fn finish(mut self, now: Instant) -> io::Result<()> {
        self.put(Entry::End { at: now.as_micros() })?;
        self.settle()?;
        drop(self.sender);
        let late = |_| Err(io::Error::new(ErrorKind::TimedOut, "the disk does not keep up"));
        self.done.recv_timeout(LAST).unwrap_or_else(late)
    }
}

/// Makes a folder, or takes one that is empty.
fn take(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(OWNER_S).create(folder)?;
    match fs::read_dir(folder)?.next() {
        Some(_) => Err(io::Error::new(ErrorKind::AlreadyExists, "the folder is not empty")),
        None => Ok(()),
    }
}

/// Leaves a folder to its owner alone, and says why that is not us alone: it is another's, or its file system knows no modes.
fn close(folder: &Path) -> io::Result<Option<String>> {
    let folder = File::open(folder)?;
    let before = folder.metadata()?;
    let mode = |metadata: &Metadata| metadata.mode() & 0o777;
    if before.uid() != rustix::process::geteuid().as_raw() {
        return Ok(Some(format!("(mode {:03o}): it belongs to another user", mode(&before))));
    }
    if mode(&before) == OWNER_S {
        return Ok(None);
    }
    let why = match folder.set_permissions(Permissions::from_mode(OWNER_S)) {
        Ok(()) => "its file system keeps no other".to_owned(),
        Err(error) => error.to_string(),
    };
    let after = mode(&folder.metadata()?);
    Ok((after & !OWNER_S != 0).then(|| format!("(mode {after:03o}): {why}")))
}

/// A new file that nobody else reads.
fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes batches as they come, until there are no more or the disk says no.
fn write(
    mut journal: File,
    mut recorder: Recorder,
    batches: &Receiver<Batch>,
    waiting: &AtomicUsize,
) -> io::Result<()> {
    let mut lines = Vec::new();
    for batch in batches {
        lines.clear();
        for item in &batch.items {
            match item {
                Item::Entry(entry) => entry.write(&mut lines),
                Item::Output(output) => {
                    Entry::output(output).iter().for_each(|entry| entry.write(&mut lines))
                }
                Item::Message(Message { now, sent, from, to, payload }) => {
                    recorder.write(*now, *sent, *from, *to, payload)?;
                }
            }
        }
        journal.write_all(&lines)?;
        waiting.fetch_sub(batch.size, Ordering::Relaxed);
    }
    Ok(())
}
