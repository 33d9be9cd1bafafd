#!/usr/bin/env python3
"""Our server and our client with programs nobody here wrote, in network namespaces.

    python3 tests/lab/interop.py --program target/release/dhcpsim [NAME ...]
    python3 tests/lab/interop.py --stand-in      dnsmasq as our server, udhcpc as our client
    python3 tests/lab/interop.py --list

Each check runs in namespaces of its own and looks at what went over the wire: the exchange
is whole, the address is one of the pool, and tshark dissects every message as DHCP with
nothing malformed. Exit status: 0 all passed, 1 one failed, 3 nothing could be run (not
root, or a program is missing; the last line says which).
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import client  # noqa: F401, registers its checks
import placed  # noqa: F401, registers its checks
import served  # noqa: F401, registers its checks
from checks import (
    CHECKS,
    CLIENT_ARGUMENTS,
    POOL,
    SERVER_ARGUMENTS,
    Failed,
    Ours,
    Skipped,
    check,
    check_dissection,
    check_lease,
    in_pool,
    require,
)
from lab import NETWORK, Lab, LabError, exit_on_sigterm

NEEDED = (
    "ip",
    "ss",
    "ethtool",
    "tcpdump",
    "tshark",
    "dhclient",
    "udhcpc",
    "dhcpcd",
    "dhcpd",
    "kea-dhcp4",
    "dnsmasq",
    "dhcrelay",
    "setpriv",
)
# Exit statuses of one check.
PASSED, FAILED, SKIPPED = 0, 1, 4

# Our client with other servers


def with_server(ours, start):
    """Our client gets an address of another server's pool."""
    with Lab("interop") as lab:
        lab.bridge_net()
        # A client on a plain UDP socket has to have some address to send from.
        lab.ip("client", f"addr add {NETWORK}.7/24 dev eth0")
        lab.ip("client", "route add 255.255.255.255 dev eth0")
        seen = lab.capture("client", "eth0")
        start(lab)
        client = lab.start("client", *ours.client)
        status = client.wait_end(20)
        require(status == 0, f"our client ended with {status}: {client.output()[-1000:]}")
        time.sleep(0.2)
        seen.stop()
        shown = [each for each in re.findall(r"\d+\.\d+\.\d+\.\d+", client.output()) if in_pool(each)]
        require(shown, f"our client shows no address of the pool: {client.output()[-1000:]}")
        check_lease(seen, shown[-1])
        check_dissection(seen.path)


@check("client-dhcpd", "ISC dhcpd leases to our client")
def client_dhcpd(ours):
    conf = f"authoritative; subnet {NETWORK}.0 netmask 255.255.255.0 {{ range {POOL[0]} {POOL[1]}; option routers {NETWORK}.1; }}\n"
    with_server(ours, lambda lab: lab.dhcpd(conf))


@check("client-kea", "kea-dhcp4 leases to our client")
def client_kea(ours):
    subnet = {"subnet": f"{NETWORK}.0/24", "pools": [{"pool": f"{POOL[0]} - {POOL[1]}"}]}
    with_server(ours, lambda lab: lab.kea(subnet))


@check("client-dnsmasq", "dnsmasq leases to our client")
def client_dnsmasq(ours):
    with_server(ours, lambda lab: lab.dnsmasq(f"--dhcp-range={POOL[0]},{POOL[1]},10m"))


# Running


def obstacle(arguments):
    """Why nothing can be run, or None."""
    if os.geteuid() != 0:
        return "not root, so no network namespaces"
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        return f"not installed: {', '.join(missing)} (.ci/peers installs them)"
    if not arguments.stand_in and not pathlib.Path(arguments.program).is_file():
        return "our program is not built"
    try:
        with Lab("probe") as lab:
            lab.add("probe")
    except LabError as error:
        return f"no network namespaces here: {error}"
    return None


def run_check(name, ours):
    """Runs one check; its exit status."""
    start = time.monotonic()
    function, story, stand_in = CHECKS[name]
    try:
        if ours.is_stand_in and not stand_in:
            raise Skipped("only our program can pass it")
        function(ours)
    except Skipped as reason:
        print(f"skipped {name}: {reason}", flush=True)
        return SKIPPED
    except (Failed, LabError, RuntimeError) as error:
        print(f"FAILED {name}: {error}", flush=True)
        return FAILED
    print(f"passed {name}: {story} ({time.monotonic() - start:.1f} s)", flush=True)
    return PASSED


def run_all(names, jobs):
    """Runs each check in a process of its own, some at a time; their exit statuses. Mostly they wait."""
    flags = [word for word in sys.argv[1:] if word not in CHECKS]
    waiting, running, ended = list(names), [], []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(
                    subprocess.Popen([sys.executable, __file__, *flags, "--jobs=1", waiting.pop(0)])
                )
            time.sleep(0.1)
            ended += [each.returncode for each in running if each.poll() is not None]
            running = [each for each in running if each.returncode is None]
    finally:
        for each in running:
            each.terminate()
        for each in running:
            each.wait()
    return ended


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", help="our program, for example target/release/dhcpsim")
    parser.add_argument(
        "--stand-in", action="store_true", help="other programs in place of ours: tests the checks"
    )
    parser.add_argument("--server-arguments", default=SERVER_ARGUMENTS, help="default: %(default)s")
    parser.add_argument("--client-arguments", default=CLIENT_ARGUMENTS, help="default: %(default)s")
    parser.add_argument("--jobs", type=int, default=6, help="how many at a time (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="list the checks")
    parser.add_argument("names", nargs="*", metavar="NAME", help="checks to run (default: all)")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in CHECKS]
    if unknown:
        parser.error(f"no such check: {', '.join(unknown)}")
    if not (arguments.program or arguments.stand_in or arguments.list):
        parser.error("one of --program and --stand-in is needed")
    return arguments


def main():
    """Runs the checks; the exit status."""
    arguments = parse_arguments()
    if arguments.list:
        for name, (_, story, _) in CHECKS.items():
            print(f"{name:20} {story}")
        return 0
    exit_on_sigterm()
    names = arguments.names or list(CHECKS)
    if len(names) == 1:
        return run_check(names[0], Ours(arguments))
    reason = obstacle(arguments)
    if reason:
        print(f"interop checks not run: {reason}", file=sys.stderr)
        return 3
    ended = run_all(names, max(arguments.jobs, 1))
    passed, skipped = ended.count(PASSED), ended.count(SKIPPED)
    print(f"{passed} passed, {len(ended) - passed - skipped} failed, {skipped} skipped")
    return 0 if passed + skipped == len(ended) else 1


if __name__ == "__main__":
    sys.exit(main())
