//! What is not protocol: where the server listens, keeps its bindings, says what it does.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::path::PathBuf;

use toml::de::DeValue;

use super::error::Problem;
use super::table::{Item, Reader, Table};
use super::values;
use crate::server::config::Fault;

/// What the program around the server does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The address that it listens on, if it is said.
    pub listen: Option<Listen>,
    /// The port that it listens on, where [`Listen`] says none.
    pub port: Option<u16>,
    /// The interfaces whose clients it serves.
    pub interfaces: Vec<String>,
    /// Whether addresses are probed before they are offered.
    pub probe: Probe,
    /// Where bindings are kept.
    pub leases: Leases,
    /// How much is said.
    pub log: LogLevel,
    /// Where counters are to be had.
    pub metrics: Option<SocketAddr>,
    /// What is run after each change of a binding.
    pub script: Option<PathBuf>,
    /// How long a run of the script may take.
    pub script_timeout: Duration,
}

/// An address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The address.
    pub address: Ipv4Addr,
    /// Its port, if it has one of its own.
    pub port: Option<u16>,
}

/// Whether addresses are probed before they are offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Probe {
    /// Where the sockets can, and not on loopback.
    #[default]
    Auto,
    /// Never.
    Off,
    /// For so long.
    For(Duration),
}

/// Where bindings are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Leases {
    /// In a file, at the place that is usual on the machine.
    #[default]
    Usual,
    /// In memory: they end with the server.
    Memory,
    /// In this file.
    File(PathBuf),
}

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// What stops the server.
    Error,
    /// What somebody should look at.
    Warn,
    /// A line a message.
    #[default]
    Info,
    /// Why each message is answered as it is.
    Debug,
}

impl LogLevel {
    /// All levels.
    pub const ALL: [LogLevel; 4] = [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug];

    /// Its name in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
        }
    }
}

impl Leases {
    /// The word for [`Leases::Memory`].
    pub const MEMORY: &str = "memory";

    /// What a word or a path means: `memory`, or a file with its folder, so that no typing error makes a file.
    #[must_use]
    pub fn of(text: &str) -> Option<Leases> {
        match text {
            Leases::MEMORY => Some(Leases::Memory),
            path if path.contains('\0') || path.ends_with('/') => None,
            path if path.contains('/') => Some(Leases::File(PathBuf::from(path))),
            _ => None,
        }
    }
}

impl Default for Service {
    fn default() -> Service {
        Service {
            listen: None,
            port: None,
            interfaces: Vec::new(),
            probe: Probe::default(),
            leases: Leases::default(),
            log: LogLevel::default(),
            metrics: None,
            script: None,
            script_timeout: Duration::from_secs(10),
        }
    }
}

impl Reader {
    pub(super) fn service(&mut self, top: &Table<'_>) -> Service {
        let usual = Service::default();
        let mut interfaces = Vec::new();
        for item in top.get("interfaces").iter().flat_map(Item::list) {
            let interface = values::interface(&item);
            if let Some(interface) = self.keep(&item, interface) {
                match interfaces.contains(&interface) {
                    true => self.fail(item.spot(), Problem::Fault(Fault::InterfaceAgain(interface))),
                    false => interfaces.push(interface),
                }
            }
        }
        let listen = self.take(top, "listen", listen_at);
        if let (Some(listen), Some(interfaces)) = (top.get("listen"), top.get("interfaces")) {
            self.both(&listen, &interfaces, "listen");
        }
        if let (Some(Listen { port: Some(_), .. }), Some(item), Some(port)) =
            (listen, top.get("listen"), top.get("port"))
        {
            self.both(&item, &port, "listen");
        }
        let timeout = self.take(top, "script-timeout", script_timeout);
        Service {
            listen,
            interfaces,
            probe: self.take(top, "probe", probe).unwrap_or_default(),
            port: self.take(top, "port", values::port),
            leases: self.take(top, "leases", leases).unwrap_or_default(),
            log: self.take(top, "log", log_level).unwrap_or_default(),
            metrics: self.take(top, "metrics", values::socket_address),
            script: self.take(top, "script", values::path),
            script_timeout: timeout.unwrap_or(usual.script_timeout),
        }
    }
}

fn listen_at(item: &Item<'_>) -> Result<Listen, Problem> {
    let wrong = || item.wrong("an IPv4 address, or one with a port: \"192.0.2.1:67\"");
    let text = item.text().ok_or_else(wrong)?;
    let (address, port) = match text.split_once(':') {
        Some((address, port)) => (address, Some(port.parse().map_err(|_| wrong())?)),
        None => (text, None),
    };
    Ok(Listen { address: address.parse().map_err(|_| wrong())?, port })
}

fn probe(item: &Item<'_>) -> Result<Probe, Problem> {
    let wrong = || item.wrong("how long to wait: \"500ms\"; or false, or \"auto\"");
    match item.value {
        DeValue::Boolean(false) => Ok(Probe::Off),
        DeValue::String(text) if text == "auto" => Ok(Probe::Auto),
        _ => match values::duration(item) {
            Ok(time) if time.is_zero() => Err(item.wrong("at least \"1ms\", or false")),
            time => time.map(Probe::For).map_err(|_| wrong()),
        },
    }
}

fn leases(item: &Item<'_>) -> Result<Leases, Problem> {
    let expected = "\"memory\", or a file with its folder: \"./leases.db\"";
    let found = item.text().and_then(Leases::of);
    found.ok_or_else(|| item.wrong_name(expected, [Leases::MEMORY].into_iter()))
}

fn log_level(item: &Item<'_>) -> Result<LogLevel, Problem> {
    let found = LogLevel::ALL.into_iter().find(|level| item.text() == Some(level.name()));
    let names = LogLevel::ALL.map(LogLevel::name);
    found.ok_or_else(|| item.wrong_name("\"error\", \"warn\", \"info\" or \"debug\"", names.into_iter()))
}

fn script_timeout(item: &Item<'_>) -> Result<Duration, Problem> {
    const MOST: Duration = Duration::from_secs(3600);
    let duration = values::duration(item)?;
    let right = !duration.is_zero() && duration <= MOST;
    right.then_some(duration).ok_or_else(|| item.wrong("a time above 0, up to \"1h\""))
}
