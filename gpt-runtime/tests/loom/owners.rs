//! Owners of ranges beside everybody else: merging, splitting into a table beside, and plain stores.

use loom::thread;

use super::*;

/// Merges all of the first two pages, as their owner; `flush` returns when the hardware has forgotten what was there.
fn merge<F: Toy>(tree: Tree<F>, flush: impl FnMut(gpt_runtime::Invalidation)) {
    // SAFETY: the models give these pages to nobody else.
    let mut owner = unsafe { tree.exclusive_range(range(0, 2 * PAGE)) };
    owner.breaking(flush).merge(range(0, 2 * PAGE)).unwrap().acknowledge();
}

/// Two small pages that a merge makes one of.
fn two_pages(tree: Tree<Mini>) {
    assert!(map(tree, 0, PAGE));
    assert!(map(tree, PAGE, PAGE));
}

/// A walk sees small pages, the large one, or for a moment nothing; never something else, and no table that was freed.
#[test]
fn merge_against_walk() {
    explore(|| {
        let tree = tree::<Mini>();
        two_pages(tree);
        let other = thread::spawn(move || {
            let reader = tree.reader();
            for va in [0, PAGE] {
                let seen = reader.walk(InputAddress::new(va).unwrap()).map(|page| page.oa + (va - page.va));
                assert!(seen == Ok(0x10_0000 + va) || matches!(seen, Err(Fault::Absent(_))), "{seen:x?}");
            }
        });
        merge(tree, |_| {});
        tree.reclaim();
        other.join().unwrap();
        assert_eq!(walk(tree, PAGE), Ok(0x10_1000));
        finish(tree, 1);
    });
}

/// What the hardware wrote until it forgot the table is in the large page.
#[test]
fn merge_against_dirty() {
    explore(|| {
        let tree = tree::<Mini>();
        two_pages(tree);
        let mut other = Some(thread::spawn(move || hardware(tree, PAGE, DIRTY).is_some()));
        let mut wrote = false;
        merge(tree, |_| wrote |= other.take().is_some_and(|other| other.join().unwrap()));
        let found = hardware(tree, 0, Says::default()).unwrap();
        assert_eq!((found.size_lg2, found.says.dirty), (13, wrote));
        finish(tree, 1);
    });
}

/// Who maps beside, below the same table, is not in the way, and nothing of it is lost.
#[test]
fn merge_against_map() {
    explore(|| {
        let tree = tree::<Mini>();
        two_pages(tree);
        let other = thread::spawn(move || {
            assert!(map(tree, 2 * PAGE, PAGE));
            assert_eq!(unmap(tree, 2 * PAGE, PAGE).len(), 1);
            assert!(map(tree, 3 * PAGE, PAGE));
        });
        merge(tree, |_| {});
        other.join().unwrap();
        let seen = [0, PAGE, 3 * PAGE].map(|va| walk(tree, va));
        assert_eq!(seen, [Ok(0x10_0000), Ok(0x10_1000), Ok(0x10_3000)]);
        finish(tree, 2);
    });
}

/// Others map and unmap beside an owner who empties and fills its own items of the same tables, which come and go.
#[test]
fn owner_beside_shared_in_tables_that_can_go() {
    explore(|| {
        let tree = tree::<MiniDeep>();
        assert!(map(tree, 0, PAGE));
        let other = thread::spawn(move || {
            // SAFETY: nobody else changes the range.
            let mut owner = unsafe { tree.exclusive_range(range(0, PAGE)) };
            paid(owner.unmap(range(0, PAGE), EmptyTables::AtOnce, |_| {}).unwrap());
            paid(owner.map(range(0, PAGE), 0x20_0000, &WRITE).unwrap());
        });
        assert!(map(tree, PAGE, PAGE));
        assert_eq!(unmap(tree, PAGE, PAGE), [(0x10_1000, false)]);
        other.join().unwrap();
        assert_eq!((walk(tree, 0), walk(tree, PAGE).is_err()), (Ok(0x20_0000), true));
        finish(tree, 3);
    });
}

/// A large page that its owner splits into the table beside translates the same all the time.
#[test]
fn split_beside_against_walk() {
    explore(|| {
        let tree = tree::<MiniDual>();
        assert!(map(tree, 0, 2 * PAGE));
        let reader = thread::spawn(move || assert_eq!(walk(tree, PAGE), Ok(0x10_1000)));
        protect_half(tree, || {});
        reader.join().unwrap();
        assert_eq!((walk(tree, 0), walk(tree, PAGE)), (Ok(0x10_0000), Ok(0x10_1000)));
        assert_eq!(unmap(tree, 0, 2 * PAGE).len(), 2);
        finish(tree, 1);
    });
}

/// Makes the first of two pages read-only, as the owner of both; `flush` returns when the hardware has forgotten what was
/// there.
fn protect_half(tree: Tree<MiniDual>, mut flush: impl FnMut()) {
    // SAFETY: nobody else changes the range.
    let mut owner = unsafe { tree.exclusive_range(range(0, 2 * PAGE)) };
    owner.breaking(|_| flush()).protect(range(0, PAGE), &READ_ONLY).unwrap().acknowledge();
}

/// The hardware sees the large page until it was told of the table beside, and whatever it writes is in the small ones.
#[test]
fn split_beside_against_dirty() {
    explore(|| {
        let tree = tree::<MiniDual>();
        assert!(map(tree, 0, 2 * PAGE));
        let use_it = move || assert_eq!(hardware(tree, PAGE, DIRTY).unwrap().oa, 0x10_1000);
        let mut before = Some(thread::spawn(use_it));
        let mut after = None;
        protect_half(tree, || {
            if let Some(before) = before.take() {
                before.join().unwrap();
                after = Some(thread::spawn(use_it));
            }
        });
        after.unwrap().join().unwrap();
        assert!(hardware(tree, PAGE, Says::default()).unwrap().says.dirty);
        drop(unmap(tree, 0, 2 * PAGE));
        finish(tree, 1);
    });
}
