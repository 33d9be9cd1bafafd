"""A disk that is full, fails or is read-only; and slow."""

import re
import threading
import time

from reliability import power, promised
from reliability.clients import Crowd, percentile
from reliability.disk import Disk
from reliability.law import Law
from reliability.outcome import NotRun, Result, test
from reliability.serving import Server, ServerError

HOLDERS, BACK = 100, 1.0
FULL = r"(?i)no space|no storage space|disk.{0,20}full|ENOSPC"
SAID = {
    "no space": FULL,
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
    for block in (4096, 1024):
        full_disk(setting, result, block)
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
    line = next((line for line in said.splitlines() if re.search(SAID.get(name, FULL), line)), "")
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


def full_disk(setting, result, block):
    """A real file system that somebody fills, with blocks of the size of a memory page and with smaller ones."""
    name = f"ext4 full, blocks of {block}"
    folder, law = setting.folder / name.replace(" ", "-"), Law("10.80.0.10", "10.80.255.250")
    mounted = folder / "mounted"
    mounted.mkdir(parents=True)
    try:
        power.mount(power.make_image(folder, 8 << 20, block), mounted)
    except NotRun as reason:
        result.note(f"NOT RUN: {name}", reason)
        return
    try:
        with Server(setting.program, folder, "mounted/leases.db") as server, Crowd(server, law) as crowd:
            server.start()
            hog = Hog(mounted / "hog")
            one_fault(setting, result, name, (server, crowd), lambda: hog.begin(server, crowd), hog.end)
    except ServerError as error:
        result.demand(name, False, error)
    finally:
        power.run("umount", mounted)
    result.law(law)


class Hog:
    """Somebody who takes all room of a disk, and goes on to take what becomes free."""

    def __init__(self, path):
        self.path, self.over = path, threading.Event()
        self.thread = threading.Thread(target=self.go_on, daemon=True)

    def begin(self, server, crowd):
        """Returns when the disk is full, and clients have used up what room the store had taken before."""
        self.take()
        self.thread.start()
        for first in range(20_000, 60_000, 50):
            if not crowd.take(range(first, first + 50), timeout=0.3, window=50).acked:
                break
        time.sleep(0.5)
        if server.process.poll() is not None:
            raise ServerError(f"the server ended with {server.process.returncode} when the disk was full")

    def take(self):
        """Writes until there is no room."""
        with self.path.open("ab", buffering=0) as file:
            for size in (1 << 20, 4096, 512):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    pass

    def go_on(self):
        """Takes what becomes free."""
        while not self.over.wait(0.002):
            self.take()

    def end(self):
        """Gives it all back."""
        self.over.set()
        self.thread.join()
        self.path.unlink()


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
