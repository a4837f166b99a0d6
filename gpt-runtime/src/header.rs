//! What the runtime knows of a table beside its items: how many say something, and whether it is still in use.
//!
//! # States
//! A table is *live* or *dead*. The count of a live table is the number of its items that are not absent, plus the
//! items that somebody is about to fill. [`Header::enter`] counts items before they are filled, [`Header::leave`]
//! after they were emptied, so the count is never below the truth. Only a live table with count zero can be killed,
//! by one compare-exchange that a single thread wins; after that nobody can enter, so the table stays empty, and
//! whoever meets it takes it out of its parent and goes on as if it were not there.
//!
//! # Orderings
//! What has to be in order is the changes of this one word, and they are, whatever their ordering: *enter* before items
//! are filled and *leave* after they were emptied, as each thread does them. That everything done to a dead table is done
//! before its memory is used again is the reclaimer's business, not the count's. A failed `enter` leaves the dead mark
//! alone: the count moves up and down above it, and nobody reads it again. Who owns the whole tree needs none of this: no
//! other thread looks at the count until ownership is handed on.

use core::ptr;

use crate::format::TableShape;
use crate::mode::Mode;
use crate::sync::{AtomicPtr, AtomicU8, AtomicU32, Ordering};

/// Set in the count of a dead table. No table has so many items.
const DEAD: u32 = 1 << 31;

/// What the runtime keeps for each table, at a place that the environment chooses.
#[derive(Debug)]
pub struct Header {
    live: AtomicU32,
    next: AtomicPtr<Header>,
    address: u64,
    shape: TableShape,
    root_level: AtomicU8,
}

impl Header {
    /// The header of a new table, all of whose items are absent.
    pub fn new(address: u64, shape: TableShape) -> Self {
        Self {
            live: AtomicU32::new(0),
            next: AtomicPtr::new(ptr::null_mut()),
            address,
            shape,
            root_level: AtomicU8::new(0),
        }
    }

    /// The output address of the table.
    pub fn address(&self) -> u64 {
        self.address
    }

    /// The memory of the table.
    pub fn shape(&self) -> TableShape {
        self.shape
    }

    /// The number of the level, for a table that was made as a root.
    pub(crate) fn level(&self) -> u8 {
        self.root_level.load(Ordering::Relaxed)
    }

    /// Sets the number of the level, before anybody else sees the table.
    pub(crate) fn set_level(&self, level: u8) {
        self.root_level.store(level, Ordering::Relaxed);
    }

    /// Counts `items` that are about to be filled; false where the table is dead.
    #[inline(always)]
    pub(crate) fn enter<M: Mode>(&self, items: u32) -> bool {
        if M::ALONE {
            self.live.store(self.live.load(Ordering::Relaxed).wrapping_add(items), Ordering::Relaxed);
            return true;
        }
        if self.live.fetch_add(items, Ordering::AcqRel) & DEAD != 0 {
            self.live.fetch_sub(items, Ordering::Relaxed);
            return false;
        }
        true
    }

    /// Counts `items` as empty again.
    #[inline(always)]
    pub(crate) fn leave<M: Mode>(&self, items: u32) {
        if M::ALONE {
            self.live.store(self.live.load(Ordering::Relaxed).wrapping_sub(items), Ordering::Relaxed);
            return;
        }
        self.live.fetch_sub(items, Ordering::Release);
    }

    /// Makes the header that of a new table again; only for a table that was never linked.
    pub(crate) fn renew(&self) {
        self.live.store(0, Ordering::Relaxed);
    }

    /// Whether no item says anything and nobody is about to fill one.
    pub(crate) fn is_empty(&self) -> bool {
        self.live.load(Ordering::Relaxed) == 0
    }

    /// Kills the table if its count is zero; true for the one thread that did it.
    pub(crate) fn kill(&self) -> bool {
        self.live.compare_exchange(0, DEAD, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// The next header of the list that this one is in.
    pub(crate) fn next(&self) -> *mut Header {
        self.next.load(Ordering::Relaxed)
    }

    /// Puts this header in front of `next`; only the owner of the list that it will head does so.
    pub(crate) fn set_next(&self, next: *mut Header) {
        self.next.store(next, Ordering::Relaxed);
    }
}
