//! `--script`: lease events on their way to the event script, and what its runs came to.

use std::collections::VecDeque;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dhcpsim::endpoint::{Event, Instant};
use dhcpsim::lease::Binding;
use dhcpsim::net::Clock;
use dhcpsim::options::text::{Escaped, Quoted};
use dhcpsim::watch::script::{Ended, Ledger, News, Report, Runner, Script, ScriptCounts};

use super::super::Failure;
use super::super::exit::Complaint;
use super::super::show::{DIM, Since, WARNING, json};
use super::flags::Level;
use super::printer::Printer;

/// How many events may wait while leases that were found at the start are told.
const ROOM: u64 = 256;
/// How long the script may be told what waits when the server ends.
const LAST: Duration = Duration::from_millis(400);

/// A script and what it is to be told.
pub(in super::super) struct Hook {
    ledger: Ledger,
    runner: Runner,
    printer: Arc<Printer>,
    /// Leases that were found at the start and are not told yet.
    found: VecDeque<Binding>,
}

impl Hook {
    /// Starts the thread that runs the script.
    pub(super) fn start(
        script: Script,
        server: Option<Ipv4Addr>,
        found: Vec<Binding>,
        printer: &Arc<Printer>,
        clock: Clock,
    ) -> io::Result<Hook> {
        let own = Arc::clone(printer);
        // Whoever reads the log has gone: the serving loop will find that out too.
        let runner = Runner::start(script, move |report| drop(tell(&own, clock.now(), &report)))?;
        Ok(Hook { ledger: Ledger::new(server), runner, printer: Arc::clone(printer), found: found.into() })
    }

    pub(super) fn event(&mut self, now: Instant, event: &Event) -> io::Result<()> {
        match self.ledger.event(now, event) {
            Some(news) => self.push(now, news),
            None => Ok(()),
        }
    }

    /// Tells of leases that were found at the start, as far as there is room.
    pub(super) fn tick(&mut self, now: Instant) -> io::Result<()> {
        while self.runner.counts().queued < ROOM
            && let Some(binding) = self.found.pop_front()
        {
            if let Some(news) = self.ledger.found(now, binding) {
                self.push(now, news)?;
            }
        }
        Ok(())
    }

    pub(super) fn counts(&self) -> ScriptCounts {
        self.runner.counts()
    }

    /// Ends the thread; the number of events that the script was not told.
    pub(super) fn finish(self) -> u64 {
        self.runner.finish(LAST)
    }

    fn push(&self, now: Instant, news: News) -> io::Result<()> {
        let (action, address) = (news.action, news.binding.address);
        if self.runner.push(news) {
            return Ok(());
        }
        let text =
            || Some(format!("{WARNING}! script not told of {action} {address}: too many wait{WARNING:#}"));
        let object = || {
            let mut line = json::start(now, "script-dropped");
            json::put(&mut line, "action", Some(action));
            json::put(&mut line, "address", Some(address));
            line.into()
        };
        self.printer.say(now, Level::Warn, ("script", "dropped"), text, object)
    }
}

/// The program by its whole path: it is run in another folder.
pub(super) fn program(path: &Path) -> Result<PathBuf, Failure> {
    let cannot = |error| Failure::Cannot(Complaint::new(format!("script {}: {error}", path.display())));
    path.canonicalize().map_err(cannot)
}

fn tell(printer: &Printer, now: Instant, report: &Report) -> io::Result<()> {
    let Report { news, ended, took, output, cut } = report;
    let well = matches!(ended, Ended::Exited(status) if status.success());
    let (level, style, mark) = if well { (Level::Debug, DIM, "·") } else { (Level::Warn, WARNING, "!") };
    let text = || {
        let said = match (output.as_slice(), cut) {
            ([], _) => String::new(),
            (output, 0) => format!(": {}", Quoted(output)),
            (output, cut) => format!(": {} and {cut} octets more", Quoted(output)),
        };
        let (action, address, took) = (news.action, news.binding.address, Since(*took));
        Some(format!("{style}{mark} script {action} {address}: {ended} after {took}{said}{style:#}"))
    };
    let object = || {
        let mut line = json::start(now, "script");
        json::put(&mut line, "action", Some(news.action));
        json::put(&mut line, "address", Some(news.binding.address));
        json::put(&mut line, "result", Some(ended.name()));
        json::put(&mut line, "text", Some(ended));
        line.insert("seconds".into(), took.as_secs_f64().into());
        json::put(&mut line, "output", Some(Escaped(output)));
        line.insert("output_cut".into(), (*cut).into());
        line.into()
    };
    printer.say(now, level, ("script", ended.name()), text, object)
}
