#!/usr/bin/env python3
"""Writes the hand-made frames of fixtures/made, one .hex file each.

    python3 tests/lab/make.py            write them all, remove what is no longer made
    python3 tests/lab/make.py --check    only compare; exit 1 if a file is not current

Every generator below yields (name, purpose, octets); purpose is a text or a list of lines.
"""

import pathlib
import sys

from wire import COOKIE, END, address, addresses, header, labels, message, option
from wire import format_hex, split_option, u8, u16, u32, v6

MADE = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "made"

CLIENT = "192.0.2.100"
SERVER = "192.0.2.1"
RELAY = "198.51.100.1"
CLIENT_ID = option(61, bytes.fromhex("01020000000001"))
SERVER_ID = option(54, address(SERVER))
LEASE = option(51, u32(3600))
MASK = option(1, address("255.255.255.0"))
ROUTER = option(3, address(SERVER))
DNS = option(6, addresses("192.0.2.53", "198.51.100.53"))
WANTS = option(55, bytes([1, 3, 6, 15, 51, 54, 58, 59]))


def kind(code):
    """Option 53, DHCP message type."""
    return option(53, u8(code))


def discover(*options, **fields):
    """A DISCOVER that is right but for what is given."""
    return message(kind(1), *options, **{"flags": 0x8000, **fields})


def ack(*options, **fields):
    """An ACK with what RFC 2131 table 3 requires, and then the given options."""
    given = {"op": 2, "yiaddr": CLIENT, "siaddr": SERVER, **fields}
    return message(kind(5), SERVER_ID, LEASE, *options, **given)


def reply(code, *options, **fields):
    """A message from the server without an address."""
    return message(kind(code), SERVER_ID, *options, **{"op": 2, **fields})


# What is right


def message_types():
    """One of every DHCP message type of the IANA registry, 1 to 18."""
    offered = {"op": 2, "yiaddr": CLIENT, "siaddr": SERVER}
    t1_t2 = option(58, u32(1800)) + option(59, u32(3150))
    reply_options = (SERVER_ID, LEASE, t1_t2, MASK, ROUTER, DNS, option(15, b"lab.example"))
    asked = {"ciaddr": CLIENT, "giaddr": RELAY, "htype": 0, "hlen": 0, "chaddr": b""}
    wanted = option(55, bytes([51, 53, 54, 61, 82, 91, 92]))
    active = {"op": 2, "ciaddr": CLIENT, "giaddr": RELAY}
    nonce = option(90, bytes([3, 1, 0]) + bytes(7) + b"\x01" + b"\x02" + bytes(range(16)))
    requester = {"htype": 0, "hlen": 0, "chaddr": b""}
    frames = [
        (
            "discover",
            1,
            "RFC 2131: a client looks for servers",
            (CLIENT_ID, option(12, b"alpha"), WANTS, option(57, u16(1500))),
            {"flags": 0x8000, "minimum": 300},
        ),
        ("offer", 2, "RFC 2131: a server offers an address", reply_options, {**offered, "minimum": 300}),
        (
            "request",
            3,
            "RFC 2131: a client in SELECTING asks for the offered address",
            (
                CLIENT_ID,
                option(50, address(CLIENT)),
                SERVER_ID,
                option(12, b"alpha"),
                WANTS,
                option(57, u16(1500)),
            ),
            {"flags": 0x8000, "minimum": 300},
        ),
        (
            "decline",
            4,
            "RFC 2131: a client found the address in use",
            (CLIENT_ID, option(50, address(CLIENT)), SERVER_ID, option(56, b"address in use")),
            {},
        ),
        ("ack", 5, "RFC 2131: a server commits the lease", reply_options, {**offered, "minimum": 300}),
        (
            "nak",
            6,
            "RFC 2131: a server refuses, with the reason as text",
            (SERVER_ID, option(56, b"requested address not available"), CLIENT_ID),
            {"op": 2, "flags": 0x8000},
        ),
        (
            "release",
            7,
            "RFC 2131: a client gives its address back",
            (CLIENT_ID, SERVER_ID, option(56, b"bye")),
            {"ciaddr": CLIENT},
        ),
        (
            "inform",
            8,
            "RFC 2131: a client with an address asks for the rest",
            (CLIENT_ID, option(60, b"MSFT 5.0"), option(55, bytes([1, 3, 6, 15, 121, 249, 252]))),
            {"ciaddr": CLIENT},
        ),
        (
            "forcerenew",
            9,
            "RFC 3203, RFC 6704: a server makes a client renew, with a nonce digest in option 90",
            (SERVER_ID, nonce),
            {"op": 2, "ciaddr": CLIENT},
        ),
        ("leasequery", 10, "RFC 4388: an access concentrator asks about an address", (wanted,), asked),
        (
            "leaseunassigned",
            11,
            "RFC 4388: the address is ours, but nobody has it",
            (SERVER_ID,),
            {**asked, "op": 2},
        ),
        ("leaseunknown", 12, "RFC 4388: the server knows nothing of it", (SERVER_ID,), {**asked, "op": 2}),
        (
            "leaseactive",
            13,
            "RFC 4388: the address is leased",
            (
                SERVER_ID,
                CLIENT_ID,
                option(51, u32(1234)),
                option(91, u32(60)),
                option(92, address("192.0.2.101")),
                option(82, option(1, b"eth0/1")),
            ),
            active,
        ),
        (
            "bulkleasequery",
            14,
            "RFC 6926: all leases between two times (over TCP, without its length prefix here)",
            (
                option(154, u32(1700000000)),
                option(155, u32(1700003600)),
                option(55, bytes([51, 61, 152, 153, 156, 157])),
            ),
            requester,
        ),
        (
            "leasequerydone",
            15,
            "RFC 6926: the end of the answers, with a status code",
            (SERVER_ID, option(151, b"\0done")),
            {**requester, "op": 2},
        ),
        (
            "activeleasequery",
            16,
            "RFC 7724: asks for every change as it happens",
            (option(154, u32(1700000000)), option(61, b"\0monitor"), wanted),
            requester,
        ),
        (
            "leasequerystatus",
            17,
            "RFC 7724: a status in the stream, 7 CatchUpComplete",
            (option(151, b"\x07catch-up complete"), option(152, u32(1700000001))),
            {**requester, "op": 2},
        ),
        ("tls", 18, "RFC 7724: asks to turn the connection into TLS", (), requester),
    ]
    for name, code, purpose, options, fields in frames:
        yield f"type-{code:02}-{name}", purpose, message(kind(code), *options, **fields)


def other_requests():
    """A client's other states, and rapid commit."""
    address_option = option(50, address(CLIENT))
    yield "request-init-reboot", "RFC 2131 section 4.3.2: INIT-REBOOT, option 50 but no 54, ciaddr zero", message(
        kind(3), CLIENT_ID, address_option, WANTS
    )
    yield "request-renewing", "RFC 2131 section 4.3.2: RENEWING, ciaddr but neither 50 nor 54", message(
        kind(3), CLIENT_ID, WANTS, ciaddr=CLIENT
    )
    yield "discover-rapid-commit", "RFC 4039: DISCOVER with the empty option 80", discover(
        CLIENT_ID, option(80), WANTS
    )
    yield "ack-rapid-commit", "RFC 4039: the ACK that answers it, option 80 again", ack(
        option(80), MASK, ROUTER
    )
    yield "ack-inform", "RFC 2131 section 4.3.5: the answer to INFORM has no lease time and no yiaddr", reply(
        5, MASK, ROUTER, DNS, ciaddr=CLIENT
    )


def pxe():
    """Network boot."""
    uuid = bytes.fromhex("00" + "564d0123456789ab8cdef0123456789a")
    ipxe = (
        option(16, b"\x01")
        + option(177, bytes.fromhex("018086100e"))
        + option(235, b"\1\0\0")
        + option(24, b"\1")
    )
    yield "pxe-discover", "PXE 2.1: DISCOVER with 60, 93 architecture, 94 network interface, 97 machine, and iPXE's 175", discover(
        option(57, u16(1472)),
        option(60, b"PXEClient:Arch:00007:UNDI:003016"),
        option(93, u16(7)),
        option(94, bytes([1, 3, 16])),
        option(97, uuid),
        option(175, ipxe),
        option(55, bytes([1, 3, 6, 43, 60, 66, 67, 128, 129, 130, 131, 132, 133, 134, 135])),
        minimum=548,
    )
    menu = u16(0x8000) + u8(12) + b"Boot from PX" + u16(0) + u8(10) + b"Local disk"
    servers = u16(0x8000) + u8(2) + addresses("192.0.2.10", "192.0.2.11")
    vendor = (
        option(6, b"\x08")
        + option(7, address("224.0.1.2"))
        + option(8, servers)
        + option(9, menu)
        + option(10, b"\x0aPress F8")
        + option(71, u16(0x8000) + u16(0))
        + b"\xff"
    )
    yield "pxe-offer-menu", "PXE 2.1: option 43 with discovery control (6), multicast (7), boot servers (8), menu (9), prompt (10) and boot item (71)", message(
        kind(2),
        SERVER_ID,
        option(60, b"PXEClient"),
        option(97, uuid),
        option(43, vendor),
        op=2,
        siaddr=SERVER,
        sname=b"boot.lab.example",
        file=b"pxelinux.0",
    )
    yield "pxe-ack-bootfile", "boot server and file in options 66, 67 and 150 and in sname and file, with PXELINUX's 208 to 211", ack(
        option(66, b"boot.lab.example"),
        option(67, b"grub/x86_64-efi/core.efi"),
        option(150, address("192.0.2.10")),
        option(208, bytes.fromhex("f100747e")),
        option(209, b"pxelinux.cfg/lab"),
        option(210, b"/tftpboot/"),
        option(211, u32(30)),
        sname=b"boot.lab.example",
        file=b"grub/x86_64-efi/core.efi",
    )
    yield "pxe-http-boot", "UEFI HTTP boot: HTTPClient, architecture 16, a URL as the file", ack(
        option(60, b"HTTPClient"), option(67, b"http://192.0.2.10/boot.efi"), option(97, uuid)
    )
    yield "pxe-arch-list", "RFC 4578 section 2.1: option 93 may list several architectures", discover(
        option(93, u16(0) + u16(6) + u16(7) + u16(9))
    )


def relayed():
    """Option 82, as relay agents add it."""
    radius = bytes([1, 7]) + b"alice" + bytes([26, 12]) + u32(9) + bytes([1, 6]) + b"abcd"
    authentication = bytes([1, 0]) + bytes(7) + b"\x2a" + address(RELAY) + u32(1) + bytes(range(20))
    vendor = u32(4491) + u8(4) + option(1, b"\x03\x00")
    parts = [
        option(1, b"eth0/1/17:100"),
        option(2, bytes.fromhex("0006aabbccddeeff")),
        option(4, u32(1)),
        option(5, address("203.0.113.0")),
        option(6, b"subscriber 4711"),
        option(7, radius),
        option(8, authentication),
        option(9, vendor),
        option(10, b"\x80"),
        option(11, address(RELAY)),
        option(12, bytes.fromhex("00030001aabbccddeeff")),
        option(151, b"\0blue"),
        option(152),
    ]
    relay = {"giaddr": RELAY, "hops": 1}
    yield "relay-discover-82-all", "RFC 3046 and others: option 82 with sub-options 1 2 4 5 6 7 8 9 10 11 12 151 152", discover(
        CLIENT_ID, WANTS, option(82, b"".join(parts)), **relay
    )
    yield "relay-discover-82-plain", "RFC 3046: circuit and remote id, 82 last before End", discover(
        CLIENT_ID, option(82, option(1, b"\0\x04\0\x64\0\x11") + option(2, b"switch-1")), **relay
    )
    yield "relay-ack-82-echo", "RFC 3046 section 2.2: the server echoes option 82 last", ack(
        MASK, ROUTER, option(82, option(1, b"eth0") + option(11, address(RELAY))), giaddr=RELAY
    )
    yield "relay-82-vss-nvt-global", "RFC 6607: sub-option 151 of type 255, the global, default VPN, has no VPN identifier", discover(
        option(82, option(151, b"\xff")), **relay
    )
    yield "relay-82-vss-vpn-id", "RFC 6607: sub-option 151 of type 1 has the 7 octets of an RFC 2685 VPN-ID", discover(
        option(82, option(151, b"\x01" + bytes.fromhex("00005e00000001"))), **relay
    )
    yield "relay-82-cut-sub-option", "RFC 3046 section 2.0: a sub-option goes past the end of option 82; what follows 82 must still be read", discover(
        option(82, option(1, b"eth0") + option(2, b"ab", length=9)), option(12, b"after"), **relay
    )
    yield "relay-82-lone-code", "option 82 ends after a sub-option's code", discover(
        option(82, option(1, b"eth0") + b"\x02"), **relay
    )
    yield "relay-82-not-last", "RFC 3046 section 2.1: option 82 should be the last option", discover(
        option(82, option(1, b"eth0")), CLIENT_ID, WANTS, **relay
    )
    yield "relay-82-empty", "RFC 3046 section 2.0: option 82 has at least one sub-option", discover(
        option(82), **relay
    )
    yield "relay-82-twice", "two relay agents appended option 82 each, or one was split: joined by RFC 3396", discover(
        option(82, option(1, b"first")), option(82, option(2, b"second")), **relay
    )
    yield "relay-82-no-giaddr", "RFC 3046 section 2.1.1: option 82 without giaddr comes from an untrusted circuit", discover(
        option(82, option(1, b"eth0"))
    )
    yield "relay-hops-17", "RFC 1542 section 4.1.1: more than 16 hops are discarded", discover(
        CLIENT_ID, giaddr=RELAY, hops=17
    )


def overloads():
    """Option 52: options in file and sname."""
    in_file = (option(15, b"lab.example") + option(66, b"boot.lab.example") + u8(END)).ljust(128, b"\0")
    in_sname = (option(12, b"alpha") + option(42, address("192.0.2.123")) + u8(END)).ljust(64, b"\0")
    over = lambda value: option(52, u8(value))
    yield "overload-1-file", "RFC 2132 section 9.3: options go on in file, sname holds a name", ack(
        over(1), MASK, file=in_file, sname=b"boot.lab.example"
    )
    yield "overload-2-sname", "RFC 2132 section 9.3: options go on in sname, file holds a name", ack(
        over(2), MASK, sname=in_sname, file=b"pxelinux.0"
    )
    yield "overload-3-both", "RFC 2132 section 9.3: options go on in file, then sname", ack(
        over(3), MASK, file=in_file, sname=in_sname
    )
    yield "overload-full-areas", "both areas are filled to the last octet, End included", ack(
        over(3), file=option(224, b"f" * 125) + u8(END), sname=option(225, b"s" * 61) + u8(END)
    )
    yield "overload-not-terminated", "RFC 2131 section 4.1: each area must end with End; neither does", ack(
        over(3), MASK, file=option(224, b"f" * 126), sname=option(225, b"s" * 62)
    )
    yield "overload-file-overrun", "the length of an option in file goes past the area, into the octets of the cookie", ack(
        over(1), MASK, file=option(15, b"a" * 100) + option(12, b"b" * 24, length=40)
    )
    yield "overload-file-lone-code", "file ends after the code of an option", ack(
        over(1), file=option(15, b"a" * 125) + b"\x0c"
    )
    yield "overload-file-all-pads", "option 52 says file, but there are only pads and no End", ack(
        over(1), MASK
    )
    yield "overload-file-end-first", "file begins with End, octets after it", ack(
        over(1), MASK, file=u8(END) + b"ignored"
    )
    yield "overload-value-0", "RFC 2132 section 9.3: option 52 is 1, 2 or 3", ack(over(0), MASK, file=in_file)
    yield "overload-value-4", "RFC 2132 section 9.3: option 52 is 1, 2 or 3", ack(
        over(4), MASK, file=in_file, sname=in_sname
    )
    yield "overload-length-2", "RFC 2132 section 9.3: option 52 is one octet long", ack(
        option(52, b"\x01\x02"), MASK, file=in_file
    )
    yield "overload-length-0", "RFC 2132 section 9.3: option 52 is one octet long", ack(
        option(52), MASK, file=in_file
    )
    yield "overload-inside-file", "option 52 inside file has no say: it would overload sname", ack(
        over(1), file=(option(52, b"\x02") + u8(END)), sname=in_sname
    )
    yield "overload-twice", "option 52 twice, 1 and then 2", ack(
        over(1), over(2), file=in_file, sname=in_sname
    )
    yield "overload-last", "option 52 is the last option before End", ack(
        MASK, over(3), file=in_file, sname=in_sname
    )


def long_options():
    """Options longer than 255 octets, RFC 3396."""
    text = b"".join(b"%03d:" % i for i in range(100))
    routes = b"".join(bytes([24, 10, 1, i]) + address(SERVER) for i in range(40))
    domains = labels(*(f"department-{i:02}.lab.example" for i in range(12)))
    yield "long-adjacent", "RFC 3396: 400 octets of option 224 as 255 and 145, one after the other", ack(
        split_option(224, text)
    )
    yield "long-apart", "RFC 3396 section 5: the pieces of option 224 with other options between them", ack(
        option(224, text[:150]), MASK, option(224, text[150:300]), ROUTER, option(224, text[300:])
    )
    yield "long-121", "RFC 3442: 40 classless routes, split in the middle of one", ack(
        split_option(121, routes)
    )
    yield "long-119", "RFC 3397: a search list in two instances, split in the middle of a label", ack(
        split_option(119, domains)
    )
    first, second, third = text[:60], text[60:160], text[160:200]
    file, sname = option(224, second) + u8(END), option(224, third) + u8(END)
    yield "long-across-areas", "RFC 3396 section 5: option 224 in options, file and sname: joined in this order", ack(
        option(52, b"\x03"), option(224, first), file=file, sname=sname
    )
    yield "long-empty-piece", "a piece of no octets between two others", ack(
        option(224, b"ab"), option(224), option(224, b"cd")
    )
    yield "long-address-cut", "RFC 3396: one address of option 6 lies in two instances", ack(
        option(6, address("192.0.2.53")[:2]), option(6, address("192.0.2.53")[2:])
    )
    yield "long-82", "RFC 3396: option 82 of 300 octets", discover(
        split_option(82, option(1, b"c" * 148) + option(2, b"r" * 148)), giaddr=RELAY, hops=1
    )


# Options


def rfc2132_values():
    """A value for every option of RFC 2132 that has no place of its own in these frames."""
    hosts = addresses("192.0.2.11", "192.0.2.12")
    values = {
        1: address("255.255.255.0"),
        2: (-3600 & 0xFFFFFFFF).to_bytes(4, "big"),
        12: b"alpha",
        13: u16(1024),
        14: b"/var/crash/alpha",
    }
    values.update({code: hosts for code in (*range(3, 12), 41, 42, 44, 45, 48, 49, 65, *range(68, 77))})
    values.update(
        {15: b"lab.example", 16: address("192.0.2.16"), 17: b"192.0.2.17:/srv/root", 18: b"/etc/extensions"}
    )
    values.update({code: b"\x01" for code in (19, 20, 27, 29, 30, 31, 34, 36, 39)})
    values.update(
        {
            21: addresses("10.0.0.0", "255.0.0.0"),
            22: u16(1500),
            23: b"\x40",
            24: u32(600),
            25: u16(68) + u16(1492),
        }
    )
    values.update(
        {
            26: u16(1400),
            28: address("192.0.2.255"),
            32: address("192.0.2.32"),
            33: addresses("10.1.2.3", SERVER),
        }
    )
    values.update(
        {
            35: u32(60),
            37: b"\x3f",
            38: u32(7200),
            40: b"nis.example",
            43: option(1, b"abc") + option(2, address("10.0.0.1")),
        }
    )
    values.update(
        {46: b"\x08", 47: b"scope", 62: b"NWDOM", 63: option(2) + option(5, b"\x01") + option(6, hosts), 64: b"nisplus.example"}
    )
    values.update(
        {
            56: b"all is well",
            58: u32(1800),
            59: u32(3150),
            60: b"vendor class",
            61: bytes.fromhex("01020000000001"),
        }
    )
    values.update({66: b"boot.lab.example", 67: b"pxelinux.0"})
    return values


def later_values():
    """A value for every widely used option of later RFCs."""
    hosts = addresses("192.0.2.11", "192.0.2.12")
    dotted = address("192.0.2.7")
    packet_cable = (
        option(1, dotted)
        + option(2, dotted)
        + option(3, b"\0" + labels("prov.example"))
        + option(4, u32(1) + u32(2) + u32(3))
        + option(6, labels("REALM.EXAMPLE"))
        + option(7, b"\x01")
        + option(8, b"\x1e")
        + option(9, u16(1))
    )
    resolver = (
        u16(1) + u8(13) + labels("dns.example") + u8(8) + hosts + bytes.fromhex("00010003026832000300020355")
    )
    subnets = u8(0) + option(1, bytes([0x00, 24])) + option(3, b"pool-a") + option(4, u32(3600))
    civic = b"\x02DE" + option(1, b"Bayern") + option(3, b"M\xc3\xbcnchen")
    return {
        77: b"\x03one\x05two22",
        78: b"\x01" + hosts,
        79: b"\x00" + b"scope-a,scope-b",
        80: b"",
        81: b"\x05\0\0" + labels("alpha.lab.example"),
        83: u16(1) + u16(0) + u16(0) + u32(0) + hosts,
        85: hosts,
        86: b"TREE",
        87: b"O=LAB",
        88: labels("bcmcs.example"),
        89: hosts,
        90: bytes([1, 1, 0]) + bytes(8) + u32(7) + bytes(range(16)),
        91: u32(60),
        92: hosts,
        93: u16(7),
        94: bytes([1, 3, 16]),
        95: b"ldap://ldap.example/",
        97: b"\0" + bytes(range(16)),
        98: b"https://uap.example/",
        99: civic,
        100: b"CET-1CEST,M3.5.0,M10.5.0/3",
        101: b"Europe/Berlin",
        108: u32(1800),
        109: v6("2001:db8::1"),
        112: hosts,
        113: b"network",
        114: b"https://portal.example/api",
        116: b"\x01",
        117: u16(6) + u16(44),
        118: address("203.0.113.0"),
        119: bytes.fromhex("03656e67056170706c6503636f6d00096d61726b6574696e67c004"),
        120: b"\x00" + labels("sip.example", "sip2.example"),
        121: bytes.fromhex("00c0000201180a0102c000020120cb007107c0000202"),
        122: packet_cable,
        123: bytes.fromhex("4ad5a1ca84a0429c0010000000000001"),
        124: u32(4491) + b"\x05\x04test",
        125: u32(4491) + b"\x06" + option(1, dotted) + u32(9) + b"\x04" + option(2, b"ab"),
        136: hosts,
        137: labels("lost.example"),
        138: hosts,
        139: option(1, hosts) + option(2, dotted),
        140: option(1, labels("mos.example")),
        141: labels("ua.example"),
        142: hosts,
        143: u16(19) + b"https://a.example/1",
        144: bytes.fromhex("52a9c0000054e0000c801f4000064041"),
        145: b"\x01",
        146: b"\x01" + hosts + labels("corp.example"),
        147: labels("dots.example"),
        148: hosts,
        150: hosts,
        151: b"\x00fine",
        152: u32(1700000000),
        153: u32(77),
        154: u32(1700000000),
        155: u32(1700003600),
        156: b"\x02",
        157: b"\x01",
        158: u8(8) + hosts + u8(4) + dotted,
        159: bytes([0, 4]) + u16(0x5000),
        160: b"https://old.example/",
        161: b"https://mud.example/1.json",
        162: u16(len(resolver)) + resolver,
        175: option(176, b"\x01"),
        176: b"MCIPADD=192.0.2.7",
        177: b"\x01\x02",
        208: bytes.fromhex("f100747e"),
        209: b"pxelinux.cfg/lab",
        210: b"/tftpboot/",
        211: u32(30),
        212: bytes([8, 32]) + v6("2001:db8::") + dotted,
        213: labels("access.example"),
        220: subnets,
        221: b"\x00blue",
        249: bytes.fromhex("180a0102c0000201"),
        252: b"http://wpad.example/wpad.dat",
    }


def every_option():
    """Every widely used option, in one message and in small ones."""
    values = {**rfc2132_values(), **later_values()}
    yield "options-all-in-one-ack", "every widely used option once, each with a right value, in one message", ack(
        *(option(code, values[code]) for code in sorted(values))
    )
    codes = sorted(values)
    for number, start in enumerate(range(0, len(codes), 26), 1):
        part = codes[start : start + 26]
        yield f"options-part-{number}", f"right values of options {part[0]} to {part[-1]}", ack(
            *(option(code, values[code]) for code in part)
        )
    yield "options-120-addresses", "RFC 3361 section 3.2: SIP servers as addresses", ack(
        option(120, b"\x01" + addresses("192.0.2.60", "192.0.2.61"))
    )
    yield "options-119-compressed", "RFC 3397 section 2: the list of the RFC's example, compressed, a pointer into the first name", ack(
        option(119, later_values()[119])
    )
    yield "options-121-forms", "RFC 3442: prefixes of 0, 1, 8, 9, 17, 25 and 32 bits", ack(
        option(
            121,
            b"".join(
                bytes([width]) + bytes([10, 255, 254, 253])[: (width + 7) // 8] + address(SERVER)
                for width in (0, 1, 8, 9, 17, 25, 32)
            ),
        )
    )
    yield "options-81-ascii", "RFC 4702 section 2.3.1: the old ASCII encoding of the name, E bit clear", discover(
        option(81, b"\x01\0\0alpha.lab.example")
    )
    yield "options-81-empty-name", "RFC 4702 section 3.3: a server is to choose the name", discover(
        option(81, b"\x05\0\0")
    )
    yield "options-90-reconfigure-key", "RFC 6704: the server gives the nonce, protocol 3, type 1", ack(
        option(145, b"\x01"), option(90, bytes([3, 1, 0]) + bytes(8) + b"\x01" + bytes(range(16)))
    )
    yield "options-90-token", "RFC 3118 section 4: protocol 0, a token", discover(
        option(90, bytes([0, 0, 0]) + bytes(8) + b"secret")
    )
    yield "options-162-adn-only", "RFC 9463 section 4.1: a resolver's name alone, no addresses, no parameters", ack(
        option(162, u16(16) + u16(1) + u8(13) + labels("dns.example"))
    )
    yield "options-124-two", "RFC 3925: two enterprises, one with two data items", discover(
        option(124, u32(4491) + b"\x07\x02ab\x03cde" + u32(9) + b"\x03\x02xy")
    )
    yield "options-43-free", "option 43 that is no list of sub-options", ack(
        option(43, b"just text, no codes")
    )
    yield "options-61-duid", "RFC 4361: client identifier of type 255, IAID and DUID-LLT", discover(
        option(61, bytes.fromhex("ff01020304000100012abbccdd020000000001"))
    )
    yield "options-61-text", "RFC 2132 section 9.14: client identifier of type 0, a text", discover(
        option(61, b"\0alpha")
    )
    yield "options-unknown", "codes IANA has not given away, and private ones (224 to 254)", ack(
        option(84, b"x"),
        option(96, b"y" * 3),
        option(102, b""),
        option(200, bytes(range(32))),
        option(224, b"private"),
        option(254, b"\xff\0\xff"),
    )
    yield "options-every-code-one-octet", "codes 1 to 254 in order, each with the octet 1 (most are too short; 52 overloads a file of pads)", message(
        *(option(code, b"\x01") for code in range(1, 255))
    )
    yield "options-every-code-zero-octet", "codes 1 to 254 in order, each with the octet 0", message(
        *(option(code, b"\x00") for code in range(1, 255))
    )
    yield "options-every-code-empty", "codes 1 to 254 in order, each of length 0", message(
        *(option(code) for code in range(1, 255))
    )
    yield "options-255-long", "one option of the greatest length, 255", ack(option(224, bytes(range(255))))


# Headers


def hardware():
    """Hardware types other than Ethernet."""
    gid = bytes.fromhex("20000048fe800000000000000011223344556677")
    identifier = option(61, bytes.fromhex("ff0000000100030020") + gid[4:])
    yield "htype-6-token-ring", "htype 6 IEEE 802, hlen 6", discover(
        htype=6, chaddr=bytes.fromhex("400000112233")
    )
    yield "htype-32-infiniband", "RFC 4390: InfiniBand, hlen 0, no chaddr, broadcast flag, client identifier", discover(
        identifier, htype=32, hlen=0, chaddr=b""
    )
    yield "htype-32-infiniband-hlen-20", "InfiniBand with hlen 20: the address does not fit into chaddr", discover(
        identifier, htype=32, hlen=20, chaddr=gid[:16]
    )
    yield "htype-24-firewire", "RFC 2855: IEEE 1394, hlen 0, EUI-64 as client identifier", discover(
        option(61, bytes.fromhex("180011223344556677")), htype=24, hlen=0, chaddr=b""
    )
    yield "htype-31-client-id-only", "htype 31 IPsec tunnel (RFC 3456), known by its client identifier only", discover(
        option(61, b"\0tunnel-7"), htype=31, hlen=0, chaddr=b""
    )
    yield "htype-27-eui-64", "htype 27 EUI-64, hlen 8", discover(
        htype=27, hlen=8, chaddr=bytes.fromhex("0011223344556677")
    )
    yield "htype-7-arcnet", "htype 7 ARCNET, hlen 1", discover(htype=7, hlen=1, chaddr=b"\x42")
    yield "htype-0-reserved", "htype 0 is reserved", discover(htype=0, hlen=0, chaddr=b"", flags=0)
    yield "htype-1-hlen-16", "Ethernet with hlen 16", discover(hlen=16, chaddr=bytes(range(1, 17)))
    yield "htype-1-hlen-0", "Ethernet with hlen 0, but octets in chaddr", discover(hlen=0)
    yield "hlen-255", "hlen 255: chaddr has 16 octets", discover(hlen=255, chaddr=bytes(range(1, 17)))
    yield "hlen-17", "hlen 17, one more than chaddr holds", discover(hlen=17, chaddr=bytes(range(1, 17)))
    yield "chaddr-octets-after-hlen", "octets of chaddr beyond hlen are not zero", discover(
        chaddr=bytes.fromhex("020000000001deadbeef")
    )


def bootp():
    """Plain BOOTP."""
    yield "bootp-request", "RFC 951, RFC 1048: a request with the cookie and End alone, 300 octets", message(
        secs=3, minimum=300
    )
    yield "bootp-reply", "RFC 951, RFC 1497: a reply with the cookie and a few options, no option 53", message(
        MASK,
        ROUTER,
        option(12, b"alpha"),
        option(17, b"/srv/root"),
        op=2,
        yiaddr=CLIENT,
        siaddr=SERVER,
        sname=b"boot.lab.example",
        file=b"/tftpboot/alpha",
        minimum=300,
    )
    yield "bootp-no-cookie", "RFC 951: a vendor area of zeros, no cookie", header(secs=7) + bytes(64)
    yield "bootp-cmu", "the vendor area of CMU: cookie 'CMU ', flags, mask, time servers and more", header(
        op=2, yiaddr=CLIENT, siaddr=SERVER
    ) + b"CMU " + u32(0) + addresses(
        "255.255.255.0", "192.0.2.1", "0.0.0.0", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6"
    ) + bytes(
        24
    )
    yield "bootp-other-cookie", "a vendor area with a cookie nobody knows", header() + b"STAN" + bytes(60)
    yield "bootp-236-octets", "exactly the fixed header, nothing after it", header()
    yield "bootp-238-octets", "the frame ends inside the cookie", header() + COOKIE[:2]
    yield "bootp-240-octets", "the cookie is the last thing", header() + COOKIE
    yield "bootp-open-options", "cookie and options, no message type, no End (RFC 1497 allows it)", message(
        option(12, b"alpha"), end=False, minimum=300
    )


def odd_headers():
    """Header fields that break a rule."""
    yield "op-0", "RFC 2131 section 2: op is 1 or 2", discover(op=0)
    yield "op-77", "RFC 2131 section 2: op is 1 or 2", discover(op=77)
    yield "op-reply-in-discover", "a DISCOVER with op 2", discover(CLIENT_ID, op=2)
    yield "op-request-in-offer", "an OFFER with op 1", message(kind(2), SERVER_ID, LEASE, yiaddr=CLIENT)
    yield "flags-reserved", "RFC 2131 section 2: the 15 bits after the broadcast flag must be zero", discover(
        flags=0x8001
    )
    yield "flags-all", "every bit of flags set", discover(flags=0xFFFF)
    yield "secs-swapped", "secs in the wrong octet order, as some clients send it (1024 for 4)", discover(
        secs=0x0400
    )
    yield "siaddr-not-54", "siaddr and option 54 name different servers", ack(MASK, siaddr="203.0.113.9")
    yield "discover-yiaddr", "RFC 2131 table 5: a client leaves yiaddr zero", discover(yiaddr=CLIENT)
    yield "discover-ciaddr", "RFC 2131 table 5: ciaddr is zero in DISCOVER", discover(ciaddr=CLIENT)
    yield "sname-file-not-terminated", "sname and file are full: no octet left for the terminating zero", ack(
        sname=b"s" * 64, file=b"f" * 128
    )
    yield "sname-file-escapes", "control octets of a terminal in sname and file", ack(
        sname=b"\x1b[31mred\x1b[0m\r\n", file=b"\x1b]0;title\x07\x08\x08\x9b2J\x7f"
    )
    yield "sname-octets-after-zero", "octets after the terminating zero of sname and file", ack(
        sname=b"boot\0left over", file=b"kernel\0\xde\xad"
    )
    yield "xid-zero", "xid 0", discover(xid=0)
    yield "all-zero", "300 octets of zero", bytes(300)
    yield "all-ones", "300 octets of 0xff", b"\xff" * 300


# What RFC 2131's tables forbid or demand


def tables():
    """Options that must or must not be there, RFC 2131 tables 3 and 5."""
    asked = option(50, address(CLIENT))
    yield "discover-with-54", "table 5: no server identifier in DISCOVER", discover(SERVER_ID)
    yield "request-without-50-54", "table 5: neither 50, 54 nor ciaddr: no state sends this", message(
        kind(3), CLIENT_ID
    )
    yield "request-50-and-ciaddr", "section 4.3.2: option 50 must not be there when ciaddr is set", message(
        kind(3), asked, ciaddr=CLIENT
    )
    yield "offer-without-51-54", "table 3: OFFER must have lease time and server identifier", message(
        kind(2), MASK, op=2, yiaddr=CLIENT
    )
    yield "offer-without-yiaddr", "table 3: OFFER must offer an address", reply(2, LEASE)
    yield "ack-without-54", "table 3: ACK must have the server identifier", message(
        kind(5), LEASE, op=2, yiaddr=CLIENT
    )
    yield "ack-with-50-55-57", "table 3: 50, 55 and 57 must not be in a reply", ack(
        asked, WANTS, option(57, u16(576))
    )
    yield "nak-with-lease-time", "table 3: no lease time in NAK", reply(6, LEASE)
    yield "nak-with-yiaddr", "table 3: yiaddr is zero in NAK", reply(6, yiaddr=CLIENT)
    yield "nak-with-mask", "table 3: no other options in NAK", reply(6, MASK, ROUTER)
    yield "release-with-50", "table 5: no requested address in RELEASE", message(
        kind(7), SERVER_ID, asked, ciaddr=CLIENT
    )
    yield "release-without-ciaddr", "table 5: RELEASE names its address in ciaddr", message(
        kind(7), SERVER_ID
    )
    yield "release-with-55", "table 5: no parameter request list in RELEASE", message(
        kind(7), SERVER_ID, WANTS, ciaddr=CLIENT
    )
    yield "decline-without-50", "table 5: DECLINE must name the address in option 50", message(
        kind(4), SERVER_ID
    )
    yield "decline-with-51", "table 5: no lease time in DECLINE", message(kind(4), SERVER_ID, asked, LEASE)
    yield "inform-with-51", "table 5: no lease time in INFORM", message(kind(8), LEASE, ciaddr=CLIENT)
    yield "inform-with-50", "table 5: no requested address in INFORM", message(kind(8), asked, ciaddr=CLIENT)
    yield "inform-without-ciaddr", "table 5: INFORM has the client's address in ciaddr", message(kind(8))


# What is broken


def broken_walks():
    """Options that can't be told apart by code and length as they should."""
    yield "bad-length-past-end", "option 12 says 9 octets, 4 are left", discover(
        CLIENT_ID, option(12, b"alph", length=9), end=False
    )
    yield "bad-length-255-past-end", "option 224 says 255 octets, none is left", discover(
        option(224, b"", length=255), end=False
    )
    yield "bad-length-missing", "the message ends after the code of option 12", discover(
        CLIENT_ID, b"\x0c", end=False
    )
    yield "bad-length-swallows-end", "the length of option 12 is one too great: End is its last octet", discover(
        option(12, b"alpha", length=6)
    )
    yield "bad-53-length-0", "RFC 2132 section 9.6: option 53 is one octet", message(option(53), CLIENT_ID)
    yield "bad-53-length-2", "RFC 2132 section 9.6: option 53 is one octet", message(
        option(53, b"\x01\x02"), CLIENT_ID
    )
    yield "bad-53-value-0", "RFC 2132 section 9.6: message type 0", message(kind(0), CLIENT_ID)
    yield "bad-53-value-200", "message type 200 is not registered", message(kind(200), CLIENT_ID)
    yield "bad-53-twice", "option 53 twice, with the same value", message(kind(1), kind(1), CLIENT_ID)
    yield "bad-53-twice-unlike", "option 53 twice, with different values", message(
        kind(1), CLIENT_ID, kind(3)
    )
    yield "bad-53-missing", "cookie and DHCP options, but no message type", message(
        CLIENT_ID, WANTS, SERVER_ID
    )
    yield "bad-53-last", "option 53 is not the first option: allowed, but rare", message(
        CLIENT_ID, WANTS, kind(1)
    )
    yield "bad-no-end", "RFC 2131 section 4.1: the last option must be End", discover(CLIENT_ID, end=False)
    yield "bad-no-end-pads", "no End, only pads up to the end", discover(CLIENT_ID, end=False, minimum=300)
    yield "bad-after-end", "octets other than pads after End", discover(CLIENT_ID) + option(
        12, b"ghost"
    ) + b"\xff\0\0"
    yield "bad-two-ends", "a second End at once after the first", discover(CLIENT_ID) + b"\xff"
    yield "bad-end-first", "End is the first option", message() + kind(1) + b"\xff"
    yield "pad-between", "pads between options, one to three at a time", discover(
        b"\0", CLIENT_ID, b"\0\0", WANTS, b"\0\0\0"
    )
    yield "pad-first", "a pad before the first option", message(b"\0\0", kind(1), CLIENT_ID)
    yield "router-before-mask", "RFC 2132 section 3.3: the subnet mask comes before the router", ack(
        ROUTER, MASK
    )
    yield "options-zero-length", "options of length 0 that must have octets", ack(
        option(1),
        option(3),
        option(12),
        option(15),
        option(43),
        option(55),
        option(61),
        option(82),
        option(119),
        option(121),
    )
    yield "options-same-twice", "options 12 and 3 twice", ack(
        option(12, b"one"), ROUTER, option(12, b"two"), ROUTER
    )


def broken_values():
    """Options whose value breaks the rule of its kind."""
    yield "value-51-zero", "lease time 0", message(
        kind(5), SERVER_ID, option(51, u32(0)), op=2, yiaddr=CLIENT
    )
    yield "value-51-infinite", "RFC 2131 section 3.3: lease time 0xffffffff is for ever", message(
        kind(5), SERVER_ID, option(51, u32(0xFFFFFFFF)), op=2, yiaddr=CLIENT
    )
    yield "value-51-three-octets", "lease time of three octets", message(
        kind(5), SERVER_ID, option(51, b"\0\x0e\x10"), op=2, yiaddr=CLIENT
    )
    yield "value-flag-2", "RFC 2132 section 4.1: IP forwarding is 0 or 1", ack(option(19, b"\x02"))
    yield "value-list-5-octets", "RFC 2132 section 3.8: addresses, the length is a multiple of 4", ack(
        option(6, address(SERVER) + b"\x01")
    )
    yield "value-list-0-octets", "RFC 2132 section 3.8: at least one address", ack(option(6))
    yield "value-pairs-12-octets", "RFC 2132 section 5.8: static routes are pairs, the length a multiple of 8", ack(
        option(33, addresses("10.0.0.1", SERVER, "10.0.0.2"))
    )
    yield "value-33-default", "RFC 2132 section 5.8: 0.0.0.0 is not a legal destination", ack(
        option(33, addresses("0.0.0.0", SERVER))
    )
    yield "value-121-prefix-33", "RFC 3442: a prefix of 33 bits", ack(
        option(121, bytes([33, 10, 1, 2, 3, 4]) + address(SERVER)), MASK
    )
    yield "value-121-destination-cut", "RFC 3442: the option ends inside a destination", ack(
        option(121, bytes([24, 10, 1, 2]) + address(SERVER) + bytes([24, 10])), MASK
    )
    yield "value-121-router-cut", "RFC 3442: the option ends inside a router", ack(
        option(121, bytes([24, 10, 1, 2]) + address(SERVER)[:3]), MASK
    )
    yield "value-119-loop", "RFC 3397: a pointer to itself", ack(option(119, bytes.fromhex("c000")), MASK)
    yield "value-119-two-loop", "RFC 3397: two pointers to each other", ack(
        option(119, bytes.fromhex("0161c0040162c000")), MASK
    )
    yield "value-119-pointer-past-end", "RFC 3397: a pointer past the end", ack(
        option(119, b"\x03eng\xc0\x63"), MASK
    )
    yield "value-119-pointer-forward", "RFC 1035 section 4.1.4: a pointer to a later place", ack(
        option(119, b"\xc0\x02\x03eng\0"), MASK
    )
    yield "value-119-label-64", "RFC 1035 section 2.3.4: a label has at most 63 octets, 0x40 is no length", ack(
        option(119, b"\x40" + b"a" * 64 + b"\0"), MASK
    )
    yield "value-119-label-cut", "the option ends inside a label", ack(option(119, b"\x09eng"), MASK)
    yield "value-119-no-root", "the last name has no terminating zero", ack(option(119, b"\x03eng"), MASK)
    yield "value-119-name-too-long", "RFC 1035 section 2.3.4: a name of more than 255 octets, by a pointer", ack(
        split_option(119, (b"\x3f" + b"a" * 63) * 3 + b"\0" + (b"\x3f" + b"b" * 63) + b"\xc0\0"), MASK
    )
    yield "value-120-encoding-7", "RFC 3361: an encoding that is neither 0 nor 1", ack(
        option(120, b"\x07" + address(SERVER))
    )
    yield "value-77-cut", "RFC 3004: a user class goes past the end", discover(option(77, b"\x03one\x09two"))
    yield "value-77-plain", "user class as bare text, as many clients send it", discover(option(77, b"iPXE"))
    yield "value-81-cut", "RFC 4702: two octets only", discover(option(81, b"\x01\0"))
    yield "value-90-cut", "RFC 3118: fewer octets than its fixed part", discover(option(90, b"\1\1\0\0"))
    yield "value-124-cut", "RFC 3925: the data goes past the end", discover(
        option(124, u32(4491) + b"\x20\x04test")
    )
    yield "value-125-sub-cut", "RFC 3925: a sub-option goes past its enterprise's data", discover(
        option(125, u32(4491) + b"\x06" + option(1, b"abcd", length=99))
    )
    yield "value-162-cut", "RFC 9463: the name goes past the instance", ack(
        option(162, u16(6) + u16(1) + u8(13) + b"\x03dn")
    )
    yield "value-212-prefix", "RFC 5969: an IPv4 mask of 40 bits and an IPv6 prefix of 120", ack(
        option(212, bytes([40, 120]) + v6("2001:db8::") + address(SERVER))
    )
    yield "value-55-repeated", "option 55 names codes twice, and 0 and 255", discover(
        option(55, bytes([1, 3, 3, 6, 1, 0, 255, 15, 15]))
    )
    yield "value-t1-over-t2", "RFC 2131 section 4.4.5: T1 after T2", ack(
        option(58, u32(3000)), option(59, u32(2000))
    )
    yield "value-t2-over-lease", "RFC 2131 section 4.4.5: T2 after the lease has expired", ack(
        option(58, u32(1800)), option(59, u32(7200))
    )
    yield "value-mask-holes", "a subnet mask with a hole, 255.0.255.0", ack(
        option(1, address("255.0.255.0")), ROUTER
    )
    yield "value-57-575", "RFC 2132 section 9.10: a maximum message size below 576", discover(
        option(57, u16(575))
    )
    yield "value-61-short", "RFC 2132 section 9.14: client identifier has two octets or more", discover(
        option(61, b"\x01")
    )
    yield "value-93-odd", "RFC 4578 section 2.1: the length of option 93 is a multiple of 2", discover(
        option(93, b"\0\0\x07")
    )
    yield "value-97-type-9", "RFC 4578 section 2.3: a machine identifier of another type than 0", discover(
        option(97, b"\x09" + bytes(16))
    )
    yield "value-26-mtu-60", "RFC 2132 section 5.1: an MTU below 68", ack(option(26, u16(60)))
    yield "value-23-ttl-0", "RFC 2132 section 4.5: a TTL of 0", ack(option(23, b"\0"))
    yield "value-46-node-type-3", "RFC 2132 section 8.7: a node type that is none of 1, 2, 4, 8", ack(
        option(46, b"\x03")
    )


def odd_texts():
    """Texts that must not reach a terminal or a shell as they are."""
    yield "text-control-octets", "host name with control octets, a NUL inside and at the end", discover(
        option(12, b"al\x07p\x1b[2Jh\0a\r\n\0")
    )
    yield "text-invalid-utf-8", "host name that is not UTF-8: Latin-1, a lone continuation, overlong, a surrogate", discover(
        option(12, b"m\xfcnchen\x80\xc0\xaf\xed\xa0\x80")
    )
    yield "text-utf-8", "host name in UTF-8, with right-to-left override and an emoji", discover(
        option(12, "zoë-\u202eevil\u2066-\U0001f600".encode())
    )
    yield "text-shell", "host and domain name with what a shell would run", ack(
        option(12, b"$(reboot);`id`|x&'\"<>*"), option(15, b"lab.example; rm -rf /")
    )
    yield "text-json-html", "texts that need escaping in JSON, HTML and spreadsheets", ack(
        option(12, b'"},{"a":"\\u0000'), option(15, b"</script><b>"), option(56, b'=1+1\t""')
    )
    yield "text-percent", "format directives and path steps in file names", ack(
        option(67, b"../../etc/%s%n/%2e"), option(66, b"{}{0}\\x41")
    )


def sizes():
    """Sizes at the edges."""
    full = ack(
        option(224, b"x" * 255), option(225, b"y" * 255), option(226, b"z" * 255), option(227, b"w" * 255)
    )
    yield "size-1500", "1500 octets, filled up with pads after End", full.ljust(1500, b"\0")
    yield "size-1472", "1472 octets, what fits into one Ethernet frame, the last octet is End", ack(
        *(option(code, b"v" * 200) for code in range(224, 230)), b"\0" * (1472 - 241 - 15 - 6 * 202)
    )
    yield "size-548", "548 octets, the least that every client must take (RFC 2131 section 2)", ack(
        MASK, minimum=548
    )
    yield "size-300", "300 octets, the least that a BOOTP relay may want (RFC 1542 section 2.1)", ack(
        MASK, minimum=300
    )
    yield "size-9000", "9000 octets, nearly all of them small options", ack(
        *(option(224 + i % 31, bytes([i % 256] * 14)) for i in range(546)), minimum=9000
    )
    for length in (0, 1, 2, 43, 44, 107, 108, 235):
        yield f"size-{length:03}", f"{length} octets: shorter than the fixed header", discover(CLIENT_ID)[
            :length
        ]


def all_frames():
    """Every frame of this script, in order."""
    groups = (
        message_types,
        other_requests,
        pxe,
        relayed,
        overloads,
        long_options,
        every_option,
        hardware,
        bootp,
    )
    for group in (*groups, odd_headers, tables, broken_walks, broken_values, odd_texts, sizes):
        yield from group()


def texts():
    """The files to write: name to content."""
    files = {}
    for name, purpose, octets in all_frames():
        if f"{name}.hex" in files:
            raise ValueError(f"{name} is made twice")
        files[f"{name}.hex"] = format_hex(octets, [purpose, "made by tests/lab/make.py"])
    files["size-000-no-comment.hex"] = ""
    return files


def stale(files):
    """The names of the files that are missing, differ or are no longer made."""
    there = {path.name: path.read_text() for path in MADE.glob("*.hex")}
    return sorted(name for name in files.keys() | there.keys() if files.get(name) != there.get(name))


def main(arguments):
    """Writes or checks the fixtures; the exit status."""
    if arguments not in ([], ["--check"]):
        print("usage: make.py [--check]", file=sys.stderr)
        return 2
    files = texts()
    changed = stale(files)
    if arguments:
        for name in changed:
            print(f"not current: fixtures/made/{name}")
        return 1 if changed else 0
    MADE.mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in files:
            (MADE / name).write_text(files[name])
        else:
            (MADE / name).unlink()
    print(f"{len(files)} frames, {len(changed)} written or removed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
