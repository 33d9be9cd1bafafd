//! What is wrong with a configuration file, where, and what to do about it.

use core::fmt;
use core::net::Ipv4Addr;
use core::ops::Range;

use super::fault;
use super::source::{Position, Source};
use crate::options::text::{Escaped, Quoted};
use crate::server::config::Fault;

/// A place in a configuration file and the key that it belongs to, such as `subnet.ranges`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) key: String,
    pub(crate) span: Range<usize>,
}

/// Something wrong in a configuration file. Shown in one line as `server.toml:3:11: subnet.ranges: 192.0.3.9 is not in
/// 192.0.2.0/24`, and as a compiler shows it by [`ConfigError::picture`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    pub(super) source: Source,
    pub(super) spot: Spot,
    pub(super) other: Option<Spot>,
    problem: Box<Problem>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The file can't be read; why, in the system's words.
    Unreadable(String),
    /// An octet that is not part of UTF-8.
    NotUtf8(u8),
    /// Not TOML; what is wrong in the words of the TOML parser.
    Syntax(String),
    /// A key that there is not, or not at this level.
    UnknownKey {
        /// The nearest right key.
        nearest: Option<String>,
        /// The right keys.
        known: Vec<&'static str>,
        /// Where the key would be right.
        elsewhere: Option<&'static str>,
    },
    /// A name that no option has.
    UnknownOption {
        /// The nearest right name.
        nearest: Option<String>,
    },
    /// A key that must be there; what it holds.
    Missing(&'static str),
    /// A value that is not what it must be.
    Wrong {
        /// What was expected.
        expected: String,
        /// What was found, safe to print.
        found: String,
        /// The nearest right name, where a name was expected.
        nearest: Option<String>,
    },
    /// Two keys of which only one may be there.
    Both {
        /// The other.
        other: &'static str,
    },
    /// An option that is set by another of its names too.
    OptionTwice,
    /// A subnet whose address has host bits.
    HostBits {
        /// The address without them.
        network: Ipv4Addr,
        /// The prefix length.
        prefix: u8,
    },
    /// The server's own address, in a range.
    ServersOwn(Ipv4Addr),
    /// The server's own address, reserved for a client.
    ServersReserved(Ipv4Addr),
    /// What the server's model finds.
    Fault(Fault),
}

impl ConfigError {
    pub(crate) fn new(source: &Source, spot: Spot, problem: Problem) -> ConfigError {
        ConfigError { source: source.clone(), spot, other: None, problem: Box::new(problem) }
    }

    pub(super) fn with(self, other: Option<Spot>) -> ConfigError {
        ConfigError { other, ..self }
    }

    /// Whether it is a fault of this text.
    pub(crate) fn is_of(&self, source: &Source) -> bool {
        self.source == *source
    }

    /// Where it stands in its text, in octets.
    pub(crate) fn start(&self) -> usize {
        self.spot.span.start
    }

    /// The same of a text that is a part of this one, from octet `from` on. What it clashes with is left out if it
    /// stands elsewhere.
    pub(crate) fn of_part(self, source: &Source, from: usize) -> ConfigError {
        let within = |span: Range<usize>| {
            let (start, end) = (span.start.checked_sub(from)?, span.end.checked_sub(from)?);
            (end <= source.text().len()).then_some(start..end)
        };
        let spot = |spot: Spot| Some(Spot { span: within(spot.span)?, key: spot.key });
        let end = source.text().len();
        let key = self.spot.key.clone();
        ConfigError {
            source: source.clone(),
            spot: spot(self.spot).unwrap_or(Spot { key, span: end..end }),
            other: self.other.and_then(spot),
            problem: self.problem,
        }
    }

    /// The file's name, as it was given.
    #[must_use]
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// Line and column, both from 1; none if the file could not be read at all.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        match *self.problem {
            Problem::Unreadable(_) => None,
            _ => Some(self.source.position(self.spot.span.start)),
        }
    }

    /// The key, with dots between levels; empty if it is no single key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.spot.key
    }

    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// Line and column of what it clashes with, if that stands in the file too.
    #[must_use]
    pub fn other(&self) -> Option<Position> {
        self.other.as_ref().map(|spot| self.source.position(spot.span.start))
    }

    /// What is wrong, with its key.
    #[must_use]
    pub fn message(&self) -> String {
        match self.spot.key.as_str() {
            "" => self.problem.to_string(),
            key => format!("{}: {}", Escaped(key.as_bytes()), self.problem),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        self.problem.help()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.file().as_bytes()).fmt(f)?;
        if let Some(Position { line, column }) = self.position() {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message())?;
        match (&*self.problem, self.problem.nearest()) {
            (Problem::Fault(_), _) | (_, None) => Ok(()),
            (_, Some(nearest)) => write!(f, " (did you mean `{}`?)", Escaped(nearest.as_bytes())),
        }
    }
}

impl core::error::Error for ConfigError {}

impl Problem {
    /// A value that is not what it must be.
    pub(crate) fn wrong(expected: impl Into<String>, found: impl Into<String>) -> Problem {
        Problem::Wrong { expected: expected.into(), found: found.into(), nearest: None }
    }

    /// The nearest right name.
    fn nearest(&self) -> Option<&str> {
        match self {
            Problem::UnknownKey { nearest, .. }
            | Problem::UnknownOption { nearest }
            | Problem::Wrong { nearest, .. }
            | Problem::Fault(Fault::UnknownClass { nearest, .. }) => nearest.as_deref(),
            _ => None,
        }
    }

    /// What stands under the place itself.
    pub(super) fn label(&self) -> String {
        match self {
            Problem::Unreadable(_) => String::new(),
            Problem::NotUtf8(_) => "from here on it is not UTF-8".to_owned(),
            Problem::Syntax(_) => "here".to_owned(),
            Problem::UnknownKey { elsewhere: Some(level), .. } => format!("belongs to {level}"),
            Problem::UnknownKey { .. } => "no such key".to_owned(),
            Problem::UnknownOption { .. } => "no option has this name".to_owned(),
            Problem::Missing(what) => format!("{what} is missing here"),
            Problem::Wrong { expected, .. } => format!("expected {expected}"),
            Problem::Both { .. } | Problem::OptionTwice => "again here".to_owned(),
            Problem::HostBits { .. } => "host bits are set".to_owned(),
            Problem::ServersOwn(_) | Problem::ServersReserved(_) => "clients can't have it".to_owned(),
            Problem::Fault(fault) => fault::label(fault).to_owned(),
        }
    }

    /// What stands under the other place.
    pub(super) fn other_label(&self) -> &'static str {
        match self {
            Problem::Both { .. } | Problem::OptionTwice => "first here",
            Problem::ServersOwn(_) | Problem::ServersReserved(_) => "the server's address is said here",
            Problem::Fault(fault) => fault::other_label(fault),
            _ => "",
        }
    }

    fn help(&self) -> Option<String> {
        if let Some(name) = self.nearest() {
            return Some(format!("did you mean `{}`?", Escaped(name.as_bytes())));
        }
        Some(match self {
            Problem::Unreadable(_) => {
                "`dhcpsim server --print-example` prints a file to begin with".to_owned()
            }
            Problem::NotUtf8(_) => {
                "TOML is UTF-8; `iconv -f latin1 -t utf-8` turns a Latin-1 file into it".to_owned()
            }
            Problem::UnknownKey { elsewhere: Some(_), .. } => {
                "TOML: a key belongs to the last [table] or [[table]] above it".to_owned()
            }
            Problem::UnknownKey { known, .. } => format!("there are: {}", known.join(", ")),
            Problem::UnknownOption { .. } => {
                "`dhcpsim options` lists all names; a code such as 224 = \"hex:0102\" works too".to_owned()
            }
            Problem::Both { other } => format!("one of this and `{other}` is enough"),
            Problem::OptionTwice => "give all values in one place, as an array".to_owned(),
            Problem::HostBits { network, prefix } => {
                format!("write \"{network}/{prefix}\" for the subnet that the address is in")
            }
            Problem::ServersOwn(address) => format!("exclude = [\"{address}\"] leaves it out of the range"),
            Problem::ServersReserved(_) => "give the client another address".to_owned(),
            Problem::Fault(fault) => return fault::help(fault),
            Problem::Syntax(_) | Problem::Missing(_) | Problem::Wrong { .. } => return None,
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Unreadable(why) => {
                write!(f, "cannot read the configuration: {}", Escaped(why.as_bytes()))
            }
            Problem::NotUtf8(octet) => write!(f, "expected UTF-8, found octet {octet:#04x}"),
            Problem::Syntax(why) => write!(f, "not TOML: {}", Escaped(why.as_bytes())),
            Problem::UnknownKey { elsewhere: None, .. } => f.write_str("unknown key"),
            Problem::UnknownKey { elsewhere: Some(level), .. } => {
                write!(f, "unknown key here; it belongs to {level}")
            }
            Problem::UnknownOption { .. } => f.write_str("unknown option"),
            Problem::Missing(what) => write!(f, "expected {what}, found nothing"),
            Problem::Wrong { expected, found, .. } => write!(f, "expected {expected}, found {found}"),
            Problem::Both { other } => write!(f, "expected one of this and `{other}`, found both"),
            Problem::OptionTwice => f.write_str("the option is set twice, by name and by code"),
            Problem::HostBits { network, prefix } => {
                write!(f, "expected a subnet's own address before /{prefix}, {network}, found host bits")
            }
            Problem::ServersOwn(address) | Problem::ServersReserved(address) => {
                write!(f, "{address} is the server's own address")
            }
            Problem::Fault(fault) => fault::message(f, fault),
        }
    }
}

/// Text of a file as an error shows it: quoted, escaped, and cut if it is long.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", Quoted(text.get(..end).unwrap_or_default().as_bytes())),
        None => Quoted(text.as_bytes()).to_string(),
    }
}
