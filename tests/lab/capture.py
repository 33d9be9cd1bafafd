#!/usr/bin/env python3
"""Captures what real DHCP programs say to each other, into fixtures/captured.

    python3 tests/lab/capture.py --list
    python3 tests/lab/capture.py [--out FOLDER] [NAME ...]

Without a name all scenarios run. Each leaves NAME.pcap and, of its distinct messages,
NAME-NN-type.hex. Needs root and what .ci/peers installs.
"""

import argparse
import pathlib
import signal
import sys
import time

import wire
from lab import CLIENT_MAC, HERE, NETWORK, Lab, LabError, exit_on_sigterm, version

CAPTURED = HERE.parents[1] / "fixtures" / "captured"
MAC = bytes.fromhex(CLIENT_MAC.replace(":", ""))
PROGRAMS = {
    "dhclient": ("ISC dhclient", "isc-dhcp-client"),
    "dhcpd": ("ISC dhcpd", "isc-dhcp-server"),
    "dhcrelay": ("ISC dhcrelay", "isc-dhcp-relay"),
    "udhcpc": ("busybox udhcpc", "udhcpc"),
    "dhcpcd": ("dhcpcd", "dhcpcd5"),
    "kea": ("kea-dhcp4", "kea-dhcp4-server"),
    "dnsmasq": ("dnsmasq", "dnsmasq-base"),
    "hand": ("a hand-made request", None),
}
SCENARIOS = {}

DHCPD = f"""authoritative; default-lease-time 600;
subnet {NETWORK}.0 netmask 255.255.255.0 {{
  range {NETWORK}.100 {NETWORK}.150;
  option routers {NETWORK}.1; option domain-name-servers {NETWORK}.1, {NETWORK}.2; option domain-name "lab.example";
}}
"""
KEA = {"subnet": f"{NETWORK}.0/24", "pools": [{"pool": f"{NETWORK}.60 - {NETWORK}.90"}]}
DNSMASQ = (f"--dhcp-range={NETWORK}.60,{NETWORK}.70,10m", "--domain=lab.example")
TEXT_OPTIONS = "".join(f"option text{code} code {code} = text;\n" for code in (231, 232, 233, 234))


def scenario(name, client, server, story, relay=None):
    """Makes a function a scenario; client, server and relay are keys of PROGRAMS."""

    def register(function):
        SCENARIOS[name] = {
            "run": function,
            "client": client,
            "server": server,
            "relay": relay,
            "story": story,
        }
        return function

    return register


def options(**values):
    """Kea's form of option data; underscores stand for hyphens."""
    return [{"name": name.replace("_", "-"), "data": data} for name, data in values.items()]


@scenario("dhclient-dhcpd", "dhclient", "dhcpd", "a first lease, renewed once, then released")
def dhclient_dhcpd(lab):
    lab.bridge_net()
    seen = lab.capture("client", "eth0")
    lab.dhcpd(DHCPD.replace("time 600", "time 10; min-lease-time 10; max-lease-time 10"))
    lab.dhclient("send host-name = gethostname();\n")
    seen.wait("ack", 2)
    lab.dhclient_release()
    seen.wait("release")
    return {"": seen}


@scenario("dhclient-dhcpd-init-reboot", "dhclient", "dhcpd", "INIT-REBOOT with a lease that is still good")
def dhclient_dhcpd_init_reboot(lab):
    lab.bridge_net()
    seen = lab.capture("client", "eth0")
    lab.dhcpd(DHCPD)
    first = lab.dhclient()
    lab.wait_address()
    first.signal(signal.SIGKILL)
    lab.dhclient()
    seen.wait("ack", 2)
    return {"": seen}


@scenario(
    "dhclient-dhcpd-nak",
    "dhclient",
    "dhcpd",
    "INIT-REBOOT with an address of another network: NAK, then a new lease",
)
def dhclient_dhcpd_nak(lab):
    lab.bridge_net()
    seen = lab.capture("client", "eth0")
    lab.dhcpd(DHCPD)
    lease = 'interface "eth0"; fixed-address 192.0.2.77; option subnet-mask 255.255.255.0; option dhcp-server-identifier 192.0.2.1;'
    times = "".join(f" {what} 4 2037/12/31 00:00:00;" for what in ("renew", "rebind", "expire"))
    lab.write("dhclient.leases", f"lease {{ {lease}{times} }}\n")
    lab.dhclient()
    seen.wait("nak")
    seen.wait("ack")
    return {"": seen}


@scenario(
    "dhclient-dhcpd-decline",
    "dhclient",
    "dhcpd",
    "the client's hook refuses the first address: DECLINE, then another lease",
)
def dhclient_dhcpd_decline(lab):
    lab.bridge_net()
    seen = lab.capture("client", "eth0")
    lab.dhcpd(DHCPD)
    lab.dhclient(refuse_once=True)
    seen.wait("decline")
    seen.wait("ack", 2, seconds=40)
    return {"": seen}


@scenario("udhcpc-kea", "udhcpc", "kea", "a first lease, renewed and released on signals")
def udhcpc_kea(lab):
    lab.bridge_net()
    seen = lab.capture("client", "eth0")
    lab.kea(
        {
            **KEA,
            "option-data": options(
                routers=f"{NETWORK}.1", domain_name_servers=f"{NETWORK}.1", ntp_servers=f"{NETWORK}.3"
            ),
        }
    )
    client = lab.udhcpc("-x", "hostname:alpha", "-F", "alpha.lab.example", "-O", "42")
    lab.wait_address()
    client.signal(signal.SIGUSR1)
    seen.wait("ack", 2)
    client.signal(signal.SIGUSR2)
    seen.wait("release")
    return {"": seen}


@scenario(
    "udhcpc-kea-decline",
    "udhcpc",
    "kea",
    "another host answers ARP for the first address: DECLINE, then another lease",
)
def udhcpc_kea_decline(lab):
    lab.bridge_net(other=f"{NETWORK}.60")
    seen = lab.capture("client", "eth0")
    lab.kea(KEA)
    lab.udhcpc("-a500", "-A", "3")
    seen.wait("decline")
    seen.wait("ack", 2, seconds=40)
    return {"": seen}


@scenario("dhcpcd-dnsmasq", "dhcpcd", "dnsmasq", "a lease with many of dhcpcd's own options, then RELEASE")
def dhcpcd_dnsmasq(lab):
    lab.bridge_net()
    seen = lab.capture("client", "eth0")
    lab.dnsmasq(*DNSMASQ)
    features = "duid\nhostname alpha\nfqdn both\nuserclass first\nuserclass second\nvendclass 4491 classdata\nvendor 1,abc\n"
    lab.dhcpcd(
        features
        + "mudurl https://mud.example/1.json\noption domain_name_servers, domain_search, classless_static_routes\nrelease\nnoarp\n"
    )
    seen.wait("ack")
    lab.wait_address()
    lab.programs[-1].signal(signal.SIGALRM)
    seen.wait("release")
    return {"": seen}


@scenario(
    "dhcpcd-dnsmasq-rapid-commit", "dhcpcd", "dnsmasq", "rapid commit (RFC 4039): DISCOVER is answered by ACK"
)
def dhcpcd_dnsmasq_rapid_commit(lab):
    lab.bridge_net()
    seen = lab.capture("client", "eth0")
    lab.dnsmasq(*DNSMASQ, "--dhcp-rapid-commit")
    lab.dhcpcd("clientid\noption rapid_commit\nnoarp\n")
    seen.wait("ack")
    return {"": seen}


@scenario("dhcpcd-kea-inform", "dhcpcd", "kea", "INFORM from a client with a fixed address")
def dhcpcd_kea_inform(lab):
    lab.bridge_net()
    seen = lab.capture("client", "eth0")
    lab.kea(
        {
            **KEA,
            "option-data": options(
                routers=f"{NETWORK}.1", domain_search="a.example, b.a.example", ntp_servers=f"{NETWORK}.3"
            ),
        }
    )
    lab.dhcpcd("clientid\noption domain_search, ntp_servers\n", "-s", f"{NETWORK}.50/24")
    seen.wait("inform")
    seen.wait("ack")
    return {"": seen}


@scenario(
    "dhclient-dhcrelay-kea",
    "dhclient",
    "kea",
    "behind a relay agent that adds option 82, then RELEASE",
    relay="dhcrelay",
)
def dhclient_dhcrelay_kea(lab):
    lab.relay_net()
    near, far = lab.capture("client", "eth0"), lab.capture("server", "eth0")
    subnet = {
        "subnet": "10.87.1.0/24",
        "pools": [{"pool": "10.87.1.100 - 10.87.1.150"}],
        "option-data": options(routers="10.87.1.1"),
    }
    lab.kea(subnet, device="eth0", sockets="udp")
    lab.dhcrelay("-a", "-m", "replace")
    lab.dhclient('send host-name "alpha";\n')
    lab.wait_address()
    lab.ip("client", "route replace default via 10.87.1.1")
    lab.dhclient_release()
    far.wait("release")
    return {"-client-side": near, "-server-side": far}


@scenario(
    "udhcpc-dnsmasq-pxe",
    "udhcpc",
    "dnsmasq",
    "a network boot as PXE firmware asks for it: options 60, 93, 94 and 97",
)
def udhcpc_dnsmasq_pxe(lab):
    lab.bridge_net()
    seen = lab.capture("client", "eth0")
    boot = (
        "--dhcp-match=set:efi,option:client-arch,7",
        f"--dhcp-boot=tag:efi,boot.efi,boot.lab.example,{NETWORK}.1",
    )
    menu = (
        "--pxe-prompt=Press F8,3",
        "--pxe-service=X86-64_EFI,Boot over the network,boot.efi",
        "--pxe-service=X86-64_EFI,Local disk,0",
    )
    lab.dnsmasq(*DNSMASQ, *boot, *menu)
    firmware = "-C -V PXEClient:Arch:00007:UNDI:003016 -x 0x5d:0007 -x 0x5e:010310 -x 0x61:00564d0123456789ab8cdef0123456789a"
    lab.udhcpc(*firmware.split(), *"-O 43 -O 60 -O 66 -O 67 -O 128 -O 135".split())
    lab.wait_address()
    return {"": seen}


@scenario(
    "dhclient-kea-long-options",
    "dhclient",
    "kea",
    "options 121 and 119 longer than 255 octets, split by RFC 3396",
)
def dhclient_kea_long_options(lab):
    lab.bridge_net()
    seen = lab.capture("client", "eth0")
    routes = "".join(f"18{10:02x}{200:02x}{number:02x}0a5700{number:02x}" for number in range(1, 41))
    data = options(
        routers=f"{NETWORK}.1",
        domain_search=", ".join(f"department-{number:02}.lab.example" for number in range(20)),
    )
    data.append({"name": "routes", "code": 121, "data": routes, "csv-format": False})
    define = [{"name": "routes", "code": 121, "type": "binary", "space": "dhcp4"}]
    lab.kea({**KEA, "option-data": data}, **{"option-def": define})
    routes_option = "option routes code 121 = string;\n"
    lab.dhclient(
        routes_option
        + "send dhcp-max-message-size 1400;\nrequest subnet-mask, routers, domain-search, routes;\n"
    )
    lab.wait_address()
    return {"": seen}


@scenario(
    "dhclient-dhcpd-overload",
    "dhclient",
    "dhcpd",
    "a reply limited to 576 octets by option 57 goes on in file and sname (option 52)",
)
def dhclient_dhcpd_overload(lab):
    lab.bridge_net()
    seen = lab.capture("client", "eth0")
    texts = "".join(
        f'option text{code} "{letter * size}";\n'
        for code, letter, size in ((231, "a", 180), (232, "b", 100), (233, "c", 55), (234, "d", 50))
    )
    lab.dhcpd(TEXT_OPTIONS + texts + DHCPD)
    lab.dhclient(
        TEXT_OPTIONS
        + "send dhcp-max-message-size 576;\nrequest subnet-mask, routers, domain-name, text231, text232, text233, text234;\n"
    )
    lab.wait_address()
    return {"": seen}


@scenario(
    "udhcpc-dnsmasq-many-options",
    "udhcpc",
    "dnsmasq",
    "a client that asks for every option of a server that has many",
)
def udhcpc_dnsmasq_many_options(lab):
    lab.bridge_net()
    seen = lab.capture("client", "eth0")
    sent = {
        "option:ntp-server": f"{NETWORK}.3,{NETWORK}.4",
        "option:mtu": "1400",
        "option:domain-search": "lab.example,eng.lab.example",
        "option:classless-static-route": f"10.1.0.0/16,{NETWORK}.2,0.0.0.0/0,{NETWORK}.1",
        "option:sip-server": f"{NETWORK}.5",
        "option:posix-timezone": "CET-1CEST",
        "option:tzdb-timezone": "Europe/Berlin",
        "114": "https://portal.example/api",
        "option:tftp-server": "boot.lab.example",
        "252": "http://wpad.lab.example/wpad.dat",
        "vi-encap:4491,1": f"{NETWORK}.6",
        "option:netbios-ns": f"{NETWORK}.7",
        "150": f"{NETWORK}.8",
    }
    lab.dnsmasq(*DNSMASQ, *(f"--dhcp-option={name},{value}" for name, value in sent.items()))
    lab.udhcpc(
        *(
            word
            for code in (26, 42, 44, 66, 100, 101, 114, 119, 120, 121, 125, 150, 252)
            for word in ("-O", str(code))
        )
    )
    lab.wait_address()
    return {"": seen}


def bootp_requests():
    """Four BOOTP requests: with a cookie, without, with options, with names."""
    common = {"chaddr": MAC, "minimum": 300}
    asked = wire.option(12, b"alpha") + wire.option(55, bytes([1, 3, 6, 12, 15, 17]))
    yield wire.message(xid=0x11110001, secs=3, **common)
    yield (wire.header(xid=0x11110002, secs=7, flags=0x8000, chaddr=MAC)).ljust(300, b"\0")
    yield wire.message(asked, xid=0x11110003, **common)
    yield wire.message(xid=0x11110004, sname=b"boot.lab.example", file=b"/tftpboot/alpha", **common)


@scenario("bootp-dhcpd", "hand", "dhcpd", "plain BOOTP, with and without the cookie")
def bootp_dhcpd(lab):
    lab.bridge_net()
    seen = lab.capture("client", "eth0")
    boot = f'filename "alpha.img"; next-server {NETWORK}.1; option root-path "/srv";'
    lab.dhcpd(
        DHCPD.replace("range ", "range dynamic-bootp ").replace("option routers", boot + " option routers")
    )
    for request in bootp_requests():
        lab.send(wire.udp_frame(request, macs=(MAC, b"\xff" * 6)))
    seen.wait("bootp", 8)
    return {"": seen}


@scenario("bootp-dnsmasq", "hand", "dnsmasq", "plain BOOTP, with and without the cookie")
def bootp_dnsmasq(lab):
    lab.bridge_net()
    seen = lab.capture("client", "eth0")
    lab.dnsmasq(*DNSMASQ, "--bootp-dynamic", f"--dhcp-boot=alpha.img,boot,{NETWORK}.1")
    for request in bootp_requests():
        lab.send(wire.udp_frame(request, macs=(MAC, b"\xff" * 6)))
    seen.wait("bootp", 8)
    return {"": seen}


@scenario("leasequery-dhcpd", "hand", "dhcpd", "LEASEQUERY by address: leased, free, and of no known network")
def leasequery_dhcpd(lab):
    lab.bridge_net()
    seen = lab.capture("client", "eth0")
    lab.dhcpd("allow leasequery;\n" + DHCPD)
    client = lab.dhclient('send host-name "alpha";\nsend dhcp-client-identifier "alpha-id";\n')
    address = lab.wait_address()
    client.signal(signal.SIGKILL)
    wanted = wire.option(55, bytes([1, 3, 12, 51, 54, 58, 59, 61, 82, 91, 92]))
    server = lab.ip("server", "-o link show br0").split("link/ether ")[1].split()[0]
    macs = (MAC, bytes.fromhex(server.replace(":", "")))
    for number, about in enumerate((address, f"{NETWORK}.140", "203.0.113.9")):
        query = wire.message(
            wire.option(53, b"\x0a"),
            wanted,
            htype=0,
            hlen=0,
            chaddr=b"",
            ciaddr=about,
            giaddr=address,
            xid=0x22220000 + number,
        )
        lab.send(wire.udp_frame(query, address, f"{NETWORK}.1", (67, 67), macs))
    for answer in ("leaseactive", "leaseunassigned", "leaseunknown"):
        seen.wait(answer)
    return {"": seen}


# Extracting


def sender(scene, payload):
    """Who sent a message of a scenario, with its version."""
    asked, hops, giaddr = payload[0] == 1, payload[3], payload[24:28] != bytes(4)
    key = scene["client"] if asked else scene["server"]
    if wire.message_type(payload) in ("discover", "request", "release") and key == "hand":
        key = "dhclient"
    title, package = PROGRAMS[key]
    text = f"{title} {version(package)}" if package else title
    if scene["relay"] and asked and (hops or giaddr):
        relay, package = PROGRAMS[scene["relay"]]
        text += f", relayed by {relay} {version(package)}"
    return text


def distinct(payloads):
    """(number from 1, payload) of each message that differs in type, direction or options from all before."""
    known = set()
    for number, payload in enumerate(payloads, 1):
        found = wire.walk(payload)
        codes = tuple((each["area"], each["code"]) for each in found["options"])
        key = (payload[0], wire.message_type(payload), codes, found["fields"]["cookie"], any(payload[12:16]))
        if key not in known:
            known.add(key)
            yield number, payload


def extract(name, scene, capture, folder):
    """Writes the capture and the .hex files of its distinct messages."""
    for old in (*folder.glob(f"{name}-[0-9][0-9]-*.hex"), folder / f"{name}.pcap"):
        old.unlink(missing_ok=True)
    wire.write_pcap(folder / f"{name}.pcap", wire.read_pcap(capture.path))
    for number, payload in distinct(capture.messages()):
        kind = wire.message_type(payload)
        comments = [
            f"{kind.upper()} sent by {sender(scene, payload)}",
            f"scenario {name}, message {number}: {scene['story']}",
        ]
        (folder / f"{name}-{number:02}-{kind}.hex").write_text(wire.format_hex(payload, comments))


def run_scenario(name, folder):
    """Runs one scenario and writes its fixtures; True if all went well."""
    scene, start = SCENARIOS[name], time.monotonic()
    try:
        with Lab(name) as lab:
            captures = scene["run"](lab)
            time.sleep(0.3)
            for suffix, capture in captures.items():
                capture.stop()
                extract(name + suffix, scene, capture, folder)
                print(
                    f"{name}{suffix}: {' '.join(capture.types())} ({time.monotonic() - start:.1f} s)",
                    flush=True,
                )
    except LabError as error:
        print(f"{name}: failed: {error}", file=sys.stderr)
        return False
    return True


def main():
    """Runs the scenarios named on the command line; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    parser.add_argument(
        "--out", type=pathlib.Path, default=CAPTURED, help="where to write (default: fixtures/captured)"
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="scenarios to run (default: all)")
    arguments = parser.parse_args()
    if arguments.list:
        for name, scene in SCENARIOS.items():
            print(f"{name:30} {scene['story']}")
        return 0
    unknown = [name for name in arguments.names if name not in SCENARIOS]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}")
    exit_on_sigterm()
    arguments.out.mkdir(parents=True, exist_ok=True)
    results = [run_scenario(name, arguments.out) for name in arguments.names or SCENARIOS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
