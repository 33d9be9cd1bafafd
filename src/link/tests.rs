//! Frames by table: every link type, every fault, and fragments in every order.

use core::net::SocketAddrV4;

use super::*;

const PAYLOAD: &[u8] = b"\x01\x01\x06\x00 a payload";

fn envelope() -> Envelope {
    Envelope {
        source: SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 1), 68),
        destination: SocketAddrV4::new(Ipv4Addr::BROADCAST, 67),
        source_mac: Mac([2, 0, 0, 0, 0, 1]),
        destination_mac: Mac::BROADCAST,
    }
}

fn packet() -> Vec<u8> {
    envelope().ipv4(PAYLOAD).unwrap()
}

fn after(prefix: &[u8]) -> Vec<u8> {
    [prefix, &packet()].concat()
}

#[test]
fn every_link_type_is_read_down_to_the_payload() {
    let sll = [0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0];
    let sll2 = [8, 0, 0, 0, 0, 0, 0, 7, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0];
    let mac = Some(Mac([2, 0, 0, 0, 0, 1]));
    let rows: [(u16, &[u8], Option<Mac>); 9] = [
        (113, &sll, mac),
        (276, &sll2, mac),
        (0, &[2, 0, 0, 0], None),
        (0, &[0, 0, 0, 2], None),
        (108, &[0, 0, 0, 2], None),
        (101, &[], None),
        (12, &[], None),
        (228, &[], None),
        (14, &[], None),
    ];
    for (number, prefix, source) in rows {
        let frame = after(prefix);
        let got = datagram(LinkType::from_number(number), &frame).unwrap();
        assert_eq!(PAYLOAD, got.payload, "link type {number}");
        assert_eq!(prefix.len() + 28, got.payload_offset, "link type {number}");
        assert_eq!(Checksum::Right, got.checksum, "link type {number}");
        assert_eq!(Macs { source, destination: None }, got.macs, "link type {number}");
        assert_eq!((envelope().source, envelope().destination), (got.source, got.destination));
    }
}

#[test]
fn any_stack_of_tags_is_read() {
    let frame = envelope().ethernet(PAYLOAD).unwrap();
    let got = datagram(LinkType::Ethernet, &frame).unwrap();
    assert_eq!((PAYLOAD, true, 42), (got.payload, got.vlans.is_empty(), got.payload_offset));
    let tags = [0x88, 0xa8, 0x70, 0x64, 0x81, 0, 0, 42, 0x91, 0, 0x10, 0];
    let tagged = [&frame[..12], &tags, &frame[12..]].concat();
    let got = datagram(LinkType::Ethernet, &tagged).unwrap();
    let ids: Vec<_> = got.vlans.iter().map(|tag| (tag.protocol, tag.id, tag.priority)).collect();
    assert_eq!(vec![(0x88a8, 100, 3), (0x8100, 42, 0), (0x9100, 0, 0)], ids);
    assert_eq!(got.vlans, vlans(LinkType::Ethernet, &tagged));
    assert_eq!(54, got.payload_offset);
    let snap = [&frame[..12], &[0, 100, 0xaa, 0xaa, 3, 0, 0, 0], &frame[12..]].concat();
    assert_eq!(PAYLOAD, datagram(LinkType::Ethernet, &snap).unwrap().payload);
}

#[test]
fn an_exported_pdu_keeps_the_true_endpoints() {
    let (from, to) = (envelope().source, envelope().destination);
    let pdu = exported_pdu(from, to, PAYLOAD);
    let got = datagram(LinkType::ExportedPdu, &pdu).unwrap();
    assert_eq!((from, to, PAYLOAD, true), (got.source, got.destination, got.payload, got.named_dhcp));
    let other = [&[0, 12, 0, 4][..], b"http", &[0; 4]].concat();
    let got = datagram(LinkType::ExportedPdu, &other).unwrap_err().to_string();
    assert_eq!("exported pdu at offset 0: expected udp over ipv4, found a pdu of another protocol", got);
    let table = [&[0, 14, 0, 8][..], b"udp.port", &[0, 26, 0, 4, 0, 0, 0, 67, 0, 0, 0, 0], PAYLOAD].concat();
    let got = datagram(LinkType::ExportedPdu, &table).unwrap();
    assert_eq!((67, PAYLOAD), (got.destination.port(), got.payload));
}

#[test]
fn options_trailers_and_cuts_are_measured() {
    let mut options = packet();
    options[0] = 0x46;
    options[3] += 4;
    options.splice(20..20, [0x94, 4, 0, 0]);
    options.extend_from_slice(b"trailer");
    let got = datagram(LinkType::Raw, &options).unwrap();
    assert_eq!((PAYLOAD, 32, 0), (got.payload, got.payload_offset, got.missing));
    let whole = packet();
    let got = datagram(LinkType::Raw, &whole[..whole.len() - 5]).unwrap();
    assert_eq!((5, Checksum::Unknown), (got.missing, got.checksum));
    let mut offloaded = packet();
    offloaded[2..4].fill(0);
    assert_eq!(PAYLOAD, datagram(LinkType::Raw, &offloaded).unwrap().payload);
}

#[test]
fn checksums_get_a_verdict() {
    let right = packet();
    let sum = u16::from_be_bytes([right[26], right[27]]);
    let length = u16::from_be_bytes([right[24], right[25]]);
    let pseudo =
        checksum::Sum::default().pseudo_header(Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::BROADCAST, length);
    for (field, want) in [
        (sum, Checksum::Right),
        (0, Checksum::Absent),
        (sum ^ 1, Checksum::Wrong { expected: sum, found: sum ^ 1 }),
        (pseudo.folded(), Checksum::Offloaded),
    ] {
        let mut frame = packet();
        frame[26..28].copy_from_slice(&field.to_be_bytes());
        assert_eq!(want, datagram(LinkType::Raw, &frame).unwrap().checksum, "{field:#06x}");
    }
    assert_eq!(0xffff, checksum::Sum::default().add(&right[..20]).folded(), "the header adds up");
}

#[test]
fn what_is_not_ipv4_and_udp_is_told_from_what_is_damaged() {
    let ethernet = |ethertype: [u8; 2]| [&[2; 12][..], &ethertype, &packet()].concat();
    let with = |at: usize, octet: u8| {
        let mut packet = packet();
        packet[at] = octet;
        packet
    };
    let rows: Vec<(u16, Vec<u8>, &str)> = vec![
        (1, ethernet([8, 6]), "ethernet at offset 12: expected udp over ipv4, found arp"),
        (1, ethernet([0x86, 0xdd]), "ethernet at offset 12: expected udp over ipv4, found ipv6"),
        (1, ethernet([0, 38]), "ethernet at offset 12: expected udp over ipv4, found llc of 38 octets"),
        (1, ethernet([0x88, 0xcc]), "ethernet at offset 12: expected udp over ipv4, found ethertype 0x88cc"),
        (147, packet(), "link layer at offset 0: expected udp over ipv4, found link type 147"),
        (0, vec![30, 0, 0, 0], "loopback header at offset 0: expected udp over ipv4, found ipv6"),
        (101, with(9, 6), "ipv4 at offset 9: expected udp over ipv4, found tcp"),
        (101, with(0, 0x60), "ipv4 at offset 0: expected udp over ipv4, found ipv6"),
        (101, with(0, 0x30), "ipv4 at offset 0: expected ip version 4, found 3"),
        (101, with(0, 0x44), "ipv4 at offset 0: expected a length of at least 20, found 16"),
        (101, with(3, 19), "ipv4 at offset 2: expected a length of at least 20, found 19"),
        (101, with(25, 7), "udp at offset 24: expected a length of at least 8, found 7"),
        (1, vec![0; 13], "ethernet at offset 12: expected 2 octets, found 1"),
        (101, vec![], "ipv4 at offset 0: expected 20 octets, found 0"),
        (101, packet()[..24].to_vec(), "udp at offset 20: expected 8 octets, found 4"),
        (101, with(6, 0x20), "ipv4 at offset 2: expected a fragment of a multiple of 8 octets, found 22"),
        (
            101,
            with(7, 3),
            "ipv4 at offset 20: expected a whole packet, found the last fragment from octet 24",
        ),
    ];
    for (number, frame, want) in rows {
        let error = datagram(LinkType::from_number(number), &frame).unwrap_err();
        assert_eq!(want, error.to_string());
    }
}

#[test]
fn a_payload_beyond_one_datagram_is_refused() {
    assert!(envelope().ethernet(&vec![0; MAX_PAYLOAD]).is_ok());
    assert_eq!(Err(TooLong(MAX_PAYLOAD + 1)), envelope().ethernet(&vec![0; MAX_PAYLOAD + 1]));
}

fn octet(number: usize) -> u8 {
    u8::try_from(number).unwrap()
}

/// Cuts the packet of `payload` into fragments of 16 octets of data.
fn fragments(id: u8, payload: &[u8]) -> Vec<Vec<u8>> {
    let packet = envelope().ipv4(payload).unwrap();
    let pieces: Vec<_> = packet[20..].chunks(16).collect();
    let fragment = |(at, piece): (usize, &&[u8])| {
        let mut frame = packet[..20].to_vec();
        let more = if at + 1 < pieces.len() { 0x20 } else { 0 };
        frame[2..8].copy_from_slice(&[0, 20 + octet(piece.len()), 0, id, more, octet(at) * 2]);
        frame.extend_from_slice(piece);
        frame
    };
    pieces.iter().enumerate().map(fragment).collect()
}

fn push(reassembly: &mut Reassembly, frame: &[u8], now: u64) -> Option<Vec<u8>> {
    match read(LinkType::Raw, frame).unwrap() {
        Content::Fragment(piece) => {
            let whole = reassembly.push(&piece, Some(now))?;
            Some(piece.datagram(&whole).unwrap().payload.to_vec())
        }
        Content::Datagram(_) => panic!("expected a fragment"),
    }
}

#[test]
fn fragments_join_in_any_order_and_when_sent_twice() {
    let payload: Vec<u8> = (0..100).collect();
    let pieces = fragments(7, &payload);
    for order in [[0, 1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1, 0], [3, 0, 6, 1, 5, 2, 4]] {
        let mut reassembly = Reassembly::new();
        let mut got = None;
        for at in order {
            assert_eq!(None, got, "{order:?}: too early");
            push(&mut reassembly, &pieces[order[0]], 0);
            got = push(&mut reassembly, &pieces[at], 0);
        }
        assert_eq!(Some(&payload), got.as_ref(), "{order:?}");
        assert_eq!(0, reassembly.pending());
    }
}

#[test]
fn a_contradiction_starts_afresh_and_mixes_nothing() {
    let (old, new) = (fragments(7, &[1; 40]), fragments(7, &[2; 40]));
    let mut reassembly = Reassembly::new();
    push(&mut reassembly, &old[0], 0);
    push(&mut reassembly, &old[1], 0);
    push(&mut reassembly, &new[1], 0);
    push(&mut reassembly, &new[0], 0);
    assert_eq!(Some(vec![2; 40]), push(&mut reassembly, &new[2], 0));
}

#[test]
fn old_fragments_and_too_many_are_given_up() {
    let pieces = fragments(1, &[1; 40]);
    let mut reassembly = Reassembly::new();
    push(&mut reassembly, &pieces[0], 0);
    push(&mut reassembly, &pieces[1], 0);
    assert_eq!(None, push(&mut reassembly, &pieces[2], TIMEOUT_NS + 1));
    for id in 0..=255 {
        push(&mut reassembly, &fragments(id, &[1; 40])[0], 0);
        assert!(reassembly.pending() <= MAX_PENDING);
    }
}
