//! What fuzzing found, and what was built by hand to be slow: each input here once broke a law (`fuzz/README.md`).
#![cfg(feature = "workbench")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "that it takes no time is what is tested")]

use std::time::{Duration, Instant};

use dhcpsim::capture::{CaptureError, Expected, Forced, Reader};
use dhcpsim::explain::{self, Depth};
use dhcpsim::options::compose::from_text;
use dhcpsim::options::{
    CLIENT_IDENTIFIER, Code, DOMAIN_SEARCH, GEOCONF, HOST_NAME, OptionError, Value, ValueError, Why, nearest,
};
use dhcpsim::packet::anomaly::anomalies;
use dhcpsim::packet::text::{self, TextForm};
use dhcpsim::packet::{MAGIC_COOKIE, Message, Op, Packet, json};
use pretty_assertions::assert_eq;

/// Octets of the options in the inputs that are to be slow: about as many as a datagram has room for.
const MANY: usize = 65_000;

/// Fails if something takes longer than an unoptimised build on a busy machine ever should.
fn in_time<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = run();
    let time = start.elapsed();
    assert!(time < Duration::from_secs(10), "{what} took {time:?}");
    result
}

/// A BOOTREQUEST with these octets for its options.
fn with_options(area: &[u8]) -> Vec<u8> {
    let mut octets = Message::new(Op::BOOTREQUEST).octets().to_vec();
    assert!(octets.ends_with(&MAGIC_COOKIE));
    octets.extend(area);
    octets
}

/// Everything that is told of a message.
fn tell(octets: &[u8]) {
    let packet = Packet::parse(octets).unwrap();
    in_time("each value", || packet.each_value(|_, _| {}));
    let found = in_time("anomalies", || anomalies(&packet));
    let text = in_time("text form", || TextForm(packet).to_string());
    assert!(in_time("reading the text form", || text::parse(&text)) == Ok(vec![octets.to_vec()]));
    in_time("JSON", || json::document(&packet, &found));
    let mut tree = String::new();
    in_time("tree", || explain::tree(&mut tree, &packet, &found, Depth::Plain)).unwrap();
}

#[test]
fn an_option_of_thousands_of_parts_takes_no_longer_than_its_octets() {
    tell(&with_options(&[224, 0].repeat(MANY / 2)));
    tell(&with_options(&[12, 2, 65, 0].repeat(MANY / 4)));
}

#[test]
fn every_option_in_a_hundred_parts_takes_no_longer_than_its_octets() {
    let codes: Vec<u8> = (1..=254).flat_map(|code| [code, 0]).collect();
    tell(&with_options(&codes.repeat(MANY / codes.len())));
}

/// The octets of option 119 in as many parts as it takes.
fn domain_search(value: &[u8]) -> Vec<u8> {
    let mut message = Message::new(Op::BOOTREQUEST);
    message.push_octets(DOMAIN_SEARCH.code, value);
    message.octets().to_vec()
}

#[test]
fn names_that_compression_makes_too_many_octets_of_are_a_fault() {
    let mut value = b"\x01\x00".repeat(126);
    value.push(0);
    let first = value.len();
    value.extend(b"\xc0\x00".repeat(1000));
    let error = Value::read(DOMAIN_SEARCH.code.layout(), &value).unwrap_err();
    let names = 65_535 / first;
    assert_eq!(ValueError { at: first + 2 * names, why: Why::NamesTooLong }, error);
    value.truncate(first + 2 * (names - 1));
    assert!(Value::read(DOMAIN_SEARCH.code.layout(), &value).is_ok());
    value.extend(b"\xc0\x00".repeat((MANY - value.len()) / 2));
    tell(&domain_search(&value));
}

#[test]
fn pointers_that_lead_from_one_to_the_next_are_followed_so_far() {
    // `a`, then pointers each to the one before.
    let chain = |pointers: u16| {
        let targets = (0..pointers).map(|index| if index == 0 { 0 } else { 1 + 2 * index });
        let mut value = b"\x01a\x00".to_vec();
        value.extend(targets.flat_map(|target| (0xc000 | target).to_be_bytes()));
        value
    };
    assert!(Value::read(DOMAIN_SEARCH.code.layout(), &chain(127)).is_ok());
    let error = Value::read(DOMAIN_SEARCH.code.layout(), &chain(128)).unwrap_err();
    assert_eq!(Why::Pointer(0), error.why, "the last of the chain");
    let packet = domain_search(&chain(8_000));
    Packet::parse(&packet).unwrap().each_value(|code, value| {
        assert!(matches!((code, value), (_, Err(OptionError { why: Why::Pointer(_), .. }))));
    });
    tell(&packet);
}

#[test]
fn text_that_is_no_value_of_the_option_is_refused() {
    for (code, text) in [
        (HOST_NAME.code, ""),
        (HOST_NAME.code, "  "),
        (CLIENT_IDENTIFIER.code, "01:"),
        (Code(118), "01:02"),
        (Code(93), "00:"),
    ] {
        assert!(from_text(code.layout(), text).is_err(), "{code} {text:?}");
    }
    assert_eq!(Ok(vec![1]), from_text(CLIENT_IDENTIFIER.code.layout(), "raw:01"), "unless it is raw");
    assert_eq!(Ok(vec![1, 2]), from_text(CLIENT_IDENTIFIER.code.layout(), "01:02"));
}

#[test]
fn brackets_within_brackets_are_read_once() {
    let deep = format!("op 1\ndomain-search {}{}", "[".repeat(8), "a,".repeat(MANY / 2));
    assert!(in_time("brackets", || text::parse(&deep)).is_err());
    let deep = "[[[[[[[[a]]]]]]]],".repeat(MANY / 18);
    assert!(in_time("brackets", || text::parse(&format!("op 1\ndomain-search {deep}"))).is_err());
}

#[test]
fn what_is_far_too_long_for_a_name_is_near_to_none() {
    let long = "x".repeat(MANY);
    assert_eq!(None, in_time("nearest", || nearest(&long, ["router", "host-name"].into_iter())));
    assert!(in_time("a line", || text::parse(&format!("op 1\n{long} 1"))).is_err());
    assert_eq!(Some("router".to_owned()), nearest("Ruoter", ["router", "host-name"].into_iter()));
}

#[test]
fn a_short_text_gives_no_messages_of_gigabytes() {
    let pads = "pad 65535\n".repeat(260);
    let error = text::parse(&format!("op 1\n{pads}")).unwrap_err();
    assert_eq!(258, error.line, "16 MiB are 256 lines and a bit");
    let error =
        text::parse(&format!("op 1\n{}op 1\n{}", "pad 65535\n".repeat(200), "pad 65535\n".repeat(60)));
    assert_eq!(259, error.unwrap_err().line, "in all messages together");

    let pad = r#"{"area":"options","pad":16777216}"#;
    assert!(json::parse(&format!(r#"{{"fields":{{"op":1}},"fill":[{pad}]}}"#)).is_ok());
    let error = json::parse(&format!(r#"{{"fields":{{"op":1}},"fill":[{pad},{pad}]}}"#)).unwrap_err();
    assert_eq!(json::JsonError::Fill(1), error);
}

#[test]
fn errors_quote_no_control_characters() {
    let area = "{\"fields\":{\"op\":1},\"options\":[{\"code\":19,\"area\":\"\u{7f}ptions\",\"hex\":\"01\"}]}";
    let field = "{\"options\":[{\"code\":\"\u{9b}31m\\u001b[31m\"}]}";
    for document in [area, field] {
        let error = json::parse(document).unwrap_err().to_string();
        assert!(!error.contains(char::is_control), "{error:?}");
    }
    let error = json::parse(area).unwrap_err().to_string();
    assert_eq!(r"options[0].area: `\x7fptions` is no key here (did you mean `options`?)", error);
    let name = from_text(GEOCONF.code.layout(), "\u{1b}[31m=1").unwrap_err().to_string();
    let value = from_text(GEOCONF.code.layout(), "\u{1b}=[1,2]").unwrap_err().to_string();
    assert!(!format!("{name}{value}").contains(char::is_control), "{name:?} {value:?}");
}

#[test]
fn many_short_dumps_give_no_frames_of_gigabytes() {
    let dump = "0000 00\n*\nfffff\n";
    let read = |dumps: usize| Reader::new(dump.repeat(dumps).as_bytes(), Forced::default()).map(|_| ());
    assert!(read(1).is_ok());
    match read(4000) {
        Err(CaptureError::Text(error)) => {
            assert_eq!((Expected::RepeatLimit, 6), (error.expected, error.line))
        }
        other => panic!("{other:?}"),
    }
}
