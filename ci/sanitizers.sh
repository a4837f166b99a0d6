#!/bin/sh
# Runs the runtime's tests and storms under AddressSanitizer, and its storms under ThreadSanitizer.
#
# GPT_STRESS_SECONDS says how long each storm lasts together. The nightly toolchain is needed for ThreadSanitizer, whose
# standard library is not instrumented: what it says of std itself does not count.
set -eu
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')

RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address \
    cargo test -p gpt-runtime --features std --target "$host" \
    --test histories --test promises --test allocation --test stress

RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer" \
    cargo +nightly test -p gpt-runtime --features std --target "$host" --test stress
