#!/usr/bin/env bash
# Breaks what keeps devices and hosts apart in one place after another, and asks whether the model that guards it fails.
#
#   ci/device_mutations.sh             all: some minutes
#   ci/device_mutations.sh sequence    those whose file or model has this in its name
#
# Each line below is: file, model, change. A change is a substitution in Perl over the whole file. A model that does not
# end in five minutes has failed too.
set -uo pipefail
cd "$(dirname "$0")/.."
only=${1:-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
git ls-files -z -- Cargo.toml Cargo.lock gpt-runtime gpt-device | xargs -0 cp --parents -t "$scratch"
perl -pi -e 's/^members = .*/members = ["gpt-runtime", "gpt-device"]/; s/^exclude = .*//' "$scratch/Cargo.toml"
perl -0pi -e 's/\[profile\.dev\.package\.gpt-.*?(?=\n\[|\z)//gs' "$scratch/Cargo.toml"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}/mutations
export RUSTFLAGS="--cfg loom"

missed=0
while IFS='|' read -r file model change; do
    file=${file// /} model=${model// /}
    [[ -n $file ]] || continue
    [[ -z $only || $file == *"$only"* || $model == *"$only"* ]] || continue
    source=gpt-device/src/$file
    perl -0p -e "$change" "$source" > "$scratch/$source"
    build=(cargo test --quiet --manifest-path "$scratch/Cargo.toml" -p gpt-device --release --test loom)
    if cmp -s "$source" "$scratch/$source"; then
        printf 'NO CHANGE  %-14s %s\n' "$file" "$change"
        missed=1
    elif ! "${build[@]}" --no-run > "$scratch/log" 2>&1; then
        printf 'NOT BUILT  %-14s %s\n' "$file" "$change"
        grep -m 3 '^error' "$scratch/log"
        missed=1
    elif timeout 300 "${build[@]}" -- "$model" > "$scratch/log" 2>&1; then
        printf 'MISSED     %-14s %-30s %s\n' "$file" "$model" "$change"
        missed=1
    else
        printf 'caught     %-14s %s\n' "$file" "$model"
    fi
    cp "$source" "$scratch/$source"
done <<'LIST'
fenced.rs    | retire_against_mark         | s/if !self\.timeline\.reached\(Mark\(self\.mark\.load\(Ordering::Relaxed\)\)\) \{/if false {/
fenced.rs    | retire_against_mark         | s/(let young = self\.young\.take\(\);\n)(\s*self\.mark\.store[^;]*;\n)/$2$1/
sequence.rs  | pull_against_invalidation   | s/(let commit = Commit\(self\);\n\s*)fence\(Ordering::SeqCst\);/$1/
sequence.rs  | pull_against_invalidation   | s/(fetch_add\(BEGUN \+ 1, Ordering::Relaxed\);\n\s*)fence\(Ordering::SeqCst\);/$1/
sequence.rs  | pull_against_invalidation   | s/\(self\.word\.load\(Ordering::Relaxed\) == snapshot\.0\)/true/
sequence.rs  | pull_against_invalidation   | s/while self\.commits\.load\(Ordering::Acquire\) != 0/while false/
sequence.rs  | pull_against_invalidation   | s/self\.commits\.load\(Ordering::Acquire\)/self.commits.load(Ordering::Relaxed)/
sequence.rs  | pull_against_invalidation   | s/commits\.fetch_sub\(1, Ordering::Release\)/commits.fetch_sub(1, Ordering::Relaxed)/
sequence.rs  | pull_after_invalidations    | s/\(word & UNDER_WAY == 0\)/true/
sequence.rs  | pull_against_invalidation   | s/word\.fetch_sub\(1, Ordering::Release\)/word.fetch_sub(1, Ordering::Relaxed)/
migration.rs | move_against_unmap          | s/if ended\.is_err\(\) \|\| outcome\.is_err\(\)/if outcome.is_err()/
migration.rs | failed_move_against_unmap   | s/if ended\.is_err\(\) \|\| outcome\.is_ok\(\)/if outcome.is_ok()/
migration.rs | return_against_unmap        | s/if ended\.is_err\(\) \|\| !copied/if !copied/
migration.rs | move_against_pull           | s/drop\(self\.mirror\.begin\(page\.va, last, .*?\)\);\n/let _ = \&mut written;\n/s
migration.rs | return_against_pull         | s/drop\(self\.mirror\.begin\(mine\.va, mine\.last\(\), \|_\| \{\}\)\);//
migration.rs | move_against_pull           | s/if written\.iter\(\)\.any\(/if false \&\& written.iter().any(/
migration.rs | return_against_return       | s/match sides\.cpu\(\)\.exchange_special\(address, &special, Becomes::Special\(&entry\)\)/match sides.cpu().exchange_special(address, \&special, Becomes::Special(\&special))/
LIST
exit $missed
