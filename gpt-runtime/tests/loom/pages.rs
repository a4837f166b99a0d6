//! Pages that are changed, split or taken out while the hardware writes to them.

use loom::thread;

use super::*;

#[test]
fn protect_against_dirty() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, PAGE));
        let other = thread::spawn(move || hardware(tree, 0, DIRTY).unwrap());
        paid(tree.protect(range(0, PAGE), &READ_ONLY).unwrap());
        let wrote = other.join().unwrap().says.write;
        let found = hardware(tree, 0, Says::default()).unwrap();
        assert_eq!((found.says.write, found.says.accessed, found.says.dirty), (false, true, wrote));
        finish(tree, 2);
    });
}

#[test]
fn unmap_against_dirty() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, PAGE));
        let other = thread::spawn(move || hardware(tree, 0, DIRTY).is_some());
        let removed = unmap(tree, 0, PAGE);
        assert_eq!(removed, [(0x10_0000, other.join().unwrap())]);
        finish(tree, 1);
    });
}

/// The owner of a range stores, but exchanges what the hardware may still write to.
#[test]
fn owned_unmap_against_dirty() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, PAGE));
        let other = thread::spawn(move || hardware(tree, 0, DIRTY).is_some());
        let mut dirty = None;
        // SAFETY: nobody else changes the range.
        let mut owner = unsafe { tree.exclusive_range(range(0, PAGE)) };
        let report = |page: Removed<Mini>| {
            if let Removed::Page(page) = page {
                dirty = Some(page.attributes.dirty);
            }
        };
        paid(owner.unmap(range(0, PAGE), EmptyTables::AtOnce, report).unwrap());
        assert_eq!(dirty, Some(other.join().unwrap()));
        finish(tree, 1);
    });
}

#[test]
fn owned_protect_against_dirty() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, PAGE));
        let other = thread::spawn(move || hardware(tree, 0, DIRTY).unwrap());
        // SAFETY: nobody else changes the range.
        let mut owner = unsafe { tree.exclusive_range(range(0, PAGE)) };
        paid(owner.protect(range(0, PAGE), &READ_ONLY).unwrap());
        let wrote = other.join().unwrap().says.write;
        assert_eq!(hardware(tree, 0, Says::default()).unwrap().says.dirty, wrote);
        finish(tree, 2);
    });
}

/// Whoever takes a dirty bit, it is taken: by the one that clears it or by the one that unmaps.
#[test]
fn take_dirty_against_unmap() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, PAGE));
        hardware(tree, 0, DIRTY);
        let other = thread::spawn(move || {
            let mut taken = 0;
            paid(tree.take_dirty(range(0, PAGE), |_| taken += 1).unwrap());
            taken
        });
        let removed = unmap(tree, 0, PAGE);
        let taken = other.join().unwrap();
        assert_eq!(removed.iter().filter(|(_, dirty)| *dirty).count() + taken, 1);
        finish(tree, 1);
    });
}

/// The half that nobody touches stays mapped all the time, for readers and for hardware.
#[test]
fn split_against_walk() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, 2 * PAGE));
        let other = thread::spawn(move || assert_eq!(walk(tree, PAGE), Ok(0x10_1000)));
        assert_eq!(unmap(tree, 0, PAGE).len(), 1);
        other.join().unwrap();
        finish(tree, 2);
    });
}

#[test]
fn split_against_hardware() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, 2 * PAGE));
        let other = thread::spawn(move || assert_eq!(hardware(tree, PAGE, Says::default()).unwrap().oa, 0x10_1000));
        assert_eq!(unmap(tree, 0, PAGE).len(), 1);
        other.join().unwrap();
        finish(tree, 2);
    });
}

#[test]
fn split_against_split() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, 2 * PAGE));
        let other = thread::spawn(move || unmap(tree, 0, PAGE));
        assert_eq!(unmap(tree, PAGE, PAGE), [(0x10_1000, false)]);
        assert_eq!(other.join().unwrap(), [(0x10_0000, false)]);
        finish(tree, 1);
    });
}

/// What the hardware writes to the large page while its copy is made is in the small pages.
#[test]
fn split_against_dirty() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, 2 * PAGE));
        let other = thread::spawn(move || assert!(hardware(tree, PAGE, DIRTY).unwrap().says.write));
        paid(tree.protect(range(0, PAGE), &READ_ONLY).unwrap());
        other.join().unwrap();
        assert!(hardware(tree, PAGE, Says::default()).unwrap().says.dirty);
        finish(tree, 2);
    });
}

/// A change of a large page that somebody splits meanwhile holds for the small pages too.
#[test]
fn protect_against_split() {
    explore(|| {
        let tree = tree::<Mini>();
        assert!(map(tree, 0, 2 * PAGE));
        let other = thread::spawn(move || unmap(tree, PAGE, PAGE).len());
        paid(tree.protect(range(0, 2 * PAGE), &READ_ONLY).unwrap());
        assert_eq!(other.join().unwrap(), 1);
        assert!(!hardware(tree, 0, Says::default()).unwrap().says.write);
        finish(tree, 2);
    });
}

/// Who sees a page sees what was in its memory before it was mapped.
fn content_against_walk(map_page: fn(Tree<Mini>)) {
    use loom::sync::atomic::{AtomicU32, Ordering};
    explore(move || {
        let tree = tree::<Mini>();
        assert!(map(tree, PAGE, PAGE));
        let content = std::sync::Arc::new(AtomicU32::new(0));
        let other = {
            let content = std::sync::Arc::clone(&content);
            thread::spawn(move || {
                content.store(1, Ordering::Relaxed);
                map_page(tree);
            })
        };
        if walk(tree, 0).is_ok() {
            assert_eq!(content.load(Ordering::Relaxed), 1);
        }
        other.join().unwrap();
        finish(tree, 2);
    });
}

#[test]
fn shared_map_against_walk_of_its_content() {
    content_against_walk(|tree| assert!(map(tree, 0, PAGE)));
}

#[test]
fn owned_map_against_walk_of_its_content() {
    content_against_walk(|tree| {
        // SAFETY: nobody else changes the range.
        let mut owner = unsafe { tree.exclusive_range(range(0, PAGE)) };
        paid(owner.map(range(0, PAGE), 0x10_0000, &WRITE).unwrap());
    });
}
