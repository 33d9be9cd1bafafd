//! Captures made by hand: byte orders, blocks, cuts, claims, layers, and what the writer makes.

use std::borrow::Cow;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddrV4};

use super::*;
use crate::link::{Checksum, Envelope, LinkType, Mac};

fn message() -> Vec<u8> {
    let mut message = vec![0; 244];
    message[..3].copy_from_slice(&[1, 1, 6]);
    message[236..].copy_from_slice(&[0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255]);
    message
}

fn envelope(from: u16, to: u16) -> Envelope {
    Envelope {
        source: SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 1), from),
        destination: SocketAddrV4::new(Ipv4Addr::BROADCAST, to),
        source_mac: Mac([2, 0, 0, 0, 0, 1]),
        destination_mac: Mac::BROADCAST,
    }
}

fn frame() -> Vec<u8> {
    envelope(68, 67).ethernet(&message()).unwrap()
}

/// What is left to compare after a message is gone from the window.
#[derive(Debug, PartialEq)]
struct Seen {
    number: u64,
    time: Option<u64>,
    payload: Vec<u8>,
}

fn read_all(input: &[u8], forced: Forced) -> (Vec<Seen>, Option<CaptureError>, Skipped) {
    let mut reader = match Reader::new(input, forced) {
        Ok(reader) => reader,
        Err(error) => return (Vec::new(), Some(error), Skipped::default()),
    };
    let mut seen = Vec::new();
    let error = loop {
        match reader.next_message() {
            Ok(Some(found)) => {
                seen.push(Seen { number: found.number, time: found.time, payload: found.payload.to_vec() })
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    assert!(reader.next_message().unwrap().is_none(), "after an error the input has ended");
    (seen, error, reader.skipped().clone())
}

fn error_of(input: &[u8]) -> String {
    read_all(input, Forced::default()).1.map_or_else(String::new, |error| error.to_string())
}

/// Bytes of a number in either byte order.
type Order = fn(u32) -> [u8; 4];

fn pcap(order: Order, magic: u32, link_type: u32, packets: &[(u32, u32, &[u8])]) -> Vec<u8> {
    let halves = order(0x0002_0004);
    let version = if order(1) == [0, 0, 0, 1] { halves } else { [2, 0, 4, 0] };
    let mut file = [order(magic), version, order(0), order(0), order(64), order(link_type)].concat();
    for (seconds, fraction, frame) in packets {
        let length = order(u32::try_from(frame.len()).unwrap());
        file.extend([order(*seconds), order(*fraction), length, length].concat());
        file.extend_from_slice(frame);
    }
    file
}

#[test]
fn pcap_is_read_in_both_byte_orders_and_resolutions() {
    let frame = frame();
    let little: Order = u32::to_le_bytes;
    for (order, magic, want) in [
        (little, 0xa1b2_c3d4, 7_000_008_000),
        (u32::to_be_bytes, 0xa1b2_c3d4, 7_000_008_000),
        (u32::to_le_bytes, 0xa1b2_3c4d, 7_000_000_008),
        (u32::to_be_bytes, 0xa1b2_3c4d, 7_000_000_008),
    ] {
        let file = pcap(order, magic, 1, &[(7, 8, &frame)]);
        let want = Seen { number: 1, time: Some(want), payload: message() };
        let (seen, error, _) = read_all(&file, Forced::default());
        assert!(error.is_none(), "{error:?}");
        assert_eq!(vec![want], seen);
    }
}

#[test]
fn a_snap_length_below_a_packet_a_fraction_out_of_range_and_a_length_with_fcs_bits_are_read() {
    let file = pcap(u32::to_le_bytes, 0xa1b2_c3d4, 0x2400_0001, &[(7, 2_000_000, &frame())]);
    let (seen, error, _) = read_all(&file, Forced::default());
    assert!(error.is_none());
    assert_eq!(Some(9_000_000_000), seen[0].time);
}

#[test]
fn a_cut_file_says_after_which_packet() {
    let frame = frame();
    let file = pcap(u32::to_le_bytes, 0xa1b2_c3d4, 1, &[(0, 0, &frame), (0, 0, &frame)]);
    let second = 24 + 16 + frame.len();
    for (length, want) in [
        (second, String::new()),
        (second + 1, format!("cut short after packet 1: expected 16 octets at offset {second}, found 1")),
        (
            file.len() - 1,
            format!("cut short after packet 1: expected 302 octets at offset {second}, found 301"),
        ),
        (23, "cut short after packet 0: expected 24 octets at offset 0, found 23".to_owned()),
    ] {
        assert_eq!(want, error_of(&file[..length]), "{length} octets");
    }
    assert_eq!("the input is empty", error_of(&[]));
}

#[test]
fn claims_of_huge_lengths_are_refused_before_memory_is_asked_for() {
    let mut file = pcap(u32::to_le_bytes, 0xa1b2_c3d4, 1, &[(0, 0, &frame())]);
    file[32..36].fill(0xff);
    let want = "packet 1 at offset 24: length is 4294967295, expected at most 1048576";
    assert_eq!(want, error_of(&file));
    let mut blocks = pcapng(u32::to_le_bytes, 9);
    blocks.extend(block(u32::to_le_bytes, 6, &[0; 40]));
    let at = blocks.len() - 48;
    blocks[at..at + 4].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
    let want =
        "block 0x00000006 at offset 60: length is 4294967280, expected a multiple of 4 from 32 to 2097152";
    assert_eq!(want, error_of(&blocks));
}

fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    body.resize(body.len().next_multiple_of(4), 0);
    let length = order(u32::try_from(body.len() + 12).unwrap());
    [&order(kind)[..], &length, &body, &length].concat()
}

/// A section header and an Ethernet interface of this resolution.
fn pcapng(order: Order, resolution: u8) -> Vec<u8> {
    let big = order(1) == [0, 0, 0, 1];
    let half = |number: u8| if big { [0, number] } else { [number, 0] };
    let version = [half(1), half(0)].concat();
    let mut file = block(order, 0x0a0d_0d0a, &[&order(0x1a2b_3c4d)[..], &version, &[0xff; 8]].concat());
    let options = [&half(9)[..], &half(1), &[resolution, 0, 0, 0], &[0; 4]].concat();
    file.extend(block(order, 1, &[&half(1)[..], &half(0), &order(0), &options].concat()));
    file
}

fn packet(order: Order, interface: u32, time: u32, frame: &[u8]) -> Vec<u8> {
    let length = order(u32::try_from(frame.len()).unwrap());
    let mut body = [order(interface), order(0), order(time), length, length].concat();
    body.extend_from_slice(frame);
    block(order, 6, &body)
}

#[test]
fn pcapng_is_read_over_sections_of_both_byte_orders() {
    let (little, big): (Order, Order) = (u32::to_le_bytes, u32::to_be_bytes);
    let frame = frame();
    let length = u32::try_from(frame.len()).unwrap();
    let simple = |order: Order| block(order, 3, &[&order(length)[..], &frame].concat());
    let old = [&[0, 0, 0, 0][..], &big(0), &big(5), &big(length), &big(length), &frame].concat();
    let file = [
        pcapng(little, 3),
        block(little, 0x0bad, b"ours"),
        packet(little, 0, 5, &frame),
        block(little, 0xdead, &[0; 100_000]),
        simple(little),
        pcapng(big, 0x80 | 1),
        packet(big, 0, 5, &frame),
        block(big, 2, &old),
        simple(big),
    ]
    .concat();
    let (seen, error, skipped) = read_all(&file, Forced::default());
    assert!(error.is_none(), "{error:?}");
    let times: Vec<_> = seen.iter().map(|seen| (seen.number, seen.time)).collect();
    let (five_ms, five_halves) = (Some(5_000_000), Some(2_500_000_000));
    assert_eq!(vec![(2, five_ms), (3, None), (4, five_halves), (5, five_halves), (6, None)], times);
    assert!(seen.iter().all(|seen| seen.payload == message()));
    assert_eq!(vec![(Skip::NoFrame, 1)], skipped.iter().collect::<Vec<_>>());
}

#[test]
fn blocks_that_contradict_themselves_are_named() {
    let little: Order = u32::to_le_bytes;
    let head = pcapng(little, 6);
    let good = packet(little, 0, 5, &frame());
    let with = |at: usize, octet: u8| {
        let mut file = [head.clone(), good.clone()].concat();
        file[at] = octet;
        file
    };
    let last = head.len() + good.len() - 4;
    for (file, want) in [
        (
            with(8, 9),
            "block 0x0a0d0d0a at offset 0: byte-order magic is [09, 3c, 2b, 1a], expected 1a 2b 3c 4d either way round",
        ),
        (
            with(64, 9),
            "block 0x00000006 at offset 60: length is 265, expected a multiple of 4 from 32 to 2097152",
        ),
        (with(last, 8), "block 0x00000006 at offset 60: length is 320 at the start and 264 at the end"),
        (with(68, 7), "block 0x00000006 at offset 60: interface is 7, expected one of the 1 described"),
        (
            with(83, 1),
            "block 0x00000006 at offset 60: packet of 16777502 octets in a block with room for 288",
        ),
        (
            with(60, 0)[..last].to_vec(),
            "cut short after packet 0: expected 320 octets at offset 60, found 316",
        ),
    ] {
        assert_eq!(want, error_of(&file));
    }
}

#[test]
fn comments_direction_and_true_endpoints_come_back() {
    let mut writer =
        Writer::new(Vec::new(), &WriterOptions { interface: "lo".to_owned(), ..WriterOptions::default() })
            .unwrap();
    let (source, destination) = ("127.0.0.1:6768".parse().unwrap(), "127.0.0.1:6767".parse().unwrap());
    let payload = message();
    let packet = Packet {
        time: 1_700_000_000_123_456_789,
        direction: Some(Direction::Out),
        source,
        destination,
        source_mac: None,
        destination_mac: Some(Mac::BROADCAST),
        payload: &payload,
        comments: &["one", "zwei ü"],
    };
    writer.write(&packet).unwrap();
    let mut file = writer.into_inner();
    let mut reader = Reader::new(&file[..], Forced::default()).unwrap();
    let found = reader.next_message().unwrap().unwrap();
    assert_eq!((Some(packet.time), Some("lo"), &payload[..]), (found.time, found.interface, found.payload));
    assert_eq!((Some(68), Some(67)), (found.source.map(|s| s.port()), found.destination.map(|d| d.port())));
    assert_eq!(Some((source, destination)), found.true_endpoints());
    assert_eq!((Some(Direction::Out), Checksum::Right), (found.direction(), found.checksum));
    assert_eq!(vec!["one", "zwei ü"], found.comments().collect::<Vec<Cow<str>>>());
    assert_eq!(Some(42), found.payload_offset);
    drop(reader);
    let at = file.windows(3).position(|window| window == b"one").unwrap();
    file[at] = 0xff;
    let mut reader = Reader::new(&file[..], Forced::default()).unwrap();
    let found = reader.next_message().unwrap().unwrap();
    assert_eq!(Some("\u{fffd}ne"), found.comments().next().as_deref());
}

#[test]
fn ports_are_written_so_that_every_tool_sees_dhcp() {
    let (reply, request) = ([2; 300], [1; 300]);
    for (payload, from, to, want) in [
        (&request, 6768, 6767, (68, 67)),
        (&reply, 6767, 6768, (67, 68)),
        (&reply, 6767, 6767, (67, 67)),
        (&request, 40_000, 10_067, (68, 67)),
        (&reply, 10_067, 40_000, (67, 68)),
        (&reply, 4011, 68, (4011, 68)),
    ] {
        let envelope = envelope(from, to);
        let packet = Packet {
            time: 0,
            direction: None,
            source: envelope.source,
            destination: envelope.destination,
            source_mac: None,
            destination_mac: None,
            payload,
            comments: &[],
        };
        for (ports, want) in [(Ports::Standard, want), (Ports::Real, (from, to)), (Ports::Exact, (from, to))]
        {
            for format in [Format::Pcap, Format::Pcapng] {
                let options = WriterOptions { format, ports, ..WriterOptions::default() };
                let mut writer = Writer::new(Vec::new(), &options).unwrap();
                writer.write(&packet).unwrap();
                let file = writer.into_inner();
                let mut reader = Reader::new(&file[..], Forced::default()).unwrap();
                let Some(found) = reader.next_message().unwrap() else {
                    assert_eq!(
                        (Ports::Real, 10_067),
                        (ports, from.min(to)),
                        "only foreign ports hide a short message"
                    );
                    continue;
                };
                let got = (found.source.unwrap().port(), found.destination.unwrap().port());
                assert_eq!((want, &payload[..]), (got, found.payload), "{ports:?} {format:?} {from} > {to}");
            }
        }
    }
}

#[test]
fn the_layer_is_found_by_its_structure() {
    let message = message();
    let packet = envelope(1068, 1067).ipv4(&message).unwrap();
    let ethernet = envelope(1068, 1067).ethernet(&message).unwrap();
    let strange = Envelope { destination_mac: Mac([2, 1, 6, 0, 0, 1]), ..envelope(68, 67) };
    let cut = &envelope(68, 67).ethernet(&message).unwrap()[..100];
    let mut looks_like_ip = message.clone();
    looks_like_ip[12..16].copy_from_slice(&[8, 0, 0x45, 0]);
    for (octets, layer, payload) in [
        (message.clone(), Layer::Message, &message[..]),
        (message[..20].to_vec(), Layer::Message, &message[..20]),
        (vec![7], Layer::Message, &[7]),
        (looks_like_ip.clone(), Layer::Message, &looks_like_ip),
        (looks_like_ip[..200].to_vec(), Layer::Message, &looks_like_ip[..200]),
        (packet.clone(), Layer::Link(LinkType::Raw), &message),
        (packet[20..].to_vec(), Layer::Udp, &message),
        (ethernet.clone(), Layer::Link(LinkType::Ethernet), &message),
        (strange.ethernet(&message).unwrap(), Layer::Link(LinkType::Ethernet), &message),
        (cut.to_vec(), Layer::Link(LinkType::Ethernet), &message[..58]),
        ([&[2, 0, 0, 0][..], &packet].concat(), Layer::Link(LinkType::Null), &message),
    ] {
        let forced = Forced { kind: Some(Kind::Raw), layer: None };
        let mut reader = Reader::new(&octets[..], forced).unwrap();
        let found = reader.next_message().unwrap().unwrap();
        assert_eq!((layer, payload), (found.layer, found.payload));
        let text = dump::hex(&octets);
        let mut reader = Reader::new(text.as_bytes(), Forced::default()).unwrap();
        assert_eq!(payload, reader.next_message().unwrap().unwrap().payload, "as text");
    }
}

#[test]
fn a_forced_layer_overrides_what_the_container_says() {
    let message = message();
    let file = pcap(u32::to_le_bytes, 0xa1b2_c3d4, 147, &[(0, 0, &message)]);
    let (seen, _, skipped) = read_all(&file, Forced::default());
    assert_eq!((0, 1), (seen.len(), skipped.count(Skip::LinkType)));
    let (seen, _, _) = read_all(&file, "message".parse().unwrap());
    assert_eq!(message, seen[0].payload);
    let error = read_all(&message, "pcap".parse().unwrap()).1.unwrap().to_string();
    assert_eq!("not pcap: expected its magic number, found [01, 01, 06, 00]", error);
}

#[test]
fn other_ports_count_by_the_cookie_only_and_dhcp_ports_always() {
    let short = [1, 2, 3];
    for (from, to, payload, want) in [
        (1068, 1067, &message()[..], true),
        (1068, 1067, &short, false),
        (68, 67, &short, true),
        (6768, 6767, &[], true),
        (53, 4011, &short, true),
        (53, 54, &[&[9], &message()[1..]].concat(), false),
    ] {
        let frame = envelope(from, to).ethernet(payload).unwrap();
        let file = pcap(u32::to_le_bytes, 0xa1b2_c3d4, 1, &[(0, 0, &frame)]);
        let (seen, _, skipped) = read_all(&file, Forced::default());
        assert_eq!((want, !want), (seen.len() == 1, skipped.count(Skip::NotDhcp) == 1), "{from} > {to}");
    }
}

#[test]
fn gzip_around_anything_is_read_and_its_damage_is_told() {
    let zip = |octets: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(octets).unwrap();
        encoder.finish().unwrap()
    };
    let frame = frame();
    let file = zip(&pcap(u32::to_le_bytes, 0xa1b2_c3d4, 1, &[(0, 0, &frame), (0, 0, &frame)]));
    assert_eq!(2, read_all(&file, Forced::default()).0.len());
    assert_eq!(1, read_all(&zip(b"01 01 06"), Forced::default()).0.len());
    let error = error_of(&file[..file.len() - 9]);
    assert!(error.starts_with("damaged gzip after packet "), "{error}");
    assert_eq!("the input is empty", error_of(&zip(b"")));
}

#[test]
fn known_formats_that_are_not_read_are_named() {
    for (magic, want) in [
        (&b"\x28\xb5\x2f\xfd\x00"[..], "the input is compressed with zstd, which is not read here"),
        (b"snoop\0\0\0\0", "the input is a snoop capture, which is not read here"),
        (b"\xa1\xb2\xcd\x34", "the input is a modified pcap (magic a1b2cd34), which is not read here"),
    ] {
        assert_eq!(want, error_of(magic));
    }
}

/// An input that has given all it has so far, as a pipe that is still open.
struct Pipe(Vec<u8>);

impl std::io::Read for Pipe {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        assert!(!self.0.is_empty(), "read beyond what the pipe has");
        let count = self.0.len().min(to.len()).min(7);
        to[..count].copy_from_slice(&self.0[..count]);
        self.0.drain(..count);
        Ok(count)
    }
}

#[test]
fn a_pipe_is_followed_live() {
    let little: Order = u32::to_le_bytes;
    for file in [
        pcap(little, 0xa1b2_c3d4, 1, &[(0, 0, &frame())]),
        [pcapng(little, 9), packet(little, 0, 0, &frame())].concat(),
    ] {
        let mut reader = Reader::new(Pipe(file), Forced::default()).unwrap();
        assert_eq!(message(), reader.next_message().unwrap().unwrap().payload);
    }
}
