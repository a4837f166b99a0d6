//! Memory that runs out at each allocation in turn: the tree is as promised, nothing leaks, and the rest can be done
//! once there is memory again.
#![cfg(not(loom))]
#![allow(unsafe_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod toy;

use std::ptr::NonNull;
use std::sync::atomic::Ordering;

use gpt_runtime::{
    AddressRange, EmptyTables, Environment, Epochs, Header, InputAddress, Outcome, PageTable, Reason, TableShape,
};
use toy::environment::Counting;
use toy::reference::{Reference, Toy, census};
use toy::{Change, Dual, Full, Runs, Says, Three};

const KEY: Says = Says { write: true, key: 3, accessed: false, dirty: false };
const READ_ONLY: Change = Change { write: Some(false), key: None };

type Tree<F> = PageTable<F, Counting>;

/// What each page maps to and whether it can be written.
fn state<F: Toy>(tree: &Tree<F>) -> Vec<Option<(u64, bool)>> {
    let reader = tree.reader();
    let page = |number| {
        let va = Reference::<F>::va(number);
        let page = reader.walk(InputAddress::new(va).unwrap()).ok()?;
        Some((page.oa + (va - page.va), page.attributes.write))
    };
    (0..Reference::<F>::new().pages.len()).map(page).collect()
}

fn assert_no_leak<F: Toy>(tree: &Tree<F>) {
    tree.reclaim();
    let root = tree.root_table();
    let reached = census::<F>(tree.environment(), root.level, root.address).len();
    assert_eq!(reached, tree.environment().live(), "tables that nothing leads to");
    tree.environment().assert_clean();
}

/// The pages from the second to the last but one of the lower half: large pages are cut at both ends.
fn most<F: Toy>() -> (usize, usize) {
    (1, Reference::<F>::new().pages.len() / 2 - 1)
}

fn range<F: Toy>(first: usize, end: usize) -> AddressRange<F> {
    let last = Reference::<F>::va(end - 1) | ((1 << Reference::<F>::PAGE_LG2) - 1);
    AddressRange::from_first_last(Reference::<F>::va(first), last).unwrap()
}

/// Does an operation with 0, 1, 2, … allocations allowed. When it stops for want of memory, what it did must be what
/// it does when nothing is in the way, below where it stopped, and what was before from there on.
fn each_site<F: Toy>(
    before: impl Fn(&Tree<F>),
    operation: impl for<'t> Fn(&'t mut Tree<F>, usize, usize) -> Outcome<'t, F, Counting, Epochs>,
) {
    let (first, end) = most::<F>();
    let fresh = || {
        let tree = Tree::<F>::new(Counting::default(), Epochs::new()).unwrap();
        before(&tree);
        tree
    };
    let mut tree = fresh();
    let old = state(&tree);
    operation(&mut tree, first, end).unwrap().acknowledge();
    let new = state(&tree);
    assert_ne!(old, new);

    for allowed in 0.. {
        let mut tree = fresh();
        tree.environment().left.store(allowed, Ordering::Relaxed);
        let stopped = match operation(&mut tree, first, end) {
            Ok(obligation) => {
                obligation.acknowledge();
                None
            }
            Err(stopped) => {
                assert_eq!(stopped.reason, Reason::OutOfTables);
                stopped.obligation.acknowledge();
                Some(Reference::<F>::number(stopped.at))
            }
        };
        let Some(at) = stopped else {
            assert!(allowed > 0, "nothing was allocated");
            return assert_eq!(state(&tree), new);
        };
        let now = state(&tree);
        assert_eq!((&now[..at], &now[at..]), (&new[..at], &old[at..]), "{allowed} allocations, stopped at page {at}");
        assert_no_leak(&tree);
        tree.environment().left.store(usize::MAX, Ordering::Relaxed);
        operation(&mut tree, at, end).unwrap().acknowledge();
        assert_eq!(state(&tree), new);
        assert_no_leak(&tree);
    }
}

fn nothing<F: Toy>(_: &Tree<F>) {}

/// Maps everything with the largest pages.
fn everything<F: Toy>(tree: &Tree<F>) {
    let says = Says { write: true, ..Says::default() };
    tree.map(range(0, Reference::<F>::new().pages.len() / 2), 0, &says).unwrap().acknowledge();
}

/// Where a page maps to, so that it does not depend on where an operation starts.
fn oa<F: Toy>(first: usize) -> u64 {
    (first as u64) << Reference::<F>::PAGE_LG2
}

fn map<F: Toy>() {
    each_site::<F>(nothing, |tree, first, end| tree.map(range(first, end), oa::<F>(first), &KEY));
    each_site::<F>(nothing, |tree, first, end| tree.exclusive().map(range(first, end), oa::<F>(first), &KEY));
    each_site::<F>(nothing, |tree, first, end| {
        tree.exclusive().ranges(range(first, end)).map(range(first, end), oa::<F>(first), &KEY)
    });
}

#[test]
fn of_map() {
    map::<Three>();
    map::<Runs>();
    map::<Dual>();
    map::<Full>();
}

fn unmap<F: Toy>() {
    each_site::<F>(everything, |tree, first, end| tree.unmap(range(first, end), EmptyTables::AtOnce, |_| {}));
    each_site::<F>(everything, |tree, first, end| {
        tree.exclusive().unmap(range(first, end), EmptyTables::WhenCovered, |_| {})
    });
}

#[test]
fn of_the_splits_of_unmap() {
    unmap::<Three>();
    unmap::<Full>();
}

fn protect<F: Toy>() {
    each_site::<F>(everything, |tree, first, end| tree.protect(range(first, end), &READ_ONLY));
    each_site::<F>(everything, |tree, first, end| tree.exclusive().protect(range(first, end), &READ_ONLY));
}

#[test]
fn of_the_splits_of_protect() {
    protect::<Three>();
    protect::<Full>();
}

/// What is prepared is enough, and what is not needed goes back.
#[test]
fn not_needed_after_preparing() {
    fn prepared<F: Toy>() {
        let (first, end) = most::<F>();
        let tree = Tree::<F>::new(Counting::default(), Epochs::new()).unwrap();
        let ready = tree.prepare(range(first, end), u64::MAX).unwrap();
        tree.environment().left.store(0, Ordering::Relaxed);
        ready.map(oa::<F>(first), &KEY).unwrap().acknowledge();
        assert_no_leak(&tree);
        // Dropped without use.
        tree.environment().left.store(usize::MAX, Ordering::Relaxed);
        drop(tree.prepare(range(first, end), u64::MAX).unwrap());
        assert_no_leak(&tree);
        // Not enough memory to prepare: nothing is kept.
        tree.environment().left.store(1, Ordering::Relaxed);
        assert!(tree.prepare(range(first, end), u64::MAX).is_err());
        assert_no_leak(&tree);
    }
    prepared::<Three>();
    prepared::<Runs>();
    prepared::<Dual>();
    prepared::<Full>();
}

#[test]
fn not_needed_after_preparing_a_split() {
    let tree = Tree::<Three>::new(Counting::default(), Epochs::new()).unwrap();
    everything(&tree);
    let (first, end) = most::<Three>();
    let ready = tree.prepare(range(first, end), u64::MAX).unwrap();
    tree.environment().left.store(0, Ordering::Relaxed);
    ready.unmap(EmptyTables::AtOnce, |_| {}).unwrap().acknowledge();
    assert_no_leak(&tree);
}

/// Memory that is not zero.
struct Dirty(Counting);

// SAFETY: as its field; what it writes, it writes before anybody else sees the table.
unsafe impl Environment for Dirty {
    const ZEROED: bool = false;

    fn allocate(&self, shape: TableShape) -> Option<u64> {
        let address = self.0.allocate(shape)?;
        // SAFETY: just allocated with this shape.
        let memory = unsafe { self.0.table(address, shape) };
        // SAFETY: it has as many bytes, and nobody else knows it.
        unsafe { memory.as_ptr().write_bytes(0xff, shape.bytes) };
        Some(address)
    }

    unsafe fn free(&self, address: u64, shape: TableShape) {
        // SAFETY: the caller's promises.
        unsafe { self.0.free(address, shape) }
    }

    unsafe fn table(&self, address: u64, shape: TableShape) -> NonNull<u8> {
        // SAFETY: the caller's promise.
        unsafe { self.0.table(address, shape) }
    }

    unsafe fn header(&self, address: u64, shape: TableShape) -> NonNull<Header> {
        // SAFETY: the caller's promise.
        unsafe { self.0.header(address, shape) }
    }

    fn written(&self, table: u64, shape: TableShape, first_item: usize, items: usize) {
        self.0.written(table, shape, first_item, items);
    }
}

#[test]
fn of_memory_that_is_not_zero() {
    let tree: PageTable<Three, Dirty> = PageTable::new(Dirty(Counting::default()), Epochs::new()).unwrap();
    tree.map(range(5, 6), 0, &KEY).unwrap().acknowledge();
    let all = range(0, Reference::<Three>::new().pages.len());
    let runs: Vec<_> = tree.reader().mappings(all).map(|run| (run.first, run.last)).collect();
    assert_eq!(runs, [(0x5000, 0x5fff)]);
    tree.environment().0.assert_clean();
}
