"""SIGKILL at any moment, the start included."""

import itertools
import os
import random
import statistics
import time

from reliability import promised
from reliability.clients import Crowd, percentile
from reliability.law import Law
from reliability.outcome import Result, test
from reliability.serving import Server

RATE = 500
READY, ENOUGH = 0.1, 10_000


@test("kill", "SIGKILL while new clients come; every fourth time twice more during the start")
def kill(setting):
    """200 rounds in full."""
    result, chance = Result(), random.Random(setting.seed)
    law = Law("10.80.0.10", "10.80.255.250")
    numbers = itertools.count(1)
    promises, starts = {}, []
    with Server(setting.program, setting.folder) as server, Crowd(server, law) as crowd:
        server.start()
        rounds = setting.size(200, 12)
        for turn in range(rounds):
            outcome = crowd.take(numbers, rate=RATE, seconds=chance.uniform(0.05, 0.6))
            promises.update(outcome.acked)
            server.kill()
            law.restarted()
            if turn % 4 == 3:
                kill_starts(server, chance, statistics.median(starts) if starts else 0.02)
            server.start()
            starts.append(server.ready_after)
            latest = dict(list(outcome.acked.items())[-20:])
            gone = promised.lost(crowd, latest)
            if gone:
                result.demand(f"leases lost after kill {turn + 1}", False, len(gone))
                break
        result.note("kills", f"{rounds}, and {rounds // 4 * 2} during the start")
        promised.check(result, setting, server, crowd, promises)
    result.law(law)
    ready(result, setting)
    return result


def kill_starts(server, chance, usual):
    """Kills a server twice while it starts."""
    for _ in range(2):
        server.launch()
        time.sleep(chance.uniform(0, 1.5 * usual))
        server.kill()


def ready(result, setting):
    """How long a start takes with 10,000 leases, after a kill each."""
    times, law = [], Law("10.80.0.10", "10.80.255.250")
    folder = setting.folder / "ready"
    folder.mkdir()
    with Server(setting.program, folder) as server, Crowd(server, law) as crowd:
        server.start()
        crowd.take(range(1, ENOUGH + 1), tries=5)
        for _ in range(setting.size(15, 5)):
            server.kill()
            server.start()
            times.append(server.ready_after)
        count, median = len(crowd.held), statistics.median(times)
    result.demand("leases at these starts", count == ENOUGH, count)
    found = f"{median * 1000:.0f} ms; 90th percentile {percentile(times, 0.9) * 1000:.0f} ms, worst {max(times) * 1000:.0f} ms"
    result.demand(f"median of the time until ready, of {len(times)} starts", median <= READY, found)
    # Where others work on every processor, the slow starts tell of them and not of the server.
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    if load > processors / 2:
        result.note("NOT RUN: 90th percentile of the time until ready", f"the machine is busy: load {load:.1f} on {processors} processors")
    else:
        late = percentile(times, 0.9)
        result.demand("90th percentile of the time until ready", late <= READY, f"{late * 1000:.0f} ms")
