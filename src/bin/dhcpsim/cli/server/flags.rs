//! The flags by which a server is watched.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use dhcpsim::config::{LogLevel, Service};

use super::super::Global;
use super::super::client::Pause;

/// How much the log says.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Level {
    /// What prevents the server from its work
    Error,
    /// And what somebody should look at
    Warn,
    /// And one line a message, with what became of it
    Info,
    /// And each decision, with the section that it rests on
    Debug,
    /// And every field and option of each message
    Trace,
}

/// Logs, metrics, the event script.
#[derive(Args, Debug)]
#[command(next_help_heading = "Being watched")]
pub(super) struct Watching {
    /// How much the log on stdout says; -v is debug, -vv trace, -q warn [default: info]
    #[arg(long, value_name = "LEVEL")]
    pub(super) log: Option<Level>,
    /// Lines of one kind a second, after a burst of ten times as many; more are counted. 0: no limit
    #[arg(long, value_name = "LINES", default_value_t = 10)]
    pub(super) log_rate: u32,
    /// Answer Prometheus scrapes at http://ADDR:PORT/metrics
    #[arg(long, value_name = "ADDR:PORT")]
    pub(super) metrics: Option<SocketAddr>,
    /// Program to run when a lease begins, goes on or ends: `add|old|del MAC IP [NAME]`
    #[arg(long, value_name = "PROGRAM")]
    pub(super) script: Option<PathBuf>,
    /// How long a run of the script may take before it is killed [default: 10s]
    #[arg(long, value_name = "TIME")]
    pub(super) script_timeout: Option<Pause>,
}

impl From<LogLevel> for Level {
    fn from(level: LogLevel) -> Level {
        match level {
            LogLevel::Error => Level::Error,
            LogLevel::Warn => Level::Warn,
            LogLevel::Info => Level::Info,
            LogLevel::Debug => Level::Debug,
        }
    }
}

impl Watching {
    /// Sets what flags say in what a file says; a file has no level above debug.
    pub(super) fn apply(&self, service: &mut Service) {
        if let Some(level) = self.log {
            service.log = match level {
                Level::Error => LogLevel::Error,
                Level::Warn => LogLevel::Warn,
                Level::Info => LogLevel::Info,
                Level::Debug | Level::Trace => LogLevel::Debug,
            };
        }
        service.metrics = self.metrics.or(service.metrics);
        if let Some(script) = &self.script {
            service.script = Some(script.clone());
        }
        if let Some(Pause(limit)) = self.script_timeout {
            service.script_timeout = limit;
        }
    }

    /// The log level: as told, else by how often `-v` stands there. `-q` is about text: JSON is for programs.
    pub(super) fn level(&self, global: &Global, json: bool) -> Option<Level> {
        self.log.or(match global.verbose {
            0 if global.quiet && !json => Some(Level::Warn),
            0 => None,
            1 => Some(Level::Debug),
            _ => Some(Level::Trace),
        })
    }
}
