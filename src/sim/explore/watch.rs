//! Who watches an explored run: counts what happens, and holds servers to their offers.

use core::net::Ipv4Addr;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::tally::{Kind, Tally};
use crate::endpoint::{DropReason, Event, Refusal, Refused, State};
use crate::lease::{Commit, LeaseLaw};
use crate::packet::Packet;
use crate::sim::action::Action;
use crate::sim::observer::{Observer, Sighting};
use crate::time::Instant;

/// What was seen.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) tally: Tally,
    /// By server, the law of its offers.
    pub(super) offers: BTreeMap<String, LeaseLaw>,
    /// The first address that two hosts used at once, and the hosts.
    pub(super) shared: Option<(Ipv4Addr, [String; 2])>,
}

/// The observer; whoever made it reads what it has seen.
pub(super) struct Watch {
    seen: Rc<RefCell<Seen>>,
    /// By segment, when the last frame comes of those that have left.
    latest: Vec<Instant>,
    cut: Vec<u32>,
    unplugged: Vec<u32>,
}

impl Watch {
    pub(super) fn new(seen: Rc<RefCell<Seen>>) -> Watch {
        Watch { seen, latest: Vec::new(), cut: Vec::new(), unplugged: Vec::new() }
    }

    fn add(&self, kind: Kind) {
        self.seen.borrow_mut().tally.add(kind, 1);
    }

    /// What a server does about its offers.
    fn offers(&self, now: Instant, who: &str, event: &Event) {
        let mut seen = self.seen.borrow_mut();
        let law = match event {
            Event::Offered { .. } => seen.offers.entry(who.to_owned()).or_default(),
            Event::OfferLapsed { .. } | Event::Bound(_) | Event::Declined { .. } | Event::Released(_) => {
                match seen.offers.get_mut(who) {
                    Some(law) => law,
                    None => return,
                }
            }
            _ => return,
        };
        match event {
            Event::Offered { client, address, until } => law.offered(now, client, *address, *until),
            Event::OfferLapsed { address, .. } | Event::Declined { address, .. } => law.withdrawn(*address),
            Event::Bound(binding) => law.stored(&Commit { binding: binding.clone() }),
            Event::Released(binding) => law.withdrawn(binding.address),
            _ => {}
        }
    }
}

/// What an event counts as.
fn kind(event: &Event) -> Option<Kind> {
    Some(match event {
        Event::NotStored(_, Refused::Full) => Kind::Full,
        Event::NotStored(..) => Kind::Unwritable,
        Event::Released(_) => Kind::Released,
        Event::Expired(_) => Kind::Expired,
        Event::LeaseEnded(_) => Kind::Ended,
        Event::OfferLapsed { .. } => Kind::Lapsed,
        Event::Declined { .. } => Kind::Declined,
        Event::InUse { .. } => Kind::Probed,
        Event::Rested(_) => Kind::Rested,
        Event::Dropped(dropped) => match dropped.reason {
            DropReason::PoolExhausted => Kind::Exhausted,
            DropReason::CommitPending(_) => Kind::Pending,
            _ => return None,
        },
        Event::Refused { why, .. } => match why {
            Refusal::NotServed => Kind::NotServed,
            Refusal::HasOther(_) => Kind::HasOther,
            Refusal::Taken => Kind::Taken,
            Refusal::NoRecord => Kind::NoRecord,
            Refusal::WrongNetwork => return None,
        },
        Event::Entered(State::Rebooting) => Kind::Rebooting,
        Event::Entered(State::Rebinding) => Kind::Rebinding,
        _ => return None,
    })
}

/// Where the message of a frame stands, behind Ethernet, IPv4 and UDP; and the protocol's number in the IPv4 header.
const MESSAGE: usize = 14 + 20 + 8;

impl Observer for Watch {
    fn frame(&mut self, _: Instant, frame: &Sighting<'_>) {
        if self.latest.len() <= frame.segment {
            self.latest.resize(frame.segment.saturating_add(1), Instant::EPOCH);
        }
        if let (Some(at), Some(latest)) = (frame.fate.first, self.latest.get_mut(frame.segment)) {
            if at < *latest {
                self.seen.borrow_mut().tally.add(Kind::Overtaken, 1);
            }
            *latest = at.max(*latest);
        }
        if self.cut.iter().any(|cut| usize::try_from(*cut) == Ok(frame.segment)) {
            self.add(Kind::Cut);
        }
        if !self.unplugged.is_empty() {
            self.add(Kind::Unplugged);
        }
        let message = frame.frame.get(MESSAGE..).and_then(|octets| Packet::parse(octets).ok());
        if message.is_some_and(|message| !message.giaddr().is_unspecified()) {
            self.add(Kind::Relayed);
        }
    }

    fn event(&mut self, now: Instant, who: &str, event: &Event) {
        if let Some(kind) = kind(event) {
            self.add(kind);
        }
        self.offers(now, who, event);
    }

    fn note(&mut self, _: Instant, _: &str) {}

    fn acted(&mut self, _: Instant, action: &Action) {
        match action {
            Action::Reload(..) => self.add(Kind::Reloaded),
            Action::Jump(_, micros) => self.add(if *micros < 0 { Kind::SetBack } else { Kind::SetAhead }),
            Action::Dark(_) => self.add(Kind::Dark),
            Action::Up(segment, false) => self.cut.push(segment.0),
            Action::Up(segment, true) => self.cut.retain(|cut| *cut != segment.0),
            Action::Plug(node, false) => self.unplugged.push(node.0),
            Action::Plug(node, true) => self.unplugged.retain(|unplugged| *unplugged != node.0),
            _ => {}
        }
    }

    fn started(&mut self, _: Instant, who: &str) {
        self.add(Kind::Started);
        if let Some(law) = self.seen.borrow_mut().offers.get_mut(who) {
            law.restarted();
        }
    }

    fn crashed(&mut self, _: Instant, _: &str, on_write: bool) {
        self.add(if on_write { Kind::CrashedOnWrite } else { Kind::Crashed });
    }

    fn shared(&mut self, _: Instant, address: Ipv4Addr, [first, second]: [&str; 2]) {
        let mut seen = self.seen.borrow_mut();
        seen.shared.get_or_insert_with(|| (address, [first.to_owned(), second.to_owned()]));
    }
}
