"""A wall clock that steps: forward, back, and to 1970 at a restart."""

import concurrent.futures
import mmap
import struct
import time

from reliability.clients import Crowd
from reliability.disk import build
from reliability.law import Law
from reliability.outcome import Result, test
from reliability.serving import Server

HOLDERS, SPARE, HOUR = 40, 4, 3600
POOL = ("10.80.0.10", "10.80.0.53")
LATE = 2.0
CASES = {
    "forward an hour": (HOUR, False),
    "back an hour": (-HOUR, False),
    "forward an hour, then killed and started": (HOUR, True),
    "back an hour, then killed and started": (-HOUR, True),
    "restart in 1970": (None, True),
}


@test("clock", "the wall clock steps by an hour, and a restart in 1970")
def clock(setting):
    """Every step, at the same time; the machine's own clock is left alone."""
    result = Result()
    build("clock.c", setting.folder)
    with concurrent.futures.ThreadPoolExecutor(len(CASES)) as pool:
        for one in pool.map(lambda name: one_step(setting, name), CASES):
            result.rows += one.rows
    return result


class Wall:
    """The offset of a server's wall clock."""

    def __init__(self, setting, folder):
        self.library = build("clock.c", setting.folder)
        self.path = folder / "offset"
        self.path.write_bytes(bytes(4096))
        with self.path.open("r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4096)

    def step(self, seconds):
        """The clock is wrong by so much from here on."""
        struct.pack_into("=q", self.page, 0, int(seconds))

    def environment(self):
        """What makes a program use it."""
        return {"LD_PRELOAD": str(self.library), "CLOCK_OFFSET": str(self.path)}


def one_step(setting, name):
    """Holders, a step, newcomers who want their addresses, and the end of the leases."""
    result, (offset, restart) = Result(), CASES[name]
    law, lease = Law(*POOL, hold=2.0), setting.size(20, 8)
    folder = setting.folder / name.replace(" ", "-").replace(",", "")
    folder.mkdir()
    wall = Wall(setting, folder)
    server = Server(setting.program, folder, pool=f"{POOL[0]}-{POOL[1]}/16", lease_time=f"{lease}s")
    with server, Crowd(server, law) as crowd:
        server.environment = wall.environment()
        server.start()
        begin = time.monotonic()
        crowd.take(range(1, HOLDERS + 1), tries=3)
        if restart and offset is None:
            server.kill()
        wall.step(-int(time.time()) + 1000 if offset is None else offset)
        if restart:
            time.sleep(0.5)
            server.kill()
            server.start()
        renewed = begin + 2
        time.sleep(max(renewed - time.monotonic(), 0))
        # Half of them renew; what the others have ends by itself.
        half = range(1, HOLDERS // 2 + 1)
        kept = crowd.renew(half, tries=3)
        result.demand(f"{name}: renewals", len(kept.acked) == len(half), f"{len(kept.acked)} of {len(half)}, {len(kept.refused)} refused")
        early = crowd.take(range(1001, 1021), timeout=0.3, tries=2, window=20)
        taken = [number for number in early.acked if early.acked[number] in holders_of(crowd, HOLDERS)]
        result.demand(f"{name}: leases given away", not taken, len(taken))
        result.demand(f"{name}: free addresses are given", len(early.acked) == SPARE, f"{len(early.acked)} of {SPARE}")
        expiry(result, name, crowd, (begin, lease, restart and offset is None))
    result.law(law)
    return result


def holders_of(crowd, count):
    """The addresses of the first clients."""
    return {crowd.held[number] for number in range(1, count + 1) if number in crowd.held}


def expiry(result, name, crowd, times):
    """When the addresses of those who did not renew are given to others: not before the end, and soon after it."""
    begin, lease, lenient = times
    wanted, given, number = HOLDERS - HOLDERS // 2, [], 2000
    ours = {crowd.held[each] for each in range(HOLDERS // 2 + 1, HOLDERS + 1)}
    end = begin + lease * 2 + 4
    while len(given) < wanted and time.monotonic() < end:
        number += 20
        outcome = crowd.take(range(number, number + 20), timeout=0.2, window=20)
        given += [time.monotonic() - begin - lease for each in outcome.acked.values() if each in ours]
    shown = f"{len(given)} of {wanted}, {min(given, default=0):+.2f} to {max(given, default=0):+.2f} s from its end"
    # A server that can't know how long it was down may hold what ended in that time for longer, but not for ever.
    late = lease + LATE if lenient else LATE
    well = len(given) >= wanted * 0.8 and min(given) > -0.5 and max(given) <= late + 0.7
    result.demand(f"{name}: expiry", well, shown)
