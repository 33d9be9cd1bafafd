//! When offers, leases and rests end.
//!
//! A heap that is put right when it is looked at. An address has one place in it that counts: its alarm. To move an end to
//! a later time, which is what a renewal does, changes nothing here; the alarm goes off at the old time, and is set
//! anew. A place that no longer counts is skipped when its time comes, and all such are swept out when they are more
//! than half, so that a heap of n ends has 2 n places and a few more.

use core::cmp::Reverse;
use core::net::Ipv4Addr;
use std::collections::BinaryHeap;

use crate::time::Instant;

/// Places that may be there without a sweep.
const FEW: usize = 1024;

/// The ends of many addresses.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, Ipv4Addr)>>,
}

/// The end of one address, and when its alarm goes off.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timer {
    end: Option<Instant>,
    alarm: Option<Instant>,
}

impl Timer {
    /// When the address's time ends; none for never.
    #[cfg(test)]
    fn end(&self) -> Option<Instant> {
        self.end
    }
}

impl Timers {
    /// Sets the end of an address, none for never.
    pub(super) fn set(&mut self, address: Ipv4Addr, timer: &mut Timer, end: Option<Instant>) {
        timer.end = end;
        if let Some(end) = end
            && timer.alarm.is_none_or(|alarm| alarm > end)
        {
            timer.alarm = Some(end);
            self.heap.push(Reverse((end, address)));
        }
    }

    /// The first end, if the first place is one. Right only when the heap has been put right.
    pub(super) fn first(&self) -> Option<(Instant, Ipv4Addr)> {
        self.heap.peek().map(|Reverse(first)| *first)
    }

    /// Puts the heap right: then [`Timers::first`] is the first end. `timer` finds the timer of an address.
    pub(super) fn settle<'a>(
        &mut self,
        addresses: usize,
        mut timer: impl FnMut(Ipv4Addr) -> Option<&'a mut Timer>,
    ) {
        while let Some(&Reverse((at, address))) = self.heap.peek() {
            let timer = timer(address).filter(|timer| timer.alarm == Some(at));
            if timer.as_ref().is_some_and(|timer| timer.end == Some(at)) {
                break;
            }
            self.heap.pop();
            if let Some(timer) = timer {
                timer.alarm = None;
                self.set(address, timer, timer.end);
            }
        }
        if self.heap.len() > addresses.saturating_mul(2).saturating_add(FEW) {
            self.heap.retain(|Reverse((at, address))| {
                timer(*address).is_some_and(|timer| timer.alarm == Some(*at))
            });
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
                    1 => timers.set(ip(number), map.entry(ip(number)).or_default(), None),
                    _ => {
                        let end = Some(Instant::from_secs(at));
                        timers.set(ip(number), map.entry(ip(number)).or_default(), end);
                    }
                }
                timers.settle(map.len(), |address| map.get_mut(&address));
                let ends = map.iter().filter_map(|(address, timer)| Some((timer.end()?, *address)));
                prop_assert_eq!(ends.min(), timers.first());
            }
        }
    }

    #[test]
    fn ends_that_come_earlier_and_earlier_leave_no_more_than_twice_the_places() {
        let (mut timers, mut timer) = (Timers::default(), Timer::default());
        for second in (1..100_000).rev() {
            timers.set(ip(1), &mut timer, Some(Instant::from_secs(second)));
            timers.settle(1, |_| Some(&mut timer));
            assert!(timers.heap.len() <= FEW + 2);
        }
        assert_eq!(Some((Instant::from_secs(1), ip(1))), timers.first());
    }
}
