//! Takes things out of tables: pages, and tables that died.

use crate::address::low_mask;
use crate::environment::Environment;
use crate::format::{Class, Format, Level};
use crate::mode::Mode;
use crate::obligation::Changes;
use crate::put::BATCH;
use crate::table::{Table, index, item_last};
use crate::word::Word;

/// Takes the page out of an item and gives its word, with all that the hardware wrote to it; `None` where there is
/// no page, or not one that is `wanted`.
#[inline(always)]
pub(crate) fn take_page<F: Format, L: Level<Format = F>, E: Environment, M: Mode>(
    cell: &<L::Word as Word>::Cell,
    wanted: impl Fn(L::Word) -> bool,
) -> Option<L::Word> {
    if !M::SHARED {
        let word = Table::<L, E>::read_owned(cell);
        // Only the hardware can change the item now, and only if it has something left to write. Both questions about
        // the word are asked at once: most often that is one comparison.
        let settled = !(E::HARDWARE_WRITES && L::HARDWARE_WRITES) || L::settled(word);
        if (L::class(word) == Class::Page) & settled && wanted(word) {
            Table::<L, E>::write(cell, L::EMPTY);
            return Some(word);
        }
        let taken = L::class(word) == Class::Page && wanted(word);
        return taken.then(|| Table::<L, E>::exchange(cell, L::EMPTY));
    }
    let mut word = Table::<L, E>::read(cell);
    while L::class(word) == Class::Page && wanted(word) {
        match Table::<L, E>::replace(cell, word, L::EMPTY) {
            Ok(()) => return Some(word),
            Err(found) => word = found,
        }
    }
    None
}

/// Takes the pages out of several items at once, and gives their words; `None`, and nothing taken, unless every item
/// has a page that is `wanted` and to which the hardware has nothing left to write. Nobody else may change the items.
#[inline(always)]
pub(crate) fn take_settled<F: Format, L: Level<Format = F>, E: Environment>(
    cells: &[<L::Word as Word>::Cell; BATCH],
    wanted: impl Fn(L::Word) -> bool,
) -> Option<[L::Word; BATCH]> {
    let words = cells.each_ref().map(|cell| Table::<L, E>::read_owned(cell));
    let settled = |word| !(E::HARDWARE_WRITES && L::HARDWARE_WRITES) || L::settled(word);
    let takes = |word| (L::class(word) == Class::Page) & settled(word) & wanted(word);
    if !words.iter().fold(true, |all, word| all & takes(*word)) {
        return None;
    }
    for cell in cells {
        Table::<L, E>::write(cell, L::EMPTY);
    }
    Some(words)
}

/// Takes a dead child out of the item for `va`, unless somebody else did; who does it owns the child.
///
/// The child was found under a guard that is still held, so its address cannot belong to another table by now.
#[cold]
#[inline(never)]
pub(crate) fn unlink<L: Level, E: Environment, M: Mode>(
    table: Table<'_, L, E>,
    va: u64,
    (child, address): (usize, u64),
    changes: &mut Changes,
) {
    let link = table.link(child, address);
    let index = index::<L>(va);
    let mut word = table.load(index);
    while link.is_in(word) {
        let without = link.unlinked(word);
        match table.replace_item(index, word, without) {
            Ok(()) => {
                if L::class(without) == Class::Absent {
                    table.header().leave::<M>(1);
                }
                link.detach(&mut changes.detached);
                changes.note_table(va & !low_mask(L::INDEX_LOW), item_last::<L>(va), L::INDEX_LOW, L::NUMBER);
                return;
            }
            // The hardware wrote to the entry, or its other child changed.
            Err(found) => word = found,
        }
    }
}
