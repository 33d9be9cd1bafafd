//! `dhcpsim demo`.

use clap::Args;

use super::{Exit, Failure, Global};

#[derive(Args, Debug)]
pub(crate) struct Demo {}

impl Demo {
    pub(crate) fn run(self, _: &Global) -> Result<Exit, Failure> {
        Ok(Exit::Done)
    }
}
