//! Settings at every level: options that may be set, times that stand in order with those of the levels above.

use core::net::Ipv4Addr;

use super::Check;
use crate::lease::Subnet;
use crate::options::{BROADCAST_ADDRESS, Code, SUBNET_MASK, Value};
use crate::server::config::scope::SHORTEST;
use crate::server::config::{Fault, Path, Scope, Scopes, Step, SubnetConfig};

/// Octets of the field sname that hold a name.
const MAX_SERVER_NAME: usize = 63;
/// Octets of the field file that hold a name.
const MAX_BOOT_FILE: usize = 127;
/// The longest value of an option that any reply has room for.
const MAX_OPTION: usize = 1024;

/// A scope and those above it.
#[derive(Clone, Debug)]
pub(super) struct Level<'a> {
    /// The nearest first.
    scopes: Vec<(Path, &'a Scope)>,
    /// Whether every subnet below says a lease time nearer than this level does.
    covered: bool,
}

/// A setting in seconds.
type Seconds = (&'static str, fn(&Scope) -> Option<u32>);

const MIN: Seconds = ("min_lease", |scope| scope.min_lease);
const DEFAULT: Seconds = ("default_lease", |scope| scope.default_lease);
const MAX: Seconds = ("max_lease", |scope| scope.max_lease);
const T1: Seconds = ("renewal_time", |scope| scope.renewal_time);
const T2: Seconds = ("rebinding_time", |scope| scope.rebinding_time);

impl<'a> Level<'a> {
    /// The level of all clients.
    pub(super) fn all(scope: &'a Scope) -> Level<'a> {
        Level { scopes: vec![(Path::default(), scope)], covered: false }
    }

    /// The same, where `covered` says whether every subnet below says a lease time itself.
    pub(super) fn covered(self, covered: bool) -> Level<'a> {
        Level { covered, ..self }
    }

    /// A level below this.
    pub(super) fn below(&self, at: Path, scope: &'a Scope) -> Level<'a> {
        let own = core::iter::once((at, scope));
        Level { scopes: own.chain(self.scopes.iter().cloned()).collect(), covered: false }
    }

    /// The nearest value of an option, and where it is said.
    pub(super) fn option(&self, code: Code) -> Option<(Path, &'a [u8])> {
        self.scopes.iter().find_map(|(at, scope)| Some((at.at(Step::Option(code)), scope.options.get(code)?)))
    }

    /// The nearest that is said of a setting, where, and whether this level itself says it.
    fn find(&self, (name, of): Seconds) -> Option<(u32, Path, bool)> {
        self.scopes
            .iter()
            .enumerate()
            .find_map(|(depth, (at, scope))| Some((of(scope)?, at.at(Step::Field(name)), depth == 0)))
    }
}

impl Check {
    pub(super) fn scopes(&mut self, level: &Level<'_>) {
        let Some((at, scope)) = level.scopes.first() else { return };
        let before = self.errors.len();
        for (setting, least) in [(MIN, SHORTEST), (DEFAULT, SHORTEST), (MAX, SHORTEST), (T1, 1), (T2, 2)] {
            if let Some(found) = setting.1(scope).filter(|found| *found < least) {
                let fault = Fault::TooShort { found: found.into(), least: least.into() };
                self.fault(at.at(Step::Field(setting.0)), fault);
            }
        }
        for (less, more, strictly) in [
            (MIN, DEFAULT, false),
            (DEFAULT, MAX, false),
            (MIN, MAX, false),
            (T1, T2, true),
            (T2, DEFAULT, true),
            (T1, DEFAULT, true),
        ] {
            self.order(level, less, more, strictly);
        }
        if self.errors.len() == before {
            self.usual(level);
        }
        for (name, value, most) in [
            ("server_name", &scope.server_name, MAX_SERVER_NAME),
            ("boot_file", &scope.boot_file, MAX_BOOT_FILE),
        ] {
            if let Some(found) = value.as_ref().map(Vec::len).filter(|found| *found > most) {
                self.fault(at.at(Step::Field(name)), Fault::TooLong { found, most });
            }
            if value.as_ref().is_some_and(|value| value.contains(&0)) {
                self.fault(at.at(Step::Field(name)), Fault::ZeroOctet);
            }
        }
        if let Some(address) = scope.next_server.filter(|a| a.is_unspecified() || a.is_broadcast()) {
            self.fault(at.at(Step::Field("next_server")), Fault::NoHost(address));
        }
        for (code, value) in scope.options.iter() {
            self.option(at.at(Step::Option(code)), code, value);
        }
    }

    /// Two settings of which this level says at least one.
    fn order(&mut self, level: &Level<'_>, less: Seconds, more: Seconds, strictly: bool) {
        let (Some((small, small_at, own_small)), Some((large, large_at, own_large))) =
            (level.find(less), level.find(more))
        else {
            return;
        };
        let ordered = if strictly { small < large } else { small <= large };
        if ordered || !(own_small || own_large) {
            return;
        }
        let fault = Fault::Disorder { less: less.0, less_seconds: small, more: more.0, more_seconds: large };
        match own_small {
            true => self.conflict(small_at, large_at, fault),
            false => self.conflict(large_at, small_at, fault),
        }
    }

    /// T1 or T2 beside what counts where the other or the lease time is not said.
    fn usual(&mut self, level: &Level<'_>) {
        let (t1, t2, told) = (level.find(T1), level.find(T2), level.find(DEFAULT));
        let near = [T1, T2, MIN, DEFAULT, MAX].into_iter().filter_map(|setting| level.find(setting));
        if !near.into_iter().any(|(.., own)| own) || (told.is_none() && level.covered) {
            return;
        }
        let scopes =
            Scopes { classes: level.scopes.iter().map(|(_, scope)| *scope).collect(), ..Scopes::default() };
        let lease = scopes.lease().default;
        let usual = Scopes::default().times(lease);
        let (less, more, at) = match (&t1, &t2, usual) {
            (_, Some((t2, at, _)), _) if *t2 >= lease => ((T2.0, *t2), (DEFAULT.0, lease), at),
            (Some((t1, at, _)), None, Some((_, t2))) if *t1 >= t2 => ((T1.0, *t1), (T2.0, t2), at),
            (None, Some((t2, at, _)), Some((t1, _))) if t1 >= *t2 => ((T1.0, t1), (T2.0, *t2), at),
            _ => return,
        };
        let fault =
            Fault::Unusual { less: less.0, less_seconds: less.1, more: more.0, more_seconds: more.1, lease };
        let at = at.clone();
        match told {
            Some((_, other, _)) => self.conflict(at, other, fault),
            None => self.fault(at, fault),
        }
    }

    /// The subnet mask of a scope, if it says one, beside that of each subnet it holds for.
    pub(super) fn masks<'a>(
        &mut self,
        at: &Path,
        scope: &Scope,
        mut subnets: impl Iterator<Item = &'a SubnetConfig>,
    ) {
        let Some(found) = address(scope, SUBNET_MASK.code) else { return };
        let other = subnets.find(|config| config.subnet.mask() != found);
        if let Some(subnet) = other.map(|config| config.subnet) {
            self.other_than(at, SUBNET_MASK.code, found, subnet.mask(), subnet);
        }
    }

    /// The broadcast address of a scope, if it says one, beside that of its subnet.
    pub(super) fn broadcast(&mut self, at: &Path, scope: &Scope, config: &SubnetConfig) {
        let subnet = config.subnet;
        // Links of two or one addresses have none (RFC 3021).
        let right = if subnet.prefix() < 31 { subnet.broadcast() } else { Ipv4Addr::BROADCAST };
        if let Some(found) = address(scope, BROADCAST_ADDRESS.code).filter(|found| *found != right) {
            self.other_than(at, BROADCAST_ADDRESS.code, found, right, subnet);
        }
    }

    fn other_than(&mut self, at: &Path, code: Code, found: Ipv4Addr, right: Ipv4Addr, subnet: Subnet) {
        self.fault(at.at(Step::Option(code)), Fault::OtherThanSubnets { code, found, right, subnet });
    }

    fn option(&mut self, at: Path, code: Code, value: &[u8]) {
        if is_own(code) {
            return self.fault(at, Fault::NotConfigurable(code));
        }
        if value.len() > MAX_OPTION {
            return self.fault(at, Fault::TooLong { found: value.len(), most: MAX_OPTION });
        }
        if let Err(error) = Value::read(code.layout(), value) {
            self.fault(at, Fault::BadValue(code, error));
        }
    }
}

/// The address that an option of a scope is, if it is one.
fn address(scope: &Scope, code: Code) -> Option<Ipv4Addr> {
    let octets: [u8; 4] = scope.options.get(code)?.try_into().ok()?;
    Some(octets.into())
}

/// Whether an option is the server's own business, or one that only clients and relay agents send.
#[must_use]
pub fn is_own(code: Code) -> bool {
    // Pad and end; requested address to client identifier, of which lease, T1 and T2 have settings of their own, but
    // not 60, which some clients want echoed; rapid commit, FQDN, option 82, lease queries, subnet selection.
    matches!(code.0, 0 | 255 | 50..=59 | 61 | 80..=82 | 90..=92 | 118 | 151..=157)
}
