//! Words that the host cannot change in one step: 64-bit entries where the widest atomic has 32 bits, and 128-bit
//! entries. They are written part by part, such that nobody takes a half-written entry for one.
//!
//! # What the hardware sees
//! It reads an entry in one access, as manuals promise of their walkers, and never knows of claims. So every state that
//! the memory passes through is the old entry, the new one, or absent. The description says how: the *gate*
//! ([`Level::GATE_BITS`]) is the part, or parts, with the bits that make the hardware take an entry for nothing while they
//! are as in the empty word. The gate is *shut* then, whatever the rest holds.
//!
//! Nothing is promised for a walker that loads an entry in several accesses. From the gate on, it sees what is published
//! whole; but what is taken it may see in part: the gate while it was open, and the rest after it was cleared, or that of
//! the next entry. No order of stores prevents this, only one in which a part is not written before the walker has let go
//! of the entry, and that is for the driver to know: stop such a walker, or let it be done, before entries are taken or
//! replaced. No format of the catalogue has one. (The models `two_accesses_*` show both.)
//!
//! | change | order |
//! |---|---|
//! | publish: absent → entry | the rest, then the gate |
//! | take: entry → absent | the gate, then the rest |
//! | within one part | one compare-exchange, or one store by who owns the entry: never absent in between |
//! | of several parts | the gate is shut, the rest, the gate: absent for a moment, to the hardware alone |
//!
//! What the hardware writes by itself is never lost: parts that it may write to are changed by compare-exchange or
//! swap, and once the gate is shut it writes to no part.
//!
//! # Who moves an entry
//! A part that holds what a thread expects does not prove that the entry is the one that it read: it may have been
//! taken out and another put in with the same part. No other part has room for a mark that could tell, and a helper
//! that comes late would write its part into the next entry. So changes that race are made under a claim on the
//! [stripe](Stripe) of the entry. Under it the whole entry is compared, so a compare-exchange is exact.
//!
//! Losers do what they do on any host: a compare-exchange that comes second finds the other word and gives it back.
//!
//! This is the one wait of the runtime. A writer that shares the tree waits for another writer of the same stripe, in the
//! middle of at most forty accesses to memory, never over a call to the environment, to a lock or to the caller. Nothing
//! else does: neither a reader, nor who owns a range and puts in, takes out, or changes one part. On such hosts shared
//! changes are therefore not lock-free: if the scheduler stops a thread between claim and release, writers of the stripe
//! spin until it runs again. And stripes are those of all trees. So where a handler or a thread of a higher priority may
//! interrupt a writer for good, neither may change entries of *any* tree by the shared operations; keep interruptions off
//! during these, or change by the operations of owners.
//!
//! # What readers see
//! Readers write nothing, and wait for no claim: they look at the generation of the stripe, the gate, the rest, and
//! the generation again, and take what they saw if that is the same. Each change of an entry counts the generation
//! *after* it wrote the first part and *before* it writes the next. Say a reader has the gate of one entry and the rest
//! of a later one. Between the two the gate was shut and counted. Who sees the rest sees that count, so the reader's
//! second look has it, so its first look had it, so it came after the gate was shut, and the gate it saw is no older
//! than that: the two are of one entry. Equal gates on both sides of the rest prove nothing, since an entry may go and
//! another come with the same gate; the count does. Publishing needs none: before it the gate is shut, and a reader
//! that sees it shut looks no further.
//!
//! While several parts change, readers are told what the entry was before ([`Claim::depart`]): they see the old one
//! until the new one is complete, and never the moment in between.
//!
//! A reader tries again only where an entry of its stripe was changed between its first look and its last. A thread
//! that stops anywhere, claim or not, holds no reader up. The generation has 32 bits: a reader would have to sleep
//! through an exact multiple of 2³² changes between two of its loads to be deceived.
//!
//! # Orderings
//! Parts are loaded with acquire and stored with release order, so that who sees a part sees all that was written
//! before it: the rest before the gate when an entry is published, the count before the rest when it was taken.

#![allow(unsafe_code)]

use crate::format::Level;
use crate::split_entry::Entry;
use crate::sync::{AtomicPart, Part};
use crate::word::Word;

/// One item in table memory, of `N` parts in the order of their addresses.
#[derive(Debug)]
#[repr(transparent)]
pub struct SplitCell<const N: usize>(pub(crate) [AtomicPart; N]);

/// A word as its parts in memory order.
pub(crate) trait Parts<const N: usize>: Word<Cell = SplitCell<N>> {
    fn into_parts(self) -> [Part; N];
    fn from_parts(parts: [Part; N]) -> Self;
}

macro_rules! split {
    ($($word:ty),*) => {$(
        impl Parts<{ size_of::<$word>() / size_of::<Part>() }> for $word {
            #[inline(always)]
            fn into_parts(self) -> [Part; size_of::<$word>() / size_of::<Part>()] {
                // SAFETY: both are integers of the same size, of which every bit pattern is one.
                unsafe { core::mem::transmute(self) }
            }

            #[inline(always)]
            fn from_parts(parts: [Part; size_of::<$word>() / size_of::<Part>()]) -> Self {
                // SAFETY: as above.
                unsafe { core::mem::transmute(parts) }
            }
        }

        impl Word for $word {
            type Cell = SplitCell<{ size_of::<$word>() / size_of::<Part>() }>;

            const ZERO: Self = 0;

            fn cell(self) -> Self::Cell {
                SplitCell(self.into_parts().map(AtomicPart::new))
            }

            #[inline(always)]
            fn load<L: Level<Word = Self>>(cell: &Self::Cell) -> Self {
                Self::from_parts(Entry::of::<Self, L>(cell).load())
            }

            /// The same as [`Word::load`]: which threads change the entry does not make it one access.
            #[inline(always)]
            fn load_relaxed<L: Level<Word = Self>>(cell: &Self::Cell) -> Self {
                Self::load::<L>(cell)
            }

            #[inline]
            fn store<L: Level<Word = Self>>(cell: &Self::Cell, word: Self) {
                Entry::of::<Self, L>(cell).store(word.into_parts());
            }

            #[inline]
            fn compare_exchange<L: Level<Word = Self>>(cell: &Self::Cell, current: Self, new: Self) -> Result<(), Self> {
                let entry = Entry::of::<Self, L>(cell);
                entry.compare_exchange(current.into_parts(), new.into_parts()).map_err(Self::from_parts)
            }

            #[inline]
            fn swap<L: Level<Word = Self>>(cell: &Self::Cell, new: Self) -> Self {
                Self::from_parts(Entry::of::<Self, L>(cell).swap(new.into_parts()))
            }

            #[inline(always)]
            fn swapped_if(self, swap: bool) -> Self {
                if swap { self.swap_bytes() } else { self }
            }
        }
    )*};
}

split!(u128);

#[cfg(any(not(target_has_atomic = "64"), gpt_split_words))]
split!(u64);
