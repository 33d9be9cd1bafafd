//! Which of a server's events are news to the event script, and whether a lease is a new one.

use core::net::Ipv4Addr;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::news::{Action, News};
use crate::endpoint::Event;
use crate::lease::{Binding, BindingState};
use crate::time::Instant;

/// The leases that the script knows of: one an address, so bounded by the pool.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    server: Option<Ipv4Addr>,
    known: BTreeMap<Ipv4Addr, Arc<Binding>>,
}

impl Ledger {
    /// No leases yet. `server` is the address that clients know the server by, if it has but one.
    #[must_use]
    pub fn new(server: Option<Ipv4Addr>) -> Ledger {
        Ledger { server, known: BTreeMap::new() }
    }

    /// A lease that was found in the store when the server started.
    pub fn found(&mut self, now: Instant, binding: Binding) -> Option<News> {
        let lasts = binding.state == BindingState::Bound && binding.expires > now;
        let binding = Arc::new(binding);
        lasts.then(|| {
            self.known.insert(binding.address, Arc::clone(&binding));
            self.news(Action::Old, "start", now, &binding)
        })
    }

    /// What an event is to the script.
    pub fn event(&mut self, now: Instant, event: &Event) -> Option<News> {
        match event {
            Event::Bound(binding) => {
                let before = self.known.insert(binding.address, Arc::clone(binding));
                let (action, reason) = match before.is_some_and(|before| before.client == binding.client) {
                    true => (Action::Old, "renewed"),
                    false => (Action::Add, "bound"),
                };
                Some(self.news(action, reason, now, binding))
            }
            Event::Released(binding) => self.ended(now, binding.address, "released"),
            Event::Expired(binding) => self.ended(now, binding.address, "expired"),
            Event::Declined { address, .. } => self.ended(now, *address, "declined"),
            _ => None,
        }
    }

    /// The script hears of the end of what it heard the beginning of.
    fn ended(&mut self, now: Instant, address: Ipv4Addr, reason: &'static str) -> Option<News> {
        let binding = self.known.remove(&address)?;
        Some(self.news(Action::Del, reason, now, &binding))
    }

    fn news(&self, action: Action, reason: &'static str, at: Instant, binding: &Binding) -> News {
        News { action, reason, at, binding: binding.clone(), server: self.server }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::lease::{ClientKey, Subnet};

    fn binding(client: u8, last: u8) -> Binding {
        let address = Ipv4Addr::new(192, 0, 2, last);
        Binding {
            address,
            subnet: Subnet::of(address, 24).unwrap(),
            client: ClientKey::Identifier([0, client].into()),
            htype: 1,
            chaddr: [2, 0, 0, 0, 0, client].into(),
            host_name: None,
            relay: None,
            state: BindingState::Bound,
            since: Instant::EPOCH,
            expires: Instant::from_secs(100),
        }
    }

    #[test]
    fn a_lease_is_added_goes_on_and_ends() {
        let mut ledger = Ledger::new(None);
        let now = Instant::from_secs(1);
        let until = now;
        let client = ClientKey::Identifier([0, 2].into());
        let found = ledger.found(now, binding(9, 109)).map(|news| (news.action, news.reason));
        assert_eq!(Some((Action::Old, "start")), found);
        assert_eq!(None, ledger.found(Instant::from_secs(100), binding(8, 108)));
        for (event, want) in [
            (Event::Bound(binding(1, 100).into()), Some("add bound")),
            (Event::Bound(binding(1, 100).into()), Some("old renewed")),
            (Event::Released(binding(1, 100).into()), Some("del released")),
            (Event::Expired(binding(1, 100).into()), None),
            (Event::Bound(binding(2, 100).into()), Some("add bound")),
            (Event::Declined { client, address: Ipv4Addr::new(192, 0, 2, 100), until }, Some("del declined")),
            (Event::Bound(binding(9, 109).into()), Some("old renewed")),
            (Event::Expired(binding(9, 109).into()), Some("del expired")),
            (Event::Rested(Ipv4Addr::new(192, 0, 2, 100)), None),
        ] {
            let news = ledger.event(now, &event);
            let told = news.map(|news| format!("{} {}", news.action, news.reason));
            assert_eq!(want.map(str::to_owned), told, "{event:?}");
        }
    }
}
