//! Looking ahead. What a customer's next message touches lies all over memory, and each piece is waited for on its way
//! there: of a million customers, for longer than all else takes. Touched for many customers beforehand, the pieces are
//! waited for together. Nothing depends on it.

use core::net::Ipv4Addr;

use super::node::place;
use super::world::{Due, World};
use crate::lease::{ClientKey, touch};

/// Below so many customers a processor's cache holds all of them.
const FEW: usize = 4096;
/// So many happenings are looked at together, and some more where many come at once.
const TOGETHER: usize = 64;

impl World {
    /// Looks at what is due next, unless that has been looked at.
    #[inline]
    pub(super) fn foresee(&mut self) {
        if self.now >= self.foreseen && self.customers.len() > FEW {
            self.look_ahead();
        }
    }

    fn look_ahead(&mut self) {
        let mut coming = core::mem::take(&mut self.coming);
        self.foreseen = self.queue.ahead(TOGETHER, |due| match due {
            Due::Customer(number) if coming.len() < 4 * TOGETHER => coming.push(*number),
            _ => {}
        });
        let customers = || coming.iter().filter_map(|number| self.customers.get(place(*number)));
        customers().for_each(|customer| touch((customer.until, customer.stream)));
        let clients = || customers().filter_map(|customer| customer.client.as_ref());
        clients().for_each(|client| client.touch());
        clients()
            .filter_map(|client| client.lease())
            .for_each(|lease| touch((lease.server, lease.start, lease.time, lease.t2)));
        let keys = clients().filter_map(|client| client.config().client_identifier.as_deref());
        let keys: Vec<ClientKey> = keys.map(|octets| ClientKey::Identifier(octets.into())).collect();
        let addresses: Vec<Ipv4Addr> = customers().map(|customer| customer.address).collect();
        for node in &mut self.nodes {
            let Some(serving) = node.serving() else { continue };
            if let Some(table) = serving.server.as_ref().map(|server| server.table()) {
                keys.iter().for_each(|key| touch(table.knows(key, false)));
                table.touch(&addresses);
            }
            addresses.iter().for_each(|address| serving.disk.touch(*address));
        }
        addresses.iter().for_each(|address| self.law.touch(*address));
        addresses.iter().for_each(|address| touch(self.holders.get(address)));
        coming.clear();
        self.coming = coming;
    }
}
