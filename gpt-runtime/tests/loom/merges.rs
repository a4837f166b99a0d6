//! Small pages of one table that become a page of several items, whose owner alone changes them.

use loom::thread;

use super::*;

/// Maps these addresses with the smallest pages.
fn map_small<F: Toy>(tree: Tree<F>, start: u64, bytes: u64) {
    paid(tree.map_with_sizes(range(start, bytes), start + 0x10_0000, &WRITE, PAGE).unwrap());
}

/// Merges the first two pages, as their owner; `flush` returns when the hardware has forgotten what was there.
fn merge<F: Toy>(tree: Tree<F>, mut flush: impl FnMut()) {
    // SAFETY: the models give these pages to nobody else.
    let mut owner = unsafe { tree.exclusive_range(range(0, 2 * PAGE)) };
    owner.breaking(|_| flush()).merge(range(0, 2 * PAGE)).unwrap().acknowledge();
}

fn size_lg2<F: Toy>(tree: Tree<F>, va: u64) -> u32 {
    hardware(tree, va, Says::default()).unwrap().size_lg2
}

fn is_dirty<F: Toy>(tree: Tree<F>, va: u64) -> bool {
    hardware(tree, va, Says::default()).unwrap().says.dirty
}

/// A walk translates as before all the time: a live merge leaves no gap.
#[test]
fn run_merge_against_walk() {
    explore(|| {
        let tree = tree::<MiniRuns>();
        map_small(tree, 0, 2 * PAGE);
        let other = thread::spawn(move || {
            for va in [0, PAGE] {
                assert_eq!(walk(tree, va), Ok(0x10_0000 + va));
                assert_eq!(hardware(tree, va, Says::default()).unwrap().oa, 0x10_0000 + va);
            }
        });
        merge(tree, || {});
        other.join().unwrap();
        assert_eq!((size_lg2(tree, 0), size_lg2(tree, PAGE)), (13, 13));
        drop(unmap(tree, 0, 2 * PAGE));
        finish(tree, 1);
    });
}

/// As above, through absent: for a moment nothing is there, and that is the moment at which the hardware is told.
#[test]
fn strict_run_merge_against_walk() {
    explore(|| {
        let tree = tree::<MiniStrictRuns>();
        map_small(tree, 0, 2 * PAGE);
        let other = thread::spawn(move || {
            for va in [0, PAGE] {
                let seen = walk(tree, va);
                assert!(seen == Ok(0x10_0000 + va) || matches!(seen, Err(Fault::Absent(_))), "{seen:x?}");
            }
        });
        let mut flushed = 0;
        merge(tree, || {
            flushed += 1;
            assert!([0, PAGE].iter().all(|va| hardware(tree, *va, Says::default()).is_none()));
        });
        other.join().unwrap();
        assert_eq!((flushed, size_lg2(tree, 0), size_lg2(tree, PAGE)), (1, 13, 13));
        drop(unmap(tree, 0, 2 * PAGE));
        finish(tree, 1);
    });
}

/// What the hardware writes to a small page holds for the large one.
fn against_dirty<F: Toy>() {
    explore(|| {
        let tree = tree::<F>();
        map_small(tree, 0, 2 * PAGE);
        let other = thread::spawn(move || hardware(tree, PAGE, DIRTY));
        merge(tree, || {});
        let found = other.join().unwrap();
        assert!(found.is_some() || !F::REPLACE_IN_PLACE);
        assert_eq!((size_lg2(tree, 0), is_dirty(tree, PAGE)), (13, found.is_some()));
        let before_the_merge = found.is_some_and(|found| found.size_lg2 == 12);
        assert!(!before_the_merge || is_dirty(tree, 0));
        finish_all(tree);
    });
}

fn finish_all<F: Toy>(tree: Tree<F>) {
    drop(unmap(tree, 0, 4 * PAGE));
    finish(tree, 1);
}

#[test]
fn run_merge_against_dirty() {
    against_dirty::<MiniRuns>();
}

#[test]
fn strict_run_merge_against_dirty() {
    against_dirty::<MiniStrictRuns>();
}

/// Where the hardware writes what a run cannot say, there is no run, and what it wrote is still there.
fn against_unsayable<F: Toy>() {
    explore(|| {
        let tree = tree::<F>();
        map_small(tree, 0, 2 * PAGE);
        let other = thread::spawn(move || hardware(tree, PAGE, Says { accessed: false, ..DIRTY }));
        merge(tree, || {});
        let found = other.join().unwrap();
        let sizes = (size_lg2(tree, 0), size_lg2(tree, PAGE));
        assert!(sizes == (12, 12) || sizes == (13, 13), "half a run is left: {sizes:?}");
        if found.is_some_and(|found| found.size_lg2 == 12) {
            assert_eq!((sizes, is_dirty(tree, PAGE)), ((12, 12), true));
        }
        finish_all(tree);
    });
}

#[test]
fn run_merge_against_what_a_run_cannot_say() {
    against_unsayable::<MiniCleanRuns>();
}

#[test]
fn strict_run_merge_against_what_a_run_cannot_say() {
    against_unsayable::<MiniStrictCleanRuns>();
}

/// Who unmaps the other pages of the table does not take it away, though for a moment it is empty.
fn against_unmap<F: Toy>() {
    explore(|| {
        let tree = tree::<F>();
        map_small(tree, 0, 3 * PAGE);
        let other = thread::spawn(move || unmap(tree, 2 * PAGE, 2 * PAGE));
        merge(tree, || {});
        assert_eq!(other.join().unwrap(), [(0x10_2000, false)]);
        assert_eq!((size_lg2(tree, 0), size_lg2(tree, PAGE)), (13, 13));
        assert_eq!([0, PAGE].map(|va| walk(tree, va)), [Ok(0x10_0000), Ok(0x10_1000)]);
        assert!(walk(tree, 2 * PAGE).is_err());
        finish_all(tree);
    });
}

#[test]
fn run_merge_against_unmap() {
    against_unmap::<MiniRuns>();
}

#[test]
fn strict_run_merge_against_unmap() {
    against_unmap::<MiniStrictRuns>();
}
