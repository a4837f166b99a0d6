//! Puts entries into absent items: one compare-exchange for each where others may do the same, a store where not.

use crate::content::Content;
use crate::detach;
use crate::environment::Environment;
use crate::format::{Class, Format, Level, PageShape};
use crate::mode::Mode;
use crate::sync::{Ordering, fence};
use crate::table::Table;
use crate::word::Word;

/// What became of the attempt to put an entry of several items into place.
pub(crate) enum Ran {
    /// It was put there.
    Whole,
    /// Some of its items were not absent.
    Not,
    /// It was put there, and some of its items were changed or split before it was complete.
    Mixed,
}

/// Puts an entry into an item if that is absent.
#[inline(always)]
pub(crate) fn put<L: Level, E: Environment, M: Mode>(cell: &<L::Word as Word>::Cell, word: L::Word) -> bool {
    if !M::SHARED {
        let absent = L::class(Table::<L, E>::read_owned(cell)) == Class::Absent;
        if absent {
            Table::<L, E>::write(cell, word);
        }
        return absent;
    }
    // Most items hold the empty word, so try that first; an absent item may say something else.
    let mut expected = L::EMPTY;
    loop {
        match Table::<L, E>::replace(cell, expected, word) {
            Ok(()) => return true,
            Err(found) if L::class(found) == Class::Absent => expected = found,
            Err(_) => return false,
        }
    }
}

/// How many items are looked at at once where nobody else changes them.
pub(crate) const BATCH: usize = 4;

/// Puts entries of one item each into items that follow each other, up to the first that is not absent; gives how many.
#[inline(always)]
pub(crate) fn put_each<F, L, E, M, C>(cells: &[<L::Word as Word>::Cell], number: usize, mut word: L::Word) -> usize
where
    F: Format,
    L: Level<Format = F>,
    E: Environment,
    M: Mode,
    C: Content<F>,
{
    let mut rest = cells;
    if !M::SHARED {
        // One branch for several items: what an item costs is its load and its store.
        while let Some((batch, more)) = rest.split_first_chunk::<BATCH>() {
            let absent = |cell| L::class(Table::<L, E>::read_owned(cell)) == Class::Absent;
            if !batch.iter().fold(true, |all, cell| all & absent(cell)) {
                break;
            }
            for cell in batch {
                Table::<L, E>::write(cell, word);
                word = C::advance::<L>(number, word, 1 << L::INDEX_LOW);
            }
            rest = more;
        }
    }
    while let Some((cell, more)) = rest.split_first() {
        if !put::<L, E, M>(cell, word) {
            break;
        }
        word = C::advance::<L>(number, word, 1 << L::INDEX_LOW);
        rest = more;
    }
    cells.len() - rest.len()
}

/// Puts an entry of several items into place if all of them are absent, and says how many items stay counted.
///
/// The items are filled one after the other, so others may come in between. Whoever takes items out counts them as
/// empty and reports them, so what is gone already is left alone here, and so is what others put there.
pub(crate) fn put_run<F, L, E, M, C>(
    run: &[<L::Word as Word>::Cell],
    number: usize,
    shape: PageShape,
    first_word: L::Word,
) -> (Ran, usize)
where
    F: Format,
    L: Level<Format = F>,
    E: Environment,
    M: Mode,
    C: Content<F>,
{
    if run.iter().any(|cell| L::class(Table::<L, E>::read(cell)) != Class::Absent) {
        return (Ran::Not, 0);
    }
    let word = |item: usize| {
        let bytes = if shape.own_address { (item as u64) << L::INDEX_LOW } else { 0 };
        C::advance::<L>(number, first_word, bytes)
    };
    // Whatever the hardware wrote to it meanwhile.
    let is_ours = |item: usize, found: L::Word| {
        L::class(found) == Class::Page && L::absorb(word(item), found) == L::absorb(found, word(item))
    };
    let take_back = |count: usize| {
        let taken = |(item, cell)| detach::take_page::<F, L, E, M>(cell, |found| is_ours(item, found)).is_some();
        run.iter().enumerate().take(count).map(taken).filter(|taken| *taken).count()
    };
    for (item, cell) in run.iter().enumerate() {
        if !put::<L, E, M>(cell, word(item)) {
            // Somebody was quicker: what is left of what this call put there goes again.
            return (Ran::Not, item - take_back(item));
        }
    }
    if M::SHARED {
        // Who takes out, splits or changes a part of a run looks at the rest of it after a fence like this one: either
        // that look finds the rest, or this one finds the part changed.
        fence(Ordering::SeqCst);
        let mut ours = true;
        for (item, cell) in run.iter().enumerate() {
            let found = Table::<L, E>::read(cell);
            if L::class(found) != Class::Page {
                // The page was taken out before it was complete: so is the rest of it.
                return (Ran::Whole, run.len() - take_back(run.len()));
            }
            ours &= is_ours(item, found);
        }
        if !ours {
            return (Ran::Mixed, run.len());
        }
    }
    (Ran::Whole, run.len())
}
