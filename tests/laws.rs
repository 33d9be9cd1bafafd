//! The laws over generated noise: nothing panics, segments add up, and every message comes back octet for octet.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use core::ops::Range;

use dhcpsim::options::tree::tree;
use dhcpsim::options::walk::{Group, Leaf, Reader, Sink};
use dhcpsim::options::{Code, OptionError, TABLE, Value};
use dhcpsim::packet::anomaly::anomalies;
use dhcpsim::packet::text::{self, TextForm};
use dhcpsim::packet::{HEADER_SIZE, MAGIC_COOKIE, Message, Packet, json};
use proptest::collection::vec;
use proptest::prelude::*;

/// An option area: mostly well-formed options, with noise between.
fn area() -> impl Strategy<Value = Vec<u8>> {
    let known = (0..TABLE.len(), vec(any::<u8>(), 0..40)).prop_map(|(row, value)| {
        let mut octets = vec![TABLE[row].code.0, u8::try_from(value.len()).unwrap()];
        octets.extend(value);
        octets
    });
    let example = (0..TABLE.len()).prop_map(|row| {
        let digits: String = TABLE[row].example.split_whitespace().collect();
        let value = hex::decode(digits).unwrap();
        let mut octets = vec![TABLE[row].code.0, u8::try_from(value.len()).unwrap()];
        octets.extend(value);
        octets
    });
    let piece = prop_oneof![
        4 => known,
        4 => example,
        1 => (0usize..20).prop_map(|run| vec![0; run]),
        1 => Just(vec![255]),
        1 => (1u8..=3).prop_map(|overload| vec![52, 1, overload]),
        1 => vec(any::<u8>(), 0..6),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// A message: noise or an option area in each of the three places.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let header = prop_oneof![Just(vec![0; HEADER_SIZE]), vec(any::<u8>(), HEADER_SIZE)];
    (header, area(), area(), area(), 0u8..4, any::<bool>()).prop_map(
        |(mut octets, options, file, sname, fields, cookie)| {
            let put =
                |field: &mut [u8], area: &[u8]| field.iter_mut().zip(area).for_each(|(to, from)| *to = *from);
            if fields & 1 != 0 {
                put(&mut octets[108..236], &file);
            }
            if fields & 2 != 0 {
                put(&mut octets[44..108], &sname);
            }
            if cookie {
                octets.extend(MAGIC_COOKIE);
            }
            octets.extend(options);
            octets
        },
    )
}

fn holds(octets: &[u8]) {
    let packet = Packet::parse(octets).unwrap();
    for (area, area_octets) in packet.areas() {
        let size: usize =
            packet.segments().filter(|(there, ..)| *there == area).map(|(_, _, s)| s.size()).sum();
        assert_eq!(area_octets.len(), size, "the segments of {area} add up");
    }
    assert_eq!(octets, Message::from_octets(octets.to_vec()).unwrap().octets());

    let text = TextForm(packet).to_string();
    assert!(!text.chars().any(|char| char.is_control() && char != '\n'), "{text:?}");
    assert_eq!(Ok(vec![octets.to_vec()]), text::parse(&text), "{text}");

    let found = anomalies(&packet);
    for anomaly in &found {
        assert!(anomaly.offset + anomaly.length <= octets.len().max(240), "{anomaly:?}");
        assert!(!anomaly.to_string().chars().any(char::is_control));
    }
    let document = serde_json::to_string(&json::document(&packet, &found)).unwrap();
    assert_eq!(Ok(octets.to_vec()), json::parse(&document), "{document}");
}

/// What was told of each option: its leaves and its fault.
#[derive(Default)]
struct Told(Vec<(Code, String, Option<OptionError>)>);

impl Told {
    fn value(&mut self, value: &Value<'_>) {
        match value {
            Value::Empty => {}
            Value::Leaf(leaf) => self.leaf("", 0..0, *leaf),
            Value::Parts(parts) => parts.walk(self),
        }
    }
}

impl Sink<'_> for Told {
    fn leaf(&mut self, name: &'static str, _: Range<usize>, leaf: Leaf<'_>) {
        let (_, told, _) = self.0.last_mut().unwrap();
        told.push_str(&format!("{name} {leaf:?}\n"));
    }

    fn open(&mut self, _: &'static str, _: usize, _: Group) {}

    fn close(&mut self, _: usize) {}
}

impl Reader for Told {
    fn option(&mut self, code: Code) {
        self.0.push((code, String::new(), None));
    }

    fn fault(&mut self, error: OptionError) {
        let (_, told, fault) = self.0.last_mut().unwrap();
        // What stands before the fault has been told; read as a value it is not.
        told.clear();
        *fault = Some(error);
    }
}

/// The walk of a whole message has ways of its own for what is common, and so has the scan when it is parsed.
fn reads_the_same_every_way(packet: &Packet<'_>) {
    let (mut walked, mut read) = (Told::default(), Told::default());
    packet.walk(&mut walked);
    packet.each_value(|code, value| {
        read.option(code);
        match value {
            Ok(value) => read.value(&value),
            Err(error) => read.fault(error),
        }
    });
    assert_eq!(read.0, walked.0);
    for code in (0..=255).map(Code) {
        let instances: Vec<_> = packet.instances().filter(|instance| instance.code == code).collect();
        assert_eq!(!instances.is_empty(), packet.has(code), "{code}");
        assert_eq!(instances.len() > 1, packet.is_repeated(code), "{code}");
        assert_eq!(instances.first(), packet.first(code).as_ref(), "{code}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_message_comes_back(octets in message()) {
        holds(&octets);
    }

    #[test]
    fn noise_comes_back(octets in vec(any::<u8>(), HEADER_SIZE..700)) {
        holds(&octets);
    }

    #[test]
    fn a_message_reads_the_same_every_way(octets in message()) {
        reads_the_same_every_way(&Packet::parse(&octets).unwrap());
    }

    #[test]
    fn values_of_noise_never_panic(code in any::<u8>(), octets in vec(any::<u8>(), 0..80)) {
        let layout = Code(code).layout();
        let (_, error) = tree(layout, &octets);
        let value = Value::read(layout, &octets);
        prop_assert_eq!(error, value.err());
        if let Some(error) = error {
            prop_assert!(error.at <= octets.len());
        }
    }

    #[test]
    fn text_of_any_kind_never_panics(text in "(op |xid |pad |end|[a-z-]{1,12} |hex:|raw:|[0-9.,={}\\[\\]\"\\\\x:]{1,8}|\\PC|\n){0,40}") {
        let _ = text::parse(&text);
        let _ = json::parse(&text);
    }
}
