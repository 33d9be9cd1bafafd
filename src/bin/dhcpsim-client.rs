//! `dhcpsim client` under its own name.

fn main() {}
