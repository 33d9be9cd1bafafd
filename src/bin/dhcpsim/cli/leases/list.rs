//! Leases as a table, as JSON, as CSV, and counted.

use std::collections::BTreeMap;
use std::io::{self, Write};

use dhcpsim::lease::{Binding, ClientKey, Subnet};
use dhcpsim::net::reading;
use dhcpsim::options::text::{Escaped, Hex};
use dhcpsim::packet::HardwareAddress;
use dhcpsim::store::snapshot;
use dhcpsim::time::{Anchor, Instant, resume};
use serde_json::{Map, Value, json};

use super::super::show::{BOLD, Timestamp, span};
use super::super::{Exit, Failure};
use super::{List, State, cannot, place};

/// The schema of the objects that `--json` prints.
const SCHEMA: &str = "dhcpsim.lease/1";
const COLUMNS: [&str; 7] = ["address", "subnet", "client", "hardware", "host_name", "state", "since"];

/// Characters of a column that clients fill.
const WIDEST: usize = 40;

/// A lease as it is shown.
struct Shown<'a> {
    binding: &'a Binding,
    state: State,
    /// Times by the wall clock.
    since: Instant,
    expires: Instant,
    /// Seconds until it ends; none for one that is over, or never is.
    left: Option<u64>,
}

impl List {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let path = self.file.clone().map_or_else(place::usual, Ok)?;
        let found = snapshot(&path).map_err(|error| cannot(&error))?;
        let reading = reading()?;
        let now = resume(found.anchor.as_ref(), &reading, found.newest).instant;
        let anchor = found.anchor.unwrap_or(Anchor { reading, instant: now });
        let shown: Vec<Shown<'_>> = found
            .bindings
            .iter()
            .map(|binding| Shown {
                binding,
                state: State::of(binding, now),
                since: anchor.wall_at(binding.since),
                expires: anchor.wall_at(binding.expires),
                left: (binding.expires > now && !binding.expires.is_never())
                    .then(|| binding.expires.since(now).as_secs()),
            })
            .filter(|lease| self.wants(lease))
            .collect();
        let mut out = io::BufWriter::new(anstream::stdout().lock());
        match () {
            () if self.count => self.counted(&mut out, &shown)?,
            () if self.json => {
                for lease in &shown {
                    writeln!(out, "{}", lease.json())?;
                }
            }
            () if self.csv => csv(&mut out, &shown)?,
            () => table(&mut out, &shown)?,
        }
        out.flush()?;
        Ok(if shown.is_empty() { Exit::No } else { Exit::Done })
    }

    fn wants(&self, lease: &Shown<'_>) -> bool {
        let binding = lease.binding;
        let within = |seconds: u32| {
            lease.state == State::Bound && lease.left.is_some_and(|left| left <= u64::from(seconds))
        };
        let has = |text: &String| {
            let text = text.to_lowercase();
            let name = binding.host_name.as_deref().map(|name| Escaped(name).to_string()).unwrap_or_default();
            [binding.client.to_string(), HardwareAddress(&binding.chaddr).to_string(), name]
                .iter()
                .any(|found| found.to_lowercase().contains(&text))
        };
        self.subnet.is_none_or(|subnet| subnet.contains(binding.address))
            && self.state.is_none_or(|state| state == lease.state)
            && self.address.is_none_or(|address| address == binding.address)
            && self.client.as_ref().is_none_or(has)
            && self.expires_within.is_none_or(within)
    }

    fn counted(&self, out: &mut impl Write, leases: &[Shown<'_>]) -> io::Result<()> {
        const STATES: [State; 4] = [State::Bound, State::Released, State::Declined, State::Ended];
        let mut subnets: BTreeMap<Subnet, [u64; 4]> = BTreeMap::new();
        for lease in leases {
            let counts = subnets.entry(lease.binding.subnet).or_default();
            for (count, state) in counts.iter_mut().zip(STATES) {
                *count += u64::from(state == lease.state);
            }
        }
        if self.csv {
            writeln!(out, "subnet,bound,released,declined,ended")?;
        } else if !self.json {
            writeln!(
                out,
                "{BOLD}{:<18}  {:>8}  {:>8}  {:>8}  {:>8}{BOLD:#}",
                "subnet", "bound", "released", "declined", "ended"
            )?;
        }
        for (subnet, counts) in subnets {
            let [bound, released, declined, ended] = counts;
            let name = subnet.to_string();
            if self.json {
                let line = json!({"schema": "dhcpsim.lease-count/1", "subnet": name, "bound": bound,
                    "released": released, "declined": declined, "ended": ended});
                writeln!(out, "{line}")?;
            } else if self.csv {
                writeln!(out, "{name},{bound},{released},{declined},{ended}")?;
            } else {
                writeln!(out, "{name:<18}  {bound:>8}  {released:>8}  {declined:>8}  {ended:>8}")?;
            }
        }
        Ok(())
    }
}

impl Shown<'_> {
    fn json(&self) -> Value {
        let Binding { address, subnet, client, htype, chaddr, host_name, relay, .. } = self.binding;
        let mut line = Map::new();
        let mut put = |name: &str, value: Value| line.insert(name.into(), value);
        put("schema", SCHEMA.into());
        put("address", address.to_string().into());
        put("subnet", subnet.to_string().into());
        put("state", self.state.name().into());
        put("client", named(client).into());
        if let ClientKey::Identifier(octets) = client {
            put("client_identifier", Hex(octets).to_string().into());
        }
        put("htype", (*htype).into());
        put("chaddr", hardware(chaddr).into());
        if let Some(name) = host_name {
            put("host_name", Escaped(name).to_string().into());
        }
        if let Some(relay) = relay {
            put("relay_agent_information", Hex(relay).to_string().into());
        }
        put("since", Timestamp(self.since).to_string().into());
        put(
            "expires",
            if self.expires.is_never() { Value::Null } else { Timestamp(self.expires).to_string().into() },
        );
        put("left", self.left.into());
        line.into()
    }

    /// The fields of a line, harmless to a terminal.
    fn fields(&self) -> [String; 7] {
        let binding = self.binding;
        [
            binding.address.to_string(),
            binding.subnet.to_string(),
            named(&binding.client).unwrap_or_default(),
            hardware(&binding.chaddr).unwrap_or_default(),
            binding.host_name.as_deref().map(|name| Escaped(name).to_string()).unwrap_or_default(),
            self.state.name().to_owned(),
            second(self.since),
        ]
    }
}

/// Whose a lease is, if it is anybody's.
fn named(client: &ClientKey) -> Option<String> {
    let nobody = matches!(client, ClientKey::Hardware { chaddr, .. } if chaddr.is_empty());
    (!nobody).then(|| client.to_string())
}

fn hardware(chaddr: &[u8]) -> Option<String> {
    (!chaddr.is_empty()).then(|| HardwareAddress(chaddr).to_string())
}

/// What fits into a column of a table: a client chooses up to 255 octets.
fn clamped(text: String) -> String {
    match text.char_indices().nth(WIDEST) {
        None => text,
        Some(_) => text.chars().take(WIDEST - 1).chain(['…']).collect(),
    }
}

/// `2026-07-01 18:20:01`, or `never`.
fn second(at: Instant) -> String {
    let text = if at.is_never() { "never".to_owned() } else { Timestamp(at).to_string() };
    text.get(..19).map_or(text.clone(), |text| text.replace('T', " "))
}

fn csv(out: &mut impl Write, leases: &[Shown<'_>]) -> io::Result<()> {
    writeln!(out, "{},expires,left", COLUMNS.join(","))?;
    for lease in leases {
        let fields: Vec<String> = lease.fields().iter().map(|field| quoted(field)).collect();
        let left = lease.left.map(|left| left.to_string()).unwrap_or_default();
        writeln!(out, "{},{},{left}", fields.join(","), second(lease.expires))?;
    }
    Ok(())
}

/// A value of CSV: in quotes where it must be (RFC 4180 §2), and with an apostrophe before what a spreadsheet would take for
/// a formula.
fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    match text.contains(['"', ',', '\n', '\r', '\'', ';']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

fn table(out: &mut impl Write, leases: &[Shown<'_>]) -> io::Result<()> {
    let left = |lease: &Shown<'_>| match (lease.state, lease.left) {
        (State::Bound | State::Declined, Some(left)) => span(u32::try_from(left).unwrap_or(u32::MAX - 1)),
        (State::Bound, None) => "infinite".to_owned(),
        _ => "–".to_owned(),
    };
    let rows: Vec<[String; 7]> = leases
        .iter()
        .map(|lease| {
            let [address, _, client, _, name, state, since] = lease.fields();
            let client = if client.is_empty() { "none".to_owned() } else { client };
            [address, clamped(client), clamped(name), state, since, second(lease.expires), left(lease)]
        })
        .collect();
    let names =
        ["address", "client", "host name", "state", "since (UTC)", "ends (UTC)", "left"].map(str::to_owned);
    let mut widths = [0; 7];
    for row in rows.iter().chain([&names]) {
        for (width, field) in widths.iter_mut().zip(row) {
            *width = (*width).max(field.chars().count());
        }
    }
    let line = |row: &[String; 7]| {
        let fields: Vec<String> =
            row.iter().zip(widths).map(|(field, width)| format!("{field:<width$}")).collect();
        fields.join("  ").trim_end().to_owned()
    };
    writeln!(out, "{BOLD}{}{BOLD:#}", line(&names))?;
    rows.iter().try_for_each(|row| writeln!(out, "{}", line(row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_no_wider_than_forty_characters_and_nobody_is_not_named() {
        assert_eq!("ä".repeat(40), clamped("ä".repeat(40)));
        assert_eq!(format!("{}…", "ä".repeat(39)), clamped("ä".repeat(41)));
        let client = |octets: &[u8]| named(&ClientKey::Hardware { htype: 1, chaddr: octets.into() });
        assert_eq!((None, None), (client(&[]), hardware(&[])));
        assert_eq!(Some("02:00:00:00:00:01"), client(&[2, 0, 0, 0, 0, 1]).as_deref());
    }

    #[test]
    fn values_of_csv_are_quoted_and_no_formulas() {
        for (text, want) in [
            ("alice", "alice"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("", ""),
        ] {
            assert_eq!(want, quoted(text));
        }
    }
}
