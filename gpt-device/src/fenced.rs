//! When a table that the device may still be walking can be freed: after the device has executed what unlinks it, and
//! every reader of the shadow has left.
//!
//! # States
//! A retired table is *young*, *old*, or with the readers' own reclaimer. Young ones gather in one list. Whoever comes by
//! makes all young ones old, and then reads how far the list was recorded: what unlinked them, and the invalidation, lies
//! before that mark. When the device has reached the mark, the old ones go on to the reclaimer of the readers, and the young
//! ones become old with a new mark. So a table waits for at most two marks, no memory is needed, and nothing is compared
//! but positions.
//!
//! # Orderings
//! One thread at a time moves lists on: who finds another at it leaves it to that one, so nothing waits. The exchange that
//! takes that role acquires what the one before it released: the mark, and the old list. A young list is taken with
//! acquire order, which pairs with the release of who added to it, and the mark is read after: the record of the
//! unlinking, made before the addition, is counted in it. The device's progress is read with acquire order, which
//! pairs with the release of who noted it.
//!
//! A table retired between the taking and the reading of the mark stays young. It waits longer, never shorter.
#![allow(unsafe_code)]

use alloc::sync::Arc;

use gpt_runtime::{Reclaim, SharedTables, Tables};

use crate::sync::{AtomicBool, AtomicUsize, Ordering};
use crate::timeline::{Mark, Timeline};

/// A reclaimer for trees in a device's memory: tables wait for the device, then for the readers that `R` knows.
///
/// To acknowledge an obligation to a tree with this reclaimer says that its invalidation was *recorded*, as
/// [`crate::Recording::settle`] does, and need not have been executed.
#[derive(Debug)]
pub struct Fenced<R> {
    readers: R,
    timeline: Arc<Timeline>,
    young: SharedTables,
    old: SharedTables,
    /// What the old tables wait for. Belongs to who has set `moving`.
    mark: AtomicUsize,
    moving: AtomicBool,
}

impl<R: Reclaim> Fenced<R> {
    /// No retired tables; `timeline` is that of the list which the tree is recorded in.
    pub fn new(readers: R, timeline: Arc<Timeline>) -> Self {
        Self {
            readers,
            timeline,
            young: SharedTables::new(),
            old: SharedTables::new(),
            mark: AtomicUsize::new(0),
            moving: AtomicBool::new(false),
        }
    }

    /// Hands the old tables on if the device has reached their mark, and makes the young ones old.
    fn advance(&self) {
        if self.moving.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            return;
        }
        // At most twice: what is made old now may be due at once.
        for _ in 0..2 {
            if !self.timeline.reached(Mark(self.mark.load(Ordering::Relaxed))) {
                break;
            }
            self.readers.retire(self.old.take());
            let young = self.young.take();
            self.mark.store(self.timeline.mark().0, Ordering::Relaxed);
            self.old.add(young);
        }
        self.moving.store(false, Ordering::Release);
    }
}

// SAFETY: a table goes to the readers' reclaimer after it was retired here, so every guard that was given before it was
// retired here was also given before it was retired there; and it comes out of there alone.
unsafe impl<R: Reclaim> Reclaim for Fenced<R> {
    type Guard<'a>
        = R::Guard<'a>
    where
        Self: 'a;

    fn pin(&self) -> Self::Guard<'_> {
        self.readers.pin()
    }

    fn retire(&self, tables: Tables) {
        self.young.add(tables);
    }

    fn ready(&self) -> Tables {
        self.advance();
        self.readers.ready()
    }

    fn drain(&mut self) -> Tables {
        let mut all = self.young.take();
        all.append(self.old.take());
        all.append(self.readers.drain());
        all
    }
}
