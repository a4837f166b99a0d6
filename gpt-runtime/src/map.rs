//! Fills in what is missing: pages of the largest sizes that fit, and the tables that they need.
//!
//! A missing table is built aside, with its whole share of the range already in it, and linked by one
//! compare-exchange. Who loses that race frees what it built and goes on in the winner's table. A table that was
//! killed meanwhile is taken out of its parent by whoever meets it.

use core::marker::PhantomData;

use crate::address::low_mask;
use crate::aside::{self, Share};
use crate::detach;
use crate::environment::Environment;
use crate::error::Reason;
use crate::format::{Class, Format, Level};
use crate::mode::Mode;
use crate::obligation::Changes;
use crate::table::{Table, TableVisitor, index, item_last, table_last};
use crate::teardown::Teardown;
use crate::word::Word;

/// What became of the share of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// It is done.
    Done,
    /// The table is dead: take it out of its parent and look again.
    Dead,
}

/// A range being mapped, from `next` on.
pub(crate) struct Map<'a, F: Format, E, M> {
    pub(crate) next: u64,
    pub(crate) last: u64,
    pub(crate) oa: u64,
    pub(crate) finished: bool,
    /// Bit *n* is set where pages of 2ⁿ bytes may be used.
    pub(crate) sizes: u64,
    pub(crate) attributes: &'a F::Attributes,
    pub(crate) changes: &'a mut Changes,
    pub(crate) mode: PhantomData<(M, E)>,
}

impl<F: Format, E: Environment, M: Mode> TableVisitor<F, E> for &mut Map<'_, F, E, M> {
    type Output = Result<Flow, Reason>;

    #[inline(always)]
    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> Self::Output {
        let table_last = table_last::<L>(self.next);
        while !self.finished && self.next <= table_last {
            if !L::PAGES.is_empty()
                && let Some((shape, word)) = self.choose::<L>()
            {
                let placed = self.place::<L>(table, shape, word, table_last);
                match placed {
                    None => return Ok(Flow::Dead),
                    Some(0) => {}
                    Some(_) => continue,
                }
            }
            if self.look::<L>(table)? == Flow::Dead {
                return Ok(Flow::Dead);
            }
        }
        Ok(Flow::Done)
    }

    fn dead_end(self) -> Self::Output {
        Err(Reason::BadInput)
    }
}

impl<F: Format, E: Environment, M: Mode> Map<'_, F, E, M> {
    /// Whether a page of 2^`size_lg2` bytes may be put at `next`.
    #[inline(always)]
    fn fits(&self, size_lg2: u32) -> bool {
        let mask = low_mask(size_lg2);
        (self.sizes >> size_lg2) & 1 != 0 && (self.next | self.oa) & mask == 0 && self.last - self.next >= mask
    }

    /// The largest page of this level that can be put at `next`, and its word.
    #[inline(always)]
    fn choose<L: Level<Format = F>>(&self) -> Option<(usize, L::Word)> {
        L::PAGES.iter().enumerate().filter(|(_, shape)| self.fits(shape.size_lg2)).find_map(|(number, _)| {
            let word = L::encode_page(number, self.oa, self.attributes)?;
            Some((number, word))
        })
    }

    /// Fills absent items with pages of one shape, from `next` on; gives the number of pages, or `None` where the
    /// table is dead. Stops early at an item that is not absent.
    #[inline(always)]
    fn place<L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        shape_number: usize,
        mut word: L::Word,
        table_last: u64,
    ) -> Option<usize> {
        let shape = *L::PAGES.get(shape_number)?;
        let mut span = self.last.min(table_last) - self.next;
        if let Some(larger) = shape_number.checked_sub(1).and_then(|number| L::PAGES.get(number)) {
            // A larger page may fit at the next multiple of its size.
            span = span.min(low_mask(larger.size_lg2) & !self.next);
        }
        // `span` is the number of bytes less one, which may be all of 2⁶⁴; a table has far fewer items than 2³².
        let pages = (span >> shape.size_lg2) as usize
            + usize::from(span & low_mask(shape.size_lg2) == low_mask(shape.size_lg2));
        let items = pages << shape.items_lg2;
        if !table.header().enter::<M>(items as u32) {
            return None;
        }
        let first = index::<L>(self.next);
        let mut placed = 0;
        if shape.items_lg2 == 0 {
            for cell in table.cells(first, items) {
                if !Self::put::<L>(cell, word) {
                    break;
                }
                word = L::advance(shape_number, word, 1 << L::INDEX_LOW);
                placed += 1;
            }
        } else {
            for run in table.cells(first, items).chunks(1 << shape.items_lg2) {
                if !Self::put_run::<L>(run, shape_number, word) {
                    break;
                }
                word = L::advance(shape_number, word, 1 << shape.size_lg2);
                placed += 1;
            }
        }
        let filled = placed << shape.items_lg2;
        if filled < items {
            table.header().leave::<M>((items - filled) as u32);
        }
        if placed > 0 {
            table.written(first, filled);
            let bytes = (placed as u64) << shape.size_lg2;
            if F::CACHES.absent {
                self.changes.note(self.next, self.next + (bytes - 1), shape.size_lg2, L::NUMBER);
            }
            self.advance(bytes);
        }
        Some(placed)
    }

    /// Puts a page into an item if that is absent.
    #[inline(always)]
    fn put<L: Level<Format = F>>(cell: &<L::Word as Word>::Cell, word: L::Word) -> bool {
        if !M::SHARED {
            let absent = L::class(Table::<L, E>::read_owned(cell)) == Class::Absent;
            if absent {
                Table::<L, E>::write(cell, word);
            }
            return absent;
        }
        // Most items hold the empty word, so try that first; an absent item may say something else.
        let mut expected = L::EMPTY;
        loop {
            match Table::<L, E>::replace(cell, expected, word) {
                Ok(()) => return true,
                Err(found) if L::class(found) == Class::Absent => expected = found,
                Err(_) => return false,
            }
        }
    }

    /// Puts a page of several items into place if all of them are absent.
    fn put_run<L: Level<Format = F>>(
        run: &[<L::Word as Word>::Cell],
        shape_number: usize,
        first_word: L::Word,
    ) -> bool {
        if run.iter().any(|cell| L::class(Table::<L, E>::read(cell)) != Class::Absent) {
            return false;
        }
        let own_address = L::PAGES.get(shape_number).is_some_and(|shape| shape.own_address);
        let mut word = first_word;
        for (number, cell) in run.iter().enumerate() {
            if !Self::put::<L>(cell, word) {
                // Somebody was quicker: what this call put there goes again, and with it what the hardware wrote.
                for cell in run.iter().take(number) {
                    detach::take_page::<F, L, E, M>(cell);
                }
                return false;
            }
            if own_address {
                word = L::advance(shape_number, word, 1 << L::INDEX_LOW);
            }
        }
        true
    }

    /// Looks at the item at `next`, which no page can be put into directly: goes down, or says why not.
    #[inline(always)]
    fn look<L: Level<Format = F>>(&mut self, table: &Table<'_, L, E>) -> Result<Flow, Reason> {
        let index = index::<L>(self.next);
        let word = table.load(index);
        match L::class(word) {
            Class::Page | Class::Special => Err(Reason::Occupied),
            Class::Malformed => Err(Reason::Malformed),
            Class::Absent if L::CHILDREN.is_empty() => Err(self.why_not::<L>()),
            Class::Absent => self.link::<L>(table, index, word),
            Class::Table => {
                let child = self.child::<L>(|number| L::child(word, number).is_some());
                match table.child(word, child) {
                    Some(link) => {
                        if link.visit(&mut *self)? == Flow::Dead {
                            detach::unlink::<L, E, M>(table, index, link, self.changes);
                        }
                        Ok(Flow::Done)
                    }
                    None => self.link::<L>(table, index, word),
                }
            }
        }
    }

    /// Why no page of this lowest level can be put at `next`.
    #[cold]
    fn why_not<L: Level<Format = F>>(&self) -> Reason {
        // An item that a racing thread emptied meanwhile, or a page of the wrong size, is not the caller's mistake.
        if L::PAGES.iter().any(|shape| self.fits(shape.size_lg2)) { Reason::NotEncodable } else { Reason::BadOutput }
    }

    /// Which child the largest page that fits at `next` lies below; one that is there already, if there is any.
    #[inline(always)]
    fn child<L: Level<Format = F>>(&self, there: impl Fn(usize) -> bool) -> usize {
        if L::CHILDREN.len() <= 1 {
            return 0;
        }
        let best = |wanted: &dyn Fn(usize) -> bool| {
            (0..L::CHILDREN.len())
                .filter(|child| wanted(*child))
                .filter_map(|child| {
                    let sizes = L::CHILDREN.get(child).copied().unwrap_or(0);
                    (0..64).rev().find(|size| (sizes >> size) & 1 != 0 && self.fits(*size)).map(|size| (size, child))
                })
                .max_by_key(|(size, _)| *size)
                .map(|(_, child)| child)
        };
        best(&there).or_else(|| best(&|_| true)).unwrap_or(0)
    }

    /// Builds a child aside, fills it, and links it where `word`, absent or without this child, is.
    #[cold]
    #[inline(never)]
    fn link<L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        index: usize,
        mut word: L::Word,
    ) -> Result<Flow, Reason> {
        let child = self.child::<L>(|_| false);
        let last = self.last.min(item_last::<L>(self.next));
        let share = Share { first: self.next, last, oa: self.oa, sizes: self.sizes, attributes: self.attributes };
        let link = aside::build(table, child, &share)?;
        let was_absent = L::class(word) == Class::Absent;
        if was_absent && !table.header().enter::<M>(1) {
            link.visit(Teardown);
            return Ok(Flow::Dead);
        }
        let linked = loop {
            let Some(with_child) = link.linked(word) else {
                break Err(Reason::OutOfTables);
            };
            match table.replace_item(index, word, with_child) {
                Ok(()) => break Ok(true),
                // The hardware wrote to an absent item, or another child came or went.
                Err(found) if L::class(found) == L::class(word) && L::child(found, child).is_none() => word = found,
                Err(_) => break Ok(false),
            }
        };
        if linked == Ok(true) {
            if F::CACHES.absent {
                self.changes.note(self.next, last, L::INDEX_LOW, L::NUMBER);
            }
            self.advance_past(last - self.next);
            return Ok(Flow::Done);
        }
        if was_absent {
            table.header().leave::<M>(1);
        }
        link.visit(Teardown);
        linked.map(|_| Flow::Done)
    }

    /// Moves on by `bytes`, at least one.
    #[inline(always)]
    fn advance(&mut self, bytes: u64) {
        self.advance_past(bytes - 1);
    }

    /// Moves on by one byte more than `bytes_less_one`.
    #[inline(always)]
    fn advance_past(&mut self, bytes_less_one: u64) {
        if self.last - self.next <= bytes_less_one {
            self.finished = true;
        } else {
            self.next += bytes_less_one + 1;
            self.oa = self.oa.wrapping_add(bytes_less_one).wrapping_add(1);
        }
    }
}
