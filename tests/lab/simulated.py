#!/usr/bin/env python3
"""The captures of simulated networks, as tshark reads them.

usage: simulated.py --program PATH

For each scenario and each of its segments: `dhcpsim simulate … --capture FILE` and `--trace` of the same seed. tshark must take
every frame for DHCP or ARP, find none malformed and all checksums right, and see the times and message types of the trace. A capture
that Ctrl-C cut short must be whole frames too. Exit status: 0 all is well, 1 something is not, 3 there is no tshark (said as NOT RUN).
"""
import argparse
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

# Scenarios with what makes them short, and their segments.
CASES = [
    ("lease", [], ["lan"]),
    ("home", [], ["home"]),
    ("relay", [], ["office", "branch", "backbone"]),
    ("conflict", [], ["lan"]),
    ("two-servers", ["--set", "duration=2h"], ["lan"]),
    ("rogue", [], ["lan"]),
    ("wifi", ["--set", "duration=20m"], ["wifi"]),
    ("power-cut", ["--set", "population.device.count=100"], ["access"]),
    ("crash", [], ["lan"]),
]
# What tshark calls the message types.
TYPES = "- DISCOVER OFFER REQUEST DECLINE ACK NAK RELEASE INFORM".split()
FIELDS = "frame.time_epoch dhcp.option.dhcp arp.opcode _ws.malformed ip.checksum.status udp.checksum.status".split()
CHECKED = ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
LINE = re.compile(r"^ *(\d+\.\d{6})  .+? > ([^:>]+): (?:\S+ > \S+ ([A-Z]+)|ARP)")


def read(path):
    """Time, what it is and whether it is right, of each frame."""
    command = ["tshark", "-n", "-r", str(path), *CHECKED, "-T", "fields", "-E", "separator=|"]
    done = subprocess.run([*command, *(f"-e{field}" for field in FIELDS)], capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(f"tshark: {done.stderr.strip()[-300:]}")
    frames = []
    for line in done.stdout.splitlines():
        at, kind, arp, malformed, ip, udp = line.split("|")
        # A status of 1 is a right checksum.
        right = not malformed and (bool(arp) or (ip, udp) == ("1", "1"))
        frames.append((at[:-3], TYPES[int(kind)] if kind else "ARP" if arp else "?", right))
    return frames


def traced(lines, segment):
    """Time and type of each frame on a segment, as the trace has them."""
    found = [match for match in map(LINE.match, lines) if match and match[2] == segment]
    return [(match[1], match[3] or "ARP") for match in found]


class Lab:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.failed = 0

    def check(self, what, holds, seen=""):
        print(f"{'ok  ' if holds else 'FAIL'} {what}{'' if holds else f': {seen}'}")
        self.failed += not holds

    def simulate(self, *flags):
        return subprocess.run([self.program, "simulate", *flags], capture_output=True, text=True, timeout=300)

    def scenario(self, name, flags):
        trace = self.simulate(name, *flags, "--trace").stdout.splitlines()
        for segment in dict((case[0], case[2]) for case in CASES)[name]:
            path = self.folder / f"{name}-{segment}.pcapng"
            self.simulate(name, *flags, "-q", "--capture", str(path), "--segment", segment)
            frames, want = read(path), traced(trace, segment)
            wrong = [number for number, frame in enumerate(frames, 1) if not frame[2] or frame[1] == "?"]
            self.check(f"{name}, {segment}: {len(frames)} frames, none malformed", frames and not wrong, wrong[:5])
            seen = [(at, kind) for at, kind, _ in frames]
            different = next((pair for pair in zip(seen, want) if pair[0] != pair[1]), None)
            same = seen == want and len(want) > 3
            self.check(f"{name}, {segment}: times and types are the trace's", same, (len(seen), len(want), different))

    def cut(self):
        """Ctrl-C in the middle leaves a file that ends with a whole frame."""
        path = self.folder / "cut.pcapng"
        command = [self.program, "simulate", "starvation", "-q", "--set", "duration=9000d", "--capture", str(path)]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 30
        while time.monotonic() < until and (not path.exists() or path.stat().st_size < 100_000):
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        code = running.wait(timeout=60)
        frames = read(path)
        right = all(frame[2] for frame in frames)
        self.check(f"a capture that is cut short has whole frames ({len(frames)})", code == 130 and right, code)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--program", required=True, type=pathlib.Path)
    given = arguments.parse_args()
    if not shutil.which("tshark"):
        print("NOT RUN: simulated.py, because there is no tshark")
        return 3
    with tempfile.TemporaryDirectory(prefix="dhcpsim-simulated-") as folder:
        lab = Lab(given.program.resolve(), pathlib.Path(folder))
        for name, flags, _ in CASES:
            lab.scenario(name, flags)
        lab.cut()
    print(f"{lab.failed} checks failed" if lab.failed else "all is well")
    return 1 if lab.failed else 0


if __name__ == "__main__":
    sys.exit(main())
