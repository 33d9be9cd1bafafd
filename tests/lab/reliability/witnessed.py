"""A server of three requests for selftest.py: each ACK is sent before or after the sync of what it says."""

import os
import socket
import sys

from_client, to_server = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
store = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)


def message(op, kind, number):
    """As much of a message as the witness looks at."""
    return bytes([op, 1, 6, 0, 0, 0, 0, number]) + bytes(228) + bytes.fromhex("63825363") + bytes([53, 1, kind, 255])


for turn in range(3):
    from_client.send(message(1, 3, turn))
    to_server.recv(1500)
    if sys.argv[2] == "before":
        to_server.send(message(2, 5, turn))
    os.pwrite(store, b"lease", 0)
    os.fdatasync(store)
    if sys.argv[2] == "after":
        to_server.send(message(2, 5, turn))
