"""Measures DHCP servers beside each other; see servers.sh."""

import argparse
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOAD = HERE / "servers/target/release/load"
STATELESS = HERE / "servers/target/release/stateless"
SERVER, GIADDR, OTHER = "10.77.0.1", "10.77.0.2", "10.77.0.3"
# How a flood comes, beside known clients behind GIADDR: the giaddr that its messages have.
WAYS = {"another relay": OTHER, "the same relay": GIADDR, "no relay": "0.0.0.0"}
HERTZ = os.sysconf("SC_CLK_TCK")


def run(*words, check=True):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if check and done.returncode != 0:
        sys.exit(f"{' '.join(str(word) for word in words)}: {done.stderr or done.stdout}")
    return done


class Lab:
    """Two namespaces and a wire between them."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.servers, self.clients = f"dsbs{os.getpid()}", f"dsbc{os.getpid()}"

    def __enter__(self):
        for name in (self.servers, self.clients):
            run("ip", "netns", "add", name)
        run("ip", "link", "add", "s0", "netns", self.servers, "type", "veth", "peer", "name", "c0", "netns", self.clients)
        for name, link, addresses in (
            (self.servers, "s0", [SERVER]),
            (self.clients, "c0", [GIADDR, OTHER]),
        ):
            for address in addresses:
                run("ip", "-n", name, "addr", "add", f"{address}/12", "dev", link)
            run("ip", "-n", name, "link", "set", link, "up")
            run("ip", "-n", name, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        for name in (self.servers, self.clients):
            run("ip", "netns", "del", name, check=False)

    def load(self, mode, **named):
        words = ["ip", "netns", "exec", self.clients, LOAD, mode, "--server", SERVER, "--giaddr", GIADDR]
        for name, value in named.items():
            words += [f"--{name.replace('_', '-')}", value]
        return json.loads(run(*words).stdout)


class Process:
    """A server that runs in the lab."""

    def __init__(self, lab, words, environment=None):
        self.log = open(lab.folder / "log", "w")
        # No shell and no fork in between: the process is the server.
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", lab.servers, *[str(word) for word in words]],
            stdout=self.log,
            stderr=self.log,
            env={**os.environ, **(environment or {})},
        )
        self.lab = lab

    def await_answer(self):
        for _ in range(100):
            if self.process.poll() is not None:
                break
            if self.lab.load("closed", count=1, seconds=1, clients=1, first=1 << 30)["exchanges"] == 1:
                return
        text = (self.lab.folder / "log").read_text()[-2000:]
        self.end()
        raise RuntimeError(f"does not answer:\n{text}")

    def cpu(self):
        """Seconds of processor time so far, of all threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / HERTZ

    def memory(self, what="VmRSS"):
        """MiB that are resident."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{what}:\s+(\d+)", status)[1]) / 1024

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


def kea(lab, bits):
    config = {
        "Dhcp4": {
            "interfaces-config": {"interfaces": ["s0"], "dhcp-socket-type": "udp"},
            "lease-database": {"type": "memfile", "persist": True, "name": str(lab.folder / "kea.csv"), "lfc-interval": 0},
            "valid-lifetime": 3600,
            "subnet4": [{"id": 1, "subnet": subnet(bits), "pools": [{"pool": " - ".join(ends(bits))}]}],
            "option-data": [
                {"name": "routers", "data": SERVER},
                {"name": "domain-name-servers", "data": SERVER},
            ],
            "loggers": [{"name": "kea-dhcp4", "severity": "ERROR", "output_options": [{"output": "stderr"}]}],
        }
    }
    path = lab.folder / "kea.json"
    path.write_text(json.dumps(config))
    environment = {"KEA_PIDFILE_DIR": str(lab.folder), "KEA_LOCKFILE_DIR": "none"}
    return Process(lab, ["/usr/sbin/kea-dhcp4", "-c", path], environment)


def dhcpd(lab, bits):
    mask = ".".join(str((0xFFFFFFFF << (32 - bits) >> shift) & 255) for shift in (24, 16, 8, 0))
    (lab.folder / "dhcpd.leases").write_text("")
    path = lab.folder / "dhcpd.conf"
    path.write_text(
        f"authoritative; ping-check false; default-lease-time 3600; max-lease-time 3600;\n"
        f"subnet {subnet(bits).split('/')[0]} netmask {mask} {{\n  range {' '.join(ends(bits))};\n"
        f"  option routers {SERVER}; option domain-name-servers {SERVER};\n}}\n"
    )
    words = ["-4", "-f", "-q", "-cf", path, "-lf", lab.folder / "dhcpd.leases", "-pf", lab.folder / "dhcpd.pid", "s0"]
    return Process(lab, ["/usr/sbin/dhcpd", *words])


def dnsmasq(lab, bits):
    mask = ".".join(str((0xFFFFFFFF << (32 - bits) >> shift) & 255) for shift in (24, 16, 8, 0))
    words = ["-k", "--port=0", "--conf-file=/dev/null", "--user=root", "--interface=s0", "--no-ping", "--quiet-dhcp"]
    words += [f"--dhcp-range={','.join(ends(bits))},{mask},1h", "--dhcp-lease-max=1000000", "--dhcp-authoritative"]
    words += [f"--dhcp-leasefile={lab.folder / 'dnsmasq.leases'}", f"--pid-file={lab.folder / 'dnsmasq.pid'}"]
    return Process(lab, ["/usr/sbin/dnsmasq", *words])


def stateless(lab, _):
    return Process(lab, [STATELESS, SERVER])


def ours(program, leases):
    def start(lab, bits):
        where = "memory" if leases == "memory" else str(lab.folder / "dhcpsim.db")
        path = lab.folder / "dhcpsim.toml"
        path.write_text(
            f'interfaces = ["s0"]\nport = 67\nprobe = false\nleases = "{where}"\nlease-time = "1h"\n'
            f'[options]\nrouter = "{SERVER}"\ndomain-name-server = "{SERVER}"\n'
            f'[[subnet]]\nsubnet = "{subnet(bits)}"\nranges = "{"-".join(ends(bits))}"\n'
        )
        return Process(lab, [program, "server", "--config", path, "-q"])

    return start


def subnet(bits):
    return {16: "10.77.0.0/16", 12: "10.64.0.0/12"}[bits]


def ends(bits):
    return {16: ("10.77.1.0", "10.77.255.254"), 12: ("10.64.0.1", "10.71.255.254")}[bits]


def fdatasync(folder, count=300):
    """Milliseconds that the disk takes to make an appended page durable: mean and median."""
    path = Path(folder) / "sync"
    times = []
    with open(path, "wb", buffering=0) as file:
        for _ in range(count):
            file.write(bytes(4096))
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - start) * 1000)
    path.unlink()
    return {"mean": statistics.mean(times), "median": statistics.median(times)}


class Bench:
    def __init__(self, lab, options):
        self.lab, self.options = lab, options
        self.results = {}
        self.servers = {"dhcpsim": ours(options.program, options.leases), "stateless": stateless}
        for name, path, start in (
            ("kea-dhcp4", "/usr/sbin/kea-dhcp4", kea),
            ("ISC dhcpd", "/usr/sbin/dhcpd", dhcpd),
            ("dnsmasq", "/usr/sbin/dnsmasq", dnsmasq),
        ):
            if Path(path).exists():
                self.servers[name] = start
            else:
                print(f"NOT RUN: {name}: {path} is not there", file=sys.stderr)

    def start(self, name, bits=16):
        for path in self.lab.folder.iterdir():
            path.unlink()
        process = self.servers[name](self.lab, bits)
        process.await_answer()
        return process

    def note(self, name, what, value):
        self.results.setdefault(name, {}).setdefault(what, []).append(value)

    def loaded(self, process, mode, **named):
        """What came of a load, and the server's CPU in microseconds an exchange."""
        before = process.cpu()
        found = self.lab.load(mode, **named)
        found["cpu"] = (process.cpu() - before) * 1e6 / max(found["exchanges"], 1)
        return found

    def closed(self, name):
        process = self.start(name)
        try:
            # The first of these clients are new, as far as a server gets; then each comes again.
            self.lab.load("closed", seconds=1, first=1 << 25, clients=2000, count=4000)
            for flight in self.options.flights:
                found = self.loaded(process, "closed", seconds=self.options.seconds, clients=50_000, in_flight=flight)
                self.note(name, f"closed {flight}", found)
        finally:
            process.end()

    def latency(self, name):
        """Half of the load that the server can take, and 200 a second; beside it the disk's own time."""
        half = int(median(self.results[name]["closed 32"], "rate") / 2)
        process = self.start(name)
        try:
            seconds = self.options.seconds
            self.note(name, "half load", self.loaded(process, "open", rate=half, seconds=seconds + 1, clients=50_000))
            self.note(name, "200 a second", self.loaded(process, "open", rate=200, seconds=seconds + 1, first=1 << 24))
            self.note(name, "fdatasync", fdatasync(self.lab.folder))
        finally:
            process.end()

    def growth(self, name):
        """CPU an exchange with few leases and with many."""
        process = self.start(name, bits=12)
        try:
            held = 0
            for count in self.options.growth:
                # Up to so many leases, then a load of clients that hold one.
                self.lab.load("closed", seconds=60, first=held, clients=1 << 30, count=count - held, in_flight=64)
                held = count
                for _ in range(3):
                    found = self.loaded(process, "closed", seconds=1, clients=count)
                    self.note(name, f"held {count}", {**found, "memory": process.memory()})
        finally:
            process.end()

    def flood(self, name, rate, way):
        process = self.start(name)
        try:
            self.lab.load("closed", seconds=2, clients=500, count=500)
            before = process.memory()
            found = self.lab.load(
                "flood", rate=rate, seconds=self.options.flood_seconds, flood_giaddr=WAYS[way], known=500, renewals=500
            )
            found["memory"] = process.memory("VmHWM") - before
            self.note(name, f"flood {rate} {way}", found)
        finally:
            process.end()

    def perfdhcp(self, name, rate):
        """The neutral check: perfdhcp at a rate that it can keep up."""
        process = self.start(name)
        try:
            seconds = self.options.seconds
            before = process.cpu()
            words = ["-4", "-l", "c0", "-r", rate, "-R", 20_000, "-p", seconds, "-u", SERVER]
            done = run("ip", "netns", "exec", self.lab.clients, "perfdhcp", *words, check=False)
            cpu = process.cpu() - before
            answered = [int(number) for number in re.findall(r"received packets: (\d+)", done.stdout)]
            delays = [float(number) for number in re.findall(r"avg delay: ([\d.]+) ms", done.stdout)]
            if len(answered) == 2 and len(delays) == 2:
                exchanges = max(answered[1], 1)
                found = {"rate": answered[1] / seconds, "cpu": cpu * 1e6 / exchanges, "delays": delays}
                self.note(name, f"perfdhcp {rate}", found)
            else:
                print(f"NOT RUN: perfdhcp on {name}: {done.stderr or done.stdout}", file=sys.stderr)
        finally:
            process.end()


def median(values, *path):
    def reach(value):
        for key in path:
            value = value[key]
        return value

    return statistics.median(reach(value) for value in values)


def figures(results):
    """All figures, one table for each part."""
    print("\n| server | in flight | exchanges/s | CPU µs an exchange | p99 ms | lost |\n|---|---|---|---|---|---|")
    for name, found in results.items():
        for what, each in found.items():
            if what.startswith("closed"):
                lost = sum(one["lost"] for one in each)
                rate, cpu, p99 = median(each, "rate"), median(each, "cpu"), median(each, "exchange", "p99")
                print(f"| {name} | {what.split()[1]} | {rate:,.0f} | {cpu:.1f} | {p99:.2f} | {lost} |")
    print("\n| server | half load, p99 ms | OFFER ms at 200/s | ACK ms at 200/s | fdatasync ms |\n|---|---|---|---|---|")
    for name, found in results.items():
        if "200 a second" in found:
            slow, half = found["200 a second"], median(found["half load"], "exchange", "p99")
            offer, ack, disk = median(slow, "offer", "mean"), median(slow, "ack", "mean"), median(found["fdatasync"], "mean")
            print(f"| {name} | {half:.2f} | {offer:.3f} | {ack:.3f} | {disk:.3f} |")
    print("\n| server | leases held | CPU µs an exchange | MiB resident |\n|---|---|---|---|")
    for name, found in results.items():
        for what, each in found.items():
            if what.startswith("held"):
                print(f"| {name} | {what.split()[1]} | {median(each, 'cpu'):.1f} | {median(each, 'memory'):.1f} |")
    print("\n| server | flood a second (sent) | by | renewals at the first try | p99 ms | MiB more | newcomers |\n|---|---|---|---|---|---|---|")
    for name, found in results.items():
        for what, each in found.items():
            if what.startswith("flood"):
                _, rate, way = what.split(" ", 2)
                share, p99, more = median(each, "share") * 100, median(each, "renewal", "p99"), median(each, "memory")
                newcomers = f"{median(each, 'newcomers_served'):.0f} in {median(each, 'newcomers_seconds'):.2f} s"
                sent = median(each, "flood_rate")
                print(f"| {name} | {rate} ({sent:,.0f}) | {way} | {share:.2f} % | {p99:.1f} | {more:.1f} | {newcomers} |")
    print("\n| server | perfdhcp a second | answered a second | CPU µs | OFFER ms | ACK ms |\n|---|---|---|---|---|---|")
    for name, found in results.items():
        for what, each in found.items():
            if what.startswith("perfdhcp"):
                offer, ack = (median(each, "delays", number) for number in (0, 1))
                rate, cpu = median(each, "rate"), median(each, "cpu")
                print(f"| {name} | {what.split()[1]} | {rate:,.0f} | {cpu:.1f} | {offer:.3f} | {ack:.3f} |")


def goals(results):
    """Each goal, what it asks in this run, what was measured: all that could be measured."""

    def of(name, what, *path):
        found = results.get(name, {}).get(what)
        return median(found, *path) if found else None

    ours, kea, bare = (of(name, "closed 32", "rate") for name in ("dhcpsim", "kea-dhcp4", "stateless"))
    cpu, kea_cpu = (of(name, "closed 32", "cpu") for name in ("dhcpsim", "kea-dhcp4"))
    few, many = (of("dhcpsim", f"held {count}", "cpu") for count in (4_000, 256_000))
    disk = of("dhcpsim", "fdatasync", "mean")
    ratio = lambda one, other: one / other if one and other else None
    found = [
        ("CPU of a durable exchange, 32 in flight, µs", "<=", 21, cpu, 1),
        ("the same, of kea's", "<=", 0.4, ratio(cpu, kea_cpu), 2),
        ("rate, 32 in flight, of kea's", ">=", 2.5, ratio(ours, kea), 2),
        ("rate, 32 in flight, of the responder's without state", ">=", 0.5, ratio(ours, bare), 2),
        ("p99 at half load, ms", "<=", 5, of("dhcpsim", "half load", "exchange", "p99"), 2),
        ("OFFER at 200/s, mean ms", "<=", 0.14, of("dhcpsim", "200 a second", "offer", "mean"), 3),
        ("ACK at 200/s, mean ms, fdatasync + 0.1", "<=", disk and disk + 0.1, of("dhcpsim", "200 a second", "ack", "mean"), 3),
        ("CPU with 256,000 leases, of that with 4,000", "<=", 1.3, ratio(many, few), 2),
        ("memory with 65,000 leases, MiB", "<=", 64, of("dhcpsim", "held 65000", "memory"), 1),
    ]
    for what in results.get("dhcpsim", {}):
        if what.startswith("flood"):
            found += [
                (f"{what}: renewals at the first try, %", ">=", 99.9, of("dhcpsim", what, "share") * 100, 2),
                (f"{what}: their p99, ms", "<=", 50, of("dhcpsim", what, "renewal", "p99"), 1),
                (f"{what}: memory, MiB more", "<=", 16, of("dhcpsim", what, "memory"), 1),
                (f"{what}: 200 newcomers served, s", "<=", 10, of("dhcpsim", what, "newcomers_seconds"), 2),
            ]
    return found


def verdicts(results):
    """The goals and whether they are reached; how many are not."""
    print("\n| goal | asked | measured | |\n|---|---|---|---|")
    missed = 0
    for what, sense, asked, measured, digits in goals(results):
        if asked is None or measured is None:
            print(f"| {what} | {'–' if asked is None else f'{sense} {asked:g}'} | – | NOT RUN |")
            continue
        reached = measured <= asked if sense == "<=" else measured >= asked
        missed += not reached
        print(f"| {what} | {sense} {asked:.4g} | {measured:.{digits}f} | {'reached' if reached else '**missed**'} |")
    print(f"\n{missed} missed" if missed else "\nall reached")
    return missed


def versions():
    found = {"kernel": platform.release(), "cores": os.cpu_count(), "date": time.strftime("%Y-%m-%d")}
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    found["processor"] = model[1] if model else "unknown"
    for package in ("kea-dhcp4-server", "isc-dhcp-server", "dnsmasq-base"):
        found[package] = run("dpkg-query", "-W", "-f", "${Version}", package, check=False).stdout
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", nargs="?", default=str(HERE.parent / "target/release/dhcpsim"))
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--check", action="store_true", help="exit with status 1 if a goal is missed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--leases", choices=["file", "memory"], default="file", help="where dhcpsim keeps leases")
    parser.add_argument("--only", nargs="*", help="these servers only")
    parser.add_argument("--parts", nargs="*", default=["closed", "latency", "growth", "flood", "perfdhcp"])
    parser.add_argument("--folder", help="where lease files are kept: a folder on the disk that is meant")
    parser.add_argument("--json", help="write all that was measured to this file")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("namespaces need root")
    options.flights, options.growth, options.flood_seconds = [32, 256], [4_000, 65_000, 256_000], 8
    floods = [(rate, way) for rate in (25_000, 60_000) for way in WAYS]
    if options.quick:
        options.rounds, options.seconds, options.flood_seconds = 1, 1, 3
        options.growth, floods = [4_000, 65_000], [(60_000, "another relay")]
    start, load = time.time(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="dhcpsim-bench-") as folder, Lab(folder) as lab:
        bench = Bench(lab, options)
        names = [name for name in bench.servers if not options.only or name in options.only]
        rivals = [name for name in names if name in ("dhcpsim", "kea-dhcp4")]
        for _ in range(options.rounds):
            for name in names if "closed" in options.parts else []:
                bench.closed(name)
            for name in rivals if {"closed", "latency"} <= set(options.parts) else []:
                bench.latency(name)
        if "growth" in options.parts and "dhcpsim" in names:
            bench.growth("dhcpsim")
        for rate, way in floods if "flood" in options.parts else []:
            for name in rivals:
                # Of kea one is enough to see.
                if name == "dhcpsim" or (rate, way) == floods[0]:
                    bench.flood(name, rate, way)
        if "perfdhcp" in options.parts and shutil.which("perfdhcp"):
            for rate in (5_000, 10_000):
                for name in rivals:
                    bench.perfdhcp(name, rate)
    found = {"versions": versions(), "seconds": time.time() - start, "load": load, "leases": options.leases}
    found["results"] = bench.results
    print(json.dumps(found["versions"]))
    print(f"load of the machine before: {load:.1f}; took {found['seconds']:.0f} s; medians of {options.rounds} rounds")
    figures(bench.results)
    missed = verdicts(bench.results)
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=1))
    if options.check and missed:
        sys.exit(1)


if __name__ == "__main__":
    main()
