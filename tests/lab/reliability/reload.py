"""Reloads, good and broken, and the end, under load."""

import signal
import threading
import time

from reliability import promised
from reliability.clients import Crowd
from reliability.law import Law
from reliability.outcome import Result, test
from reliability.serving import SERVER_ID, Server

GOOD, BROKEN = 'lease-time = "10m"', 'lease-tme = "20m"'
SUBNET = '[[subnet]]\nsubnet = "10.80.0.0/16"\nranges = "10.80.0.10-10.80.255.250"\n'
KNOWN, RATE, LONGEST = 300, 500, 1.0


def write(path, line):
    """A configuration whose first line is the point of it."""
    path.write_text(f'{line}\nserver-id = "{SERVER_ID}"\n\n{SUBNET}')


@test("reload", "SIGTERM, reloads and broken reloads under load")
def reload(setting):
    """Reloads while clients renew, an end while newcomers come, and a start."""
    result, law = Result(), Law("10.80.0.10", "10.80.255.250")
    path = setting.folder / "server.toml"
    write(path, GOOD)
    with Server(setting.program, setting.folder, config=path) as server, Crowd(server, law) as crowd:
        server.start()
        known = list(range(1, KNOWN + 1))
        crowd.take(known, tries=3)
        seconds = setting.size(20, 4)
        done = in_background(lambda: reloads(server, path, seconds))
        count = RATE * seconds
        outcome = crowd.renew([known[at % KNOWN] for at in range(count)], rate=RATE, timeout=2.0)
        good, broken, slowest = done()
        result.demand("renewals answered at the first try over reloads", outcome.first_try == count, f"{outcome.first_try} of {count}")
        result.demand("reloads done", good > 0 and server.metric("dhcpsim_reloads_total", 'result="ok"') == good, f"{good}, the slowest within {slowest:.2f} s")
        result.demand("a reload's time", slowest <= LONGEST, f"{slowest:.2f} s")
        refused = server.metric("dhcpsim_reloads_total", 'result="error"')
        said = "the old one stays" in server.said() and "server.toml:1:1" in server.said()
        result.demand("broken reloads keep the old one and say so", broken == refused > 0 and said, int(refused))
        write(path, GOOD)
        end_under_load(setting, result, server, crowd)
    result.law(law)
    return result


def end_under_load(setting, result, server, crowd):
    """SIGTERM while newcomers come."""
    done = in_background(lambda: (time.sleep(0.7), server.end())[1])
    outcome = crowd.take(range(10_000, 60_000), rate=RATE, seconds=1.5)
    status, spent = done()
    result.demand("SIGTERM: exit status", status == 0, status)
    result.demand("SIGTERM: the end", spent <= LONGEST, f"{spent:.2f} s")
    server.start()
    result.note("newcomers acknowledged until the end", len(outcome.acked))
    promised.check(result, setting, server, crowd, dict(crowd.held))


def in_background(function):
    """Begins; the function that is given waits for the end and gives the result."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function()), daemon=True)
    thread.start()

    def done():
        thread.join(120)
        return found[0]

    return done


def reloads(server, path, seconds):
    """Good and broken reloads by turns: how many of each, and the longest that one took."""
    counts, slowest = [0, 0], 0.0
    end = time.monotonic() + seconds - 1
    while time.monotonic() < end:
        broken = sum(counts) % 2
        write(path, BROKEN if broken else GOOD)
        label = f'result="{"error" if broken else "ok"}"'
        begin = time.monotonic()
        server.signal(signal.SIGHUP)
        counts[broken] += 1
        while server.metric("dhcpsim_reloads_total", label) < counts[broken]:
            if time.monotonic() - begin > 10:
                return (*counts, 10.0)
            time.sleep(0.01)
        slowest = max(slowest, time.monotonic() - begin)
        time.sleep(0.2)
    return (*counts, slowest)
