//! The life of a server: it serves, and between two messages looks at signals, scrapes, the script and its manager.

use std::io::{self, Write};
use std::net::SocketAddrV4;
use std::time::Duration;

use dhcpsim::endpoint::Instant;
use dhcpsim::net::{Clock, Driver, Ended, Stop};
use dhcpsim::server::{Config, Server as Endpoint};
use dhcpsim::store::LeaseStore;
use dhcpsim::watch::{Gauges, Notify, PoolUse, Snapshot, SocketQueue};

use super::super::show::{DIM, WARNING, json};
use super::flags::Level;
use super::keeping::Timeline;
use super::log::Log;
use super::{start, statistics};

/// How often a server looks around that nobody asks for anything.
const TICK: Duration = Duration::from_secs(1);
/// The shortest pause between two looks, however impatient the service manager is.
const SHORTEST: Duration = Duration::from_millis(50);

/// What a reload came to.
pub(super) enum Reload {
    /// There is a new configuration.
    New {
        /// What is served.
        config: Box<Config>,
        /// How much the log says.
        level: Level,
        /// Settings that differ and need a restart.
        later: Vec<&'static str>,
    },
    /// There is none.
    Wrong {
        /// What is wrong, in a line each.
        faults: Vec<String>,
        /// The same as people like to see it.
        picture: String,
    },
    /// The server has no configuration file.
    Nothing,
}

/// A server at work.
pub(super) struct Serving<'a, S> {
    pub(super) driver: Driver<Endpoint, S, Log>,
    pub(super) clock: Clock,
    pub(super) timeline: Timeline,
    pub(super) notify: Notify,
    /// Where it listens, to ask the system for those sockets' queues.
    pub(super) sockets: Vec<SocketAddrV4>,
    pub(super) started: Instant,
    /// Reads the configuration anew.
    pub(super) reload: Box<dyn FnMut() -> Reload + 'a>,
    /// What the service manager was told last.
    pub(super) status: String,
}

impl<S: LeaseStore + Send + 'static> Serving<'_, S> {
    /// Serves until the stop flag is set, and tells the end to the manager and the script. Gives the number of events
    /// that the script was not told.
    pub(super) fn run(&mut self, stop: &Stop) -> io::Result<u64> {
        self.status = self.status_line();
        self.notify.ready(&self.status);
        let pause = self.notify.watchdog().map_or(TICK, |span| span.clamp(SHORTEST, TICK));
        let mut next = self.clock.now();
        loop {
            match self.driver.run(stop, next)? {
                Ended::Stopped => break,
                Ended::Done => self.attend()?,
                Ended::TimeUp => {
                    self.tick()?;
                    next = self.clock.now() + pause;
                }
            }
        }
        self.notify.stopping();
        self.driver.observer.finish_tape(self.clock.now())?;
        let untold = self.driver.observer.hook.take().map_or(0, |hook| hook.finish());
        self.driver.observer.say_skipped(self.clock.now())?;
        self.driver.observer.printer.say_suppressed(self.clock.now())?;
        Ok(untold)
    }

    /// The last words, on stderr.
    pub(super) fn sum_up(&self, untold: u64) -> io::Result<()> {
        let bound = self.driver.endpoint.table().bound();
        let summary = statistics::summary(&self.driver.observer.counters, bound);
        let told = match untold {
            0 => String::new(),
            untold => format!(" · script not told of {untold}"),
        };
        writeln!(anstream::stderr(), "{summary}{told}")
    }

    /// Does what signals and scrapes ask for.
    fn attend(&mut self) -> io::Result<()> {
        if self.driver.observer.board.is_wanted() {
            self.driver.observer.board.publish(self.snapshot());
        }
        if self.driver.observer.signals.statistics() {
            let text = statistics::statistics(&self.snapshot(), self.clock.now());
            let told = anstream::stderr().lock().write_all(text.as_bytes());
            self.driver.observer.printer.forgive(told)?;
        }
        if self.driver.observer.signals.reload() {
            self.reload()?;
        }
        Ok(())
    }

    /// What is due now and then.
    fn tick(&mut self) -> io::Result<()> {
        let now = self.clock.now();
        self.notify.alive();
        self.watch_clock(now)?;
        let log = &mut self.driver.observer;
        log.say_skipped(now)?;
        log.printer.say_suppressed(now)?;
        if let Some(hook) = &mut log.hook {
            hook.tick(now)?;
        }
        let status = self.status_line();
        if status != self.status {
            self.notify.status(&status);
            self.status = status;
        }
        Ok(())
    }

    /// Says that the wall clock was set, which leases do not go by.
    fn watch_clock(&mut self, now: Instant) -> io::Result<()> {
        let Some((step, noted)) = self.timeline.look() else { return Ok(()) };
        let text = match noted {
            Ok(()) => format!("the wall clock was set {step}: leases end when they would have"),
            Err(error) => format!("the wall clock was set {step}, which could not be noted: {error}"),
        };
        let line = || Some(format!("{WARNING}! {text}{WARNING:#}"));
        let object = || {
            let mut line = json::start(now, "clock-set");
            json::put(&mut line, "text", Some(&text));
            line.into()
        };
        self.driver.observer.printer.say(now, Level::Warn, ("clock-set", ""), line, object)
    }

    /// Reads the configuration anew. A wrong one changes nothing.
    fn reload(&mut self) -> io::Result<()> {
        self.notify.reloading();
        let outcome = (self.reload)();
        let now = self.clock.now();
        match outcome {
            Reload::New { config, level, later } => self.take(now, *config, level, &later)?,
            Reload::Wrong { faults, picture } => {
                self.driver.observer.counters.reload_errors += 1;
                let printer = &self.driver.observer.printer;
                if !printer.is_json() {
                    printer.forgive(anstream::stderr().lock().write_all(picture.as_bytes()))?;
                }
                let text = "configuration not reloaded: the old one stays";
                self.said(now, Level::Error, "reload-failed", text, &faults)?;
            }
            Reload::Nothing => {
                let text = "nothing to reload: the server was started without a configuration file";
                self.said(now, Level::Warn, "reload-failed", text, &[])?;
            }
        }
        self.status = self.status_line();
        self.notify.ready(&self.status);
        Ok(())
    }

    /// Serves something else from here on.
    fn take(&mut self, now: Instant, config: Config, level: Level, later: &[&str]) -> io::Result<()> {
        self.driver.observer.tape(now, |tape| tape.config(now, &config))?;
        self.driver.endpoint.reconfigure(config);
        self.driver.endpoint.set_explaining(level >= Level::Debug);
        let host = start::introduce(&mut self.driver.endpoint);
        self.driver.observer.tape(now, |tape| tape.host(now, host))?;
        self.driver.observer.printer.set_level(level);
        self.driver.observer.counters.reloads += 1;
        self.driver.observer.counters.loaded = now;
        match later {
            [] => self.said(now, Level::Info, "reloaded", "configuration reloaded", &[]),
            later => {
                let text = format!("configuration reloaded, but for a restart: {}", later.join(", "));
                self.said(now, Level::Warn, "reloaded", &text, &[])
            }
        }
    }

    fn said(
        &self,
        now: Instant,
        level: Level,
        name: &'static str,
        text: &str,
        faults: &[String],
    ) -> io::Result<()> {
        let (mark, style) = if name == "reloaded" { ("↻", DIM) } else { ("✗", WARNING) };
        let line = || Some(format!("{style}{mark} {text}{style:#}"));
        let object = || {
            let mut line = json::start(now, name);
            json::put(&mut line, "text", Some(text));
            line.insert("faults".into(), faults.into());
            line.into()
        };
        self.driver.observer.printer.say(now, level, (name, ""), line, object)
    }

    fn snapshot(&self) -> Snapshot {
        let log = &self.driver.observer;
        let gauges = Gauges {
            started: self.started,
            pools: self.pools(),
            commits_pending: u64::try_from(self.driver.endpoint.waiting()).unwrap_or(u64::MAX),
            socket: SocketQueue::of(&self.sockets),
            script: log.hook.as_ref().map(|hook| hook.counts()),
            log_suppressed: log.printer.suppressed(),
            log_errors: log.printer.errors(),
        };
        Snapshot { counters: log.counters.clone(), gauges }
    }

    fn pools(&self) -> Vec<PoolUse> {
        let usage = self.driver.endpoint.usage();
        let pool = |usage: dhcpsim::server::Usage| PoolUse {
            subnet: usage.subnet.to_string(),
            size: usage.addresses,
            bound: usage.bound,
            offered: usage.offered,
            declined: usage.resting,
        };
        usage.into_iter().map(pool).collect()
    }

    /// `serving 10.67.0.0/24: 3 of 244 bound`.
    fn status_line(&self) -> String {
        let pool = |pool: PoolUse| format!("{}: {} of {} bound", pool.subnet, pool.bound, pool.size);
        format!("serving {}", self.pools().into_iter().map(pool).collect::<Vec<_>>().join(", "))
    }
}
