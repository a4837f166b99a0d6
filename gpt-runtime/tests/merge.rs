//! Small pages that continue each other become large ones: what is merged, into what, and what is left alone.
#![cfg(not(loom))]
#![allow(unsafe_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod toy;

use gpt_runtime::{AddressRange, EmptyTables, Epochs, Fault, InputAddress, Invalidation, PageTable, Reason};
use toy::environment::Counting;
use toy::reference::{Hardware, Toy, census};
use toy::{Change, Dual, Runs, Says, StrictRuns, Three};

const PAGE: u64 = 0x1000;
const WRITE: Says = Says { write: true, key: 1, accessed: false, dirty: false };
const USED: Says = Says { accessed: true, dirty: true, ..WRITE };

type Tree<F> = PageTable<F, Counting>;

fn range<F: Toy>(start: u64, bytes: u64) -> AddressRange<F> {
    AddressRange::new(start, bytes).unwrap()
}

/// A tree in which the smallest pages map these bytes to `oa`.
fn small<F: Toy>(start: u64, bytes: u64, oa: u64) -> Tree<F> {
    let tree = Tree::<F>::new(Counting::default(), Epochs::new()).unwrap();
    add(&tree, start, bytes, oa, WRITE);
    tree
}

fn add<F: Toy>(tree: &Tree<F>, start: u64, bytes: u64, oa: u64, says: Says) {
    tree.map_with_sizes(range(start, bytes), oa, &says, PAGE).unwrap().acknowledge();
}

/// The first and the last address of an invalidation, and the smallest page.
type Told = (u64, u64, u32);

/// Merges; gives what was invalidated in between, and what was owed in the end.
fn merge<F: Toy>(tree: &mut Tree<F>, start: u64, bytes: u64) -> (Vec<Told>, Option<Told>) {
    let named = |owed: Invalidation| (owed.first, owed.last, owed.smallest_page_lg2);
    let mut between = Vec::new();
    let mut owner = tree.exclusive();
    let owed = owner.breaking(|owed| between.push(named(owed))).merge(range(start, bytes)).unwrap();
    let after = owed.invalidation().map(named);
    owed.acknowledge();
    tree.environment().assert_clean();
    tree.reclaim();
    let root = tree.root_table();
    let reached = census::<F>(tree.environment(), root.level, root.address).len();
    assert_eq!(reached, tree.environment().live(), "tables that nothing leads to");
    (between, after)
}

/// Where the address leads, and the size of its page.
fn seen<F: Toy>(tree: &Tree<F>, va: u64) -> Result<(u64, u32), Fault> {
    let page = tree.reader().walk(InputAddress::new(va).unwrap())?;
    let root = tree.root_table();
    let walk = Hardware { environment: tree.environment(), va, set: Says::default() };
    let found = F::at_root(root.level, root.address, walk).unwrap();
    assert_eq!((found.oa, found.size_lg2), (page.oa + (va - page.va), page.size_lg2));
    Ok((found.oa, found.size_lg2))
}

fn sizes<F: Toy>(tree: &Tree<F>, pages: u64) -> Vec<u32> {
    (0..pages).map(|page| seen(tree, page * PAGE).map_or(0, |(_, size_lg2)| size_lg2)).collect()
}

/// The hardware writes to the page at an address.
fn write<F: Toy>(tree: &Tree<F>, va: u64) {
    let root = tree.root_table();
    F::at_root(root.level, root.address, Hardware { environment: tree.environment(), va, set: USED }).unwrap();
}

fn says<F: Toy>(tree: &Tree<F>, va: u64) -> Says {
    tree.reader().walk(InputAddress::new(va).unwrap()).unwrap().attributes
}

/// Four items of one page hold its address each, and the rest of the table stays as it is.
#[test]
fn run_in_place() {
    let mut tree = small::<Runs>(0, 6 * PAGE, 0x4000);
    let owed = Some((0, 4 * PAGE - 1, 12));
    assert_eq!(merge(&mut tree, 0, 6 * PAGE), (vec![], owed));
    assert_eq!(sizes(&tree, 6), [14, 14, 14, 14, 12, 12]);
    assert_eq!([0, 0x3abc, 0x4000].map(|va| seen(&tree, va).unwrap().0), [0x4000, 0x7abc, 0x8000]);
    // There is nothing left to do, and so nothing is owed.
    assert_eq!(merge(&mut tree, 0, 6 * PAGE), (vec![], None));
}

/// Where what is live must not be replaced, the items are absent in between.
#[test]
fn run_through_absent() {
    let mut tree = small::<StrictRuns>(0, 6 * PAGE, 0x4000);
    let step = (0, 4 * PAGE - 1, 12);
    assert_eq!(merge(&mut tree, 0, 6 * PAGE), (vec![step], Some(step)));
    assert_eq!(sizes(&tree, 6), [14, 14, 14, 14, 12, 12]);
    assert_eq!([0, 0x3abc, 0x4000].map(|va| seen(&tree, va).unwrap().0), [0x4000, 0x7abc, 0x8000]);
}

#[test]
fn nothing_is_there_while_a_run_is_invalidated() {
    let mut tree = small::<StrictRuns>(0, 4 * PAGE, 0);
    let tables: *const Tree<StrictRuns> = &raw const tree;
    let mut between = 0;
    let mut owner = tree.exclusive();
    let look = |owed: Invalidation| {
        between += 1;
        // SAFETY: the tree stays where it is, and the owner uses it by shared reference alone.
        let tree = unsafe { &*tables };
        for va in (owed.first..owed.last).step_by(PAGE as usize) {
            assert_eq!(seen(tree, va), Err(Fault::Absent(2)));
        }
    };
    owner.breaking(look).merge(range(0, 4 * PAGE)).unwrap().acknowledge();
    assert_eq!(between, 1);
}

/// A table becomes a page, and these a page of two items that hold addresses of their own.
#[test]
fn table_then_run_above() {
    fn merged<F: Toy>() {
        let mut tree = small::<F>(0, 16 * PAGE, 0x1_0000);
        drop(merge(&mut tree, 0, 16 * PAGE));
        assert_eq!(sizes(&tree, 16), [16; 16]);
        assert_eq!([0, 0x9123].map(|va| seen(&tree, va).unwrap().0), [0x1_0000, 0x1_9123]);
        assert_eq!(tree.environment().live(), 2);
    }
    merged::<Runs>();
    merged::<StrictRuns>();
}

/// A table whose pages are runs and single items in part becomes one page too.
#[test]
fn table_of_pages_of_different_sizes() {
    let mut tree = small::<Runs>(4 * PAGE, 4 * PAGE, 0x4000);
    tree.map(range(0, 4 * PAGE), 0, &WRITE).unwrap().acknowledge();
    assert_eq!(sizes(&tree, 8), [14, 14, 14, 14, 12, 12, 12, 12]);
    drop(merge(&mut tree, 0, 8 * PAGE));
    assert_eq!(sizes(&tree, 8), [15; 8]);
}

/// What the hardware wrote to one of the pages holds for all.
#[test]
fn what_the_hardware_wrote_is_kept() {
    fn kept<F: Toy>(pages: u64) {
        let mut tree = small::<F>(0, pages * PAGE, 0);
        write(&tree, 2 * PAGE);
        drop(merge(&mut tree, 0, pages * PAGE));
        assert_eq!((0..pages).map(|page| says(&tree, page * PAGE)).collect::<Vec<_>>(), vec![USED; pages as usize]);
        let mut dirty = Vec::new();
        tree.take_dirty(range(0, pages * PAGE), |page| dirty.push((page.va, page.size_lg2))).unwrap().acknowledge();
        assert_eq!(dirty.len(), 1, "{dirty:x?}");
    }
    kept::<Runs>(4);
    kept::<StrictRuns>(4);
    kept::<Runs>(8);
    kept::<Runs>(16);
    kept::<Three>(4);
}

/// Only what lies in the range changes.
#[test]
fn range_that_ends_inside() {
    let mut tree = small::<Runs>(0, 8 * PAGE, 0);
    assert_eq!(merge(&mut tree, PAGE, 6 * PAGE), (vec![], None));
    assert_eq!(sizes(&tree, 8), [12; 8]);
    drop(merge(&mut tree, PAGE, 7 * PAGE));
    assert_eq!(sizes(&tree, 8), [12, 12, 12, 12, 14, 14, 14, 14]);
}

#[test]
fn what_does_not_belong_together_stays() {
    fn stays<F: Toy>(mut tree: Tree<F>, why: &str) {
        let before: Vec<_> = (0..4).map(|page| seen(&tree, page * PAGE)).collect();
        assert_eq!(merge(&mut tree, 0, 4 * PAGE), (vec![], None), "{why}");
        assert_eq!((0..4).map(|page| seen(&tree, page * PAGE)).collect::<Vec<_>>(), before, "{why}");
    }
    fn of<F: Toy>() {
        stays(small::<F>(0, 3 * PAGE, 0), "one is missing");
        stays(small::<F>(0, 4 * PAGE, PAGE), "it would be misaligned");
        let tree = small::<F>(0, 3 * PAGE, 0);
        add(&tree, 3 * PAGE, PAGE, 0x8000, WRITE);
        stays(tree, "one leads elsewhere");
        let tree = small::<F>(0, 4 * PAGE, 0);
        tree.protect(range(PAGE, PAGE), &Change { write: Some(false), key: None }).unwrap().acknowledge();
        stays(tree, "one says something else");
        let tree = Tree::<F>::new(Counting::default(), Epochs::new()).unwrap();
        add(&tree, 0, 4 * PAGE, 0, Says { key: 3, ..WRITE });
        stays(tree, "large pages cannot say it");
    }
    of::<Runs>();
    of::<StrictRuns>();
}

/// The items of a table that stands beside another are merged in it, not into the other.
#[test]
fn tables_side_by_side_stay() {
    let mut tree = small::<Dual>(0, 16 * PAGE, 0);
    assert_eq!(merge(&mut tree, 0, 4 * PAGE), (vec![], None));
    assert_eq!(sizes(&tree, 4), [12; 4]);
    drop(merge(&mut tree, 0, 16 * PAGE));
    assert_eq!(sizes(&tree, 4), [16; 4]);
}

/// A run that was made can be split, changed and unmapped as any other.
#[test]
fn merged_and_cut_again() {
    let mut tree = small::<Runs>(0, 4 * PAGE, 0);
    drop(merge(&mut tree, 0, 4 * PAGE));
    tree.unmap(range(PAGE, PAGE), EmptyTables::AtOnce, |_| {}).unwrap().acknowledge();
    assert_eq!(sizes(&tree, 4), [12, 0, 12, 12]);
    let mut strict = small::<StrictRuns>(0, 4 * PAGE, 0);
    drop(merge(&mut strict, 0, 4 * PAGE));
    let refused = strict.unmap(range(PAGE, PAGE), EmptyTables::AtOnce, |_| {}).unwrap_err();
    assert_eq!((refused.reason, refused.at), (Reason::BreakBeforeMake, PAGE));
    refused.obligation.acknowledge();
    strict.unmap(range(0, 4 * PAGE), EmptyTables::AtOnce, |_| {}).unwrap().acknowledge();
    strict.reclaim();
    assert_eq!(strict.environment().live(), 1);
}

/// The owner of a range merges only what it owns.
#[test]
fn what_is_not_owned_is_refused() {
    let mut tree = small::<Runs>(0, 8 * PAGE, 0);
    let mut owner = tree.exclusive().ranges(range(0, 4 * PAGE));
    let reason = owner.breaking(|_| {}).merge(range(0, 8 * PAGE)).map(drop).map_err(|refused| refused.reason);
    assert_eq!(reason, Err(Reason::BadInput));
    owner.breaking(|_| {}).merge(range(0, 4 * PAGE)).unwrap().acknowledge();
    assert_eq!(sizes(&tree, 8), [14, 14, 14, 14, 12, 12, 12, 12]);
}
