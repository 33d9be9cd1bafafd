//! A server's configuration file: TOML to the server's model and back, with every fault pointed at.
//!
//! All faults that can be found are found at once, each with file, line, column, key, what was expected, what was
//! found, and the nearest right name. The start, `--check` and a reload all come through [`Loaded::from_file`], so
//! that what one of them takes all take. `docs/configuration.md` has the format, `docs/server.toml` teaches it.

mod class;
pub(crate) mod error;
mod fault;
pub mod keys;
mod network;
mod options;
mod picture;
mod print;
mod scope;
mod semantic;
mod service;
mod source;
pub(crate) mod table;
pub(crate) mod values;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path as FilePath;

use toml::de::DeTable;

pub use error::{ConfigError, Problem};
pub use picture::pictures;
pub use service::{Leases, Listen, LogLevel, Probe, Service};
pub use source::{Position, Source};

use crate::options::text::Escaped;
use crate::server::Config;
use crate::server::config::{Path, Step};
use error::Spot;
use keys::Level;
use table::{Reader, Table};

/// The example that teaches each setting: `docs/server.toml`.
pub const EXAMPLE: &str = include_str!("../../docs/server.toml");

/// The most octets of a configuration file.
const MAX_SIZE: u64 = 16 << 20;

/// A configuration without faults. Shown as the file that says the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// What is not protocol.
    pub service: Service,
    /// What is served.
    pub config: Config,
}

impl Loaded {
    /// Reads a file or a pipe, 16 MiB at most.
    ///
    /// # Errors
    ///
    /// Every fault of it, in its order; at least one.
    pub fn from_file(path: &FilePath) -> Result<Loaded, Vec<ConfigError>> {
        let name = path.to_string_lossy();
        let unreadable = |why: String| {
            let spot = Spot { key: String::new(), span: 0..0 };
            vec![ConfigError::new(&Source::new(&name, ""), spot, Problem::Unreadable(why))]
        };
        if path.is_dir() {
            return Err(unreadable("it is a directory".to_owned()));
        }
        let octets = read(path).map_err(|error| unreadable(error.to_string()))?;
        if u64::try_from(octets.len()).map_or(true, |size| size > MAX_SIZE) {
            return Err(unreadable(format!("it has more than the {MAX_SIZE} octets allowed")));
        }
        Loaded::from_octets(&name, &octets)
    }

    /// Reads the octets of a file called `name`.
    ///
    /// # Errors
    ///
    /// As [`Loaded::from_file`].
    pub fn from_octets(name: &str, octets: &[u8]) -> Result<Loaded, Vec<ConfigError>> {
        let error = match str::from_utf8(octets) {
            Ok(text) => return Loaded::from_str(name, text),
            Err(error) => error,
        };
        let text: String = octets
            .utf8_chunks()
            .fold(String::new(), |text, chunk| text + chunk.valid() + &Escaped(chunk.invalid()).to_string());
        let at = error.valid_up_to();
        let octet = octets.get(at).copied().unwrap_or_default();
        let spot = Spot { key: String::new(), span: at..at.saturating_add(1) };
        Err(vec![ConfigError::new(&Source::new(name, &text), spot, Problem::NotUtf8(octet))])
    }

    /// Reads the text of a file called `name`.
    ///
    /// # Errors
    ///
    /// As [`Loaded::from_file`].
    pub fn from_str(name: &str, text: &str) -> Result<Loaded, Vec<ConfigError>> {
        let source = Source::new(name, text);
        let (document, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(syntax(&source, &errors));
        }
        Loaded::from_table(source, &Table::new(Level::Global, "", 0..0, document.get_ref()))
    }

    /// Reads a table of a file that holds more than a configuration.
    ///
    /// # Errors
    ///
    /// As [`Loaded::from_file`].
    pub(crate) fn from_table(source: Source, top: &Table<'_>) -> Result<Loaded, Vec<ConfigError>> {
        let mut reader = Reader::new(source);
        reader.known(top);
        let service = reader.service(top);
        let mut config = reader.server(top);
        if let Probe::For(time) = service.probe {
            config.probe = Some(time);
        }
        reader.check(&config, &service);
        match reader.sorted() {
            errors if errors.is_empty() => Ok(Loaded { service, config }),
            errors => Err(errors),
        }
    }
}

/// Where the text is not TOML. What a fault brings with it on its own line and the next ones is left out.
pub(crate) fn syntax(source: &Source, errors: &[toml::de::Error]) -> Vec<ConfigError> {
    let mut found: Vec<_> = errors.iter().map(|error| (error.span().unwrap_or(0..0), error)).collect();
    found.sort_by_key(|(span, _)| span.start);
    let mut faults = Vec::new();
    let mut last: Option<usize> = None;
    for (span, error) in found {
        let line = source.position(span.start).line;
        let follows = last.is_some_and(|last| line <= last.saturating_add(2));
        last = Some(line);
        if !follows {
            let key = if error.message().starts_with("duplicate key") { source.slice(&span) } else { "" };
            let spot = Spot { key: key.to_owned(), span };
            let problem = Problem::Syntax(error.message().replace('\n', "; "));
            faults.push(ConfigError::new(source, spot, problem));
        }
    }
    faults
}

/// The octets of a file, no more than one too many: what a device or a pipe has does not show before it is read.
fn read(path: &FilePath) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    File::open(path)?.take(MAX_SIZE.saturating_add(1)).read_to_end(&mut octets)?;
    Ok(octets)
}

impl Reader {
    /// What is served.
    fn server(&mut self, top: &Table<'_>) -> Config {
        let usual = Config::default();
        let path = Path::default();
        let mut flag = |name, usual| self.take(top, name, values::boolean).unwrap_or(usual);
        let authoritative = flag("authoritative", usual.authoritative);
        let rapid_commit = flag("rapid-commit", usual.rapid_commit);
        let subnet_selection = flag("subnet-selection", usual.subnet_selection);
        let lease_query = flag("lease-query", usual.lease_query);
        let bootp = flag("bootp", usual.bootp);
        let hold = self.read(top, "offer-hold", &path, "offer_hold", values::duration);
        let rest = self.read(top, "decline-rest", &path, "decline_rest", values::duration);
        let percent = |item: &table::Item<'_>| values::number(item, "100");
        let most = self.read(top, "most-declined", &path, "most_declined", percent);
        let per_relay = self.read(top, "offers-per-relay", &path, "offers_per_relay", percent);
        let per_port = self.take(top, "offers-per-port", |item| values::number(item, "65535"));
        if let Some(item) = top.get("probe") {
            self.stands(path.at(Step::Field("probe")), item.spot());
        }
        Config {
            server_identifier: self.read(top, "server-id", &path, "server_identifier", values::address),
            authoritative,
            rapid_commit,
            subnet_selection,
            lease_query,
            bootp,
            offer_hold: hold.unwrap_or(usual.offer_hold),
            offers_per_relay: per_relay.unwrap_or(usual.offers_per_relay),
            offers_per_port: per_port.unwrap_or(usual.offers_per_port),
            decline_rest: rest.unwrap_or(usual.decline_rest),
            most_declined: most.unwrap_or(usual.most_declined),
            probe: usual.probe,
            scope: self.scope(top, &path),
            classes: self.classes(top),
            networks: self.networks(top),
        }
    }
}
