//! The workbench: every command.

fn main() {}
