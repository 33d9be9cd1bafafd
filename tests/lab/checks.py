"""What the interop checks have in common: how they are registered, our programs, and what an exchange must be."""

import ipaddress
import pathlib
import shlex

import tshark
import wire
from lab import NETWORK, run, until

POOL = (f"{NETWORK}.100", f"{NETWORK}.150")
SERVER_ARGUMENTS = f"server --interface br0 --pool {POOL[0]}-{POOL[1]} --router {NETWORK}.1 --dns {NETWORK}.1"
CLIENT_ARGUMENTS = f"client --server {NETWORK}.1 --port 67 --timeout 10"
STAND_IN_SERVER = (
    "dnsmasq --keep-in-foreground --port=0 --conf-file=/dev/null --user=root --no-ping --dhcp-authoritative"
    f" --interface=br0 --dhcp-leasefile=/run/leases --dhcp-range={POOL[0]},{POOL[1]},10m"
)
STAND_IN_CLIENT = "udhcpc -f -n -q -i eth0 -s /bin/true -t 5 -T 2"
CHECKS = {}


class Ours:
    """The command lines of our server and client, or of their stand-ins."""

    def __init__(self, arguments):
        self.is_stand_in = arguments.stand_in
        self.program = program = (
            None if self.is_stand_in else str(pathlib.Path(arguments.program).resolve())
        )
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


class Skipped(Exception):
    """A check can't be run here."""


def check(name, story, stand_in=True):
    """Makes a function a check; `stand_in` says whether stand-ins can pass it."""

    def register(function):
        CHECKS[name] = (function, story, stand_in)
        return function

    return register


def require(truth, text):
    """Fails the check unless `truth`."""
    if not truth:
        raise Failed(text)


def serve(lab, ours, *more, lease="10m"):
    """Our server on the bridge, once its port is open."""
    if not ours.is_stand_in:
        more = (*more, "--lease-time", lease)
    return listening(lab, lab.start("server", *ours.server, *more))


def listening(lab, server):
    """A server, once its port is open."""

    def listens():
        require(server.process.poll() is None, f"our server ended: {server.output()[-1000:]}")
        return run("ip", "netns", "exec", lab.full("server"), "ss", "-Hulna", "sport = :67").strip()

    until(listens, 10, "our server to open port 67")
    return server


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
