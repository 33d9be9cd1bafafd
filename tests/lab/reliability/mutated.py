"""A million packets that are nearly right."""

import random
import socket
import struct
import time

import wire
from lab import HERE
from reliability import promised
from reliability.clients import Crowd, mac
from reliability.law import Law
from reliability.outcome import Result, test
from reliability.serving import HOST, Server
from reliability.spray import BATCH, Volley

HOLDERS, CHUNK = 200, 20_000
LONGEST, GROWTH, LOG = 40.0, 1 << 20, 2 << 20
QUEUE = 64 << 10
FIXED_AT = {"op": 0, "htype": 1, "hlen": 2, "hops": 3, "xid": 4, "secs": 8, "flags": 10, "ciaddr": 12, "yiaddr": 16}
FIXED_AT |= {"siaddr": 20, "giaddr": 24, "chaddr": 28, "sname": 44, "file": 108, "cookie": 236, "options": 240}
# DHCPDECLINE and DHCPRELEASE: of a holder's own they would be right, and end its lease.
ENDING = (b"\x35\x01\x04", b"\x35\x01\x07")


@test("mutated", "a million mutated packets, and no lease is touched")
def mutated(setting):
    """A million in full; from a seed."""
    result, law = Result(), Law("10.80.0.10", "10.80.255.250")
    total = setting.size(1_000_000, 60_000)
    limit = LONGEST * setting.size(1.0, 0.25)
    chance = random.Random(setting.seed)
    with Server(setting.program, setting.folder, arguments=["--log", "info"]) as server, Crowd(server, law) as crowd:
        server.start()
        holders = list(range(1, HOLDERS + 1))
        crowd.take(holders, tries=3)
        seeds = corpus(crowd.held)
        # All is made beforehand: what is measured is the server's time, and its log is limited by time.
        chunks = [build(chance, seeds) for _ in range(total // CHUNK)]
        # What grows once, grows with the first of them.
        send(server, chunks[0])
        held, before, logged = server.leases(), server.resident(), server.log.stat().st_size
        begin, worked = time.monotonic(), server.worked()
        sent = sum(send(server, chunk) for chunk in chunks)
        spent = time.monotonic() - begin
        result.note("processor time of the server", f"{server.worked() - worked:.1f} s")
        report(result, server, {"sent": sent, "spent": spent, "limit": limit, "before": before, "logged": logged, "held": held})
        promised.check(result, setting, server, crowd, dict(crowd.held))
    result.law(law)
    return result


def report(result, server, told):
    """The demands on time, memory, log and leases."""
    rate = told["sent"] / told["spent"]
    result.demand(f"{told['sent']} packets", told["spent"] <= told["limit"], f"{told['spent']:.1f} s, {rate:.0f} a second, no room in the queue for {server.waiting()[1]}")
    grown = server.resident() - told["before"]
    result.demand("memory", grown <= GROWTH, f"+{grown / 1024:.0f} KiB")
    size = server.log.stat().st_size
    result.demand("log", size <= LOG, f"{size} octets, {size - told['logged']} after the first {CHUNK}")
    counted = server.metric("dhcpsim_log_suppressed_total") or server.metric("dhcpsim_log_lines_suppressed_total")
    result.demand("lines left out are counted", counted > 0, int(counted))
    touched = changes(told["held"], server.leases())
    result.demand("leases touched", not touched, f"{len(touched)} of {HOLDERS} {touched[:3]}")


def changes(before, after):
    """Addresses of holders whose row is another: the state, the client, or an end that comes earlier."""
    wanted = {mac(number).hex() for number in range(1, HOLDERS + 1)}
    hardware = lambda row: str(row.get("chaddr", row.get("hardware", ""))).replace(":", "").lower()
    changed = []
    for address, row in before.items():
        if hardware(row) in wanted:
            now = after.get(address, {})
            same = hardware(now) == hardware(row) and now.get("state") == row.get("state")
            if not same:
                changed.append((address, row, now))
    return changed


def corpus(held):
    """Messages to start from: the fixtures', and holders' own renewals."""
    found = [wire.parse_hex(path.read_text()) for path in sorted((HERE.parents[1] / "fixtures/captured").glob("*.hex"))]
    found += [wire.parse_hex(path.read_text()) for path in sorted((HERE.parents[1] / "fixtures/made").glob("*.hex"))]
    found = [each for each in found if 240 <= len(each) <= 1400]
    for number, address in list(held.items())[:40]:
        options = wire.option(53, b"\x03") + wire.option(61, b"\x01" + mac(number)) + wire.option(12, b"alpha")
        found.append(message(number, options, ciaddr=address))
        options = wire.option(53, b"\x03") + wire.option(50, struct.pack("!I", address)) + wire.option(82, b"\x01\x04port\x02\x03far")
        found.append(message(number, options))
    return found


def message(number, options, ciaddr=0):
    """A request of a holder."""
    fixed = bytes([1, 1, 6, 0]) + bytes(8) + struct.pack("!I", ciaddr) + bytes(12)
    return fixed + mac(number) + bytes(10 + 64 + 128) + wire.COOKIE + options + b"\xff"


def build(chance, seeds):
    """A volley of mutated packets."""
    return Volley([mutate(chance, chance.choice(seeds)) for _ in range(CHUNK)])


def mutate(chance, seed):
    """One packet with one to three things wrong."""
    packet = bytearray(seed)
    for _ in range(chance.randint(1, 3)):
        chance.choice(WAYS)(chance, packet)
    if packet[28:30] == b"\x02\0" and any(each in packet for each in ENDING):
        packet[28] = 6
    return bytes(packet) or b"\0"


def flip(chance, packet):
    """Another octet anywhere."""
    if packet:
        packet[chance.randrange(len(packet))] = chance.getrandbits(8)


def field(chance, packet):
    """Another value of a header field."""
    at = FIXED_AT[chance.choice(FIELDS)]
    size = chance.choice((1, 2, 4))
    packet[at : at + size] = chance.choice((bytes(size), b"\xff" * size, chance.randbytes(size)))


def cut(chance, packet):
    """Shorter."""
    del packet[chance.randrange(len(packet) + 1) :]


def grow(chance, packet):
    """Longer, with noise, pads or options."""
    packet += chance.choice((chance.randbytes(chance.randint(1, 64)), bytes(200), b"\x0c\xff" + b"a" * 255, b"\x34\x01\x03"))
    del packet[1400:]


def put_option(chance, packet):
    """An option more, before all others, with a length that may be wrong."""
    code = chance.choice((12, 43, 50, 51, 52, 53, 54, 55, 57, 60, 61, 77, 81, 82, 90, 118, 121, 124, 125, chance.randrange(256)))
    value = chance.randbytes(chance.choice((0, 1, 3, 4, 5, 16, 64, 255)))
    packet[240:240] = bytes([code, chance.choice((len(value), 0, 255, chance.randrange(256)))]) + value
    del packet[1400:]


def kind(chance, packet):
    """Another message type, which is in front in most packets."""
    if len(packet) > 242:
        packet[242] = chance.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 18, 255))


def relay(chance, packet):
    """As from some relay agent."""
    if len(packet) >= 240:
        packet[24:28] = chance.choice((b"\x0a\x50\x00\x01", b"\xff\xff\xff\xff", b"\x7f\0\0\1", chance.randbytes(4)))
        packet[3] = chance.getrandbits(8)
        inner = chance.randbytes(chance.randint(0, 40))
        packet[240:240] = bytes([82, chance.choice((len(inner), 255))]) + inner


FIELDS = list(FIXED_AT)
WAYS = (flip, flip, field, field, cut, grow, put_option, put_option, kind, relay)


def send(server, volley):
    """Sends a volley no faster than the server takes it; how many went."""
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connected:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connected.connect((HOST, server.port))
        while sent < volley.count:
            while server.waiting()[0] > QUEUE:
                time.sleep(0.0005)
            sent += volley.send(connected, sent, min(BATCH, volley.count - sent))
        while server.waiting()[0]:
            time.sleep(0.001)
    return sent
