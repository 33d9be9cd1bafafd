"""The lease law over what clients sent and were sent: the twin of src/lease/law.rs, which lives through restarts.

No address is granted or offered to two clients at once; a declined address rests; T1 < T2 < lease; an
address is of the pool. Time is the monotonic clock's. What a client may believe counts from when it asked.
"""

import collections
import ipaddress

import wire

KEPT = 50
# Options of a reply.
REQUESTED, LEASE, TYPE, SERVER, T1, T2 = 50, 51, 53, 54, 58, 59
OFFER, DECLINE, ACK, NAK, RELEASE = 2, 4, 5, 6, 7

Grant = collections.namedtuple("Grant", "client since until")


def options(payload):
    """The options of a message's options area, the first instance of each."""
    found, at = {}, 240
    while at + 1 < len(payload):
        code = payload[at]
        if code == wire.END:
            break
        if code == wire.PAD:
            at += 1
            continue
        length = payload[at + 1]
        found.setdefault(code, payload[at + 2 : at + 2 + length])
        at += 2 + length
    return found


def number(octets):
    """An unsigned number, or None."""
    return None if octets is None else int.from_bytes(octets, "big")


class Law:
    """Watches grants, offers and their ends. Clients are any values that compare."""

    def __init__(self, first, last, hold=10.0, rest=60.0):
        """Over the addresses first to last; an offer holds for `hold` seconds, a declined address rests for `rest`."""
        self.first, self.last = (int(ipaddress.ip_address(each)) for each in (first, last))
        self.hold, self.rest = hold, rest
        self.granted, self.offered, self.declined = {}, {}, {}
        # When a client last gave an address back: an ACK that was asked for before may be read after.
        self.ended = {}
        self.grants = self.offers = 0
        # All addresses that were ever granted.
        self.addresses = set()
        self.double_grants = self.double_offers = 0
        self.violations = []

    def breach(self, text):
        """Notes a violation."""
        if len(self.violations) < KEPT:
            self.violations.append(text)

    def reply(self, now, asked, client, yiaddr, found):
        """A reply came to a client that had asked at `asked`."""
        kind = found.get(TYPE)
        if yiaddr == 0 or kind is None:
            return
        if kind[0] == OFFER:
            self.offer(now, client, yiaddr)
        elif kind[0] == ACK:
            self.grant(now, asked, client, yiaddr, found)

    def offer(self, now, client, address):
        """An address was offered."""
        self.offers += 1
        other, until = self.offered.get(address, (client, 0))
        held = self.granted.get(address)
        if other != client and until > now:
            self.double_offers += 1
            self.breach(f"{show(address)} was offered to {client} while it was held for {other}")
        elif held and held.client != client and held.until > now:
            self.double_offers += 1
            self.breach(f"{show(address)} was offered to {client} while {held.client} had it")
        self.check_address(now, address)
        self.offered[address] = (client, now + self.hold)

    def grant(self, now, asked, client, address, found):
        """An address was acknowledged."""
        self.grants += 1
        self.check_address(now, address)
        lease = number(found.get(LEASE))
        if lease is None:
            self.breach(f"{show(address)} was granted without a lease time")
            return
        t1, t2 = number(found.get(T1)), number(found.get(T2))
        t1, t2 = lease // 2 if t1 is None else t1, lease - lease // 8 if t2 is None else t2
        if lease != 0xFFFFFFFF and not t1 < t2 < lease:
            self.breach(f"{show(address)}: T1 {t1}, T2 {t2}, lease {lease} are not in ascending order")
        held = self.granted.get(address)
        if held and held.client != client and held.until > now:
            self.double_grants += 1
            self.breach(f"{show(address)} was granted to {client} while {held.client} had it")
        if self.ended.get((client, address), -1) >= asked:
            return
        until = asked + lease
        if held and held.client == client:
            until = max(until, held.until)
        self.granted[address] = Grant(client, asked, until)
        self.addresses.add(address)
        if self.offered.get(address, (None,))[0] == client:
            del self.offered[address]

    def check_address(self, now, address):
        """Whether it may be given at all."""
        if not self.first <= address <= self.last:
            self.breach(f"{show(address)} is not one to give")
        if self.declined.get(address, 0) > now:
            self.breach(f"{show(address)} had been declined and has not rested")

    def released(self, now, client, address):
        """A client gives an address back."""
        self.ended[client, address] = now
        held = self.granted.get(address)
        if held and held.client == client:
            del self.granted[address]
        if self.offered.get(address, (None,))[0] == client:
            del self.offered[address]

    def restarted(self):
        """The server was killed: offers are not stored, and are over."""
        self.offered.clear()

    def refused(self, now, client, address):
        """A client declined an address that it had."""
        held = self.granted.get(address)
        if held and held.client == client and held.until > now + 0.5:
            self.released(now, client, address)
            self.declined[address] = now + self.rest

    def holders(self, now):
        """{client: address} of all that hold a lease for a good while yet."""
        return {grant.client: address for address, grant in self.granted.items() if grant.until > now + 1}


def show(address):
    """A number as an address."""
    return str(ipaddress.ip_address(address))
