//! Every frame of `fixtures` decodes to its goldens: the tree for people, the text form, and JSON.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs::File;
use std::path::Path;

use dhcpsim::capture::{Forced, Layer, Reader};
use dhcpsim::explain::{self, Depth};
use dhcpsim::packet::anomaly::anomalies;
use dhcpsim::packet::text::TextForm;
use dhcpsim::packet::{Packet, json};

/// The octets of a `.hex` fixture; none for a fixture of none.
fn octets(path: &Path) -> Vec<u8> {
    let forced = Forced { kind: None, layer: Some(Layer::Message) };
    match Reader::new(File::open(path).unwrap(), forced) {
        Ok(mut reader) => reader.next_message().unwrap().map_or(Vec::new(), |found| found.payload.to_vec()),
        Err(_) => Vec::new(),
    }
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn tree(octets: &[u8], depth: Depth) -> String {
    let mut text = String::new();
    match Packet::parse(octets) {
        Ok(packet) => explain::tree(&mut text, &packet, &anomalies(&packet), depth).unwrap(),
        Err(_) => explain::short(&mut text, octets).unwrap(),
    }
    plain(&text)
}

fn json_of(octets: &[u8]) -> String {
    let document = match Packet::parse(octets) {
        Ok(packet) => json::document(&packet, &anomalies(&packet)),
        Err(_) => json::short_document(octets),
    };
    serde_json::to_string_pretty(&document).unwrap() + "\n"
}

fn check(folder: &str) {
    for path in support::files(&format!("fixtures/{folder}"), "hex") {
        let octets = octets(&path);
        let name = path.file_stem().unwrap().to_str().unwrap();
        let golden = |ending: &str| format!("fixtures/golden/{folder}/{name}.{ending}");
        let text = Packet::parse(&octets).map_or(String::new(), |packet| TextForm(packet).to_string());
        support::golden(golden("txt"), &format!("{}\n{text}", tree(&octets, Depth::Plain)));
        let json = json_of(&octets);
        if !octets.is_empty() {
            assert_eq!(Ok(octets.clone()), json::parse(&json), "{name}");
        }
        if ["type-", "overload-", "long-", "relay-", "bad-"].iter().any(|group| name.starts_with(group)) {
            support::golden(golden("json"), &json);
        }
    }
}

#[test]
fn made_frames_decode_to_their_goldens() {
    check("made");
}

#[test]
fn captured_frames_decode_to_their_goldens() {
    check("captured");
}

#[test]
fn explanations_name_rules_and_sections() {
    for name in ["type-01-discover", "pxe-discover", "options-all-in-one-ack", "decline-with-51"] {
        let octets = octets(&support::root().join(format!("fixtures/made/{name}.hex")));
        support::golden(format!("fixtures/golden/explained/{name}.txt"), &tree(&octets, Depth::Explained));
    }
}

#[test]
fn no_octet_of_a_fixture_reaches_a_terminal_raw() {
    for folder in ["fixtures/made", "fixtures/captured"] {
        for path in support::files(folder, "hex") {
            let shown = tree(&octets(&path), Depth::Explained);
            let raw = shown.chars().find(|char| char.is_control() && *char != '\n');
            assert_eq!(None, raw, "{}", path.display());
        }
    }
}
