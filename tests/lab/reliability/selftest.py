"""The judges themselves: the lease law sees breaches, and the failing disk loses what was not synced."""

import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time

from reliability import traced
from reliability.disk import Disk
from reliability.law import Law
from reliability.outcome import NotRun

FIRST, LAST = "10.0.0.1", "10.0.0.9"
ADDRESS = 0x0A000001
# A program that commits rows, and says so of each once it is durable.
WRITER = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("pragma journal_mode = wal"); db.execute("pragma synchronous = " + sys.argv[2])
db.execute("create table if not exists t (n integer primary key, x blob)")
# SQLite does not sync the folder after it removes its first journal; on a strict disk it would come back.
os.fsync(os.open(os.path.dirname(sys.argv[1]), os.O_RDONLY))
n = db.execute("select coalesce(max(n), 0) from t").fetchone()[0]
while True:
    n += 1
    db.execute("insert into t values (?, randomblob(200))", (n,))
    print(n, flush=True)
"""


def run():
    """Runs all; the exit status."""
    failed = [name for name, check in CHECKS.items() if not told(name, check)]
    print(f"{len(CHECKS) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def told(name, check):
    """Runs one, and tells what came of it."""
    try:
        fault = check()
    except NotRun as reason:
        print(f"NOT RUN: {name}: {reason}")
        return True
    print(f"{'FAILED' if fault else 'passed'} {name}{f': {fault}' if fault else ''}", flush=True)
    return not fault


def ack(law, at, client, address=ADDRESS, lease=100, **times):
    """A grant."""
    found = {53: b"\x05"} | ({51: struct.pack("!I", lease)} if lease else {})
    found |= {int(code[1:]): struct.pack("!I", value) for code, value in times.items()}
    law.reply(at, at, client, address, found)


def breaches():
    """Every breach is seen, and only breaches are."""
    offer = {53: b"\x02"}
    cases = [
        ("renewal", 0, lambda law: (ack(law, 0, 1), ack(law, 50, 1), ack(law, 200, 2))),
        ("double", 1, lambda law: (ack(law, 0, 1), ack(law, 99, 2))),
        ("released", 0, lambda law: (ack(law, 0, 1), law.released(1, 1, ADDRESS), ack(law, 2, 2))),
        ("released while asked for", 0, lambda law: (law.released(1, 1, ADDRESS), ack(law, 0, 1), ack(law, 2, 2))),
        ("another's release", 1, lambda law: (ack(law, 0, 1), law.released(1, 3, ADDRESS), ack(law, 1, 2))),
        ("declined", 1, lambda law: (ack(law, 0, 1), law.refused(1, 1, ADDRESS), ack(law, 2, 2))),
        ("outside", 1, lambda law: ack(law, 0, 1, ADDRESS + 99)),
        ("no lease time", 1, lambda law: ack(law, 0, 1, lease=None)),
        ("times", 1, lambda law: ack(law, 0, 1, _58=90, _59=80)),
        ("double offer", 1, lambda law: [law.reply(at, at, at, ADDRESS, offer) for at in (1, 9)]),
        ("offers in turn", 0, lambda law: [law.reply(at, at, at, ADDRESS, offer) for at in (1, 12)]),
        ("offer of a lease", 1, lambda law: (ack(law, 0, 1), law.reply(50, 50, 2, ADDRESS, offer))),
    ]
    for name, want, play in cases:
        law = Law(FIRST, LAST, hold=10)
        play(law)
        if len(law.violations) != want:
            return f"{name}: {law.violations}, want {want}"
    return None


def cut(mode, lies, cuts):
    """Rows that were said to be durable and are gone after cuts of the failing disk."""
    chance, gone = random.Random(1), 0
    with tempfile.TemporaryDirectory(prefix="dhcpsim-disk-") as folder:
        disk = Disk(folder)
        database = disk.store / "rows.db"
        start(disk, database, mode, 20)
        disk.cut(chance)
        disk.lie(lies)
        for _ in range(cuts):
            last = start(disk, database, mode, chance.randint(1, 1500))
            disk.cut(chance)
            gone += max(last - newest(database), 0)
    return gone


def start(disk, database, mode, lines):
    """Runs the writer until it has said so many lines, and kills it; the last it said."""
    command = [sys.executable, "-c", WRITER, str(database), mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=disk.environment(), text=True) as writer:
        last = 0
        for _ in range(lines):
            last = int(writer.stdout.readline() or 0) or last
        time.sleep(random.random() / 1000)
        writer.kill()
        rest = [line for line in writer.stdout.read().splitlines(True) if line.endswith("\n")]
    return int(rest[-1]) if rest else last


def newest(database):
    """The newest row that a whole database has."""
    code = "import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); print(d.execute('pragma integrity_check').fetchone()[0], d.execute('select max(n) from t').fetchone()[0])"
    # Who reads a store may change it, and the failing disk would not know: a copy is read.
    with tempfile.TemporaryDirectory(prefix="dhcpsim-copy-") as folder:
        copy = shutil.copytree(database.parent, pathlib.Path(folder) / "copy") / database.name
        done = subprocess.run([sys.executable, "-c", code, str(copy)], capture_output=True, text=True, check=False)
    words = done.stdout.split()
    return int(words[1]) if words[:1] == ["ok"] and words[1] != "None" else 0


def honest_disk():
    """What was synced is there after cuts."""
    gone = cut("full", False, 12)
    return f"{gone} rows lost" if gone else None


def lying_disk():
    """A disk that lies loses rows, and so does a program that does not sync."""
    for mode, lies in (("full", True), ("off", False)):
        if not cut(mode, lies, 3):
            return f"nothing lost with synchronous = {mode}{' on a disk that lies' if lies else ''}"
    return None


def failing_disk():
    """Faults reach the program."""
    with tempfile.TemporaryDirectory(prefix="dhcpsim-disk-") as folder:
        disk = Disk(folder, image=False)
        for fault, text in (("no space", "full"), ("input/output error", "I/O"), ("read-only", "open|read|I/O")):
            path = disk.store / fault.split("/", maxsplit=1)[0]
            disk.fail(fault)
            command = [sys.executable, "-c", WRITER, str(path), "full"]
            done = subprocess.run(command, capture_output=True, env=disk.environment(), text=True, timeout=20, check=False)
            if done.returncode == 0 or not any(each in done.stderr for each in text.split("|")) or not disk.faults():
                return f"{fault}: {done.stderr[-200:]}"
    return None


def witness():
    """The witness sees an ACK that leaves before its sync, and none where it leaves after."""
    if not shutil.which("strace"):
        raise NotRun("no strace here")
    code = pathlib.Path(__file__).with_name("witnessed.py")
    for order, want in (("after", 0), ("before", 3)):
        with tempfile.TemporaryDirectory(prefix="dhcpsim-trace-") as folder:
            trace, store = pathlib.Path(folder) / "trace", pathlib.Path(folder) / "store"
            command = [*traced.command(trace), sys.executable, str(code), str(store), order]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
            if "ptrace" in done.stderr.lower() or not trace.exists():
                raise NotRun("strace may not trace here")
            counted = traced.judge(trace.read_text(errors="replace").splitlines(), str(store))
            if counted["acks"] != 3 or len(counted["early"]) != want:
                return f"sent {order} the sync: {counted}, want {want} of 3"
    return None


CHECKS = {
    "the lease law": breaches,
    "a disk that keeps what is flushed": honest_disk,
    "a disk that lies, and a program that does not sync": lying_disk,
    "a disk that fails": failing_disk,
    "strace as a witness": witness,
}
