#!/usr/bin/env bash
# Writes the table of formats into README.md; with --check, fails where it is not what `gpt list` says.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release -p codegen-cli
gpt=${CARGO_TARGET_DIR:-target}/release/gpt
new=$("$gpt" list --json | python3 -c '
import json, sys
readme = open("README.md").read()
head, rest = readme.split("<!-- formats: begin", 1)
note, rest = rest.split("-->\n", 1)
_, tail = rest.split("<!-- formats: end -->", 1)
rows = ["| format | what it is | va | pa | pages | checked by |", "|---|---|---|---|---|---|"]
for f in json.load(sys.stdin):
    pages = " ".join(f["pages"])
    checked = f.get("checked_by") or ""
    rows.append("| `%s` | %s | %s | %s | %s | %s |" % (f["name"], f["about"], f["va"], f["pa"], pages, checked))
table = "\n".join(rows)
sys.stdout.write(head + "<!-- formats: begin" + note + "-->\n" + table + "\n<!-- formats: end -->" + tail)')
if [ "${1:-}" = --check ]; then
    diff <(printf '%s\n' "$new") README.md || { echo "README.md is stale: run ci/readme.sh" >&2; exit 1; }
else
    printf '%s\n' "$new" > README.md
fi
