"""DHCP messages as octets: building them, walking them, and the fixture file format.

This is the reference the other scripts of this folder share. It knows nothing of
what an option means, and nothing of our program.
"""

import socket
import struct

COOKIE = bytes.fromhex("63825363")
HEADER_LEN = 236
PAD, OVERLOAD, END = 0, 52, 255
SNAME = slice(44, 108)
FILE = slice(108, 236)
TYPES = dict(
    enumerate(
        "discover offer request decline ack nak release inform forcerenew leasequery leaseunassigned"
        " leaseunknown leaseactive bulkleasequery leasequerydone activeleasequery leasequerystatus tls".split(),
        start=1,
    )
)


# Building


def address(text):
    """The four octets of a dotted address."""
    return socket.inet_aton(text)


def addresses(*texts):
    """The octets of several dotted addresses in a row."""
    return b"".join(map(address, texts))


def v6(text):
    """The 16 octets of an IPv6 address."""
    return socket.inet_pton(socket.AF_INET6, text)


def u8(value):
    """One octet."""
    return bytes([value])


def u16(value):
    """Two octets, most significant first."""
    return struct.pack("!H", value)


def u32(value):
    """Four octets, most significant first."""
    return struct.pack("!I", value)


def option(code, value=b"", length=None):
    """One option (or sub-option); a `length` other than the true one makes a broken one."""
    return bytes([code, len(value) if length is None else length]) + value


def split_option(code, value, size=255):
    """A long value as several instances of its option, as RFC 3396 splits it."""
    pieces = [value[i : i + size] for i in range(0, len(value), size)] or [b""]
    return b"".join(option(code, piece) for piece in pieces)


def labels(*names):
    """Domain names in wire form (RFC 1035 section 3.1), not compressed."""
    out = b""
    for name in names:
        for label in name.rstrip(".").split("."):
            out += u8(len(label)) + label.encode()
        out += b"\0"
    return out


def header(
    op=1,
    htype=1,
    hlen=6,
    hops=0,
    xid=0x3903F326,
    secs=0,
    flags=0,
    ciaddr="0.0.0.0",
    yiaddr="0.0.0.0",
    siaddr="0.0.0.0",
    giaddr="0.0.0.0",
    chaddr=bytes.fromhex("020000000001"),
    sname=b"",
    file=b"",
):
    """The 236 octets of a BOOTP header; chaddr, sname and file are filled up with zeros."""
    fixed = struct.pack("!BBBBIHH", op, htype, hlen, hops, xid, secs, flags)
    fixed += addresses(ciaddr, yiaddr, siaddr, giaddr)
    for name, value, size in (("chaddr", chaddr, 16), ("sname", sname, 64), ("file", file, 128)):
        if len(value) > size:
            raise ValueError(f"{name}: {len(value)} octets do not fit into {size}")
        fixed += value.ljust(size, b"\0")
    return fixed


def message(*options, cookie=COOKIE, end=True, minimum=0, **fields):
    """A whole message; `minimum` fills it up with pads, as senders do to 300 octets."""
    body = header(**fields) + cookie + b"".join(options) + (b"\xff" if end else b"")
    return body.ljust(minimum, b"\0")


# Walking


def walk(octets):
    """What is in a message, found by a plain walk over codes and lengths.

    Returns None for fewer than 236 octets, else a dict: `fields` and `options`, the
    latter in the order options, file, sname; each option with code, area, offset (from
    the start of the message), len (as on the wire), hex and truncated.
    """
    if len(octets) < HEADER_LEN:
        return None
    has_cookie = octets[236:240] == COOKIE
    options = walk_area(octets, 240, len(octets), "options") if has_cookie else []
    overload = overload_of(options)
    if overload & 1:
        options += walk_area(octets, FILE.start, FILE.stop, "file")
    if overload & 2:
        options += walk_area(octets, SNAME.start, SNAME.stop, "sname")
    return {"fields": fields_of(octets), "options": options}


def walk_area(octets, start, stop, area):
    """The options of one area; an option whose length octet is missing is not one."""
    found, at = [], start
    while at < stop and octets[at] != END:
        if octets[at] == PAD:
            at += 1
            continue
        if at + 1 >= stop:
            break
        length = octets[at + 1]
        value = octets[at + 2 : min(at + 2 + length, stop)]
        found.append(
            {
                "code": octets[at],
                "area": area,
                "offset": at,
                "len": length,
                "hex": value.hex(),
                "truncated": len(value) < length,
            }
        )
        at += 2 + length
    return found


def message_type(octets):
    """The name of a message's type in lower case; "bootp" without option 53, None if too short."""
    found = walk(octets)
    if found is None:
        return None
    for each in found["options"]:
        if each["code"] == 53 and each["len"] == 1:
            return TYPES.get(int(each["hex"] or "0", 16), "type-" + each["hex"])
    return "bootp"


def overload_of(options):
    """The value of option 52 of the options area: 1 to 3, or 0 if it means nothing."""
    for each in options:
        if each["code"] == OVERLOAD and each["hex"] in ("01", "02", "03"):
            return int(each["hex"], 16)
    return 0


def fields_of(octets):
    """The header fields: numbers, dotted addresses, the rest in hex."""
    op, htype, hlen, hops, xid, secs, flags = struct.unpack("!BBBBIHH", octets[:12])
    fields = {"op": op, "htype": htype, "hlen": hlen, "hops": hops, "xid": xid}
    fields.update(secs=secs, flags=flags)
    for index, name in enumerate(("ciaddr", "yiaddr", "siaddr", "giaddr")):
        fields[name] = socket.inet_ntoa(octets[12 + 4 * index : 16 + 4 * index])
    fields["chaddr"] = octets[28:44].hex()
    fields["sname"] = octets[SNAME].hex()
    fields["file"] = octets[FILE].hex()
    fields["cookie"] = octets[236:240].hex() if len(octets) >= 240 else None
    return fields


# Fixture files: comment lines that begin with '#', then hex octets, 16 a line


def format_hex(octets, comments=()):
    """The text of a .hex fixture."""
    lines = [f"# {comment}".rstrip() for comment in comments]
    lines += [octets[i : i + 16].hex(" ") for i in range(0, len(octets), 16)]
    return "".join(line + "\n" for line in lines)


def parse_hex(text):
    """The octets of a .hex fixture."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return bytes.fromhex("".join(lines))


# Captures


def read_pcap(path):
    """The (seconds, microseconds, frame) of every whole packet of a little-endian pcap file."""
    data = path.read_bytes()
    if data[:4] != bytes.fromhex("d4c3b2a1"):
        raise ValueError(f"{path}: not a little-endian microsecond pcap")
    packets, at = [], 24
    while at + 16 <= len(data):
        seconds, micros, kept, _ = struct.unpack("<IIII", data[at : at + 16])
        at += 16 + kept
        if at <= len(data):
            packets.append((seconds, micros, data[at - kept : at]))
    return packets


def write_pcap(path, packets):
    """Writes Ethernet frames as a little-endian pcap file."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
    for seconds, micros, frame in packets:
        out += struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame
    path.write_bytes(out)


def udp_payload(frame):
    """(source port, destination port, payload) of an Ethernet frame with UDP over IPv4, or None."""
    if frame[12:14] != b"\x08\x00" or len(frame) < 42 or frame[23] != 17:
        return None
    udp = 14 + 4 * (frame[14] & 15)
    source, destination, length = struct.unpack("!HHH", frame[udp : udp + 6])
    return source, destination, frame[udp + 8 : udp + length]


def checksum(octets):
    """The Internet checksum (RFC 1071)."""
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def udp_frame(payload, source="0.0.0.0", destination="255.255.255.255", ports=(68, 67), macs=None):
    """An Ethernet frame with right checksums around a UDP payload; macs is (from, to)."""
    ends = addresses(source, destination)
    length = 8 + len(payload)
    udp = struct.pack("!HHHH", *ports, length, 0) + payload
    udp_sum = checksum(ends + struct.pack("!HH", 17, length) + udp) or 0xFFFF
    udp = udp[:6] + u16(udp_sum) + udp[8:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 1, 0, 64, 17, 0) + ends
    ip = ip[:10] + u16(checksum(ip)) + ip[12:]
    origin, target = macs or (bytes.fromhex("020000000001"), b"\xff" * 6)
    return target + origin + b"\x08\x00" + ip + udp
