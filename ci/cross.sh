#!/usr/bin/env bash
# Runs the tests on hosts that are not this one, and compiles for machines without an operating system.
#
#   ci/cross.sh           every host and machine below, with the suite of every format on each host
#   ci/cross.sh quick     i686, powerpc and two machines, with the suite of three formats on powerpc: 32 bits, the most
#                         significant byte first, and no atomics of 64 bits. All formats take longer than a change may.
#
# The standard library of each target is built from source, with the compiler of the distribution; foreign programs
# run under qemu-user. What is missing is installed first. Where each instruction is emulated, GPT_SHARE=n runs about one
# n-th of each history, of the edges and of the words to decode, of every format (see tests/src/share.rs); 1 runs all of them.
set -euo pipefail
cd "$(dirname "$0")/.."
. ci/other_hosts.sh

quick=${1:-}
hosts="i686-unknown-linux-gnu powerpc-unknown-linux-gnu"
machines="riscv32imac-unknown-none-elf x86_64-unknown-none"
packages="rustc-web rust-web-src gcc-12-multilib libc6-dev-i386 gcc-powerpc-linux-gnu libc6-dev-powerpc-cross qemu-user"
if [ "$quick" != quick ]; then
    hosts="$hosts armv7-unknown-linux-gnueabihf s390x-unknown-linux-gnu"
    machines="$machines thumbv7m-none-eabi armv7a-none-eabi aarch64-unknown-none riscv64gc-unknown-none-elf"
    packages="$packages gcc-arm-linux-gnueabihf libc6-dev-armhf-cross lld gcc-s390x-linux-gnu libc6-dev-s390x-cross"
fi
# shellcheck disable=SC2086
install_missing $packages
$RUSTC -V

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/cross
# What is compiled here is run once.
export CARGO_PROFILE_TEST_DEBUG=0 CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0
export CARGO_TARGET_POWERPC_UNKNOWN_LINUX_GNU_LINKER=powerpc-linux-gnu-gcc
export CARGO_TARGET_POWERPC_UNKNOWN_LINUX_GNU_RUNNER="qemu-ppc -L /usr/powerpc-linux-gnu"
export CARGO_TARGET_ARMV7_UNKNOWN_LINUX_GNUEABIHF_LINKER=arm-linux-gnueabihf-gcc
export CARGO_TARGET_ARMV7_UNKNOWN_LINUX_GNUEABIHF_RUNNER="qemu-arm -L /usr/arm-linux-gnueabihf"
export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_LINKER=s390x-linux-gnu-gcc
export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_RUNNER="qemu-s390x -L /usr/s390x-linux-gnu"

if [ "$quick" != quick ]; then
    # GNU's linker takes many minutes for the veneers of a program of so many small functions.
    lld=$(dirname "$(readlink -f "$(command -v ld.lld)")")
    export CARGO_TARGET_ARMV7_UNKNOWN_LINUX_GNUEABIHF_RUSTFLAGS="-Clink-arg=-fuse-ld=lld -Clink-arg=-B$lld"
fi

say() { printf '== %s (%s s so far)\n' "$*" "$SECONDS"; }

for machine in $machines; do
    say "$machine: compiles without alloc"
    cargo build -q -Zbuild-std=core --target "$machine" -p gpt-runtime -p gpt-formats
done
for host in $hosts; do
    build=(-q -Zbuild-std=std,panic_unwind,test --target "$host")
    say "$host: the runtime, and the bytes that it leaves"
    cargo test "${build[@]}" -p gpt-runtime --features std --tests
    cargo test "${build[@]}" -p gpt-formats --test hosts --test end_to_end
    case $host in
    i686-*) share=${GPT_SHARE:-3} ;;
    *) share=${GPT_SHARE:-11} ;;
    esac
    if [ "$quick" != quick ]; then
        say "$host: every format through the suite"
        GPT_SHARE=$share cargo test "${build[@]}" -p gpt-tests --test suite
        say "$host: every module against its description"
        GPT_SHARE=$share cargo test "${build[@]}" -p gpt-formats --test emitted
    elif [[ $host = powerpc-* ]]; then
        say "$host: formats with entries of 64 and 128 bits, of either byte order, through the suite"
        GPT_SHARE=$share GPT_FORMATS=x86_pae,powerpc_radix,nv_ver3 cargo test "${build[@]}" -p gpt-tests --test suite -- \
            --skip every_format_of_the_catalogue
    fi
done
say "all hosts: passed"
