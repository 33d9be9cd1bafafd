"""Many clients on one socket: they take addresses, renew them, and know what they were promised.

A client is a number; its hardware address has it in the last four octets. Everything that comes is shown
to the lease law as it comes, before anything else is done with it.
"""

import collections
import heapq
import select
import socket
import struct
import time

import wire
from reliability import law
from reliability.law import ACK, NAK, OFFER
from reliability.serving import HOST

DISCOVER, REQUEST = 1, 3
FIXED = bytes([1, 1, 6, 0])
AFTER_CHADDR = bytes(10 + 64 + 128) + wire.COOKIE
BUFFER = 8 << 20
# SO_RCVBUFFORCE of Linux, which the socket module does not have.
RCVBUFFORCE = 33

Outcome = collections.namedtuple("Outcome", "acked refused silent first_try latencies")


def mac(number):
    """The hardware address of a client."""
    return b"\x02\x00" + number.to_bytes(4, "big")


def message(kind, number, xid, ciaddr=0, options=b""):
    """A message of a client, as octets."""
    middle = struct.pack("!III", xid, 0, ciaddr) + bytes(12)
    return FIXED + middle + mac(number) + AFTER_CHADDR + bytes([53, 1, kind]) + options + b"\xff"


def discover(number, xid):
    """DHCPDISCOVER."""
    return message(DISCOVER, number, xid)


def select_offer(number, xid, address, server):
    """DHCPREQUEST of an offer."""
    return message(REQUEST, number, xid, 0, b"\x32\x04" + struct.pack("!I", address) + b"\x36\x04" + server)


def renew(number, xid, address):
    """DHCPREQUEST in RENEWING."""
    return message(REQUEST, number, xid, address)


def reboot(number, xid, address):
    """DHCPREQUEST in INIT-REBOOT."""
    return message(REQUEST, number, xid, 0, b"\x32\x04" + struct.pack("!I", address))


class Work:
    """One client's exchange under way."""

    __slots__ = ("number", "xid", "packet", "asked", "begun", "deadline", "tries")

    def __init__(self, number, xid, packet, now):
        self.number, self.xid, self.packet = number, xid, packet
        self.asked = self.begun = now
        self.tries = 1
        self.deadline = now


class Crowd:
    """The clients, their socket, and what they hold."""

    def __init__(self, server, lease_law):
        self.server, self.law = server, lease_law
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, RCVBUFFORCE, BUFFER)
        except PermissionError:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self.socket.bind((HOST, 0))
        self.socket.setblocking(False)
        self.held = {}
        self.xid = 0x10000

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def next_xid(self):
        """A transaction of its own."""
        self.xid += 1
        return self.xid

    def send(self, packet):
        """Sends a message to the server, should it be there or not."""
        try:
            self.socket.sendto(packet, (HOST, self.server.port))
        except (BlockingIOError, ConnectionRefusedError):
            pass

    def receive(self, timeout):
        """The (xid, client, yiaddr, options) of what has come, after `timeout` seconds at most."""
        if not select.select([self.socket], [], [], max(timeout, 0))[0]:
            return
        for _ in range(256):
            try:
                payload = self.socket.recv(2048)
            except (BlockingIOError, ConnectionRefusedError):
                return
            if len(payload) >= 240 and payload[0] == 2:
                xid, yiaddr = struct.unpack_from("!I8xI", payload, 4)
                yield xid, int.from_bytes(payload[30:34], "big"), yiaddr, law.options(payload)

    def take(self, numbers, **how):
        """Clients without an address get one: DISCOVER to ACK."""
        return self.run(numbers, lambda number, xid: discover(number, xid), **how)

    def renew(self, numbers, **how):
        """Clients renew what they hold."""
        return self.run(numbers, lambda number, xid: renew(number, xid, self.held[number]), **how)

    def run(self, numbers, first, rate=None, window=64, timeout=1.0, tries=1, seconds=None):
        """Exchanges of clients with the server, each from its `first` message to ACK, NAK or silence.

        With `rate`, so many begin a second whatever becomes of them; else `window` are under way at a time.
        After `timeout` without an answer a message is sent again, `tries` times in all. After `seconds`
        no more is done. The outcome has the times from first message to ACK, in seconds.
        """
        outcome = Outcome({}, {}, [], 0, [])
        first_try = 0
        waiting, timers = {}, []
        source, more = iter(numbers), True
        start = time.monotonic()
        begun = 0
        while more or waiting:
            now = time.monotonic()
            if seconds is not None and now - start > seconds:
                break
            room = int((now - start) * rate) - begun if rate else window - len(waiting)
            while more and room > 0:
                number = next(source, None)
                if number is None:
                    more = False
                    break
                work = Work(number, self.next_xid(), b"", now)
                work.packet = first(number, work.xid)
                self.put(work, now, timeout, waiting, timers)
                begun, room = begun + 1, room - 1
            if rate and more:
                pause = start + (begun + 1) / rate - time.monotonic()
            elif timers:
                pause = timers[0][0] - now
            else:
                pause = 0.01
            for xid, client, yiaddr, found in self.receive(min(pause, 0.05)):
                now = time.monotonic()
                work = waiting.get(xid)
                self.law.reply(now, work.asked if work else now, client, yiaddr, found)
                if work is None or work.number != client:
                    continue
                kind = found[law.TYPE][0] if law.TYPE in found else 0
                if kind == OFFER and work.packet[242] == DISCOVER:
                    work.packet = select_offer(client, xid, yiaddr, found.get(law.SERVER, bytes(4)))
                    work.asked = now
                    self.put(work, now, timeout, waiting, timers)
                elif kind == ACK and work.packet[242] == REQUEST:
                    outcome.acked[client] = self.held[client] = yiaddr
                    outcome.latencies.append(now - work.begun)
                    first_try += work.tries == 1
                    del waiting[xid]
                elif kind == NAK:
                    outcome.refused[client] = True
                    del waiting[xid]
            self.again(timeout, tries, waiting, timers, outcome)
        outcome.silent.extend(work.number for work in waiting.values())
        return outcome._replace(first_try=first_try)

    def put(self, work, now, timeout, waiting, timers):
        """Sends a message and waits for its answer."""
        waiting[work.xid] = work
        work.deadline = now + timeout
        heapq.heappush(timers, (work.deadline, work.xid))
        self.send(work.packet)

    def again(self, timeout, tries, waiting, timers, outcome):
        """Sends again what was not answered in time, or gives up."""
        now = time.monotonic()
        while timers and timers[0][0] <= now:
            deadline, xid = heapq.heappop(timers)
            work = waiting.get(xid)
            if work is None or work.deadline != deadline:
                continue
            if work.tries >= tries:
                outcome.silent.append(work.number)
                del waiting[xid]
            else:
                work.tries += 1
                self.put(work, now, timeout, waiting, timers)


def percentile(values, share):
    """The value below which `share` of them are."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else float("nan")
