//! Words of table memory, as wide as an entry, and the atomic cells that hold them.

use core::fmt::{Debug, LowerHex};

use crate::sync::{AtomicU8, AtomicU16, AtomicU32, Ordering};

#[cfg(target_has_atomic = "64")]
use crate::sync::AtomicU64;

/// An entry's word, in the host's byte order.
///
/// Implemented for the unsigned integers for which the host has an atomic of that width. The methods that touch a
/// cell take and give words in *memory* order; [`Word::swapped_if`] converts.
pub trait Word: Copy + Eq + Debug + LowerHex + Into<u128> + Send + Sync + 'static {
    /// One item in table memory.
    type Cell;

    /// The word with all bits zero.
    const ZERO: Self;

    /// Loads with acquire order: what was written before the entry was published is visible.
    fn load(cell: &Self::Cell) -> Self;

    /// Loads without any order; for words that this thread alone may change.
    fn load_relaxed(cell: &Self::Cell) -> Self;

    /// Stores with release order: what was written before is visible to who loads the word.
    fn store(cell: &Self::Cell, word: Self);

    /// Replaces `current` by `new` in one step, with release order on success and acquire order either way.
    ///
    /// # Errors
    /// The word found, where it is not `current`.
    fn compare_exchange(cell: &Self::Cell, current: Self, new: Self) -> Result<(), Self>;

    /// Replaces whatever is there and gives it back, with acquire and release order.
    fn swap(cell: &Self::Cell, new: Self) -> Self;

    /// The word with its bytes reversed, if `swap` says so.
    #[must_use]
    fn swapped_if(self, swap: bool) -> Self;
}

macro_rules! native {
    ($($word:ty, $cell:ty;)*) => {$(
        impl Word for $word {
            type Cell = $cell;

            const ZERO: Self = 0;

            #[inline(always)]
            fn load(cell: &Self::Cell) -> Self {
                cell.load(Ordering::Acquire)
            }

            #[inline(always)]
            fn load_relaxed(cell: &Self::Cell) -> Self {
                cell.load(Ordering::Relaxed)
            }

            #[inline(always)]
            fn store(cell: &Self::Cell, word: Self) {
                cell.store(word, Ordering::Release);
            }

            #[inline(always)]
            fn compare_exchange(cell: &Self::Cell, current: Self, new: Self) -> Result<(), Self> {
                cell.compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire).map(drop)
            }

            #[inline(always)]
            fn swap(cell: &Self::Cell, new: Self) -> Self {
                cell.swap(new, Ordering::AcqRel)
            }

            #[inline(always)]
            fn swapped_if(self, swap: bool) -> Self {
                if swap { self.swap_bytes() } else { self }
            }
        }
    )*};
}

native! {
    u8, AtomicU8;
    u16, AtomicU16;
    u32, AtomicU32;
}

#[cfg(target_has_atomic = "64")]
native! {
    u64, AtomicU64;
}
