//! Changes that a format allows only through an absent entry, with an invalidation in between: *break before make*.
//!
//! Between break and make the item is absent and nothing marks it as taken, so these changes are for the owner of
//! the range alone. The invalidation is the caller's: it is called, and returns when the hardware has forgotten what
//! was there. From then on the hardware cannot write to the old entry through something cached: what it wrote until
//! then is in the word that was taken, or in the items of the table that was unlinked, and goes into the new entry.

use crate::address::low_mask;
use crate::aside;
use crate::content::{Pages, Place};
use crate::detach::take_page;
use crate::environment::Environment;
use crate::error::Reason;
use crate::format::{Format, Level, PageShape};
use crate::mode::Range;
use crate::obligation::{Changes, Invalidation};
use crate::table::{Link, Table, index};
use crate::teardown::Teardown;
use crate::walk::{mapping, page_shape};

/// Carries out an invalidation, and returns when it has completed.
pub(crate) type Invalidate<'a> = dyn FnMut(Invalidation) + 'a;

/// Takes out the page that covers `va`, in all its items, and invalidates it. Gives the word of its first item with
/// all that the hardware wrote to any of them.
pub(crate) fn take_out<F: Format, L: Level<Format = F>, E: Environment>(
    table: &Table<'_, L, E>,
    va: u64,
    shape: PageShape,
    invalidate: &mut Invalidate<'_>,
) -> Option<L::Word> {
    let first = va & !low_mask(shape.size_lg2);
    let number = index::<L>(first);
    let mut whole: Option<L::Word> = None;
    for cell in table.cells(number, 1 << shape.items_lg2) {
        if let Some(word) = take_page::<F, L, E, Range>(cell, |word| page_shape::<L>(word) == shape) {
            whole = Some(whole.map_or(word, |sum| L::absorb(sum, word)));
        }
    }
    table.written(number, 1 << shape.items_lg2);
    invalidate(Invalidation {
        first,
        last: first | low_mask(shape.size_lg2),
        // The hardware may have cached a run item by item.
        smallest_page_lg2: L::INDEX_LOW,
        levels: 1 << L::NUMBER,
        tables: false,
    });
    whole
}

/// Puts a page of one or more items, whose first word this is, into items that are absent.
pub(crate) fn put_back<F: Format, L: Level<Format = F>, E: Environment>(
    table: &Table<'_, L, E>,
    va: u64,
    number: usize,
    shape: PageShape,
    word: L::Word,
) {
    let first = index::<L>(va & !low_mask(shape.size_lg2));
    let cells = table.cells(first, 1 << shape.items_lg2);
    for (item, cell) in cells.iter().enumerate() {
        let further = if shape.own_address { (item as u64) << L::INDEX_LOW } else { 0 };
        Table::<L, E>::write(cell, L::advance(number, word, further));
    }
    table.written(first, cells.len());
}

/// Splits the page that covers `va` into smaller ones.
#[cold]
pub(crate) fn split<F: Format, L: Level<Format = F>, E: Environment>(
    table: &Table<'_, L, E>,
    va: u64,
    seen: L::Word,
    changes: &mut Changes,
    invalidate: &mut Invalidate<'_>,
) -> Result<(), Reason> {
    let shape = page_shape::<L>(seen);
    let page_mask = low_mask(shape.size_lg2);
    let page_va = va & !page_mask;
    let restore = |word| put_back::<F, L, E>(table, va, L::page_shape(word), shape, word);
    if shape.items_lg2 > 0 {
        let single = L::PAGES.iter().position(|shape| shape.items_lg2 == 0).ok_or(Reason::NotEncodable)?;
        let Some(word) = take_out::<F, L, E>(table, va, shape, invalidate) else { return Ok(()) };
        let page = mapping::<L>(page_va, word);
        let Some(first_word) = L::encode_page(single, page.oa, &page.attributes) else {
            restore(word);
            return Err(Reason::NotEncodable);
        };
        let run = PageShape { own_address: true, ..shape };
        put_back::<F, L, E>(table, va, single, run, first_word);
        changes.note(page_va, page_va | page_mask, L::INDEX_LOW, L::NUMBER);
        return Ok(());
    }
    let smaller = low_mask(shape.size_lg2);
    let child = L::CHILDREN.iter().position(|sizes| sizes & smaller != 0).ok_or(Reason::BreakBeforeMake)?;
    let link = Link::<L, E>::allocate(table.environment(), child).ok_or(Reason::OutOfTables)?;
    let entry = match link.linked(L::EMPTY, page_va) {
        Ok(entry) => entry,
        Err(reason) => {
            link.visit(Teardown);
            return Err(reason);
        }
    };
    let Some(word) = take_out::<F, L, E>(table, va, shape, invalidate) else {
        link.visit(Teardown);
        return Ok(());
    };
    let page = mapping::<L>(page_va, word);
    let place = Place { next: page_va, last: page_va | page_mask, oa: page.oa, sizes: smaller };
    let below = match aside::fill(&link, place, Pages::<F>(page.attributes)) {
        Ok(below) => below,
        Err(reason) => {
            link.visit(Teardown);
            restore(word);
            return Err(reason);
        }
    };
    table.put_item(index::<L>(page_va), entry);
    changes.note(page_va, page_va | page_mask, shape.size_lg2, L::NUMBER);
    changes.note_below::<F>(below);
    Ok(())
}
