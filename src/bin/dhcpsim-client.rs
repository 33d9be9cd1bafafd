//! `dhcpsim client` under its own name.

#[path = "dhcpsim/cli/mod.rs"]
mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args: Vec<_> = std::env::args_os().collect();
    args.insert(1.min(args.len()), "client".into());
    cli::main(args)
}
