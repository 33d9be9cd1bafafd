"""The failing disk of disk.c, seen from outside: built, switched, and its image torn as power cuts tear."""

import mmap
import pathlib
import shutil
import struct
import subprocess

from reliability.outcome import NotRun

HERE = pathlib.Path(__file__).resolve().parent
SECTOR = 512
FAULTS = {"none": 0, "no space": 1, "input/output error": 2, "read-only": 3}
WRITE, CUT, REMOVE = 1, 2, 3


def build(source, folder):
    """Compiles one of the preloaded libraries; its path."""
    if not shutil.which("gcc"):
        raise NotRun("no gcc here to build the preloaded library with")
    library = pathlib.Path(folder) / f"{source}.so"
    if not library.exists():
        command = ["gcc", "-O1", "-Wall", "-shared", "-fPIC", "-o", str(library), str(HERE / source), "-ldl"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise NotRun(f"gcc can't build {source}: {done.stderr[-500:]}")
    return library


class Disk:
    """A folder for a store whose writes go through disk.c, with or without an image."""

    def __init__(self, folder, image=True):
        self.folder = pathlib.Path(folder)
        self.library = build("disk.c", self.folder)
        self.store = self.folder / "store"
        self.store.mkdir()
        self.image = self.folder / "image" if image else None
        if image:
            self.image.mkdir()
        self.control_file = self.folder / "control"
        self.control_file.write_bytes(bytes(4096))
        with self.control_file.open("r+b") as file:
            self.control = mmap.mmap(file.fileno(), 4096)

    def environment(self):
        """What makes a program use it."""
        found = {"LD_PRELOAD": str(self.library), "DISK_STORE": str(self.store)}
        found["DISK_CONTROL"] = str(self.control_file)
        if self.image:
            found["DISK_IMAGE"] = str(self.image)
        return found

    def fail(self, fault):
        """What goes wrong from here on: a key of FAULTS."""
        self.control[0] = FAULTS[fault]

    def lie(self, lies=True):
        """Whether syncs only say that they are done."""
        self.control[1] = lies

    def slow(self, milliseconds):
        """How long a sync takes, to ten milliseconds."""
        self.control[2] = milliseconds // 10

    def faults(self):
        """How many calls have failed."""
        return struct.unpack_from("=I", self.control, 4)[0]

    def syncs(self):
        """How many syncs there were."""
        return struct.unpack_from("=I", self.control, 8)[0]

    def cut(self, chance):
        """After the program was killed: the store becomes what a power cut leaves. Gives in which way."""
        way = chance.choice(("what was flushed alone", "some sectors more", "all but the last writes, torn"))
        for log in sorted(self.image.glob("pending.*")):
            self.land(log, way, chance)
            log.unlink()
        shutil.rmtree(self.store)
        shutil.copytree(self.image, self.store)
        return way

    def land(self, log, way, chance):
        """Lets some of what waits of a file reach its image."""
        steps = list(read_steps(log.read_bytes()))
        if way == "all but the last writes, torn":
            steps = steps[: chance.randint(0, len(steps))]
        elif way == "what was flushed alone":
            steps = []
        path = self.image / log.name.removeprefix("pending.")
        for position, (what, at, length, octets) in enumerate(steps):
            torn = way == "some sectors more" or position == len(steps) - 1
            if torn and what != WRITE and chance.random() < 0.5:
                continue
            apply(path, what, at, length, octets, chance if torn else None)


def read_steps(log):
    """The (what, at, length, octets) that disk.c noted; the last may be cut."""
    at = 0
    while at + 24 <= len(log):
        what, offset, length = struct.unpack_from("=QQQ", log, at)
        at += 24
        size = length if what == WRITE else 0
        if at + size > len(log):
            return
        yield what, offset, length, log[at : at + size]
        at += size


def apply(path, what, at, length, octets, chance):
    """One step on an image; with `chance`, each sector of a write lands or does not."""
    if what == REMOVE:
        path.unlink(missing_ok=True)
        return
    with path.open("r+b" if path.exists() else "w+b") as file:
        if what == CUT:
            file.truncate(length)
            return
        begin = at
        while begin < at + length:
            end = min((begin // SECTOR + 1) * SECTOR, at + length)
            if chance is None or chance.random() < 0.5:
                file.seek(begin)
                file.write(octets[begin - at : end - at])
            begin = end
