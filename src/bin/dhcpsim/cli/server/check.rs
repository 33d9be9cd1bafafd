//! What can be checked without serving: the same at the start and at `--check`.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use dhcpsim::config::Service;
use dhcpsim::net::{Interface, Listen, NoInterface};
use dhcpsim::options::nearest;
use dhcpsim::options::text::Escaped;
use dhcpsim::server::Config;

use super::super::Failure;
use super::super::exit::Complaint;
use super::super::socket::no_interface;
use super::effective::Place;

/// What the machine must have beside sockets for DHCP: a script that can be run, a free address for metrics.
pub(super) fn environment(service: &Service) -> Result<(), Failure> {
    let cannot = |what: String, help: &str| Err(Failure::Cannot(Complaint::new(what).help(help)));
    if let Some(path) = &service.script {
        let shown = path.display().to_string();
        let shown = Escaped(shown.as_bytes());
        match path.metadata() {
            Err(error) => return cannot(format!("script {shown}: {error}"), "`script` names a program"),
            Ok(found) if !found.is_file() || found.permissions().mode() & 0o111 == 0 => {
                return cannot(format!("script {shown} is not executable"), "chmod +x makes it so");
            }
            Ok(_) => {}
        }
    }
    if let Some(address) = service.metrics
        && let Err(error) = TcpListener::bind(address)
    {
        let help = "`metrics` takes an address of this machine and a free port";
        return cannot(format!("cannot give metrics on {address}: {error}"), help);
    }
    Ok(())
}

/// That the interfaces of networks are there, and are listened on.
pub(super) fn interfaces(config: &Config, place: &Place) -> Result<(), Failure> {
    let listened = match &place.listen {
        Listen::Interfaces(names) => Some(names),
        Listen::Address(_) => None,
    };
    for name in config.networks.iter().filter_map(|network| network.interface.as_ref()) {
        // One that is down or has no address yet may come up later.
        if let Err(error @ NoInterface::Unknown { .. }) = Interface::find(name) {
            return Err(Failure::Cannot(no_interface(error)));
        }
        if let Some(names) = listened.filter(|names| !names.contains(name)) {
            let complaint =
                Complaint::new(format!("interface {name} of a network is not among those listened on"));
            return Err(Failure::Cannot(match nearest(name, names.iter().map(String::as_str)) {
                Some(near) => complaint.help(format!("did you mean {near}?")),
                None => complaint.help(format!("there are {}", names.join(", "))),
            }));
        }
    }
    Ok(())
}

/// What would be served, in a line.
pub(super) fn summary(path: &Path, config: &Config, place: &Place) -> String {
    let count = |count: u64, one: &str, more: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {more}"),
    };
    let size = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let reserved = config.subnets().map(|subnet| subnet.reservations.len()).sum();
    let name = path.display().to_string();
    [
        count(size(config.networks.len()), "network", "networks"),
        count(size(config.subnets().count()), "subnet", "subnets"),
        count(config.ranges().map(|range| range.size()).sum(), "address", "addresses"),
        count(size(reserved), "reservation", "reservations"),
        count(size(config.classes.len()), "class", "classes"),
    ]
    .into_iter()
    .fold(format!("{}: good:", Escaped(name.as_bytes())), |line, part| match line.ends_with(':') {
        true => format!("{line} {part}"),
        false => format!("{line}, {part}"),
    }) + &format!(" on {place}")
}
