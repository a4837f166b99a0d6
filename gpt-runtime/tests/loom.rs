//! Every order of what threads do, on the runtime's own code.
#![cfg(all(loom, not(gpt_split_words)))]
#![allow(unsafe_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "loom/epochs.rs"]
mod epochs;
#[path = "loom/pages.rs"]
mod pages;
#[path = "loom/runs.rs"]
mod runs;
#[path = "loom/tables.rs"]
mod tables;
mod toy;

use gpt_runtime::{AddressRange, EmptyTables, Epochs, Fault, InputAddress, Obligation, PageTable, Reason, Removed};
use toy::model::Model;
use toy::reference::{Found, Hardware, Toy, census};
use toy::{Change, Mini, MiniDeep, MiniDeepDual, MiniDual, MiniRun, Says};

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
