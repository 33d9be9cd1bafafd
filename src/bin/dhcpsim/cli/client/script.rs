//! `--script PROGRAM`: whoever wants an interface configured is told by a program, as udhcpc does it.

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
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
        let usage =
            |what: &str| Failure::Usage(Complaint::new(format!("--script: {} {what}", program.display())));
        let found = std::path::absolute(program).ok().and_then(|path| Some((path.metadata().ok()?, path)));
        let (metadata, program) = found.ok_or_else(|| usage("is not there"))?;
        if !metadata.is_file() {
            return Err(usage("is no program"));
        }
        if metadata.permissions().mode() & 0o111 == 0 {
            return Err(usage("is not executable: chmod +x makes it so"));
        }
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
