#!/usr/bin/env bash
# Runs the tests on hosts that are not this one, and compiles for machines without an operating system.
#
#   ci/cross.sh           every host and machine below
#   ci/cross.sh quick     i686, powerpc and two machines
#
# The standard library of each target is built from source, with the compiler of the distribution; foreign programs
# run under qemu-user. What is missing is installed first.
set -euo pipefail
cd "$(dirname "$0")/.."

quick=${1:-}
hosts="i686-unknown-linux-gnu powerpc-unknown-linux-gnu"
machines="riscv32imac-unknown-none-elf x86_64-unknown-none"
if [ "$quick" != quick ]; then
    hosts="$hosts armv7-unknown-linux-gnueabihf s390x-unknown-linux-gnu"
    machines="$machines thumbv7m-none-eabi aarch64-unknown-none riscv64gc-unknown-none-elf"
fi

packages="rustc-web rust-web-src gcc-12-multilib libc6-dev-i386 gcc-powerpc-linux-gnu libc6-dev-powerpc-cross qemu-user"
if [ "$quick" != quick ]; then
    packages="$packages gcc-arm-linux-gnueabihf libc6-dev-armhf-cross gcc-s390x-linux-gnu libc6-dev-s390x-cross"
fi
# shellcheck disable=SC2086
if ! dpkg -s $packages >/dev/null 2>&1; then
    as_root=$([ "$(id -u)" = 0 ] || echo sudo)
    $as_root apt-get update -qq
    $as_root apt-get install -y -qq --no-install-recommends $packages >/dev/null
fi

export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/cross
export CARGO_PROFILE_TEST_DEBUG=0 CARGO_PROFILE_DEV_DEBUG=0
export CARGO_TARGET_POWERPC_UNKNOWN_LINUX_GNU_LINKER=powerpc-linux-gnu-gcc
export CARGO_TARGET_POWERPC_UNKNOWN_LINUX_GNU_RUNNER="qemu-ppc -L /usr/powerpc-linux-gnu"
export CARGO_TARGET_ARMV7_UNKNOWN_LINUX_GNUEABIHF_LINKER=arm-linux-gnueabihf-gcc
export CARGO_TARGET_ARMV7_UNKNOWN_LINUX_GNUEABIHF_RUNNER="qemu-arm -L /usr/arm-linux-gnueabihf"
export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_LINKER=s390x-linux-gnu-gcc
export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_RUNNER="qemu-s390x -L /usr/s390x-linux-gnu"
$RUSTC -V

for machine in $machines; do
    echo "== $machine: compiles without alloc"
    cargo build -q -Zbuild-std=core --target "$machine" -p gpt-runtime -p gpt-formats
done
for host in $hosts; do
    echo "== $host: tests"
    cargo test -q -Zbuild-std=std,panic_unwind,test --target "$host" -p gpt-runtime --features std --tests
    cargo test -q -Zbuild-std=std,panic_unwind,test --target "$host" -p gpt-formats -p gpt-tests --tests
done
echo "all hosts: passed"
