"""Real DHCP programs in network namespaces of their own.

    with Lab("name") as lab:
        lab.bridge_net()
        capture = lab.capture("client", "eth0")
        lab.dhcpd("...")
        lab.udhcpc()
        capture.wait("ack")

A Lab makes its namespaces, runs programs only inside them, and at its end kills what runs
there and removes them; nothing outside is touched. Every program sees a host name, a state
folder and a resolv.conf made for it. Every wait has an end. Needs root, iproute2 and
tcpdump.
"""

import collections
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import wire

CLIENT_MAC = "02:00:5e:10:00:01"
OTHER_MAC = "02:00:5e:10:00:02"
SERVER_MAC = "02:00:5e:10:00:fe"
NETWORK = "10.87.0"
NETWORKD = "/lib/systemd/systemd-networkd"
HERE = pathlib.Path(__file__).resolve().parent
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}

os.environ["PATH"] = ENVIRONMENT["PATH"] + ":" + os.environ.get("PATH", "")

# What every program of the lab runs in: no file of the machine is written.
SHELL = """
mount -t tmpfs none /run && mount -t tmpfs none /var/lib &&
mkdir -p /run/kea /run/dhcpcd /var/lib/dhcp /var/lib/dhcpcd /var/lib/kea /var/lib/misc &&
printf '00:03:00:01:02:00:5e:10:00:01\\n' >/var/lib/dhcpcd/duid &&
mount --bind "$1/resolv.conf" /etc/resolv.conf &&
hostname "$2" && shift 2 && exec "$@"
"""

# One hook for dhclient and udhcpc: sets or removes the address, nothing else.
HOOK = """#!/bin/sh
case "${reason:-$1}" in
BOUND|RENEW|REBIND|REBOOT)
  if [ -n "$REFUSE_ONCE" ] && [ ! -e "$REFUSE_ONCE" ]; then : >"$REFUSE_ONCE"; exit 1; fi
  ip -4 addr replace "$new_ip_address/${new_subnet_mask:-24}" dev "$interface" ;;
bound|renew) ip -4 addr replace "$ip/${mask:-24}" dev "$interface" ;;
PREINIT) ip link set "$interface" up ;;
EXPIRE|FAIL|RELEASE|STOP|deconfig) ip -4 addr flush dev "$interface" ;;
esac
exit 0
"""


# A DHCP message as it went over the wire.
Frame = collections.namedtuple("Frame", "to_mac source destination payload")


class LabError(Exception):
    """Something in the lab did not happen in time, or a command failed."""


def exit_on_sigterm():
    """Makes a SIGTERM leave as an exception does, so that a Lab still cleans up."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def run(*command, check=True):
    """Runs a short command outside of the namespaces; its output."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    if check and done.returncode:
        raise LabError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def until(condition, seconds, what):
    """Waits until condition() gives something true, and returns it; LabError after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.05)
    raise LabError(f"waited {seconds} s in vain for {what}")


def version(package):
    """The version of an installed Debian package."""
    return run("dpkg-query", "-W", "-f", "${Version}", package)


class Program:
    """A program running in a namespace; its output goes to a file."""

    def __init__(self, process, log, name):
        self.process = process
        self.log = log
        self.name = name

    def output(self):
        """What it has written so far."""
        return self.log.read_text(errors="replace")

    def wait_output(self, text, seconds=15):
        """Waits until it has written `text`."""

        def found():
            if text in self.output():
                return True
            if self.process.poll() is not None:
                raise LabError(f"{self.name} ended with {self.process.returncode}:\n{self.output()[-2000:]}")
            return False

        until(found, seconds, f"{text!r} from {self.name}; it wrote:\n{self.output()[-2000:]}")
        return self

    def wait_end(self, seconds=20):
        """Waits for it to end by itself; its exit status."""
        until(lambda: self.process.poll() is not None, seconds, f"the end of {self.name}")
        return self.process.returncode

    def signal(self, number):
        """Sends it a signal, if it still runs."""
        if self.process.poll() is None:
            self.process.send_signal(number)

    def stop(self):
        """Ends it, with force after two seconds."""
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(2)


class Capture:
    """A running tcpdump and the file it writes."""

    def __init__(self, program, path):
        self.program = program
        self.path = path

    def frames(self):
        """The BOOTP or DHCP messages so far, in order, with where they went."""
        found = []
        if self.path.exists() and self.path.stat().st_size >= 24:
            for _, _, frame in wire.read_pcap(self.path):
                udp = wire.udp_payload(frame)
                if udp and wire.walk(udp[2]):
                    ends = [socket.inet_ntoa(frame[at : at + 4]) for at in (26, 30)]
                    found.append(Frame(frame[:6].hex(":"), *ends, udp[2]))
        return found

    def messages(self):
        """Their UDP payloads."""
        return [frame.payload for frame in self.frames()]

    def types(self):
        """Their types, in order."""
        return [wire.message_type(payload) for payload in self.messages()]

    def wait(self, kind, count=1, seconds=20):
        """Waits until there are `count` messages of a type, and returns the last of them."""
        until(
            lambda: self.types().count(kind) >= count, seconds, f"{count} {kind}; there were {self.types()}"
        )
        return [payload for payload in self.messages() if wire.message_type(payload) == kind][-1]

    def stop(self):
        """Ends the capture once its last packets are in the file."""
        time.sleep(0.3)
        self.program.stop()


class Lab:
    """Namespaces, links, programs and captures of one scenario."""

    def __init__(self, name):
        self.name = name
        self.prefix = f"dhcpsim-{os.getpid()}"
        self.namespaces = []
        self.programs = []
        self.captures = []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dhcpsim-lab-"))
        self.folder.chmod(0o755)
        self.write("resolv.conf", "")
        self.hook = self.write("hook", HOOK, executable=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in reversed(self.programs):
            program.stop()
        for capture in self.captures:
            capture.stop()
        for name in self.namespaces:
            self.end_all_in(name)
            run("ip", "netns", "del", self.full(name), check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def end_all_in(self, name):
        """Kills what is left in a namespace: children of the programs started there."""
        for pid in run("ip", "netns", "pids", self.full(name), check=False).split():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass

    def full(self, name):
        """The name of a namespace as the system knows it."""
        return f"{self.prefix}-{name}"

    def write(self, name, text, executable=False):
        """Writes a file into the folder of this lab."""
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755 if executable else 0o644)
        return path

    # Networks

    def add(self, *names):
        """Makes namespaces."""
        for name in names:
            run("ip", "netns", "add", self.full(name))
            self.namespaces.append(name)
            self.ip(name, "link set lo up")

    def ip(self, name, arguments):
        """Runs `ip` in a namespace."""
        return run("ip", "-n", self.full(name), *arguments.split())

    def veth(self, one, two, mac_one=None, mac_two=None):
        """Links (namespace, interface) with another by a pair of virtual Ethernet devices."""
        run(
            *f"ip link add {one[1]} netns {self.full(one[0])} type veth".split(),
            *f"peer name {two[1]} netns {self.full(two[0])}".split(),
        )
        for (name, device), mac in ((one, mac_one), (two, mac_two)):
            if mac:
                self.ip(name, f"link set {device} address {mac}")
            inside = ["ip", "netns", "exec", self.full(name)]
            run(*inside, "sysctl", "-qw", f"net.ipv6.conf.{device}.disable_ipv6=1", check=False)
            # Otherwise the capture shows checksums that are still to be filled in.
            run(*inside, "ethtool", "-K", device, "tx", "off", "rx", "off", check=False)
            self.ip(name, f"link set {device} up")

    def bridge_net(self, other=None, server_address=f"{NETWORK}.1/24"):
        """A client (and another host with a fixed address) on a bridge that the server listens on."""
        self.add("server", "client")
        self.ip("server", "link add br0 type bridge forward_delay 0")
        self.ip("server", f"link set br0 address {SERVER_MAC}")
        self.ip("server", f"addr add {server_address} dev br0")
        self.ip("server", "link set br0 up")
        self.veth(("client", "eth0"), ("server", "port1"), CLIENT_MAC)
        self.ip("server", "link set port1 master br0")
        if other:
            self.add("other")
            self.veth(("other", "eth0"), ("server", "port2"), OTHER_MAC)
            self.ip("server", "link set port2 master br0")
            self.ip("other", f"addr add {other}/24 dev eth0")

    def relay_net(self):
        """A client, a relay agent's host (10.87.1.1 and 10.87.2.2) and a server (10.87.2.1)."""
        self.add("server", "relay", "client")
        self.veth(("client", "eth0"), ("relay", "eth0"), CLIENT_MAC, "02:00:5e:10:01:01")
        self.veth(("relay", "eth1"), ("server", "eth0"), "02:00:5e:10:02:02", SERVER_MAC)
        self.ip("relay", "addr add 10.87.1.1/24 dev eth0")
        self.ip("relay", "addr add 10.87.2.2/24 dev eth1")
        self.ip("server", "addr add 10.87.2.1/24 dev eth0")
        self.ip("server", "route add default via 10.87.2.2")
        run("ip", "netns", "exec", self.full("relay"), "sysctl", "-qw", "net.ipv4.ip_forward=1")

    def address(self, name="client", device="eth0"):
        """The IPv4 address of an interface, or None."""
        words = self.ip(name, f"-4 -o addr show dev {device}").split()
        return words[words.index("inet") + 1].split("/")[0] if "inet" in words else None

    def wait_address(self, name="client", device="eth0", seconds=20):
        """Waits for an interface to have an IPv4 address, and returns it."""
        return until(lambda: self.address(name, device), seconds, f"an address of {device} in {name}")

    # Programs

    def start(self, name, *command, environment=None):
        """Starts a program in a namespace."""
        log = self.folder / f"{len(self.programs)}.log"
        inside = ["ip", "netns", "exec", self.full(name), "unshare", "--mount", "--uts", "sh", "-c", SHELL]
        host = {"client": "alpha", "other": "beta"}.get(name, name)
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*inside, "sh", str(self.folder), host, *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**ENVIRONMENT, **(environment or {})},
                start_new_session=True,
            )
        program = Program(process, log, str(command[0]))
        self.programs.append(program)
        return program

    def capture(self, name, device, filters="udp port 67 or udp port 68 or udp port 4011"):
        """Starts to capture on an interface, and returns when it listens."""
        path = self.folder / f"{name}-{device}.pcap"
        command = f"tcpdump -Z root -U --immediate-mode -n -i {device} -w {path}".split()
        program = self.start(name, *command, filters)
        self.programs.remove(program)
        capture = Capture(program.wait_output("listening on"), path)
        self.captures.append(capture)
        return capture

    def send(self, *frames, name="client", device="eth0"):
        """Sends Ethernet frames."""
        code = "import socket,sys;s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW);s.bind((sys.argv[1],0));[s.send(bytes.fromhex(each)) for each in sys.argv[2:]]"
        self.start(name, "/usr/bin/python3", "-c", code, device, *(each.hex() for each in frames)).wait_end(10)

    def dhcpd(self, text, device="br0"):
        """ISC dhcpd, ready to answer."""
        conf = self.write("dhcpd.conf", "ddns-update-style none; ping-check false;\n" + text)
        leases = self.write("dhcpd.leases", "")
        command = f"dhcpd -4 -f -d --no-pid -cf {conf} -lf {leases} {device}"
        return self.start("server", *command.split()).wait_output("Server starting service")

    def kea(self, subnet, device="br0", sockets="raw", **more):
        """kea-dhcp4 with one subnet, ready to answer."""
        settings = {
            "interfaces-config": {"interfaces": [device], "dhcp-socket-type": sockets},
            "lease-database": {"type": "memfile", "persist": False},
            "valid-lifetime": 600,
            "loggers": [
                {
                    "name": "kea-dhcp4",
                    "output_options": [{"output": "stdout", "flush": True}],
                    "severity": "INFO",
                }
            ],
            "subnet4": [{"id": 1, **subnet}],
            **more,
        }
        conf = self.write("kea.json", json.dumps({"Dhcp4": settings}))
        places = {"KEA_LOCKFILE_DIR": str(self.folder), "KEA_PIDFILE_DIR": str(self.folder)}
        return self.start("server", "kea-dhcp4", "-c", conf, environment=places).wait_output("DHCP4_STARTED")

    def dnsmasq(self, *arguments, device="br0"):
        """dnsmasq as a DHCP server alone, ready to answer."""
        command = f"dnsmasq --keep-in-foreground --port=0 --conf-file=/dev/null --user=root --log-dhcp --log-facility=- --no-ping --dhcp-authoritative --interface={device}"
        leases = self.folder / "dnsmasq.leases"
        return self.start("server", *command.split(), f"--dhcp-leasefile={leases}", *arguments).wait_output(
            "IP range"
        )

    def dhcrelay(self, *arguments):
        """dhcrelay between eth0 (clients) and eth1 (10.87.2.1, the server)."""
        command = ["dhcrelay", "-4", "-d", *arguments, "-id", "eth0", "-iu", "eth1", "10.87.2.1"]
        return self.start("relay", *command).wait_output("Socket/fallback")

    def dhclient_command(self, *arguments):
        """The command line of dhclient with this lab's files."""
        places = {"-cf": "dhclient.conf", "-lf": "dhclient.leases", "-pf": "dhclient.pid", "-sf": "hook"}
        files = [word for flag, name in places.items() for word in (flag, str(self.folder / name))]
        return ["dhclient", "-4", "-v", *files, *arguments, "eth0"]

    def dhclient(self, text="", refuse_once=False):
        """ISC dhclient in the foreground; `refuse_once` makes its hook decline the first address."""
        self.write("dhclient.conf", text)
        refuse = ["-e", f"REFUSE_ONCE={self.folder / 'refused'}"] if refuse_once else []
        return self.start("client", *self.dhclient_command("-d", *refuse))

    def dhclient_release(self):
        """Ends the running dhclient with a RELEASE."""
        return self.start("client", *self.dhclient_command("-r")).wait_end(10)

    def udhcpc(self, *arguments, name="client"):
        """busybox udhcpc in the foreground."""
        command = ["udhcpc", "-f", "-i", "eth0", "-s", str(self.hook), "-t", "5", "-T", "2"]
        return self.start(name, *command, *arguments)

    def dhcpcd(self, text="", *arguments):
        """dhcpcd in the foreground; its vendor class would otherwise name kernel and processor."""
        conf = self.write("dhcpcd.conf", "vendorclassid dhcpcd\n" + text)
        hook = self.write("dhcpcd-hook", "#!/bin/sh\nexit 0\n", executable=True)
        return self.start("client", "dhcpcd", "-4", "-B", "-d", "-f", conf, "-c", hook, *arguments, "eth0")

    def networkd(self, text=""):
        """systemd-networkd in the foreground, without udev and a bus: it takes both for absent where /sys is read-only."""
        match = "[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n"
        conf = self.write("eth0.network", match + text)
        script = (
            "mount -o remount,ro,bind /sys && mkdir -p /run/systemd/network /run/systemd/netif &&"
            f" cp {conf} /run/systemd/network/ && chown -R systemd-network /run/systemd/netif &&"
            f" exec {NETWORKD}"
        )
        environment = {"SYSTEMD_LOG_LEVEL": "debug", "SYSTEMD_LOG_TARGET": "console"}
        return self.start("client", "sh", "-c", script, environment=environment)
