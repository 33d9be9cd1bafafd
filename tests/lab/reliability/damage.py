"""A store that somebody or something damaged while the server was down."""

import random
import re
import shutil
import sqlite3

from reliability import promised
from reliability.clients import Crowd
from reliability.law import Law
from reliability.outcome import Result, test
from reliability.serving import Server, ServerError

HOLDERS, PAGE = 300, 1024
REMEDY = r"(?i)restore|repair|recover|backup|remove|init|help:|move"
KINDS = {}


def kind(name, after="kill"):
    """A way to damage; `after` says whether the server was killed (the log is full) or ended (it is not)."""

    def register(function):
        KINDS[name] = (function, after)
        return function

    return register


def log_of(path):
    """The write-ahead log of a store."""
    return path.with_name(path.name + "-wal")


def change(path, at, octets):
    """Writes octets into a file."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(octets)


def flip(path, chance, first=0, count=1):
    """Flips bits in a file from an offset on."""
    size = path.stat().st_size
    for _ in range(count):
        at = chance.randrange(min(first, size - 1), size)
        data = path.read_bytes()[at]
        change(path, at, bytes([data ^ (1 << chance.randrange(8))]))


@kind("database cut to nothing")
def cut_to_nothing(path, _):
    path.write_bytes(b"")


@kind("database cut to nothing after an orderly end", "end")
def cut_to_nothing_ended(path, _):
    path.write_bytes(b"")


@kind("database cut in the middle of a page", "end")
def cut_in_page(path, _):
    change_size(path, path.stat().st_size // 2 + 100)


@kind("database cut at a page", "end")
def cut_at_page(path, _):
    change_size(path, path.stat().st_size // 2 // PAGE * PAGE)


def change_size(path, size):
    """Cuts a file."""
    with path.open("r+b") as file:
        file.truncate(size)


@kind("bit flipped in the database's header", "end")
def flip_header(path, chance):
    data = path.read_bytes()[16]
    change(path, 16, bytes([data ^ (1 << chance.randrange(8))]))


for turn in range(4):

    @kind(f"bits flipped in the database, {turn + 1}", "end")
    def flip_pages(path, chance):
        flip(path, chance, 100, 3)


@kind("one bit flipped in a row", "end")
def flip_row(path, chance):
    data = path.read_bytes()
    at = data.rfind(b"\x02\x00\x00\x00\x00")
    change(path, at + 5, bytes([data[at + 5] ^ 0x40]))


@kind("a page of the database zeroed", "end")
def zero_page(path, chance):
    pages = path.stat().st_size // PAGE
    change(path, chance.randrange(1, pages) * PAGE, bytes(PAGE))


@kind("database zeroed", "end")
def zero_all(path, _):
    path.write_bytes(bytes(path.stat().st_size))


@kind("database replaced by garbage", "end")
def garbage(path, chance):
    path.write_bytes(chance.randbytes(path.stat().st_size))


@kind("database replaced by text", "end")
def text(path, _):
    path.write_text("lease 10.80.0.10 {\n}\n" * 100)


@kind("another program's database in its place", "end")
def other_database(path, _):
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("create table bookmarks (url text)")
    other.close()


@kind("database of a later version", "end")
def later_version(path, _):
    with sqlite3.connect(path) as later:
        later.execute("pragma user_version = 9999")
    later.close()


@kind("a row changed with another program", "end")
def changed_row(path, _):
    with sqlite3.connect(path) as store:
        table = store.execute("select name from sqlite_master where type = 'table' and name like '%lease%' or name like '%binding%'").fetchone()[0]
        columns = [row[1] for row in store.execute(f"pragma table_info({table})")]
        column = next(name for name in columns if "expire" in name or "until" in name)
        store.execute(f"update {table} set {column} = {column} + 7 where rowid in (select rowid from {table} limit 1)")
    store.close()


@kind("database deleted", "end")
def deleted(path, _):
    path.unlink()


@kind("database deleted, its log left")
def deleted_but_log(path, _):
    path.unlink()


@kind("log deleted")
def log_deleted(path, _):
    log_of(path).unlink()


@kind("log cut in the middle")
def log_cut(path, _):
    change_size(log_of(path), log_of(path).stat().st_size // 2 + 100)


@kind("log cut to nothing")
def log_cut_to_nothing(path, _):
    change_size(log_of(path), 0)


@kind("bits flipped in the log")
def log_flipped(path, chance):
    flip(log_of(path), chance, 32, 3)


@kind("log zeroed")
def log_zeroed(path, _):
    log_of(path).write_bytes(bytes(log_of(path).stat().st_size))


@kind("log replaced by garbage")
def log_garbage(path, chance):
    log_of(path).write_bytes(chance.randbytes(log_of(path).stat().st_size))


@kind("shared memory replaced by garbage")
def memory_garbage(path, chance):
    path.with_name(path.name + "-shm").write_bytes(chance.randbytes(32768))


@kind("a folder in the database's place", "end")
def folder(path, _):
    path.unlink()
    path.mkdir()


@test("damage", "a store that is cut, flipped, zeroed, deleted or replaced while the server is down")
def damage(setting):
    """Every kind: the server serves all that it promised, or refuses with file and remedy."""
    result, law = Result(), Law("10.80.0.10", "10.80.255.250")
    bases, held = prepare(setting, law)
    names = list(KINDS)
    for name in names if not setting.quick else names:
        function, after = KINDS[name]
        with Server(setting.program, setting.folder / "work") as server, Crowd(server, law) as crowd:
            shutil.rmtree(server.folder, ignore_errors=True)
            shutil.copytree(bases[after], server.folder)
            server.log.unlink(missing_ok=True)
            function(server.store, random.Random(f"{setting.seed} {name}"))
            one_damage(result, name, server, crowd, held)
    result.law(law)
    return result


def prepare(setting, law):
    """Stores of a server that was killed and of one that ended, and what it had promised."""
    first = setting.folder / "first"
    first.mkdir()
    bases = {"kill": setting.folder / "killed", "end": setting.folder / "ended"}
    with Server(setting.program, first) as server, Crowd(server, law) as crowd:
        server.start()
        crowd.take(range(1, HOLDERS + 1), tries=3)
        server.kill()
        shutil.copytree(first, bases["kill"])
        server.start()
        server.end()
        shutil.copytree(first, bases["end"])
        return bases, dict(crowd.held)


def one_damage(result, name, server, crowd, held):
    """What a server makes of a damaged store."""
    try:
        server.start(patience=8)
    except ServerError as error:
        status, said = server.process.poll(), server.said()
        if status is None or status < 0 or "panicked" in said:
            result.demand(name, False, f"not refused but stuck or crashed ({status}): {error}")
            return
        well = server.store.name in said and re.search(REMEDY, said)
        result.demand(name, bool(well), "refused: " + " / ".join(line.strip() for line in said.splitlines()[:4])[:400])
        return
    gone = promised.lost(crowd, held)
    said = [line.strip() for line in server.said().splitlines() if re.search(r"(?i)damage|corrupt|lost|recover|quarantin", line)]
    found = f"served, {len(held) - len(gone)} of {len(held)} there" + (f"; said: {said[0][:200]}" if said else "")
    result.demand(name, not gone, found)
