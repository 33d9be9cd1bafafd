//! `dhcpsim client` under its own name.

#[path = "dhcpsim/cli/mod.rs"]
mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main("dhcpsim-client")
}
