//! What happened in explored scenarios: each kind declared once, for the summary, JSON, and the test that all of them do.

/// How often each kind of thing happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally([u64; Kind::ALL.len()]);

macro_rules! kinds {
    ($($kind:ident $name:literal $meaning:literal;)+) => {
        /// Something that makes life hard for a server, or shows that something has.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $(#[doc = $meaning] $kind,)+
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Kind] = &[$(Kind::$kind,)+];

            /// Its name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name,)+ }
            }

            /// What it counts.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Kind::$kind => $meaning,)+ }
            }
        }
    };
}

kinds! {
    Crashed "crashed" "servers that crashed";
    CrashedOnWrite "crashed-on-write" "servers that crashed between the write of a binding and the answer";
    Started "started" "servers that started on what their store had";
    Reloaded "reloaded" "servers that were given another configuration";
    SetAhead "set-ahead" "clocks that were set ahead";
    SetBack "set-back" "clocks that were set back";
    Unwritable "unwritable" "commits that a store refused";
    Full "full" "commits for which a store had no room";
    Lost "lost" "frames that a segment lost";
    Doubled "doubled" "frames that came twice";
    Overtaken "overtaken" "frames that came before others that had left before them";
    Cut "cut" "frames that were put on a segment that was cut";
    Unplugged "unplugged" "messages that were sent while a node was unplugged";
    Dark "dark" "power cuts";
    Left "left" "customers that left";
    Released "released" "addresses that were given back";
    Expired "expired" "leases that ran out at a server";
    Ended "ended" "leases that ran out at a customer who wanted them";
    Lapsed "lapsed" "offers that nobody took";
    Declined "declined" "addresses that a customer found in use";
    Probed "probed" "addresses that a server found in use";
    Rested "rested" "addresses that had rested";
    Exhausted "exhausted" "customers for whom no address was free";
    NotServed "not-served" "refusals: the address is not given here";
    HasOther "has-other" "refusals: the client has another address";
    Taken "taken" "refusals: the address is another's";
    NoRecord "no-record" "refusals: there is no record of the lease";
    Rebooting "rebooting" "customers that asked for the address of their last visit";
    Rebinding "rebinding" "customers that asked any server to extend their lease";
    Pending "pending" "messages that came while the answer to another waited for the store";
    Relayed "relayed" "messages that a relay agent passed on";
    Misled "misled" "addresses that customers took from a rogue server";
    Shared "shared" "addresses that two hosts used at once, for a cause that is no server's";
}

impl Default for Tally {
    fn default() -> Tally {
        Tally([0; Kind::ALL.len()])
    }
}

impl Tally {
    /// How often a kind of thing happened.
    #[must_use]
    pub fn of(&self, kind: Kind) -> u64 {
        Kind::ALL.iter().zip(self.0).find(|(known, _)| **known == kind).map_or(0, |(_, count)| count)
    }

    /// All kinds with their counts.
    pub fn counts(&self) -> impl Iterator<Item = (Kind, u64)> {
        Kind::ALL.iter().copied().zip(self.0)
    }

    /// Adds what another has counted.
    pub fn merge(&mut self, other: &Tally) {
        self.0.iter_mut().zip(other.0).for_each(|(count, more)| *count = count.saturating_add(more));
    }

    pub(super) fn add(&mut self, kind: Kind, more: u64) {
        let place = Kind::ALL.iter().position(|known| *known == kind);
        if let Some(count) = place.and_then(|place| self.0.get_mut(place)) {
            *count = count.saturating_add(more);
        }
    }
}
