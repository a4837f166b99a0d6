#!/usr/bin/env bash
# Writes the table of formats into README.md; with --check, fails where it is not what `gpt list` says.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release -p codegen-cli
gpt=${CARGO_TARGET_DIR:-target}/release/gpt
new=$(mktemp)
trap 'rm -f "$new"' EXIT
{
    sed '/<!-- formats: begin/q' README.md
    echo '| format | what it is | va | pa | pages | checked by |'
    echo '|---|---|---|---|---|---|'
    # The columns are two blanks apart or more: name, va, pa, levels, pages, checked by, about.
    "$gpt" list | awk -F '  +' 'NR > 1 { printf "| `%s` | %s | %s | %s | %s | %s |\n", $1, $7, $2, $3, $5, $6 == "-" ? "" : $6 }'
    sed -n '/<!-- formats: end/,$p' README.md
} > "$new"
if [ "${1:-}" = --check ]; then
    diff -u README.md "$new" || { echo 'README.md is stale: run ci/readme.sh' >&2; exit 1; }
else
    cp "$new" README.md
fi
