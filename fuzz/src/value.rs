//! Any octets, and any text, as the value of an option.

use core::ops::Range;

use dhcpsim::options::tree::{Node, tree};
use dhcpsim::options::walk::{Group, Leaf, Sink, walk, walk_option};
use dhcpsim::options::{Code, Layout, Value, compose};

use crate::is_printable;

/// The first octet is a code; the others are its value, and the text of a value.
pub fn value(octets: &[u8]) {
    let Some((&code, octets)) = octets.split_first() else { return };
    let layout = Code(code).layout();
    let (node, error) = tree(layout, octets);
    assert_eq!(error, Value::read(layout, octets).err(), "another reader, the same verdict");
    let (mut slow, mut fast) = (Told::default(), Told::default());
    assert_eq!(error, walk(layout, octets, &mut slow).err());
    assert_eq!(error, walk_option(Code(code), octets, &mut fast).err(), "the shortcuts change nothing");
    assert_eq!(slow.0, fast.0, "the shortcuts change nothing");
    match (node, error) {
        (_, Some(error)) => {
            assert!(error.at <= octets.len(), "{error:?}");
            is_printable(&error.why.to_string());
        }
        (Some(node), None) => comes_back(layout, octets, &node),
        (None, None) => {}
    }
    if let Ok(text) = core::str::from_utf8(octets) {
        is_checked(layout, text);
    }
}

/// What a walk has told, in words.
#[derive(Default)]
struct Told(Vec<String>);

impl Sink<'_> for Told {
    fn leaf(&mut self, name: &'static str, span: Range<usize>, leaf: Leaf<'_>) {
        self.0.push(match leaf {
            Leaf::Name(domain) => format!("{name} {span:?} {domain}"),
            leaf => format!("{name} {span:?} {leaf:?}"),
        });
    }

    fn open(&mut self, name: &'static str, at: usize, group: Group) {
        self.0.push(format!("{name} {at} {group:?}"));
    }

    fn close(&mut self, at: usize) {
        self.0.push(at.to_string());
    }
}

fn comes_back(layout: &'static Layout, octets: &[u8], node: &Node) {
    assert!(node.span.end <= octets.len(), "{node:?}");
    let text = node.to_string();
    is_printable(&text);
    let Ok(again) = compose::from_text(layout, &text) else { return };
    let (other, error) = tree(layout, &again);
    assert_eq!(None, error, "{text}");
    assert_eq!(Some(text), other.map(|other| other.to_string()));
}

/// `raw:` stands for any octets; all other text gives a value or the reason why not.
fn is_checked(layout: &'static Layout, text: &str) {
    match compose::from_text(layout, text) {
        Ok(_) if text.trim_start().starts_with("raw:") => {}
        Ok(octets) => assert_eq!(Ok(()), walk(layout, &octets, &mut ()), "{octets:02x?}"),
        Err(error) => is_printable(&error.to_string()),
    }
}
