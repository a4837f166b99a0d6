#!/usr/bin/env bash
# Runs the tests on hosts that are not this one, and compiles for machines without an operating system.
#
#   ci/cross.sh           every host and machine below
#   ci/cross.sh quick     i686, powerpc and two machines
#
# The standard library of each target is built from source, with the compiler of the distribution; foreign programs
# run under qemu-user. What is missing is installed first. Where each instruction is emulated, GPT_SHARE=n runs about one
# n-th of each history and of the edges, of every format (see tests/src/share.rs); 1 runs all of them.
set -euo pipefail
cd "$(dirname "$0")/.."
. ci/other_hosts.sh

quick=${1:-}
hosts="i686-unknown-linux-gnu powerpc-unknown-linux-gnu"
machines="riscv32imac-unknown-none-elf x86_64-unknown-none"
packages="rustc-web rust-web-src gcc-12-multilib libc6-dev-i386 gcc-powerpc-linux-gnu libc6-dev-powerpc-cross qemu-user"
if [ "$quick" != quick ]; then
    hosts="$hosts armv7-unknown-linux-gnueabihf s390x-unknown-linux-gnu"
    machines="$machines thumbv7m-none-eabi aarch64-unknown-none riscv64gc-unknown-none-elf"
    packages="$packages gcc-arm-linux-gnueabihf libc6-dev-armhf-cross gcc-s390x-linux-gnu libc6-dev-s390x-cross"
fi
# shellcheck disable=SC2086
install_missing $packages
$RUSTC -V

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/cross
# What is compiled is run once: without debugging information, and what is instantiated for every format optimised a
# little, since most of the time goes into running it.
export CARGO_PROFILE_TEST_DEBUG=0 CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0
export CARGO_TARGET_POWERPC_UNKNOWN_LINUX_GNU_LINKER=powerpc-linux-gnu-gcc
export CARGO_TARGET_POWERPC_UNKNOWN_LINUX_GNU_RUNNER="qemu-ppc -L /usr/powerpc-linux-gnu"
export CARGO_TARGET_ARMV7_UNKNOWN_LINUX_GNUEABIHF_LINKER=arm-linux-gnueabihf-gcc
export CARGO_TARGET_ARMV7_UNKNOWN_LINUX_GNUEABIHF_RUNNER="qemu-arm -L /usr/arm-linux-gnueabihf"
export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_LINKER=s390x-linux-gnu-gcc
export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_RUNNER="qemu-s390x -L /usr/s390x-linux-gnu"

say() { printf '== %s (%s s so far)\n' "$*" "$SECONDS"; }

for machine in $machines; do
    say "$machine: compiles without alloc"
    cargo build -q -Zbuild-std=core --target "$machine" -p gpt-runtime -p gpt-formats
done
for host in $hosts; do
    case $host in
    i686-*) share=${GPT_SHARE:-3} ;;
    *) share=${GPT_SHARE:-11} ;;
    esac
    say "$host: the runtime"
    cargo test -q -Zbuild-std=std,panic_unwind,test --target "$host" -p gpt-runtime --features std --tests
    say "$host: every format"
    GPT_SHARE=$share cargo test -q -Zbuild-std=std,panic_unwind,test --target "$host" -p gpt-formats -p gpt-tests --tests
done
say "all hosts: passed"
