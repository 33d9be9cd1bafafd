//! `--count N`: many clients behind one socket, counted and not told one by one.

use std::io::{self, Write};
use std::net::SocketAddrV4;
use std::sync::Arc;
use std::time::Duration;

use dhcpsim::client::{Client as Endpoint, Config, Crowd, Tally};
use dhcpsim::endpoint::Instant;
use dhcpsim::net::{Addressing, Clock, Driver, Ended, Observer, Stop};
use dhcpsim::store::Memory;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::super::exit::Complaint;
use super::super::show::{Since, json};
use super::super::{Exit, Failure, Global};
use super::Client;
use super::flags::random_chaddr;
use super::signals::Signals;

/// How many clients begin a second: a server's socket has room for so many that come at once.
const BEGIN: u64 = 5000;
/// How often the progress is shown.
const TICK: Duration = Duration::from_millis(200);
/// How many renew or give their leases back before there is a pause.
const AT_ONCE: usize = 500;

/// Counts what passes.
struct Counts {
    sent: u64,
    received: u64,
    unsent: u64,
    unreachable: bool,
}

/// Many clients at work.
struct Many<'a> {
    asked: &'a Client,
    driver: Driver<Crowd, Memory, Counts>,
    clock: Clock,
    start: Instant,
    bar: ProgressBar,
    count: usize,
    signals: Signals,
}

/// Runs so many clients.
pub(super) fn run(
    asked: &Client,
    global: &Global,
    server: SocketAddrV4,
    count: u32,
) -> Result<Exit, Failure> {
    let clock = Clock::start();
    let start = clock.now();
    let socket = asked.socket(server)?;
    // Before anything is sent: a signal that is not handled would end the clients without a word.
    let (stop, signals) = (Stop::new().on_signals()?.on_hangup()?, Signals::take()?);
    let crowd = crowd(asked, start, count)?;
    let counts = Counts { sent: 0, received: 0, unsent: 0, unreachable: false };
    let addressing = Addressing::ClientOf(server);
    let driver = Driver::new(socket, addressing, clock, crowd, Memory::new(), counts)?;
    let bar = progress(count, asked.json || global.quiet);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    Many { asked, driver, clock, start, bar, count, signals }.live(&stop, server)
}

fn crowd(asked: &Client, start: Instant, count: u32) -> Result<Crowd, Failure> {
    let seed = asked.who.seed(start.as_micros());
    let pattern = asked.who.config(seed, None)?.behaving(|habits| habits.probe = None);
    let mut crowd = Crowd::new();
    let mut next = seed;
    while crowd.len() < usize::try_from(count).unwrap_or(usize::MAX) {
        let config = Config {
            host_name: pattern.host_name.clone(),
            ..Config::with(random_chaddr(next), next, Arc::clone(&pattern.habits))
        };
        let place = u64::try_from(crowd.len()).unwrap_or(u64::MAX);
        let begin = start + Duration::from_micros(place.saturating_mul(1_000_000) / BEGIN);
        // Two seeds may give one address: then the next is taken.
        crowd.join(Endpoint::new(config, begin));
        next = next.wrapping_add(1);
    }
    Ok(crowd)
}

fn progress(count: u32, hidden: bool) -> ProgressBar {
    if hidden {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} bound  {msg}  {elapsed}");
    let bar = ProgressBar::new(count.into());
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

impl Many<'_> {
    fn live(&mut self, stop: &Stop, server: SocketAddrV4) -> Result<Exit, Failure> {
        let limit = self.start + self.asked.timeout.0;
        let mut all = None;
        loop {
            let now = self.clock.now();
            let ended = self.driver.run(stop, now + TICK)?;
            let now = self.clock.now();
            let holding = self.driver.endpoint.holding();
            self.show(holding);
            if holding == self.count && all.is_none() {
                all = Some(now - self.start);
                self.told(now, "bound", all)?;
            }
            if self.signals.release() {
                return self.leave(stop, all, true);
            }
            if self.signals.renew() {
                self.tell_all(|client, now| client.renew(now))?;
            }
            let what = &self.asked.what;
            let release = what.release || what.release_on_exit;
            match (ended, all) {
                (Ended::Stopped, _) => return self.leave(stop, all, release),
                (_, Some(_)) if !what.stay => return self.leave(stop, all, release),
                (_, None) if now >= limit => return self.too_late(server, now, holding),
                _ => {}
            }
        }
    }

    fn show(&self, holding: usize) {
        let tally = self.driver.endpoint.tally();
        self.bar.set_position(u64::try_from(holding).unwrap_or(u64::MAX));
        self.bar.set_message(format!(
            "{} leases, {} sent again, {} refused, {} ended",
            tally.leases, tally.again, tally.naks, tally.ended
        ));
    }

    /// The end: who is to give a lease back does so.
    fn leave(&mut self, stop: &Stop, all: Option<Duration>, release: bool) -> Result<Exit, Failure> {
        let holding = self.driver.endpoint.holding();
        if release {
            self.tell_all(Endpoint::release)?;
        }
        self.bar.finish_and_clear();
        self.told(self.clock.now(), "ended", all)?;
        if !self.asked.json {
            self.sum_up(holding, all)?;
        }
        Ok(if stop.is_interrupted() || all.is_none() { Exit::Interrupted } else { Exit::Done })
    }

    /// Tells everybody something, and pauses now and then, so that what they send has room.
    fn tell_all(&mut self, what: impl Fn(&mut Endpoint, Instant)) -> io::Result<()> {
        for place in 0..self.driver.endpoint.len() {
            let now = self.clock.now();
            self.driver.endpoint.tell(place, |client| what(client, now));
            if place % AT_ONCE == 0 {
                self.driver.flush()?;
                self.driver.run(&Stop::new(), self.clock.now() + Duration::from_millis(20))?;
            }
        }
        self.driver.flush()
    }

    fn sum_up(&self, holding: usize, all: Option<Duration>) -> io::Result<()> {
        let tally = self.driver.endpoint.tally();
        let counts = &self.driver.observer;
        let mut out = anstream::stdout().lock();
        match all {
            Some(all) => writeln!(out, "{} clients bound in {}", self.count, Since(all))?,
            None => writeln!(out, "{holding} of {} clients bound", self.count)?,
        }
        writeln!(
            out,
            "{} held at the end · {} leases granted or extended · {} messages sent, {} of them again · {} received",
            holding, tally.leases, counts.sent, tally.again, counts.received
        )?;
        writeln!(
            out,
            "{} refused · {} ended · {} ignored · {} could not be sent",
            tally.naks, tally.ended, tally.dropped, counts.unsent
        )
    }

    fn too_late(&mut self, server: SocketAddrV4, now: Instant, holding: usize) -> Result<Exit, Failure> {
        self.bar.finish_and_clear();
        let tally = self.driver.endpoint.tally();
        self.told(now, if tally.naks > 0 { "refused" } else { "no-reply" }, None)?;
        let limit = super::limit(self.asked.timeout.0);
        let complaint = Complaint::new(format!(
            "{holding} of {} clients have a lease from {server} after {limit}{}",
            self.count,
            came_to(tally)
        ));
        if tally.naks > 0 {
            return Err(Failure::Refused(complaint));
        }
        Err(Failure::NoReply(match self.driver.observer.unreachable {
            true => complaint.help("nothing listens there (ICMP port unreachable)"),
            false => complaint.help("more --timeout, or more addresses in the server's pool"),
        }))
    }

    fn told(&self, now: Instant, event: &str, all: Option<Duration>) -> io::Result<()> {
        if !self.asked.json {
            return Ok(());
        }
        let tally = self.driver.endpoint.tally();
        let counts = &self.driver.observer;
        let mut line = json::start(now, event);
        let holding = self.driver.endpoint.holding();
        let mut put = |name: &str, value: Value| drop(line.insert(name.into(), value));
        put("clients", self.count.into());
        put("holding", holding.into());
        put("bound_in", all.map_or(Value::Null, |all| all.as_secs_f64().into()));
        for (name, number) in [
            ("leases", tally.leases),
            ("sent", counts.sent),
            ("sent_again", tally.again),
            ("received", counts.received),
            ("refused", tally.naks),
            ("leases_ended", tally.ended),
            ("ignored", tally.dropped),
            ("not_sent", counts.unsent),
        ] {
            put(name, number.into());
        }
        let mut out = io::stdout().lock();
        writeln!(out, "{}", Value::from(line))?;
        out.flush()
    }
}

/// What came and was no lease: `: 4 refused, 2 replies ignored`.
fn came_to(tally: Tally) -> String {
    let counts = [(tally.naks, "refused"), (tally.dropped, "replies ignored")];
    let told: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if told.is_empty() { String::new() } else { format!(": {}", told.join(", ")) }
}

impl Observer for Counts {
    fn received(&mut self, _: Instant, _: SocketAddrV4, _: SocketAddrV4, _: &[u8]) -> io::Result<()> {
        self.received += 1;
        Ok(())
    }

    fn sent(
        &mut self,
        _: Instant,
        _: SocketAddrV4,
        _: SocketAddrV4,
        _: &[u8],
        result: io::Result<()>,
    ) -> io::Result<()> {
        self.sent += u64::from(result.is_ok());
        self.unsent += u64::from(result.is_err());
        Ok(())
    }

    fn unreachable(&mut self, _: Instant) -> io::Result<()> {
        self.unreachable = true;
        Ok(())
    }
}
