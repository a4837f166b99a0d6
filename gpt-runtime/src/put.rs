//! Puts entries into absent items: one compare-exchange for each where others may do the same, a store where not.

use crate::content::Content;
use crate::environment::Environment;
use crate::format::{Class, Format, Level, PageShape};
use crate::mode::Mode;
use crate::sync::{Ordering, fence};
use crate::table::Table;
use crate::word::Word;

/// What became of the attempt to put an entry of several items into place.
pub(crate) struct Ran {
    /// How many of its items were put there, the first first.
    pub(crate) items: usize,
    /// Whether these are a page: all of them, and none was changed or taken out before it was complete.
    pub(crate) whole: bool,
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

/// Puts an entry of several items into place if all of them are absent.
///
/// The items are filled one after the other, so others may come in between. Whoever takes items out counts them as
/// empty and reports them, so each item that was put there stays counted, and none is taken back.
pub(crate) fn put_run<F, L, E, M, C>(
    run: &[<L::Word as Word>::Cell],
    number: usize,
    shape: PageShape,
    first_word: L::Word,
) -> Ran
where
    F: Format,
    L: Level<Format = F>,
    E: Environment,
    M: Mode,
    C: Content<F>,
{
    // All at once, not by a branch for each: mostly all are absent.
    let absent = |cell| {
        L::class(if M::SHARED { Table::<L, E>::read(cell) } else { Table::<L, E>::read_owned(cell) }) == Class::Absent
    };
    if !run.iter().fold(true, |all, cell| all & absent(cell)) {
        return Ran { items: 0, whole: false };
    }
    let step = if shape.own_address { 1 << L::INDEX_LOW } else { 0 };
    if !M::SHARED {
        let mut word = first_word;
        for cell in run {
            Table::<L, E>::write(cell, word);
            word = C::advance::<L>(number, word, step);
        }
        return Ran { items: run.len(), whole: true };
    }
    let word = |item: usize| C::advance::<L>(number, first_word, item as u64 * step);
    for (item, cell) in run.iter().enumerate() {
        if !put::<L, E, M>(cell, word(item)) {
            return Ran { items: item, whole: false };
        }
    }
    // Who takes out, splits or changes a part of a run looks at the rest of it after a fence like this one: either
    // that look finds the rest, or this one finds the part changed.
    fence(Ordering::SeqCst);
    // Whatever the hardware wrote to it meanwhile.
    let is_ours = |(item, cell): (usize, &<L::Word as Word>::Cell)| {
        let found = Table::<L, E>::read(cell);
        L::class(found) == Class::Page && L::absorb(word(item), found) == L::absorb(found, word(item))
    };
    Ran { items: run.len(), whole: run.iter().enumerate().all(is_ours) }
}
