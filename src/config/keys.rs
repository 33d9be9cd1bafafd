//! The keys of a configuration file, each declared once: what may stand where, and what `docs/configuration.md` says.

/// A table of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The file itself, above all tables.
    Global,
    /// `[[network]]`.
    Network,
    /// `[[subnet]]`: a network with one subnet.
    Subnet,
    /// `[[network.subnet]]`.
    Member,
    /// `[[subnet.reservation]]`.
    Reservation,
    /// `[[class]]`.
    Class,
    /// A range with its classes.
    Range,
    /// How a class compares a value.
    Comparison,
}

use Level::{Class, Comparison, Global, Member, Network, Range, Reservation, Subnet};

impl Level {
    /// All levels.
    pub const ALL: [Level; 8] = [Global, Network, Subnet, Member, Reservation, Class, Range, Comparison];

    /// As it stands in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Global => "the top of the file",
            Network => "[[network]]",
            Subnet => "[[subnet]]",
            Member => "[[network.subnet]]",
            Reservation => "[[subnet.reservation]]",
            Class => "[[class]]",
            Range => "{ range = … }",
            Comparison => "a match",
        }
    }
}

/// A key of the file.
#[derive(Debug)]
pub struct Key {
    /// Where it may stand.
    pub levels: &'static [Level],
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub form: &'static str,
    /// What holds where it is not said; empty for nothing.
    pub default: &'static str,
    /// An example.
    pub example: &'static str,
    /// Where what it says comes from; empty for this program alone.
    pub reference: &'static str,
    /// What it says.
    pub meaning: &'static str,
}

const EVERY: &[Level] = &[Global, Network, Subnet, Member, Reservation, Class];
const TOP: &[Level] = &[Global];
const NETWORK: &[Level] = &[Network, Subnet];
const SUBNET: &[Level] = &[Subnet, Member];

macro_rules! keys {
    ($($levels:ident { $($name:literal: $form:literal, $default:literal, $example:literal, $reference:literal, $meaning:literal;)+ })+) => {
        /// All keys, in the order of `docs/configuration.md`.
        pub const KEYS: &[Key] = &[$($(Key {
            levels: $levels, name: $name, form: $form, default: $default, example: $example,
            reference: $reference, meaning: $meaning,
        },)+)+];
    };
}

const RESERVATION: &[Level] = &[Reservation];
const CLASS: &[Level] = &[Class];
const RANGE: &[Level] = &[Range];
const COMPARISON: &[Level] = &[Comparison];
const NAMED: &[Level] = &[Network, Subnet, Class];
const SUBNETS: &[Level] = &[Global, Network];

keys! {
    TOP {
        "listen": "address, or address:port", "127.0.0.1", "\"192.0.2.1\"", "RFC 2131 §4.1", "The address that the server listens on, 0.0.0.0 for all; in place of `interfaces`.";
        "port": "number", "67 where there are interfaces, else 6767", "67", "RFC 2131 §4.1", "The port that it listens on, where `listen` says none.";
        "interfaces": "names", "none", "[\"eth0\"]", "RFC 2131 §4.1", "The interfaces whose clients it serves, with their broadcasts.";
        "leases": "path, or `memory`", "a file at the usual place (docs/leases.md)", "\"/var/lib/dhcpsim/leases.db\"", "RFC 2131 §3.1", "The file in which bindings are kept, named with its folder; in `memory` they end with the server.";
        "log": "`error`, `warn`, `info` or `debug`", "info", "\"debug\"", "", "How much it says: at `info` a line a message, at `debug` why.";
        "metrics": "address:port", "off", "\"127.0.0.1:9167\"", "", "Where Prometheus finds counters and gauges.";
        "script": "path", "none", "\"/etc/dhcpsim/event\"", "", "A program that is run after each change of a binding.";
        "script-timeout": "time", "10s", "\"10s\"", "", "How long a run of the script may take.";
        "server-id": "address", "the address a message came in on", "\"192.0.2.1\"", "RFC 2132 §9.7", "The address that clients know the server by (option 54).";
        "authoritative": "boolean", "false", "true", "RFC 2131 §4.3.2", "Whether the server knows of every lease on its networks: it then refuses what it has no record of.";
        "offer-hold": "time", "10s", "\"10s\"", "RFC 2131 §4.3.1", "How long an offer is held for its client.";
        "offers-per-relay": "percent", "50", "50", "RFC 2131 §4.3.1", "The most of a network's free addresses that are offered to new clients of one relay agent, or one port, at once, where there are several.";
        "offers-per-port": "number", "32", "32", "RFC 3046 §4", "The most offers at once to new clients on one port of a relay agent, as option 82 names it; one in any case.";
        "decline-rest": "time", "10m", "\"10m\"", "RFC 2131 §4.3.3", "How long an address rests that a client found in use.";
        "most-declined": "percent", "10", "10", "RFC 2131 §4.3.3", "The most of a subnet's addresses that rest at once.";
        "rapid-commit": "boolean", "false", "true", "RFC 4039 §3.1", "Whether clients that ask for it get their address in two messages.";
        "subnet-selection": "boolean", "false", "true", "RFC 3011 §2", "Whether option 118 chooses the subnet.";
        "probe": "time, `false` or `auto`", "auto: where the sockets can, not on loopback", "\"500ms\"", "RFC 2131 §2.2", "How long to wait for an answer from an address before it is offered.";
        "lease-query": "boolean", "false", "true", "RFC 4388 §6.4", "Whether relay agents get an answer to DHCPLEASEQUERY.";
        "bootp": "boolean", "false", "true", "RFC 1534 §2", "Whether BOOTP clients are served, from reservations alone.";
        "network": "tables", "none", "[[network]]", "RFC 2131 §4.3.1", "A link with several subnets, or one.";
        "class": "tables", "none", "[[class]]", "RFC 2131 §4.2", "Clients with something in common, the more important class first.";
    }
    SUBNETS {
        "subnet": "tables", "none", "[[subnet]]", "RFC 2131 §4.3.1", "A subnet. At the top of the file it is a network by itself.";
    }
    EVERY {
        "options": "table of option names", "none", "{ router = \"192.0.2.1\" }", "RFC 2132", "Options for clients, by the names of `docs/options.md` or codes.";
        "lease-time": "time", "1h", "\"1h\"", "RFC 2131 §4.3.1", "How long leases last for clients that do not ask.";
        "min-lease-time": "time", "1m", "\"1m\"", "RFC 2131 §4.3.1", "What clients get that ask for less.";
        "max-lease-time": "time", "as `lease-time`", "\"1d\"", "RFC 2131 §4.3.1", "What clients get that ask for more.";
        "t1": "time", "1/2 of the lease", "\"30m\"", "RFC 2131 §4.4.5", "When clients renew their lease.";
        "t2": "time", "7/8 of the lease", "\"50m\"", "RFC 2131 §4.4.5", "When clients ask any server to extend their lease.";
        "next-server": "address", "0.0.0.0", "\"192.0.2.9\"", "RFC 2131 §2", "Field siaddr: the server to boot from.";
        "server-name": "text", "none", "\"boot.example\"", "RFC 2131 §2", "Field sname: that server's name, 63 octets at most.";
        "boot-file": "text", "none", "\"pxelinux.0\"", "RFC 2131 §2", "Field file: the file to boot, 127 octets at most.";
    }
    NAMED {
        "name": "text", "the first subnet", "\"office\"", "", "What logs call a network; what ranges call a class.";
    }
    NETWORK {
        "interface": "name", "the one with an address in the subnet", "\"eth0\"", "RFC 2131 §4.3.1", "The interface that is on the network; it must be there, and among `interfaces` if these are given.";
    }
    SUBNET {
        "subnet": "address/prefix", "required", "\"192.0.2.0/24\"", "RFC 950", "The subnet; clients get its mask as option 1.";
        "ranges": "FIRST-LAST, an address, or a table; one or an array", "none", "[\"192.0.2.100-192.0.2.199\"]", "RFC 2131 §2.2", "The addresses to give.";
        "exclude": "FIRST-LAST or an address; one or an array", "none", "[\"192.0.2.150\"]", "RFC 2131 §2.2", "Addresses of the ranges that are not given.";
        "relays": "addresses", "those in the subnet", "[\"198.51.100.1\"]", "RFC 2131 §4.3.1", "Other relay agents whose clients are on the subnet.";
        "reservation": "tables", "none", "[[subnet.reservation]]", "RFC 2131 §1", "An address for one client. Exactly one key says which: `chaddr`, `client-id`, `circuit-id` or `remote-id`.";
    }
    RESERVATION {
        "address": "address", "required", "\"192.0.2.10\"", "RFC 2131 §1", "The client's address, in a range or not.";
        "chaddr": "hex digits in pairs", "", "\"02:00:00:00:00:01\"", "RFC 2131 §2", "The client by its hardware address.";
        "htype": "number", "1 (Ethernet)", "1", "RFC 2131 §2", "The type of the hardware address.";
        "client-id": "octets", "", "\"01:02:00:00:00:00:02\"", "RFC 2132 §9.14", "The client by its identifier (option 61).";
        "circuit-id": "octets", "", "\"eth0/7\"", "RFC 3046 §3.1", "The client by the port of its relay agent (option 82).";
        "remote-id": "octets", "", "\"hex:0a0b\"", "RFC 3046 §3.2", "The client by the far end of its line (option 82).";
    }
    CLASS {
        "match": "table of option names, `chaddr`, or sub-options of option 82", "all clients", "{ vendor-class = { starts-with = \"PXEClient\" } }", "RFC 2132 §9.13", "What a message must hold, all of it, for its client to be in the class. `true` is there, `false` is not there, a value is equal.";
    }
    COMPARISON {
        "equals": "value", "", "\"iPXE\"", "", "The value is this; as the value by itself.";
        "starts-with": "octets", "", "\"PXEClient\"", "", "The value begins with this.";
        "contains": "octets", "", "\"UNDI\"", "", "The value holds this.";
    }
    RANGE {
        "range": "FIRST-LAST or an address", "required", "\"192.0.2.200-192.0.2.219\"", "RFC 2131 §2.2", "The addresses.";
        "classes": "names", "all clients", "[\"phones\"]", "RFC 2131 §4.2", "The classes whose clients get them.";
    }
}

/// The keys of a level.
pub(super) fn at(level: Level) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |key| key.levels.contains(&level))
}

/// A level other than `not` where a key of that name may stand.
pub(super) fn elsewhere(name: &str, not: Level) -> Option<Level> {
    let right = KEYS.iter().find(|key| key.name == name && !key.levels.contains(&not))?;
    right.levels.first().copied()
}

/// The keys as tables of Markdown, one a level.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::new();
    let mut last: Option<&'static [Level]> = None;
    for key in KEYS {
        if last != Some(key.levels) {
            let names: Vec<String> = key.levels.iter().map(|level| in_markdown(*level)).collect();
            let head = "| key | value | default | example | says | from |\n|---|---|---|---|---|---|\n";
            let gap = if last.is_some() { "\n" } else { "" };
            out.push_str(&format!("{gap}### Keys of {}\n\n{head}", names.join(", ")));
            last = Some(key.levels);
        }
        let example = match key.example.starts_with("[[") {
            true => key.example.to_owned(),
            false => format!("{} = {}", key.name, key.example),
        };
        out.push_str(&format!(
            "| `{}` | {} | {} | `{example}` | {} | {} |\n",
            key.name, key.form, key.default, key.meaning, key.reference
        ));
    }
    out
}

fn in_markdown(level: Level) -> String {
    match level {
        Global | Comparison => level.name().to_owned(),
        _ => format!("`{}`", level.name()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_key_is_declared_once_a_level() {
        for level in Level::ALL {
            let names: Vec<&str> = at(level).map(|key| key.name).collect();
            let once: BTreeSet<&str> = names.iter().copied().collect();
            assert_eq!(names.len(), once.len(), "{level:?}");
        }
    }
}
