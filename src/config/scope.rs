//! Settings that every level has: options, lease times, fields for booting.

use super::table::{Item, Reader, Table};
use super::values;
use crate::server::config::{Path, Scope};

impl Reader {
    /// The settings of a table.
    pub(super) fn scope(&mut self, table: &Table<'_>, path: &Path) -> Scope {
        let octets = |item: &Item<'_>| values::text(item).map(String::into_bytes);
        Scope {
            options: self.options(table, path),
            min_lease: self.read(table, "min-lease-time", path, "min_lease", values::seconds),
            default_lease: self.read(table, "lease-time", path, "default_lease", values::seconds),
            max_lease: self.read(table, "max-lease-time", path, "max_lease", values::seconds),
            renewal_time: self.read(table, "t1", path, "renewal_time", values::seconds),
            rebinding_time: self.read(table, "t2", path, "rebinding_time", values::seconds),
            next_server: self.read(table, "next-server", path, "next_server", values::address),
            server_name: self.read(table, "server-name", path, "server_name", octets),
            boot_file: self.read(table, "boot-file", path, "boot_file", octets),
        }
    }
}
