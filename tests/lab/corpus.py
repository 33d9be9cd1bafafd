#!/usr/bin/env python3
"""Holds our program against the corpus of DHCP messages, captures and text forms.

    python3 tests/lab/corpus.py --decoder target/release/dhcpsim [--corpus ../shared/corpus]
    python3 tests/lab/corpus.py --self-test      a plain walk in place of our program

Every message has to decode to exactly the corpus's fields, options, areas and offsets, and
to re-encode identically through JSON; every capture to its messages in order; every text
form to its messages. Exit status: 0 no difference, 1 a difference, 3 our program or the
corpus can't be had.
"""

import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import sys

import decoder

ROOT = pathlib.Path(__file__).resolve().parents[2]
BATCH = 100


class Tally:
    """Counts, and the printing of failures (the first 40 of them)."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, name, difference):
        """The result of one comparison."""
        if not difference:
            self.passed += 1
            return
        self.failed += 1
        if self.failed <= 40:
            print(f"FAILED {name}: {difference}")

    def skip(self, count, why):
        """Things that were not compared."""
        self.skipped += count
        print(f"skipped: {count} {why}")

    def report(self):
        """Prints the counts; the exit status."""
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed else 0


class Corpus:
    """The files of the corpus."""

    def __init__(self, folder):
        self.folder = folder
        self.messages = self.lines("messages.jsonl")
        self.captures = self.lines("captures.jsonl")
        self.forms = self.lines("forms.jsonl")
        self.by_hash = {each["sha256"]: each for each in self.messages}

    def lines(self, name):
        """The objects of a .jsonl file."""
        return [json.loads(line) for line in (self.folder / name).read_text().splitlines()]


def expected(entry):
    """The reading that the corpus gives for a message; None for no message."""
    if entry["fields"] is None:
        return None
    options = [(each["code"], each["area"], each["off"], each["hex"]) for each in entry["options"]]
    return {"fields": entry["fields"], "options": options}


def difference(entry, ours):
    """A sentence about how our reading differs from the corpus, or None."""
    theirs = expected(entry)
    if theirs is None or ours is None:
        return (
            None
            if theirs is None and ours is None
            else f"a message? we {ours is not None}, corpus {theirs is not None}"
        )
    for name, value in theirs["fields"].items():
        if ours["fields"].get(name) != value:
            return f"{name}: corpus {value}, we {ours['fields'].get(name)}"
    for number, (mine, other) in enumerate(zip(ours["options"], theirs["options"]), 1):
        if mine != other:
            return f"option {number}: corpus {other}, we {mine}"
    if len(ours["options"]) != len(theirs["options"]):
        return f"{len(theirs['options'])} options in the corpus, we have {len(ours['options'])}"
    return None


def sequence_difference(entries, ours):
    """How the readings of a file differ from the messages it holds, or None."""
    if len(entries) != len(ours):
        return f"{len(entries)} messages in the corpus, we have {len(ours)}"
    for number, (entry, mine) in enumerate(zip(entries, ours), 1):
        found = difference(entry, mine)
        if found:
            return f"message {number}: {found}"
    return None


def check_messages(corpus, program, tally):
    """Decodes every message, and encodes it again."""
    for start in range(0, len(corpus.messages), BATCH):
        part = corpus.messages[start : start + BATCH]
        lines = program.decode_lines([bytes.fromhex(each["hex"]) for each in part])
        for entry, line in zip(part, lines):
            tally.add(entry["id"], difference(entry, decoder.reading(json.loads(line))))
        whole = [(entry, line) for entry, line in zip(part, lines) if entry["fields"] is not None]
        again = program.encode([line for _, line in whole])
        for (entry, _), octets in zip(whole, again):
            tally.add(
                f"{entry['id']} encoded",
                None if octets and octets.hex() == entry["hex"] else not_same(entry, octets),
            )
    short = [each["id"] for each in corpus.messages if each["fields"] is None]
    tally.skip(len(short), f"messages of fewer than 236 octets not encoded: {' '.join(short)}")


def not_same(entry, octets):
    """A sentence about how the encoded octets differ from the message."""
    want = bytes.fromhex(entry["hex"])
    if octets is None:
        return "not encoded, or not as one message"
    at = next(
        (n for n, (one, two) in enumerate(zip(want, octets)) if one != two), min(len(want), len(octets))
    )
    return f"differs at octet {at} of {len(want)}, we have {len(octets)}"


def check_files(program, files, tally):
    """Decodes files, each to the messages it holds: (name, path, entries)."""

    def one(file):
        try:
            return sequence_difference(file[2], program.decode_file(file[1]))
        except (decoder.DecoderError, ValueError) as error:
            return str(error)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for (name, _, _), found in zip(files, pool.map(one, files)):
            tally.add(name, found)


def capture_files(corpus):
    """The captures and their messages."""
    for each in corpus.captures:
        entries = [corpus.by_hash[message["sha256"]] for message in each["messages"]]
        yield each["file"], corpus.folder / each["file"], entries


def form_files(corpus):
    """The text forms and their messages."""
    for each in corpus.forms:
        yield each["file"], corpus.folder / each["file"], [corpus.by_hash[sha] for sha in each["expect"]]


def readable_by_reference(file):
    """Whether the stand-in of the self-test can read a file."""
    name, path, _ = file
    if path.suffix == ".pcap":
        head = path.read_bytes()[:24]
        return (
            head[:4] == bytes.fromhex("d4c3b2a1")
            and head[20] == 1
            and not name.startswith(("pcap/3", "pcap/70"))
        )
    return path.name.endswith((".hex-one-line.txt", ".hex-spaces-16-per-line.txt", ".hex-wrapped-64.txt"))


def consistent(corpus):
    """Whether the corpus has not been damaged: every message has the hash it is named by."""
    return all(
        hashlib.sha256(bytes.fromhex(each["hex"])).hexdigest() == each["sha256"] for each in corpus.messages
    )


def main():
    """Runs the comparison; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--decoder", metavar="COMMAND", help="our program, for example target/release/dhcpsim")
    which.add_argument("--self-test", action="store_true", help="the reference walk instead of our program")
    parser.add_argument("--decode-arguments", default="decode --json", help="default: %(default)s")
    parser.add_argument(
        "--encode-arguments", default="encode --from json --to hex", help="default: %(default)s"
    )
    parser.add_argument("--corpus", type=pathlib.Path, default=ROOT.parent / "shared" / "corpus")
    arguments = parser.parse_args()
    if not (arguments.corpus / "messages.jsonl").is_file():
        print("corpus: not run: there is no corpus at the place that --corpus names", file=sys.stderr)
        return 3
    corpus, tally = Corpus(arguments.corpus), Tally()
    if not consistent(corpus):
        print("corpus: not run: messages.jsonl is damaged", file=sys.stderr)
        return 3
    command = arguments.decoder or decoder.REFERENCE
    program = decoder.Program(command, arguments.decode_arguments, arguments.encode_arguments)
    files = [*capture_files(corpus), *form_files(corpus)]
    if arguments.self_test:
        able = [file for file in files if readable_by_reference(file)]
        tally.skip(len(files) - len(able), "files that the stand-in can't read")
        files = able
    try:
        check_messages(corpus, program, tally)
        check_files(program, files, tally)
    except decoder.Crash as crash:
        print(f"FAILED: {crash}")
        return 1
    except (OSError, decoder.DecoderError) as error:
        print(f"corpus: {error}", file=sys.stderr)
        return 3
    return tally.report()


if __name__ == "__main__":
    sys.exit(main())
