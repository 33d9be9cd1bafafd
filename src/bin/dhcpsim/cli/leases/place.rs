//! Where a lease store is that nobody names.

use std::path::{Path, PathBuf};

use super::super::Failure;
use super::super::exit::Complaint;

/// The file of a server that is told none: in the folder that the service manager gives, root's, or the user's.
pub(crate) fn usual() -> Result<PathBuf, Failure> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let given = variable("STATE_DIRECTORY").and_then(|folders| {
        let text = folders.to_str()?.split(':').next()?.to_owned();
        Some(PathBuf::from(text))
    });
    let roots = || rustix::process::geteuid().is_root().then(|| PathBuf::from("/var/lib/dhcpsim"));
    let users = || {
        let state = variable("XDG_STATE_HOME").filter(|folder| folder.is_absolute());
        let state = state.or_else(|| variable("HOME").map(|home| home.join(".local/state")));
        state.map(|folder| folder.join("dhcpsim"))
    };
    let folder = given.or_else(roots).or_else(users).ok_or_else(|| {
        let what = "there is no place for the lease store: neither $XDG_STATE_HOME nor $HOME is set";
        Failure::Cannot(Complaint::new(what).help("name a file"))
    })?;
    Ok(folder.join("leases.db"))
}

/// Whether a file is the one that a server takes which is told none: the folder of that is made.
pub(crate) fn is_usual(path: &Path) -> bool {
    usual().is_ok_and(|usual| usual == path)
}
