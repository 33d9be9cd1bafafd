"""strace as a witness: every ACK leaves after a write to the store and its sync, which came after the request."""

import re
import shutil

from reliability import law
from reliability.clients import Crowd
from reliability.law import Law
from reliability.outcome import NotRun, Result, test
from reliability.serving import Server

CALLS = "recvfrom,recvmsg,recvmmsg,sendto,sendmsg,sendmmsg,write,pwrite64,pwritev,fsync,fdatasync,openat,openat2,close,dup"
LINE = re.compile(r"(?:\[pid +)?(\d+)\]? +(.*)")
RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)")
PAYLOAD = re.compile(r'(?:iov_base=|^\w+\(\d+(?:<[^>]*>)?, |^)"((?:\\x[0-9a-f]{2})+)"')
DESCRIPTOR = re.compile(r"^\w+\(\d+<((?:\\x[0-9a-f]{2})+)>")
RECEIVE, SEND = ("recvfrom", "recvmsg", "recvmmsg"), ("sendto", "sendmsg", "sendmmsg")
WRITES, SYNCS = ("write", "pwrite64", "pwritev"), ("fsync", "fdatasync")


@test("traced", "every ACK follows the sync of its lease (strace)")
def traced(setting):
    """New leases, then two renewals each."""
    if not shutil.which("strace"):
        raise NotRun("no strace here")
    result, lease_law = Result(), Law("10.80.0.10", "10.80.255.250")
    trace = setting.folder / "trace"
    with Server(setting.program, setting.folder) as server, Crowd(server, lease_law) as crowd:
        server.wrapper = command(trace)
        try:
            server.start()
        except Exception as error:
            if "PTRACE" in str(error) or "ptrace" in server.said():
                raise NotRun("strace may not trace here") from error
            raise
        clients = range(1, setting.size(1000, 100))
        for turn in range(3):
            exchange = crowd.renew if turn else crowd.take
            exchange(clients, window=24, tries=3, timeout=2)
        server.end()
    counted = judge(trace.read_text(errors="replace").splitlines(), str(server.store))
    early, acks = counted["early"], counted["acks"]
    result.demand("ACKs seen by strace are those that came", acks >= lease_law.grants > 0, f"{acks} of {lease_law.grants}")
    result.demand("ACKs before the sync of their lease", not early, f"{len(early)} of {acks}; {counted['syncs']} syncs {early[:3]}")
    result.law(lease_law)
    return result


def command(trace):
    """How strace is called."""
    return ["strace", "-f", "-y", "-xx", "-s", "2048", "-e", f"trace={CALLS}", "-o", str(trace)]


def judge(lines, store):
    """Follows the calls: for each ACK, whether a write and then a sync of the store lie between its request and it."""
    counted = {"acks": 0, "syncs": 0, "early": []}
    asked, pending = {}, {}
    synced, written = [], None
    for position, line in enumerate(lines):
        call, begun = complete(position, line, pending)
        if call is None:
            continue
        name = call.split("(", 1)[0]
        if name in SEND:
            # A send is judged by when it began: `begun` is the line of its beginning.
            for payload in payloads(call):
                judge_sent(payload, begun, asked, synced, counted)
        elif name in RECEIVE:
            for payload in payloads(call):
                if payload[0] == 1 and law.options(payload).get(law.TYPE) == b"\x03":
                    asked[payload[4:8]] = position
        elif of_store(call, store):
            if name in WRITES:
                written = position
            elif name in SYNCS and call.rstrip().endswith("= 0"):
                counted["syncs"] += 1
                synced.append((written, begun, position))
    return counted


def of_store(call, store):
    """Whether a call is about the store's file or one beside it whose name begins so."""
    match = DESCRIPTOR.match(call)
    return bool(match) and bytes.fromhex(match[1].replace("\\x", "")).decode(errors="replace").startswith(store)


def complete(position, line, pending):
    """(a whole call, the line where it began) or (None, None) while it is under way."""
    match = LINE.match(line)
    if not match:
        return None, None
    thread, text = match.groups()
    if text.endswith("<unfinished ...>"):
        pending[thread] = (text.removesuffix("<unfinished ...>"), position)
        return None, None
    resumed = RESUMED.match(text)
    if resumed:
        head, begun = pending.pop(thread, (f"{resumed[1]}(", position))
        return head + resumed[2].lstrip(), begun
    return text, position


def payloads(call):
    """The datagrams of a call."""
    found = (bytes.fromhex(text.replace("\\x", "")) for text in PAYLOAD.findall(call))
    return [payload for payload in found if len(payload) >= 240]


def judge_sent(payload, begun, asked, synced, counted):
    """Counts an ACK, and notes it if nothing was written and synced since it was asked for."""
    if payload[0] != 2 or law.options(payload).get(law.TYPE) != b"\x05":
        return
    counted["acks"] += 1
    since = asked.get(payload[4:8], -1)
    for written, sync_begun, sync_ended in reversed(synced):
        if sync_begun < since:
            break
        if written is not None and since < written < sync_begun and sync_ended < begun:
            return
    counted["early"].append(payload[4:8].hex())
