//! Edits pages of one item each, table by table: the common case, without what runs of items need.

use crate::address::low_mask;
use crate::edit::Edit;
use crate::environment::Environment;
use crate::error::Reason;
use crate::format::{Class, Format, Level};
use crate::mode::Mode;
use crate::split::is_run;
use crate::table::{Table, index, whole_items_last};
use crate::update::{Item, Update};
use crate::walk::{mapping, single_shape};

impl<E: Environment, M: Mode, D> Update<'_, '_, E, M, D> {
    /// Edits pages of one item each in place, up to the first item that needs more than that.
    #[inline(always)]
    pub(crate) fn pages<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        table_last: u64,
    ) -> Result<(), Reason>
    where
        D: Edit<F>,
    {
        let item_mask = low_mask(L::INDEX_LOW);
        let start = self.next;
        let Some(shape) = single_shape::<L>() else { return Ok(()) };
        if !F::REPLACE_IN_PLACE && D::MOVES {
            return Ok(());
        }
        let Some(last) = whole_items_last::<L>(start, self.last.min(table_last)) else { return Ok(()) };
        let first = index::<L>(start);
        if !L::CHILDREN.is_empty() || L::PAGES.len() > 1 {
            // A table or a run: there is nothing here that would make up for looking at the edit first.
            let word = table.load(first);
            if !is_run::<L>(word, shape) && !matches!(L::class(word), Class::Absent | Class::Special) {
                return Ok(());
            }
        }
        let cells = table.cells(first, index::<L>(last) - first + 1);
        let address = |item: usize| start.wrapping_add((item as u64) << L::INDEX_LOW);
        let what = self.editor.what();
        let mut seen = 0;
        // The first of the items before `seen` that all were changed; all ones where the last was not.
        let mut run = usize::MAX;
        let mut result = Ok(());
        for cell in cells {
            let va = address(seen);
            let same = match Self::item::<F, L>(&what, cell, shape, None, va) {
                Ok(Item::Done(old)) => {
                    self.editor.edited(&mapping::<L>(va, old));
                    false
                }
                Ok(Item::Same) => true,
                Ok(Item::Gone) if matches!(L::class(Table::<L, E>::read(cell)), Class::Absent | Class::Special) => true,
                Ok(Item::Gone | Item::Split(_)) => break,
                Err(reason) => {
                    result = Err(reason);
                    break;
                }
            };
            if !same {
                run = run.min(seen);
            } else if run < seen {
                self.note_items(table, first, run, seen, address(run));
                run = usize::MAX;
            }
            seen += 1;
        }
        if run < seen {
            self.note_items(table, first, run, seen, address(run));
        }
        if seen > 0 {
            // Less one first: the items of one table may make up all of 2⁶⁴ bytes.
            self.advance_past((((seen - 1) as u64) << L::INDEX_LOW) | item_mask);
        }
        result
    }

    /// Notes that the items from `run` to before `end`, counted from `first`, were changed, the first of them for `va`.
    #[inline(always)]
    fn note_items<L: Level>(&mut self, table: &Table<'_, L, E>, first: usize, run: usize, end: usize, va: u64) {
        table.written(first + run, end - run);
        let bytes_less_one = (((end - run - 1) as u64) << L::INDEX_LOW) | low_mask(L::INDEX_LOW);
        self.changes.note(va, va.wrapping_add(bytes_less_one), L::INDEX_LOW, L::NUMBER);
    }
}
