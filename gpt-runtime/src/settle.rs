//! What becomes of a run that others came in between while it was put item by item, see [`crate::protocol`].

use crate::address::low_mask;
use crate::detach::take_page;
use crate::environment::Environment;
use crate::format::{Format, Level};
use crate::map::Map;
use crate::mode::Mode;
use crate::split::{is_run, split_run};
use crate::table::{Table, index};
use crate::walk::{mapping, page_shape};
use crate::word::Word;

impl<E: Environment, M: Mode, C> Map<'_, E, M, C> {
    /// Makes pages of their own of the items of a run that others came in between: what was put there stays mapped.
    ///
    /// Where the format forbids that of a live page, they are taken out again; false then.
    #[cold]
    pub(crate) fn settle_part<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        va: u64,
        word: L::Word,
        items: &[<L::Word as Word>::Cell],
    ) -> bool {
        if F::REPLACE_IN_PLACE {
            // Where no page can say it alone, the items stay as they are.
            let _ = split_run::<F, L, E>(table, va, word, self.changes);
            return true;
        }
        let shape = page_shape::<L>(word);
        let oa = mapping::<L>(va, word).oa;
        let mut taken = 0;
        for (item, cell) in items.iter().enumerate() {
            let item_va = va.wrapping_add((item as u64) << L::INDEX_LOW);
            let ours = |found| is_run::<L>(found, shape) && mapping::<L>(item_va, found).oa == oa;
            taken += u32::from(take_page::<F, L, E, M>(cell, ours).is_some());
        }
        table.header().leave::<M>(taken);
        table.written(index::<L>(va), items.len());
        self.changes.note(va, va | low_mask(shape.size_lg2), L::INDEX_LOW, L::NUMBER);
        false
    }
}
