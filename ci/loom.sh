#!/bin/sh
# Checks the races of the runtime in every order that loom finds.
#
#   ci/loom.sh          up to three preemptions: seconds
#   ci/loom.sh 5        up to five: minutes
#   ci/loom.sh full     all orders: not tried to the end
set -eu
cd "$(dirname "$0")/.."

case "${1:-quick}" in
quick) export LOOM_MAX_PREEMPTIONS=2 ;;
full) export LOOM_FULL=1 ;;
*) export LOOM_MAX_PREEMPTIONS="${1:-3}" ;;
esac

RUSTFLAGS="--cfg loom" cargo test -p gpt-runtime --lib --test loom --release
RUSTFLAGS="--cfg loom --cfg gpt_split_words" cargo test -p gpt-runtime --test loom_split --release
RUSTFLAGS="--cfg loom" cargo test -p gpt-device --test loom --release
