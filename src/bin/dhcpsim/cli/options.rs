//! `dhcpsim options`.

use clap::Args;

use super::{Exit, Failure, Global};

#[derive(Args, Debug)]
pub(crate) struct Options {}

impl Options {
    pub(crate) fn run(self, _: &Global) -> Result<Exit, Failure> {
        Ok(Exit::Done)
    }
}
