//! From a configuration to a server at work: what stands around the endpoint, and how it is read anew.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::{SocketAddrV4, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dhcpsim::config::{Loaded, Probe, Service};
use dhcpsim::endpoint::Instant;
use dhcpsim::lease::Binding;
use dhcpsim::net::{Clock, Driver, Notice, Stop, Wire, interfaces};
use dhcpsim::server::{Config, Server as Endpoint};
use dhcpsim::watch::script::Script;
use dhcpsim::watch::{Board, Counters, Notify, Scrapes, Signals};

use super::super::exit::Complaint;
use super::super::recorder::Recorder;
use super::super::show::DIM;
use super::super::{Exit, Failure, Global};
use super::Server;
use super::check;
use super::effective::{Effective, Place};
use super::flags::Level;
use super::hook::{self, Hook};
use super::keeping::Keeping;
use super::log::Log;
use super::printer::Printer;
use super::serve::{Reload, Serving};
use super::tape::{Host, Tape};

/// How long to wait for an answer from an address that is about to be offered.
const PROBE: Duration = Duration::from_millis(400);

impl Server {
    /// Serves until it is told to end.
    pub(super) fn serve(
        &self,
        global: &Global,
        loaded: Loaded,
        place: &Place,
        wire: Wire,
        notices: &[Notice],
    ) -> Result<Exit, Failure> {
        let Loaded { service, config } = loaded;
        let can_probe = wire.can_probe();
        let config = probing(config, &service, can_probe);
        // Before anything is said: whoever reads the banner may send signals, and SIGHUP unhandled would end the server.
        let (stop, signals) = (Stop::new().on_signals()?, Signals::take()?);
        let board = Arc::new(Board::new());
        let sockets: Vec<SocketAddrV4> = wire.listening().collect();
        let scrapes = scrapes(&service, &board, &sockets)?;
        let recorder = self.recorder(place)?;
        let keeping = Keeping::open(&service.leases)?;
        keeping.say()?;
        if !global.quiet {
            self.banner(&config, place, &keeping)?;
            Self::say(notices, global)?;
            if let Some(scrapes) = &scrapes {
                let at = scrapes.address();
                writeln!(anstream::stderr(), "  {DIM}metrics:{DIM:#}    http://{at}/metrics")?;
            }
        }
        let Keeping { store, bindings, clock, timeline, .. } = keeping;
        let level = self.watching.level(global, self.json).unwrap_or(service.log.into());
        let printer = Arc::new(Printer::new(self.json, level, self.watching.log_rate));
        let tape = self.tape(place, clock.now(), (&service, &config), &bindings)?;
        let mut log = Log {
            recorder,
            tape,
            counters: Counters::new(clock.now()),
            hook: hook(&service, &config, &bindings, &printer, clock)?,
            board,
            signals,
            printer,
            skipped: 0,
        };
        let mut server = Endpoint::new(config, bindings);
        server.set_explaining(level >= Level::Debug);
        let (host, now) = (introduce(&mut server), clock.now());
        log.tape(now, |tape| tape.host(now, host))?;
        let mut serving = Serving {
            driver: Driver::on(wire, clock, server, store, log),
            clock,
            timeline,
            notify: Notify::from_environment(),
            sockets,
            started: clock.now(),
            reload: Box::new(|| self.read_anew(global, &service, can_probe)),
            status: String::new(),
        };
        let untold = serving.run(&stop)?;
        if !global.quiet {
            serving.sum_up(untold)?;
        }
        Ok(Exit::Done)
    }

    fn recorder(&self, place: &Place) -> Result<Option<Recorder>, Failure> {
        let about = format!("UDP {place}");
        self.capture.as_deref().map(|path| Recorder::create(path, &about)).transpose()
    }

    fn tape(
        &self,
        place: &Place,
        now: Instant,
        served: (&Service, &Config),
        bindings: &[Binding],
    ) -> Result<Option<Tape>, Failure> {
        let about = format!("UDP {place}");
        let create = |folder: &PathBuf| Tape::create(folder, &about, now, served, bindings);
        self.record.as_ref().map(create).transpose()
    }

    /// What a reload comes to: file and flags are read and checked as at the start.
    fn read_anew(&self, global: &Global, before: &Service, can_probe: bool) -> Reload {
        if self.config.is_none() {
            return Reload::Nothing;
        }
        let read = self.effective().and_then(|read| {
            check::interfaces(&read.loaded.config, &read.place)?;
            Ok(read)
        });
        match read {
            Ok(Effective { loaded: Loaded { service, config }, .. }) => Reload::New {
                level: self.watching.level(global, self.json).unwrap_or(service.log.into()),
                later: later(before, &service),
                config: Box::new(probing(config, &service, can_probe)),
            },
            Err(Failure::Configuration(errors)) => Reload::Wrong {
                faults: errors.iter().map(ToString::to_string).collect(),
                picture: dhcpsim::config::pictures(&errors),
            },
            Err(failure) => {
                let fault = failure.to_string();
                Reload::Wrong { picture: format!("error: {fault}\n"), faults: vec![fault] }
            }
        }
    }
}

/// A configuration with probes as far as the sockets can.
fn probing(config: Config, service: &Service, can_probe: bool) -> Config {
    let wait = config.probe.or((service.probe == Probe::Auto).then_some(PROBE));
    Config { probe: wait.filter(|_| can_probe), ..config }
}

/// The settings that differ and need a restart.
fn later(before: &Service, after: &Service) -> Vec<&'static str> {
    let differs = [
        ("listen", before.listen != after.listen || before.port != after.port),
        ("interfaces", before.interfaces != after.interfaces),
        ("leases", before.leases != after.leases),
        ("metrics", before.metrics != after.metrics),
        ("script", before.script != after.script || before.script_timeout != after.script_timeout),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// Tells a server of its host: the names of interfaces, and the addresses by which clients may know it.
pub(super) fn introduce(server: &mut Endpoint) -> Host {
    // A host that does not tell is served as one that has no interfaces with names.
    let found = interfaces().unwrap_or_default();
    let attached = found.iter().flat_map(|interface| &interface.addresses);
    let addresses: BTreeSet<_> = attached.map(|attached| attached.address).collect();
    let names = found.iter().map(|interface| (interface.index, interface.name.clone()));
    let names: BTreeMap<_, _> = names.collect();
    server.set_addresses(addresses.clone());
    server.set_interfaces(names.clone());
    (addresses.into_iter().collect(), names)
}

/// The thread that answers scrapes, if that is wanted.
fn scrapes(
    service: &Service,
    board: &Arc<Board>,
    sockets: &[SocketAddrV4],
) -> Result<Option<Scrapes>, Failure> {
    let Some(at) = service.metrics else { return Ok(None) };
    let cannot = |error| Failure::Cannot(Complaint::new(format!("cannot answer scrapes at {at}: {error}")));
    let listener = TcpListener::bind(at).map_err(cannot)?;
    Ok(Some(Scrapes::start(listener, Arc::clone(board), sockets.to_vec())?))
}

/// The event script, if there is one.
fn hook(
    service: &Service,
    config: &Config,
    bindings: &[Binding],
    printer: &Arc<Printer>,
    clock: Clock,
) -> Result<Option<Hook>, Failure> {
    let Some(path) = &service.script else { return Ok(None) };
    let script = Script { program: hook::program(path)?, limit: service.script_timeout };
    Ok(Some(Hook::start(script, config.server_identifier, bindings.to_vec(), printer, clock)?))
}
