//! When offers, leases and rests end.
//!
//! A calendar that is put right when it is looked at. An address has one place in it that counts: its alarm. To move an
//! end to a later time, which is what a renewal does, changes nothing here; the alarm goes off at the old time, and is set
//! anew. A place that no longer counts is skipped when its time comes, and all such are swept out when they are more
//! than half, so that a calendar of n ends has 2 n places and a few more.

use core::net::Ipv4Addr;

use crate::lease::touch::touch;
use crate::time::{Calendar, Instant};

/// Places that may be there without a sweep.
const FEW: usize = 1024;
/// So many addresses are looked at together where there are many.
const TOGETHER: usize = 64;
/// Below so many addresses a processor's cache holds them all.
const MANY: usize = 4096;

/// The ends of many addresses.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers {
    alarms: Calendar<Ipv4Addr>,
    /// Until when has been looked ahead.
    foreseen: Instant,
}

/// The end of one address, and when its alarm goes off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timer {
    end: Instant,
    alarm: Instant,
}

impl Default for Timer {
    fn default() -> Timer {
        Timer { end: Instant::NEVER, alarm: Instant::NEVER }
    }
}

impl Timers {
    /// Sets the end of an address, which may be never.
    pub(super) fn set(&mut self, address: Ipv4Addr, timer: &mut Timer, end: Instant) {
        timer.end = end;
        if end < timer.alarm {
            timer.alarm = end;
            self.alarms.push(end, address);
        }
    }

    /// The first end. Right only when the calendar has been put right.
    pub(super) fn first(&self) -> Option<(Instant, Ipv4Addr)> {
        self.alarms.first().map(|(at, address)| (at, *address))
    }

    /// Whether the calendar has to be put right after the end of an address was set: its alarm is the first, or there is
    /// something to sweep out. The other alarms are as right as they were.
    pub(super) fn may_be_wrong(&self, address: Ipv4Addr, addresses: usize) -> bool {
        self.first().is_none_or(|(_, first)| first == address) || self.has_litter(addresses)
    }

    /// Whether more than half of the places count no more.
    fn has_litter(&self, addresses: usize) -> bool {
        self.alarms.len() > addresses.saturating_mul(2).saturating_add(FEW)
    }

    /// Puts the calendar right: then [`Timers::first`] is the first end. `timer` finds the timer of an address, of which
    /// there are so many.
    pub(super) fn settle<S>(
        &mut self,
        slots: &mut S,
        addresses: usize,
        timer: impl for<'s> Fn(&'s mut S, Ipv4Addr) -> Option<&'s mut Timer>,
    ) {
        self.alarms.open();
        while let Some((at, address)) = self.first() {
            if at >= self.foreseen && addresses > MANY {
                self.foresee(slots, &timer);
            }
            let timer = timer(slots, address).filter(|timer| timer.alarm == at);
            if timer.as_ref().is_some_and(|timer| timer.end == at) {
                break;
            }
            self.alarms.pop(Instant::NEVER);
            if let Some(timer) = timer {
                timer.alarm = Instant::NEVER;
                self.set(address, timer, timer.end);
            }
            self.alarms.open();
        }
        self.sweep(slots, addresses, timer);
    }

    /// Looks at the addresses that are next, many at once: each is waited for in memory, and so all are waited for
    /// together.
    fn foresee<S>(
        &mut self,
        slots: &mut S,
        timer: impl for<'s> Fn(&'s mut S, Ipv4Addr) -> Option<&'s mut Timer>,
    ) {
        let look = |address: &Ipv4Addr| touch(timer(slots, *address).map(|timer| timer.end));
        self.foreseen = self.alarms.ahead(TOGETHER, look);
    }

    /// Sweeps out what counts no more, if it is more than half.
    fn sweep<S>(
        &mut self,
        slots: &mut S,
        addresses: usize,
        timer: impl for<'s> Fn(&'s mut S, Ipv4Addr) -> Option<&'s mut Timer>,
    ) {
        if self.has_litter(addresses) {
            let counts =
                |at, address: &Ipv4Addr| timer(slots, *address).is_some_and(|timer| timer.alarm == at);
            self.alarms.retain(counts);
            self.alarms.open();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn ip(number: u8) -> Ipv4Addr {
        Ipv4Addr::new(192, 0, 2, number)
    }

    proptest! {
        #[test]
        fn the_first_end_is_the_first_of_all(
            steps in prop::collection::vec((0u8..4, 0u8..20, 0u64..1000), 0..300),
        ) {
            let (mut timers, mut map) = (Timers::default(), BTreeMap::<Ipv4Addr, Timer>::new());
            for (what, number, at) in steps {
                match what {
                    0 => { map.remove(&ip(number)); }
                    1 => timers.set(ip(number), map.entry(ip(number)).or_default(), Instant::NEVER),
                    _ => {
                        let end = Instant::from_secs(at);
                        timers.set(ip(number), map.entry(ip(number)).or_default(), end);
                    }
                }
                let addresses = map.len();
                timers.settle(&mut map, addresses, |map, address| map.get_mut(&address));
                let ends = map.iter().filter(|(_, timer)| !timer.end.is_never());
                let first = ends.map(|(_, timer)| timer.end).min();
                prop_assert_eq!(first, timers.first().map(|(at, _)| at));
            }
        }
    }

    #[test]
    fn ends_that_come_earlier_and_earlier_leave_no_more_than_twice_the_places() {
        let (mut timers, mut timer) = (Timers::default(), Timer::default());
        for second in (1..100_000).rev() {
            timers.set(ip(1), &mut timer, Instant::from_secs(second));
            timers.settle(&mut timer, 1, |timer, _| Some(timer));
            assert!(timers.alarms.len() <= FEW + 2);
        }
        assert_eq!(Some((Instant::from_secs(1), ip(1))), timers.first());
    }
}
