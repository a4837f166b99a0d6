#!/usr/bin/env bash
# Weighs walk, map and unmap of x86 PAE tables on machines with words of 32 bits, and looks at what was linked in.
#
#   ci/size.sh              the bytes of .text
#   ci/size.sh functions    and those of each function
#
# Fails where a helper for divisions or for shifts of 64 bits was linked, or anything that panics: a driver pays for none
# of them.
set -euo pipefail
cd "$(dirname "$0")/.."
. ci/other_hosts.sh
install_missing rustc-web rust-web-src binutils

forbidden='__aeabi_(l|ul|i|ui)div|__aeabi_(llsl|llsr|lasr)|__u?(div|mod|divmod)[sdt]i|__(ashl|lshr|ashr)[dt]i3|panic|unwrap_failed|expect_failed'
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")/size
# The linker that comes with Rust, or else that of the distribution.
linker=$(find "$(env -u RUSTC rustc --print sysroot)/lib/rustlib" -name rust-lld -print -quit)
[ -n "$linker" ] || { install_missing lld && linker=ld.lld; }
failed=0
for machine in thumbv7m-none-eabi riscv32imac-unknown-none-elf; do
    CARGO_TARGET_DIR=$target RUSTFLAGS="-Clinker=$linker -Clinker-flavor=ld.lld" cargo build -q --release \
        -Zbuild-std=core -Zbuild-std-features=compiler-builtins-mem \
        --target "$machine" --manifest-path tests/size/Cargo.toml
    program=$target/$machine/release/size
    text=$((16#$(readelf -SW "$program" | sed 's/^ *\[ *[0-9]*\]//' | awk '$1 == ".text" { print $5 }')))
    echo "$machine: $text bytes of .text for walk, map and unmap of x86_pae"
    if [ "${1:-}" = functions ]; then
        readelf -sW --demangle=rust "$program" | awk '$4 == "FUNC"' | sed 's/  */ /g' | cut -d' ' -f4,9- | sort -rn
    fi
    if readelf -sW "$program" | awk '{ print $8 }' | grep -E "$forbidden"; then
        echo "$machine: the above was linked in, and must not be" >&2
        failed=1
    fi
done
exit $failed
