#!/usr/bin/env bash
# Measures the generator, optimised: checking and emitting one format, the whole catalogue, and starting `gpt`.
# Fails where a limit is passed. GPT_PATIENCE=n multiplies the limits, for a machine that does something else too.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release -p codegen-cli
gpt=$(realpath "${CARGO_TARGET_DIR:-target}")/release/gpt
patience=${GPT_PATIENCE:-1}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The shortest of some runs, in microseconds: what the program needs where nothing else disturbs it.
shortest() {
    local best=-1 start end
    for _ in $(seq "${runs:-10}"); do
        start=$(date +%s%N)
        "$@" > /dev/null
        end=$(date +%s%N)
        local took=$(((end - start) / 1000))
        if ((best < 0 || took < best)); then best=$took; fi
    done
    echo "$best"
}

failed=0
limit() {
    local name=$1 most=$(($2 * patience)) took=$3
    printf '%-44s %8d µs of %8d µs\n' "$name" "$took" "$most"
    if ((took >= most)); then failed=1; fi
}

limit "gpt --version" 10000 "$(shortest "$gpt" --version)"
slowest=0
slowest_name=
for file in formats/*.yaml; do
    took=$(runs=3 shortest "$gpt" build "$file" -o "$folder/one.rs")
    if ((took > slowest)); then slowest=$took slowest_name=$(basename "$file" .yaml); fi
done
limit "check and emit the slowest, $slowest_name" 50000 "$slowest"
limit "check and emit the catalogue" 1000000 "$(runs=3 shortest "$gpt" build formats/*.yaml -o "$folder")"
exit "$failed"
