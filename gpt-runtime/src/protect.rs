//! Changes what pages say, without losing what the hardware writes to them meanwhile.

use core::marker::PhantomData;

use crate::address::low_mask;
use crate::environment::Environment;
use crate::error::Reason;
use crate::format::{Class, Format, Level};
use crate::mode::Mode;
use crate::obligation::Changes;
use crate::split::split;
use crate::table::{Table, TableVisitor, index, item_last, table_last};
use crate::walk::page_shape;
use crate::word::Word;

/// A range whose pages are being changed, from `next` on. What is not mapped is passed over.
pub(crate) struct Protect<'a, F: Format, E, M> {
    pub(crate) next: u64,
    pub(crate) last: u64,
    pub(crate) finished: bool,
    pub(crate) change: &'a F::Change,
    pub(crate) changes: &'a mut Changes,
    pub(crate) mode: PhantomData<(M, E)>,
}

impl<F: Format, E: Environment, M: Mode> TableVisitor<F, E> for &mut Protect<'_, F, E, M> {
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
                Class::Page => self.page::<L>(table, number, word)?,
                Class::Table => self.children(table, word)?,
            }
        }
        Ok(())
    }

    fn dead_end(self) -> Self::Output {
        Err(Reason::BadInput)
    }
}

impl<F: Format, E: Environment, M: Mode> Protect<'_, F, E, M> {
    /// Changes the page at `next`, or splits it where only a part of it is in the range.
    #[inline(always)]
    fn page<L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        number: usize,
        word: L::Word,
    ) -> Result<(), Reason> {
        let shape = page_shape::<L>(word);
        let page_mask = low_mask(shape.size_lg2);
        let page_last = self.next | page_mask;
        if self.next & page_mask != 0 || self.last < page_last {
            if L::change(word, self.change) == Some(word) {
                self.advance_past(page_last.min(self.last) - self.next);
                return Ok(());
            }
            return split(table, self.next, word, self.changes);
        }
        let mut changed = false;
        for cell in table.cells(number, 1 << shape.items_lg2) {
            changed |= Self::change::<L>(cell, self.change)?;
        }
        if changed {
            table.written(number, 1 << shape.items_lg2);
            self.changes.note(self.next, page_last, shape.size_lg2, L::NUMBER);
        }
        self.advance_past(page_mask);
        Ok(())
    }

    /// Changes one item if it is a page; says whether that made a difference.
    #[inline(always)]
    fn change<L: Level<Format = F>>(cell: &<L::Word as Word>::Cell, change: &F::Change) -> Result<bool, Reason> {
        let mut word = Table::<L, E>::read(cell);
        while L::class(word) == Class::Page {
            let new = L::change(word, change).ok_or(Reason::NotEncodable)?;
            if new == word {
                return Ok(false);
            }
            let hardware_may_write = E::HARDWARE_WRITES && L::HARDWARE_WRITES && !L::settled(word);
            if !M::SHARED && !hardware_may_write {
                Table::<L, E>::write(cell, new);
                return Ok(true);
            }
            match Table::<L, E>::replace(cell, word, new) {
                Ok(()) => return Ok(true),
                Err(found) => word = found,
            }
        }
        Ok(false)
    }

    /// Goes down into every child of a table entry.
    #[inline(always)]
    fn children<L: Level<Format = F>>(&mut self, table: &Table<'_, L, E>, word: L::Word) -> Result<(), Reason> {
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
