#!/usr/bin/env bash
# Breaks the runtime in one place after another, and asks whether the model that guards it fails.
#
#   ci/mutations.sh           all: about half an hour
#   ci/mutations.sh 'split'   those whose line matches this
#
# Each line below is: file, model (with `lib:` before it where it is in src/epochs_model.rs), change. A change is a
# substitution in Perl over the whole file. A model that does not end in five minutes has failed too.
set -uo pipefail
cd "$(dirname "$0")/.."
only=${1:-.}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
git ls-files -z -- Cargo.toml Cargo.lock gpt-runtime | xargs -0 cp --parents -t "$scratch"
# The runtime alone: nothing else is built.
cp -r "$scratch/gpt-runtime/src" "$scratch/whole"
perl -pi -e 's/^members = .*/members = ["gpt-runtime"]/; s/^exclude = .*//' "$scratch/Cargo.toml"
perl -0pi -e 's/\[profile\.dev\.package\.gpt-.*?(?=\n\[|\z)//gs' "$scratch/Cargo.toml"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}/mutations
export RUSTFLAGS="--cfg loom" LOOM_MAX_PREEMPTIONS=${LOOM_MAX_PREEMPTIONS:-3}

missed=0
while IFS='|' read -r file model change; do
    file=${file// /} model=${model// /}
    [[ -n $file && $file != \#* ]] || continue
    [[ "$file $model $change" =~ $only ]] || continue
    whole=$scratch/whole/$file broken=$scratch/gpt-runtime/src/$file
    perl -0p -e "$change" "$whole" > "$broken"
    if cmp -s "$whole" "$broken"; then
        printf 'NO CHANGE  %-16s %s\n' "$file" "$change"
        missed=1
        continue
    fi
    target=(--test loom)
    [[ $model == lib:* ]] && target=(--lib)
    build=(cargo test --quiet --manifest-path "$scratch/Cargo.toml" -p gpt-runtime --release "${target[@]}")
    if ! "${build[@]}" --no-run > "$scratch/log" 2>&1; then
        printf 'NOT BUILT  %-16s %s\n' "$file" "$change"
        grep -m 3 '^error' "$scratch/log"
        missed=1
    elif timeout 300 "${build[@]}" -- "${model#lib:}" > "$scratch/log" 2>&1; then
        printf 'MISSED     %-16s %-50s %s\n' "$file" "$model" "$change"
        missed=1
    else
        printf 'caught     %-16s %s\n' "$file" "$model"
    fi
    cp "$whole" "$broken"
done <<'LIST'
word.rs   | install_against_walk                          | s/(compare_exchange\(current, new, Ordering::)AcqRel/$1Acquire/
# What a failed compare-exchange finds is compared and never followed, so no model sees its order; it stays Acquire.
word.rs   | install_against_walk                          | s/cell\.load\(Ordering::Acquire\)/cell.load(Ordering::Relaxed)/
header.rs | install_against_detach                        | s/& DEAD != 0 \{/& 0 != 0 {/
header.rs | install_against_detach                        | s/self\.live\.fetch_add\(items, Ordering::AcqRel\)/{ let was = self.live.load(Ordering::Acquire); self.live.store(was.wrapping_add(items), Ordering::Release); was }/
header.rs | unmap_against_unmap                           | s/self\.live\.fetch_sub\(items, Ordering::Release\);/let was = self.live.load(Ordering::Acquire); self.live.store(was.wrapping_sub(items), Ordering::Release);/
header.rs | install_against_detach                        | s/self\.live\.compare_exchange\(0, DEAD, Ordering::AcqRel, Ordering::Relaxed\)\.is_ok\(\)/{ self.live.store(DEAD, Ordering::Release); true }/
map.rs    | two_installs_against_detach                   | s/if !table\.header\(\)\.enter::<M>\(items as u32\) \{/if !table.header().enter::<M>(items as u32) \&\& items == 0 {/
map.rs    | install_against_install                       | s/match table\.replace_item\(index, word, with_child\)/match { table.put_item(index, with_child); Ok::<(), L::Word>(()) }/
map.rs    | install_against_install_in_a_table_that_can_go | s/if was_absent \{/if false {/
map.rs    | install_against_install_in_a_table_that_can_go | s/if was_absent && !table\.header\(\)\.enter::<M>\(1\)/if false/
map.rs    | install_against_install                       | s/(leave::<M>\(1\);\n        \}\n)        link\.visit\(Teardown\);/$1/
one.rs    | install_against_detach                        | s/if !table\.header\(\)\.enter::<M>\(1\) \{/if !table.header().enter::<M>(1) \&\& index == usize::MAX {/
detach.rs | dual_unlink_against_link                      | s/match table\.replace_item\(index, word, without\)/match { table.put_item(index, without); Ok::<(), L::Word>(()) }/
detach.rs | install_against_install_in_a_table_that_can_go | s/if L::class\(without\) == Class::Absent \{/if false {/
detach.rs | dual_unlink_in_a_table_that_can_go            | s/if L::class\(without\) == Class::Absent \{/if true {/
detach.rs | unmap_against_unmap                           | s/match Table::<L, E>::replace\(cell, word, L::EMPTY\)/match { Table::<L, E>::write(cell, L::EMPTY); Ok::<(), L::Word>(()) }/
detach.rs | owned_unmap_against_dirty                     | s/let settled = .*?;/let settled = true;/
put.rs    | map_large_against_map_small                   | s/match Table::<L, E>::replace\(cell, expected, word\)/match { Table::<L, E>::write(cell, word); Ok::<(), L::Word>(()) }/
put.rs    | run_map_against_unmap                         | s/fence\(Ordering::SeqCst\);//
put.rs    | run_map_against_protect_of_its_half           | s/whole: run\.iter\(\)\.enumerate\(\)\.all\(is_ours\)/whole: true/
unmap.rs  | run_unmap_against_replacement_of_its_half     | s/let same = \|word\| [^;]*;/let same = |_: L::Word| true;/
unmap.rs  | run_map_against_unmap                         | s/fence\(Ordering::SeqCst\);//
unmap.rs  | run_map_and_unmap_against_unmap               | s/if M::SHARED && items\.len\(\) > 1 \{/if false {/
update.rs | owned_protect_against_dirty                   | s/let hardware_may_write = [^;]*;/let hardware_may_write = false;/
update.rs | protect_against_dirty                         | s/if !M::SHARED && !hardware_may_write \{/if true {/
update.rs | run_                                          | s/Ok\(Item::Gone\) if item_va [^=]*=> \{\}/Ok(Item::Gone) => {}/
update_pages.rs | protect_against_split                   | s/Ok\(Item::Gone\) if matches![^=]*=> true,/Ok(Item::Gone) => true,/
update.rs | run_protect_against_unmap_and_map             | s/if M::SHARED && D::SPLITS && shape\.items_lg2 > 0 \{/if false {/
split.rs  | split_against_dirty                           | s/if table\.replace_item\(index::<L>\(va\), word, entry\)\.is_err\(\) \{/table.put_item(index::<L>(va), entry);\n    if false {/
split.rs  | run_map_against_unmap_of_its_half             | s/(Ok\(\(\)\) => \{\s*)again = true;/$1/
split.rs  | run_split_against_dirty                       | s/match Table::<L, E>::replace\(cell, found, L::absorb\(plain, found\)\)/match { Table::<L, E>::write(cell, L::absorb(plain, found)); Ok::<(), L::Word>(()) }/
split.rs  | run_split_against_dirty                       | s/while is_ours\(found\) && /while false \&\& is_ours(found) \&\& /
beside.rs | dual_map_of_large_against_map_of_small        | s/if M::SHARED && !L::CHILDREN_EXCLUDE \{/if false {/
beside.rs | dual_map_of_large_against_map_of_small        | s/fence\(Ordering::SeqCst\);//
take_back.rs | dual_map_of_large_against_map_of_small     | s/table\.header\(\)\.leave::<Shared>\(taken\);//
split_beside.rs | split_beside_against_dirty              | s/word\.into\(\) != expected/false/
walk.rs   | split_beside_against_walk                     | s/let word = if child == 0 [^;]*;//
merge.rs  | merge_against_dirty                           | s/(\(self\.invalidate\)\([^;]*;)(.*?)(table\.put_item\(number, page\);)/$2$1$3/s
merge_run.rs | run_merge_against_walk                     | s/let new = if F::REPLACE_IN_PLACE \{[^;]*;/let new = L::EMPTY;/
merge_run.rs | strict_run_merge_against_walk              | s/let new = if F::REPLACE_IN_PLACE \{/let new = if true {/
merge_run.rs | merges::run_merge_against_dirty            | s/Table::<L, E>::replace\(cell, found, new\)\.is_ok\(\)/{ Table::<L, E>::write(cell, new); true }/
merge_run.rs | strict_run_merge_against_dirty             | s/Table::<L, E>::replace\(cell, found, new\)\.is_ok\(\)/{ Table::<L, E>::write(cell, new); true }/
merge_run.rs | merges::run_merge_against_dirty            | s/spread::<L, E>\([^;]*;//
merge_run.rs | strict_run_merge_against_dirty             | s/all = L::absorb\(all, said\);\s*let new/let new/
merge_run.rs | merges::run_merge_against_what             | s/let _ = split_run::<F, L, E>\([^;]*;//
merge_run.rs | strict_run_merge_against_what              | s/let word = if whole [^;]*;/let _ = single; let word = None;/
merge_run.rs | merges::run_merge_against_unmap            | s/(let whole = done == cells\.len\(\);)/$1 table.header().leave::<crate::mode::Range>(done as u32);/
merge_run.rs | strict_run_merge_against_unmap             | s/(\(self\.invalidate\)\(Invalidation.*?\}\);)/table.header().leave::<crate::mode::Range>(done as u32); $1 let _ = table.header().enter::<crate::mode::Range>(done as u32);/s
root.rs   | grow_against_grow                             | s/if adopted && self\.current\.compare_exchange\([^)]*\)\.is_ok\(\) \{/self.current.store(new, Ordering::Release);\n        if adopted {/
root.rs   | grow_against_walk                             | s/(compare_exchange\(current, new, Ordering::)AcqRel/$1Acquire/
root.rs   | grow_against_walk                             | s/&\*self\.current\.load\(Ordering::Acquire\)/\&*self.current.load(Ordering::Relaxed)/
reclaim.rs | lib:late_reader_against_free                 | s/next\.wrapping_sub\(3\)/next.wrapping_sub(2)/
reclaim.rs | lib:late_mover_against_reader                | s/let due = self\.retired\[[^;]*;//; s/return due;/return self.retired[next.wrapping_sub(3) & 3].take();/; s/self\.retire\(due\);//
reclaim.rs | lib:free_against_reader                      | s/if self\.readers\.iter[^{]*\{/if false {/
reclaim.rs | lib:free_against_reader                      | s/self\.readers\.iter\(\)\.any/self.readers[..1].iter().any/
reclaim.rs | lib:free_against_readers_of_two_slots        | s/self\.readers\.iter\(\)\.any/self.readers[1..].iter().any/
reclaim.rs | lib:free_against_reader                      | s/readers\.fetch_add\(1, Ordering::SeqCst\);//; s/fetch_sub\(1, Ordering::Release\)/load(Ordering::Relaxed)/
reclaim.rs | lib:free_against_reader                      | s/readers\.fetch_add\(1, Ordering::SeqCst\);\s*fence_after_exchange\(\);/readers.fetch_add(1, Ordering::Relaxed);/
reclaim.rs | lib:late_reader_against_free                 | s/(return;\n        \}\n\s*)fence\(Ordering::SeqCst\);/$1/
reclaim.rs | lib:late_reader_against_free                 | s/(let epoch = self\.epoch\.load\(Ordering::SeqCst\);\s*)fence\(Ordering::SeqCst\);/$1/
reclaim.rs | lib:guard_against_free_by_others             | s/fetch_sub\(1, Ordering::Release\)/fetch_sub(1, Ordering::Relaxed)/
reclaim.rs | lib:overtaken_mover_against_reader           | s/if self\.epoch\.compare_exchange\([^)]*\)\.is_ok\(\) \{/self.epoch.store(next, Ordering::SeqCst);\n        if true {/
list.rs   | lib:                                          | s/(compare_exchange_weak\(head, tables\.head, Ordering::)Release/$1Relaxed/
list.rs   | lib:                                          | s/(swap\(ptr::null_mut\(\), Ordering::)Acquire/$1Relaxed/
list.rs   | lib:each_table_is_freed_once                  | s/self\.head\.swap\(ptr::null_mut\(\), Ordering::Acquire\)/{ let head = self.head.load(Ordering::Acquire); self.head.store(ptr::null_mut(), Ordering::Release); head }/
LIST
exit $missed
