#!/usr/bin/env bash
# Installs what the tests use beyond Rust: emulators that walk our tables, what counts instructions, and
# what builds and runs programs of other hosts.
# Does nothing for what is there already.
set -euo pipefail
packages=(
    valgrind qemu-system-x86 qemu-system-arm qemu-system-misc qemu-system-ppc qemu-system-sparc
    rustc-web rust-web-src qemu-user gcc-12-multilib libc6-dev-i386 gcc-powerpc-linux-gnu libc6-dev-powerpc-cross
)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    sudo=()
    [ "$(id -u)" = 0 ] || sudo=(sudo -n)
    if ! command -v apt-get > /dev/null || ! "${sudo[@]}" true 2> /dev/null; then
        echo "not installed, so the tests that need them will say that they did not run: ${missing[*]}" >&2
    else
        "${sudo[@]}" apt-get update -q
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
    fi
fi
