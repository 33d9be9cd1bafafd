//! Exit codes and how a command says that it failed.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use dhcpsim::config::{self, ConfigError};
use dhcpsim::net::{Panicked, StoreLost};

/// How a command ended when it could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Done, and the answer is no: a fault in a frame, a refused lease.
    No,
    /// Stopped by Ctrl-C.
    Interrupted,
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Wrong usage that the argument parser can't see: code 2.
    Usage(Complaint),
    /// Input that can't be read: code 3.
    Input(Complaint),
    /// A configuration with faults: code 3.
    Configuration(Vec<ConfigError>),
    /// A server said no: code 1.
    Refused(Complaint),
    /// No reply in time: code 4.
    NoReply(Complaint),
    /// Port, interface, permission or file that can't be had: code 5.
    Cannot(Complaint),
    /// Nobody reads the output any more: nothing is said.
    BrokenPipe,
}

/// What went wrong and what to do about it.
#[derive(Debug)]
pub(crate) struct Complaint {
    what: String,
    help: Option<String>,
}

impl Complaint {
    /// A complaint without advice.
    pub(crate) fn new(what: impl fmt::Display) -> Complaint {
        Complaint { what: what.to_string(), help: None }
    }

    /// Adds advice.
    pub(crate) fn help(self, help: impl fmt::Display) -> Complaint {
        Complaint { help: Some(help.to_string()), ..self }
    }
}

/// What went wrong, without advice.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage(complaint)
            | Failure::Input(complaint)
            | Failure::Refused(complaint)
            | Failure::NoReply(complaint)
            | Failure::Cannot(complaint) => f.write_str(&complaint.what),
            Failure::Configuration(errors) => {
                let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            Failure::BrokenPipe => f.write_str("nobody reads the output"),
        }
    }
}

/// Writing output fails: quietly if the reader has gone.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
            _ if error.get_ref().is_some_and(|error| error.is::<StoreLost>() || error.is::<Panicked>()) => {
                Failure::Cannot(Complaint::new(error))
            }
            _ => Failure::Cannot(Complaint::new(format!("cannot write the output: {error}"))),
        }
    }
}

/// Says on stderr what failed and gives the exit code.
pub(super) fn report(outcome: Result<Exit, Failure>) -> ExitCode {
    let (code, complaint) = match outcome {
        Ok(Exit::Done) | Err(Failure::BrokenPipe) => return ExitCode::SUCCESS,
        Ok(Exit::No) => return ExitCode::from(1),
        Ok(Exit::Interrupted) => return ExitCode::from(130),
        Err(Failure::Usage(complaint)) => (2, complaint),
        Err(Failure::Input(complaint)) => (3, complaint),
        Err(Failure::Configuration(errors)) => {
            let _ = write!(anstream::stderr().lock(), "{}", config::pictures(&errors));
            return ExitCode::from(3);
        }
        Err(Failure::Refused(complaint)) => (1, complaint),
        Err(Failure::NoReply(complaint)) => (4, complaint),
        Err(Failure::Cannot(complaint)) => (5, complaint),
    };
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let bold = Style::new().bold();
    let mut stderr = anstream::stderr().lock();
    let _ = writeln!(stderr, "{red}error:{red:#} {}", harmless(&complaint.what));
    if let Some(help) = complaint.help {
        let _ = writeln!(stderr, "  {bold}help:{bold:#} {}", harmless(&help));
    }
    ExitCode::from(code)
}

/// Prints what the argument parser says, help too, and gives its exit code. An argument with control characters is
/// shown without colours, so that it can be made harmless; so is everything under `--color never`.
pub(super) fn usage(error: &clap::Error, args: &[OsString]) -> ExitCode {
    let hostile = args.iter().any(|arg| arg.to_string_lossy().chars().any(char::is_control));
    let never = args.iter().any(|arg| arg == "--color=never")
        || args.windows(2).any(|pair| matches!(pair, [flag, when] if flag == "--color" && when == "never"));
    if hostile || never {
        let text = harmless(&error.render().to_string());
        let _ = match error.use_stderr() {
            true => write!(anstream::stderr(), "{text}"),
            false => write!(anstream::stdout(), "{text}"),
        };
    } else {
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Text without control characters but line breaks: a file's name or an argument may hold anything.
pub(super) fn harmless(text: &str) -> String {
    text.chars()
        .map(|char| match char {
            '\n' => char.to_string(),
            char if char.is_control() => char.escape_default().to_string(),
            char => char.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_is_lost_is_no_matter_of_output() {
        let failure = Failure::from(io::Error::from(StoreLost("gone at a.rs:1:1".to_owned())));
        let Failure::Cannot(complaint) = failure else { panic!("{failure:?}") };
        assert_eq!(
            "the lease store is lost, nothing is acknowledged any more: gone at a.rs:1:1",
            complaint.what
        );
    }

    #[test]
    fn control_characters_of_an_argument_are_escaped() {
        assert_eq!("a\\u{1b}[31mX\\u{7}\nü", harmless("a\x1b[31mX\x07\nü"));
    }
}
