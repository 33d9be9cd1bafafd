"""A disk that is full, fails or is read-only; and slow."""

import re
import time

from reliability import power, promised
from reliability.clients import Crowd, percentile
from reliability.disk import Disk
from reliability.law import Law
from reliability.outcome import NotRun, Result, test
from reliability.serving import Server

HOLDERS, BACK = 100, 1.0
SAID = {
    "no space": r"(?i)no space|disk.{0,20}full|ENOSPC",
    "input/output error": r"(?i)i/o error|input/output|EIO",
    "read-only": r"(?i)read.?only|EROFS",
}


@test("faults", "disk full, input/output errors, read-only, slow")
def faults(setting):
    """Each fault for some seconds."""
    result, law = Result(), Law("10.80.0.10", "10.80.255.250")
    for name in SAID:
        folder = setting.folder / name.split("/")[0].replace(" ", "-")
        folder.mkdir()
        disk = Disk(folder, image=False)
        with Server(setting.program, folder, "store/leases.db") as server, Crowd(server, law) as crowd:
            server.environment = disk.environment()
            server.start()
            one_fault(setting, result, name, (server, crowd), lambda: disk.fail(name), lambda: disk.fail("none"))
        law = renewed(result, law)
    full_disk(setting, result)
    slow_disk(setting, result)
    return result


def renewed(result, law):
    """A law for the next server, once this one is told."""
    result.law(law)
    return Law("10.80.0.10", "10.80.255.250")


def one_fault(setting, result, name, pair, begin, end):
    """Holders renew and newcomers come while nothing can be stored, and after."""
    server, crowd = pair
    holders, newcomers = list(range(1, HOLDERS + 1)), range(1001, 1021)
    crowd.take(holders, tries=3)
    held, log = dict(crowd.held), len(server.said())
    begin()
    seconds = setting.size(4, 1.5)
    during = crowd.renew(holders, rate=HOLDERS / seconds, timeout=0.5)
    new = crowd.take(newcomers, window=20, timeout=0.5)
    said = server.said()[log:]
    result.demand(f"{name}: ACKs to holders while nothing can be stored", not during.acked, len(during.acked))
    result.demand(f"{name}: ACKs to newcomers while nothing can be stored", not new.acked, len(new.acked))
    refused = len(during.refused) + len(new.refused)
    result.demand(f"{name}: NAKs", refused == 0, refused)
    line = next((line for line in said.splitlines() if re.search(SAID[name], line)), "")
    result.demand(f"{name}: said in the log", bool(line), line.strip()[:160] or said[-300:])
    errors = server.metric("dhcpsim_commit_errors_total")
    result.demand(f"{name}: counted", errors > 0, int(errors))
    end()
    back = until_back(crowd, holders[0])
    result.demand(f"{name}: back without a restart", back <= BACK, f"{back:.2f} s")
    crowd.take(newcomers, tries=3, window=20)
    server.kill()
    server.start()
    promised.check(result, setting, server, crowd, {**held, **crowd.held}, f"{name}: leases lost")


def until_back(crowd, number, patience=10.0):
    """Seconds until a renewal is acknowledged."""
    begin = time.monotonic()
    while time.monotonic() - begin < patience:
        if crowd.renew([number], timeout=0.05).acked:
            break
    return time.monotonic() - begin


def full_disk(setting, result):
    """A real file system that somebody fills."""
    folder, law = setting.folder / "full", Law("10.80.0.10", "10.80.255.250")
    mounted = folder / "mounted"
    mounted.mkdir(parents=True)
    try:
        power.mount(power.make_image(folder, 8 << 20), mounted)
    except NotRun as reason:
        result.note("NOT RUN: a full ext4", reason)
        return
    try:
        with Server(setting.program, folder, "mounted/leases.db") as server, Crowd(server, law) as crowd:
            server.start()
            filler = mounted / "filler"
            # So many new leases that room which the store has already is used up too.
            one_fault(setting, result, "no space", (server, Filled(crowd, server)), lambda: fill(filler), filler.unlink)
            server.kill()
    finally:
        power.run("umount", mounted)
    result.law(law)


class Filled:
    """A crowd that uses up the room which a store has taken before the disk was full."""

    def __init__(self, crowd, server):
        self.crowd, self.server = crowd, server
        self.held = crowd.held
        self.first = True

    def take(self, numbers, **how):
        """As Crowd.take."""
        return self.crowd.take(numbers, **how)

    def renew(self, numbers, **how):
        """As Crowd.renew; the first time, room is used up before."""
        if self.first:
            self.first = False
            for block in range(20_000, 60_000, 200):
                if not self.crowd.take(range(block, block + 200), timeout=0.5, seconds=5).acked:
                    break
        return self.crowd.renew(numbers, **how)

    def __getattr__(self, name):
        return getattr(self.crowd, name)


def fill(path):
    """Writes until there is no space."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 512):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass


def slow_disk(setting, result):
    """A disk whose syncs take 200 ms: all is served, a sync later."""
    folder, law = setting.folder / "slow", Law("10.80.0.10", "10.80.255.250")
    folder.mkdir()
    disk = Disk(folder, image=False)
    with Server(setting.program, folder, "store/leases.db") as server, Crowd(server, law) as crowd:
        server.environment = disk.environment()
        server.start()
        holders = list(range(1, HOLDERS + 1))
        crowd.take(holders, tries=3)
        disk.slow(200)
        outcome = crowd.renew(holders * setting.size(5, 2), rate=200, timeout=3.0)
        count = len(holders) * setting.size(5, 2)
        result.demand("slow: renewals at the first try", outcome.first_try == count, f"{outcome.first_try} of {count}")
        slowest = max(outcome.latencies, default=0)
        result.demand("slow: the slowest within three syncs", slowest < 0.8, f"{slowest * 1000:.0f} ms, median {percentile(outcome.latencies, 0.5) * 1000:.0f} ms")
    result.law(law)
