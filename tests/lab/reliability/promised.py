"""The check at the end: is everything that was acknowledged still there, and still that client's?"""

import ipaddress

from reliability.clients import mac
from reliability.serving import read_leases


def is_clients(row, number):
    """Whether a row of `dhcpsim leases --json` is bound to a client."""
    hardware = str(row.get("chaddr", row.get("hardware", ""))).replace(":", "").lower()
    return row.get("state") in ("bound", "BOUND") and hardware.endswith(mac(number).hex())


def not_stored(program, store, held):
    """The clients of {client: address} for whom the store does not have their address."""
    rows = read_leases(program, store)
    wrong = []
    for number, address in held.items():
        row = rows.get(str(ipaddress.ip_address(address)))
        if row is None or not is_clients(row, number):
            wrong.append(number)
    return wrong


def lost(crowd, held, tries=4, timeout=1.0):
    """The clients of {client: address} whose renewal is not acknowledged for the same address: silence and refusal too."""
    crowd.held.update(held)
    outcome = crowd.renew(list(held), window=32, tries=tries, timeout=timeout)
    return [number for number, address in held.items() if outcome.acked.get(number) != address]


def check(result, setting, server, crowd, held, what="leases lost"):
    """Demands that every one of {client: address} is in the store and is renewed."""
    missing = not_stored(setting.program, server.store, held)
    result.demand(f"{what}, by `dhcpsim leases --json`", not missing, f"{len(missing)} of {len(held)}")
    gone = lost(crowd, held)
    result.demand(f"{what}, by renewals", not gone, f"{len(gone)} of {len(held)}")
    return not missing and not gone
