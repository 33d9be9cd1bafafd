#!/usr/bin/python3
"""Reads messages with scapy: one hex message a line in, one JSON line out, in order.

Runs under the Python that has the Debian package python3-scapy. A line out is
{"options": [[code, hex of the value or null], ...], "tail": hex of what it left raw}; the
value is null where scapy does not write its own reading back.
"""

import json
import logging
import sys

logging.getLogger("scapy").setLevel(logging.ERROR)

from scapy.layers.dhcp import BOOTP, DHCP, DHCPOptionsField, DHCPRevOptions  # noqa: E402

FIELD = DHCPOptionsField("options", b"")
NAMES = {name: (code[0] if isinstance(code, tuple) else code) for name, code in DHCPRevOptions.items()}


def code_of(option):
    """The code of an option as scapy gives it, or None for a raw tail."""
    name = option[0] if isinstance(option, tuple) else option
    if isinstance(name, int):
        return name
    return NAMES.get(name)


def value_of(option):
    """The hex of an option's value, written back by scapy, or None."""
    try:
        octets = FIELD.i2m(None, [option])
    except Exception:
        return None
    return octets[2:].hex()


def read(octets):
    """The options that scapy finds in one message."""
    packet = BOOTP(octets)
    if DHCP not in packet:
        return {"options": [], "tail": bytes(packet.payload).hex()}
    options, tail = [], ""
    for option in packet[DHCP].options:
        if option == "end":
            break
        if option == "pad":
            continue
        if isinstance(option, bytes):
            tail = option.hex()
            break
        options.append([code_of(option), value_of(option)])
    return {"options": options, "tail": tail}


def main():
    """Answers every line of standard input."""
    for line in sys.stdin:
        try:
            answer = read(bytes.fromhex(line.strip()))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
