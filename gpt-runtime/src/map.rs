//! Fills in what is missing: pages of the largest sizes that fit, and the tables that they need.
//!
//! A missing table is built aside, with its whole share of the range already in it, and linked by one
//! compare-exchange. Who loses that race frees what it built and goes on in the winner's table. A table that was
//! killed meanwhile is taken out of its parent by whoever meets it.

use core::marker::PhantomData;

use crate::address::low_mask;
use crate::aside;
use crate::content::{Content, Place};
use crate::detach;
use crate::environment::Environment;
use crate::error::Reason;
use crate::format::{Class, Format, Level, PageShape};
use crate::mode::Mode;
use crate::obligation::Changes;
use crate::put::{put_each, put_run};
use crate::table::{Link, Table, TableVisitor, index, item_last, table_last};
use crate::teardown::Teardown;

/// What became of the share of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// It is done.
    Done,
    /// The table is dead: take it out of its parent and look again.
    Dead,
}

/// A range being filled, from `place.next` on.
pub(crate) struct Map<'a, E, M, C> {
    pub(crate) place: Place,
    pub(crate) finished: bool,
    pub(crate) content: C,
    pub(crate) changes: &'a mut Changes,
    pub(crate) mode: PhantomData<(M, E)>,
}

impl<F: Format, E: Environment, M: Mode, C: Content<F>> TableVisitor<F, E> for &mut Map<'_, E, M, C> {
    type Output = Result<Flow, Reason>;

    #[inline(always)]
    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> Self::Output {
        if L::CHILDREN.is_empty() {
            let table_last = table_last::<L>(self.place.next);
            match self.fill::<F, L>(table, table_last) {
                Filled::Some if self.finished || self.place.next > table_last => return Ok(Flow::Done),
                Filled::Dead => return Ok(Flow::Dead),
                _ => {}
            }
        } else if let Some(link) = table.child_of_all(self.place.next, self.place.last) {
            match self.below::<F, L>(table, link) {
                Ok(_) if self.finished => return Ok(Flow::Done),
                // A larger entry that did not fit either may have a better reason.
                Ok(_) | Err(Reason::BadOutput) => {}
                Err(reason) => return Err(reason),
            }
        }
        // What gets down does not need this in memory.
        let (mode, changes) = (PhantomData, &mut *self.changes);
        let mut map = Map::<E, M, C> { place: self.place, finished: false, content: self.content, changes, mode };
        let flow = map.fill_all::<F, L>(*table);
        (self.place, self.finished) = (map.place, map.finished);
        flow
    }

    fn dead_end(self) -> Self::Output {
        Err(Reason::BadInput)
    }
}

/// What became of the attempt to fill items of a table.
enum Filled {
    /// At least one entry was put into place.
    Some,
    /// The table is dead.
    Dead,
    /// Nothing was put into place; `why` is the reason if the item at `next` is absent. None: somebody emptied it.
    Not { why: Option<Reason> },
}

impl<E: Environment, M: Mode, C> Map<'_, E, M, C> {
    /// Fills the table's share, in it and below it. Out of line: what lies in one table of the last level, or below one
    /// item of another, gets there without it.
    #[inline(never)]
    fn fill_all<F: Format, L: Level<Format = F>>(&mut self, table: Table<'_, L, E>) -> Result<Flow, Reason>
    where
        C: Content<F>,
    {
        let table_last = table_last::<L>(self.place.next);
        while !self.finished && self.place.next <= table_last {
            let flow = match self.fill::<F, L>(&table, table_last) {
                Filled::Some => continue,
                Filled::Dead => Flow::Dead,
                // Where smaller entries do not fit either, this one's reason is the better one.
                Filled::Not { why: why @ Some(Reason::NotEncodable) } => self
                    .look(&table, why)
                    .map_err(|below| if below == Reason::BadOutput { Reason::NotEncodable } else { below })?,
                Filled::Not { why } => self.look(&table, why)?,
            };
            if flow == Flow::Dead {
                return Ok(Flow::Dead);
            }
        }
        Ok(Flow::Done)
    }

    /// Fills absent items from `next` on, with the largest entries that fit.
    #[inline(always)]
    fn fill<F: Format, L: Level<Format = F>>(&mut self, table: &Table<'_, L, E>, table_last: u64) -> Filled
    where
        C: Content<F>,
    {
        // Misaligned to everything that this level has, until something fits.
        let mut why = Some(Reason::BadOutput);
        let mut out_of_reach = false;
        for number in 0..C::shapes::<L>() {
            let shape = C::shape::<L>(number);
            if !self.place.fits(shape.size_lg2) {
                continue;
            }
            let Some(word) = self.content.encode::<L>(number, self.place.oa) else {
                // Out of reach, or not to be said by this kind. One that could say it at a lower address knows best.
                out_of_reach |= self.content.encode::<L>(number, 0).is_some();
                why = Some(if out_of_reach { Reason::BadOutput } else { Reason::NotEncodable });
                continue;
            };
            match self.put_all::<F, L>(table, number, shape, word, table_last) {
                None => return Filled::Dead,
                // A smaller entry may fit where one of the items of a run is not absent.
                Some(0) => why = (shape.items_lg2 > 0).then_some(Reason::Occupied),
                Some(_) => return Filled::Some,
            }
        }
        Filled::Not { why }
    }

    /// Fills absent items with entries of one shape, from `next` on; gives the number of items, or `None` where
    /// the table is dead. Stops early at an item that is not absent.
    #[inline(always)]
    fn put_all<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        number: usize,
        shape: PageShape,
        mut word: L::Word,
        table_last: u64,
    ) -> Option<usize>
    where
        C: Content<F>,
    {
        let next = self.place.next;
        let mut span = self.place.last.min(table_last) - next;
        // A larger entry may fit at the next multiple of its size, unless its output address never is one there.
        let may_fit = |other: &PageShape| other.size_lg2 > shape.size_lg2 && self.place.may_fit(other.size_lg2);
        if let Some(larger) = (0..number).rev().map(C::shape::<L>).find(may_fit) {
            span = span.min(low_mask(larger.size_lg2) & !next);
        }
        // `span` is the number of bytes less one, which may be all of 2⁶⁴; a table has far fewer items than 2³².
        let mut entries = (span >> shape.size_lg2) as usize
            + usize::from(span & low_mask(shape.size_lg2) == low_mask(shape.size_lg2));
        if entries > 1 {
            // An address beyond the reach of this kind would wrap around when the word is advanced to it.
            let last = self.place.oa.wrapping_add(((entries - 1) as u64) << shape.size_lg2);
            if self.content.encode::<L>(number, last).is_none() {
                entries = 1;
            }
        }
        let items = entries << shape.items_lg2;
        if !table.header().enter::<M>(items as u32) {
            return None;
        }
        let first = index::<L>(next);
        let mut filled = 0;
        let mut counted = 0;
        if shape.items_lg2 == 0 {
            filled = put_each::<F, L, E, M, C>(table.cells(first, items), number, word);
            counted = filled;
        } else {
            for run in table.cells(first, items).chunks(1 << shape.items_lg2) {
                let ran = put_run::<F, L, E, M, C>(run, number, shape, word);
                counted += ran.items;
                let va = next.wrapping_add((filled as u64) << L::INDEX_LOW);
                if ran.items > 0 && !ran.whole && !self.settle_part::<F, L>(table, va, word, &run[..ran.items]) {
                    break;
                }
                filled += ran.items;
                if ran.items < run.len() {
                    break;
                }
                word = C::advance::<L>(number, word, 1 << shape.size_lg2);
            }
        }
        if counted < items {
            table.header().leave::<M>((items - counted) as u32);
        }
        if filled > 0 {
            table.written(first, filled);
            // Less one first: the items of one table may make up all of 2⁶⁴ bytes.
            let bytes_less_one = (((filled - 1) as u64) << L::INDEX_LOW) | low_mask(L::INDEX_LOW);
            if F::CACHES.absent {
                // The hardware may have cached a run item by item.
                self.changes.note(next, next + bytes_less_one, L::INDEX_LOW, L::NUMBER);
            }
            self.advance_past(bytes_less_one);
        }
        Some(filled)
    }

    /// Looks at the item at `next`, which nothing could be put into: goes down, or says why not.
    #[inline(always)]
    fn look<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        why: Option<Reason>,
    ) -> Result<Flow, Reason>
    where
        C: Content<F>,
    {
        let index = index::<L>(self.place.next);
        let word = table.load(index);
        match L::class(word) {
            Class::Page | Class::Special => Err(Reason::Occupied),
            Class::Malformed => Err(Reason::Malformed),
            Class::Absent if L::CHILDREN.is_empty() => why.map_or(Ok(Flow::Done), Err),
            Class::Absent if L::CHILDREN.len() > 1 => self.one_of_many::<F, L>(table, index, word),
            Class::Absent => self.link::<F, L>(table, index, word, 0),
            Class::Table => {
                if L::CHILDREN.len() > 1 {
                    return self.one_of_many::<F, L>(table, index, word);
                }
                match table.child(word, 0) {
                    Some(link) => self.below::<F, L>(table, link),
                    None => self.link::<F, L>(table, index, word, 0),
                }
            }
        }
    }

    /// Goes down into a child, and takes it out if it died.
    #[inline(always)]
    pub(crate) fn below<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        link: Link<'_, L, E>,
    ) -> Result<Flow, Reason>
    where
        C: Content<F>,
    {
        let va = self.place.next;
        if !F::COHERENT && !M::ALONE {
            // Who linked the table may not have announced it yet, and what is put below it is to be seen once this returns.
            table.written(index::<L>(va), 1);
        }
        if link.visit(&mut *self)? == Flow::Dead {
            detach::unlink::<L, E, M>(*table, va, link.parts(), self.changes);
        }
        Ok(Flow::Done)
    }

    /// Builds this child aside, fills it, and links it where `word`, absent or without this child, is.
    #[cold]
    #[inline(never)]
    pub(crate) fn link<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        index: usize,
        mut word: L::Word,
        child: usize,
    ) -> Result<Flow, Reason>
    where
        C: Content<F>,
    {
        let last = self.place.last.min(item_last::<L>(self.place.next));
        let (link, below) = aside::build(table, child, Place { last, ..self.place }, self.content)?;
        let was_absent = L::class(word) == Class::Absent;
        if was_absent && !table.header().enter::<M>(1) {
            link.visit(Teardown);
            return Ok(Flow::Dead);
        }
        let linked = loop {
            let with_child = match link.linked(word, self.place.next) {
                Ok(with_child) => with_child,
                Err(reason) => break Err(reason),
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
                self.changes.note(self.place.next, last, L::INDEX_LOW, L::NUMBER);
                self.changes.note_below::<F>(below);
            }
            if F::CACHES.table && !was_absent {
                // The entry may be cached without this child.
                let smallest_lg2 = F::PAGE_SIZES.trailing_zeros();
                self.changes.note_table(self.place.next, last, smallest_lg2, L::NUMBER);
            }
            self.advance_past(last - self.place.next);
            return Ok(Flow::Done);
        }
        if was_absent {
            table.header().leave::<M>(1);
        }
        link.visit(Teardown);
        linked.map(|_| Flow::Done)
    }

    /// Moves on by one byte more than `bytes_less_one`.
    #[inline(always)]
    pub(crate) fn advance_past(&mut self, bytes_less_one: u64) {
        let place = &mut self.place;
        if place.last - place.next <= bytes_less_one {
            self.finished = true;
        } else {
            place.next += bytes_less_one + 1;
            place.oa = place.oa.wrapping_add(bytes_less_one).wrapping_add(1);
        }
    }
}
