//! A configuration as the file that says the same.

use core::fmt::{self, Display, Write};
use core::net::Ipv4Addr;
use core::time::Duration;

use super::Loaded;
use super::class::{is_plain, subject_name};
use super::service::{Leases, Listen, Probe, Service};
use super::values::octets_of;
use crate::options::text::Hex;
use crate::options::tree::tree;
use crate::options::{Code, compose};
use crate::packet::OptionList;
use crate::server::config::{
    Class, Comparison, Config, Network, Range, Reservation, Scope, Subject, SubnetConfig, Who,
};

/// Text in TOML's quotes: what is not plain stands as an escape.
struct Toml<'a>(&'a str);

impl Display for Toml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for char in self.0.chars() {
            match char {
                '"' | '\\' => write!(f, "\\{char}")?,
                ' '..='~' => f.write_char(char)?,
                other if other.is_alphanumeric() => f.write_char(other)?,
                other => write!(f, "\\U{:08X}", u32::from(other))?,
            }
        }
        f.write_char('"')
    }
}

/// Values in an array.
fn array<T: Display>(values: impl IntoIterator<Item = T>) -> String {
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    format!("[{}]", values.join(", "))
}

fn quoted(value: impl Display) -> String {
    Toml(&value.to_string()).to_string()
}

/// Seconds, in the largest unit that they are whole in.
pub(super) fn seconds(seconds: u32) -> String {
    let unit = [(86_400, 'd'), (3600, 'h'), (60, 'm')];
    let unit = unit.into_iter().find(|(length, _)| seconds != 0 && seconds.is_multiple_of(*length));
    match (seconds, unit) {
        (u32::MAX, _) => "\"infinite\"".to_owned(),
        (_, Some((length, letter))) => format!("\"{}{letter}\"", seconds / length),
        (_, None) => format!("\"{seconds}s\""),
    }
}

fn duration(time: Duration) -> String {
    match u32::try_from(time.as_secs()) {
        Ok(whole) if time.subsec_nanos() == 0 => seconds(whole),
        _ => format!("\"{}ms\"", time.as_millis()),
    }
}

/// Octets as text if they read back as they are, else in hex.
fn octets(octets: &[u8]) -> String {
    let text = str::from_utf8(octets).ok().filter(|text| {
        octets_of(text).as_deref() == Some(octets) && !text.is_empty() && !text.contains(char::is_control)
    });
    text.map_or_else(|| format!("\"hex:{}\"", Hex(octets)), quoted)
}

/// The value of an option, in the plainest form that reads back as it is.
fn value(code: Code, octets: &[u8]) -> String {
    let layout = code.layout();
    let form = || match tree(layout, octets) {
        (Some(node), None) => Some(node.to_string()),
        _ => None,
    };
    let plain = str::from_utf8(octets).ok().filter(|text| !text.contains(char::is_control));
    let forms = [plain.map(str::to_owned), form()];
    let right = |text: &String| {
        !text.starts_with("hex:") && compose::from_text(layout, text).is_ok_and(|read| read == octets)
    };
    forms.into_iter().flatten().find(right).map_or_else(|| format!("\"hex:{}\"", Hex(octets)), quoted)
}

impl Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        service(f, &self.service)?;
        server(f, &self.config)?;
        scope(f, "", &self.config.scope)?;
        self.config.classes.iter().try_for_each(|found| class(f, found))?;
        // A file has the subnets that are networks by themselves first; their place among the networks is kept by
        // writing them as networks where one with several stands before them.
        let lone = self.config.networks.iter().take_while(|found| is_lone(found)).count();
        for (place, found) in self.config.networks.iter().enumerate() {
            match found.subnets.as_slice() {
                [only] if place < lone => {
                    writeln!(f, "\n[[subnet]]")?;
                    name(f, found)?;
                    subnet(f, "subnet", only)?;
                }
                _ => network(f, found)?,
            }
        }
        Ok(())
    }
}

/// Whether a network can be written as a subnet by itself.
fn is_lone(network: &Network) -> bool {
    network.subnets.len() == 1 && network.scope == Scope::default()
}

fn service(f: &mut fmt::Formatter<'_>, service: &Service) -> fmt::Result {
    match service.listen {
        Some(Listen { address, port: Some(port) }) => {
            writeln!(f, "listen = {}", quoted(format!("{address}:{port}")))?;
        }
        Some(Listen { address, port: None }) => writeln!(f, "listen = {}", quoted(address))?,
        None => {}
    }
    if let Some(port) = service.port {
        writeln!(f, "port = {port}")?;
    }
    if !service.interfaces.is_empty() {
        writeln!(f, "interfaces = {}", array(service.interfaces.iter().map(quoted)))?;
    }
    match service.probe {
        Probe::Auto => writeln!(f, "probe = \"auto\"")?,
        Probe::Off => writeln!(f, "probe = false")?,
        Probe::For(time) => writeln!(f, "probe = {}", duration(time))?,
    }
    match &service.leases {
        Leases::Usual => {}
        Leases::Memory => writeln!(f, "leases = {}", quoted(Leases::MEMORY))?,
        Leases::File(path) => writeln!(f, "leases = {}", quoted(path.display()))?,
    }
    writeln!(f, "log = {}", quoted(service.log.name()))?;
    if let Some(metrics) = service.metrics {
        writeln!(f, "metrics = {}", quoted(metrics))?;
    }
    if let Some(script) = &service.script {
        writeln!(f, "script = {}", quoted(script.display()))?;
    }
    writeln!(f, "script-timeout = {}", duration(service.script_timeout))
}

fn server(f: &mut fmt::Formatter<'_>, config: &Config) -> fmt::Result {
    if let Some(address) = config.server_identifier {
        writeln!(f, "server-id = {}", quoted(address))?;
    }
    writeln!(f, "authoritative = {}", config.authoritative)?;
    writeln!(f, "offer-hold = {}", duration(config.offer_hold))?;
    writeln!(f, "offers-per-relay = {}", config.offers_per_relay)?;
    writeln!(f, "offers-per-port = {}", config.offers_per_port)?;
    writeln!(f, "decline-rest = {}", duration(config.decline_rest))?;
    writeln!(f, "most-declined = {}", config.most_declined)?;
    writeln!(f, "rapid-commit = {}", config.rapid_commit)?;
    writeln!(f, "subnet-selection = {}", config.subnet_selection)?;
    writeln!(f, "lease-query = {}", config.lease_query)?;
    writeln!(f, "bootp = {}", config.bootp)
}

/// Settings; options stand in a table of their own, so what is written after them must begin one too.
fn scope(f: &mut fmt::Formatter<'_>, table: &str, scope: &Scope) -> fmt::Result {
    for (key, time) in [
        ("lease-time", scope.default_lease),
        ("min-lease-time", scope.min_lease),
        ("max-lease-time", scope.max_lease),
        ("t1", scope.renewal_time),
        ("t2", scope.rebinding_time),
    ] {
        if let Some(time) = time {
            writeln!(f, "{key} = {}", seconds(time))?;
        }
    }
    if let Some(address) = scope.next_server {
        writeln!(f, "next-server = {}", quoted(address))?;
    }
    for (key, text) in [("server-name", &scope.server_name), ("boot-file", &scope.boot_file)] {
        if let Some(text) = text {
            writeln!(f, "{key} = {}", quoted(String::from_utf8_lossy(text)))?;
        }
    }
    options(f, table, &scope.options)
}

fn options(f: &mut fmt::Formatter<'_>, table: &str, options: &OptionList) -> fmt::Result {
    let mut found = options.iter().peekable();
    if found.peek().is_none() {
        return Ok(());
    }
    let dot = if table.is_empty() { "" } else { "." };
    writeln!(f, "\n[{table}{dot}options]")?;
    for (code, octets) in found {
        writeln!(f, "{code} = {}", value(code, octets))?;
    }
    Ok(())
}

fn class(f: &mut fmt::Formatter<'_>, class: &Class) -> fmt::Result {
    writeln!(f, "\n[[class]]\nname = {}", quoted(&class.name))?;
    let mut tests = class.tests.as_slice();
    let mut parts: Vec<String> = Vec::new();
    while let Some(first) = tests.first() {
        let same = tests.iter().take_while(|test| test.subject == first.subject).count();
        let (group, rest) = tests.split_at_checked(same).unwrap_or((tests, &[]));
        let comparisons = group.iter().map(|test| comparison(test.subject, &test.comparison));
        let forms: Vec<(&str, String)> = comparisons.collect();
        let form = match forms.as_slice() {
            [("", form) | ("equals", form)] => form.clone(),
            forms => {
                let fields: Vec<String> = forms.iter().map(|(key, form)| format!("{key} = {form}")).collect();
                format!("{{ {} }}", fields.join(", "))
            }
        };
        parts.push(format!("{} = {form}", subject_name(first.subject)));
        tests = rest;
    }
    if !parts.is_empty() {
        writeln!(f, "match = {{ {} }}", parts.join(", "))?;
    }
    scope(f, "class", &class.scope)
}

fn comparison(subject: Subject, comparison: &Comparison) -> (&'static str, String) {
    match comparison {
        Comparison::Exists => ("", "true".to_owned()),
        Comparison::Absent => ("", "false".to_owned()),
        Comparison::Equals(found) => match subject {
            // What has structure would have to be written by its layout.
            Subject::Option(code) if !is_plain(code) => ("equals", format!("\"hex:{}\"", Hex(found))),
            _ => ("equals", octets(found)),
        },
        Comparison::StartsWith(found) => ("starts-with", octets(found)),
        Comparison::Contains(found) => ("contains", octets(found)),
    }
}

fn name(f: &mut fmt::Formatter<'_>, network: &Network) -> fmt::Result {
    if !network.name.is_empty() {
        writeln!(f, "name = {}", quoted(&network.name))?;
    }
    match &network.interface {
        Some(interface) => writeln!(f, "interface = {}", quoted(interface)),
        None => Ok(()),
    }
}

fn network(f: &mut fmt::Formatter<'_>, network: &Network) -> fmt::Result {
    writeln!(f, "\n[[network]]")?;
    name(f, network)?;
    scope(f, "network", &network.scope)?;
    network.subnets.iter().try_for_each(|found| {
        writeln!(f, "\n[[network.subnet]]")?;
        subnet(f, "network.subnet", found)
    })
}

fn span(first: Ipv4Addr, last: Ipv4Addr) -> String {
    match first == last {
        true => quoted(first),
        false => quoted(format!("{first}-{last}")),
    }
}

fn range(range: &Range) -> String {
    let addresses = span(range.first, range.last);
    match range.classes.as_slice() {
        [] => addresses,
        classes => format!("{{ range = {addresses}, classes = {} }}", array(classes.iter().map(quoted))),
    }
}

fn subnet(f: &mut fmt::Formatter<'_>, table: &str, subnet: &SubnetConfig) -> fmt::Result {
    writeln!(f, "subnet = {}", quoted(subnet.subnet))?;
    if !subnet.ranges.is_empty() {
        writeln!(f, "ranges = {}", array(subnet.ranges.iter().map(range)))?;
    }
    if !subnet.exclusions.is_empty() {
        let spans = subnet.exclusions.iter().map(|found| span(found.first, found.last));
        writeln!(f, "exclude = {}", array(spans))?;
    }
    if !subnet.relays.is_empty() {
        writeln!(f, "relays = {}", array(subnet.relays.iter().map(quoted)))?;
    }
    scope(f, table, &subnet.scope)?;
    subnet.reservations.iter().try_for_each(|found| reservation(f, &format!("{table}.reservation"), found))
}

fn reservation(f: &mut fmt::Formatter<'_>, table: &str, reservation: &Reservation) -> fmt::Result {
    writeln!(f, "\n[[{table}]]")?;
    match &reservation.who {
        Who::Hardware { htype, chaddr } => {
            let pairs: Vec<String> = chaddr.iter().map(|octet| format!("{octet:02x}")).collect();
            writeln!(f, "chaddr = {}", quoted(pairs.join(":")))?;
            if *htype != 1 {
                writeln!(f, "htype = {htype}")?;
            }
        }
        Who::Identifier(found) => writeln!(f, "client-id = {}", octets(found))?,
        Who::CircuitId(found) => writeln!(f, "circuit-id = {}", octets(found))?,
        Who::RemoteId(found) => writeln!(f, "remote-id = {}", octets(found))?,
    }
    writeln!(f, "address = {}", quoted(reservation.address))?;
    scope(f, table, &reservation.scope)
}
