//! `dhcpsim decode`.

use clap::Args;

use super::{Exit, Failure, Global};

#[derive(Args, Debug)]
pub(crate) struct Decode {}

impl Decode {
    pub(crate) fn run(self, _: &Global) -> Result<Exit, Failure> {
        Ok(Exit::Done)
    }
}
