//! An entry in parts: how it is read and changed, by the rules at the top of `split_word.rs`.

use crate::format::Level;
use crate::split_word::{Parts, SplitCell};
use crate::stripe::{Claim, Stripe};
use crate::sync::{AtomicPart, Ordering, Part};

/// A cell with what its level says of the entry in it: as values, so that what is not a load is compiled once for all
/// levels of all formats.
pub(crate) struct Entry<'c, const N: usize> {
    parts: &'c [AtomicPart; N],
    address: usize,
    stripe: &'static Stripe,
    /// The empty word.
    empty: [Part; N],
    /// The gate's bits in each part; a part without any is of the rest.
    gate: [Part; N],
    /// Whether the gate is one part and tells by itself what is absent.
    gate_tells: bool,
}

impl<'c, const N: usize> Entry<'c, N> {
    #[inline(always)]
    pub(crate) fn of<W: Parts<N>, L: Level<Word = W>>(cell: &'c SplitCell<N>) -> Self {
        let address = core::ptr::from_ref(cell).addr();
        let stripe = Stripe::of(address, size_of::<W>());
        let swap = L::BIG_ENDIAN != cfg!(target_endian = "big");
        let empty = L::EMPTY.swapped_if(swap).into_parts();
        let gate = L::GATE_BITS.swapped_if(swap).into_parts();
        let gate_tells = L::GATE_TELLS && gate.iter().filter(|bits| **bits != 0).count() == 1;
        Self { parts: &cell.0, address, stripe, empty, gate, gate_tells }
    }

    /// Whether the gate is one part that tells by itself, and is shut in these parts.
    #[inline(always)]
    fn absent(&self, parts: &[Part; N]) -> bool {
        let mut all = parts.iter().zip(self.gate).zip(self.empty);
        self.gate_tells && all.all(|((part, gate), empty)| part & gate == empty & gate)
    }

    /// The parts of the gate, or those of the rest, with their values in two words.
    #[inline(always)]
    fn each(
        &self,
        gate: bool,
        one: [Part; N],
        other: [Part; N],
    ) -> impl Iterator<Item = (&'c AtomicPart, Part, Part)> + use<'c, N> {
        let parts = self.parts.iter().zip(self.gate).zip(one).zip(other);
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
        for ((part, bits), value) in self.parts.iter().zip(self.gate).zip(word) {
            if (bits != 0) == gate {
                *value = part.load(Ordering::Acquire);
            }
        }
    }

    /// Swaps the gate, or the rest, with `new`, and puts what was there into `old`.
    #[inline(always)]
    fn exchange(&self, gate: bool, new: [Part; N], old: &mut [Part; N]) {
        for (((part, bits), new), old) in self.parts.iter().zip(self.gate).zip(new).zip(old) {
            if (bits != 0) == gate {
                *old = part.swap(new, Ordering::AcqRel);
            }
        }
    }

    #[inline]
    pub(crate) fn load(&self) -> [Part; N] {
        loop {
            let before = self.stripe.generation();
            // Where the gate says that the entry is absent, nothing is asked of the rest.
            let mut word = self.empty;
            self.get(true, &mut word);
            let absent = self.absent(&word);
            if !absent {
                self.get(false, &mut word);
            }
            if (absent || !self.gate_tells)
                && let Some(old) = self.stripe.moving(self.address)
            {
                word = old;
            }
            if self.stripe.generation() == before {
                return word;
            }
        }
    }

    pub(crate) fn store(&self, new: [Part; N]) {
        if self.absent(&new) {
            self.put(true, new);
            self.stripe.count();
            self.put(false, new);
            return;
        }
        let now = self.now();
        if self.absent(&now) {
            self.put(false, new);
            self.put(true, new);
            return;
        }
        if changed(&now, &new) > 1 {
            let mut claim = self.stripe.claim(self.address);
            claim.depart(now);
            self.put(true, self.empty);
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

    pub(crate) fn swap(&self, new: [Part; N]) -> [Part; N] {
        let absent = self.absent(&new);
        // An entry that goes has nothing to be told of it: it is absent from the moment that the gate is shut.
        let claim = (!absent).then(|| {
            let mut claim = self.stripe.claim(self.address);
            claim.depart(self.now());
            claim
        });
        let mut old = [0; N];
        self.exchange(true, if absent { new } else { self.empty }, &mut old);
        self.stripe.count();
        self.exchange(false, new, &mut old);
        if !absent {
            self.put(true, new);
        }
        drop(claim);
        old
    }

    pub(crate) fn compare_exchange(&self, current: [Part; N], new: [Part; N]) -> Result<(), [Part; N]> {
        let claim = self.stripe.claim(self.address);
        let now = self.now();
        if now != current {
            return Err(now);
        }
        if changed(&current, &new) <= 1 {
            return self.replace_part(current, new);
        }
        if self.absent(&current) && !self.absent(&new) {
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
        if !self.absent(&current) {
            self.stripe.count();
        }
        Ok(())
    }

    /// Changes several parts of an entry, under a claim.
    #[inline]
    fn replace_all(&self, mut claim: Claim, current: [Part; N], new: [Part; N]) -> Result<(), [Part; N]> {
        claim.depart(current);
        let mut as_expected = true;
        for (part, current, empty) in self.each(true, current, self.empty) {
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
            for (part, current, empty) in self.each(true, current, self.empty) {
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
