#!/usr/bin/env bash
# What `#[derive(PageTable)]` costs when a driver is built: the fastest of five clean builds of a crate with the
# derive; of the same crate with the module emitted beforehand and a derive that does nothing but read its type with
# syn, as those of most crates do, with syn's own choice of features; and of that crate with both derives. Beyond syn is
# what the derive takes more than a derive with nothing but syn in it does, beside syn what it takes in a crate where
# syn is built for others. Then the milliseconds of one expansion, as the compiler runs it in a debug build. Two builds
# at once on one machine would measure each other: nothing else should run.
#
#   benches/compile_time.sh [FORMAT…]      formats of gpt-macros/tests/formats; x86_64 if none is given
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
formats=("${@:-x86_64}")

# A crate of its own with these dependencies.
crate() {
    mkdir -p "$work/$1/src"
    printf '[package]\nname = "%s"\nedition = "2024"\n[workspace]\n[dependencies]\n%s\n' "$1" "$2" >"$work/$1/Cargo.toml"
    cp "$root/Cargo.lock" "$work/$1/Cargo.lock"
}

runtime="gpt-runtime = { path = \"$root/gpt-runtime\" }"
crate with_derive "$runtime
gpt-macros = { path = \"$root/gpt-macros\" }"
crate with_module "$runtime"
crate with_syn "$runtime
read_only = { path = \"../read_only\" }"
crate with_both "$runtime
gpt-macros = { path = \"$root/gpt-macros\" }
read_only = { path = \"../read_only\" }"
crate read_only 'syn = "3"'
printf '[lib]\nproc-macro = true\n' >>"$work/read_only/Cargo.toml"
cat >"$work/read_only/src/lib.rs" <<'RUST'
#[proc_macro_derive(Read)]
pub fn read(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    match syn::parse::<syn::DeriveInput>(item) {
        Ok(_) => proc_macro::TokenStream::new(),
        Err(error) => error.into_compile_error().into(),
    }
}
RUST
crate expansion "gpt-codegen = { path = \"$root/gpt-codegen\", default-features = false, features = [\"derive\"] }
proc-macro2 = \"1\""
echo '#[derive(read_only::Read)] pub struct Marker;' | tee "$work/with_both/src/lib.rs" >"$work/with_syn/src/lib.rs"
: >"$work/with_derive/src/lib.rs"
: >"$work/with_module/src/lib.rs"
for format in "${formats[@]}"; do
    echo "pub mod ${format}_type { use gpt_macros::PageTable; include!(\"$root/gpt-macros/tests/formats/$format.rs\"); }" \
        | tee -a "$work/with_both/src/lib.rs" >>"$work/with_derive/src/lib.rs"
    cargo run --quiet --manifest-path "$root/Cargo.toml" -p codegen-cli -- build "$format" -o "$work/with_module/src/$format.rs"
    cp "$work/with_module/src/$format.rs" "$work/with_syn/src/$format.rs"
    echo "pub mod $format;" | tee -a "$work/with_module/src/lib.rs" >>"$work/with_syn/src/lib.rs"
done
cat >"$work/expansion/src/main.rs" <<'RUST'
fn main() {
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).unwrap();
        let item = &text[..text.find("\n}\n").map_or(text.len(), |end| end + 3)];
        let mut times: Vec<f64> = (0..15)
            .map(|_| {
                let tokens: proc_macro2::TokenStream = item.parse().unwrap();
                let start = std::time::Instant::now();
                let expanded = gpt_codegen::derive(tokens);
                let time = start.elapsed().as_secs_f64() * 1e3;
                assert!(!expanded.is_empty());
                time
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let name = path.rsplit('/').next().unwrap_or(&path);
        println!("expansion of {name:<22} {:8.1} ms first quartile, {:8.1} ms median", times[3], times[7]);
    }
}
RUST

# Runs a build, and says how many seconds of time and of processors it took.
build() {
    local TIMEFORMAT='%R %U %S' took
    took=$({ time CARGO_TARGET_DIR=$work/target CARGO_INCREMENTAL=0 cargo build --quiet --offline --manifest-path \
        "$work/$1/Cargo.toml" 2>"$work/errors"; } 2>&1) || { cat "$work/errors" >&2; exit 1; }
    awk '{ print $1, $2 + $3 }' <<<"$took"
}
# Clean builds of these crates in turn, five times, and the fastest of each: what else the machine does disturbs all alike.
# Nothing is compiled incrementally: dependencies from a registry are not.
clean() {
    local crate
    for _ in 1 2 3 4 5; do
        for crate in "$@"; do
            rm -rf "$work/target"
            build "$crate" >>"$work/$crate.clean"
        done
    done
}
fastest() { sort -n "$work/$1.clean" | head -1; }
# The fastest of three builds of the crate itself, with its dependencies built.
own() {
    for _ in 1 2 3; do
        touch "$work/$1/src/lib.rs"
        build "$1"
    done | sort -n | head -1
}
# The second minus the first.
beyond() { awk -v a="$1" -v b="$2" 'BEGIN { split(a, x, " "); split(b, y, " "); print y[1] - x[1], y[2] - x[2] }'; }
seconds() { awk -v label="$1" '{ printf "%-36s %8.2f s, %6.2f s of processors\n", label, $1, $2 }' <<<"$2"; }

for crate in with_derive with_both with_module with_syn expansion; do
    (cd "$work/$crate" && cargo update --quiet --workspace --offline 2>/dev/null || cargo generate-lockfile --quiet --offline)
done
clean with_module with_syn with_derive with_both
derive_own=$(own with_derive)
module_own=$(own with_module)
derive=$(fastest with_derive) both=$(fastest with_both) syn=$(fastest with_syn) module=$(fastest with_module)
seconds "clean build with the derive" "$derive"
seconds "clean build with a module, and syn" "$syn"
seconds "clean build with the derive, and syn" "$both"
seconds "clean build with a module" "$module"
seconds "the derive beyond syn" "$(beyond "$syn" "$derive")"
seconds "the derive beside syn" "$(beyond "$syn" "$both")"
seconds "the crate itself, with the derive" "$derive_own"
seconds "the crate itself, with a module" "$module_own"
seconds "the derive in the crate itself" "$(beyond "$module_own" "$derive_own")"
paths=("${formats[@]/#/$root/gpt-macros/tests/formats/}")
CARGO_TARGET_DIR=$work/target cargo run --quiet --offline --manifest-path "$work/expansion/Cargo.toml" -- "${paths[@]/%/.rs}"
