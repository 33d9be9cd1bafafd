//! Any text as messages in the text form or in JSON.

use dhcpsim::packet::text::{self, TextForm};
use dhcpsim::packet::{Packet, json};

use crate::is_printable;

/// What is read as messages prints and reads back as the same; why it is not is fit for a terminal.
pub fn text(octets: &[u8]) {
    for (index, document) in json::parse_all(octets).enumerate() {
        assert!(index <= octets.len(), "a document takes octets");
        match document {
            Ok(message) => comes_back(&message),
            Err(error) => is_printable(&error.to_string()),
        }
    }
    let Ok(text) = core::str::from_utf8(octets) else { return };
    match text::parse(text) {
        Ok(messages) => messages.iter().for_each(|message| comes_back(message)),
        Err(error) => is_printable(&error.to_string()),
    }
    match json::parse(text) {
        Ok(message) => comes_back(&message),
        Err(error) => is_printable(&error.to_string()),
    }
}

fn comes_back(message: &[u8]) {
    let Ok(packet) = Packet::parse(message) else { return };
    let text = TextForm(packet).to_string();
    is_printable(&text);
    assert!(text::parse(&text).as_deref() == Ok(&[message.to_vec()]), "{text}");
}
