//! The command line: what every command shares. Each command is one file.

mod client;
mod decode;
mod demo;
mod encode;
mod envelope;
mod exit;
mod leases;
mod options;
mod plan;
mod recorder;
mod relay;
mod replay;
mod server;
mod show;
mod simulate;
mod socket;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ArgAction, Args, FromArgMatches as _, Parser, Subcommand, ValueEnum};

pub(crate) use exit::{Exit, Failure};

/// A DHCPv4 workbench: look at frames, build them, serve and get leases.
#[derive(Parser, Debug)]
#[command(name = "dhcpsim", version, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

const AFTER_HELP: &str = "\
Start here:
  dhcpsim demo                            a server and a client, one lease, every message shown
  dhcpsim decode capture.pcapng           what is in this capture?
  dhcpsim simulate isp                    1000 addresses for 4000 customers, a day in a second
  dhcpsim options 121                     what is option 121?
  dhcpsim server                          serve addresses on 127.0.0.1:6767, no root needed
  dhcpsim client                          get a lease from it

Exit status: 0 done, 1 the answer is no, 2 wrong usage, 3 input unreadable, 4 no reply in time, 5 cannot";

#[derive(Subcommand, Debug)]
enum Command {
    /// Show what is in DHCP frames: hex in any dress, raw octets, pcap or pcapng
    Decode(decode::Decode),
    /// Build frames from flags, JSON or the text form
    Encode(encode::Encode),
    /// List the options that DHCP has, or explain one
    Options(options::Options),
    /// Serve addresses
    Server(server::Server),
    /// List the leases of a store; check, repair, copy it; import other servers' leases
    Leases(leases::Leases),
    /// Get a lease and print it
    Client(client::Client),
    /// Pass messages on between clients and servers, as a relay agent
    Relay(relay::Relay),
    /// Go through a recorded session or a capture again, and say where answers differ
    Replay(replay::Replay),
    /// Run a network in virtual time: days in seconds
    Simulate(simulate::Simulate),
    /// Find the pool size or lease time that customers need, by simulation
    Plan(plan::Plan),
    /// Run a server and a client over loopback and show the exchange
    Demo(demo::Demo),
}

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// Colour on the terminal
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN", help_heading = "Global options")]
    color: When,
    /// Say more on stderr (-vv: yet more)
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,
    /// Say less on stderr
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub(crate) quiet: bool,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
pub(crate) enum When {
    Auto,
    Always,
    Never,
}

impl When {
    /// Whether it is so, where `auto` is what one would expect.
    fn holds(self, auto: bool) -> bool {
        match self {
            When::Auto => auto,
            When::Always => true,
            When::Never => false,
        }
    }
}

/// What was asked for on the command line.
struct Asked {
    command: Command,
    global: Global,
}

/// Parses the arguments of a program and runs the command: `dhcpsim` has all, `dhcpsim-server` and `dhcpsim-client`
/// are one each.
pub(crate) fn main(program: &'static str) -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let asked = match parse(program, &args) {
        Ok(asked) => asked,
        Err(error) => return exit::usage(&error, &args),
    };
    match asked.global.color {
        When::Auto => {}
        When::Always => anstream::ColorChoice::AlwaysAnsi.write_global(),
        When::Never => anstream::ColorChoice::Never.write_global(),
    }
    let global = &asked.global;
    exit::report(match asked.command {
        Command::Decode(command) => command.run(global),
        Command::Encode(command) => command.run(global),
        Command::Options(command) => command.run(global),
        Command::Server(command) => command.run(global),
        Command::Leases(command) => command.run(global),
        Command::Client(command) => command.run(global),
        Command::Relay(command) => command.run(global),
        Command::Replay(command) => command.run(global),
        Command::Demo(command) => command.run(global),
        Command::Simulate(command) => command.run(global),
        Command::Plan(command) => command.run(global),
    })
}

fn parse(program: &'static str, args: &[OsString]) -> Result<Asked, clap::Error> {
    match program {
        "dhcpsim-server" => alone(program, args, Command::Server),
        "dhcpsim-client" => alone(program, args, Command::Client),
        _ => Cli::try_parse_from(args).map(|cli| Asked { command: cli.command, global: cli.global }),
    }
}

/// A program that is one command.
fn alone<C: Args>(
    program: &'static str,
    args: &[OsString],
    command: impl FnOnce(C) -> Command,
) -> Result<Asked, clap::Error> {
    let parser = clap::Command::new(program).version(env!("CARGO_PKG_VERSION")).max_term_width(100);
    let matches = C::augment_args(Global::augment_args(parser)).try_get_matches_from(args)?;
    Ok(Asked {
        command: command(C::from_arg_matches(&matches)?),
        global: Global::from_arg_matches(&matches)?,
    })
}
