//! Every order of what threads do, on the runtime's own code.
//!
//! `ci/loom.sh quick` runs the models up to two preemptions, in seconds; `ci/loom.sh` up to three, in about a minute. Without a
//! bound (`ci/loom.sh full`), on a loaded machine of two cores, 40 of the 56 models here ended within 11 seconds each, and
//! six more within 40; the others are named below. The epochs alone are in
//! `src/epochs_model.rs`, words in parts in `loom_split.rs`.
//!
//! # What the models guard
//! Each line is a change made to the runtime, and a model that failed with it. `ci/mutations.sh` makes most of them again.
//!
//! | change | fails |
//! |---|---|
//! | publishing compare-exchange without release | `install_against_walk`, `split_against_hardware`, and 12 more |
//! | its failure without acquire | `run_map_and_unmap_against_unmap` |
//! | load of an item without acquire | `install_against_walk`, `split_against_walk`, and 11 more |
//! | *enter* does not look for the mark of death | `install_against_detach` |
//! | *enter*, *leave* as a load and a store | `install_against_detach`; `unmap_against_unmap` |
//! | *kill* as a store, or no *kill* before unlinking | `install_against_detach` |
//! | a dead table is filled | `two_installs_against_detach` |
//! | link, unlink as a store | `install_against_install`; `run_map_against_unmap` |
//! | loser of a link keeps its table | none failed: the run hung, see below |
//! | put, take as a store | `map_large_against_map_small`; `unmap_against_unmap` |
//! | owner takes, edits by a store what hardware may write | `owned_unmap_against_dirty`; `owned_protect_against_dirty` |
//! | shared edit as a store | `protect_against_dirty` |
//! | split as a store | `split_against_dirty`, `split_against_split` |
//! | parent not entered by a link, not left, or left too early; loser stays counted | `install_against_install_in_a_table_that_can_go`, `dual_unlink_in_a_table_that_can_go` |
//! | two sizes at one address: not looked at again, no fence before, or what is taken back stays counted | `dual_map_of_large_against_map_of_small` |
//! | large page taken out for those beside whatever the hardware wrote to it | `split_beside_against_dirty` |
//! | run: half of another one left by an edit | `run_protect_against_unmap_and_map` |
//! | run: what the hardware wrote to one item not told to the others | `run_split_against_dirty` |
//! | edit passes over a page that was split meanwhile | `protect_against_split` |
//! | run: taken whatever is in its items | `run_unmap_against_replacement_of_its_half` |
//! | run: no fence where it is put, where it is found in part | `run_map_against_unmap` |
//! | run: not looked at again, or not split when contested | `run_map_against_protect_of_its_half` |
//! | run: half of another one left by unmap | `run_map_and_unmap_against_unmap` |
//! | run: split by a store, or in one pass | `run_split_against_dirty`; `run_map_against_unmap_of_its_half` |
//! | epochs: two moves instead of three | `late_reader_against_free`, `guard_against_free_by_others` |
//! | epochs: list taken after the move | `late_mover_against_reader` |
//! | epochs: readers not looked at, not counted, no fence in `pin` | `free_against_reader` |
//! | epochs: no fence in `ready`, no fence in `retire` | `late_reader_against_free` |
//! | epochs: moved by a store | `overtaken_mover_against_reader` |
//! | epochs: guard dropped without release | `guard_against_free_by_others` |
//! | list of retired tables added to without release, taken without acquire | models of the epochs |
//! | merge: items read before the invalidation | `merge_against_dirty` |
//! | run merged: items replaced by a store, their bits not told to the others | `run_merge_against_dirty`, `strict_run_merge_against_dirty` |
//! | run merged: live where it must be through absent, through absent where it can be live | `strict_run_merge_against_walk`, `run_merge_against_walk` |
//! | run merged: items not counted meanwhile | `run_merge_against_unmap`, `strict_run_merge_against_unmap` |
//! | run merged: half of it left where it cannot say what the hardware wrote | `run_merge_against_what_a_run_cannot_say`, also the strict one |
//! | grown root published by a store, without release, or loaded without acquire | `grow_against_grow`, `grow_against_walk` |
//! | walk does not look again for a later table | `split_beside_against_walk` |
//! | list of retired tables taken by a load and a store | `each_table_is_freed_once` |
//!
//! # What they do not
//! * No model fails with relaxed *enter*, *leave* or *kill*, nor with a relaxed exchange of an item: nothing depends on it.
//! * Nor with a relaxed store of an item by the owner of a range: the fence of the guard that it holds comes before.
//! * Looking at the other count of readers when the epoch moves is as safe: two moves look at both counts either way.
//! * Did not end within 40 seconds without a bound: `owner_beside_shared_in_tables_that_can_go`, `split_against_split`,
//!   `range_beside_shared`, `two_installs_against_detach`, `install_against_detach_of_two_levels`,
//!   `dual_unlink_against_unlink`, and of the runs `map_and_unmap_against_unmap`, `protect_against_unmap_and_map`,
//!   `unmap_against_replacement_of_its_half`, `unmap_against_unmap_of_its_half`.
//! * That an unlinked table comes with a range to invalidate is tested on one thread, in `promises.rs`.
#![cfg(all(loom, not(gpt_split_words)))]
#![allow(unsafe_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "loom/epochs.rs"]
mod epochs;
#[path = "loom/merges.rs"]
mod merges;
#[path = "loom/owners.rs"]
mod owners;
#[path = "loom/pages.rs"]
mod pages;
#[path = "loom/roots.rs"]
mod roots;
#[path = "loom/runs.rs"]
mod runs;
#[path = "loom/tables.rs"]
mod tables;
mod toy;

use gpt_runtime::{AddressRange, EmptyTables, Epochs, Fault, InputAddress, Obligation, PageTable, Reason, Removed};
use toy::model::Model;
use toy::reference::{Found, Hardware, Toy, census};
use toy::{
    Change, Mini, MiniCleanRuns, MiniDeep, MiniDeepDual, MiniDual, MiniGrow, MiniRun, MiniRuns, MiniStrictCleanRuns,
    MiniStrictRuns, Says,
};

const PAGE: u64 = 0x1000;
const WRITE: Says = Says { write: true, key: 0, accessed: false, dirty: false };
const READ_ONLY: Change = Change { write: Some(false), key: None };
const DIRTY: Says = Says { write: true, key: 0, accessed: true, dirty: true };

type Tree<F> = &'static PageTable<F, Model, Epochs>;

/// Runs a model in every order, up to the bound that `LOOM_MAX_PREEMPTIONS` gives.
fn explore(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.max_branches = 20_000;
    if builder.preemption_bound.is_none() && std::env::var_os("LOOM_FULL").is_none() {
        builder.preemption_bound = Some(3);
    }
    let orders = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&orders);
    builder.check(move || {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        model();
    });
    println!("{} orders", orders.load(std::sync::atomic::Ordering::Relaxed));
}

/// A tree that every thread can use until [`finish`] drops it.
fn tree<F: Toy>() -> Tree<F> {
    Box::leak(Box::new(PageTable::new(Model::default(), Epochs::new()).unwrap()))
}

/// Checks that nothing is allocated but what the tree reaches and what waits, and that dropping it frees all of that.
fn finish<F: Toy>(tree: Tree<F>, tables: usize) {
    for _ in 0..3 {
        tree.overdue().acknowledge();
        tree.reclaim();
    }
    let root = tree.root_table();
    assert_eq!(census::<F>(tree.environment(), root.level, root.address).len(), tables, "tables that are reached");
    assert_eq!(tree.environment().live(), tables, "tables that are allocated");
    // SAFETY: it was leaked by `tree`, and all threads but this one have ended.
    drop(unsafe { Box::from_raw(std::ptr::from_ref(tree).cast_mut()) });
}

fn range<F: Toy>(start: u64, bytes: u64) -> AddressRange<F> {
    AddressRange::new(start, bytes).unwrap()
}

fn paid<F: Toy>(obligation: Obligation<'static, F, Model, Epochs>) {
    obligation.acknowledge();
}

/// Maps to output addresses that are higher by `0x10_0000`, and pays; false where something was there.
fn map<F: Toy>(tree: Tree<F>, start: u64, bytes: u64) -> bool {
    map_to(tree, start, bytes, start + 0x10_0000)
}

fn map_to<F: Toy>(tree: Tree<F>, start: u64, bytes: u64, oa: u64) -> bool {
    match tree.map(range(start, bytes), oa, &WRITE) {
        Ok(obligation) => {
            paid(obligation);
            true
        }
        Err(incomplete) => {
            assert_eq!(incomplete.reason, Reason::Occupied);
            paid(incomplete.obligation);
            false
        }
    }
}

/// Unmaps and gives what was removed, as output address and whether it was dirty.
fn unmap<F: Toy>(tree: Tree<F>, start: u64, bytes: u64) -> Vec<(u64, bool)> {
    let mut removed = Vec::new();
    let report = |page: Removed<F>| match page {
        Removed::Page(page) => {
            for piece in 0..1 << (page.size_lg2 - 12) {
                removed.push((page.oa + piece * PAGE, page.attributes.dirty));
            }
        }
        Removed::Special { .. } => panic!("nothing special is there"),
    };
    paid(tree.unmap(range(start, bytes), EmptyTables::AtOnce, report).unwrap());
    removed
}

/// What a reader sees at an address: the output address of that very address.
fn walk<F: Toy>(tree: Tree<F>, va: u64) -> Result<u64, Fault> {
    let page = tree.reader().walk(InputAddress::new(va).unwrap())?;
    Ok(page.oa + (va - page.va))
}

/// What the hardware sees.
fn hardware<F: Toy>(tree: Tree<F>, va: u64, set: Says) -> Option<Found> {
    let root = tree.root_table();
    F::at_root(root.level, root.address, Hardware { environment: tree.environment(), va, set })
}
