//! Settings at every level: options that may be set, times that stand in order with those of the levels above.

use super::Check;
use crate::options::{Code, Value};
use crate::server::config::scope::SHORTEST;
use crate::server::config::{Fault, Path, Scope, Step};

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
        Level { scopes: vec![(Path::default(), scope)] }
    }

    /// A level below this.
    pub(super) fn below(&self, at: Path, scope: &'a Scope) -> Level<'a> {
        let own = core::iter::once((at, scope));
        Level { scopes: own.chain(self.scopes.iter().cloned()).collect() }
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
        for (name, value, most) in [
            ("server_name", &scope.server_name, MAX_SERVER_NAME),
            ("boot_file", &scope.boot_file, MAX_BOOT_FILE),
        ] {
            if let Some(found) = value.as_ref().map(Vec::len).filter(|found| *found > most) {
                self.fault(at.at(Step::Field(name)), Fault::TooLong { found, most });
            }
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

/// Whether an option is the server's own business, or one that only clients and relay agents send.
pub(in crate::server) fn is_own(code: Code) -> bool {
    // Pad and end; requested address to client identifier, of which lease, T1 and T2 have settings of their own, but
    // not 60, which some clients want echoed; rapid commit, FQDN, option 82, lease queries, subnet selection.
    matches!(code.0, 0 | 255 | 50..=59 | 61 | 80..=82 | 90..=92 | 118 | 151..=157)
}
