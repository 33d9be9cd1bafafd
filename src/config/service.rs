//! What is not protocol: where the server listens, keeps its bindings, says what it does.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::path::PathBuf;

use super::error::Problem;
use super::table::{Item, Reader, Table};
use super::values;

/// What the program around the server does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Where it listens; empty if nothing is said.
    pub listen: Vec<Listen>,
    /// The port that it listens on, where [`Listen`] says none.
    pub port: Option<u16>,
    /// The interfaces whose clients it serves.
    pub interfaces: Vec<String>,
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

/// Where bindings are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Leases {
    /// In memory: they end with the server.
    #[default]
    Memory,
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
    /// As it stands in the file.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Leases::Memory => "memory",
        }
    }
}

impl Default for Service {
    fn default() -> Service {
        Service {
            listen: Vec::new(),
            port: None,
            interfaces: Vec::new(),
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
        let mut list = |name, each: &mut dyn FnMut(&mut Reader, &Item<'_>)| {
            top.get(name).iter().flat_map(Item::list).for_each(|item| each(self, &item));
        };
        let (mut listen, mut interfaces) = (Vec::new(), Vec::new());
        list("listen", &mut |reader, item| listen.extend(reader.keep(item, listen_at(item))));
        list("interfaces", &mut |reader, item| interfaces.extend(reader.keep(item, values::interface(item))));
        let timeout = self.take(top, "script-timeout", script_timeout);
        Service {
            listen,
            interfaces,
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

fn leases(item: &Item<'_>) -> Result<Leases, Problem> {
    let found = [Leases::Memory].into_iter().find(|leases| item.text() == Some(leases.name()));
    found.ok_or_else(|| item.wrong_name("\"memory\"", [Leases::Memory.name()].into_iter()))
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
