#!/bin/sh
# Checks the races of the runtime in every order that loom finds.
#
#   ci/loom.sh quick    up to two preemptions, as CI does: seconds
#   ci/loom.sh          up to three preemptions: a minute
#   ci/loom.sh 5        up to five: minutes
#   ci/loom.sh full     all orders; tests/loom.rs says which models end
#
# ci/mutations.sh shows that the models fail when what they guard is taken out.
set -eu
cd "$(dirname "$0")/.."

case "${1:-3}" in
quick) export LOOM_MAX_PREEMPTIONS=2 ;;
full) export LOOM_FULL=1 ;;
*) export LOOM_MAX_PREEMPTIONS="${1:-3}" ;;
esac

RUSTFLAGS="--cfg loom" cargo test -p gpt-runtime --lib --test loom --release
RUSTFLAGS="--cfg loom --cfg gpt_split_words" cargo test -p gpt-runtime --test loom_split --release
RUSTFLAGS="--cfg loom" cargo test -p gpt-device --test loom --release
