//! The life of one client: until it has what was asked for, or until it is stopped.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddrV4};

use dhcpsim::client::{Client as Endpoint, Config};
use dhcpsim::endpoint::{Instant, Lease};
use dhcpsim::net::{Addressing, CLIENT_PORT, Clock, Driver, Ended, Resident, Station, Stop};
use dhcpsim::store::Memory;

use super::super::exit::Complaint;
use super::super::recorder::Recorder;
use super::super::show::WARNING;
use super::super::{Exit, Failure, Global, socket};
use super::Client;
use super::carrier::Carrier;
use super::script::Told;
use super::signals::Signals;
use super::state::{self, State};
use super::steps::{Manner, News, Steps};

/// A client, and what happens around it.
struct Life<'a> {
    asked: &'a Client,
    carrier: Carrier,
    clock: Clock,
    stop: Stop,
    signals: Signals,
    script: Option<Told>,
    config: Config,
}

/// Runs one client.
pub(super) fn run(asked: &Client, global: &Global, server: SocketAddrV4) -> Result<Exit, Failure> {
    let clock = Clock::start();
    let known = asked.what.state.as_deref().map(state::read).transpose()?.flatten();
    let script = asked.what.script.as_deref();
    let script = script.map(|program| Told::new(program, asked.interface.as_deref())).transpose()?;
    let station = asked.interface.as_deref().map(socket::station).transpose()?;
    let config = configure(asked, server, station.as_ref(), known.as_ref(), clock.now())?;
    // Before anything is sent: a signal that is not handled would end the client without a word.
    let (stop, signals) = (Stop::new().on_signals()?.on_hangup()?, Signals::take()?);
    let mut life = Life {
        carrier: carrier(asked, global, server, station, &config, clock, signals.clone())?,
        asked,
        clock,
        stop,
        signals,
        script,
        config,
    };
    life.begin(known)?;
    life.live()
}

fn configure(
    asked: &Client,
    server: SocketAddrV4,
    station: Option<&Station>,
    known: Option<&State>,
    now: Instant,
) -> Result<Config, Failure> {
    let mac = station.map(|station| station.mac().0.into());
    let chaddr = known.map(|known| known.chaddr.clone()).or(mac.clone());
    let mut config = asked.who.config(asked.who.seed(now.as_micros()), chaddr.as_deref())?;
    if let Some(known) = known {
        if !asked.who.has_identifier() {
            config.client_identifier.clone_from(&known.client_id);
        }
        if (&known.chaddr, &known.client_id) != (&config.chaddr, &config.client_identifier) {
            let complaint = Complaint::new("--state: the file has the lease of another client");
            return Err(Failure::Input(
                complaint.help("another file, or the chaddr and client identifier that it has"),
            ));
        }
    }
    // Replies by unicast reach the machine's own hardware address only, and an address that it has.
    let elsewhere = match &mac {
        Some(mac) => *mac != config.chaddr,
        None => asked.own_port(server) == CLIENT_PORT,
    };
    config = config.behaving(|habits| {
        habits.broadcast |= elsewhere;
        habits.explain = asked.explain;
        habits.keep_ack = true;
        if mac.is_none() || asked.what.no_probe {
            habits.probe = None;
        }
    });
    Ok(config)
}

fn carrier(
    asked: &Client,
    global: &Global,
    server: SocketAddrV4,
    station: Option<Station>,
    config: &Config,
    clock: Clock,
    signals: Signals,
) -> Result<Carrier, Failure> {
    let manner =
        Manner { json: asked.json, explain: asked.explain, quiet: global.quiet, verbose: global.verbose > 0 };
    let recorder =
        |about: &str| asked.capture.as_deref().map(|path| Recorder::create(path, about)).transpose();
    let client = Endpoint::idle(config.clone());
    let steps = |recorder, whom| Steps::new(manner, recorder, clock.now(), whom, signals);
    match station {
        Some(station) => {
            let name = &station.interface().name;
            let steps = steps(recorder(&format!("interface {name}"))?, format!("any server on {name}"));
            Ok(Carrier::Link(Box::new(Resident::new(station, clock, client, steps))))
        }
        None => {
            let socket = asked.socket(server)?;
            let steps = steps(recorder(&format!("UDP {}", socket.local_addr()?))?, server.to_string());
            let addressing = Addressing::ClientOf(server);
            let driver = Driver::new(socket, addressing, clock, client, Memory::new(), steps)?;
            Ok(Carrier::Port(Box::new(driver)))
        }
    }
}

impl Life<'_> {
    fn begin(&mut self, known: Option<State>) -> Result<(), Failure> {
        self.tell("deconfig", None)?;
        let now = self.clock.now();
        if let Some(address) = self.asked.what.inform {
            let address = address.map_or_else(|| self.own_address(), Ok)?;
            self.carrier.client().inform(now, address);
            return Ok(());
        }
        match known {
            Some(State { lease, .. }) if lease.expires() > now => {
                self.carrier.client().reboot(now, lease.address, Some(Box::new(lease)));
            }
            _ => self.carrier.client().start(now),
        }
        Ok(())
    }

    /// The address that the interface has.
    fn own_address(&self) -> Result<Ipv4Addr, Failure> {
        let unknown = || {
            let complaint = match &self.asked.interface {
                Some(name) => Complaint::new(format!("--inform: {name} has no address")),
                None => Complaint::new("--inform: which address?"),
            };
            Failure::Usage(complaint.help("--inform ADDR says it"))
        };
        match &self.asked.interface {
            Some(name) => {
                let found = dhcpsim::net::Interface::find(name);
                let found = found.map_err(|error| Failure::Cannot(socket::no_interface(error)))?;
                found.addresses.first().map(|attached| attached.address).ok_or_else(unknown)
            }
            None => Err(unknown()),
        }
    }

    fn live(&mut self) -> Result<Exit, Failure> {
        let limit = self.clock.now() + self.asked.timeout.0;
        loop {
            let waiting = !self.asked.what.stay || self.carrier.steps().is_without();
            let until = if waiting { limit } else { Instant::NEVER };
            match self.carrier.run(&self.stop, until)? {
                Ended::Stopped => return self.stopped(),
                Ended::TimeUp => return self.timed_out(),
                Ended::Done => {
                    if let Some(exit) = self.attend()? {
                        return Ok(exit);
                    }
                }
            }
        }
    }

    /// Does what has to be done about what has happened; the end, if that is it.
    fn attend(&mut self) -> Result<Option<Exit>, Failure> {
        if self.signals.renew() {
            let now = self.clock.now();
            self.carrier.client().renew(now);
        }
        if self.signals.release() {
            return self.release().map(Some);
        }
        while let Some(news) = self.carrier.steps().next() {
            let end = match news {
                News::Leased { lease, extended } => self.leased(&lease, extended)?,
                News::Refused => self.refused()?,
                News::Ended => {
                    self.forget()?;
                    None
                }
                News::Informed => {
                    self.show()?;
                    Some(Exit::Done)
                }
                News::GaveUp => return self.timed_out().map(Some),
            };
            if end.is_some() {
                return Ok(end);
            }
        }
        Ok(None)
    }

    fn leased(&mut self, lease: &Lease, extended: bool) -> Result<Option<Exit>, Failure> {
        if let Some(path) = &self.asked.what.state {
            state::write(path, &self.config, lease).map_err(|error| {
                Failure::Cannot(Complaint::new(format!("cannot write {}: {error}", path.display())))
            })?;
        }
        self.tell(if extended { "renew" } else { "bound" }, Some(lease))?;
        if !extended {
            self.show()?;
        }
        let what = &self.asked.what;
        if what.stay {
            return Ok(None);
        }
        if what.release {
            self.carrier.steps().gap()?;
            return self.release().map(Some);
        }
        if what.decline {
            self.carrier.steps().gap()?;
            let now = self.clock.now();
            self.carrier.client().decline(now);
            self.carrier.flush()?;
            self.forget()?;
        }
        Ok(Some(Exit::Done))
    }

    fn show(&mut self) -> io::Result<()> {
        let now = self.clock.now();
        self.carrier.steps().show(now)
    }

    fn refused(&mut self) -> Result<Option<Exit>, Failure> {
        self.tell("nak", None)?;
        self.drop_state()?;
        // An address that is refused after a reboot is not the end: the client asks for another.
        match self.asked.what.stay || self.asked.what.state.is_some() {
            true => Ok(None),
            false => Err(self.carrier.steps().refused()),
        }
    }

    fn release(&mut self) -> Result<Exit, Failure> {
        let now = self.clock.now();
        self.carrier.client().release(now);
        self.carrier.flush()?;
        self.forget()?;
        Ok(Exit::Done)
    }

    fn stopped(&mut self) -> Result<Exit, Failure> {
        let interrupted = self.stop.is_interrupted();
        let bound = self.carrier.client().lease().is_some();
        let now = self.clock.now();
        if bound && self.asked.what.release_on_exit {
            self.carrier.client().release(now);
            self.carrier.flush()?;
            self.forget()?;
        }
        self.carrier.steps().ended(now, "stopped")?;
        if bound {
            return Ok(if interrupted { Exit::Interrupted } else { Exit::Done });
        }
        writeln!(anstream::stderr(), "{}", self.carrier.steps().so_far())?;
        Ok(Exit::Interrupted)
    }

    fn timed_out(&mut self) -> Result<Exit, Failure> {
        let now = self.clock.now();
        let limit = self.asked.timeout.0;
        // With a lease that nobody confirms, a client that comes back may still use it.
        self.tell("leasefail", None)?;
        Err(self.carrier.steps().too_late(now, limit)?)
    }

    /// The lease is gone.
    fn forget(&mut self) -> Result<(), Failure> {
        self.tell("deconfig", None)?;
        self.drop_state()
    }

    fn drop_state(&self) -> Result<(), Failure> {
        let Some(path) = &self.asked.what.state else { return Ok(()) };
        if let Err(error) = state::remove(path) {
            let mut stderr = anstream::stderr().lock();
            writeln!(stderr, "{WARNING}warning:{WARNING:#} cannot remove {}: {error}", path.display())?;
        }
        Ok(())
    }

    fn tell(&self, event: &str, lease: Option<&Lease>) -> io::Result<()> {
        self.script.as_ref().map_or(Ok(()), |script| script.tell(event, lease))
    }
}
