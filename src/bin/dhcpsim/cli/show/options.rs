//! The value of an option as text.

use dhcpsim::options::Code;
use dhcpsim::options::text::Hex;
use dhcpsim::options::tree::tree;

/// The value in the text form of its layout; its octets if they do not fit. Safe to print.
pub(crate) fn text_of(code: Code, octets: &[u8]) -> String {
    match tree(code.layout(), octets) {
        (Some(node), None) => node.to_string(),
        (None, None) => String::new(),
        (_, Some(_)) => format!("hex:{}", Hex(octets)),
    }
}
