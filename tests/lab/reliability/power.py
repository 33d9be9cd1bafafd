"""Power cuts: on a disk that keeps only flushed sectors, torn ones too, and on a real file system over a loop device.

On the failing disk (disk.c) a control run proves that the test can fail: its syncs are a lie, and leases
must be lost. On the loop device the process is stopped, the device's contents are copied, and the copy is
mounted and served from, as after the power is back.
"""

import itertools
import os
import random
import shutil
import signal
import subprocess

from reliability import promised
from reliability.clients import Crowd
from reliability.disk import Disk
from reliability.law import Law
from reliability.outcome import NotRun, Result, test
from reliability.serving import Server, ServerError

RATE = 500
IMAGE_SIZE = 48 << 20


@test("power", "the power is cut while new clients come")
def power(setting):
    """100 cuts of the failing disk and 30 of the loop device in full."""
    result = Result()
    honest = cut_disk(setting, "disk", setting.size(100, 8), lies=False)
    result.demand("leases lost in cuts of a disk that keeps what was flushed", honest.lost == 0, honest)
    result.law(honest.law)
    lying = cut_disk(setting, "lying", 3, lies=True)
    result.demand("control: a disk whose syncs are a lie loses leases", lying.lost > 0, lying)
    try:
        loop = cut_loop(setting, setting.size(30, 2))
        result.demand("leases lost in cuts of ext4 on a loop device", loop.lost == 0, loop)
        result.law(loop.law)
    except NotRun as reason:
        result.note("NOT RUN: cuts of ext4 on a loop device", reason)
    return result


class Tally:
    """What became of the promises of a series of cuts."""

    def __init__(self):
        self.law = Law("10.80.0.10", "10.80.255.250")
        self.promises, self.lost, self.cuts = {}, 0, 0
        self.refused = None

    def __str__(self):
        text = f"{self.lost} of {len(self.promises)} in {self.cuts} cuts"
        return f"{text}; the store was refused: {self.refused}" if self.refused else text

    def check(self, server, crowd, latest):
        """Counts what is lost, by the store and, of the latest, by renewals."""
        missing = set(promised.not_stored(server.program, server.store, self.promises))
        missing |= set(promised.lost(crowd, dict(list(latest.items())[-10:])))
        self.lost += len(missing)
        for number in missing:
            self.promises.pop(number, None)


def cut_disk(setting, name, cuts, lies):
    """A series of cuts of the failing disk."""
    chance, numbers = random.Random(setting.seed), itertools.count(1)
    folder = setting.folder / name
    folder.mkdir()
    disk, tally = Disk(folder), Tally()
    with Server(setting.program, folder, "store/leases.db") as server, Crowd(server, tally.law) as crowd:
        server.environment = disk.environment()
        server.start()
        if lies:
            # The first file is whole: what is tried is the loss of leases, not of the store.
            crowd.take(itertools.islice(numbers, 20))
            disk.lie()
        for _ in range(cuts):
            outcome = crowd.take(numbers, rate=RATE, seconds=chance.uniform(0.1, 0.5))
            tally.promises.update(outcome.acked)
            server.kill()
            tally.law.restarted()
            disk.cut(chance)
            tally.cuts += 1
            try:
                server.start()
            except ServerError as error:
                tally.refused, tally.lost = str(error).strip()[-300:], len(tally.promises)
                break
            tally.check(server, crowd, outcome.acked)
    return tally


def cut_loop(setting, cuts):
    """A series of cuts of ext4 on a loop device."""
    if os.geteuid() != 0:
        raise NotRun("not root, so nothing can be mounted")
    chance, numbers = random.Random(setting.seed), itertools.count(1)
    tally, folder = Tally(), setting.folder / "loop"
    folder.mkdir()
    disk, mounted = make_image(folder), folder / "mounted"
    mounted.mkdir()
    server = Server(setting.program, folder, "mounted/leases.db")
    with server, Crowd(server, tally.law) as crowd:
        mount(disk, mounted)
        try:
            server.start()
            for turn in range(cuts):
                outcome = crowd.take(numbers, rate=RATE, seconds=chance.uniform(0.1, 0.5))
                tally.promises.update(outcome.acked)
                disk = cut_power(server, disk, mounted, folder / f"disk{turn % 2}.img")
                tally.cuts += 1
                tally.law.restarted()
                server.start()
                tally.check(server, crowd, outcome.acked)
        finally:
            server.kill()
            run("umount", mounted)
    return tally


def cut_power(server, disk, mounted, copy):
    """Copies a device while the server stands still, and mounts the copy in its place."""
    os.killpg(server.process.pid, signal.SIGSTOP)
    shutil.copyfile(disk, copy)
    server.kill()
    run("umount", mounted)
    if disk != copy:
        disk.unlink()
    mount(copy, mounted)
    return copy


def run(*command):
    """Runs a command of the system; why it failed, or None."""
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, timeout=60, check=False)
    return done.stderr.strip() if done.returncode else None


def make_image(folder, size=IMAGE_SIZE, block=4096):
    """A file with an ext4 file system of blocks of so many octets."""
    path = folder / "disk.img"
    with path.open("wb") as file:
        file.truncate(size)
    if not shutil.which("mkfs.ext4"):
        raise NotRun("no mkfs.ext4 here")
    fault = run("mkfs.ext4", "-q", "-F", "-b", block, path)
    if fault:
        raise NotRun(f"no ext4 to be made: {fault}")
    return path


def mount(image, folder):
    """Mounts an image; NotRun if that is not allowed here."""
    fault = run("mount", "-o", "loop", image, folder)
    if fault:
        raise NotRun(f"no loop device to be mounted: {fault}")
