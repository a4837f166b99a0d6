//! Tables that are freed while somebody may still be reading them. The epochs alone are modelled in `epochs_model.rs`.

use loom::thread;

use super::*;

/// A reader that holds a table does not see it freed.
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
