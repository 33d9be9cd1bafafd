//! `dhcpsim replay`.

mod recording;
mod show;

use std::path::{Path, PathBuf};

use clap::Args;
use dhcpsim::options::text::Escaped;

use super::{Exit, Failure, Global};

const EXAMPLES: &str = "\
Examples:
  dhcpsim server --record session; dhcpsim replay session   the same program gives the same octets

Exit status: 0 all answers alike, 1 some differ, 2 wrong usage, 3 input unreadable";

/// Go through a recorded session again in virtual time, and say where answers differ.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Replay {
    /// The folder of `dhcpsim server --record`
    #[arg(value_name = "FOLDER")]
    input: PathBuf,
    #[command(flatten)]
    form: Form,
}

/// What comes out.
#[derive(Args, Clone, Copy, Debug)]
struct Form {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Every step, not only where answers differ
    #[arg(long)]
    trace: bool,
}

impl Replay {
    pub(crate) fn run(self, global: &Global) -> Result<Exit, Failure> {
        recording::run(&self.input, self.form, global)
    }
}

fn shown(path: &Path) -> String {
    Escaped(path.as_os_str().as_encoded_bytes()).to_string()
}
