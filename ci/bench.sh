#!/usr/bin/env bash
# Measures everything and writes benches/RESULTS.md and benches/results.svg; needs valgrind. With arguments: those of
# the program, for example `ci/bench.sh time walk`.
set -euo pipefail
cd "$(dirname "$0")/../benches"
exec cargo run --quiet --release -- "$@"
