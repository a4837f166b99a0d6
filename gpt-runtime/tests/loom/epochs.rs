//! Tables that are freed while somebody may still be reading them.

use loom::thread;

use super::*;

/// A reader that holds a table does not see it freed, nor used again.
#[test]
fn free_against_reader() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, PAGE));
        let other = thread::spawn(move || {
            let reader = tree.reader();
            for _ in 0..2 {
                let seen = reader.walk(InputAddress::new(0).unwrap()).map(|page| page.oa);
                assert!(matches!(seen, Ok(0x10_0000) | Err(Fault::Absent(_))), "{seen:?}");
            }
        });
        drop(unmap(tree, 0, PAGE));
        tree.reclaim();
        other.join().unwrap();
        finish(tree, 1);
    });
}

/// The epoch is moved by several threads, which retire tables of their own, while a reader holds one of them.
#[test]
fn late_mover_against_reader() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, PAGE));
        assert!(map(tree, 2 * PAGE, PAGE));
        let early = tree.unmap(range(2 * PAGE, PAGE), EmptyTables::AtOnce, |_| {}).unwrap();
        let mover = thread::spawn(move || early.acknowledge());
        let other = thread::spawn(move || {
            tree.reclaim();
            drop(unmap(tree, 0, PAGE));
        });
        let seen = walk(tree, 0);
        assert!(matches!(seen, Ok(0x10_0000) | Err(Fault::Absent(_))), "{seen:?}");
        mover.join().unwrap();
        other.join().unwrap();
        finish(tree, 1);
    });
}
