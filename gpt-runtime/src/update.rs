//! Changes pages that are there: goes over a range, edits each page, and loses nothing that the hardware writes.
//!
//! What an edit does to a word is one of the small editors of `edit.rs`; how the word gets into memory is here. An edit
//! is applied by compare-exchange, and applied again to the new word where the hardware or somebody else was quicker.

use core::marker::PhantomData;

use crate::address::low_mask;
use crate::edit::{Edit, Edited};
use crate::environment::Environment;
use crate::error::Reason;
use crate::format::{Class, Format, Level, PageShape};
use crate::mode::Mode;
use crate::obligation::Changes;
use crate::split::{is_run, split, split_run};
use crate::sync::{Ordering, fence};
use crate::table::{Table, TableVisitor, index, item_last, table_last};
use crate::through_absent::{self, Invalidate};
use crate::walk::{Mapping, mapping, page_shape};
use crate::word::Word;

/// A range whose pages are being edited, from `next` on. What is no page is passed over.
pub(crate) struct Update<'a, 'i, E, M, D> {
    pub(crate) next: u64,
    pub(crate) last: u64,
    pub(crate) finished: bool,
    pub(crate) editor: &'a mut D,
    pub(crate) changes: &'a mut Changes,
    /// How the owner of the range invalidates in between, where the format needs that.
    pub(crate) invalidate: Option<&'a mut Invalidate<'i>>,
    /// The first and the last address of what the caller alone changes.
    pub(crate) owned: Option<(u64, u64)>,
    pub(crate) mode: PhantomData<(M, E)>,
}

impl<F: Format, E: Environment, M: Mode, D: Edit<F>> TableVisitor<F, E> for &mut Update<'_, '_, E, M, D> {
    type Output = Result<(), Reason>;

    #[inline(always)]
    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> Self::Output {
        if L::CHILDREN.is_empty() {
            let table_last = table_last::<L>(self.next);
            self.pages(table, table_last)?;
            if self.finished || self.next > table_last {
                return Ok(());
            }
        } else if let Some(link) = table.child_of_all(self.next, self.last) {
            link.visit(&mut *self)?;
            if self.finished {
                return Ok(());
            }
        }
        // What lies in one table of the last level, or below one item of another, gets there without having any of this
        // in memory.
        let mut rest = Update::<E, M, D> {
            next: self.next,
            last: self.last,
            finished: false,
            editor: &mut *self.editor,
            changes: &mut *self.changes,
            invalidate: self.invalidate.as_deref_mut(),
            owned: self.owned,
            mode: PhantomData,
        };
        let outcome = rest.sweep::<F, L>(*table);
        (self.next, self.finished) = (rest.next, rest.finished);
        outcome
    }

    fn dead_end(self) -> Self::Output {
        Err(Reason::BadInput)
    }
}

/// What became of one item.
pub(crate) enum Item<W> {
    /// It is not of such a page any more: somebody took it out or split it.
    Gone,
    /// It is as it was.
    Same,
    /// It was this, and is edited.
    Done(W),
    /// The page has to be split before it can be edited.
    Split(W),
}

impl<E: Environment, M: Mode, D> Update<'_, '_, E, M, D> {
    /// Goes over a table's share of the range.
    #[inline(never)]
    fn sweep<F: Format, L: Level<Format = F>>(&mut self, table: Table<'_, L, E>) -> Result<(), Reason>
    where
        D: Edit<F>,
    {
        let table_last = table_last::<L>(self.next);
        while !self.finished && self.next <= table_last {
            self.pages(&table, table_last)?;
            if self.finished || self.next > table_last {
                return Ok(());
            }
            let number = index::<L>(self.next);
            let word = table.load(number);
            match L::class(word) {
                Class::Absent | Class::Special => self.advance_past(item_last::<L>(self.next) - self.next),
                Class::Malformed => return Err(Reason::Malformed),
                Class::Page => self.page(&table, word)?,
                Class::Table => self.children(&table, word)?,
            }
        }
        Ok(())
    }

    /// Edits the page at `next`, or splits it where only a part of it is to change.
    #[inline(always)]
    fn page<F: Format, L: Level<Format = F>>(&mut self, table: &Table<'_, L, E>, word: L::Word) -> Result<(), Reason>
    where
        D: Edit<F>,
    {
        let shape = page_shape::<L>(word);
        let page_mask = low_mask(shape.size_lg2);
        let page = mapping::<L>(self.next, word);
        let page_last = page.va | page_mask;
        let whole = self.next == page.va && self.last >= page_last;
        if !whole && D::SPLITS {
            let va = if shape.own_address { self.next & !low_mask(L::INDEX_LOW) } else { page.va };
            if matches!(D::edit::<L>(&self.editor.what(), va, word)?, Edited::Same) {
                self.advance_past(page_last.min(self.last) - self.next);
                return Ok(());
            }
            return split(table, self.next, word, self.changes, self.invalidate.as_deref_mut());
        }
        // Items that make one page have to agree all the time where a change cannot be made in place.
        if !F::REPLACE_IN_PLACE && (D::MOVES || (D::SPLITS && shape.items_lg2 > 0)) {
            return self.through_absent::<F, L>(table, page.va, word);
        }
        let what = self.editor.what();
        let mut before: Option<(u64, L::Word)> = None;
        let mut done = 0;
        let mut result = Ok(());
        for cell in table.cells(index::<L>(page.va), 1 << shape.items_lg2) {
            let item_va = page.va.wrapping_add(done << L::INDEX_LOW);
            let va = if shape.own_address { item_va } else { page.va };
            match Self::item::<F, L>(&what, cell, shape, Some(page.oa), va) {
                Ok(Item::Same) => {}
                Ok(Item::Done(old)) => {
                    let (oldest, sum) = before.unwrap_or((va, old));
                    before = Some((oldest, L::absorb(sum, old)));
                }
                // Outside the range nobody asked for it.
                Ok(Item::Gone) if item_va | low_mask(L::INDEX_LOW) < self.next => {}
                Ok(Item::Gone) => {
                    // Pairs with the one in `put.rs`, as in `unmap.rs`.
                    fence(Ordering::SeqCst);
                    break;
                }
                Ok(Item::Split(seen)) => {
                    result = split(table, self.next, seen, self.changes, self.invalidate.as_deref_mut());
                    break;
                }
                Err(reason) => {
                    result = Err(reason);
                    break;
                }
            }
            done += 1;
        }
        if let Some((va, old)) = before {
            self.changed::<F, L>(table, &mapping::<L>(va, old), shape, done);
            if M::SHARED && D::SPLITS && shape.items_lg2 > 0 {
                self.dissolve_unlike::<F, L>(table, page.va, shape, done)?;
            }
        }
        let end = page.va.wrapping_add((done << L::INDEX_LOW).wrapping_sub(1));
        if done > 0 && end >= self.next {
            self.advance_past(end.min(self.last) - self.next);
        }
        result
    }

    /// Edits a whole page through absent.
    #[cold]
    fn through_absent<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        va: u64,
        word: L::Word,
    ) -> Result<(), Reason>
    where
        D: Edit<F>,
    {
        let shape = page_shape::<L>(word);
        match D::edit::<L>(&self.editor.what(), va, word)? {
            Edited::Same => {}
            Edited::Split => return split(table, va, word, self.changes, self.invalidate.as_deref_mut()),
            Edited::New(_) => {
                let invalidate = self.invalidate.as_deref_mut().ok_or(Reason::BreakBeforeMake)?;
                if let Some(old) = through_absent::take_out::<F, L, E>(table, va, shape, invalidate) {
                    let new = match D::edit::<L>(&self.editor.what(), va, old) {
                        Ok(Edited::New(new)) => new,
                        // What the hardware wrote meanwhile cannot change what the edit says, but nothing is lost if so.
                        _ => old,
                    };
                    through_absent::put_back::<F, L, E>(table, va, L::page_shape(new), shape, new);
                    // The hardware may have cached a run item by item.
                    self.changes.note(va, va | low_mask(shape.size_lg2), L::INDEX_LOW, L::NUMBER);
                    self.editor.edited(&mapping::<L>(va, old));
                }
            }
        }
        self.advance_past(low_mask(shape.size_lg2));
        Ok(())
    }

    /// Splits a run that is not edited as a whole: the later items may have been those of another run, put there while
    /// the earlier ones were edited.
    fn dissolve_unlike<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        va: u64,
        shape: PageShape,
        done: u64,
    ) -> Result<(), Reason>
    where
        D: Edit<F>,
    {
        for (number, cell) in table.cells(index::<L>(va), done as usize).iter().enumerate() {
            let word = Table::<L, E>::read(cell);
            let further = if shape.own_address { (number as u64) << L::INDEX_LOW } else { 0 };
            if is_run::<L>(word, shape)
                && !matches!(D::edit::<L>(&self.editor.what(), va + further, word)?, Edited::Same)
            {
                return split_run::<F, L, E>(table, va + ((number as u64) << L::INDEX_LOW), word, self.changes);
            }
        }
        Ok(())
    }

    /// Notes and reports that the first `done` items of a page were edited, which said this before.
    #[inline(always)]
    fn changed<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        page: &Mapping<F::Attributes>,
        shape: PageShape,
        done: u64,
    ) where
        D: Edit<F>,
    {
        let va = page.va;
        table.written(index::<L>(va), done as usize);
        let last = va.wrapping_add((done << L::INDEX_LOW).wrapping_sub(1));
        if done == 1 << shape.items_lg2 {
            self.changes.note(va, last, L::INDEX_LOW, L::NUMBER);
            self.editor.edited(page);
            return;
        }
        // The rest was split or taken out by somebody else.
        self.changes.note(va, last, L::INDEX_LOW, L::NUMBER);
        for piece in 0..done {
            let bytes = piece << L::INDEX_LOW;
            let (va, oa) = (page.va.wrapping_add(bytes), page.oa.wrapping_add(bytes));
            self.editor.edited(&Mapping { va, oa, size_lg2: L::INDEX_LOW, ..*page });
        }
    }

    /// Edits one item for as long as it is, or belongs to, a page of this shape, which translates to `oa`.
    #[inline(always)]
    pub(crate) fn item<F: Format, L: Level<Format = F>>(
        what: &D::What,
        cell: &<L::Word as Word>::Cell,
        shape: PageShape,
        oa: Option<u64>,
        va: u64,
    ) -> Result<Item<L::Word>, Reason>
    where
        D: Edit<F>,
    {
        let mut word = Table::<L, E>::read(cell);
        let same = |word| is_run::<L>(word, shape) && oa.is_none_or(|oa| mapping::<L>(va, word).oa == oa);
        while same(word) {
            let new = match D::edit::<L>(what, va, word)? {
                Edited::Same => return Ok(Item::Same),
                Edited::Split => return Ok(Item::Split(word)),
                Edited::New(new) => new,
            };
            let hardware_may_write = E::HARDWARE_WRITES && L::HARDWARE_WRITES && !L::settled(word);
            if !M::SHARED && !hardware_may_write {
                Table::<L, E>::write(cell, new);
                return Ok(Item::Done(word));
            }
            match Table::<L, E>::replace(cell, word, new) {
                Ok(()) => return Ok(Item::Done(word)),
                Err(found) => word = found,
            }
        }
        Ok(Item::Gone)
    }

    /// Goes down into the children of a table entry.
    #[inline(always)]
    fn children<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        word: L::Word,
    ) -> Result<(), Reason>
    where
        D: Edit<F>,
    {
        if L::CHILDREN.len() > 1 && !L::CHILDREN_EXCLUDE {
            return self.side_by_side(table);
        }
        let start = self.next;
        match (0..L::CHILDREN.len()).find_map(|child| table.child(word, child)) {
            Some(link) => link.visit(&mut *self)?,
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
