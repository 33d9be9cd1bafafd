"""Our server on an interface, with clients nobody here wrote: from the first address to its release."""

import pathlib
import signal

import tshark
import wire
from checks import POOL, Skipped, check, check_dissection, check_lease, require, serve
from lab import CLIENT_MAC, NETWORK, NETWORKD, Lab, until

SERVER = f"{NETWORK}.1"
EVERYBODY = "255.255.255.255"
EVERY_STATION = "ff:ff:ff:ff:ff:ff"
BROADCAST = 0x8000
# dhclient would otherwise ask again after ten seconds, when such short leases have ended.
DHCLIENT = 'send host-name "alpha"; initial-interval 1; backoff-cutoff 1;\n'


def lifecycle(ours, start, release, lease, renew=None):
    """A client gets an address, renews it, rebinds it when its server is out of reach, and releases it."""
    with Lab("interop") as lab:
        lab.bridge_net()
        seen = lab.capture("client", "eth0")
        serve(lab, ours, lease=lease)
        client = start(lab)
        address = lab.wait_address()
        check_first_replies(seen)
        if not ours.is_stand_in:
            if renew:
                renew(client)
            wait_extended(seen, address, SERVER)
            # Unicasts go to a station that is not there, as when the server has moved; broadcasts still arrive.
            lab.ip("client", f"neigh replace {SERVER} lladdr 02:00:5e:10:00:99 nud permanent dev eth0")
            wait_extended(seen, address, EVERYBODY)
            lab.ip("client", f"neigh del {SERVER} dev eth0")
        release(lab, client)
        seen.wait("release", seconds=10)
        seen.stop()
        check_lease(seen, address)
        check_dissection(seen.path)


def check_first_replies(seen):
    """Section 4.1: who has no address and sets no broadcast bit is answered at yiaddr and chaddr, else everybody is."""
    frames = seen.frames()
    for kind, asked in (("offer", "discover"), ("ack", "request")):
        reply = next(each for each in frames if wire.message_type(each.payload) == kind)
        flags = [
            wire.fields_of(each.payload)["flags"]
            for each in frames
            if wire.message_type(each.payload) == asked
        ]
        yiaddr = wire.fields_of(reply.payload)["yiaddr"]
        want = (EVERY_STATION, EVERYBODY) if flags[0] & BROADCAST else (CLIENT_MAC, yiaddr)
        require(
            (reply.to_mac, reply.destination) == want,
            f"the {kind} went to {reply.to_mac} {reply.destination}, not to {' '.join(want)}",
        )


def wait_extended(seen, address, destination, seconds=30):
    """Waits for a request with ciaddr that went to `destination`, and its acknowledgement."""

    def extended():
        asked = set()
        for each in seen.frames():
            fields, kind = wire.fields_of(each.payload), wire.message_type(each.payload)
            if kind == "request" and fields["ciaddr"] == address and each.destination == destination:
                asked.add(fields["xid"])
            if kind == "ack" and fields["xid"] in asked and fields["yiaddr"] == address:
                return True
        return False

    until(extended, seconds, f"an extension of {address} asked of {destination}; there were {seen.types()}")


@check("server-dhclient", "ISC dhclient gets, renews, rebinds and releases a lease of our server")
def server_dhclient(ours):
    lifecycle(
        ours,
        lambda lab: lab.dhclient(DHCLIENT),
        lambda lab, _: lab.dhclient_release(),
        "8s",
    )


@check("server-udhcpc", "busybox udhcpc gets, renews, rebinds and releases a lease of our server")
def server_udhcpc(ours):
    lifecycle(
        ours,
        lambda lab: lab.udhcpc("-x", "hostname:alpha"),
        lambda _, client: client.signal(signal.SIGUSR2),
        "16s",
        renew=lambda client: client.signal(signal.SIGUSR1),
    )


@check("server-dhcpcd", "dhcpcd gets, renews, rebinds and releases a lease of our server")
def server_dhcpcd(ours):
    conf = "hostname alpha\nclientid\nnoarp\nrelease\noption domain_name_servers, routers\n"
    lifecycle(
        ours,
        lambda lab: lab.dhcpcd(conf),
        lambda _, client: client.signal(signal.SIGALRM),
        "20s",
        renew=lambda client: client.signal(signal.SIGUSR1),
    )


@check("server-networkd", "systemd-networkd gets, renews, rebinds and releases a lease of our server")
def server_networkd(ours):
    if not pathlib.Path(NETWORKD).exists():
        raise Skipped(f"no {NETWORKD}")
    lifecycle(
        ours,
        lambda lab: lab.networkd("[DHCPv4]\nClientIdentifier=mac\nSendRelease=yes\n"),
        lambda _, client: client.signal(signal.SIGTERM),
        "8s",
    )


@check("server-broadcast-bit", "a client that sets the broadcast bit is answered by broadcast")
def server_broadcast_bit(ours):
    with Lab("interop") as lab:
        lab.bridge_net()
        seen = lab.capture("client", "eth0")
        serve(lab, ours)
        lab.udhcpc("-B", "-n", "-q")
        lab.wait_address()
        seen.stop()
        require(wire.fields_of(seen.messages()[0])["flags"] & BROADCAST, "udhcpc -B sets no broadcast bit")
        check_first_replies(seen)
        check_dissection(seen.path)


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


# Addresses that somebody else uses


def squatted(ours, arguments, *more):
    """A client asks for an address that another host uses, and gets another; the captures of client and squatter."""
    with Lab("interop") as lab:
        lab.bridge_net(other=POOL[0])
        seen = lab.capture("client", "eth0")
        asked = lab.capture("other", "eth0", "arp")
        serve(lab, ours, *more)
        lab.udhcpc("-r", POOL[0], *arguments)
        address = lab.wait_address(seconds=30)
        require(address != POOL[0], f"the client uses {address}, which another host has")
        seen.stop()
        asked.stop()
        check_dissection(seen.path)
        offered = [
            wire.fields_of(each)["yiaddr"] for each in seen.messages() if wire.message_type(each) == "offer"
        ]
        return seen.types(), offered, [frame for _, _, frame in wire.read_pcap(asked.path)]


@check("server-probe", "our server asks by ARP before it offers, and keeps off an address in use", stand_in=False)
def server_probe(ours):
    types, offered, frames = squatted(ours, ["-n", "-q"])
    require(POOL[0] not in offered, f"{POOL[0]} was offered, which another host has")
    require("decline" not in types, f"the client had to find out: {types}")
    # who-has POOL[0], told by nobody: sender 0.0.0.0 (RFC 5227)
    probe = bytes(4) + bytes(6) + bytes(map(int, POOL[0].split(".")))
    require(any(frame[28:42] == probe for frame in frames), "no ARP probe for it was seen")


@check("server-decline", "an address that a client declines is not offered again", stand_in=False)
def server_decline(ours):
    types, offered, _ = squatted(ours, ["-a", "-A", "1"], "--no-probe")
    require("decline" in types, f"udhcpc has not declined: {types}")
    require(offered.count(POOL[0]) == 1, f"{POOL[0]} was offered again: {offered}")
