"""Our server where things are not as simple: behind a relay agent, without privileges, among noise."""

import socket

import wire
from checks import POOL, check, check_dissection, listening, require, serve
from lab import NETWORK, OTHER_MAC, Lab
from served import DHCLIENT, EVERY_STATION, check_first_replies, wait_extended

RELAYED = ("10.87.1.100", "10.87.1.150")
GIADDR = "10.87.1.1"
RELAY_SERVER = "10.87.2.1"


def serve_relayed(lab, ours, lease="10m"):
    """Our server beyond the relay agent, and the relay agent."""
    flags = f"server --interface eth0 --pool {'-'.join(RELAYED)}/24 --router {GIADDR} --lease-time {lease}"
    listening(lab, lab.start("server", ours.program, *flags.split()))
    lab.dhcrelay("-a", "-m", "replace")


@check(
    "server-relay", "dhclient behind ISC dhcrelay gets, renews, rebinds and releases a lease", stand_in=False
)
def server_relay(ours):
    with Lab("interop") as lab:
        lab.relay_net()
        near, far = lab.capture("client", "eth0"), lab.capture("server", "eth0")
        serve_relayed(lab, ours, "8s")
        lab.dhclient(DHCLIENT)
        address = lab.wait_address()
        lab.ip("client", f"route replace default via {GIADDR}")
        wait_extended(near, address, RELAY_SERVER)
        # Without a route the next renewal ends nowhere, and the relay agent carries the rebinding.
        lab.ip("client", "route del default")
        lab.ip("client", f"route add blackhole {RELAY_SERVER}")
        wait_extended(near, address, "255.255.255.255")
        lab.ip("client", f"route del blackhole {RELAY_SERVER}")
        lab.ip("client", f"route replace default via {GIADDR}")
        lab.dhclient_release()
        far.wait("release", seconds=10)
        near.stop()
        far.stop()
        for path in (near.path, far.path):
            check_dissection(path)
        replies = [each for each in far.frames() if wire.message_type(each.payload) == "offer"]
        require(replies[0].destination == GIADDR, f"the OFFER went to {replies[0].destination}")
        check_agent_option(far)


def check_agent_option(seen):
    """Every reply to a relayed request has the request's option 82, unchanged, as its last option."""
    sent = {}
    for payload in seen.messages():
        fields = wire.fields_of(payload)
        options = wire.walk(payload)["options"]
        agent = [each["hex"] for each in options if each["code"] == 82]
        if fields["giaddr"] == GIADDR and fields["op"] == 1:
            sent[fields["xid"]] = agent
        elif fields["giaddr"] == GIADDR:
            require(agent and agent == sent.get(fields["xid"]), f"option 82 came back as {agent}")
            last = [each["code"] for each in options if each["code"] not in (0, 255)][-1]
            require(last == 82, f"option {last} stands after option 82")


@check("server-echo", "our server asks by ICMP echo where ARP does not reach", stand_in=False)
def server_echo(ours):
    with Lab("interop") as lab:
        lab.relay_net()
        # The relay agent's host has it: it answers an echo like any other.
        lab.ip("relay", f"addr add {RELAYED[0]}/24 dev eth0")
        near, pings = lab.capture("client", "eth0"), lab.capture("server", "eth0", "icmp")
        serve_relayed(lab, ours)
        lab.udhcpc("-n", "-q", "-r", RELAYED[0])
        address = lab.wait_address()
        near.stop()
        pings.stop()
        require(address != RELAYED[0], f"the client uses {address}, which another host has")
        require(len(wire.read_pcap(pings.path)) >= 2, "no echo was asked for and answered")
        check_dissection(near.path)


# Interfaces, privileges, ports


@check("server-two-links", "each of two interfaces gets the replies to what it asked", stand_in=False)
def server_two_links(ours):
    with Lab("interop") as lab:
        lab.bridge_net()
        lab.add("other")
        lab.veth(("other", "eth0"), ("server", "eth9"), OTHER_MAC)
        lab.ip("server", f"addr add {NETWORK}.2/24 dev eth9")
        seen = {name: lab.capture(name, "eth0") for name in ("client", "other")}
        serve(lab, ours, "--interface", "eth9")
        given = set()
        # One is answered by frames, the other by broadcasts, for which the routes know one interface alone.
        for name, flags in (("client", ()), ("other", ("-B",))):
            lab.udhcpc("-n", "-q", *flags, name=name)
            given.add(lab.wait_address(name))
        require(len(given) == 2, f"both have {given}")
        for name, capture in seen.items():
            capture.stop()
            types = capture.types()
            # Requests by broadcast stay on their link too.
            require(types == ["discover", "offer", "request", "ack"], f"{name} saw {types}")
            check_dissection(capture.path)


def without(capability, *command):
    """A command line that runs without a capability."""
    return ["setpriv", f"--bounding-set=-{capability}", f"--inh-caps=-{capability}", *command]


@check("server-unprivileged", "without CAP_NET_RAW our server says so once and broadcasts", stand_in=False)
def server_unprivileged(ours):
    with Lab("interop") as lab:
        lab.bridge_net()
        seen = lab.capture("client", "eth0")
        server = listening(lab, lab.start("server", *without("net_raw", *ours.server)))
        lab.dhclient()
        lab.wait_address()
        seen.stop()
        offers = [each for each in seen.frames() if wire.message_type(each.payload) == "offer"]
        require(offers[0].to_mac == EVERY_STATION, f"the OFFER went to {offers[0].to_mac}")
        said = server.output().count("no frames can be sent on br0")
        require(said == 1, f"it said {said} times that it sends no frames:\n{server.output()}")
        require("cap_net_raw" in server.output(), "it does not say what helps")
        check_dissection(seen.path)


@check("server-start", "what prevents our server from starting is said, with exit status 5", stand_in=False)
def server_start(ours):
    with Lab("interop") as lab:
        lab.bridge_net()
        lab.ip("server", "link add down0 type bridge")
        serve(lab, ours)
        flags = ["--pool", "-".join(POOL)]
        for command, *wanted in (
            ([ours.program, "server", "--interface", "br1", *flags], "named br1", "did you mean br0?"),
            ([ours.program, "server", "--interface", "port1", *flags], "port1 has no IPv4 address", "ip addr"),
            ([ours.program, "server", "--interface", "down0", *flags], "down0 is down", "ip link set"),
            ([ours.program, "server", "--interface", "br0", *flags], "port 67 on br0 is taken", "ss -ulpn"),
            (
                without("net_bind_service", ours.program, "server", "--interface", "lo", *flags),
                "permission denied on port 67",
                "setcap cap_net_bind_service",
            ),
        ):
            refused = lab.start("server", *command)
            status = refused.wait_end(10)
            require(status == 5, f"{command[-3]}: exit status {status}: {refused.output()}")
            for text in wanted:
                require(text in refused.output(), f"no {text!r} in: {refused.output()}")


@check("server-link-down", "our server goes on when its interface has been down", stand_in=False)
def server_link_down(ours):
    with Lab("interop") as lab:
        lab.bridge_net()
        server = serve(lab, ours)
        for _ in range(3):
            lab.ip("server", "link set br0 down")
            lab.ip("server", "link set br0 up")
        seen = lab.capture("client", "eth0")
        lab.udhcpc("-n", "-q")
        lab.wait_address()
        seen.stop()
        require(server.process.poll() is None, f"our server ended: {server.output()[-1000:]}")
        check_first_replies(seen)


# Noise


def noise():
    """Frames that are cut, lie about their lengths or do not add up; the last ones ask with a wrong checksum."""
    macs = (bytes.fromhex("020000000001"), b"\xff" * 6)
    whole = wire.udp_frame(discover(0x0BADF00D), macs=macs)
    arp = macs[1] + macs[0] + bytes.fromhex("0806000108000604000202000000000100000000") + bytes(10)
    taken = socket.inet_aton(POOL[0])
    yield from (whole[:length] for length in (14, 15, 33, 34, 41, 42, 43, 100, 277))
    yield from (arp[:length] for length in range(14, 42, 3))
    yield arp[:28] + taken + arp[32:42]
    yield whole[:38] + b"\xff\xff" + whole[40:]
    yield whole[:38] + b"\x00\x07" + whole[40:]
    yield whole[:16] + b"\x00\x05" + whole[18:]
    yield macs[1] + macs[0] + b"\x81\x00\x00\x07" + whole[12:]
    yield whole[:40] + b"\x12\x34" + whole[42:]
    yield wire.udp_frame(b"", macs=macs)
    yield wire.udp_frame(b"\x01", macs=macs)


def discover(xid):
    """A DISCOVER with nothing in it but what it needs."""
    head = bytes([1, 1, 6, 0]) + xid.to_bytes(4, "big") + bytes(20)
    return head + bytes.fromhex("020000000001") + bytes(202) + bytes.fromhex("63825363350101ff")


@check("server-noise", "our server hears damaged frames, answers none, and goes on", stand_in=False)
def server_noise(ours):
    with Lab("interop") as lab:
        lab.bridge_net()
        seen = lab.capture("client", "eth0")
        server = serve(lab, ours)
        frames = list(noise())
        lab.send(*frames * 20)
        lab.udhcpc("-n", "-q")
        lab.wait_address()
        seen.stop()
        require(server.process.poll() is None, f"our server ended: {server.output()[-1000:]}")
        replies = [each for each in seen.messages() if each[0] == 2]
        require(
            all(wire.fields_of(each)["xid"] != 0x0BADF00D for each in replies),
            "a request with a wrong checksum was answered",
        )
