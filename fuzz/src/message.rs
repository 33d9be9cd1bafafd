//! Any octets as a message.

use core::ops::Range;

use anstyle::{AnsiColor, Color, Style};
use dhcpsim::explain::{self, Depth, Summary};
use dhcpsim::options::walk::{Group, Leaf, Reader, Sink};
use dhcpsim::options::{Code, OptionError};
use dhcpsim::packet::anomaly::{Anomaly, anomalies};
use dhcpsim::packet::text::{self, TextForm};
use dhcpsim::packet::{HEADER_SIZE, Message, OPTIONS_OFFSET, Packet, json};

use crate::is_printable;

/// Every message comes back through text and JSON; whatever is told of it is fit for a terminal.
pub fn message(octets: &[u8]) {
    match Packet::parse(octets) {
        Ok(packet) => whole(&packet, octets),
        Err(error) => {
            assert!(octets.len() < HEADER_SIZE, "the one fatal error: {error}");
            short(octets);
        }
    }
}

fn short(octets: &[u8]) {
    let document = serde_json::to_string(&json::short_document(octets)).unwrap();
    assert_eq!(Ok(octets.to_vec()), json::parse(&document), "{document}");
    let mut shown = String::new();
    explain::short(&mut shown, octets).unwrap();
    is_styled(&shown);
}

fn whole(packet: &Packet<'_>, octets: &[u8]) {
    for (area, area_octets) in packet.areas() {
        let size: usize =
            packet.segments().filter(|(there, ..)| *there == area).map(|(.., segment)| segment.size()).sum();
        assert_eq!(area_octets.len(), size, "the segments of {area} add up");
    }
    assert_eq!(octets, Message::from_octets(octets.to_vec()).unwrap().octets());
    is_read_alike(packet);
    let found = anomalies(packet);
    found.iter().for_each(|anomaly| is_within(anomaly, octets.len()));
    comes_back(packet, &found);
    is_told(packet, &found);
}

/// The walk over all options and the reading of each one find the same options, and the same faults in them.
fn is_read_alike(packet: &Packet<'_>) {
    let mut walked = Verdicts::default();
    packet.walk(&mut walked);
    let mut read = Verdicts::default();
    packet.each_value(|code, value| {
        read.option(code);
        if let Err(error) = value {
            is_printable(&error.to_string());
            read.fault(error);
        }
    });
    assert!(walked == read, "walked {walked:?}, read {read:?}");
}

#[derive(Debug, Default, PartialEq)]
struct Verdicts(Vec<(Code, Option<OptionError>)>);

impl Reader for Verdicts {
    fn option(&mut self, code: Code) {
        self.0.push((code, None));
    }

    fn fault(&mut self, error: OptionError) {
        self.0.last_mut().expect("an option that the fault is in").1 = Some(error);
    }
}

impl Sink<'_> for Verdicts {
    fn leaf(&mut self, _: &'static str, _: Range<usize>, _: Leaf<'_>) {}

    fn open(&mut self, _: &'static str, _: usize, _: Group) {}

    fn close(&mut self, _: usize) {}
}

/// What is missing in a message that ends with its header is looked for where the options would begin.
fn is_within(anomaly: &Anomaly, length: usize) {
    assert!(anomaly.offset + anomaly.length <= length.max(OPTIONS_OFFSET), "{anomaly:?} of {length} octets");
    is_printable(&anomaly.to_string());
}

fn comes_back(packet: &Packet<'_>, found: &[Anomaly]) {
    let octets = packet.octets();
    let text = TextForm(*packet).to_string();
    is_printable(&text);
    assert!(text::parse(&text).as_deref() == Ok(&[octets.to_vec()]), "{text}");
    let document = serde_json::to_string(&json::document(packet, found)).unwrap();
    assert!(json::parse(&document).as_deref() == Ok(octets), "{document}");
}

fn is_told(packet: &Packet<'_>, found: &[Anomaly]) {
    is_printable(&Summary(packet).to_string());
    for depth in [Depth::Plain, Depth::Explained] {
        let mut shown = String::new();
        explain::tree(&mut shown, packet, found, depth).unwrap();
        is_styled(&shown);
    }
}

/// Panics at control characters, unless they are the styles that `explain` has: others would be the sender's.
fn is_styled(text: &str) {
    let colours = [AnsiColor::Cyan, AnsiColor::Red, AnsiColor::Yellow, AnsiColor::Blue];
    let colours = colours.map(|colour| Style::new().fg_color(Some(Color::Ansi(colour))));
    let styles = [Style::new().bold(), Style::new().dimmed()].into_iter().chain(colours);
    let reset = Style::new().bold().render_reset().to_string();
    let styles: Vec<String> = styles.map(|style| style.render().to_string()).chain([reset]).collect();
    let mut pieces = text.split('\u{1b}');
    pieces.next().into_iter().for_each(is_printable);
    for piece in pieces {
        let style = styles.iter().find_map(|style| piece.strip_prefix(style.strip_prefix('\u{1b}')?));
        is_printable(style.expect("a style"));
    }
}
