"""More clients than addresses over a network that loses, doubles and reorders."""

import heapq
import random
import time

import wire
from reliability import clients, law
from reliability.clients import Crowd
from reliability.law import ACK, DECLINE, NAK, OFFER, RELEASE
from reliability.outcome import Result, test
from reliability.serving import Server

CLIENTS, ADDRESSES = 500, 400
POOL = ("10.80.1.1", "10.80.2.144")
LOSS = DOUBLE = 0.1
LATE, LATEST = 0.2, 0.15
LEASE = 6
QUIET = 0.3


@test("lossy", "500 clients, 400 addresses, 10 % loss, 10 % duplication, reordering")
def lossy(setting):
    """100,000 ACKs in full."""
    result, chance = Result(), random.Random(setting.seed)
    lease_law = law.Law(*POOL, rest=5.0)
    wanted = setting.size(100_000, 2_500)
    pool = f"{POOL[0]}-{POOL[1]}/16"
    with Server(setting.program, setting.folder, pool=pool, lease_time=f"{LEASE}s") as server:
        with Crowd(server, lease_law) as crowd:
            server.start()
            network = Network(crowd, chance)
            play(network, [Client(number, network, chance) for number in range(1, CLIENTS + 1)], wanted)
    result.demand("ACKs", lease_law.grants >= wanted, lease_law.grants)
    # With an address for everybody there would be nothing to quarrel about.
    given = len(lease_law.addresses)
    wide = f"{given} of {ADDRESSES}, which {CLIENTS} clients want"
    result.demand("addresses that were granted, 95 % of the pool at least", given >= 0.95 * ADDRESSES, wide)
    result.demand("double grants", lease_law.double_grants == 0, lease_law.double_grants)
    result.demand("double offers within the hold time", lease_law.double_offers == 0, lease_law.double_offers)
    result.note("lost, doubled, late", f"{network.lost}, {network.doubled}, {network.late}")
    result.law(lease_law)
    return result


class Network:
    """Between clients and server: what is sent is lost, doubled or late, both ways."""

    def __init__(self, crowd, chance):
        self.crowd, self.chance = crowd, chance
        self.under_way, self.count = [], 0
        self.lost = self.doubled = self.late = 0
        self.asked, self.requested = {}, {}

    def put(self, now, to_server, what):
        """Puts a message on its way."""
        if self.chance.random() < LOSS:
            self.lost += 1
            return
        copies = 1 + (self.chance.random() < DOUBLE)
        self.doubled += copies - 1
        for _ in range(copies):
            delay = 0
            if self.chance.random() < LATE:
                delay, self.late = self.chance.uniform(0.001, LATEST), self.late + 1
            self.count += 1
            heapq.heappush(self.under_way, (now + delay, self.count, to_server, what))

    def pump(self):
        """Moves what is due; gives the (client, xid, yiaddr, options) that arrive at clients."""
        now = time.monotonic()
        while self.under_way and self.under_way[0][0] <= now:
            _, _, to_server, what = heapq.heappop(self.under_way)
            if not to_server:
                yield what
                continue
            packet, number, address = what
            kind = packet[242]
            # The law sees what the server sees.
            if kind == RELEASE:
                self.crowd.law.released(now, number, address)
            elif kind == DECLINE:
                # While a request is being stored, a server may well not hear a DECLINE of the same lease.
                if now - self.requested.get(number, 0) > QUIET:
                    self.crowd.law.refused(now, number, address)
                else:
                    self.crowd.law.released(now, number, address)
            elif kind == clients.REQUEST:
                self.requested[number] = now
            self.asked.setdefault(packet[4:8], now)
            self.crowd.send(packet)
        for xid, number, yiaddr, found in self.crowd.receive(0.001):
            now = time.monotonic()
            self.crowd.law.reply(now, self.asked.get(xid.to_bytes(4, "big"), now), number, yiaddr, found)
            self.put(now, False, (number, xid, yiaddr, found))


class Client:
    """One client of moods: it renews often, and now and then gives back, declines, vanishes or reboots."""

    def __init__(self, number, network, chance):
        self.number, self.network, self.chance = number, network, chance
        self.address = self.server = None
        self.until = 0
        self.start(chance.uniform(0, 2))

    def start(self, after):
        """Begins anew after a while."""
        self.state, self.address, self.next = "init", None, time.monotonic() + after

    def send(self, now, packet, address=0):
        """Sends a message."""
        self.network.put(now, True, (packet, self.number, address))

    def act(self, now):
        """What is due."""
        self.next = now + self.chance.uniform(0.3, 0.9)
        if self.state == "bound":
            self.act_bound(now)
        elif self.state == "renewing" and now < self.until:
            self.send(now, clients.renew(self.number, self.xid, self.address))
        elif self.state == "requesting" and self.tries < 3:
            self.tries += 1
            self.send(now, clients.select_offer(self.number, self.xid, self.offered, self.server))
        elif self.state == "rebooting" and self.tries < 3:
            self.tries += 1
            self.send(now, clients.reboot(self.number, self.xid, self.address))
        else:
            self.state, self.tries = "selecting", 0
            self.xid = self.network.crowd.next_xid()
            self.send(now, clients.discover(self.number, self.xid))

    def act_bound(self, now):
        """A holder's moods."""
        mood = self.chance.random()
        if now >= self.until:
            self.start(0)
        elif mood < 0.02:
            server = b"\x36\x04" + self.server
            self.send(now, clients.message(RELEASE, self.number, 7, self.address, server), self.address)
            self.start(self.chance.uniform(0, 1))
        elif mood < 0.022:
            options = b"\x32\x04" + wire.u32(self.address) + b"\x36\x04" + self.server
            self.send(now, clients.message(DECLINE, self.number, 7, 0, options), self.address)
            self.start(self.chance.uniform(0, 1))
        elif mood < 0.04:
            self.start(self.chance.uniform(LEASE / 2, LEASE * 1.5))
        else:
            self.state = "rebooting" if mood < 0.1 else "renewing"
            self.xid, self.tries = self.network.crowd.next_xid(), 0
            self.next = now

    def hear(self, now, xid, yiaddr, found):
        """A reply."""
        kind = found[law.TYPE][0] if law.TYPE in found else 0
        if self.state == "init" or xid != self.xid:
            return
        if kind == OFFER and self.state == "selecting":
            self.state, self.tries, self.offered, self.next = "requesting", 0, yiaddr, now
            self.server = found.get(law.SERVER, bytes(4))
        elif kind == ACK and self.state in ("requesting", "renewing", "rebooting"):
            self.state, self.address = "bound", yiaddr
            self.until = now + LEASE - LATEST
            self.next = now + self.chance.uniform(0.05, 0.25)
        elif kind == NAK:
            self.start(self.chance.uniform(0, 0.5))


def play(network, everyone, wanted):
    """Lets clients act until there are so many ACKs; four minutes at most, and not for long without any."""
    byname = {client.number: client for client in everyone}
    end, seen, last = time.monotonic() + 400, 0, time.monotonic()
    while network.crowd.law.grants < wanted and time.monotonic() < end:
        now = time.monotonic()
        for client in everyone:
            if client.next <= now:
                client.act(now)
        for number, xid, yiaddr, found in network.pump():
            if number in byname:
                byname[number].hear(time.monotonic(), xid, yiaddr, found)
        if network.crowd.law.grants > seen:
            seen, last = network.crowd.law.grants, now
        elif now - last > 15:
            break
