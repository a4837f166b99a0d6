//! Takes back what was just put into a table, where somebody else put other sizes at the same addresses.

use crate::address::low_mask;
use crate::content::Content;
use crate::environment::Environment;
use crate::format::{Class, Format, Level};
use crate::mode::Shared;
use crate::obligation::Changes;
use crate::table::{Table, TableVisitor, index, item_last, table_last};
use crate::walk::{mapping, page_shape};

/// The content from `next` to `last`, the first of which translates to `oa`, if it translates.
pub(crate) struct TakeBack<'c, C> {
    pub(crate) next: u64,
    pub(crate) last: u64,
    pub(crate) oa: u64,
    pub(crate) content: C,
    pub(crate) changes: &'c mut Changes,
}

impl<F: Format, E: Environment, C: Content<F>> TableVisitor<F, E> for TakeBack<'_, C> {
    /// The first address of what was taken back; `None` where somebody else has taken out all of it.
    type Output = Option<u64>;

    fn visit<L: Level<Format = F>>(mut self, table: &Table<'_, L, E>) -> Option<u64> {
        let last = self.last.min(table_last::<L>(self.next));
        let mut first = None;
        loop {
            let word = table.load(index::<L>(self.next));
            let mut end = item_last::<L>(self.next);
            match L::class(word) {
                Class::Page | Class::Special => {
                    let (va, items_lg2) = extent::<L>(self.next, word);
                    end = va | low_mask(L::INDEX_LOW + items_lg2);
                    if self.take::<F, L, E>(table, va, items_lg2) {
                        first = first.or(Some(va));
                    }
                }
                Class::Table => {
                    for link in (0..L::CHILDREN.len()).filter_map(|child| table.child(word, child)) {
                        let (changes, last) = (&mut *self.changes, last.min(end));
                        let below =
                            link.visit(TakeBack { next: self.next, last, oa: self.oa, content: self.content, changes });
                        first = first.or(below);
                    }
                }
                Class::Absent | Class::Malformed => {}
            }
            if end >= last {
                return first;
            }
            self.oa = self.oa.wrapping_add(end - self.next).wrapping_add(1);
            self.next = end + 1;
        }
    }

    fn dead_end(self) -> Option<u64> {
        None
    }
}

impl<C> TakeBack<'_, C> {
    /// Takes out an entry of one item or several; says whether any of it was still what was put there.
    fn take<F: Format, L: Level<Format = F>, E: Environment>(
        &mut self,
        table: &Table<'_, L, E>,
        va: u64,
        items_lg2: u32,
    ) -> bool
    where
        C: Content<F>,
    {
        let oa = self.oa.wrapping_sub(self.next - va);
        let (first, count) = (index::<L>(va), 1 << items_lg2);
        let mut taken = 0;
        for (item, cell) in table.cells(first, count).iter().enumerate() {
            let item_va = va.wrapping_add((item as u64) << L::INDEX_LOW);
            let mut word = Table::<L, E>::read(cell);
            while extent::<L>(item_va, word) == (va, items_lg2) && self.content.is_in::<L>(item_va, word, oa) {
                match Table::<L, E>::replace(cell, word, L::EMPTY) {
                    Ok(()) => {
                        taken += 1;
                        break;
                    }
                    Err(found) => word = found,
                }
            }
        }
        if taken == 0 {
            return false;
        }
        table.header().leave::<Shared>(taken);
        table.written(first, count);
        self.changes.note(va, va | low_mask(L::INDEX_LOW + items_lg2), L::INDEX_LOW, L::NUMBER);
        true
    }
}

/// The first address of the entry in whose item `va` is, and how many items it has, as a power of two.
fn extent<L: Level>(va: u64, word: L::Word) -> (u64, u32) {
    if L::class(word) == Class::Page {
        (mapping::<L>(va, word).va, page_shape::<L>(word).items_lg2)
    } else {
        (va & !low_mask(L::INDEX_LOW), 0)
    }
}
