//! A store that forgets when the process ends.

use core::net::Ipv4Addr;
use std::collections::BTreeMap;

use super::{LeaseStore, LoadError};
use crate::endpoint::Refused;
use crate::lease::{Binding, Commit};

/// Bindings in memory, one an address. Stable for as long as the process is; `dhcpsim server` says so when it starts.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    bindings: BTreeMap<Ipv4Addr, Binding>,
}

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Memory {
        Memory::default()
    }
}

impl LeaseStore for Memory {
    fn load(&mut self) -> Result<Vec<Binding>, LoadError> {
        Ok(self.bindings.values().cloned().collect())
    }

    fn commit(&mut self, batch: &[Commit]) -> Vec<Result<(), Refused>> {
        let keep = |commit: &Commit| {
            self.bindings.insert(commit.binding.address, Binding::clone(&commit.binding));
            Ok(())
        };
        batch.iter().map(keep).collect()
    }

    fn is_instant(&self) -> bool {
        true
    }
}
