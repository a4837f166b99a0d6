//! Changes pages that are there: goes over a range, edits each page, and loses nothing that the hardware writes.
//!
//! What an edit does to a word is one of the small editors of `edit.rs`; how the word gets into memory is here. An edit
//! is applied by compare-exchange, and applied again to the new word where the hardware or somebody else was quicker.

use core::marker::PhantomData;

use crate::address::low_mask;
use crate::edit::{Edit, Edited};
use crate::environment::Environment;
use crate::error::Reason;
use crate::format::{Class, Format, Level};
use crate::mode::Mode;
use crate::obligation::Changes;
use crate::split::split;
use crate::table::{Table, TableVisitor, index, item_last, table_last};
use crate::walk::{mapping, page_shape};
use crate::word::Word;

/// A range whose pages are being edited, from `next` on. What is no page is passed over.
pub(crate) struct Update<'a, E, M, D> {
    pub(crate) next: u64,
    pub(crate) last: u64,
    pub(crate) finished: bool,
    pub(crate) editor: &'a mut D,
    pub(crate) changes: &'a mut Changes,
    pub(crate) mode: PhantomData<(M, E)>,
}

impl<F: Format, E: Environment, M: Mode, D: Edit<F>> TableVisitor<F, E> for &mut Update<'_, E, M, D> {
    type Output = Result<(), Reason>;

    #[inline(always)]
    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> Self::Output {
        let table_last = table_last::<L>(self.next);
        while !self.finished && self.next <= table_last {
            let number = index::<L>(self.next);
            let word = table.load(number);
            match L::class(word) {
                Class::Absent | Class::Special => self.advance_past(item_last::<L>(self.next) - self.next),
                Class::Malformed => return Err(Reason::Malformed),
                Class::Page => self.page(table, word)?,
                Class::Table => self.children(table, word)?,
            }
        }
        Ok(())
    }

    fn dead_end(self) -> Self::Output {
        Err(Reason::BadInput)
    }
}

/// What became of one item.
enum Item<W> {
    /// It is as it was.
    Same,
    /// It was this, and is edited.
    Done(W),
    /// The page has to be split before it can be edited.
    Split(W),
}

impl<E: Environment, M: Mode, D> Update<'_, E, M, D> {
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
            if matches!(self.editor.edit::<L>(page.va, word)?, Edited::Same) {
                self.advance_past(page_last.min(self.last) - self.next);
                return Ok(());
            }
            return split(table, self.next, word, self.changes);
        }
        let first = index::<L>(page.va);
        let mut before: Option<L::Word> = None;
        for (number, cell) in table.cells(first, 1 << shape.items_lg2).iter().enumerate() {
            let item_va = page.va + ((number as u64) << L::INDEX_LOW);
            let va = if shape.own_address { item_va } else { page.va };
            match self.item::<F, L>(cell, va)? {
                Item::Same => {}
                Item::Done(old) => before = Some(before.map_or(old, |sum| L::absorb(sum, old))),
                Item::Split(seen) => return split(table, self.next, seen, self.changes),
            }
        }
        if let Some(old) = before {
            table.written(first, 1 << shape.items_lg2);
            self.changes.note(page.va, page_last, shape.size_lg2, L::NUMBER);
            self.editor.edited(&mapping::<L>(page.va, old));
        }
        self.advance_past(page_last.min(self.last) - self.next);
        Ok(())
    }

    /// Edits one item for as long as it is a page.
    #[inline(always)]
    fn item<F: Format, L: Level<Format = F>>(
        &mut self,
        cell: &<L::Word as Word>::Cell,
        va: u64,
    ) -> Result<Item<L::Word>, Reason>
    where
        D: Edit<F>,
    {
        let mut word = Table::<L, E>::read(cell);
        while L::class(word) == Class::Page {
            let new = match self.editor.edit::<L>(va, word)? {
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
        Ok(Item::Same)
    }

    /// Goes down into every child of a table entry.
    #[inline(always)]
    fn children<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        word: L::Word,
    ) -> Result<(), Reason>
    where
        D: Edit<F>,
    {
        let start = self.next;
        for child in 0..L::CHILDREN.len() {
            if let Some(link) = table.child(word, child) {
                self.next = start;
                self.finished = false;
                link.visit(&mut *self)?;
            }
        }
        Ok(())
    }

    /// Moves on by one byte more than `bytes_less_one`.
    #[inline(always)]
    fn advance_past(&mut self, bytes_less_one: u64) {
        if self.last - self.next <= bytes_less_one {
            self.finished = true;
        } else {
            self.next += bytes_less_one + 1;
        }
    }
}
