#!/usr/bin/env python3
"""A stand-in for our program, for the self-tests of the checks: a plain walk, no more.

reference.py decode --json [FILE ...]      .hex files or Ethernet pcap files, else stdin
reference.py encode --from json --to hex   the JSON lines of the above from stdin
"""

import json
import pathlib
import sys

import wire


def blocks(text):
    """The messages of a text of hex dumps with blank lines between."""
    parts = [""]
    for line in text.splitlines():
        parts.append("") if not line.strip() else parts.append(parts.pop() + line + "\n")
    return [wire.parse_hex(part) for part in parts if part]


def messages_of(path):
    """The messages of a file."""
    if path.suffix != ".pcap":
        return blocks(path.read_text())
    payloads = (wire.udp_payload(frame) for _, _, frame in wire.read_pcap(path))
    return [payload[2] for payload in payloads if payload]


def main(arguments):
    """Decodes or encodes; the exit status."""
    if arguments[:1] == ["encode"]:
        for line in sys.stdin:
            print(json.loads(line)["octets"])
        return 0
    paths = [pathlib.Path(each) for each in arguments[2:]]
    messages = (
        [octets for path in paths for octets in messages_of(path)] if paths else blocks(sys.stdin.read())
    )
    for octets in messages:
        print(json.dumps({**(wire.walk(octets) or {"error": "short"}), "octets": octets.hex()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
