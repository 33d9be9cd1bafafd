//! `dhcpsim server` under its own name.

fn main() {}
