//! Networks, subnets, ranges and reservations.

use core::net::Ipv4Addr;
use core::ops::Range as Span;

use toml::de::DeValue;

use super::error::{Problem, Spot};
use super::keys::Level;
use super::table::{Item, Reader, Table};
use super::values;
use crate::server::config::{Exclusion, Network, Path, Range, Reservation, Scope, Step, SubnetConfig, Who};

/// The keys that say which client a reservation is for.
const IDENTITIES: [&str; 4] = ["chaddr", "client-id", "circuit-id", "remote-id"];

impl Reader {
    /// All networks: first those that are a subnet by themselves.
    pub(super) fn networks(&mut self, top: &Table<'_>) -> Vec<Network> {
        let mut networks = Vec::new();
        for table in self.tables(top, "subnet", Level::Subnet) {
            let path = Path::default().at(Step::Network(networks.len()));
            let mut network = self.named(&table, &path);
            network.subnets.extend(self.subnet(&table, &path.at(Step::Subnet(0))));
            networks.push(network);
        }
        for table in self.tables(top, "network", Level::Network) {
            let path = Path::default().at(Step::Network(networks.len()));
            let mut network = self.named(&table, &path);
            network.scope = self.scope(&table, &path);
            for table in self.tables(&table, "subnet", Level::Member) {
                let at = path.at(Step::Subnet(network.subnets.len()));
                network.subnets.extend(self.subnet(&table, &at));
            }
            networks.push(network);
        }
        networks
    }

    fn named(&mut self, table: &Table<'_>, path: &Path) -> Network {
        self.stands(path.clone(), table.spot());
        Network {
            name: self.read(table, "name", path, "name", values::text).unwrap_or_default(),
            interface: self.read(table, "interface", path, "interface", values::interface),
            scope: Scope::default(),
            subnets: Vec::new(),
        }
    }

    fn subnet(&mut self, table: &Table<'_>, path: &Path) -> Option<SubnetConfig> {
        self.stands(path.clone(), table.spot());
        self.require(table, "subnet", "a subnet: \"192.0.2.0/24\"");
        let subnet = self.read(table, "subnet", path, "subnet", values::subnet);
        let scope = self.scope(table, path);
        let ranges = self.ranges(table, path);
        let exclusions = self.exclusions(table, path);
        let relays = self.relays(table, path);
        let mut reservations = Vec::new();
        for table in self.tables(table, "reservation", Level::Reservation) {
            let at = path.at(Step::Reservation(reservations.len()));
            reservations.extend(self.reservation(&table, &at));
        }
        Some(SubnetConfig { subnet: subnet?, ranges, exclusions, relays, scope, reservations })
    }

    fn ranges(&mut self, table: &Table<'_>, path: &Path) -> Vec<Range> {
        let mut ranges = Vec::new();
        for item in table.get("ranges").iter().flat_map(Item::list) {
            let at = path.at(Step::Range(ranges.len()));
            let (item, classes) = match item.value {
                DeValue::Table(_) => match self.range_table(&item, &at) {
                    Some(found) => found,
                    None => continue,
                },
                _ => (item, Vec::new()),
            };
            if let Some((first, last)) = self.span(&item, &at) {
                ranges.push(Range { classes, ..Range::new(first, last) });
            }
        }
        ranges
    }

    /// A range with the names of its classes.
    fn range_table<'d>(&mut self, item: &Item<'d>, at: &Path) -> Option<(Item<'d>, Vec<String>)> {
        let table = self.table(Level::Range, item)?;
        self.known(&table);
        let range = self.require(&table, "range", values::RANGE);
        let at = at.at(Step::Field("classes"));
        let mut classes = Vec::new();
        for item in table.get("classes").iter().flat_map(Item::list) {
            self.stands(at.at(Step::Item(classes.len())), item.spot());
            let name = values::text(&item);
            classes.extend(self.keep(&item, name));
        }
        Some((range?, classes))
    }

    fn exclusions(&mut self, table: &Table<'_>, path: &Path) -> Vec<Exclusion> {
        let mut exclusions = Vec::new();
        for item in table.get("exclude").iter().flat_map(Item::list) {
            let span = self.span(&item, &path.at(Step::Exclusion(exclusions.len())));
            exclusions.extend(span.map(|(first, last)| Exclusion { first, last }));
        }
        exclusions
    }

    fn relays(&mut self, table: &Table<'_>, path: &Path) -> Vec<Ipv4Addr> {
        let mut relays = Vec::new();
        for item in table.get("relays").iter().flat_map(Item::list) {
            self.stands(path.at(Step::Relay(relays.len())), item.spot());
            let address = values::address(&item);
            relays.extend(self.keep(&item, address));
        }
        relays
    }

    /// The first and the last address of a text.
    fn span(&mut self, item: &Item<'_>, at: &Path) -> Option<(Ipv4Addr, Ipv4Addr)> {
        self.stands(at.clone(), item.spot());
        let Some(text) = item.text() else {
            self.fail(item.spot(), item.wrong(values::RANGE));
            return None;
        };
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let mut end = |part: &str, at_end: bool, field| {
            let spot = Spot { key: item.key.clone(), span: self.part(item, text, part, at_end) };
            self.stands(at.at(Step::Field(field)), spot.clone());
            let address = part.trim().parse().ok();
            if address.is_none() {
                let found = super::error::shown(part.trim());
                self.fail(spot, Problem::wrong(values::RANGE, found));
            }
            address
        };
        let start = end(first, false, "first");
        let lone = !text.contains('-') && start.is_none();
        start.zip(if lone { None } else { end(last, true, "last") })
    }

    /// Where a part of a text at its start or end stands: all of it if there are escapes in it.
    fn part(&self, item: &Item<'_>, text: &str, part: &str, at_end: bool) -> Span<usize> {
        let whole = item.span.clone();
        let inner = whole.start.saturating_add(1)..whole.end.saturating_sub(1);
        if self.source.slice(&inner) != text {
            return whole;
        }
        match at_end {
            false => inner.start..inner.start.saturating_add(part.len()),
            true => inner.end.saturating_sub(part.len())..inner.end,
        }
    }

    fn reservation(&mut self, table: &Table<'_>, path: &Path) -> Option<Reservation> {
        self.stands(path.clone(), table.spot());
        let who = self.who(table, path);
        self.require(table, "address", "the client's address");
        let address = self.read(table, "address", path, "address", values::address);
        let scope = self.scope(table, path);
        Some(Reservation { who: who?, address: address?, scope })
    }

    /// The client, by the one key that says so.
    fn who(&mut self, table: &Table<'_>, path: &Path) -> Option<Who> {
        let htype = self.take(table, "htype", |item| values::number::<u8>(item, "255")).unwrap_or(1);
        let told: Vec<(&'static str, Item<'_>)> =
            IDENTITIES.into_iter().filter_map(|name| Some((name, table.get(name)?))).collect();
        let mut told = told.into_iter();
        let Some((name, item)) = told.next() else {
            let what = "one of chaddr, client-id, circuit-id, remote-id";
            self.fail(table.spot(), Problem::Missing(what));
            return None;
        };
        for (_, more) in told {
            self.both(&item, &more, name);
        }
        self.stands(path.at(Step::Field("who")), item.spot());
        let who = match name {
            "chaddr" => values::hardware(&item, htype).map(|chaddr| Who::Hardware { htype, chaddr }),
            "client-id" => values::octets(&item).map(Who::Identifier),
            "circuit-id" => values::octets(&item).map(Who::CircuitId),
            _ => values::octets(&item).map(Who::RemoteId),
        };
        self.keep(&item, who)
    }
}
