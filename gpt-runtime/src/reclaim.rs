//! When the memory of an unlinked table may be used again: not before every reader that could have seen it is gone.
//!
//! # Epochs
//! There is one counter, the epoch, and two counts of readers, one for even and one for odd epochs. A reader adds
//! itself to the count of the epoch that it read and takes itself off when it is done: one atomic addition each, no
//! loop. A table that is retired is filed under the epoch of that moment, *T*. The epoch moves from *e* to *e* + 1
//! only when the count of readers of parity *e* + 1, those of epoch *e* − 1, is zero. A table is freed when the
//! epoch is *T* + 3.
//!
//! So that threads do not take a cache line from each other whenever they begin or end to read, each count is kept in
//! several slots, and is zero when a look has found each slot at zero. Each thread adds itself to a slot of its own, as
//! far as there are enough. It takes itself off the slot that it was added to, so a slot is never below the number of
//! its readers, and whatever is said here of one reader and a look at its count holds for its slot.
//!
//! Why three: a reader may have read an old epoch and be counted late, so its parity says little. But it was
//! counted before it could load the link to the table, hence before the link was cleared and the table retired.
//! The moves from *T* + 1 to *T* + 2 and from *T* + 2 to *T* + 3 both look at a count after the epoch became
//! *T* + 1, so after the table was retired, and between them they look at both parities. One of the two looks sees
//! the reader, if it is still there, and waits for a later attempt. The look for the move from *T* to *T* + 1 may
//! have happened before the reader was counted: it proves nothing, and is the reason why two are not enough.
//!
//! The reader's addition and the looks are sequentially consistent, with a fence between the addition and the
//! reader's first load and one between the unlinking and the filing: either the look sees the reader, or the
//! reader sees the cleared link.
//!
//! There are four lists, and the one of epoch *T* is used again for *T* + 4. So who moves the epoch to *T* + 3 takes
//! that list *before* the move: had it been slow and taken the list afterwards, others could have moved the epoch on
//! and filed tables of *T* + 4 in it. If the move succeeds, the epoch was *T* + 2 all the while, and the list held
//! nothing younger than *T*; if it fails, what was taken is filed again, as if it had been retired now.
//!
//! Nothing waits: who retires tables tries to move the epoch once, and frees what is due.

#![allow(unsafe_code)]

use crate::list::{SharedTables, Tables};
use crate::sync::{AtomicUsize, Ordering, fence, fence_after_exchange};

/// Decides when unlinked tables can be freed.
///
/// # Safety
/// An implementation promises that a table given to [`Reclaim::retire`] does not come out of [`Reclaim::ready`]
/// while a guard is alive that [`Reclaim::pin`] gave before the table was retired.
pub unsafe trait Reclaim {
    /// While it lives, no table that its holder can have seen is freed.
    type Guard<'a>
    where
        Self: 'a;

    /// Starts reading. Never waits.
    fn pin(&self) -> Self::Guard<'_>;

    /// Takes over unlinked tables that the hardware has forgotten too. Never waits.
    fn retire(&self, tables: Tables);

    /// The tables, of all that were retired, that nobody can be reading any more. Never waits.
    fn ready(&self) -> Tables;

    /// All retired tables; nobody reads, since nobody else has a reference.
    fn drain(&mut self) -> Tables;
}

/// Readers that start and end at any time, counted by epoch. Needs no allocator and no thread-local storage, but a
/// little over one KiB in each tree.
#[derive(Debug)]
pub struct Epochs {
    epoch: AtomicUsize,
    readers: [Slot; SLOTS],
    retired: [SharedTables; 4],
}

/// How many threads can read without disturbing each other, as a power of two.
const SLOTS_LG2: u32 = if cfg!(loom) { 1 } else { 3 };
const SLOTS: usize = 1 << SLOTS_LG2;

/// Readers of even and of odd epochs, on a cache line of their own.
#[derive(Debug)]
#[repr(align(128))]
struct Slot([AtomicUsize; 2]);

impl Slot {
    fn new() -> Self {
        Self([AtomicUsize::new(0), AtomicUsize::new(0)])
    }

    /// The number of the slot that the calling thread takes: any is right, and the same for all only costs time.
    #[cfg(not(loom))]
    #[inline(always)]
    fn here() -> usize {
        // Threads have stacks of their own.
        let on_the_stack = 0_u8;
        Self::of((&raw const on_the_stack).addr())
    }

    /// The number of the slot for a stack around this address.
    ///
    /// The factor puts stacks that follow each other, of 16 KiB, 2 MiB or 8 MiB and with or without a page that guards
    /// them, up to three apart, into slots that differ.
    #[cfg(not(loom))]
    #[inline(always)]
    fn of(stack: usize) -> usize {
        (((stack >> 14) as u32).wrapping_mul(0x245b_9837) >> (32 - SLOTS_LG2)) as usize
    }

    /// The models take the last slot, so that they notice a look that ends too early.
    #[cfg(loom)]
    fn here() -> usize {
        SLOTS - 1
    }
}

impl Default for Epochs {
    fn default() -> Self {
        Self::new()
    }
}

impl Epochs {
    /// No readers, nothing retired.
    pub fn new() -> Self {
        Self {
            epoch: AtomicUsize::new(0),
            readers: core::array::from_fn(|_| Slot::new()),
            retired: [SharedTables::new(), SharedTables::new(), SharedTables::new(), SharedTables::new()],
        }
    }

    /// Starts reading as one of the readers of this slot.
    #[inline]
    pub(crate) fn pin_on(&self, slot: usize) -> EpochGuard<'_> {
        let readers = &self.readers[slot & (SLOTS - 1)].0[self.epoch.load(Ordering::Relaxed) & 1];
        readers.fetch_add(1, Ordering::SeqCst);
        fence_after_exchange();
        EpochGuard(readers)
    }
}

/// A reader of [`Epochs`].
#[derive(Debug)]
#[must_use = "tables are kept only as long as the guard is"]
pub struct EpochGuard<'a>(&'a AtomicUsize);

impl Drop for EpochGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        // Release: what this reader read, it read before whoever sees the count fall frees it.
        self.0.fetch_sub(1, Ordering::Release);
    }
}

// SAFETY: see the module's text: a table is given out at epoch T + 3, after two looks at the counts of readers that
// happened after it was retired and that between them saw both counts at zero.
unsafe impl Reclaim for Epochs {
    type Guard<'a> = EpochGuard<'a>;

    #[inline]
    fn pin(&self) -> EpochGuard<'_> {
        self.pin_on(Slot::here())
    }

    fn retire(&self, tables: Tables) {
        if tables.is_empty() {
            return;
        }
        fence(Ordering::SeqCst);
        let epoch = self.epoch.load(Ordering::SeqCst);
        self.retired[epoch & 3].add(tables);
    }

    fn ready(&self) -> Tables {
        let epoch = self.epoch.load(Ordering::SeqCst);
        fence(Ordering::SeqCst);
        let parity = epoch.wrapping_add(1) & 1;
        if self.readers.iter().any(|slot| slot.0[parity].load(Ordering::SeqCst) != 0) {
            return Tables::new();
        }
        // At the next epoch all that was filed three epochs before it, or four, eight, … before that, is due. It is
        // taken before the epoch moves: the list is used again two moves later, and what is filed then is not due.
        let next = epoch.wrapping_add(1);
        let due = self.retired[next.wrapping_sub(3) & 3].take();
        if self.epoch.compare_exchange(epoch, next, Ordering::SeqCst, Ordering::Relaxed).is_ok() {
            return due;
        }
        self.retire(due);
        Tables::new()
    }

    fn drain(&mut self) -> Tables {
        let mut all = Tables::new();
        for retired in &self.retired {
            all.append(retired.take());
        }
        all
    }
}

/// For a table tree that only one thread uses: what is retired is free at once.
///
/// It cannot be shared between threads, and nothing that outlives a call keeps a reference into a table.
#[derive(Default)]
pub struct SingleThread {
    retired: core::cell::Cell<Tables>,
}

impl core::fmt::Debug for SingleThread {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SingleThread").finish_non_exhaustive()
    }
}

// SAFETY: the type cannot be shared between threads, and the runtime holds references into tables only inside one
// call, so at the time of a call to `ready` nobody is reading.
unsafe impl Reclaim for SingleThread {
    type Guard<'a> = ();

    fn pin(&self) {}

    fn retire(&self, tables: Tables) {
        let mut all = self.retired.take();
        all.append(tables);
        self.retired.set(all);
    }

    fn ready(&self) -> Tables {
        self.retired.take()
    }

    fn drain(&mut self) -> Tables {
        self.retired.take()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::Slot;

    #[test]
    fn stacks_that_follow_each_other_have_slots_of_their_own() {
        let mut random = fastrand::Rng::with_seed(1);
        for size in [16 << 10, 2 << 20, (2 << 20) + 4096, 8 << 20, (8 << 20) + 4096] {
            for _ in 0..10_000 {
                let stack = random.usize(..1 << 30);
                for apart in 1..=3 {
                    assert_ne!(Slot::of(stack), Slot::of(stack + apart * size), "{stack:#x}, {apart} of {size:#x}");
                }
            }
        }
    }
}
