//! `--script PROGRAM`: whoever wants an interface configured is told by a program, as udhcpc does it.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use dhcpsim::endpoint::Lease;
use dhcpsim::options::text::Escaped;
use dhcpsim::watch::script::{Ended, Script, client_variables};

use super::super::Failure;
use super::super::exit::Complaint;
use super::super::show::WARNING;

/// How long a run may take before it is killed.
const LIMIT: Duration = Duration::from_secs(10);

/// A program that is told what happens.
pub(super) struct Told {
    script: Script,
    interface: String,
}

impl Told {
    /// A program; a name without a folder is one of this folder, as no shell looks for it elsewhere.
    pub(super) fn new(program: &Path, interface: Option<&str>) -> Result<Told, Failure> {
        let program =
            std::path::absolute(program).ok().filter(|program| program.is_file()).ok_or_else(|| {
                Failure::Cannot(Complaint::new(format!(
                    "--script: there is no program {}",
                    program.display()
                )))
            })?;
        let script = Script { program, limit: LIMIT };
        Ok(Told { script, interface: interface.unwrap_or_default().to_owned() })
    }

    /// Runs it, and says on stderr what it says and how it failed. The client waits for it.
    pub(super) fn tell(&self, event: &str, lease: Option<&Lease>) -> io::Result<()> {
        let (ended, output) = self.script.tell(&[event.to_owned()], client_variables(&self.interface, lease));
        let mut stderr = anstream::stderr().lock();
        for line in output.split(|octet| *octet == b'\n').filter(|line| !line.is_empty()) {
            writeln!(stderr, "script: {}", Escaped(line))?;
        }
        match ended {
            Ended::Exited(status) if status.success() => Ok(()),
            ended => writeln!(stderr, "{WARNING}warning:{WARNING:#} script {event}: {ended}"),
        }
    }
}
