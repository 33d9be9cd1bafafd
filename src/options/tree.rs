//! A value as a tree of named parts: what `decode` prints and what text and JSON are read into.

use core::ops::Range;

use super::error::ValueError;
use super::layout::{Exactness, Layout, Names};
use super::location::{ALTITUDE_BITS, DEGREE_BITS, Location, to_decimal};
use super::registries::{ALTITUDE_TYPES, DATUMS};
use super::walk::{Group, Leaf, Sink, walk};

/// A part of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The field's or sub-option's name; empty for an item of a list and for the value itself.
    pub name: &'static str,
    /// The octets it stands on, from the start of the value.
    pub span: Range<usize>,
    /// What it is.
    pub tree: Tree,
}

/// What a part of a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// A flag.
    Flag(bool),
    /// A number, with the registry's name for it, if it has one.
    Number(i64, Option<&'static str>),
    /// A time span in seconds; `u32::MAX` is infinity.
    Seconds(u32),
    /// Seconds since 1970-01-01 00:00 UTC.
    Time(u32),
    /// A value whose text form is one word: an address, a name, a route, a decimal fraction.
    Word(String),
    /// An option's code.
    Code(u8),
    /// Flags, with the names of those that have one.
    Bits(u8, Names),
    /// Text as the sender wrote it.
    Text(Vec<u8>),
    /// Octets without structure.
    Octets(Vec<u8>),
    /// Items of one kind.
    List(Vec<Node>),
    /// Named fields.
    Record(Vec<Node>),
    /// Sub-options, each with its code.
    Options(Vec<(u8, Node)>),
}

/// Reads `octets` by `layout`. What does not fit the layout does not hide what does: a broken value comes as the
/// parts before the fault, and the fault.
#[must_use]
pub fn tree(layout: &Layout, octets: &[u8]) -> (Option<Node>, Option<ValueError>) {
    let mut builder = Builder::default();
    let error = walk(layout, octets, &mut builder).err();
    while !builder.open.is_empty() {
        let end = error.map_or(octets.len(), |error| error.at);
        builder.close(end);
    }
    (builder.root, error)
}

/// Puts together what [`walk`] tells.
#[derive(Default)]
struct Builder {
    open: Vec<(Node, Group)>,
    root: Option<Node>,
}

impl Builder {
    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some((Node { tree: Tree::List(parts) | Tree::Record(parts), .. }, _)) => parts.push(node),
            Some((Node { tree: Tree::Options(options), .. }, _)) => options.push((0, node)),
            Some(_) => {}
        }
    }
}

impl Sink<'_> for Builder {
    fn leaf(&mut self, name: &'static str, span: Range<usize>, leaf: Leaf<'_>) {
        match leaf {
            Leaf::Location(octets, exactness) => {
                self.open(name, span.start, Group::Record);
                for (name, tree) in location_fields(&Location::from_octets(*octets), exactness) {
                    self.add(Node { name, span: span.clone(), tree });
                }
                self.close(span.end);
            }
            leaf => self.add(Node { name, span, tree: word(leaf) }),
        }
    }

    fn open(&mut self, name: &'static str, at: usize, group: Group) {
        let tree = match group {
            Group::Record | Group::SubOption(_) => Tree::Record(Vec::new()),
            Group::List => Tree::List(Vec::new()),
            Group::Options => Tree::Options(Vec::new()),
        };
        self.open.push((Node { name, span: at..at, tree }, group));
    }

    fn close(&mut self, at: usize) {
        let Some((mut node, group)) = self.open.pop() else { return };
        node.span.end = at;
        let Group::SubOption(code) = group else { return self.add(node) };
        // A sub-option is one value: its own node carries the name and spans code and length too.
        let tree = match node.tree {
            Tree::Record(parts) => parts.into_iter().next().map(|part| part.tree),
            other => Some(other),
        };
        let node = Node { name: node.name, span: node.span, tree: tree.unwrap_or(Tree::Flag(true)) };
        if let Some((Node { tree: Tree::Options(options), .. }, _)) = self.open.last_mut() {
            options.push((code, node));
        }
    }
}

fn word(leaf: Leaf<'_>) -> Tree {
    match leaf {
        Leaf::Flag(flag) => Tree::Flag(flag),
        Leaf::Number(number, names) => Tree::Number(i64::from(number), name_of(names, number)),
        Leaf::Signed(number) => Tree::Number(i64::from(number), None),
        Leaf::Seconds(seconds) => Tree::Seconds(seconds),
        Leaf::Time(time) => Tree::Time(time),
        Leaf::Address(address) => Tree::Word(address.to_string()),
        Leaf::Address6(address) => Tree::Word(address.to_string()),
        Leaf::Octets(octets) => Tree::Octets(octets.to_vec()),
        Leaf::Text(text) => Tree::Text(text.to_vec()),
        Leaf::Code(code) => Tree::Code(code),
        Leaf::Bits(bits, names) => Tree::Bits(bits, names),
        Leaf::Name(name) => Tree::Word(name.to_string()),
        Leaf::Route(destination, prefix, router) => {
            Tree::Word(format!("{destination}/{prefix} via {router}"))
        }
        Leaf::Location(..) => Tree::Record(Vec::new()),
    }
}

/// The registry's name of a number.
#[must_use]
pub fn name_of(names: Names, number: u32) -> Option<&'static str> {
    names.iter().find(|(named, _)| *named == number).map(|(_, name)| *name)
}

fn location_fields(location: &Location, exactness: Exactness) -> Vec<(&'static str, Tree)> {
    let number = |value: u8| Tree::Number(i64::from(value), None);
    let named = |value: u8, names| Tree::Number(i64::from(value), name_of(names, u32::from(value)));
    let degrees = |value| Tree::Word(to_decimal(value, DEGREE_BITS));
    let [latitude, longitude, altitude] = match exactness {
        Exactness::Resolution => ["latitude-resolution", "longitude-resolution", "altitude-resolution"],
        Exactness::Uncertainty => ["latitude-uncertainty", "longitude-uncertainty", "altitude-uncertainty"],
    };
    let mut fields = vec![
        (latitude, number(location.latitude_exactness)),
        ("latitude", degrees(location.latitude)),
        (longitude, number(location.longitude_exactness)),
        ("longitude", degrees(location.longitude)),
        ("altitude-type", named(location.altitude_type, ALTITUDE_TYPES)),
        (altitude, number(location.altitude_exactness)),
        ("altitude", Tree::Word(to_decimal(location.altitude, ALTITUDE_BITS))),
    ];
    if exactness == Exactness::Uncertainty {
        fields.push(("version", number(location.version)));
    }
    fields.push(("reserved", number(location.reserved(exactness))));
    fields.push(("datum", named(location.datum, DATUMS)));
    fields
}
