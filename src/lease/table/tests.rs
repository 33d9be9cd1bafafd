//! The table beside what can be counted anew: whatever is done, the indexes say what the slots say.

use core::net::Ipv4Addr;
use core::time::Duration;
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::lease::{Seek, Subnet};

const NETWORK: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 0);

fn ip(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, last)
}

fn client(number: u8) -> ClientKey {
    ClientKey::Hardware { htype: 1, chaddr: [2, 0, 0, 0, 0, number].into() }
}

fn table() -> Table {
    let mut space = Space::default();
    let subnet = space.add_subnet(0, Subnet::of(NETWORK, 24).unwrap());
    space.add_range(subnet, ip(10), ip(14));
    space.add_range(subnet, ip(20), ip(22));
    space.reserve(subnet, ip(50));
    Table::new(space, false)
}

fn binding(client: &ClientKey, address: Ipv4Addr, (since, seconds): (Instant, u64)) -> Binding {
    Binding {
        address,
        subnet: Subnet::of(NETWORK, 24).unwrap(),
        client: client.clone(),
        htype: 1,
        chaddr: [2; 6].into(),
        host_name: None,
        relay: None,
        state: BindingState::Bound,
        since,
        expires: since + Duration::from_secs(seconds),
    }
}

fn declined(client: &ClientKey, address: Ipv4Addr, expires: Instant) -> Binding {
    Binding { state: BindingState::Declined, expires, ..binding(client, address, (Instant::EPOCH, 0)) }
}

/// What is wrong with the indexes of a table.
fn wrong(table: &Table) -> Result<(), TestCaseError> {
    let mut tally = Tally::default();
    let mut free = BTreeMap::<usize, Vec<Ipv4Addr>>::new();
    for (address, slot) in table.slots.iter() {
        match (&slot.state, &slot.storing) {
            (State::Bound(_), _) => tally.bound += 1,
            (State::Declined(_), _) => tally.resting += 1,
            (State::Free { .. }, None) => {
                prop_assert!(slot.last.is_some(), "{} is free, was nobody's and has a slot", address);
                let range = table.space.place(address).and_then(|place| place.range);
                range.into_iter().for_each(|range| free.entry(range).or_default().push(address));
            }
            (State::Offered { .. } | State::Free { .. }, _) => tally.offered += 1,
        }
    }
    prop_assert_eq!(tally, table.tally(0));
    prop_assert_eq!(table.free(0), 9 - tally.bound - tally.offered - tally.resting);
    let ends = table.slots.iter().map(|(_, slot)| slot.end()).filter(|end| !end.is_never());
    prop_assert_eq!(ends.min(), table.next_deadline());
    for (range, mut queue) in table.indexes.free.iter().cloned().enumerate() {
        let mut waiting: Vec<_> = core::iter::from_fn(|| {
            let first = queue.first()?;
            queue.remove(first);
            Some(first)
        })
        .collect();
        waiting.sort_unstable();
        prop_assert_eq!(free.remove(&range).unwrap_or_default(), waiting);
    }
    for number in 0..6 {
        let (client, held) = (client(number), table.held(0, &client(number)));
        let bound = table.slots.iter().filter(|(_, slot)| {
            matches!(slot.standing(&client), Standing::Bound | Standing::Committing | Standing::Offered)
        });
        for (address, _) in bound {
            prop_assert!(
                held.has == Some(address) || held.offered == Some(address),
                "{} of {}",
                address,
                client
            );
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_indexes_say_what_the_slots_say(
        steps in prop::collection::vec((0u8..9, 0u8..6, 0u8..10, 1u64..30), 0..120),
    ) {
        let (mut table, mut now) = (table(), Instant::EPOCH);
        for (what, number, which, seconds) in steps {
            let client = client(number);
            let address = [10, 11, 12, 13, 14, 20, 21, 22, 50, 77].map(ip)[usize::from(which)];
            let until = now + Duration::from_secs(seconds);
            let seek = Seek {
                network: 0, client: &client, reserved: None, requested: Some(address), ranges: &[0, 1],
            };
            match what {
                0 | 1 => if let Some((address, _)) = table.choose(&seek) {
                    let standing = table.standing(&client, address);
                    prop_assert_ne!(standing, Standing::Other);
                    let source = Source { relay: ip(2), port: None };
                    table.offer(&client, address, until, Some(source));
                },
                2 => { table.begin(binding(&client, address, (now, seconds)).into()); }
                3 | 4 => { table.finish(address, what == 3); }
                5 => { table.release(&client, address, now); }
                6 => { table.decline(declined(&client, address, until).into()); }
                7 => { table.withdraw(0, &client, now); }
                _ => {
                    now = until;
                    while table.lapse(now).is_some() {}
                    prop_assert!(table.next_deadline().is_none_or(|next| next > now));
                }
            }
            wrong(&table)?;
        }
        let (before, space) = (table.clone(), table.space.clone());
        table.rebuild(space, false);
        wrong(&table)?;
        prop_assert!(before.bindings().eq(table.bindings()));
        prop_assert_eq!(before.next_deadline(), table.next_deadline());
    }
}

#[test]
fn a_restored_table_gives_what_has_been_free_for_longest_first() {
    let mut table = table();
    let released = |last: u8, second| Binding {
        state: BindingState::Released,
        ..binding(&client(last), ip(last), (Instant::from_secs(second), 0))
    };
    table.restore(
        [(10, 50), (11, 20), (12, 90), (13, 20), (14, 10)].map(|(last, second)| released(last, second)),
    );
    let mut order = Vec::new();
    while let Some(address) = table.longest_free(0) {
        table.offer(&client(99), address, Instant::NEVER, None);
        table.begin(binding(&client(address.octets()[3]), address, (Instant::EPOCH, 10)).into());
        order.push(address.octets()[3]);
        table.decline(declined(&client(99), address, Instant::NEVER).into());
    }
    assert_eq!([14, 11, 13, 10, 12], *order);
}

#[test]
fn an_address_of_a_wide_space_takes_room_for_its_neighbours_alone() {
    let mut space = Space::default();
    let subnet = space.add_subnet(0, Subnet::of(Ipv4Addr::new(10, 0, 0, 0), 8).unwrap());
    space.add_range(subnet, Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 255, 255, 254));
    let mut table = Table::new(space, false);
    for number in 0..100u32 {
        let address = Ipv4Addr::from(0x0a00_0001 + number * 160_000);
        table.offer(
            &ClientKey::Identifier(number.to_be_bytes().into()),
            address,
            Instant::from_secs(1),
            None,
        );
    }
    assert_eq!((100, 100), (table.slots.len(), table.slots.pages()));
    while table.lapse(Instant::from_secs(1)).is_some() {}
    assert_eq!((0, 0), (table.slots.len(), table.slots.pages()));
}
