//! The configuration that file and flags come to: flags win.

use std::fmt;
use std::net::Ipv4Addr;
use std::path::Path;

use dhcpsim::config::{self, Loaded, Probe, Service};
use dhcpsim::net::{Listen, SERVER_PORT};

use super::super::Failure;
use super::super::exit::Complaint;
use super::super::socket::Endpoint as At;
use super::{DEFAULT_PORT, Server};

/// A configuration and where it makes the server listen.
#[derive(Debug)]
pub(super) struct Effective {
    pub(super) loaded: Loaded,
    pub(super) place: Place,
}

/// Where a server listens. Shown as `127.0.0.1:6767`, or `eth0, eth1, port 67`.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) listen: Listen,
    pub(super) port: u16,
}

impl Place {
    fn of(service: &Service) -> Place {
        match (&service.listen, service.interfaces.as_slice()) {
            (None, interfaces @ [_, ..]) => Place {
                listen: Listen::Interfaces(interfaces.to_vec()),
                port: service.port.unwrap_or(SERVER_PORT),
            },
            (listen, _) => Place {
                listen: Listen::Address(listen.map_or(Ipv4Addr::LOCALHOST, |listen| listen.address)),
                port: listen.and_then(|listen| listen.port).or(service.port).unwrap_or(DEFAULT_PORT),
            },
        }
    }

    /// Says where the server listens in what is printed of its configuration.
    fn tell(&self, service: &mut Service) {
        match self.listen {
            Listen::Interfaces(_) => service.port = Some(self.port),
            Listen::Address(address) => {
                service.listen = Some(config::Listen { address, port: Some(self.port) });
                service.port = None;
            }
        }
    }

    /// The one address that is listened on.
    pub(super) fn address(&self) -> Option<Ipv4Addr> {
        match self.listen {
            Listen::Address(address) if !address.is_unspecified() => Some(address),
            _ => None,
        }
    }

    pub(super) fn is_loopback(&self) -> bool {
        self.address().is_some_and(|address| address.is_loopback())
    }

    /// The interface for a capture to listen on.
    pub(super) fn interface(&self) -> &str {
        match &self.listen {
            Listen::Interfaces(names) => match names.as_slice() {
                [only] => only,
                _ => "any",
            },
            Listen::Address(_) if self.is_loopback() => "lo",
            Listen::Address(_) => "any",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.listen {
            Listen::Interfaces(names) => write!(f, "{}, port {}", names.join(", "), self.port),
            Listen::Address(address) => write!(f, "{address}:{}", self.port),
        }
    }
}

/// Reads a configuration file, for the start, `--check` and a reload alike.
pub(super) fn load(path: &Path) -> Result<Loaded, Failure> {
    Loaded::from_file(path).map_err(Failure::Configuration)
}

impl Server {
    /// What file and flags come to, or what is wrong with them.
    pub(super) fn effective(&self) -> Result<Effective, Failure> {
        let file = self.check.as_deref().or(self.config.as_deref());
        let mut loaded = file.map(load).transpose()?.unwrap_or_default();
        self.listens(&mut loaded.service);
        self.watching.apply(&mut loaded.service);
        if let Some(leases) = &self.leases {
            loaded.service.leases = leases.clone();
        }
        if self.no_probe {
            (loaded.service.probe, loaded.config.probe) = (Probe::Off, None);
        }
        let place = Place::of(&loaded.service);
        match file {
            None => loaded.config = self.plan(&place)?,
            Some(_) => {
                self.apply(&mut loaded.config)?;
                loaded.config.server_identifier = loaded.config.server_identifier.or(place.address());
            }
        }
        place.tell(&mut loaded.service);
        // What a file says is right by itself; what flags make of it may not be.
        let fault = loaded.config.check().err().and_then(|errors| errors.into_iter().next());
        match fault {
            None => Ok(Effective { loaded, place }),
            Some(fault) => Err(Failure::Usage(Complaint::new(format!("flags and configuration: {fault}")))),
        }
    }

    /// Sets where flags make the server listen.
    fn listens(&self, service: &mut Service) {
        if !self.interface.is_empty() {
            service.interfaces.clone_from(&self.interface);
            service.listen = None;
        }
        if let Some(At { address, port }) = self.listen {
            service.interfaces.clear();
            let address = address.unwrap_or(Ipv4Addr::LOCALHOST);
            service.listen = Some(config::Listen { address, port });
        }
        if let Some(port) = self.port {
            service.port = Some(port);
            service.listen = service.listen.map(|listen| config::Listen { port: None, ..listen });
        }
    }
}
