//! Tables that come and go while others fill and empty them.

use loom::thread;

use super::*;

#[test]
fn install_against_install() {
    explore(|| {
        let tree = tree::<Mini>();
        let other = thread::spawn(move || assert!(map(tree, 0, PAGE)));
        assert!(map(tree, PAGE, PAGE));
        other.join().unwrap();
        assert_eq!((walk(tree, 0), walk(tree, PAGE)), (Ok(0x10_0000), Ok(0x10_1000)));
        finish(tree, 2);
    });
}

/// Who sees the link to a table sees what was put into it before.
#[test]
fn install_against_walk() {
    explore(|| {
        let tree = tree::<Mini>();
        let other = thread::spawn(move || {
            assert!(matches!(walk(tree, 0), Ok(0x10_0000) | Err(Fault::Absent(0))));
        });
        assert!(map(tree, 0, PAGE));
        other.join().unwrap();
        finish(tree, 2);
    });
}

/// The same for a walker that reads raw words and knows nothing of guards.
#[test]
fn install_against_hardware() {
    explore(|| {
        let tree = tree::<Mini>();
        let other = thread::spawn(move || {
            if let Some(found) = hardware(tree, PAGE, Says::default()) {
                assert_eq!(found.oa, 0x10_1000);
                // It was filled as a whole before it was linked.
                assert!(hardware(tree, 0, Says::default()).is_some());
            }
        });
        assert!(map(tree, 0, 2 * PAGE));
        other.join().unwrap();
        finish(tree, 1);
    });
}

/// A fault into a table that somebody empties and unlinks: the new mapping is not lost, and no table leaks.
#[test]
fn install_against_detach() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, PAGE));
        let other = thread::spawn(move || assert_eq!(unmap(tree, 0, PAGE), [(0x10_0000, false)]));
        assert!(map(tree, PAGE, PAGE));
        other.join().unwrap();
        assert_eq!((walk(tree, 0).is_err(), walk(tree, PAGE)), (true, Ok(0x10_1000)));
        finish(tree, 2);
    });
}

/// Two faults into a table that a third thread empties.
#[test]
fn two_installs_against_detach() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, PAGE));
        let emptier = thread::spawn(move || drop(unmap(tree, 0, PAGE)));
        let other = thread::spawn(move || assert!(map(tree, PAGE, PAGE)));
        let first = map(tree, 0, PAGE);
        emptier.join().unwrap();
        other.join().unwrap();
        assert_eq!(walk(tree, PAGE), Ok(0x10_1000));
        // Either the first page was mapped again after it was unmapped, or found occupied before.
        if !first {
            assert!(walk(tree, 0).is_err());
        }
        finish(tree, 2);
    });
}

/// Each page is handed back once, and the table that nobody needs any more is unlinked once.
#[test]
fn unmap_against_unmap() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, PAGE));
        assert!(map(tree, PAGE, PAGE));
        let other = thread::spawn(move || unmap(tree, 0, 2 * PAGE));
        let mut removed = unmap(tree, 0, 2 * PAGE);
        removed.extend(other.join().unwrap());
        removed.sort_unstable();
        assert_eq!(removed, [(0x10_0000, false), (0x10_1000, false)]);
        finish(tree, 1);
    });
}

/// Neighbours: whoever leaves last unlinks the table.
#[test]
fn unmap_against_unmap_of_the_neighbour() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, PAGE));
        assert!(map(tree, PAGE, PAGE));
        let other = thread::spawn(move || unmap(tree, 0, PAGE).len());
        assert_eq!(unmap(tree, PAGE, PAGE).len(), 1);
        assert_eq!(other.join().unwrap(), 1);
        finish(tree, 1);
    });
}

#[test]
fn map_against_map_of_the_same() {
    explore(|| {
        let tree = tree::<Mini>();
        let other = thread::spawn(move || map_to(tree, 0, PAGE, 0x20_0000));
        let mine = map_to(tree, 0, PAGE, 0x10_0000);
        let other = other.join().unwrap();
        assert!(mine != other, "one of them finds it occupied");
        assert_eq!(walk(tree, 0), Ok(if mine { 0x10_0000 } else { 0x20_0000 }));
        finish(tree, 2);
    });
}

/// A large page against a small one at the same place.
#[test]
fn map_large_against_map_small() {
    explore(|| {
        let tree = tree::<Mini>();
        let other = thread::spawn(move || map_to(tree, PAGE, PAGE, 0x20_0000));
        let large = map(tree, 0, 2 * PAGE);
        let small = other.join().unwrap();
        assert!(large != small);
        assert_eq!(walk(tree, PAGE), Ok(if large { 0x10_1000 } else { 0x20_0000 }));
        finish(tree, if small { 2 } else { 1 });
    });
}

/// One of two tables below an entry goes while the other comes.
#[test]
fn dual_unlink_against_link() {
    explore(|| {
        let tree = tree::<MiniDual>();
        assert!(map(tree, 0, 2 * PAGE));
        let other = thread::spawn(move || unmap(tree, 0, 2 * PAGE).len());
        assert!(map(tree, 2 * PAGE, PAGE));
        assert_eq!(other.join().unwrap(), 2);
        assert_eq!((walk(tree, 0).is_err(), walk(tree, 2 * PAGE)), (true, Ok(0x10_2000)));
        finish(tree, 2);
    });
}

/// Both tables below an entry go at once: the entry is counted once.
#[test]
fn dual_unlink_against_unlink() {
    explore(|| {
        let tree = tree::<MiniDual>();
        assert!(map(tree, 0, 2 * PAGE));
        assert!(map(tree, 2 * PAGE, PAGE));
        let other = thread::spawn(move || unmap(tree, 0, 2 * PAGE).len());
        assert_eq!(unmap(tree, 2 * PAGE, PAGE).len(), 1);
        assert_eq!(other.join().unwrap(), 2);
        finish(tree, 1);
    });
}

/// One address in two sizes at once, in tables that stand side by side: at most one of the two succeeds.
fn map_in_two_sizes(tables: bool) {
    explore(move || {
        let tree = tree::<MiniDual>();
        if tables {
            for bytes in [2 * PAGE, PAGE] {
                assert!(map(tree, 0, bytes));
                paid(tree.unmap(range(0, bytes), EmptyTables::Never, |_| {}).unwrap());
            }
        }
        let other = thread::spawn(move || map_to(tree, PAGE, PAGE, 0x20_0000));
        let large = map(tree, 0, 2 * PAGE);
        let small = other.join().unwrap();
        assert!(!(large && small), "both are mapped");
        let mut removed = unmap(tree, 0, 2 * PAGE);
        if large {
            assert_eq!(removed, [(0x10_0000, false), (0x10_1000, false)]);
        } else {
            // Below what was occupied a small page was mapped.
            removed.retain(|page| *page != (0x10_0000, false));
            assert_eq!(removed.len(), usize::from(small));
        }
        finish(tree, 1);
    });
}

#[test]
fn dual_map_of_large_against_map_of_small() {
    map_in_two_sizes(true);
}

#[test]
fn dual_map_of_large_against_map_of_small_in_new_tables() {
    map_in_two_sizes(false);
}

/// The owner of a range beside somebody who shares the rest of the same table.
#[test]
fn range_beside_shared() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, PAGE));
        let other = thread::spawn(move || {
            // SAFETY: nobody else changes the range.
            let mut owner = unsafe { tree.exclusive_range(range(0, PAGE)) };
            paid(owner.unmap(range(0, PAGE), EmptyTables::AtOnce, |_| {}).unwrap());
            paid(owner.map(range(0, PAGE), 0x20_0000, &WRITE).unwrap());
        });
        assert!(map(tree, PAGE, PAGE));
        assert_eq!(unmap(tree, PAGE, PAGE).len(), 1);
        other.join().unwrap();
        assert_eq!(walk(tree, 0), Ok(0x20_0000));
        finish(tree, 2);
    });
}

/// Who loses the race for an item takes its count back: the table above goes with its last item, not sooner or later.
#[test]
fn install_against_install_in_a_table_that_can_go() {
    explore(|| {
        let tree = tree::<MiniDeep>();
        assert!(map(tree, 2 * PAGE, PAGE));
        let other = thread::spawn(move || assert!(map(tree, 0, PAGE)));
        assert!(map(tree, PAGE, PAGE));
        other.join().unwrap();
        assert_eq!(unmap(tree, 0, 2 * PAGE).len(), 2);
        assert_eq!(walk(tree, 2 * PAGE), Ok(0x10_2000));
        assert!(map(tree, 0, PAGE));
        assert_eq!(walk(tree, 2 * PAGE), Ok(0x10_2000));
        assert_eq!(unmap(tree, 0, 4 * PAGE).len(), 2);
        finish(tree, 1);
    });
}

/// Two levels of tables die while somebody faults into the lower one.
#[test]
fn install_against_detach_of_two_levels() {
    explore(|| {
        let tree = tree::<MiniDeep>();
        assert!(map(tree, 0, PAGE));
        let other = thread::spawn(move || assert_eq!(unmap(tree, 0, PAGE).len(), 1));
        assert!(map(tree, PAGE, PAGE));
        other.join().unwrap();
        assert_eq!(walk(tree, PAGE), Ok(0x10_1000));
        finish(tree, 3);
    });
}

/// An entry with two tables is one item: it is left when the last of them goes.
#[test]
fn dual_unlink_in_a_table_that_can_go() {
    explore(|| {
        let tree = tree::<MiniDeepDual>();
        assert!(map(tree, 0, 2 * PAGE));
        assert!(map(tree, 2 * PAGE, PAGE));
        let other = thread::spawn(move || assert_eq!(unmap(tree, 0, 2 * PAGE).len(), 2));
        assert_eq!(walk(tree, 2 * PAGE), Ok(0x10_2000));
        other.join().unwrap();
        assert_eq!(walk(tree, 2 * PAGE), Ok(0x10_2000));
        assert!(map(tree, 3 * PAGE, PAGE));
        assert_eq!(unmap(tree, 0, 4 * PAGE).len(), 2);
        finish(tree, 1);
    });
}
