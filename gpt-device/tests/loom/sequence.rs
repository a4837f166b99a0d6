//! Pulls against invalidations, with one entry on each side.

use std::sync::Arc;

use gpt_device::Sequence;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use crate::explore;

/// One entry of the CPU's table, one of the device's: the number of a page, or 0.
struct Pair {
    sequence: Sequence,
    cpu: AtomicUsize,
    device: AtomicUsize,
}

impl Pair {
    fn new() -> Arc<Self> {
        Arc::new(Self { sequence: Sequence::new(), cpu: AtomicUsize::new(1), device: AtomicUsize::new(0) })
    }

    /// Gives the device what the CPU has.
    fn pull(&self) {
        let Some(snapshot) = self.sequence.read() else { return };
        let page = self.cpu.load(Ordering::Relaxed);
        let Some(_commit) = self.sequence.commit(snapshot) else { return };
        self.device.store(page, Ordering::Relaxed);
    }

    /// Takes a page from both, which is somebody else's from then on, and gives the CPU another.
    fn replace(&self, page: usize, by: usize) {
        let begun = self.sequence.invalidate(thread::yield_now);
        if self.device.load(Ordering::Relaxed) == page {
            self.device.store(0, Ordering::Relaxed);
        }
        if self.cpu.load(Ordering::Relaxed) == page {
            self.cpu.store(by, Ordering::Relaxed);
        }
        assert_ne!(self.device.load(Ordering::Relaxed), page, "the device uses a page that is somebody else's");
        drop(begun);
    }
}

#[test]
fn pull_against_invalidation() {
    explore(4, || {
        let pair = Pair::new();
        let other = Arc::clone(&pair);
        let puller = thread::spawn(move || other.pull());
        pair.replace(1, 2);
        puller.join().unwrap();
        assert_ne!(pair.device.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn pulls_against_invalidation() {
    explore(3, || {
        let pair = Pair::new();
        let (one, two) = (Arc::clone(&pair), Arc::clone(&pair));
        let pullers = [thread::spawn(move || one.pull()), thread::spawn(move || two.pull())];
        pair.replace(1, 2);
        pullers.into_iter().for_each(|puller| puller.join().unwrap());
        assert_ne!(pair.device.load(Ordering::Relaxed), 1);
    });
}

/// A pull that starts after an invalidation ended has what that left.
#[test]
fn pull_after_invalidations() {
    explore(2, || {
        let pair = Pair::new();
        let (one, two) = (Arc::clone(&pair), Arc::clone(&pair));
        let invalidator = thread::spawn(move || one.replace(1, 2));
        let puller = thread::spawn(move || two.pull());
        pair.replace(3, 4);
        invalidator.join().unwrap();
        puller.join().unwrap();
        assert_ne!(pair.device.load(Ordering::Relaxed), 1);
        pair.pull();
        assert_eq!(pair.device.load(Ordering::Relaxed), 2);
    });
}
