//! Pages of two items, which no host can change in one step.

use loom::thread;

use super::*;

/// Pages of two items, in a table that is there: whatever came of the race, each item is counted as often as it is
/// filled, and what is left says what somebody mapped.
fn run_race(first: fn(Tree<MiniRun>), second: fn(Tree<MiniRun>), mapped: bool) {
    explore(move || {
        let tree = tree::<MiniRun>();
        assert!(map(tree, 0, 2 * PAGE));
        if !mapped {
            paid(tree.unmap(range(0, 2 * PAGE), EmptyTables::Never, |_| {}).unwrap());
        }
        let other = thread::spawn(move || first(tree));
        second(tree);
        other.join().unwrap();
        let seen = [walk(tree, 0), walk(tree, PAGE)];
        for (va, oa) in [0, PAGE].into_iter().zip(seen) {
            assert!(oa.is_err() || oa.is_ok_and(|oa| oa & 0xf_ffff == va), "{oa:x?} at {va:#x}");
        }
        let whole = |va| tree.reader().walk(InputAddress::new(va).unwrap()).is_ok_and(|page| page.size_lg2 > 12);
        assert!(
            whole(0) == whole(PAGE),
            "half a run is left: {:x?}",
            [hardware(tree, 0, Says::default()), hardware(tree, PAGE, Says::default())]
        );
        drop(unmap(tree, 0, 2 * PAGE));
        finish(tree, 1);
    });
}

#[test]
fn run_map_against_unmap() {
    run_race(|tree| _ = map(tree, 0, 2 * PAGE), |tree| drop(unmap(tree, 0, 2 * PAGE)), false);
}

#[test]
fn run_map_against_unmap_of_its_half() {
    run_race(|tree| _ = map(tree, 0, 2 * PAGE), |tree| drop(unmap(tree, 0, PAGE)), false);
}

#[test]
fn run_map_against_protect_of_its_half() {
    let protect = |tree: Tree<MiniRun>| paid(tree.protect(range(0, PAGE), &READ_ONLY).unwrap());
    run_race(|tree| _ = map(tree, 0, 2 * PAGE), protect, false);
}

#[test]
fn run_map_and_unmap_against_unmap() {
    run_race(
        |tree| {
            drop(unmap(tree, 0, 2 * PAGE));
            map(tree, 0, 2 * PAGE);
        },
        |tree| drop(unmap(tree, 0, 2 * PAGE)),
        true,
    );
}

#[test]
fn run_map_against_map_of_its_half() {
    run_race(|tree| _ = map(tree, 0, 2 * PAGE), |tree| _ = map_to(tree, PAGE, PAGE, 0x20_1000), false);
}

/// A page that somebody puts where half a run was is not taken for the other half.
#[test]
fn run_unmap_against_replacement_of_its_half() {
    explore(|| {
        let tree = tree::<MiniRun>();
        assert!(map(tree, 0, 2 * PAGE));
        let other = thread::spawn(move || {
            let removed = unmap(tree, PAGE, PAGE);
            assert!(map_to(tree, PAGE, PAGE, 0x20_1000));
            removed
        });
        let mut removed = unmap(tree, 0, 2 * PAGE);
        removed.extend(other.join().unwrap());
        removed.extend(unmap(tree, 0, 2 * PAGE));
        removed.sort_unstable();
        assert_eq!(removed, [(0x10_0000, false), (0x10_1000, false), (0x20_1000, false)]);
        finish(tree, 1);
    });
}

#[test]
fn run_unmap_against_unmap_of_its_half() {
    explore(|| {
        let tree = tree::<MiniRun>();
        assert!(map(tree, 0, 2 * PAGE));
        let other = thread::spawn(move || unmap(tree, PAGE, PAGE));
        let mut removed = unmap(tree, 0, 2 * PAGE);
        removed.extend(other.join().unwrap());
        removed.sort_unstable();
        assert_eq!(removed, [(0x10_0000, false), (0x10_1000, false)]);
        finish(tree, 1);
    });
}

/// What the hardware writes to one item of a run holds for the pages that the run is split into.
#[test]
fn run_split_against_dirty() {
    explore(|| {
        let tree = tree::<MiniRun>();
        assert!(map(tree, 0, 2 * PAGE));
        let other = thread::spawn(move || hardware(tree, PAGE, DIRTY).unwrap());
        paid(tree.protect(range(0, PAGE), &READ_ONLY).unwrap());
        let found = other.join().unwrap();
        assert!(hardware(tree, PAGE, Says::default()).unwrap().says.dirty);
        let before_the_split = found.size_lg2 == 13;
        assert!(!before_the_split || hardware(tree, 0, Says::default()).unwrap().says.dirty);
        finish(tree, 2);
    });
}

/// A change of a run that somebody takes out and puts back meanwhile does not leave half of it changed.
#[test]
fn run_protect_against_unmap_and_map() {
    let says = |tree: Tree<MiniRun>, va| tree.reader().walk(InputAddress::new(va).unwrap()).unwrap();
    explore(move || {
        let tree = tree::<MiniRun>();
        assert!(map(tree, 0, 2 * PAGE));
        let other = thread::spawn(move || {
            paid(tree.unmap(range(0, 2 * PAGE), EmptyTables::Never, |_| {}).unwrap());
            assert!(map(tree, 0, 2 * PAGE));
        });
        paid(tree.protect(range(0, 2 * PAGE), &READ_ONLY).unwrap());
        other.join().unwrap();
        let (low, high) = (says(tree, 0), says(tree, PAGE));
        assert!(low.size_lg2 == 12 || low.attributes == high.attributes, "{low:x?} and {high:x?}");
        assert!((low.size_lg2 == 12) == (high.size_lg2 == 12), "{low:x?} and {high:x?}");
        drop(unmap(tree, 0, 2 * PAGE));
        finish(tree, 1);
    });
}
