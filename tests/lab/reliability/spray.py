"""Datagrams by the ten thousand a second: sendmmsg(2) over buffers that are filled beforehand."""

import ctypes
import multiprocessing
import random
import socket
import time

from reliability import clients
from reliability.serving import HOST

BATCH = 64
MAC_AT, XID_AT, OPTIONS_AT = 28, 4, 240


class Vector(ctypes.Structure):
    """struct iovec."""

    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class Header(ctypes.Structure):
    """struct mmsghdr, whose first fields are struct msghdr; both end in padding."""

    _fields_ = [
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vector", ctypes.POINTER(Vector)),
        ("vectors", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_size_t),
        ("sent", ctypes.c_size_t),
    ]


class Volley:
    """Datagrams in one buffer, that go out in batches."""

    def __init__(self, datagrams):
        self.buffer = bytearray(b"".join(datagrams))
        self.count = len(datagrams)
        self.vectors, self.headers = (Vector * self.count)(), (Header * self.count)()
        base = ctypes.addressof((ctypes.c_char * len(self.buffer)).from_buffer(self.buffer))
        at = 0
        for index, datagram in enumerate(datagrams):
            self.vectors[index] = Vector(base + at, len(datagram))
            self.headers[index].vector = ctypes.pointer(self.vectors[index])
            self.headers[index].vectors = 1
            at += len(datagram)

    def send(self, connected, first, count):
        """Sends some of them on a connected socket; how many went."""
        at = ctypes.byref(self.headers, first * ctypes.sizeof(Header))
        return max(LIBC.sendmmsg(connected.fileno(), at, count, 0), 0)


LIBC = ctypes.CDLL(None, use_errno=True)


def strangers(count, seed, identifier=0):
    """DISCOVERs of `count` invented clients, all of one length; `identifier` octets of option 61 if there are any."""
    chance = random.Random(seed)
    template = clients.discover(0, 0)
    for _ in range(count):
        some = chance.randbytes(9)
        if identifier:
            option = bytes((61, identifier)) + chance.randbytes(identifier)
            template = clients.message(clients.DISCOVER, 0, 0, options=option)
        # Locally administered, and none of the known clients' 02:00.
        yield template[:XID_AT] + some[:4] + template[8:MAC_AT] + b"\x06" + some[4:] + template[MAC_AT + 6 :]


def flood(port, rate, seconds, identifier, told):
    """Sends DISCOVERs of ever new clients at a rate; tells how many went, in the end."""
    count = min(rate, 30_000)
    datagrams = list(strangers(count, rate, identifier))
    size, volley = len(datagrams[0]), Volley(datagrams)
    # The octet by which a client is another the next time.
    change_at = datagrams[0].index(bytes((61, identifier)), OPTIONS_AT) + 2 if identifier else MAC_AT + 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connected:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        connected.connect((HOST, port))
        told.put("ready")
        start, sent, at, turn = time.monotonic(), 0, 0, 0
        while (spent := time.monotonic() - start) < seconds:
            due = int(spent * rate) - sent
            if due < BATCH:
                time.sleep(0.0005)
                continue
            went = volley.send(connected, at, min(BATCH, count - at))
            sent, at = sent + went, at + went
            if at >= count:
                # The same again would be the same clients: one octet of each becomes another.
                at, turn = 0, turn + 1
                volley.buffer[change_at :: size] = bytes([turn & 0xFF]) * count
    told.put((sent, time.monotonic() - start))


class Flood:
    """A flood from a process of its own."""

    def __init__(self, port, rate, seconds, identifier=0):
        self.told = multiprocessing.Queue()
        self.process = multiprocessing.Process(target=flood, args=(port, rate, seconds, identifier, self.told), daemon=True)
        self.process.start()
        self.told.get(timeout=60)

    def end(self):
        """Waits for its end: datagrams a second that it came to."""
        sent, spent = self.told.get(timeout=120)
        self.process.join(10)
        return sent / spent
