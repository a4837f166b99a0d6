//! Words of table memory, as wide as an entry, and the atomic cells that hold them.

use core::fmt::{Debug, LowerHex};

use crate::format::Level;
use crate::sync::{AtomicU8, AtomicU16, AtomicU32, Ordering};

#[cfg(all(target_has_atomic = "64", not(gpt_split_words)))]
use crate::sync::AtomicU64;

/// An entry's word, in the host's byte order.
///
/// Implemented for the unsigned integers. Where the host has an atomic of that width, each method that touches a cell
/// is one instruction or loop on it; where it has none, and for `u128`, the cell is written part by part, in the order
/// that the level `L` calls for, such that nobody takes a half-written entry for one.
///
/// These methods take and give words in *memory* order; [`Word::swapped_if`] converts.
pub trait Word: Copy + Eq + Debug + LowerHex + Into<u128> + Send + Sync + 'static {
    /// One item in table memory: as many bytes as the word, in memory order.
    type Cell: Send + Sync;

    /// The word with all bits zero.
    const ZERO: Self;

    /// A cell that holds the word.
    fn cell(self) -> Self::Cell;

    /// Loads with acquire order: what was written before the entry was published is visible.
    fn load<L: Level<Word = Self>>(cell: &Self::Cell) -> Self;

    /// Loads without any order where the host can do that; for words that this thread alone may change.
    fn load_relaxed<L: Level<Word = Self>>(cell: &Self::Cell) -> Self;

    /// Stores with release order: what was written before is visible to who loads the word. Nobody else may change
    /// the cell at the same time, and the hardware must have nothing left to write to it.
    fn store<L: Level<Word = Self>>(cell: &Self::Cell, word: Self);

    /// Replaces `current` by `new` as one step for everybody else, with release order on success and acquire order
    /// either way. Any number of threads may do so at once.
    ///
    /// # Errors
    /// The word found, where it is not `current`.
    fn compare_exchange<L: Level<Word = Self>>(cell: &Self::Cell, current: Self, new: Self) -> Result<(), Self>;

    /// Replaces whatever is there and gives it back, with acquire and release order. Nobody else but the hardware
    /// may change the cell at the same time.
    fn swap<L: Level<Word = Self>>(cell: &Self::Cell, new: Self) -> Self;

    /// The word with its bytes reversed, if `swap` says so.
    #[must_use]
    fn swapped_if(self, swap: bool) -> Self;
}

macro_rules! native {
    ($($word:ty, $cell:ty;)*) => {$(
        impl Word for $word {
            type Cell = $cell;

            const ZERO: Self = 0;

            fn cell(self) -> Self::Cell {
                <$cell>::new(self)
            }

            #[inline(always)]
            fn load<L: Level<Word = Self>>(cell: &Self::Cell) -> Self {
                cell.load(Ordering::Acquire)
            }

            #[inline(always)]
            fn load_relaxed<L: Level<Word = Self>>(cell: &Self::Cell) -> Self {
                cell.load(Ordering::Relaxed)
            }

            #[inline(always)]
            fn store<L: Level<Word = Self>>(cell: &Self::Cell, word: Self) {
                cell.store(word, Ordering::Release);
            }

            #[inline(always)]
            fn compare_exchange<L: Level<Word = Self>>(cell: &Self::Cell, current: Self, new: Self) -> Result<(), Self> {
                cell.compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire).map(drop)
            }

            #[inline(always)]
            fn swap<L: Level<Word = Self>>(cell: &Self::Cell, new: Self) -> Self {
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

#[cfg(all(target_has_atomic = "64", not(gpt_split_words)))]
native! {
    u64, AtomicU64;
}
