"""DISCOVERs from invented clients by the ten thousand, beside clients that renew."""

import threading
import time

from reliability.clients import Crowd, percentile
from reliability.law import Law
from reliability.outcome import Result, test
from reliability.serving import Server
from reliability.spray import Flood

# So many that the bound of open offers is reached before the end of the addresses.
POOL = ("10.80.0.10", "10.80.255.250")
LONG = 250
KNOWN, RATE = 500, 200
FIRST_TRY, SLOWEST, GROWTH, RECOVERY = 0.999, 0.05, 16 << 20, 10.0


@test("flood", "25,000 and 60,000 DISCOVERs a second from invented clients beside renewals")
def flood(setting):
    """Ten seconds each in full."""
    result = Result()
    for rate, identifier in ((25_000, 0), (60_000, 0), (25_000, LONG)):
        one_flood(setting, result, rate, identifier, setting.size(10, 3))
    return result


def one_flood(setting, result, rate, identifier, seconds):
    """One flood, with so many octets of option 61 or without it."""
    law = Law(*POOL)
    folder = setting.folder / f"{rate}-{identifier}"
    folder.mkdir()
    server = Server(setting.program, folder, pool=f"{POOL[0]}-{POOL[1]}/16", arguments=["--log", "info"])
    with server, Crowd(server, law) as crowd:
        server.start()
        known = list(range(1, KNOWN + 1))
        crowd.take(known, tries=5)
        crowd.renew(known)
        before, highest = server.resident(), Highest(server)
        attack = Flood(server.port, rate, seconds, identifier)
        count = int(RATE * seconds)
        outcome = crowd.renew([known[at % KNOWN] for at in range(count)], rate=RATE, timeout=1.0, tries=4)
        reached = attack.end()
        begin = time.monotonic()
        newcomers = crowd.take(range(10_001, 10_051), window=50, timeout=1.0, tries=int(RECOVERY) + 1)
        served_after = time.monotonic() - begin
        name = f"{rate}/s" + (f", identifiers of {identifier} octets" if identifier else "")
        result.note(f"{name}: came to", f"{reached:.0f} DISCOVERs a second; no room in the receive queue for {server.waiting()[1]}")
        share = outcome.first_try / count
        result.demand(f"{name}: renewals at the first try", share >= FIRST_TRY, f"{share:.2%} of {count}")
        slow = percentile(outcome.latencies, 0.99)
        result.demand(f"{name}: p99 of renewals", slow <= SLOWEST, f"{slow * 1000:.1f} ms, median {percentile(outcome.latencies, 0.5) * 1000:.1f} ms")
        grown = highest.end() - before
        result.demand(f"{name}: memory", grown <= GROWTH, f"+{grown / (1 << 20):.1f} MiB")
        well = len(newcomers.acked) == 50 and served_after <= RECOVERY
        result.demand(f"{name}: newcomers served after", well, f"{len(newcomers.acked)} of 50 within {served_after:.1f} s")
        crowded = server.metric("dhcpsim_messages_dropped_total", 'reason="network-crowded"')
        result.note(f"{name}: turned away at the bound of offers", f"{crowded:.0f}")
        result.note(f"{name}: log", f"{server.log.stat().st_size} octets")
    result.law(law)


class Highest:
    """The most memory that a server had, looked at ten times a second."""

    def __init__(self, server):
        self.server, self.most, self.over = server, 0, threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        """Looks until it is over."""
        while not self.over.wait(0.1):
            self.most = max(self.most, self.server.resident())

    def end(self):
        """The most."""
        self.over.set()
        self.thread.join()
        return max(self.most, self.server.resident())
