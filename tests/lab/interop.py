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
import ipaddress
import os
import pathlib
import re
import shlex
import shutil
import signal
import sys
import time

import tshark
import wire
from lab import NETWORK, Lab, LabError, exit_on_sigterm, run, until

POOL = (f"{NETWORK}.100", f"{NETWORK}.150")
SERVER_ARGUMENTS = f"server --interface br0 --pool {POOL[0]}-{POOL[1]} --router {NETWORK}.1 --dns {NETWORK}.1 --lease-time 600"
CLIENT_ARGUMENTS = f"client --server {NETWORK}.1 --port 67 --timeout 10"
STAND_IN_SERVER = (
    "dnsmasq --keep-in-foreground --port=0 --conf-file=/dev/null --user=root --no-ping --dhcp-authoritative"
    f" --interface=br0 --dhcp-leasefile=/run/leases --dhcp-range={POOL[0]},{POOL[1]},10m"
)
STAND_IN_CLIENT = "udhcpc -f -n -q -i eth0 -s /bin/true -t 5 -T 2"
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
)
CHECKS = {}


class Ours:
    """The command lines of our server and client, or of their stand-ins."""

    def __init__(self, arguments):
        self.is_stand_in = arguments.stand_in
        program = None if self.is_stand_in else str(pathlib.Path(arguments.program).resolve())
        self.server = (
            shlex.split(STAND_IN_SERVER)
            if self.is_stand_in
            else [program, *shlex.split(arguments.server_arguments)]
        )
        self.client = (
            shlex.split(STAND_IN_CLIENT)
            if self.is_stand_in
            else [program, *shlex.split(arguments.client_arguments)]
        )


class Failed(Exception):
    """A check did not find what it has to."""


def check(name, story):
    """Makes a function a check."""

    def register(function):
        CHECKS[name] = (function, story)
        return function

    return register


def require(truth, text):
    """Fails the check unless `truth`."""
    if not truth:
        raise Failed(text)


# Our server with other clients


def serve(lab, ours, *more):
    """Our server on the bridge, once its port is open."""
    server = lab.start("server", *ours.server, *more)

    def listens():
        require(server.process.poll() is None, f"our server ended: {server.output()[-1000:]}")
        return run("ip", "netns", "exec", lab.full("server"), "ss", "-Hulna", "sport = :67").strip()

    until(listens, 10, "our server to open port 67")
    return server


def with_client(ours, start, release):
    """A client gets an address of our server's pool, and releases it."""
    with Lab("interop") as lab:
        lab.bridge_net()
        seen = lab.capture("client", "eth0")
        serve(lab, ours)
        client = start(lab)
        address = lab.wait_address()
        release(lab, client)
        seen.wait("release", seconds=10)
        seen.stop()
        check_lease(seen, address)
        check_dissection(seen.path)


def check_lease(seen, address):
    """The exchange is whole, and its address the one that the client has, out of the pool."""
    types = seen.types()
    for kind in ("discover", "offer", "request", "ack"):
        require(kind in types, f"no {kind}: {types}")
    ack = next(each for each in seen.messages() if wire.message_type(each) == "ack")
    granted = wire.fields_of(ack)["yiaddr"]
    require(granted == address, f"the ACK grants {granted}, the client has {address}")
    require(in_pool(granted), f"{granted} is not in the pool")


def in_pool(address):
    """Whether an address is one that the servers of these checks may give."""
    first, last, asked = map(ipaddress.ip_address, (*POOL, address))
    return first <= asked <= last


def check_dissection(path):
    """tshark takes every frame of a capture for DHCP, and none for malformed."""
    readings = tshark.read_file(path)
    require(readings, "tshark sees no frame")
    for number, reading in enumerate(readings, 1):
        require(reading is not None, f"tshark does not take frame {number} for DHCP")
        require(not reading["malformed"], f"tshark finds frame {number} malformed")
        require(reading["options"], f"tshark sees no option in frame {number}")


@check("server-dhclient", "our server leases to ISC dhclient")
def server_dhclient(ours):
    with_client(
        ours, lambda lab: lab.dhclient('send host-name "alpha";\n'), lambda lab, _: lab.dhclient_release()
    )


@check("server-udhcpc", "our server leases to busybox udhcpc")
def server_udhcpc(ours):
    with_client(
        ours, lambda lab: lab.udhcpc("-x", "hostname:alpha"), lambda _, client: client.signal(signal.SIGUSR2)
    )


@check("server-dhcpcd", "our server leases to dhcpcd")
def server_dhcpcd(ours):
    conf = "hostname alpha\nclientid\nnoarp\nrelease\noption domain_name_servers, routers\n"
    with_client(ours, lambda lab: lab.dhcpcd(conf), lambda _, client: client.signal(signal.SIGALRM))


@check("server-capture", "what our server writes with --capture is DHCP to tshark without any setting")
def server_capture(ours):
    with Lab("interop") as lab:
        lab.bridge_net()
        seen = lab.capture("client", "eth0")
        written = lab.folder / "server.pcapng"
        server = serve(lab, ours, *([] if ours.is_stand_in else ["--capture", str(written)]))
        lab.udhcpc("-n", "-q")
        lab.wait_address()
        seen.stop()
        server.stop()
        path = seen.path if ours.is_stand_in else written
        require(path.exists(), "our server has written no capture")
        check_dissection(path)
        require(
            len(tshark.read_file(path)) == len(seen.messages()),
            "our capture has not as many messages as went over the wire",
        )


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
    """Runs one check; True if it passed."""
    start = time.monotonic()
    try:
        CHECKS[name][0](ours)
    except (Failed, LabError, RuntimeError) as error:
        print(f"FAILED {name}: {error}", flush=True)
        return False
    print(f"passed {name}: {CHECKS[name][1]} ({time.monotonic() - start:.1f} s)", flush=True)
    return True


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", help="our program, for example target/release/dhcpsim")
    parser.add_argument(
        "--stand-in", action="store_true", help="other programs in place of ours: tests the checks"
    )
    parser.add_argument("--server-arguments", default=SERVER_ARGUMENTS, help="default: %(default)s")
    parser.add_argument("--client-arguments", default=CLIENT_ARGUMENTS, help="default: %(default)s")
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
        for name, (_, story) in CHECKS.items():
            print(f"{name:18} {story}")
        return 0
    reason = obstacle(arguments)
    if reason:
        print(f"interop checks not run: {reason}", file=sys.stderr)
        return 3
    exit_on_sigterm()
    names = arguments.names or list(CHECKS)
    passed = sum(run_check(name, Ours(arguments)) for name in names)
    print(f"{passed} passed, {len(names) - passed} failed, {len(CHECKS) - len(names)} skipped")
    return 0 if passed == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
