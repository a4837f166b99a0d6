# What the scripts for other hosts share: the compiler of the distribution, which can build the standard library of any
# target from source, and what has to be installed for that. Read by `.`, not run.

# Installs those of the named packages that are not there.
install_missing() {
    if ! dpkg -s "$@" >/dev/null 2>&1; then
        local as_root=()
        [ "$(id -u)" = 0 ] || as_root=(sudo -n)
        "${as_root[@]}" apt-get update -qq
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    fi
}

# A compiler of its own, and features that are not stable: -Zbuild-std.
export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
unset RUSTC_WRAPPER CARGO_ENCODED_RUSTFLAGS RUSTFLAGS
