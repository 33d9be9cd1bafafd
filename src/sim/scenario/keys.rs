//! The keys of a scenario file, each declared once: what may stand where, and what `docs/simulate.md` says.

use crate::config::table::Levels;

/// A table of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The file itself.
    Top,
    /// `[[segment]]`.
    Segment,
    /// `[[server]]`.
    Server,
    /// How a store behaves.
    Store,
    /// A clock.
    Clock,
    /// `[[relay]]`.
    Relay,
    /// `[[host]]`.
    Host,
    /// `[[population]]`.
    Population,
    /// When customers come.
    Arrivals,
    /// A time drawn at random.
    Span,
    /// `[[event]]`.
    Event,
    /// `[expect]`.
    Expect,
}

/// A key.
#[derive(Debug)]
pub struct Key {
    /// Where it stands.
    pub levels: &'static [Level],
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub form: &'static str,
    /// What it says.
    pub meaning: &'static str,
}

use Level::{Arrivals, Clock, Event, Host, Population, Relay, Segment, Server, Span, Store, Top};

macro_rules! keys {
    ($($levels:tt { $($name:literal $form:literal $meaning:literal;)+ })+) => {
        /// All keys but those of `[expect]`, which are figures.
        pub const KEYS: &[Key] = &[$($(
            Key { levels: &$levels, name: $name, form: $form, meaning: $meaning },
        )+)+];
    };
}

keys! {
    [Top] {
        "title" "text" "What it is about, in a line.";
        "about" "text" "What it shows.";
        "duration" "time" "How long it lasts; required.";
        "measure-from" "time" "Counting begins then, before the end; at the start if not said.";
        "sample-every" "time" "The distance of samples in JSON and CSV; a hundredth of `duration` if not said, a millionth at least.";
        "routed" "boolean" "Whether a router joins the segments; true if not said.";
        "segment" "tables" "Broadcast domains.";
        "server" "tables" "Servers.";
        "relay" "tables" "Relay agents.";
        "host" "tables" "Hosts that have their address from elsewhere, and answer who asks for it.";
        "population" "tables" "Customers.";
        "event" "tables" "What happens when.";
        "expect" "table" "What must come out.";
    }
    [Segment, Server, Relay, Host, Population] {
        "name" "text" "What it is called; required, and no two have the same.";
    }
    [Segment, Event] {
        "latency" "time" "How long a frame takes at least: \"500us\", \"5ms\", \"1s\".";
        "jitter" "time" "What comes on top at random, up to this.";
        "loss" "percent" "Frames that are lost.";
        "duplicate" "percent" "Frames that come twice.";
        "reorder" "percent" "Frames that are held up, so that others overtake them.";
        "held-up" "time" "How long these are; 10ms if not said.";
        "rate" "bits a second" "How much goes through, one frame after the other.";
    }
    [Server, Relay, Host, Population, Event] {
        "segment" "name, or names" "Where it is; the only segment if not said. A population is on one. In an event: whose quality changes.";
    }
    [Server, Relay, Host] {
        "address" "address, or addresses" "Its address on each segment; required.";
    }
    [Server, Event] {
        "config" "table" "What it serves, as in the file of `dhcpsim server`.";
        "store" "table" "How its store behaves.";
    }
    [Server] {
        "file" "path" "The file with its configuration, from the scenario's folder on.";
        "rogue" "boolean" "Whether it should not be there: the lease law does not count it.";
    }
    [Server, Population] {
        "clock" "table" "Its clock; always right if not said.";
    }
    [Store] {
        "latency" "time" "How long a batch takes to be durable.";
        "refuse" "percent" "Commits that it refuses.";
        "room" "number" "Bindings that it has room for.";
        "broken" "boolean" "Whether it refuses all.";
    }
    [Clock] {
        "ahead" "time, with - if behind" "How far it is ahead at the start; one that is behind begins with 0, as a right one does.";
        "drift" "parts in a million" "What it gains.";
    }
    [Relay] {
        "clients" "name, or names" "The segments whose clients it speaks for: all of its own but the last if not said.";
        "servers" "addresses" "The servers that it passes messages on to; required.";
        "circuit-id" "text" "Sub-option 1 of option 82 (RFC 3046 §3.1).";
        "remote-id" "text" "Sub-option 2 of option 82 (RFC 3046 §3.2).";
    }
    [Population] {
        "count" "number, or \"unlimited\"" "How many there are; required. As many as come, for arrivals that are apart. At most 10000000 in all.";
        "arrivals" "\"at-once\", \"offline\", `{ within }` or `{ apart }`" "When they come first: at once if not said, after a time offline if `offline` is.";
        "offline" "span" "How long they stay away between visits; for good if not said.";
        "online" "span" "How long they stay once they have an address; for good if not said.";
        "daily" "24 numbers" "How likely they are to come in each hour of the day, beside each other. `offline` and `apart` hold at the busiest hour; `at-once` and `within` ignore it.";
        "leave" "\"release\" or \"silent\"" "How they leave: with a DHCPRELEASE if not said.";
        "patience" "time" "How long they ask before they go away without; for ever if not said.";
        "remember" "boolean" "Whether they ask for the address of their last visit (INIT-REBOOT).";
        "hostile" "boolean" "Whether they are after the addresses: nobody measures how they fare.";
        "broadcast" "boolean" "Whether they want replies to be broadcast (RFC 2131 §4.1).";
        "lease-time" "time" "The lease time that they ask for (option 51).";
        "desynchronise" "boolean" "Whether they wait one to ten seconds at first (RFC 2131 §4.4.1).";
        "request-delay" "time" "The pause between the offer and the DHCPREQUEST.";
        "rapid-commit" "boolean" "Whether they ask for two messages in place of four (RFC 4039).";
        "probe" "time" "How long they ask whether somebody has their address before they use it.";
    }
    [Arrivals] {
        "within" "time" "Each at some time within this.";
        "apart" "span" "One after the other, so far apart; exponential spans make a Poisson process.";
    }
    [Span] {
        "fixed" "time" "Always this; as a time by itself.";
        "uniform" "time" "Anything up to this.";
        "exponential" "time" "Exponential, with this mean.";
        "lognormal" "time" "Log-normal, with this median: most are short, some very long.";
        "sigma" "number" "For log-normal times: the standard deviation of the logarithm; 1 if not said.";
    }
    [Event] {
        "at" "time" "When; required.";
        "every" "time" "Again and again, so far apart; at most 1000000 happenings in all.";
        "crash" "name" "A server ends at once.";
        "crash-on-write" "name" "A server crashes when its next commit is durable and not answered.";
        "start" "name" "A server starts on what its store has.";
        "unplug" "name" "A node's cables are pulled.";
        "plug" "name" "They are put in again.";
        "cut" "name" "A segment carries nothing.";
        "mend" "name" "It carries again.";
        "dark" "name" "Customers lose their power.";
        "light" "name" "They have power again.";
        "within" "time" "And come within this.";
        "leave" "name" "Customers who are there leave.";
        "server" "name" "Whose `config`, `store` or clock changes.";
        "jump" "time, with - if back" "By how much its clock is set.";
    }
}

impl Levels for Level {
    fn keys(self) -> Vec<&'static str> {
        match self {
            Level::Expect => super::expect::names().collect(),
            _ => KEYS.iter().filter(|key| key.levels.contains(&self)).map(|key| key.name).collect(),
        }
    }

    fn elsewhere(self, name: &str) -> Option<&'static str> {
        let key = KEYS.iter().find(|key| key.name == name && !key.levels.contains(&self))?;
        key.levels.first().map(|level| level.name())
    }
}

impl Level {
    /// As it stands in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Top => "the top of the file",
            Segment => "[[segment]]",
            Server => "[[server]]",
            Store => "a store",
            Clock => "a clock",
            Relay => "[[relay]]",
            Host => "[[host]]",
            Population => "[[population]]",
            Arrivals => "arrivals",
            Span => "a span",
            Event => "[[event]]",
            Level::Expect => "[expect]",
        }
    }
}

/// The keys as tables of Markdown, one for each group of levels.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::new();
    let mut last: Option<&'static [Level]> = None;
    for key in KEYS {
        if last != Some(key.levels) {
            let names: Vec<&str> = key.levels.iter().map(|level| level.name()).collect();
            let gap = if last.is_some() { "\n" } else { "" };
            out.push_str(&format!(
                "{gap}Keys of {}:\n\n| key | value | says |\n|---|---|---|\n",
                names.join(", ")
            ));
            last = Some(key.levels);
        }
        out.push_str(&format!("| `{}` | {} | {} |\n", key.name, key.form, key.meaning));
    }
    out
}
