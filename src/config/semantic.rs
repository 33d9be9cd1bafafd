//! What is wrong with a configuration as a whole, pointed at in the file.

use core::net::Ipv4Addr;

use super::error::{ConfigError, Problem, Spot};
use super::service::Service;
use super::table::Reader;
use crate::server::config::{self, Config, Fault, Path, Step};

impl Reader {
    /// Holds the model against its own rules, and the addresses that the server has itself.
    pub(super) fn check(&mut self, config: &Config, service: &Service) {
        let incomplete = !self.errors.is_empty();
        for error in config.check().err().unwrap_or_default() {
            // What is missing may be what could not be read.
            if incomplete && matches!(error.fault, Fault::NoNetwork | Fault::NoSubnet) {
                continue;
            }
            let error = self.translate(error);
            self.errors.push(error);
        }
        let listening = service.listen.into_iter().map(|listen| listen.address);
        let own = config.server_identifier.into_iter().chain(listening);
        let mut own: Vec<Ipv4Addr> = own.filter(|address| !address.is_unspecified()).collect();
        own.dedup();
        own.into_iter().for_each(|address| self.own_address(config, address));
    }

    fn translate(&mut self, error: config::ConfigError) -> ConfigError {
        let config::ConfigError { at, other, fault } = error;
        let other = other.or_else(|| match fault {
            Fault::Outside(..) | Fault::NetworkAddress(..) | Fault::BroadcastAddress(..) => subnet_of(&at),
            _ => None,
        });
        let spot = self.find(&at).cloned().unwrap_or(Spot { key: missing(&at).to_owned(), span: 0..0 });
        let other = other.and_then(|path| self.find(&path).cloned()).filter(|other| *other != spot);
        ConfigError::new(&self.source, spot, Problem::Fault(fault)).with(other)
    }

    /// Refuses to give the server's own address to a client.
    fn own_address(&mut self, config: &Config, address: Ipv4Addr) {
        let mut found: Vec<(Path, Problem)> = Vec::new();
        for (network, subnets) in config.networks.iter().enumerate() {
            for (index, subnet) in subnets.subnets.iter().enumerate() {
                let at = Path::default().at(Step::Network(network)).at(Step::Subnet(index));
                let reserved =
                    subnet.reservations.iter().enumerate().filter(|(_, there)| there.address == address);
                found.extend(reserved.map(|(index, _)| {
                    let at = at.at(Step::Reservation(index)).at(Step::Field("address"));
                    (at, Problem::ServersReserved(address))
                }));
                if subnet.exclusions.iter().any(|span| (span.first..=span.last).contains(&address)) {
                    continue;
                }
                let ranges = subnet.ranges.iter().enumerate();
                let ranges = ranges.filter(|(_, span)| (span.first..=span.last).contains(&address));
                found.extend(
                    ranges.map(|(index, _)| (at.at(Step::Range(index)), Problem::ServersOwn(address))),
                );
            }
        }
        let said = self.find(&Path::default().at(Step::Field("server_identifier"))).cloned();
        let said = said.filter(|_| config.server_identifier == Some(address));
        for (path, problem) in found {
            let Some(spot) = self.find(&path).cloned() else { continue };
            let error = ConfigError::new(&self.source, spot, problem);
            self.errors.push(error.with(said.clone()));
        }
    }
}

/// Where the subnet stands that something is in.
fn subnet_of(at: &Path) -> Option<Path> {
    let end = at.0.iter().position(|step| matches!(step, Step::Subnet(_)))?.saturating_add(1);
    Some(Path(at.0.get(..end)?.to_vec()).at(Step::Field("subnet")))
}

/// The key of what stands nowhere in the file.
fn missing(at: &Path) -> &'static str {
    match at.0.first() {
        Some(Step::Field("networks")) => "subnet",
        _ => "",
    }
}
