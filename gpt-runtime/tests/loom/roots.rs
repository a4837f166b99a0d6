//! Trees that get a higher root while others use them.

use gpt_runtime::GrowError;
use loom::thread;

use super::*;

/// Of two that grow the tree at once, one does; the other finds it grown, and frees what it made.
#[test]
fn grow_against_grow() {
    explore(|| {
        let tree = tree::<MiniGrow>();
        assert!(map(tree, 0, PAGE));
        let other = thread::spawn(move || tree.grow_root());
        let mine = tree.grow_root();
        let roots = [mine, other.join().unwrap()];
        for root in roots {
            assert!(root == Ok(tree.root_table()) || root == Err(GrowError::NoHigherRoot), "{root:?}");
        }
        assert!(roots.iter().any(Result::is_ok));
        assert_eq!((tree.root_table().level, walk(tree, 0)), (0, Ok(0x10_0000)));
        finish(tree, 3);
    });
}

/// All that is mapped stays mapped, for walks from either root, and for who knows guards as for who does not.
#[test]
fn grow_against_walk() {
    explore(|| {
        let tree = tree::<MiniGrow>();
        assert!(map(tree, 0, PAGE));
        let other = thread::spawn(move || {
            assert_eq!(walk(tree, 0), Ok(0x10_0000));
            assert_eq!(hardware(tree, 0, Says::default()).unwrap().oa, 0x10_0000);
        });
        tree.grow_root().unwrap();
        other.join().unwrap();
        finish(tree, 3);
    });
}

/// What is mapped and unmapped below the old root is so below the new one; the old root stays, empty or not.
#[test]
fn grow_against_map_and_unmap() {
    explore(|| {
        let tree = tree::<MiniGrow>();
        assert!(map(tree, 0, PAGE));
        let other = thread::spawn(move || tree.grow_root().unwrap());
        assert_eq!(unmap(tree, 0, PAGE).len(), 1);
        assert!(map(tree, 2 * PAGE, PAGE));
        other.join().unwrap();
        assert_eq!((walk(tree, 0).is_err(), walk(tree, 2 * PAGE)), (true, Ok(0x10_2000)));
        assert!(map(tree, 4 * PAGE, PAGE));
        assert_eq!(walk(tree, 4 * PAGE), Ok(0x10_4000));
        finish(tree, 5);
    });
}
