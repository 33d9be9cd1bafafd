//! What a client makes of the times in a DHCPACK: checked against each other, and kept within bounds.

use core::time::Duration;

use super::config::Habits;
use crate::endpoint::DropReason;
use crate::options::{IP_ADDRESS_LEASE_TIME, REBINDING_TIME, RENEWAL_TIME};
use crate::packet::Packet;

/// The earliest T1 that a server can set, unless half of the lease is over sooner: as for sending again (§4.4.5).
const EARLIEST: Duration = Duration::from_secs(60);

/// Lease time, T1 and T2 from the start; none of an infinite lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) time: Option<Duration>,
    pub(super) t1: Option<Duration>,
    pub(super) t2: Option<Duration>,
}

/// Reads the times of a grant.
pub(super) fn terms(packet: &Packet<'_>, habits: &Habits) -> Result<Terms, DropReason> {
    let seconds = packet.get(&IP_ADDRESS_LEASE_TIME).map_err(DropReason::Malformed)?;
    match seconds {
        None | Some(0) => Err(DropReason::NoLeaseTime),
        Some(u32::MAX) => Ok(Terms { time: None, t1: None, t2: None }),
        Some(seconds) if seconds < habits.shortest_lease => Err(DropReason::ShortLease(seconds)),
        Some(seconds) => {
            let time = Duration::from_secs(seconds.min(habits.longest_lease).into());
            let (t1, t2) = times(packet, time);
            Ok(Terms { time: Some(time), t1: Some(t1), t2: Some(t2) })
        }
    }
}

/// T1 and T2: options 58 and 59 if they are in order, else a half and seven eighths of the lease (§4.4.5).
fn times(packet: &Packet<'_>, lease: Duration) -> (Duration, Duration) {
    let seconds =
        |key| packet.get(key).ok().flatten().map(|seconds: u32| Duration::from_secs(seconds.into()));
    let t2 = seconds(&REBINDING_TIME).unwrap_or(lease * 7 / 8);
    let t1 = seconds(&RENEWAL_TIME).unwrap_or(lease / 2).max(EARLIEST.min(lease / 2));
    if t1 < t2 && t2 < lease { (t1, t2) } else { (lease / 2, lease * 7 / 8) }
}
