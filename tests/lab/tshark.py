"""What tshark reads in DHCP messages."""

import pathlib
import socket
import subprocess
import tempfile
import xml.etree.ElementTree as xml

import wire

# The names tshark gives to the header fields, and how many octets each has.
FIELDS = {
    "op": "dhcp.type",
    "htype": "dhcp.hw.type",
    "hlen": "dhcp.hw.len",
    "hops": "dhcp.hops",
    "xid": "dhcp.id",
    "secs": "dhcp.secs",
    "flags": "dhcp.flags",
    "ciaddr": "dhcp.ip.client",
    "yiaddr": "dhcp.ip.your",
    "siaddr": "dhcp.ip.server",
    "giaddr": "dhcp.ip.relay",
}


def area_of(offset):
    """The area that an offset in a message lies in."""
    if offset >= 240:
        return "options"
    return "file" if offset >= wire.FILE.start else "sname"


def read_messages(messages):
    """tshark's reading of each message, each wrapped into a frame."""
    with tempfile.TemporaryDirectory(prefix="dhcpsim-tshark-") as folder:
        path = pathlib.Path(folder) / "messages.pcap"
        frames = (
            wire.udp_frame(octets, ports=(67, 68) if octets[:1] == b"\2" else (68, 67)) for octets in messages
        )
        wire.write_pcap(path, [(number, 0, frame) for number, frame in enumerate(frames)])
        return read_file(path)


def read_file(path, *settings):
    """tshark's reading of each frame of a capture: options (code, area, offset, hex), fields, malformed; None: no DHCP."""
    command = ["tshark", "-n", "-r", str(path), "-T", "pdml", *settings]
    done = subprocess.run(command, capture_output=True, timeout=300)
    if done.returncode:
        raise RuntimeError(f"tshark: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return [read_packet(packet) for packet in xml.fromstring(done.stdout).iter("packet")]


def read_packet(packet):
    """The reading of one packet of PDML."""
    protocol = next((each for each in packet.iter("proto") if each.get("name") == "dhcp"), None)
    if protocol is None:
        return None
    base = int(protocol.get("pos"))
    options = [
        option_of(field, base) for field in protocol.iter("field") if field.get("name") == "dhcp.option.type"
    ]
    options = [each for each in options if each[0] not in (wire.PAD, wire.END)]
    options.sort(key=lambda each: (("options", "file", "sname").index(each[1]), each[2]))
    names = {field.get("name"): field for field in protocol.iter("field")}
    fields = {ours: field_of(names[theirs]) for ours, theirs in FIELDS.items() if theirs in names}
    malformed = any(each.get("name") == "_ws.malformed" for each in packet.iter())
    return {"options": options, "fields": fields, "malformed": malformed}


def option_of(field, base):
    """(code, area, offset, hex of the value) of an option in PDML."""
    offset = int(field.get("pos")) - base
    return int(field.get("show")), area_of(offset), offset, field.get("value", "")[4:]


def field_of(field):
    """A header field as our JSON has it: a number, or a dotted address."""
    if field.get("name").startswith("dhcp.ip."):
        return socket.inet_ntoa(bytes.fromhex(field.get("value")))
    return int(field.get("show"), 0)
