#!/usr/bin/env bash
# DHCP servers beside each other, in network namespaces: exchanges a second, CPU an exchange, latency, floods.
#
#   benches/servers.sh [--quick] [--check] [--rounds N] [--json FILE] [PROGRAM]     default: target/release/dhcpsim
#
# Needs root, for namespaces. Debian: apt-get install kea-dhcp4-server kea-admin isc-dhcp-server dnsmasq-base. What is
# missing is said, and not measured. Takes six minutes, with --quick one. What each goal asks, and whether
# it is reached, stands at the end; --check exits 1 if one is missed.
set -e
here="$(dirname "$0")"
cargo build --release --locked --quiet --manifest-path "$here/servers/Cargo.toml"
exec python3 "$here/servers.py" "$@"
