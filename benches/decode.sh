#!/usr/bin/env bash
# `dhcpsim decode --summary` beside tshark and tcpdump: CPU time and peak memory on the same capture.
#
#   benches/decode.sh [PROGRAM]          default: target/release/dhcpsim
#   benches/decode.sh --check [PROGRAM]  exit 1 if a goal is missed
#
# Debian: apt-get install tshark tcpdump. What is missing is said, and not measured.
exec python3 "$(dirname "$0")/decode.py" "$@"
