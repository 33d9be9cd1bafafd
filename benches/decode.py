"""Measures `dhcpsim decode --summary` beside tshark and tcpdump; see decode.sh and README.md."""

import argparse
import os
import random
import shutil
import statistics
import struct
import sys
import tempfile

FRAMES, PART, MANY = 100_000, 10_000, 1_000_000
ROUNDS = 5
GOALS = {"tshark": 50.0, "tcpdump": 2.0}
SERVER, RELAY = bytes([10, 67, 0, 1]), bytes([10, 67, 0, 254])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="exit 1 if a goal is missed")
    default = os.path.join(os.path.dirname(__file__), "..", "target", "release", "dhcpsim")
    parser.add_argument("program", nargs="?", default=default)
    arguments = parser.parse_args()
    if not os.access(arguments.program, os.X_OK):
        sys.exit(f"{arguments.program} is not there; `cargo build --release` makes it")
    with tempfile.TemporaryDirectory(prefix="dhcpsim-decode-") as folder:
        missed = compare(arguments.program, folder)
        missed += memory(arguments.program, folder)
    if arguments.check and missed:
        sys.exit(1)


def compare(program, folder):
    """Rounds in which each program has its turn; prints medians and ratios; returns the goals missed."""
    frames = messages()
    files = {count: capture(folder, frames, count) for count in (1, PART, FRAMES)}
    runs = {"dhcpsim": ([program, "decode", "--summary"], FRAMES)}
    for name, command, count in (
        ("tcpdump", ["tcpdump", "-vv", "-n", "-r"], FRAMES),
        ("tshark", ["tshark", "-n", "-T", "json", "-r"], PART),
        ("tshark, one frame", ["tshark", "-n", "-T", "json", "-r"], 1),
    ):
        if shutil.which(command[0]):
            runs[name] = (command, count)
        else:
            print(f"NOT MEASURED: {name}, because {command[0]} is not installed")
    times = {name: [] for name in runs}
    peaks = dict.fromkeys(runs, 0)
    for _ in range(ROUNDS):
        for name, (command, count) in runs.items():
            seconds, peak = run([*command, files[count]])
            times[name].append(seconds)
            peaks[name] = max(peaks[name], peak)
    if "tshark" in runs:
        # A capture ten times as long starts the program once.
        times["tshark"] = [
            start + (part - start) * FRAMES / PART
            for part, start in zip(times["tshark"], times.pop("tshark, one frame"))
        ]
    return table(times, peaks)


def table(times, peaks):
    print(f"{FRAMES:,} frames, medians of {ROUNDS} rounds; tshark from {PART:,} frames, its start counted once\n")
    print(f"{'program':<10}{'CPU s':>10}{'frames/CPU s':>15}{'to dhcpsim':>12}{'peak MiB':>10}  goal")
    missed = 0
    for name, seconds in times.items():
        median = statistics.median(seconds)
        ratio = statistics.median(other / ours for other, ours in zip(seconds, times["dhcpsim"]))
        goal = GOALS.get(name)
        said = "" if goal is None else f"{goal:g}: {'met' if ratio >= goal else 'MISSED'}"
        missed += goal is not None and ratio < goal
        peak = f"{peaks[name] / 1024:.1f}"
        print(f"{name:<10}{median:>10.3f}{FRAMES / median:>15,.0f}{ratio:>12.1f}{peak:>10}  {said}")
    return missed


def memory(program, folder):
    """Whether ten times the frames need no more memory; returns 1 if they do."""
    frames = messages()
    few = run([program, "decode", "--summary", capture(folder, frames, FRAMES)])[1]
    many = run([program, "decode", "--summary", capture(folder, frames, MANY)])[1]
    met = many <= few * 1.1
    print(f"\npeak memory: {few / 1024:.1f} MiB for {FRAMES:,} frames, {many / 1024:.1f} MiB for {MANY:,}", end="")
    print(f"; constant: {'met' if met else 'MISSED'}")
    return 0 if met else 1


def run(command):
    """CPU seconds (user and system) and peak memory in KiB of a program whose output nobody reads."""
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execvp(command[0], command)
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)}: exit status {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def capture(folder, frames, count):
    """A pcap file of `count` frames, each of `frames` in turn, a millisecond apart."""
    path = os.path.join(folder, f"{count}.pcap")
    if not os.path.exists(path):
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
            for index in range(count):
                frame = frames[index % len(frames)]
                second, rest = divmod(index, 1000)
                file.write(struct.pack("<IIII", 1_700_000_000 + second, rest * 1000, len(frame), len(frame)))
                file.write(frame)
    return path


def messages(clients=100):
    """DISCOVER, OFFER, REQUEST and ACK of that many clients behind a relay agent, the same on every machine."""
    source = random.Random(2131)
    frames = []
    for client in range(clients):
        mac = bytes([2, 0, 0x5E, 0, client >> 8, client & 255])
        address = bytes([10, 67, 1 + client // 200, 10 + client % 200])
        xid = source.getrandbits(32)
        frames += [message(source, kind, mac, address, xid) for kind in (1, 2, 3, 5)]
    return frames


def message(source, kind, mac, address, xid):
    """One frame: 8 to 14 options, option 82 the last."""
    reply = kind in (2, 5)
    yiaddr = address if reply else bytes(4)
    fixed = struct.pack(">BBBBIHH", 2 if reply else 1, 1, 6, 1, xid, source.randrange(60), 0)
    fixed += bytes(4) + yiaddr + bytes(4) + RELAY + mac.ljust(16, b"\0") + bytes(192)
    options = [(53, bytes([kind]))] + (reply_options(source) if reply else request_options(source, kind, mac, address))
    options.append((82, tlv(1, b"eth 1/1/%d:100" % source.randrange(48)) + tlv(2, mac)))
    area = b"\x63\x82\x53\x63" + b"".join(tlv(*option) for option in options) + b"\xff"
    payload = (fixed + area).ljust(300, b"\0")
    return frame(SERVER, RELAY, payload) if reply else frame(RELAY, SERVER, payload)


def request_options(source, kind, mac, address):
    options = [(61, b"\1" + mac), (50, address), (57, struct.pack(">H", 1500)), (60, b"android-dhcp-13")]
    options += [(12, b"host-%d" % source.randrange(10_000)), (55, bytes([1, 28, 2, 3, 15, 6, 119, 12, 44, 47, 26, 121, 42]))]
    return options + ([(54, SERVER)] if kind == 3 else [])


def reply_options(source):
    lease = source.choice([3600, 7200, 86_400])
    options = [(54, SERVER), (51, struct.pack(">I", lease)), (58, struct.pack(">I", lease // 2))]
    options += [(59, struct.pack(">I", lease * 7 // 8)), (1, b"\xff\xff\0\0"), (3, SERVER)]
    options += [(6, bytes([10, 67, 0, 2, 10, 67, 0, 3])), (15, b"lan.example"), (28, bytes([10, 67, 255, 255]))]
    return options + ([(42, bytes([10, 67, 0, 4])), (26, struct.pack(">H", 1500))] if lease > 3600 else [])


def tlv(code, value):
    return bytes([code, len(value)]) + value


def frame(source, destination, payload):
    """Ethernet, IPv4 and UDP around a payload, with right checksums; both ports are 67, as between relay and server."""
    length = 8 + len(payload)
    pseudo = source + destination + struct.pack(">HH", 17, length)
    udp = struct.pack(">HHH", 67, 67, length)
    udp += struct.pack(">H", checksum(pseudo + udp + b"\0\0" + payload) or 0xFFFF)
    ip = struct.pack(">BBHHHBB", 0x45, 0, 20 + length, 0, 0, 64, 17)
    ip += struct.pack(">H", checksum(ip + b"\0\0" + source + destination)) + source + destination
    return b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + ip + udp + payload


def checksum(octets):
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


if __name__ == "__main__":
    main()
