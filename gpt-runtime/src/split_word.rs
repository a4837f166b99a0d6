//! Words that the host cannot change in one step: 64-bit entries where the widest atomic has 32 bits, and 128-bit
//! entries. They are written part by part, such that nobody takes a half-written entry for one.
//!
//! # What the hardware sees
//! It reads an entry in one access, as manuals promise of their walkers, or part after part from the gate on; it never
//! knows of claims. So every state that the memory passes through is the old entry, the new one, or absent. The
//! description says how: the *gate* ([`Level::GATE_BITS`]) is the part, or parts, with the bits that make the hardware
//! take an entry for nothing while they are as in the empty word. The gate is *shut* then, whatever the rest holds.
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
//! The claim is held for a handful of accesses to memory, and never over a call to the environment, to a lock or to
//! the caller. This is the one wait of the runtime: a writer waits for another writer of the same stripe, in the middle
//! of these accesses. Nothing else does: neither a reader, nor who owns a range and takes out or puts in. A handler
//! that interrupts a writer for good must not change entries of the same tree by the shared operations.
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

use core::marker::PhantomData;

use crate::format::Level;
use crate::stripe::{Claim, Stripe};
use crate::sync::{AtomicPart, Ordering, Part};
use crate::word::Word;

/// One item in table memory, of `N` parts in the order of their addresses.
#[derive(Debug)]
#[repr(transparent)]
pub struct SplitCell<const N: usize>([AtomicPart; N]);

/// A word as its parts in memory order.
trait Parts<const N: usize>: Word<Cell = SplitCell<N>> {
    fn into_parts(self) -> [Part; N];
    fn from_parts(parts: [Part; N]) -> Self;
}

/// A cell whose entry is one of level `L`.
struct Entry<'c, L, const N: usize> {
    parts: &'c [AtomicPart; N],
    address: usize,
    stripe: &'static Stripe,
    level: PhantomData<fn() -> L>,
}

impl<'c, const N: usize, W: Parts<N>, L: Level<Word = W>> Entry<'c, L, N> {
    const SWAP: bool = L::BIG_ENDIAN != cfg!(target_endian = "big");

    #[inline(always)]
    fn of(cell: &'c SplitCell<N>) -> Self {
        let address = core::ptr::from_ref(cell).addr();
        let stripe = Stripe::of(address, size_of::<W>());
        Self { parts: &cell.0, address, stripe, level: PhantomData }
    }

    #[inline(always)]
    fn empty() -> [Part; N] {
        L::EMPTY.swapped_if(Self::SWAP).into_parts()
    }

    /// The gate's bits in each part; a part without any is of the rest.
    #[inline(always)]
    fn gate() -> [Part; N] {
        L::GATE_BITS.swapped_if(Self::SWAP).into_parts()
    }

    /// Whether the gate is one part and tells by itself what is absent.
    #[inline(always)]
    fn gate_tells() -> bool {
        L::GATE_TELLS && Self::gate().iter().filter(|bits| **bits != 0).count() == 1
    }

    /// Whether the gate is one part that tells by itself, and is shut in these parts.
    #[inline(always)]
    fn absent(parts: &[Part; N]) -> bool {
        let mut all = parts.iter().zip(Self::gate()).zip(Self::empty());
        Self::gate_tells() && all.all(|((part, gate), empty)| part & gate == empty & gate)
    }

    /// The parts of the gate, or those of the rest, with their values in two words.
    #[inline(always)]
    fn each(&self, gate: bool, one: [Part; N], other: [Part; N]) -> impl Iterator<Item = (&'c AtomicPart, Part, Part)> {
        let parts = self.parts.iter().zip(Self::gate()).zip(one).zip(other);
        parts
            .filter(move |(((_, bits), _), _)| (*bits != 0) == gate)
            .map(|(((part, _), one), other)| (part, one, other))
    }

    /// All parts, whatever they belong to; exact only under a claim, or for who alone changes the entry.
    #[inline(always)]
    fn now(&self) -> [Part; N] {
        let mut now = [0; N];
        for (now, part) in now.iter_mut().zip(self.parts) {
            *now = part.load(Ordering::Acquire);
        }
        now
    }

    /// Stores the gate, or the rest.
    #[inline(always)]
    fn put(&self, gate: bool, word: [Part; N]) {
        for (part, value, _) in self.each(gate, word, word) {
            part.store(value, Ordering::Release);
        }
    }

    /// Loads the gate, or the rest, into `word`.
    #[inline(always)]
    fn get(&self, gate: bool, word: &mut [Part; N]) {
        for ((part, bits), value) in self.parts.iter().zip(Self::gate()).zip(word) {
            if (bits != 0) == gate {
                *value = part.load(Ordering::Acquire);
            }
        }
    }

    /// Swaps the gate, or the rest, with `new`, and puts what was there into `old`.
    #[inline(always)]
    fn exchange(&self, gate: bool, new: [Part; N], old: &mut [Part; N]) {
        for (((part, bits), new), old) in self.parts.iter().zip(Self::gate()).zip(new).zip(old) {
            if (bits != 0) == gate {
                *old = part.swap(new, Ordering::AcqRel);
            }
        }
    }

    #[inline(always)]
    fn load(&self) -> [Part; N] {
        loop {
            let before = self.stripe.generation();
            // Where the gate says that the entry is absent, nothing is asked of the rest.
            let mut word = Self::empty();
            self.get(true, &mut word);
            let absent = Self::absent(&word);
            if !absent {
                self.get(false, &mut word);
            }
            if (absent || !Self::gate_tells())
                && let Some(old) = self.stripe.moving(self.address)
            {
                word = old;
            }
            if self.stripe.generation() == before {
                return word;
            }
        }
    }

    #[inline]
    fn store(&self, new: [Part; N]) {
        if Self::absent(&new) {
            self.put(true, new);
            self.stripe.count();
            self.put(false, new);
            return;
        }
        let now = self.now();
        if Self::absent(&now) {
            self.put(false, new);
            self.put(true, new);
            return;
        }
        if changed(&now, &new) > 1 {
            let mut claim = self.stripe.claim(self.address);
            claim.depart(now);
            self.put(true, Self::empty());
            self.stripe.count();
            self.put(false, new);
            self.put(true, new);
            return;
        }
        for (part, (now, new)) in self.parts.iter().zip(now.into_iter().zip(new)) {
            if now != new {
                part.store(new, Ordering::Release);
            }
        }
        self.stripe.count();
    }

    #[inline]
    fn swap(&self, new: [Part; N]) -> [Part; N] {
        let absent = Self::absent(&new);
        // An entry that goes has nothing to be told of it: it is absent from the moment that the gate is shut.
        let claim = (!absent).then(|| {
            let mut claim = self.stripe.claim(self.address);
            claim.depart(self.now());
            claim
        });
        let mut old = [0; N];
        self.exchange(true, if absent { new } else { Self::empty() }, &mut old);
        self.stripe.count();
        self.exchange(false, new, &mut old);
        if !absent {
            self.put(true, new);
        }
        drop(claim);
        old
    }

    #[inline]
    fn compare_exchange(&self, current: [Part; N], new: [Part; N]) -> Result<(), [Part; N]> {
        let claim = self.stripe.claim(self.address);
        let now = self.now();
        if now != current {
            return Err(now);
        }
        if changed(&current, &new) <= 1 {
            return self.replace_part(current, new);
        }
        if Self::absent(&current) && !Self::absent(&new) {
            self.put(false, new);
            self.put(true, new);
            return Ok(());
        }
        self.replace_all(claim, current, new)
    }

    /// Changes the one part that differs, under a claim.
    #[inline(always)]
    fn replace_part(&self, current: [Part; N], new: [Part; N]) -> Result<(), [Part; N]> {
        for (part, (current, new)) in self.parts.iter().zip(current.into_iter().zip(new)) {
            if current != new && part.compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire).is_err() {
                return Err(self.now());
            }
        }
        if !Self::absent(&current) {
            self.stripe.count();
        }
        Ok(())
    }

    /// Changes several parts of an entry, under a claim.
    #[inline]
    fn replace_all(&self, mut claim: Claim, current: [Part; N], new: [Part; N]) -> Result<(), [Part; N]> {
        claim.depart(current);
        let mut as_expected = true;
        for (part, current, empty) in self.each(true, current, Self::empty()) {
            as_expected &= part.compare_exchange(current, empty, Ordering::AcqRel, Ordering::Acquire).is_ok();
            if !as_expected {
                break;
            }
        }
        if as_expected {
            // The gate is shut, so these stay as they are now.
            as_expected =
                self.each(false, current, current).all(|(part, current, _)| part.load(Ordering::Acquire) == current);
        }
        if !as_expected {
            // The hardware wrote to the entry since it was read. What it wrote to stays; what was shut is opened again.
            for (part, current, empty) in self.each(true, current, Self::empty()) {
                let _changed_by_hardware = part.compare_exchange(empty, current, Ordering::AcqRel, Ordering::Acquire);
            }
            return Err(self.now());
        }
        self.stripe.count();
        self.put(false, new);
        self.put(true, new);
        Ok(())
    }
}

/// In how many parts two words differ.
#[inline(always)]
fn changed<const N: usize>(one: &[Part; N], other: &[Part; N]) -> usize {
    one.iter().zip(other).filter(|(one, other)| one != other).count()
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
                Self::from_parts(Entry::<L, _>::of(cell).load())
            }

            /// The same as [`Word::load`]: which threads change the entry does not make it one access.
            #[inline(always)]
            fn load_relaxed<L: Level<Word = Self>>(cell: &Self::Cell) -> Self {
                Self::load::<L>(cell)
            }

            #[inline]
            fn store<L: Level<Word = Self>>(cell: &Self::Cell, word: Self) {
                Entry::<L, _>::of(cell).store(word.into_parts());
            }

            #[inline]
            fn compare_exchange<L: Level<Word = Self>>(cell: &Self::Cell, current: Self, new: Self) -> Result<(), Self> {
                let entry = Entry::<L, _>::of(cell);
                entry.compare_exchange(current.into_parts(), new.into_parts()).map_err(Self::from_parts)
            }

            #[inline]
            fn swap<L: Level<Word = Self>>(cell: &Self::Cell, new: Self) -> Self {
                Self::from_parts(Entry::<L, _>::of(cell).swap(new.into_parts()))
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
