//! What is put into absent items: pages, or entries that say something without translating.

use crate::address::low_mask;
use crate::format::{Class, Format, Level, PageShape};
use crate::walk::mapping;

/// Where something is to be put, and what may be used for it.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) next: u64,
    pub(crate) last: u64,
    pub(crate) oa: u64,
    /// Bit *n* is set where entries for 2ⁿ bytes may be used.
    pub(crate) sizes: u64,
}

impl Place {
    /// Whether an entry for 2^`size_lg2` bytes may be put at `next`.
    #[inline(always)]
    pub(crate) fn fits(&self, size_lg2: u32) -> bool {
        let mask = low_mask(size_lg2);
        (self.sizes >> size_lg2) & 1 != 0 && (self.next | self.oa) & mask == 0 && self.last - self.next >= mask
    }

    /// Whether an entry for 2^`size_lg2` bytes may be put somewhere after `next`.
    #[inline(always)]
    pub(crate) fn may_fit(&self, size_lg2: u32) -> bool {
        (self.sizes >> size_lg2) & 1 != 0 && (self.next ^ self.oa) & low_mask(size_lg2) == 0
    }
}

/// What is put into absent items.
pub(crate) trait Content<F: Format>: Copy {
    /// How many shapes of entries level `L` has for this; the largest is number 0.
    fn shapes<L: Level<Format = F>>() -> usize;

    /// The shape with this number.
    fn shape<L: Level<Format = F>>(number: usize) -> PageShape;

    /// The word of an entry of this shape for the output address, if it can be said.
    fn encode<L: Level<Format = F>>(&self, number: usize, oa: u64) -> Option<L::Word>;

    /// The word for `bytes` further on.
    fn advance<L: Level<Format = F>>(number: usize, word: L::Word, bytes: u64) -> L::Word;

    /// Whether the word of an item for `va` may be of such an entry that starts at the output address `oa`.
    fn is_in<L: Level<Format = F>>(&self, va: u64, word: L::Word, oa: u64) -> bool;
}

/// Pages with these attributes.
///
/// They are kept by value: whoever knows them when compiling gets a constant word.
pub(crate) struct Pages<F: Format>(pub(crate) F::Attributes);

impl<F: Format> Clone for Pages<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Format> Copy for Pages<F> {}

impl<F: Format> Content<F> for Pages<F> {
    #[inline(always)]
    fn shapes<L: Level<Format = F>>() -> usize {
        L::PAGES.len()
    }

    #[inline(always)]
    fn shape<L: Level<Format = F>>(number: usize) -> PageShape {
        L::PAGES.get(number).copied().unwrap_or(PageShape { size_lg2: L::INDEX_LOW, items_lg2: 0, own_address: false })
    }

    #[inline(always)]
    fn encode<L: Level<Format = F>>(&self, number: usize, oa: u64) -> Option<L::Word> {
        L::encode_page(number, oa, &self.0)
    }

    #[inline(always)]
    fn advance<L: Level<Format = F>>(number: usize, word: L::Word, bytes: u64) -> L::Word {
        L::advance(number, word, bytes)
    }

    fn is_in<L: Level<Format = F>>(&self, va: u64, word: L::Word, oa: u64) -> bool {
        L::class(word) == Class::Page && mapping::<L>(va, word).oa == oa
    }
}

/// The same special entry in every item.
pub(crate) struct Special<'a, F: Format>(pub(crate) &'a F::Special);

impl<F: Format> Clone for Special<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Format> Copy for Special<'_, F> {}

impl<F: Format> Content<F> for Special<'_, F> {
    #[inline(always)]
    fn shapes<L: Level<Format = F>>() -> usize {
        1
    }

    #[inline(always)]
    fn shape<L: Level<Format = F>>(_: usize) -> PageShape {
        PageShape { size_lg2: L::INDEX_LOW, items_lg2: 0, own_address: false }
    }

    #[inline(always)]
    fn encode<L: Level<Format = F>>(&self, _: usize, _: u64) -> Option<L::Word> {
        L::encode_special(self.0)
    }

    #[inline(always)]
    fn advance<L: Level<Format = F>>(_: usize, word: L::Word, _: u64) -> L::Word {
        word
    }

    fn is_in<L: Level<Format = F>>(&self, _: u64, word: L::Word, _: u64) -> bool {
        L::special(word) == Some(*self.0)
    }
}
