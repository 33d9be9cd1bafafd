//! Settings for clients, which every level of a configuration has.
//!
//! The nearest level that says something is heard: a reservation before the client's classes (in their order in the
//! configuration), these before the subnet, the network and what holds for all. Each setting and each option is looked
//! up by itself, so that a level says only what differs.

use core::net::Ipv4Addr;

use crate::options::Code;
use crate::packet::OptionList;

/// The shortest lease in seconds: T1 < T2 < lease in whole seconds needs that many.
pub(super) const SHORTEST: u32 = 4;
/// What is left of a lease in seconds is offered again only down to this.
const WORTH_OFFERING: u32 = 60;
/// The lease of a client that does not ask, where nobody says otherwise.
const USUAL: u32 = 3600;

/// Settings for clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Options, in the order for clients that do not ask for any.
    pub options: OptionList,
    /// The least that a client gets that asks for less, in seconds; `u32::MAX` is infinite (RFC 2131 §3.3).
    pub min_lease: Option<u32>,
    /// What a client gets that does not ask.
    pub default_lease: Option<u32>,
    /// The most that a client gets that asks for more.
    pub max_lease: Option<u32>,
    /// T1 in seconds, for leases that are longer; a half of the lease if it is not said (RFC 2131 §4.4.5).
    pub renewal_time: Option<u32>,
    /// T2 in seconds, for leases that are longer; seven eighths of the lease if it is not said.
    pub rebinding_time: Option<u32>,
    /// Field siaddr: the server of the next step of booting.
    pub next_server: Option<Ipv4Addr>,
    /// Field sname, 63 octets at most.
    pub server_name: Option<Vec<u8>>,
    /// Field file, 127 octets at most.
    pub boot_file: Option<Vec<u8>>,
}

impl Scope {
    /// Sets the three lease times.
    pub fn set_lease(&mut self, lease: LeaseTimes) {
        self.min_lease = Some(lease.min);
        self.default_lease = Some(lease.default);
        self.max_lease = Some(lease.max);
    }
}

/// How long leases last, in seconds; `u32::MAX` is infinite (RFC 2131 §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseTimes {
    /// The least that a client gets that asks for less.
    pub min: u32,
    /// What a client gets that does not ask.
    pub default: u32,
    /// The most that a client gets that asks for more.
    pub max: u32,
}

impl LeaseTimes {
    /// Leases of one length, shorter for clients that ask for less; none if it is under four seconds.
    #[must_use]
    pub fn new(default: u32) -> Option<LeaseTimes> {
        let times = LeaseTimes { min: default.min(WORTH_OFFERING), default, max: default };
        (default >= SHORTEST).then_some(times)
    }

    /// What a client gets that asks for so much.
    #[must_use]
    pub(in crate::server) fn granted(&self, asked: Option<u32>) -> u32 {
        asked.map_or(self.default, |asked| asked.max(self.min).min(self.max)).max(SHORTEST)
    }

    /// The least that is left of a lease to be worth offering as it is.
    pub(in crate::server) fn worth_offering(&self) -> u32 {
        self.default.min(WORTH_OFFERING)
    }
}

/// The scopes that a client is in, the nearest first.
#[derive(Clone, Debug, Default)]
pub(in crate::server) struct Scopes<'a> {
    /// That of its reservation.
    pub(in crate::server) own: Option<&'a Scope>,
    /// Those of its classes.
    pub(in crate::server) classes: Vec<&'a Scope>,
    /// Those of its subnet, its network, and for all.
    pub(in crate::server) general: [Option<&'a Scope>; 3],
}

impl<'a> Scopes<'a> {
    /// All of them, the nearest first.
    fn all(&self) -> impl DoubleEndedIterator<Item = &'a Scope> {
        self.near().chain(self.general.iter().copied().flatten())
    }

    /// Those of the client itself and its classes.
    fn near(&self) -> impl DoubleEndedIterator<Item = &'a Scope> {
        self.own.into_iter().chain(self.classes.iter().copied())
    }

    /// The nearest that is said of something.
    pub(in crate::server) fn nearest<T>(&self, of: impl Fn(&'a Scope) -> Option<T>) -> Option<T> {
        self.all().find_map(of)
    }

    /// The value of an option.
    pub(in crate::server) fn option(&self, code: Code) -> Option<&'a [u8]> {
        self.nearest(|scope| scope.options.get(code))
    }

    /// Every option once: those that hold for all come first, as they stand.
    pub(in crate::server) fn options(&self) -> impl Iterator<Item = (Code, &'a [u8])> {
        let codes = self.all().rev().flat_map(|scope| scope.options.iter());
        codes.filter_map(|(code, _)| Some((code, self.option(code)?)))
    }

    /// The options of the client's own scope and its classes', which it gets whatever it asks for (RFC 2131 §4.3.1).
    pub(in crate::server) fn specific(&self) -> impl Iterator<Item = (Code, &'a [u8])> {
        self.near().flat_map(|scope| scope.options.iter())
    }

    /// The lease times: of a minimum, a default and a maximum that do not agree, the default counts.
    pub(in crate::server) fn lease(&self) -> LeaseTimes {
        let max = self.nearest(|scope| scope.max_lease);
        let min = self.nearest(|scope| scope.min_lease);
        let default = self.nearest(|scope| scope.default_lease);
        let default = default.unwrap_or(USUAL.max(min.unwrap_or(0)).min(max.unwrap_or(u32::MAX)));
        LeaseTimes {
            min: min.unwrap_or(WORTH_OFFERING).min(default),
            default,
            max: max.unwrap_or(default).max(default),
        }
    }

    /// T1 and T2 of a lease in seconds: as configured where they stand in order before its end, else a half and seven
    /// eighths (RFC 2131 §4.4.5); an infinite lease has none.
    pub(in crate::server) fn times(&self, lease: u32) -> Option<(u32, u32)> {
        if lease == u32::MAX {
            return None;
        }
        let usual = (lease / 2, lease - lease.div_ceil(8));
        let t2 = self.nearest(|scope| scope.rebinding_time).filter(|t2| *t2 < lease).unwrap_or(usual.1);
        let t1 = self.nearest(|scope| scope.renewal_time).filter(|t1| *t1 < t2).unwrap_or(usual.0);
        Some(if t1 < t2 { (t1, t2) } else { usual })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(scopes: &[&'a Scope]) -> Scopes<'a> {
        Scopes { classes: scopes.to_vec(), ..Scopes::default() }
    }

    #[test]
    fn a_client_gets_what_it_asks_within_bounds() {
        assert_eq!(None, LeaseTimes::new(3));
        let times = LeaseTimes::new(3600).unwrap();
        for (asked, want) in [(None, 3600), (Some(0), 60), (Some(600), 600), (Some(u32::MAX), 3600)] {
            assert_eq!(want, times.granted(asked), "{asked:?}");
        }
    }

    #[test]
    fn t1_and_t2_stand_before_the_end_of_any_lease() {
        let told = |t1, t2| Scope { renewal_time: t1, rebinding_time: t2, ..Scope::default() };
        for lease in [4, 5, 7, 8, 10, 60, 3600, u32::MAX - 1] {
            for scope in [told(None, None), told(Some(50), Some(9)), told(Some(3), None), told(None, Some(1))]
            {
                let (t1, t2) = of(&[&scope]).times(lease).unwrap();
                assert!(t1 < t2 && t2 < lease, "{t1} {t2} {lease}");
            }
        }
        assert_eq!(Some((1800, 3150)), Scopes::default().times(3600));
        assert_eq!(Some((900, 1000)), of(&[&told(Some(900), Some(1000))]).times(3600));
        assert_eq!(None, Scopes::default().times(u32::MAX));
    }

    #[test]
    fn the_nearest_scope_that_says_something_is_heard() {
        let far = Scope { default_lease: Some(600), max_lease: Some(900), ..Scope::default() };
        let near = Scope { default_lease: Some(60), ..Scope::default() };
        assert_eq!(LeaseTimes { min: 60, default: 60, max: 900 }, of(&[&near, &far]).lease());
        assert_eq!(LeaseTimes { min: 60, default: 3600, max: 3600 }, Scopes::default().lease());
    }
}
