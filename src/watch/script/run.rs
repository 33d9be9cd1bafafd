//! One run of the event script: no shell, a clean environment, a group of its own, a time limit, little output.

#![allow(clippy::disallowed_methods, reason = "a run has a limit by the real clock")]

use core::fmt;
use std::io::{self, PipeReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use super::news::News;

/// The octets of output that are kept.
const MAX_OUTPUT: usize = 2048;
/// The most octets that are read before the clock is looked at again.
const MAX_READ: usize = 65_536;
/// The shortest and the longest pause before a look at the program and the clock.
const SHORT: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_millis(50);
/// Where a program finds others.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A program and the time it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The program, by its whole path.
    pub program: PathBuf,
    /// How long a run may take before it is killed with its group.
    pub limit: Duration,
}

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    /// By itself.
    Exited(ExitStatus),
    /// It was killed at the time limit.
    TimeUp,
    /// It was killed because the server ends.
    Stopped,
    /// It could not be started.
    NotStarted(io::Error),
}

impl Ended {
    /// Its name in JSON and metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Ended::Exited(status) if status.success() => "ok",
            Ended::Exited(_) => "failed",
            Ended::TimeUp => "time-up",
            Ended::Stopped => "stopped",
            Ended::NotStarted(_) => "not-started",
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Exited(status) => match (status.code(), status.signal()) {
                (Some(code), _) => write!(f, "exit status {code}"),
                (None, Some(signal)) => write!(f, "ended by signal {signal}"),
                (None, None) => f.write_str("ended"),
            },
            Ended::TimeUp => f.write_str("killed: its time was up"),
            Ended::Stopped => f.write_str("killed: the server ends"),
            Ended::NotStarted(error) => write!(f, "could not be started: {error}"),
        }
    }
}

/// A run that is over.
#[derive(Debug)]
pub struct Report {
    /// What the script was told.
    pub news: News,
    /// How it ended.
    pub ended: Ended,
    /// How long it took.
    pub took: Duration,
    /// The beginning of what it wrote to stdout and stderr, as it came.
    pub output: Vec<u8>,
    /// How many octets of that were not kept.
    pub cut: u64,
}

/// What a program wrote.
#[derive(Default)]
struct Output {
    kept: Vec<u8>,
    cut: u64,
}

impl Script {
    /// Runs the program, and waits until it has ended, its time is up, or `stop` is set.
    #[must_use]
    pub fn run(&self, news: News, stop: &AtomicBool) -> Report {
        let start = Instant::now();
        let (ended, output) = self.run_with(&news.arguments(), news.environment(), stop);
        Report { news, ended, took: start.elapsed(), output: output.kept, cut: output.cut }
    }

    /// Runs the program with arguments and variables that have been cleaned; gives how it ended and the beginning of
    /// what it wrote.
    #[must_use]
    pub fn tell(&self, arguments: &[String], variables: Vec<(&'static str, String)>) -> (Ended, Vec<u8>) {
        let (ended, output) = self.run_with(arguments, variables, &AtomicBool::new(false));
        (ended, output.kept)
    }

    fn run_with(
        &self,
        arguments: &[String],
        variables: Vec<(&'static str, String)>,
        stop: &AtomicBool,
    ) -> (Ended, Output) {
        let deadline = Instant::now() + self.limit;
        let mut output = Output::default();
        let ended = match self.start(arguments, variables) {
            Ok((child, pipe)) => {
                watch(child, pipe, &mut output, deadline, stop).unwrap_or_else(Ended::NotStarted)
            }
            Err(error) => Ended::NotStarted(error),
        };
        (ended, output)
    }

    fn start(
        &self,
        arguments: &[String],
        variables: Vec<(&'static str, String)>,
    ) -> io::Result<(Child, PipeReader)> {
        let (reader, writer) = io::pipe()?;
        rustix::io::ioctl_fionbio(&reader, true)?;
        let child = Command::new(&self.program)
            .args(arguments)
            .env_clear()
            .env("PATH", PATH)
            .envs(variables)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .process_group(0)
            .spawn()?;
        Ok((child, reader))
    }
}

fn watch(
    mut child: Child,
    pipe: PipeReader,
    output: &mut Output,
    deadline: Instant,
    stop: &AtomicBool,
) -> io::Result<Ended> {
    let mut pipe = Some(pipe);
    let mut pause = SHORT;
    loop {
        if pipe.as_mut().is_some_and(|pipe| !output.read(pipe)) {
            pipe = None;
        }
        if let Some(status) = child.try_wait()? {
            // What it wrote last; what it left running is not waited for.
            if let Some(pipe) = &mut pipe {
                output.read(pipe);
            }
            return Ok(Ended::Exited(status));
        }
        let stopped = stop.load(Ordering::Relaxed);
        if stopped || Instant::now() >= deadline {
            // The group is still the program's: nobody has waited for it.
            let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
            child.wait()?;
            return Ok(if stopped { Ended::Stopped } else { Ended::TimeUp });
        }
        wait(pipe.as_ref(), pause.min(deadline.saturating_duration_since(Instant::now())))?;
        pause = (pause * 2).min(LONG);
    }
}

/// Waits for output, or for the pause to be over.
fn wait(pipe: Option<&PipeReader>, pause: Duration) -> io::Result<()> {
    let mut watched: Vec<PollFd<'_>> = pipe.iter().map(|pipe| PollFd::new(*pipe, PollFlags::IN)).collect();
    let span = Timespec { tv_sec: 0, tv_nsec: pause.subsec_nanos().into() };
    match poll(&mut watched, Some(&span)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

impl Output {
    /// Reads what is there, and says whether more may come.
    fn read(&mut self, pipe: &mut PipeReader) -> bool {
        let mut buffer = [0; 4096];
        let mut total = 0;
        while total < MAX_READ {
            match pipe.read(&mut buffer) {
                Ok(0) => return false,
                Ok(length) => {
                    total += length;
                    self.keep(buffer.get(..length).unwrap_or_default());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
        true
    }

    fn keep(&mut self, octets: &[u8]) {
        let room = MAX_OUTPUT.saturating_sub(self.kept.len()).min(octets.len());
        let (kept, cut) = octets.split_at_checked(room).unwrap_or((octets, &[]));
        self.kept.extend_from_slice(kept);
        self.cut = self.cut.saturating_add(u64::try_from(cut.len()).unwrap_or(u64::MAX));
    }
}
