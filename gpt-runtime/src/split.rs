//! Makes smaller pages of a large one, with the same translation, so that a part of it can be changed.

use crate::address::low_mask;
use crate::aside;
use crate::content::{Pages, Place};
use crate::environment::Environment;
use crate::error::Reason;
use crate::format::{Class, Format, Level, PageShape};
use crate::obligation::Changes;
use crate::sync::{Ordering, fence};
use crate::table::{Table, index};
use crate::teardown::Teardown;
use crate::through_absent::{self, Invalidate};
use crate::walk::{mapping, page_shape};
use crate::word::Word;

/// Splits the page that covers `va`, which was seen as `word`. Where the page changed meanwhile, nothing is done;
/// the caller looks again in any case.
#[cold]
#[inline(never)]
pub(crate) fn split<F: Format, L: Level<Format = F>, E: Environment>(
    table: &Table<'_, L, E>,
    va: u64,
    word: L::Word,
    changes: &mut Changes,
    invalidate: Option<&mut Invalidate<'_>>,
) -> Result<(), Reason> {
    if !F::REPLACE_IN_PLACE {
        let invalidate = invalidate.ok_or(Reason::BreakBeforeMake)?;
        return through_absent::split(table, va, word, changes, invalidate);
    }
    if page_shape::<L>(word).items_lg2 > 0 {
        return split_run::<F, L, E>(table, va, word, changes);
    }
    let page = mapping::<L>(va, word);
    let smaller = low_mask(page.size_lg2);
    let child = L::CHILDREN.iter().position(|sizes| sizes & smaller != 0).ok_or(Reason::BreakBeforeMake)?;
    let last = page.va | low_mask(page.size_lg2);
    let place = Place { next: page.va, last, oa: page.oa, sizes: smaller };
    let (link, below) = aside::build(table, child, place, Pages::<F>(page.attributes))?;
    let entry = match link.linked(L::EMPTY, va) {
        Ok(entry) => entry,
        Err(reason) => {
            link.visit(Teardown);
            return Err(reason);
        }
    };
    // The comparison covers the bits that the hardware writes: none can be lost between the copy and the link.
    if table.replace_item(index::<L>(va), word, entry).is_err() {
        link.visit(Teardown);
        return Ok(());
    }
    changes.note(page.va, last, page.size_lg2, L::NUMBER);
    changes.note_below::<F>(below);
    Ok(())
}

/// Makes single pages of a run of items, one item after the other: each says the same before and after.
///
/// What the hardware wrote to one item of a run holds for all of it, so it is written to all of them in the end.
///
/// Others may be putting a run into the same items. They look at what they put once more when they are done, and here
/// the items are gone over until nothing was found to do, each after a fence: one of the two sees what the other did, and
/// no half of a run is left.
pub(crate) fn split_run<F: Format, L: Level<Format = F>, E: Environment>(
    table: &Table<'_, L, E>,
    va: u64,
    word: L::Word,
    changes: &mut Changes,
) -> Result<(), Reason> {
    let page = mapping::<L>(va, word);
    let run = page_shape::<L>(word);
    let single = L::PAGES.iter().position(|shape| shape.items_lg2 == 0).ok_or(Reason::BreakBeforeMake)?;
    let mut written = L::encode_page(single, page.oa, &page.attributes).ok_or(Reason::NotEncodable)?;
    let first = index::<L>(page.va);
    let items = table.cells(first, 1 << run.items_lg2);
    let bytes_before = |item: usize| (item as u64) << L::INDEX_LOW;

    let mut again = true;
    while again {
        again = false;
        for (item, cell) in items.iter().enumerate() {
            let mut found = Table::<L, E>::read(cell);
            while is_run::<L>(found, run) {
                // It may be of another run by now.
                let whole = mapping::<L>(page.va.wrapping_add(bytes_before(item)), found);
                let oa = whole.oa.wrapping_add(bytes_before(item));
                let Some(plain) = L::encode_page(single, oa, &whole.attributes) else { break };
                match Table::<L, E>::replace(cell, found, L::absorb(plain, found)) {
                    Ok(()) => {
                        again = true;
                        if whole.oa == page.oa {
                            written = L::absorb(written, found);
                        }
                        break;
                    }
                    Err(now) => found = now,
                }
            }
        }
        fence(Ordering::SeqCst);
    }
    spread::<L, E>(items, |item| L::advance(single, written, bytes_before(item)));
    table.written(first, items.len());
    changes.note(page.va, page.va | low_mask(page.size_lg2), L::INDEX_LOW, L::NUMBER);
    Ok(())
}

/// Tells each of these items what the hardware wrote to any of them; `word` says what an item holds then. Not what somebody
/// has put there since.
pub(crate) fn spread<L: Level, E: Environment>(items: &[<L::Word as Word>::Cell], word: impl Fn(usize) -> L::Word) {
    for (item, cell) in items.iter().enumerate() {
        let word = word(item);
        let is_ours = |found| L::class(found) == Class::Page && L::absorb(word, found) == L::absorb(found, word);
        let mut found = Table::<L, E>::read(cell);
        while is_ours(found) && L::absorb(found, word) != found {
            match Table::<L, E>::replace(cell, found, L::absorb(found, word)) {
                Ok(()) => break,
                Err(now) => found = now,
            }
        }
    }
}

/// Whether the word is an item of a page of this shape.
#[inline(always)]
pub(crate) fn is_run<L: Level>(word: L::Word, shape: PageShape) -> bool {
    L::class(word) == Class::Page && page_shape::<L>(word) == shape
}
