#!/usr/bin/env bash
# Fails where a hot path needs over 3 % more instructions than benches/instructions.txt says; needs valgrind.
#
#   ci/instructions.sh           compare
#   ci/instructions.sh --bless   write the file anew
set -euo pipefail
cd "$(dirname "$0")/../benches"
exec cargo run --quiet --release -- instructions "$@"
