#!/usr/bin/env bash
# Fails where a hot path needs over 3 % more instructions than benches/instructions.txt says; needs valgrind.
#
#   ci/instructions.sh           compare
#   ci/instructions.sh quick     compare those of one format, x86_64: the others take minutes to compile
#   ci/instructions.sh --bless   write the file anew
set -euo pipefail
cd "$(dirname "$0")/../benches"
run() { cargo run --quiet --release "$@"; }
if [ "${1:-}" = quick ]; then
    run --no-default-features -- instructions
else
    run -- instructions "$@"
fi
