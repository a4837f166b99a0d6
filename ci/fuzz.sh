#!/usr/bin/env bash
# Fuzzes each target for the given number of seconds (10 if none is given).
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-10}
command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked --version 0.13.1
mkdir -p fuzz/corpus/{row,yaml,image,derive}
cp formats/*.yaml gpt-codegen/tests/diagnostics/*.yaml fuzz/corpus/yaml/
# A derive sees one item.
for file in gpt-macros/tests/{formats,mistakes}/*.rs; do
    sed '/^use /d; /^}/q' "$file" >"fuzz/corpus/derive/${file##*/}"
done
# Every row of the catalogue is a seed of its own.
grep -h '^ *- [0-9]' formats/*.yaml | sed 's/^ *- //; s/ *#.*//' | sort -u |
    awk -v dir=fuzz/corpus/row '{ file = sprintf("%s/catalogue-%04d", dir, NR); printf "%s", $0 > file; close(file) }'
cargo run --quiet --manifest-path fuzz/Cargo.toml --bin seeds -- fuzz/corpus/image
# There is no unsafe code in what is fuzzed, so that an address sanitizer would find nothing.
export RUSTC_BOOTSTRAP=1
for target in row yaml image derive; do
    cargo fuzz run --sanitizer none --fuzz-dir fuzz "$target" -- -seed=1 -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0
done
