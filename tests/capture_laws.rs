//! Laws of captures over generated noise: no input panics, and what is written is read back as it was.
#![cfg(feature = "workbench")]
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddrV4};

use dhcpsim::capture::{
    CaptureError, Direction, Forced, Format, Kind, Layer, Packet, Ports, Reader, Writer, WriterOptions, dump,
};
use dhcpsim::link::{self, Content, LinkType, Mac, Reassembly};
use pcap_file::pcap::PcapReader;
use pcap_file::pcapng::{Block, PcapNgReader};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Reads everything, looking at everything there is to look at; gives the payloads.
fn read(input: impl Read, forced: Forced) -> Result<Vec<Vec<u8>>, CaptureError> {
    let mut reader = Reader::new(input, forced)?;
    let mut payloads = Vec::new();
    while let Some(found) = reader.next_message()? {
        assert!(found.payload.len() <= found.frame.len() || found.payload_offset.is_none());
        if let Some(at) = found.payload_offset {
            assert_eq!(Some(found.payload), found.frame.get(at..at + found.payload.len()));
        }
        let _ = (
            found.comments().count(),
            found.direction(),
            found.true_endpoints(),
            found.vlans().iter().count(),
        );
        payloads.push(found.payload.to_vec());
    }
    Ok(payloads)
}

fn forced() -> impl Strategy<Value = Forced> {
    let kind = select(Kind::ALL.map(|(kind, _)| kind).to_vec());
    let layer = select(Layer::ALL.map(|(layer, _)| layer).to_vec());
    (proptest::option::of(kind), proptest::option::of(layer)).prop_map(|(kind, layer)| Forced { kind, layer })
}

/// Pieces that readers look for, between noise.
fn broken_input() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&[u8]> = vec![
        b"0000  01 02 ",
        b"0x0000:  0101",
        b"\n*\n",
        b"00000010",
        b"  |..|\n",
        b"b'\\x01",
        b"\"",
        b"\\",
        b"0x",
        b"{",
        b"[",
        b"]",
        b"}",
        b",",
        b"/*",
        b"//",
        b"#",
        b"AQEG",
        b"=",
        b"01",
        b"f",
        b"\n",
        b" ",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\x1f\x8b\x08",
        b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0",
        b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0",
        b"\x01\0\0\0\x14\0\0\0\x01\0\0\0\0\0\0\0\x14\0\0\0",
        b"\x06\0\0\0\x20\0\0\0",
        b"\x03\0\0\0\x10\0\0\0",
        b"\x45\0\0\x1c",
        b"\x08\0",
        b"\x81\0",
        b"\x01\x01\x06\0",
        b"\x63\x82\x53\x63",
        b"\0\0\0\0",
    ];
    let piece = prop_oneof![3 => select(words).prop_map(<[u8]>::to_vec), 1 => vec(any::<u8>(), 0..40)];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn payloads() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(any::<u8>(), 0..400), 0..6)
}

fn packet(payload: &[u8], time: u64) -> Packet<'_> {
    Packet {
        time,
        direction: Some(Direction::In),
        source: SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 1), 6768),
        destination: SocketAddrV4::new(Ipv4Addr::BROADCAST, 6767),
        source_mac: Some(Mac([2, 0, 0, 0, 0, 1])),
        destination_mac: None,
        payload,
        comments: &["a comment"],
    }
}

fn written(payloads: &[Vec<u8>], format: Format, ports: Ports) -> Vec<u8> {
    let options =
        WriterOptions { format, ports, comments: vec!["seed 7".to_owned()], ..WriterOptions::default() };
    let mut writer = Writer::new(Vec::new(), &options).unwrap();
    for (payload, time) in payloads.iter().zip(1_700_000_000_000_000_000..) {
        writer.write(&packet(payload, time)).unwrap();
    }
    writer.into_inner()
}

/// An input that gives a few octets at a time.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let end = self.1.min(to.len());
        to.get_mut(..end).map_or(Ok(0), |to| self.0.read(to))
    }
}

const FORMS: [(Format, Ports); 6] = [
    (Format::Pcap, Ports::Standard),
    (Format::Pcap, Ports::Real),
    (Format::Pcap, Ports::Exact),
    (Format::Pcapng, Ports::Standard),
    (Format::Pcapng, Ports::Real),
    (Format::Pcapng, Ports::Exact),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_input_panics(octets in vec(any::<u8>(), 0..600), forced in forced()) {
        let _ = read(&octets[..], forced);
    }

    #[test]
    fn no_input_of_broken_pieces_panics(octets in broken_input(), forced in forced()) {
        let _ = read(&octets[..], forced);
    }

    #[test]
    fn no_damaged_capture_panics(
        payloads in payloads(), form in select(FORMS.to_vec()), at in any::<Index>(), octet in any::<u8>(), cut in any::<Index>(),
    ) {
        let mut file = written(&payloads, form.0, form.1);
        let at = at.index(file.len());
        file[at] = octet;
        file.truncate(cut.index(file.len()) + 1);
        let _ = read(&file[..], Forced::default());
    }

    #[test]
    fn no_damaged_text_panics(
        octets in vec(any::<u8>(), 1..100), form in 0..4_usize, at in any::<Index>(), octet in 0x20_u8..0x7f,
    ) {
        let texts = [dump::hex(&octets), dump::hex_dump(&octets), dump::c_array("p", &octets), dump::base64(&octets)];
        let mut text = texts[form].clone().into_bytes();
        let at = at.index(text.len());
        text[at] = octet;
        let _ = read(&text[..], Forced::default());
    }

    #[test]
    fn a_text_that_is_written_is_read_back(octets in vec(any::<u8>(), 1..700)) {
        let message = |kind| Forced { kind, layer: Some(Layer::Message) };
        for (text, kind) in [
            (dump::hex(&octets), None),
            (dump::hex_dump(&octets), None),
            (dump::c_array("offer", &octets), None),
            (dump::base64(&octets), Some(Kind::Base64)),
        ] {
            prop_assert_eq!(vec![octets.clone()], read(text.as_bytes(), message(kind)).unwrap(), "{}", text);
        }
    }

    #[test]
    fn a_message_in_base64_needs_no_hint(rest in vec(any::<u8>(), 240..600), op in 1..=2_u8) {
        let octets = [&[op, 1, 6, 0][..], &rest].concat();
        let text = dump::base64(&octets);
        let message = Forced { kind: None, layer: Some(Layer::Message) };
        prop_assert_eq!(vec![octets], read(text.as_bytes(), message).unwrap(), "{}", text);
    }

    #[test]
    fn a_capture_that_is_written_is_read_back(payloads in payloads(), form in select(FORMS.to_vec()), drip in 1..50_usize) {
        let file = written(&payloads, form.0, form.1);
        prop_assert_eq!(&payloads, &read(&file[..], Forced::default()).unwrap());
        prop_assert_eq!(&payloads, &read(Drip(&file, drip), Forced::default()).unwrap(), "in small pieces");
    }

    #[test]
    fn a_capture_that_is_written_is_read_by_another_program_too(payloads in payloads()) {
        let pcap = written(&payloads, Format::Pcap, Ports::Standard);
        let mut reader = PcapReader::new(&pcap[..]).unwrap();
        let mut frames = Vec::new();
        while let Some(packet) = reader.next_packet() {
            let packet = packet.unwrap();
            prop_assert_eq!(u128::try_from(frames.len()).unwrap() + 1_700_000_000_000_000_000, packet.timestamp.as_nanos());
            frames.push(packet.data.to_vec());
        }
        let pcapng = written(&payloads, Format::Pcapng, Ports::Standard);
        let mut reader = PcapNgReader::new(&pcapng[..]).unwrap();
        let mut again = Vec::new();
        while let Some(block) = reader.next_block() {
            if let Block::EnhancedPacket(packet) = block.unwrap() {
                prop_assert_eq!(3, packet.options.len(), "a comment, the direction and the true endpoints");
                again.push(packet.data.to_vec());
            }
        }
        prop_assert_eq!(&frames, &again);
        let inside: Vec<_> = frames.iter().map(|frame| link::datagram(LinkType::Ethernet, frame).unwrap().payload).collect();
        prop_assert_eq!(&payloads, &inside);
    }

    #[test]
    fn fragments_of_any_kind_stay_bounded(frames in vec(vec(any::<u8>(), 20..60), 0..200)) {
        let mut reassembly = Reassembly::new();
        for mut frame in frames {
            frame[0] = 0x45;
            frame[2] = 0;
            frame[4..6].fill(0);
            frame[9] = 17;
            frame[12..20].fill(1);
            if let Ok(Content::Fragment(piece)) = link::read(LinkType::Raw, &frame) {
                let whole = reassembly.push(&piece, None);
                prop_assert!(whole.is_none_or(|whole| whole.len() <= 65_535));
            }
            prop_assert!(reassembly.pending() <= link::MAX_PENDING);
        }
    }
}
