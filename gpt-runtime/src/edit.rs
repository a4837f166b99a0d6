//! What can be done to a page that is there.

use core::iter;

use crate::address::low_mask;
use crate::error::Reason;
use crate::format::{Format, Level};
use crate::walk::{Mapping, page_shape};

/// What an edit makes of a word.
pub(crate) enum Edited<W> {
    /// Nothing: it is as it should be.
    Same,
    /// This.
    New(W),
    /// Nothing yet: the page is too large for it and has to be split.
    Split,
}

/// An edit of pages.
pub(crate) trait Edit<F: Format> {
    /// Whether a page that lies only partly in the range is split; it is edited whole otherwise.
    const SPLITS: bool;
    /// Whether an edit changes where a page translates to.
    const MOVES: bool;

    /// What is to be done, apart from whom it is reported to: a small value, which stays in registers where
    /// many pages are edited.
    type What: Copy;

    /// What is to be done.
    fn what(&self) -> Self::What;

    /// What becomes of a word. May be asked several times for one page.
    ///
    /// `va` is the first address of the page, or of the item where items hold their own output addresses.
    fn edit<L: Level<Format = F>>(what: &Self::What, va: u64, word: L::Word) -> Result<Edited<L::Word>, Reason>;

    /// Told once for each page that was edited, what it said before, with all that the hardware had written.
    fn edited(&mut self, _before: &Mapping<F::Attributes>) {}
}

/// Changes attributes.
pub(crate) struct Protect<'a, F: Format>(pub(crate) &'a F::Change);

impl<F: Format> Edit<F> for Protect<'_, F> {
    const SPLITS: bool = true;
    const MOVES: bool = false;

    type What = F::Change;

    #[inline(always)]
    fn what(&self) -> F::Change {
        *self.0
    }

    #[inline(always)]
    fn edit<L: Level<Format = F>>(change: &F::Change, _: u64, word: L::Word) -> Result<Edited<L::Word>, Reason> {
        let new = L::change(word, change).ok_or(Reason::NotEncodable)?;
        Ok(if new == word { Edited::Same } else { Edited::New(new) })
    }
}

/// Changes output addresses: the page at `first` is to translate to `oa`, and so on from there.
#[derive(Clone, Copy)]
pub(crate) struct Remap {
    pub(crate) first: u64,
    pub(crate) oa: u64,
}

impl<F: Format> Edit<F> for Remap {
    const SPLITS: bool = true;
    const MOVES: bool = true;

    type What = Self;

    #[inline(always)]
    fn what(&self) -> Self {
        *self
    }

    #[inline(always)]
    fn edit<L: Level<Format = F>>(what: &Self, va: u64, word: L::Word) -> Result<Edited<L::Word>, Reason> {
        // A page that starts before the range is asked about only to learn whether it changes.
        let oa = what.oa.wrapping_add(va.wrapping_sub(what.first));
        if L::page_address(word) == oa {
            return Ok(Edited::Same);
        }
        let shape = page_shape::<L>(word);
        if oa & low_mask(shape.size_lg2) != va & low_mask(shape.size_lg2) {
            return Ok(Edited::Split);
        }
        // There may be several kinds of such pages, for the memory that they lead to.
        let (number, says) = (L::page_shape(word), L::attributes(word));
        let same = (0..L::PAGES.len()).filter(|other| *other != number && L::PAGES.get(*other) == Some(&shape));
        let new = iter::once(number).chain(same).find_map(|number| L::encode_page(number, oa, &says));
        let low = L::encode_page(number, 0, &says);
        let why = if low.is_some() { Reason::BadOutput } else { Reason::NotEncodable };
        new.map(Edited::New).ok_or(why)
    }
}

/// Makes all pages at most this large.
pub(crate) struct Split {
    pub(crate) size_lg2: u32,
}

impl<F: Format> Edit<F> for Split {
    const SPLITS: bool = true;
    const MOVES: bool = false;

    type What = u32;

    #[inline(always)]
    fn what(&self) -> u32 {
        self.size_lg2
    }

    #[inline(always)]
    fn edit<L: Level<Format = F>>(size_lg2: &u32, _: u64, word: L::Word) -> Result<Edited<L::Word>, Reason> {
        Ok(if page_shape::<L>(word).size_lg2 > *size_lg2 { Edited::Split } else { Edited::Same })
    }
}

/// Clears what the hardware wrote, and reports the pages where it had.
pub(crate) struct Clear<V> {
    /// Whether the dirty bits are meant; the accessed bits otherwise.
    pub(crate) dirty: bool,
    pub(crate) report: V,
}

impl<F: Format, V: FnMut(&Mapping<F::Attributes>)> Edit<F> for Clear<V> {
    const SPLITS: bool = false;
    const MOVES: bool = false;

    type What = bool;

    #[inline(always)]
    fn what(&self) -> bool {
        self.dirty
    }

    #[inline(always)]
    fn edit<L: Level<Format = F>>(dirty: &bool, _: u64, word: L::Word) -> Result<Edited<L::Word>, Reason> {
        let new = if *dirty { L::without_dirty(word) } else { L::without_accessed(word) };
        Ok(if new == word { Edited::Same } else { Edited::New(new) })
    }

    #[inline(always)]
    fn edited(&mut self, before: &Mapping<F::Attributes>) {
        (self.report)(before);
    }
}

/// Makes pages entries that say something without translating.
pub(crate) struct Become<'a, F: Format, V> {
    pub(crate) special: &'a F::Special,
    pub(crate) report: V,
}

impl<F: Format, V: FnMut(&Mapping<F::Attributes>)> Edit<F> for Become<'_, F, V> {
    const SPLITS: bool = true;
    const MOVES: bool = false;

    type What = F::Special;

    #[inline(always)]
    fn what(&self) -> F::Special {
        *self.special
    }

    #[inline(always)]
    fn edit<L: Level<Format = F>>(special: &F::Special, _: u64, word: L::Word) -> Result<Edited<L::Word>, Reason> {
        let smallest = page_shape::<L>(word).size_lg2 == F::PAGE_SIZES.trailing_zeros();
        match L::encode_special(special) {
            Some(new) => Ok(Edited::New(new)),
            None if smallest => Err(Reason::NotEncodable),
            None => Ok(Edited::Split),
        }
    }

    #[inline(always)]
    fn edited(&mut self, before: &Mapping<F::Attributes>) {
        (self.report)(before);
    }
}
