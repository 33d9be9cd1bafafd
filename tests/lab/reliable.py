#!/usr/bin/env python3
"""Our server killed, cut off, flooded, starved of disk and misled about time; and what became of its leases.

    python3 tests/lab/reliable.py --program target/release/dhcpsim [--quick] [NAME ...]
    python3 tests/lab/reliable.py --list
    python3 tests/lab/reliable.py --self-test      the lease law and the failing disk, without our program

Each test ends in the lease law's check over everything that clients sent and were sent. Exit status: 0
all demands are met, 1 one is not, 2 wrong usage, 3 nothing could be run. What can't be run here says so.
"""

import argparse
import importlib
import pathlib
import random
import sys
import tempfile
import time
import traceback

from lab import exit_on_sigterm
from reliability.outcome import TESTS, NotRun, Result, Setting
from reliability.serving import ServerError

MODULES = "kill power traced lossy flood mutated faults damage clock reload".split()


def run_test(name, setting):
    """Runs a test: its result, or why it was not run."""
    function, _ = TESTS[name]
    try:
        return function(setting), None
    except NotRun as reason:
        return None, str(reason)
    except ServerError as error:
        result = Result()
        result.demand("the server serves", False, error)
        return result, None
    except Exception:  # the other tests are to be run all the same
        result = Result()
        result.demand("the test itself", False, traceback.format_exc())
        return result, None


def show(name, result, seconds):
    """A test's rows."""
    print(f"{name}: {TESTS[name][1]} ({seconds:.1f} s)")
    for state, what, found in result.rows:
        print(f"  {state:6} {what}: {found}")
    sys.stdout.flush()


def run_all(names, arguments):
    """Runs tests one after the other, and shows them; the exit status."""
    summary = []
    for name in names:
        begin = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=f"dhcpsim-{name}-", dir=arguments.folder) as folder:
            setting = Setting(arguments.program, arguments.quick, pathlib.Path(folder), arguments.seed)
            result, reason = run_test(name, setting)
        if reason:
            print(f"NOT RUN: {name}: {reason}", flush=True)
            summary.append((name, "not run"))
            continue
        show(name, result, time.monotonic() - begin)
        summary.append((name, "FAILED" if result.failed() else "passed"))
    print("\n" + "\n".join(f"{state:8} {name}" for name, state in summary))
    states = [state for _, state in summary]
    if "FAILED" in states:
        return 1
    return 0 if "passed" in states else 3


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", help="our program, for example target/release/dhcpsim")
    parser.add_argument("--quick", action="store_true", help="every test in small, all together within 90 s")
    parser.add_argument("--seed", type=int, help="what chance is made of (default: some number, which is told)")
    parser.add_argument("--folder", help="where stores are put (default: the system's temporary folder)")
    parser.add_argument("--list", action="store_true", help="list the tests")
    parser.add_argument("--self-test", action="store_true", help="try the judges themselves")
    parser.add_argument("names", nargs="*", metavar="NAME", help="tests to run (default: all)")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in TESTS]
    if unknown:
        parser.error(f"no such test: {', '.join(unknown)}")
    if not (arguments.program or arguments.list or arguments.self_test):
        parser.error("--program is needed")
    if arguments.seed is None:
        arguments.seed = random.randrange(1 << 32)
    return arguments


def main():
    """Runs the tests; the exit status."""
    for module in MODULES:
        importlib.import_module(f"reliability.{module}")
    arguments = parse_arguments()
    if arguments.list:
        for name, (_, story) in TESTS.items():
            print(f"{name:10} {story}")
        return 0
    if arguments.self_test:
        return importlib.import_module("reliability.selftest").run()
    if not pathlib.Path(arguments.program).is_file():
        print("NOT RUN: our program is not built", file=sys.stderr)
        return 3
    exit_on_sigterm()
    print(f"seed {arguments.seed}", flush=True)
    return run_all(arguments.names or list(TESTS), arguments)


if __name__ == "__main__":
    sys.exit(main())
