"""Our client and our relay agent with servers nobody here wrote, over the whole life of a lease."""

import re
import signal
import time

import wire
from checks import POOL, Failed, check, check_dissection, require, serve
from lab import CLIENT_MAC, NETWORK, Lab, until
from served import EVERYBODY, SERVER, wait_extended

# As short as our client takes leases; dnsmasq gives none under two minutes, so that the client cuts them.
LEASE = 8
CUT = ("--longest-lease", f"{LEASE}s")
ASKED = f"{NETWORK}.120"
SCRIPT = "fixtures/client-script.sh"


def start_dhcpd(lab, times=True):
    """ISC dhcpd, whose lease file says `free` after a release and `abandoned` after a decline."""
    lease = f"default-lease-time {LEASE}; max-lease-time {LEASE}; min-lease-time {LEASE};" if times else ""
    lab.leases = lab.folder / "dhcpd.leases"
    return lab.dhcpd(
        f"authoritative; {lease} subnet {NETWORK}.0 netmask 255.255.255.0"
        f" {{ range {POOL[0]} {POOL[1]}; option routers {NETWORK}.1; }}\n"
    )


def start_kea(lab, times=True):
    """kea-dhcp4 with its lease file on the disk."""
    lab.leases = lab.folder / "kea.csv"
    database = {"type": "memfile", "persist": True, "name": str(lab.leases), "lfc-interval": 0}
    more = {"valid-lifetime": LEASE} if times else {}
    routers = {"name": "routers", "data": f"{NETWORK}.1"}
    subnet = {
        "subnet": f"{NETWORK}.0/24",
        "pools": [{"pool": f"{POOL[0]} - {POOL[1]}"}],
        "option-data": [routers],
    }
    return lab.kea(subnet, **{"lease-database": database, **more})


def start_dnsmasq(lab, times=True):
    """dnsmasq, whose lease file has no line of who has released."""
    lab.leases = lab.folder / "dnsmasq.leases"
    return lab.dnsmasq(f"--dhcp-range={POOL[0]},{POOL[1]},2m")


def dhcpd_says(text, address):
    """The last state of an address in dhcpd.leases."""
    blocks = re.findall(rf"lease {re.escape(address)} \{{(.*?)\n\}}", text, re.S)
    states = re.findall(r"^\s*binding state (\w+);", blocks[-1], re.M) if blocks else []
    return {"active": "bound", "free": "free", "abandoned": "declined"}.get(states[-1] if states else "", "free")


def kea_says(text, address):
    """The last state of an address in kea's lease file: state 1 is declined, a lifetime of 0 a lease given back."""
    rows = [line.split(",") for line in text.splitlines() if line.startswith(address + ",")]
    if not rows or rows[-1][3] == "0":
        return "free"
    return {"0": "bound", "1": "declined"}.get(rows[-1][9], "free")


def dnsmasq_says(text, address):
    """Whether dnsmasq has a line for an address."""
    return "bound" if f" {address} " in text else "free"


SERVERS = {
    "dhcpd": (start_dhcpd, dhcpd_says),
    "kea": (start_kea, kea_says),
    "dnsmasq": (start_dnsmasq, dnsmasq_says),
}


def wait_state(lab, says, address, want, seconds=5):
    """Waits until the server's lease file says what we claim."""
    until(
        lambda: says(lab.leases.read_text() if lab.leases.exists() else "", address) == want,
        seconds,
        f"{address} to be {want} in {lab.leases.name}",
    )


def client(lab, ours, *more, name="client"):
    """Our client on an interface without an address."""
    return lab.start(name, ours.program, "client", "--interface", "eth0", *more)


def granted(seen, count=1):
    """The address of the so many-th ACK."""
    seen.wait("ack", count)
    acks = [each for each in seen.messages() if wire.message_type(each) == "ack"]
    return wire.fields_of(acks[count - 1])["yiaddr"]


def life(ours, start, says):
    """Gets, renews, rebinds when the server is dead, begins anew when the lease has ended, and releases."""
    with Lab("client") as lab:
        lab.bridge_net()
        seen = lab.capture("client", "eth0")
        server = start(lab)
        script = ("--script", lab.write("script", open(SCRIPT, encoding="utf-8").read(), executable=True))
        ours_running = client(lab, ours, "--stay", "--explain", "--timeout", "20s", *CUT, *script)
        address = granted(seen)
        require(lab.wait_address() == address, "the script has set another address")
        # It sets the route after the address.
        until(lambda: "default" in lab.ip("client", "route show"), 10, "the script to set a route")
        if says:
            wait_state(lab, says, address, "bound")
        wait_extended(seen, address, SERVER)
        server.stop()
        lab.end_all_in("server")
        dead = time.monotonic()
        until(lambda: asked_all(seen, address), 15, "a rebinding broadcast to all")
        before = seen.types().count("discover")
        until(lambda: seen.types().count("discover") > before, 15, f"INIT after the end; {seen.types()}")
        require(time.monotonic() - dead < 2 * LEASE + 4, "the lease outlived its end")
        until(lambda: lab.address() is None, 5, "the script to take the address away")
        acks = seen.types().count("ack")
        start(lab)
        again = granted(seen, acks + 1)
        lab.wait_address()
        if says:
            wait_state(lab, says, again, "bound")
        ours_running.signal(signal.SIGUSR2)
        seen.wait("release", seconds=5)
        require(ours_running.wait_end(10) == 0, f"our client ended badly:\n{ours_running.output()[-1500:]}")
        require(lab.address() is None, "the address is still set")
        if says:
            wait_state(lab, says, again, "free")
        seen.stop()
        check_releases(seen, again)
        check_dissection(seen.path)


def asked_all(seen, address):
    """Whether a request with ciaddr was broadcast."""
    for each in seen.frames():
        fields = wire.fields_of(each.payload)
        if wire.message_type(each.payload) == "request" and fields["ciaddr"] == address:
            if each.destination == EVERYBODY:
                return True
    return False


def check_releases(seen, address):
    """The release went to the server, from the address."""
    release = [each for each in seen.frames() if wire.message_type(each.payload) == "release"][-1]
    require(release.destination == SERVER, f"the release went to {release.destination}")
    require(wire.fields_of(release.payload)["ciaddr"] == address, "the release has another ciaddr")


def returns(ours, start, says):
    """Comes back with INIT-REBOOT, and declines an address that another host has."""
    with Lab("client") as lab:
        lab.bridge_net(other=ASKED)
        seen = lab.capture("client", "eth0")
        start(lab)
        state = ("--state", lab.folder / "state.json")
        end = client(lab, ours, *state).wait_end(20)
        require(end == 0, f"our client ended with {end}")
        address = granted(seen)
        asked = len(seen.messages())
        again = client(lab, ours, *state)
        require(again.wait_end(20) == 0, again.output()[-1000:])
        reboot = seen.messages()[asked]
        require(wire.message_type(reboot) == "request", f"it begins with {wire.message_type(reboot)}")
        require(54 not in codes(reboot) and 50 in codes(reboot), f"options {codes(reboot)}")
        require(granted(seen, 2) == address, "it has another address")
        discoverer = client(
            lab,
            ours,
            *("--chaddr", "02:00:5e:10:00:77", "--requested-address", ASKED, "--timeout", "30s", "--stay"),
        )
        seen.wait("decline", seconds=10)
        require(says is None or says is dnsmasq_says or state_of(lab, says) == "declined", "not declined")
        declined = time.monotonic()
        got = granted(seen, 4)
        require(got != ASKED, f"it uses {got}, which another host has")
        require(time.monotonic() - declined > 9, "it did not wait ten seconds")
        discoverer.wait_output("took").signal(signal.SIGTERM)
        require(discoverer.wait_end(5) == 0, discoverer.output()[-1000:])
        seen.stop()
        check_dissection(seen.path)


def state_of(lab, says):
    """What the lease file says of the address that was declined, once it says so."""
    wait_state(lab, says, ASKED, "declined")
    return "declined"


def codes(payload):
    """The codes of a message's options."""
    return [code for code, _ in options(payload)]


def options(payload):
    """Codes and octets of a message's options, without pads and end."""
    found = wire.walk(payload)["options"]
    return [(each["code"], bytes.fromhex(each["hex"])) for each in found if each["code"] not in (0, 255)]


for _name, (_start, _says) in SERVERS.items():
    check(
        f"life-{_name}", f"our client gets, renews, rebinds, loses and releases a lease of {_name}", stand_in=False
    )(lambda ours, start=_start, says=_says: life(ours, start, says))
    check(f"return-{_name}", f"our client reboots with and declines addresses of {_name}", stand_in=False)(
        lambda ours, start=_start, says=_says: returns(ours, start, says)
    )


@check("life-ours", "our client gets, renews, rebinds, loses and releases a lease of our server", stand_in=False)
def life_ours(ours):
    life(ours, lambda lab: serve(lab, ours, lease=f"{LEASE}s"), None)


@check("return-ours", "our client reboots with and declines addresses of our server", stand_in=False)
def return_ours(ours):
    returns(ours, lambda lab: serve(lab, ours, "--no-probe"), None)


# Relay agents


RELAYED = ("10.87.1.100", "10.87.1.150")
GIADDR = "10.87.1.1"
RELAY_SERVER = "10.87.2.1"


def relayed_kea(lab):
    """kea for the clients behind the relay agent."""
    lab.leases = lab.folder / "kea.csv"
    database = {"type": "memfile", "persist": True, "name": str(lab.leases), "lfc-interval": 0}
    subnet = {"subnet": "10.87.1.0/24", "pools": [{"pool": " - ".join(RELAYED)}]}
    return lab.kea(subnet, device="eth0", sockets="udp", **{"lease-database": database})


@check("relay-kea", "our relay agent between dhclient and kea, with option 82", stand_in=False)
def relay_kea(ours):
    with Lab("relay") as lab:
        lab.relay_net()
        near, far = lab.capture("client", "eth0"), lab.capture("server", "eth0")
        relayed_kea(lab)
        agent = lab.start(
            "relay",
            *(ours.program, "relay", "--interface", "eth0", "--server", RELAY_SERVER),
            *("--circuit-id", "--remote-id", "lab"),
        ).wait_output("relaying to")
        lab.dhclient()
        address = lab.wait_address()
        wait_state(lab, kea_says, address, "bound")
        near.stop()
        far.stop()
        check_dissection(near.path)
        check_dissection(far.path)
        for payload in far.messages():
            fields, last = wire.fields_of(payload), options(payload)[-1]
            require(fields["giaddr"] == GIADDR, f"giaddr {fields['giaddr']}")
            require(last == (82, b"\x01\x04eth0\x02\x03lab"), f"the last option is {last}")
        for payload in near.messages():
            require(82 not in codes(payload), "the client sees option 82")
        requests = [each for each in far.messages() if each[0] == 1]
        require(all(wire.fields_of(each)["hops"] == 1 for each in requests), "hops are not counted")
        agent.signal(signal.SIGTERM)
        require(agent.wait_end(5) == 0, "our relay agent ended badly")


@check("client-dhcrelay", "our client through ISC dhcrelay gets and renews a lease of kea", stand_in=False)
def client_dhcrelay(ours):
    with Lab("relay") as lab:
        lab.relay_net()
        seen = lab.capture("client", "eth0")
        relayed_kea(lab)
        lab.dhcrelay("-a")
        running = client(lab, ours, "--stay", "--release-on-exit", *CUT, "--timeout", "20s")
        address = granted(seen)
        require(address.startswith("10.87.1."), f"{address} is not of the client's subnet")
        wait_extended(seen, address, RELAY_SERVER)
        wait_state(lab, kea_says, address, "bound")
        running.signal(signal.SIGTERM)
        require(running.wait_end(10) == 0, running.output()[-1000:])
        wait_state(lab, kea_says, address, "free")
        seen.stop()
        check_dissection(seen.path)


@check("script", "the example script sets, replaces and takes away what is its own, and nothing else", stand_in=False)
def script_alone(_):
    device = "averylongname01"
    with Lab("script") as lab:
        lab.add("client", "server")
        program = lab.write("script", open(SCRIPT, encoding="utf-8").read(), executable=True)

        def tell(event, **variables):
            words = [f"{name}={value}" for name, value in {"interface": device, **variables}.items()]
            running = lab.start("client", "env", *words, program, event)
            require(running.wait_end(10) == 0, f"{event}: {running.output()[-500:]}")
            addresses = re.findall(r"inet (\S+)", lab.ip("client", f"-4 addr show dev {device}"))
            routes = re.findall(r"^(\S+) via (\S+)", lab.ip("client", "-4 route show"), re.M)
            return addresses, routes

        lab.veth(("client", device), ("server", "eth0"))
        tell("deconfig")
        lab.ip("client", f"addr add 203.0.113.9/24 dev {device}")
        lab.ip("client", f"route add 203.0.114.0/24 via 203.0.113.1 dev {device}")
        other, far = "203.0.113.9/24", ("203.0.114.0/24", "203.0.113.1")
        lease = {"ip": "192.0.2.100", "mask": 24, "lease": 4294967295, "router": "192.0.2.1 192.0.2.2"}
        found = tell("bound", **lease)
        require(found == ([other, "192.0.2.100/24"], [("default", "192.0.2.1"), far]), found)
        found = tell("renew", **lease, staticroutes="10.0.0.0/8 192.0.2.9")
        require(found == ([other, "192.0.2.100/24"], [("10.0.0.0/8", "192.0.2.9"), far]), found)
        found = tell("bound", **{**lease, "ip": "192.0.2.101", "lease": 60})
        require(found == ([other, "192.0.2.101/24"], [("default", "192.0.2.1"), far]), found)
        found = tell("deconfig")
        require(found == ([other], [far]), found)


@check("relay-ours", "our client, our relay agent and our server", stand_in=False)
def relay_ours(ours):
    with Lab("relay") as lab:
        lab.relay_net()
        seen = lab.capture("client", "eth0")
        pool = f"{RELAYED[0]}-{RELAYED[1]}/24"
        flags = ("--interface", "eth0", "--pool", pool, "--leases", "memory")
        lab.start("server", ours.program, "server", *flags)
        lab.start(
            "relay", ours.program, "relay", "--interface", "eth0", "--server", RELAY_SERVER
        ).wait_output("relaying to")
        running = client(lab, ours, "--release")
        require(running.wait_end(20) == 0, running.output()[-1000:])
        types = seen.types()
        seen.stop()
        if types[:4] != ["discover", "offer", "request", "ack"]:
            raise Failed(f"the client sees {types}")
        offer = seen.frames()[1]
        require(offer.to_mac == CLIENT_MAC, f"the offer went to {offer.to_mac}")
