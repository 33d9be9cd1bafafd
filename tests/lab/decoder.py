"""Our program as a reader and writer of messages, called for many messages at a time.

A reading is {"fields": {...}, "options": [(code, area, offset, hex), ...]}, or None for what
is no message (fewer than 236 octets). What is particular to the command line of our
program is in this file only.
"""

import json
import pathlib
import shlex
import subprocess
import sys

import wire

PAD_AND_END = (wire.PAD, wire.END)
REFERENCE = shlex.join([sys.executable, str(pathlib.Path(__file__).with_name("reference.py"))])


class DecoderError(Exception):
    """Our program gave something that can't be understood."""


class Crash(Exception):
    """Our program panicked or was killed."""


def run(command, octets, seconds=60):
    """Runs a command on some input; (exit status, standard output, standard error)."""
    done = subprocess.run(command, input=octets, capture_output=True, timeout=seconds)
    if done.returncode < 0 or done.returncode == 101:
        last = done.stderr.decode(errors="replace")[-500:]
        raise Crash(f"{shlex.join(command)} crashed ({done.returncode}): {last}")
    return done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace")


def reading(document):
    """The reading of one JSON document of `decode --json`."""
    fields, options = document.get("fields"), document.get("options")
    if fields is None or options is None:
        return None
    found = [option_of(each) for each in options if isinstance(each.get("code"), int)]
    return {"fields": fields, "options": [each for each in found if each[0] not in PAD_AND_END]}


def option_of(entry):
    """(code, area, offset, hex of the value) of an entry of `options`."""
    return entry["code"], entry.get("area"), entry.get("offset"), entry.get("hex")


class Program:
    """Our program. `command` is its path, perhaps with arguments before the subcommand."""

    def __init__(self, command, decode="decode --json", encode="encode --from json --to hex"):
        self.decode_command = shlex.split(command) + shlex.split(decode)
        self.encode_command = shlex.split(command) + shlex.split(encode)

    def documents(self, octets, *arguments):
        """The JSON documents printed for some input, as lines."""
        status, out, err = run([*self.decode_command, *arguments], octets)
        lines = [line for line in out.splitlines() if line.strip()]
        if status > 1 and not lines:
            raise DecoderError(f"exit status {status}: {err.strip()[-300:]}")
        return lines

    def decode_lines(self, messages):
        """One JSON line for each message: all in one process, or one by one if that does not fit."""
        text = "\n".join(wire.format_hex(octets) for octets in messages)
        try:
            lines = self.documents(text.encode())
        except (DecoderError, Crash):
            lines = []
        if len(lines) == len(messages):
            return lines
        return [self.decode_one(octets) for octets in messages]

    def decode_one(self, octets):
        """The JSON line for one message, in a process of its own; "{}" if there is none."""
        try:
            lines = self.documents(wire.format_hex(octets).encode())
        except DecoderError as error:
            return json.dumps({"refused": str(error)})
        except Crash as crash:
            raise Crash(f"{crash}\nwith {octets.hex()}") from crash
        if len(lines) > 1:
            raise DecoderError(
                f"{len(lines)} documents for one message of {len(octets)} octets: {octets.hex()}"
            )
        return lines[0] if lines else "{}"

    def decode(self, messages):
        """The reading of each message."""
        return [reading(json.loads(line)) for line in self.decode_lines(messages)]

    def decode_file(self, path):
        """The reading of each message in a file of any form."""
        return [reading(json.loads(line)) for line in self.documents(b"", str(path))]

    def encode(self, lines):
        """The octets of each JSON line, re-encoded: all in one process, or one by one."""
        found = self.encode_batch(lines)
        if len(found) == len(lines):
            return found
        alone = [self.encode_batch([line]) for line in lines]
        return [each[0] if len(each) == 1 else None for each in alone]

    def encode_batch(self, lines):
        """The messages printed for some JSON lines."""
        status, out, _ = run(self.encode_command, "".join(line + "\n" for line in lines).encode())
        return split_hex(out) if status <= 1 else []


def split_hex(text):
    """The messages of a hex output: one a line, or 16 octets a line with blank lines between."""
    groups, group = [], []
    for line in [*text.splitlines(), ""]:
        words = line.split("#")[0].strip()
        if words:
            group.append(words)
        elif group:
            groups.append(group)
            group = []
    if len(groups) == 1 and all(len(line.replace(" ", "")) >= 2 * wire.HEADER_LEN for line in groups[0]):
        groups = [[line] for line in groups[0]]
    return [bytes.fromhex("".join(group)) for group in groups]
