//! What can be read and would serve nobody: subnets of no hosts, ranges with nothing left, routers in ranges, tests that
//! can't all hold.

use core::net::Ipv4Addr;

use super::{Check, Level};
use crate::lease::Subnet;
use crate::options::{ROUTER, USER_CLASS};
use crate::server::config::{
    Class, Comparison, Exclusion, Fault, Path, Range, Step, Subject, SubnetConfig, Test,
};

impl Check {
    /// Blocks of which no host has an address that others could reach (RFC 1122 §3.2.1.3).
    pub(super) fn block(&mut self, at: &Path, subnet: Subnet) {
        let block = [[0, 0, 0, 0], [127, 0, 0, 0], [224, 0, 0, 0]].map(Ipv4Addr::from);
        let lengths = [8, 8, 4];
        let none = |(first, length)| Subnet::of(first, length).is_some_and(|block| overlap(block, subnet));
        if block.into_iter().zip(lengths).any(none) {
            self.fault(at.at(Step::Field("subnet")), Fault::NoHosts(subnet));
        }
    }

    /// Whether the exclusions leave something of a range.
    pub(super) fn left(&mut self, at: &Path, range: &Range, exclusions: &[Exclusion]) {
        let mut spans: Vec<_> = exclusions.iter().map(|span| (span.first, span.last)).collect();
        spans.sort_unstable();
        let mut next = u64::from(u32::from(range.first));
        for (first, last) in spans {
            if u64::from(u32::from(first)) <= next {
                next = next.max(u64::from(u32::from(last)).saturating_add(1));
            }
        }
        if next > u64::from(u32::from(range.last)) {
            self.fault(at.clone(), Fault::NothingLeft(range.first, range.last));
        }
    }

    /// The routers that clients of a subnet are told, none of whose addresses a client may get.
    pub(super) fn routers(&mut self, at: &Path, level: &Level<'_>, subnet: &SubnetConfig) {
        let Some((said, octets)) = level.option(ROUTER.code) else { return };
        let routers = octets.chunks_exact(4).filter_map(|octets| <[u8; 4]>::try_from(octets).ok());
        for router in routers.map(Ipv4Addr::from) {
            if subnet.exclusions.iter().any(|span| (span.first..=span.last).contains(&router)) {
                continue;
            }
            let inside = |range: &Range| (range.first..=range.last).contains(&router);
            if let Some(index) = subnet.ranges.iter().position(inside) {
                let fault = Fault::RouterInRange(router);
                self.conflict(at.at(Step::Range(index)), said.clone(), fault);
            }
        }
    }

    /// Tests of which one holds only where another does not.
    pub(super) fn agree(&mut self, at: &Path, class: &Class) {
        for (index, test) in class.tests.iter().enumerate() {
            let mut before = class.tests.iter().take(index);
            if let Some(other) = before.position(|other| excludes(other, test)) {
                let place = |index| at.at(Step::Field("tests")).at(Step::Item(index));
                self.conflict(place(index), place(other), Fault::NeverBoth);
            }
        }
    }
}

fn overlap(one: Subnet, other: Subnet) -> bool {
    one.contains(other.network()) || other.contains(one.network())
}

/// Whether no message passes both tests. Of a user class (77), several values may be there.
fn excludes(one: &Test, other: &Test) -> bool {
    if one.subject != other.subject {
        return false;
    }
    match (&one.comparison, &other.comparison) {
        (Comparison::Absent, other) | (other, Comparison::Absent) => *other != Comparison::Absent,
        _ if one.subject == Subject::Option(USER_CLASS.code) => false,
        (Comparison::Equals(value), other) | (other, Comparison::Equals(value)) => !other.holds(Some(value)),
        (Comparison::StartsWith(one), Comparison::StartsWith(other)) => {
            !one.starts_with(other) && !other.starts_with(one)
        }
        _ => false,
    }
}
