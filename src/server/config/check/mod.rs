//! What is wrong with a configuration: the same at the start and at `--check`.

mod addresses;
mod scopes;
mod sense;

use core::time::Duration;
use std::collections::BTreeMap;

use addresses::Addresses;
use scopes::Level;
pub use scopes::is_own;

use super::{Class, Comparison, Config, ConfigError, Fault, Network, Path, Step, Subject, SubnetConfig};
use crate::options::nearest;

/// The longest time that an offer is held or a probe waited for, in seconds.
const LONGEST_WAIT: u64 = 600;
/// The longest time that a declined address rests, in seconds: a day.
const LONGEST_REST: u64 = 86_400;

impl Config {
    /// Everything that is wrong, in the order of the configuration.
    ///
    /// # Errors
    ///
    /// At least one [`ConfigError`], each of which says where it stands.
    pub fn check(&self) -> Result<(), Vec<ConfigError>> {
        let mut check = Check::default();
        check.server(self);
        let covered = !self.networks.is_empty() && self.networks.iter().all(says_lease);
        let all = Level::all(&self.scope).covered(covered);
        check.scopes(&all);
        check.masks(&Path::default(), &self.scope, self.subnets());
        check.classes(self, &all);
        if self.networks.is_empty() {
            check.fault(Path::default().at(Step::Field("networks")), Fault::NoNetwork);
        }
        let mut addresses = Addresses::default();
        for (index, network) in self.networks.iter().enumerate() {
            check.network(self, &all, Path::default().at(Step::Network(index)), network, &mut addresses);
        }
        check.size(&addresses);
        if check.errors.is_empty() { Ok(()) } else { Err(check.errors) }
    }
}

/// Whether each subnet of a network has a lease time of its own or of the network.
fn says_lease(network: &Network) -> bool {
    let said = |subnet: &SubnetConfig| subnet.scope.default_lease.is_some();
    network.scope.default_lease.is_some() || (!network.subnets.is_empty() && network.subnets.iter().all(said))
}

/// The faults found so far.
#[derive(Debug, Default)]
struct Check {
    errors: Vec<ConfigError>,
    interfaces: BTreeMap<String, Path>,
}

impl Check {
    fn fault(&mut self, at: Path, fault: Fault) {
        self.errors.push(ConfigError { at, other: None, fault });
    }

    fn conflict(&mut self, at: Path, other: Path, fault: Fault) {
        self.errors.push(ConfigError { at, other: Some(other), fault });
    }

    fn server(&mut self, config: &Config) {
        let field = |name| Path::default().at(Step::Field(name));
        if let Some(address) = config.server_identifier.filter(|address| !addresses::is_host(*address)) {
            self.fault(field("server_identifier"), Fault::NoHost(address));
        }
        let rest = config.decline_rest.max(Duration::from_secs(1));
        for (name, time, most) in [
            ("offer_hold", config.offer_hold, LONGEST_WAIT),
            ("decline_rest", config.decline_rest, LONGEST_REST),
        ] {
            self.time(field(name), time, most);
        }
        if let Some(probe) = config.probe {
            let most = config.offer_hold.min(rest).as_secs().saturating_sub(1).max(1);
            match probe.is_zero() {
                true => self.fault(field("probe"), Fault::TooShort { found: 0, least: 1 }),
                false if probe.as_secs() > most => {
                    self.fault(field("probe"), Fault::TooLarge { found: probe.as_secs(), most });
                }
                false => {}
            }
        }
        for (name, percent) in
            [("most_declined", config.most_declined), ("offers_per_relay", config.offers_per_relay)]
        {
            if percent > 100 {
                self.fault(field(name), Fault::TooLarge { found: percent.into(), most: 100 });
            }
        }
    }

    fn time(&mut self, at: Path, time: Duration, most: u64) {
        match time.as_secs() {
            0 => self.fault(at, Fault::TooShort { found: 0, least: 1 }),
            found if found > most => self.fault(at, Fault::TooLarge { found, most }),
            _ => {}
        }
    }

    fn classes(&mut self, config: &Config, all: &Level<'_>) {
        let mut names: BTreeMap<&str, Path> = BTreeMap::new();
        for (index, class) in config.classes.iter().enumerate() {
            let at = Path::default().at(Step::Class(index));
            if class.name.is_empty() {
                self.fault(at.at(Step::Field("name")), Fault::Empty);
            }
            if let Some(other) = names.insert(&class.name, at.clone()) {
                self.conflict(at.at(Step::Field("name")), other, Fault::ClassTwice(class.name.clone()));
            }
            self.tests(&at, class);
            self.agree(&at, class);
            let covered = config.networks.iter().all(says_lease);
            self.masks(&at, &class.scope, config.subnets());
            self.scopes(&all.below(at, &class.scope).covered(covered));
        }
    }

    fn tests(&mut self, at: &Path, class: &Class) {
        for (index, test) in class.tests.iter().enumerate() {
            let at = at.at(Step::Field("tests")).at(Step::Item(index));
            let value = match &test.comparison {
                Comparison::Exists | Comparison::Absent => None,
                Comparison::Equals(value) | Comparison::StartsWith(value) | Comparison::Contains(value) => {
                    Some(value)
                }
            };
            if value.is_some_and(Vec::is_empty) {
                self.fault(at.clone(), Fault::Empty);
            }
            if let Subject::Option(code) = test.subject
                && matches!(code.0, 0 | 255)
            {
                self.fault(at, Fault::NotConfigurable(code));
            }
        }
    }

    fn network(
        &mut self,
        config: &Config,
        all: &Level<'_>,
        at: Path,
        network: &Network,
        addresses: &mut Addresses,
    ) {
        if let Some(interface) = &network.interface {
            let here = at.at(Step::Field("interface"));
            if interface.is_empty() {
                self.fault(here.clone(), Fault::Empty);
            }
            if let Some(other) = self.interfaces.insert(interface.clone(), here.clone()) {
                self.conflict(here, other, Fault::InterfaceTwice(interface.clone()));
            }
        }
        if network.subnets.is_empty() {
            self.fault(at.clone(), Fault::NoSubnet);
        }
        let level = all.below(at.clone(), &network.scope).covered(says_lease(network));
        self.scopes(&level);
        self.masks(&at, &network.scope, network.subnets.iter());
        addresses.enter_network();
        for (index, subnet) in network.subnets.iter().enumerate() {
            let at = at.at(Step::Subnet(index));
            let level = level.below(at.clone(), &subnet.scope);
            self.scopes(&level);
            self.masks(&at, &subnet.scope, core::iter::once(subnet));
            self.broadcast(&at, &subnet.scope, subnet);
            self.block(&at, subnet.subnet);
            self.subnet(&at, subnet, addresses);
            self.routers(&at, &level, subnet);
            for (index, range) in subnet.ranges.iter().enumerate() {
                let at = at.at(Step::Range(index)).at(Step::Field("classes"));
                self.class_names(config, &at, &range.classes);
            }
            for (index, reservation) in subnet.reservations.iter().enumerate() {
                let at = at.at(Step::Reservation(index));
                self.masks(&at, &reservation.scope, core::iter::once(subnet));
                self.broadcast(&at, &reservation.scope, subnet);
                self.scopes(&level.below(at, &reservation.scope));
            }
        }
    }

    fn class_names(&mut self, config: &Config, at: &Path, names: &[String]) {
        for (index, name) in names.iter().enumerate() {
            if !config.classes.iter().any(|class| class.name == *name) {
                let known = config.classes.iter().map(|class| class.name.as_str());
                let fault = Fault::UnknownClass { name: name.clone(), nearest: nearest(name, known) };
                self.fault(at.at(Step::Item(index)), fault);
            }
        }
    }
}
