"""Our server on a port of loopback: started, killed, measured, and its store read back.

A client there is answered at the port it asks from, so that one socket can be a thousand clients and no
test needs a network of its own.
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

HOST = "127.0.0.1"
# The server is one of its pool's subnet, as in an ordinary network.
POOL, SERVER_ID = "10.80.0.10-10.80.255.250/16", "10.80.0.1"
PATIENCE = 20.0


class ServerError(Exception):
    """A server did not start, or not end."""


def free_port():
    """A UDP port that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def free_tcp_port():
    """A TCP port that nobody has."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


class Server:
    """One server after another on the same port and the same store."""

    def __init__(self, program, folder, leases="leases.db", arguments=(), pool=POOL, lease_time="1h", config=None):
        self.program = pathlib.Path(program).resolve()
        self.folder = pathlib.Path(folder)
        self.store = leases if leases == "memory" else self.folder / leases
        self.port, self.metrics_port = free_port(), free_tcp_port()
        self.log = self.folder / "log"
        self.process = None
        self.wrapper, self.environment = [], {}
        self.ready_after = None
        self.tail = ["--no-probe", "--port", str(self.port), "--metrics", f"{HOST}:{self.metrics_port}"]
        self.tail += ["--leases", str(self.store)]
        if config:
            self.tail += ["--config", str(config)]
        else:
            self.tail += ["--pool", pool, "--server-id", SERVER_ID, "--lease-time", lease_time]
        self.tail += arguments

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def launch(self, notify=None):
        """Starts it, and waits for nothing."""
        environment = {**os.environ, **self.environment}
        if notify:
            environment["NOTIFY_SOCKET"] = str(notify)
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [*self.wrapper, str(self.program), "server", *self.tail],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        return self

    def start(self, patience=PATIENCE):
        """Starts it and returns when it says that it is ready; `ready_after` is how long that took, in seconds."""
        with tempfile.TemporaryDirectory(prefix="dhcpsim-ready-") as folder:
            path = os.path.join(folder, "notify")
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                manager.bind(path)
                manager.settimeout(0.05)
                begin = time.monotonic()
                self.launch(path)
                self.await_ready(manager, begin + patience)
                self.ready_after = time.monotonic() - begin
        return self

    def await_ready(self, manager, deadline):
        """Waits for READY=1."""
        while time.monotonic() < deadline:
            try:
                if b"READY=1" in manager.recv(4096):
                    return
            except TimeoutError:
                pass
            if self.process.poll() is not None:
                raise ServerError(f"the server ended with {self.process.returncode}: {self.said()[-1500:]}")
        raise ServerError(f"the server was not ready in time: {self.said()[-1500:]}")

    def pid(self):
        """The process of the server itself, under whatever it runs."""
        if not self.wrapper:
            return self.process.pid
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else self.process.pid

    def kill(self):
        """SIGKILL, to it and all that it runs under."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        if self.process:
            self.process.wait()

    def end(self):
        """SIGTERM: (exit status, seconds until it was gone)."""
        begin = time.monotonic()
        os.kill(self.pid(), signal.SIGTERM)
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired as late:
            self.kill()
            raise ServerError("the server did not end on SIGTERM") from late
        return status, time.monotonic() - begin

    def signal(self, number):
        """A signal to the server."""
        os.kill(self.pid(), number)

    def said(self):
        """What it wrote so far, of all its lives."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def resident(self):
        """Its resident memory in octets."""
        for line in pathlib.Path(f"/proc/{self.pid()}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise ServerError("the server has no memory: it ended")

    def worked(self):
        """Processor time that it took so far, in seconds."""
        words = pathlib.Path(f"/proc/{self.pid()}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def waiting(self):
        """Octets that wait in its receive queue, and datagrams that found no room there."""
        wanted = f":{self.port:04X}"
        for line in pathlib.Path("/proc/net/udp").read_text().splitlines()[1:]:
            words = line.split()
            if words[1].endswith(wanted):
                return int(words[4].split(":")[1], 16), int(words[12])
        return 0, 0

    def metric(self, name, labels=""):
        """The sum of all samples of a metric whose labels have `labels` in them."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.metrics_port}/metrics", timeout=10) as page:
                lines = page.read().decode().splitlines()
        except OSError as error:
            raise ServerError(f"no metrics ({error}); the server's status: {self.process.poll()}") from error
        found = [line for line in lines if line.startswith((name + " ", name + "{")) and labels in line]
        return sum(float(line.rsplit(" ", 1)[1]) for line in found)

    def leases(self):
        """What `dhcpsim leases FILE --json` says, by address."""
        return read_leases(self.program, self.store)


def read_leases(program, store):
    """The bindings of a store, by address."""
    done = subprocess.run(
        [str(program), "leases", str(store), "--json"], capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        raise ServerError(f"dhcpsim leases ended with {done.returncode}: {done.stderr.strip()}")
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    if len(rows) == 1 and isinstance(rows[0], list):
        rows = rows[0]
    return {row["address"]: row for row in rows}
