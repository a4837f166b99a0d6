//! Takes out what is mapped, hands it back, and unlinks the tables that this leaves without items.

use core::marker::PhantomData;

use crate::address::low_mask;
use crate::detach::{self, take_page};
use crate::environment::Environment;
use crate::error::Reason;
use crate::format::{Class, Format, Level};
use crate::mode::Mode;
use crate::obligation::Changes;
use crate::put::BATCH;
use crate::removed::{EmptyTables, Removed};
use crate::split::{is_run, split, split_run};
use crate::sync::{Ordering, fence};
use crate::table::{Table, TableVisitor, index, item_last, table_last, whole_items_last};
use crate::through_absent::Invalidate;
use crate::walk::{Mapping, is_single, mapping, page_shape, single_shape};

/// A range being unmapped, from `next` on.
pub(crate) struct Unmap<'a, 'i, F: Format, E, M, V> {
    pub(crate) next: u64,
    pub(crate) last: u64,
    pub(crate) finished: bool,
    pub(crate) empty_tables: EmptyTables,
    pub(crate) report: &'a mut V,
    pub(crate) changes: &'a mut Changes,
    /// How the owner of the range invalidates in between, where the format needs that.
    pub(crate) invalidate: Option<&'a mut Invalidate<'i>>,
    /// The first and the last address of what the caller alone changes.
    pub(crate) owned: Option<(u64, u64)>,
    pub(crate) mode: PhantomData<(M, F, E)>,
}

impl<F: Format, E: Environment, M: Mode, V: FnMut(Removed<F>)> TableVisitor<F, E> for &mut Unmap<'_, '_, F, E, M, V> {
    /// Whether the table died and is to be taken out of its parent by the caller.
    type Output = Result<bool, Reason>;

    #[inline(always)]
    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> Self::Output {
        let start = self.next;
        if L::CHILDREN.is_empty() {
            let last = table_last::<L>(start);
            let mut emptied = 0;
            let mut outcome = Ok(());
            self.sweep_pages::<L>(table, last, &mut emptied);
            if !self.finished && self.next <= last {
                (emptied, outcome) = self.rest::<L>(*table, last, emptied);
            }
            if emptied > 0 {
                table.header().leave::<M>(emptied);
            }
            outcome?;
        } else if let Some(link) = table.child_of_all(start, self.last) {
            let died = link.visit(&mut *self)?;
            if !died && self.finished {
                return Ok(false);
            }
            if died {
                detach::unlink::<L, E, M>(*table, start, link.parts(), self.changes);
            }
        }
        if !self.finished && !L::CHILDREN.is_empty() {
            let (emptied, outcome) = self.rest::<L>(*table, table_last::<L>(start), 0);
            if emptied > 0 {
                table.header().leave::<M>(emptied);
            }
            outcome?;
        }
        let unlink = match self.empty_tables {
            EmptyTables::AtOnce => true,
            EmptyTables::WhenCovered => {
                let last = table_last::<L>(start);
                start == last & !low_mask(L::INDEX_LOW + L::INDEX_BITS) && self.last >= last
            }
            EmptyTables::Never => false,
        };
        Ok(unlink && table.header().is_empty() && table.header().kill())
    }

    fn dead_end(self) -> Self::Output {
        Err(Reason::BadInput)
    }
}

impl<F: Format, E: Environment, M: Mode, V: FnMut(Removed<F>)> Unmap<'_, '_, F, E, M, V> {
    /// Goes over the items of a table from `next` to `table_last`, and counts those it left absent, on top of `emptied`.
    ///
    /// Out of line, and on a copy: what lies in one table of the last level, or below one item of another, gets there
    /// without having any of this in memory.
    #[inline(always)]
    fn rest<L: Level<Format = F>>(
        &mut self,
        table: Table<'_, L, E>,
        table_last: u64,
        mut emptied: u32,
    ) -> (u32, Result<(), Reason>) {
        let mut rest = Unmap::<F, E, M, V> {
            next: self.next,
            last: self.last,
            finished: false,
            empty_tables: self.empty_tables,
            report: &mut *self.report,
            changes: &mut *self.changes,
            invalidate: self.invalidate.as_deref_mut(),
            owned: self.owned,
            mode: PhantomData,
        };
        let outcome = rest.sweep(table, table_last, &mut emptied);
        (self.next, self.finished) = (rest.next, rest.finished);
        (emptied, outcome)
    }

    /// Goes over the items of a table from `next` to `table_last`, and counts those it left absent.
    #[inline(never)]
    fn sweep<L: Level<Format = F>>(
        &mut self,
        table: Table<'_, L, E>,
        table_last: u64,
        emptied: &mut u32,
    ) -> Result<(), Reason> {
        while !self.finished && self.next <= table_last {
            self.sweep_pages::<L>(&table, table_last, emptied);
            if !self.finished && self.next <= table_last {
                self.item::<L>(&table, emptied)?;
            }
        }
        Ok(())
    }

    /// Takes out pages of one item each, up to the first item that is something else.
    #[inline(always)]
    fn sweep_pages<L: Level<Format = F>>(&mut self, table: &Table<'_, L, E>, table_last: u64, emptied: &mut u32) {
        let item_mask = low_mask(L::INDEX_LOW);
        let start = self.next;
        if single_shape::<L>().is_none() {
            return;
        }
        let Some(last) = whole_items_last::<L>(start, self.last.min(table_last)) else { return };
        let first = index::<L>(start);
        let cells = table.cells(first, index::<L>(last) - first + 1);
        let address = |item: usize| start.wrapping_add((item as u64) << L::INDEX_LOW);
        let mut rest = cells;
        loop {
            let run = cells.len() - rest.len();
            if !M::SHARED {
                // One branch for several items, as when they were put there.
                while let Some((batch, more)) = rest.split_first_chunk::<BATCH>() {
                    let Some(words) = detach::take_settled::<F, L, E>(batch, is_single::<L>) else { break };
                    for (place, word) in words.into_iter().enumerate() {
                        let va = address(cells.len() - rest.len() + place);
                        (self.report)(Removed::Page(mapping::<L>(va, word)));
                    }
                    rest = more;
                }
            }
            while let Some((cell, more)) = rest.split_first() {
                let Some(word) = take_page::<F, L, E, M>(cell, is_single::<L>) else { break };
                let va = address(cells.len() - rest.len());
                (self.report)(Removed::Page(mapping::<L>(va, word)));
                rest = more;
            }
            let seen = cells.len() - rest.len();
            if seen > run {
                *emptied += (seen - run) as u32;
                table.written(first + run, seen - run);
                self.changes.note(address(run), address(seen - 1) | item_mask, L::INDEX_LOW, L::NUMBER);
            }
            if rest.is_empty() {
                break;
            }
            // What changed are the pages, not what was absent between them.
            let is_absent = |cell: &_| L::class(Table::<L, E>::read_owned(cell)) == Class::Absent;
            let absent = rest.iter().take_while(|cell| is_absent(cell)).count();
            if absent == 0 {
                break;
            }
            rest = rest.get(absent..).unwrap_or_default();
        }
        let seen = cells.len() - rest.len();
        if seen > 0 {
            // Less one first: the items of one table may make up all of 2⁶⁴ bytes.
            self.advance_past((((seen - 1) as u64) << L::INDEX_LOW) | item_mask);
        }
    }

    /// Does what is to be done with the item at `next`.
    #[inline(always)]
    fn item<L: Level<Format = F>>(&mut self, table: &Table<'_, L, E>, emptied: &mut u32) -> Result<(), Reason> {
        let number = index::<L>(self.next);
        let word = table.load(number);
        match L::class(word) {
            Class::Absent => {
                self.advance_past(item_last::<L>(self.next) - self.next);
                Ok(())
            }
            Class::Malformed => Err(Reason::Malformed),
            Class::Special => {
                if table.replace_item(number, word, L::EMPTY).is_ok() {
                    *emptied += 1;
                    let va = self.next & !low_mask(L::INDEX_LOW);
                    self.changes.note(va, item_last::<L>(va), L::INDEX_LOW, L::NUMBER);
                    if let Some(special) = L::special(word) {
                        (self.report)(Removed::Special { va, size_lg2: L::INDEX_LOW, special });
                    }
                }
                Ok(())
            }
            Class::Page => {
                let shape = page_shape::<L>(word);
                let page_mask = low_mask(shape.size_lg2);
                if self.next & page_mask != 0 || self.last - self.next < page_mask {
                    return split(table, self.next, word, self.changes, self.invalidate.as_deref_mut());
                }
                self.page::<L>(table, word, emptied);
                Ok(())
            }
            Class::Table => self.children::<L>(table, word),
        }
    }

    /// Takes out the page at `next`, of one item or several, which was seen as `seen`.
    ///
    /// Where others split or replaced the page meanwhile, what could be taken of it are the pieces before the first
    /// item that says something else; the caller goes on there.
    #[inline(always)]
    fn page<L: Level<Format = F>>(&mut self, table: &Table<'_, L, E>, seen: L::Word, emptied: &mut u32) {
        let shape = page_shape::<L>(seen);
        let page = mapping::<L>(self.next, seen);
        let first = index::<L>(page.va);
        let items = table.cells(first, 1 << shape.items_lg2);
        let mut taken: u32 = 0;
        let mut whole = seen;
        for cell in items {
            let va = page.va.wrapping_add(u64::from(taken) << L::INDEX_LOW);
            let same = |word| page_shape::<L>(word) == shape && mapping::<L>(va, word).oa == page.oa;
            let Some(word) = take_page::<F, L, E, M>(cell, same) else {
                // Pairs with the one in `put.rs`: who is just putting the rest there sees what was taken, or it is seen.
                fence(Ordering::SeqCst);
                break;
            };
            // What the hardware wrote to one item holds for the whole page.
            whole = if taken == 0 { word } else { L::absorb(whole, word) };
            taken += 1;
        }
        if taken == 0 {
            return;
        }
        *emptied += taken;
        table.written(first, taken as usize);
        if M::SHARED && items.len() > 1 {
            // The later items may have been those of another run with the same address, put there while the earlier
            // ones were taken: then half of that one is left.
            let items = items.iter().take(taken as usize).map(Table::<L, E>::read).zip(0u64..);
            for (word, item) in items {
                if is_run::<L>(word, shape) {
                    let va = page.va.wrapping_add(item << L::INDEX_LOW);
                    let _ = split_run::<F, L, E>(table, va, word, self.changes);
                }
            }
        }
        let last = page.va | ((u64::from(taken - 1) << L::INDEX_LOW) | low_mask(L::INDEX_LOW));
        let whole = mapping::<L>(page.va, whole);
        if taken as usize == items.len() {
            // The hardware may have cached a run item by item.
            self.changes.note(page.va, last, L::INDEX_LOW, L::NUMBER);
            (self.report)(Removed::Page(whole));
        } else {
            self.changes.note(page.va, last, L::INDEX_LOW, L::NUMBER);
            for piece in 0..u64::from(taken) {
                let bytes = piece << L::INDEX_LOW;
                let (va, oa) = (page.va.wrapping_add(bytes), page.oa.wrapping_add(bytes));
                (self.report)(Removed::Page(Mapping { va, oa, size_lg2: L::INDEX_LOW, ..whole }));
            }
        }
        self.advance_past(last - self.next);
    }

    /// Goes down into the children of a table entry, and takes out those that died.
    #[inline(always)]
    fn children<L: Level<Format = F>>(&mut self, table: &Table<'_, L, E>, word: L::Word) -> Result<(), Reason> {
        if L::CHILDREN.len() > 1 && !L::CHILDREN_EXCLUDE {
            return self.side_by_side::<L>(table);
        }
        let start = self.next;
        match (0..L::CHILDREN.len()).find_map(|child| table.child(word, child)) {
            Some(link) => {
                if link.visit(&mut *self)? {
                    detach::unlink::<L, E, M>(*table, start, link.parts(), self.changes);
                }
            }
            None => self.advance_past(item_last::<L>(start) - start),
        }
        Ok(())
    }

    /// Moves on by one byte more than `bytes_less_one`.
    #[inline(always)]
    pub(crate) fn advance_past(&mut self, bytes_less_one: u64) {
        if self.last - self.next <= bytes_less_one {
            self.finished = true;
        } else {
            self.next += bytes_less_one + 1;
        }
    }
}
