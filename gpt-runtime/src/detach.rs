//! Takes things out of tables: pages, and tables that died.

use crate::address::low_mask;
use crate::environment::Environment;
use crate::format::{Class, Format, Level};
use crate::mode::Mode;
use crate::obligation::Changes;
use crate::table::{Link, Table, index, item_last};
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
        if L::class(word) != Class::Page || !wanted(word) {
            return None;
        }
        // Only the hardware can change the item now, and only if it has something left to write.
        if E::HARDWARE_WRITES && L::HARDWARE_WRITES && !L::settled(word) {
            return Some(Table::<L, E>::exchange(cell, L::EMPTY));
        }
        Table::<L, E>::write(cell, L::EMPTY);
        return Some(word);
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

/// Takes a dead child out of the item for `va`, unless somebody else did; who does it owns the child.
///
/// The child was found under a guard that is still held, so its address cannot belong to another table by now.
pub(crate) fn unlink<L: Level, E: Environment, M: Mode>(
    table: &Table<'_, L, E>,
    va: u64,
    link: Link<'_, L, E>,
    changes: &mut Changes,
) {
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
