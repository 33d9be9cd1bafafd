#!/usr/bin/env python3
"""Compares what tshark and scapy read in our fixtures with what our program reads.

    python3 tests/lab/oracle.py --decoder target/release/dhcpsim
    python3 tests/lab/oracle.py --self-test      a plain walk over codes and lengths in its place

Compared are the header fields, and the code, offset, area, length and octets of every
option in order. Where an oracle is known to be wrong or to give up, that is printed by
the name of the rule and counted as skipped; what it read before that is still compared.
Exit status: 0 no difference, 1 a difference, 3 our program can't be run.
"""

import argparse
import collections
import json
import pathlib
import resource
import shutil
import subprocess
import sys

import decoder
import tshark
import wire

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCAPY = ["/usr/bin/python3", str(pathlib.Path(__file__).with_name("scapy_reader.py"))]
SCAPY_PACKAGE = pathlib.Path("/usr/lib/python3/dist-packages/scapy")

# Fixtures that an oracle is known to read in a way of its own, and why it is not ours.
TSHARK_KNOWN = {
    "hlen-255": "takes no hlen over 16 for BOOTP, shows bare UDP data",
    "overload-file-overrun": "reads an option in file on past the end of file, into cookie and options",
    "overload-file-lone-code": "lists an option whose length octet would lie outside of file",
    "overload-length-2": "takes the first octet of option 52, whatever its length",
}
RULES = {
    "too-short": "fewer than 236 octets: no message for us; tshark shows the fields that are there",
    "tshark-named": "tshark reads this fixture in a way of its own, see TSHARK_KNOWN",
    "tshark-stops": "tshark throws Malformed Packet at an option and lists none after it",
    "tshark-overrun": "tshark shows no value for an option that goes past the end",
    "tshark-secs": "tshark swaps the octets of secs when it takes the client for little-endian",
    "scapy-tail": "scapy can't decode an option and leaves it and the rest raw",
    "scapy-areas": "scapy does not read options in file and sname",
    "scapy-value": "scapy does not write its own reading back as the same octets",
    "scapy-error": "scapy fails on the message as a whole",
}


class Tally:
    """Counts of what was compared, and the printing of what is worth it."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.rules = collections.defaultdict(list)

    def add(self, oracle, name, difference, rules):
        """The result of one message with one oracle."""
        for rule in rules:
            self.rules[rule].append(name)
        if difference:
            self.failed += 1
            if self.failed <= 40:
                print(f"FAILED {name} ({oracle}): {difference}")
        elif rules:
            self.skipped += 1
        else:
            self.passed += 1

    def report(self):
        """Prints the known disagreements met and the counts; the exit status."""
        for rule, names in sorted(self.rules.items()):
            print(f"known: {rule}: {RULES[rule]}: {len(names)}: {' '.join(sorted(set(names)))}")
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed else 0


def fixtures():
    """(name, octets) of every .hex fixture."""
    for path in sorted((ROOT / "fixtures").glob("*/*.hex")):
        yield path.stem, wire.parse_hex(path.read_text())


def captures():
    """The capture files."""
    return sorted((ROOT / "fixtures" / "captured").glob("*.pcap"))


# Comparing one message


def first_difference(ours, theirs, title):
    """A sentence about the first option in which two lists differ, or None."""
    for number, (mine, other) in enumerate(zip(ours, theirs), 1):
        if mine != other:
            return f"option {number}: {title} {other}, we {mine}"
    if len(ours) != len(theirs):
        return f"{title} has {len(theirs)} options, we have {len(ours)}: {(theirs + ours)[-1]}"
    return None


def with_walk(octets, ours):
    """Our reading against the plain walk: (difference, rules)."""
    walk = decoder.reading(wire.walk(octets) or {})
    if walk is None or ours is None:
        return ("one of the two sees no message" if (walk is None) != (ours is None) else None), []
    for name, value in walk["fields"].items():
        if ours["fields"].get(name) != value and not (name == "cookie" and value is None):
            return f"{name}: walk {value}, we {ours['fields'].get(name)}", []
    return first_difference(ours["options"], walk["options"], "walk"), []


def with_tshark(name, octets, ours, theirs):
    """Our reading against tshark's: (difference, rules)."""
    if len(octets) < wire.HEADER_LEN:
        return None, ["too-short"]
    if name in TSHARK_KNOWN:
        return None, ["tshark-named"]
    if ours is None or theirs is None:
        return f"no message: we {ours is None}, tshark {theirs is None}", []
    rules = []
    for field, value in theirs["fields"].items():
        mine = ours["fields"].get(field)
        if field == "secs" and mine != value and mine == int.from_bytes(value.to_bytes(2, "little"), "big"):
            rules.append("tshark-secs")
        elif mine != value:
            return f"{field}: tshark {value}, we {mine}", rules
    mine, listed = ours["options"], theirs["options"]
    if theirs["malformed"] and len(listed) < len(mine):
        rules.append("tshark-stops")
        mine = mine[: len(listed)]
    if listed and is_overrun(octets, listed[-1]):
        rules.append("tshark-overrun")
        mine, listed = [each[:3] for each in mine], [each[:3] for each in listed]
    return first_difference(mine, listed, "tshark"), rules


def is_overrun(octets, option):
    """Whether an option says more octets than are left of the message."""
    offset = option[2]
    return offset + 1 >= len(octets) or offset + 2 + octets[offset + 1] > len(octets)


def with_scapy(octets, ours, theirs):
    """Our reading against scapy's: (difference, rules)."""
    if len(octets) < wire.HEADER_LEN:
        return None, ["too-short"]
    if "error" in theirs:
        return None, ["scapy-error"]
    if ours is None:
        return "we see no message, scapy does", []
    mine = [each for each in ours["options"] if each[1] == "options"]
    rules = ["scapy-areas"] if len(mine) < len(ours["options"]) else []
    listed = theirs["options"]
    if theirs["tail"] and len(listed) < len(mine):
        rules.append("scapy-tail")
        if not octets[mine[len(listed)][2] :].hex().startswith(theirs["tail"]):
            return f"scapy leaves {theirs['tail'][:20]}… raw, we see {mine[len(listed)]} there", rules
        mine = mine[: len(listed)]
    if any(value is None for _, value in listed):
        rules.append("scapy-value")
    known = [
        (code, value if value is not None else mine[n][3] if n < len(mine) else "")
        for n, (code, value) in enumerate(listed)
    ]
    return first_difference([(each[0], each[3]) for each in mine], known, "scapy"), rules


# The oracles


def read_with_scapy(messages):
    """scapy's reading of each message, in a process of bounded memory and time."""

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (100, 100))

    lines = "".join(octets.hex() + "\n" for octets in messages)
    done = subprocess.run(SCAPY, input=lines.encode(), capture_output=True, timeout=200, preexec_fn=limit)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) < len(messages):
        # Some message took all memory or time: it gets an error, the rest another process.
        answers.append({"error": "no answer"})
        answers += read_with_scapy(messages[len(answers) :]) if len(answers) < len(messages) else []
    return answers


def check_messages(ours, named, tally):
    """Compares every fixture with the walk, tshark and scapy."""
    messages = [octets for _, octets in named]
    has_tshark, has_scapy = bool(shutil.which("tshark")), SCAPY_PACKAGE.is_dir()
    by_tshark = tshark.read_messages(messages) if has_tshark else None
    by_scapy = read_with_scapy(messages) if has_scapy else None
    for number, (name, octets) in enumerate(named):
        tally.add("walk", name, *with_walk(octets, ours[number]))
        if by_tshark:
            tally.add("tshark", name, *with_tshark(name, octets, ours[number], by_tshark[number]))
        if by_scapy:
            tally.add("scapy", name, *with_scapy(octets, ours[number], by_scapy[number]))
    for title, there in (("tshark", has_tshark), ("scapy", has_scapy)):
        if not there:
            print(f"skipped: {title} is not installed")
            tally.skipped += len(named)


def check_captures(program, tally):
    """Compares every capture file, read whole by us and by tshark, message by message."""
    for path in captures() if shutil.which("tshark") else []:
        theirs = [each for each in tshark.read_file(path) if each]
        payloads = [wire.udp_payload(frame)[2] for _, _, frame in wire.read_pcap(path)]
        ours = program.decode_file(path)
        if len(ours) != len(theirs):
            tally.add("tshark", path.name, f"tshark has {len(theirs)} messages, we have {len(ours)}", [])
            continue
        for number, (octets, mine, other) in enumerate(zip(payloads, ours, theirs), 1):
            name = f"{path.name}:{number}"
            tally.add("walk", name, *with_walk(octets, mine))
            tally.add("tshark", name, *with_tshark(name, octets, mine, other))


def decode_in_batches(program, messages, size=150):
    """The reading of each message, `size` a process; those of no octets can't be in a batch."""
    readings = [None] * len(messages)
    numbers = [number for number, octets in enumerate(messages) if octets]
    for start in range(0, len(numbers), size):
        part = numbers[start : start + size]
        for number, found in zip(part, program.decode([messages[each] for each in part])):
            readings[number] = found
    return readings


def main():
    """Runs the comparison; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--decoder", metavar="COMMAND", help="our program, for example target/release/dhcpsim")
    which.add_argument("--self-test", action="store_true", help="the reference walk instead of our program")
    parser.add_argument("--decode-arguments", default="decode --json", help="default: %(default)s")
    arguments = parser.parse_args()
    program = decoder.Program(arguments.decoder or decoder.REFERENCE, arguments.decode_arguments)
    named, tally = list(fixtures()), Tally()
    try:
        ours = decode_in_batches(program, [octets for _, octets in named])
        check_messages(ours, named, tally)
        check_captures(program, tally)
    except decoder.Crash as crash:
        print(f"FAILED: {crash}")
        return 1
    except (OSError, decoder.DecoderError) as error:
        print(f"oracle: {error}", file=sys.stderr)
        return 3
    return tally.report()


if __name__ == "__main__":
    sys.exit(main())
