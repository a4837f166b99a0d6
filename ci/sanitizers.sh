#!/bin/sh
# Runs the runtime's tests and storms under AddressSanitizer, and its storms under ThreadSanitizer.
#
# GPT_STRESS_SECONDS says how long each storm lasts together. For ThreadSanitizer the standard library is not instrumented
# (that would need its sources): ci/tsan_suppressions.txt names what only std's locks guard.
set -eu
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')

RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address \
    cargo test -p gpt-runtime --features std --target "$host" \
    --test histories --test promises --test allocation --test stress \
    --test noncoherent --test translation_cache --test merge

RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer" \
    TSAN_OPTIONS="suppressions=$PWD/ci/tsan_suppressions.txt" \
    cargo test -p gpt-runtime --features std --target "$host" --test stress
