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
use crate::scan::Scan;
use crate::split::split_run;
use crate::table::{Link, Table, TableVisitor, index, item_last, table_last};
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
        let table_last = table_last::<L>(self.place.next);
        while !self.finished && self.place.next <= table_last {
            let flow = match self.fill::<F, L>(table, table_last) {
                Filled::Some => continue,
                Filled::Dead => Flow::Dead,
                Filled::Not { why } => self.look(table, why)?,
            };
            if flow == Flow::Dead {
                return Ok(Flow::Dead);
            }
        }
        Ok(Flow::Done)
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

/// What became of the attempt to put an entry of several items into place.
enum Ran {
    /// It was put there.
    Whole,
    /// Some of its items were not absent.
    Not,
    /// It was put there, and some of its items were changed or split before it was complete.
    Mixed,
}

impl<E: Environment, M: Mode, C> Map<'_, E, M, C> {
    /// Fills absent items from `next` on, with the largest entries that fit.
    #[inline(always)]
    fn fill<F: Format, L: Level<Format = F>>(&mut self, table: &Table<'_, L, E>, table_last: u64) -> Filled
    where
        C: Content<F>,
    {
        // Misaligned to everything that this level has, until something fits.
        let mut why = Some(Reason::BadOutput);
        for number in 0..C::shapes::<L>() {
            let shape = C::shape::<L>(number);
            if !self.place.fits(shape.size_lg2) {
                continue;
            }
            let Some(word) = self.content.encode::<L>(number, self.place.oa) else {
                why = Some(Reason::NotEncodable);
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

    /// Fills absent items with entries of one shape, from `next` on; gives the number of entries, or `None` where
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
        if number > 0 {
            // A larger entry may fit at the next multiple of its size.
            span = span.min(low_mask(C::shape::<L>(number - 1).size_lg2) & !next);
        }
        // `span` is the number of bytes less one, which may be all of 2⁶⁴; a table has far fewer items than 2³².
        let entries = (span >> shape.size_lg2) as usize
            + usize::from(span & low_mask(shape.size_lg2) == low_mask(shape.size_lg2));
        let items = entries << shape.items_lg2;
        if !table.header().enter::<M>(items as u32) {
            return None;
        }
        let first = index::<L>(next);
        let mut placed = 0;
        // Of the items counted above, those that were filled, by whomever they were emptied again.
        let mut filled = 0;
        if shape.items_lg2 == 0 {
            for cell in table.cells(first, items) {
                if !Self::put::<L>(cell, word) {
                    break;
                }
                word = C::advance::<L>(number, word, 1 << L::INDEX_LOW);
                placed += 1;
            }
            filled = placed;
        } else {
            for run in table.cells(first, items).chunks(1 << shape.items_lg2) {
                let (ran, kept) = Self::put_run::<F, L>(run, number, shape, word);
                filled += kept;
                match ran {
                    Ran::Whole => {}
                    Ran::Not => break,
                    Ran::Mixed => {
                        let va = next | ((placed as u64) << shape.size_lg2);
                        // Where this fails, what was put into place stays as it is.
                        let _ = split_run::<F, L, E>(table, va, word, self.changes);
                    }
                }
                word = C::advance::<L>(number, word, 1 << shape.size_lg2);
                placed += 1;
            }
        }
        if filled < items {
            table.header().leave::<M>((items - filled) as u32);
        }
        if placed > 0 {
            table.written(first, placed << shape.items_lg2);
            // Less one first: the items of one table may make up all of 2⁶⁴ bytes.
            let bytes_less_one = (((placed - 1) as u64) << shape.size_lg2) | low_mask(shape.size_lg2);
            if F::CACHES.absent {
                self.changes.note(next, next + bytes_less_one, shape.size_lg2, L::NUMBER);
            }
            self.advance_past(bytes_less_one);
        }
        Some(placed)
    }

    /// Puts an entry into an item if that is absent.
    #[inline(always)]
    fn put<L: Level>(cell: &<L::Word as Word>::Cell, word: L::Word) -> bool {
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

    /// Puts an entry of several items into place if all of them are absent, and says how many items stay counted.
    ///
    /// The items are filled one after the other, so others may come in between. Whoever takes items out counts them as
    /// empty and reports them, so what is gone already is left alone here, and so is what others put there.
    fn put_run<F: Format, L: Level<Format = F>>(
        run: &[<L::Word as Word>::Cell],
        number: usize,
        shape: PageShape,
        first_word: L::Word,
    ) -> (Ran, usize)
    where
        C: Content<F>,
    {
        if run.iter().any(|cell| L::class(Table::<L, E>::read(cell)) != Class::Absent) {
            return (Ran::Not, 0);
        }
        let word = |item: usize| {
            let bytes = if shape.own_address { (item as u64) << L::INDEX_LOW } else { 0 };
            C::advance::<L>(number, first_word, bytes)
        };
        // Whatever the hardware wrote to it meanwhile.
        let is_ours = |item: usize, found: L::Word| {
            L::class(found) == Class::Page && L::absorb(word(item), found) == L::absorb(found, word(item))
        };
        let take_back = |count: usize| {
            let taken = |(item, cell)| detach::take_page::<F, L, E, M>(cell, |found| is_ours(item, found)).is_some();
            run.iter().enumerate().take(count).map(taken).filter(|taken| *taken).count()
        };
        for (item, cell) in run.iter().enumerate() {
            if !Self::put::<L>(cell, word(item)) {
                // Somebody was quicker: what is left of what this call put there goes again.
                return (Ran::Not, item - take_back(item));
            }
        }
        if M::SHARED {
            let mut ours = true;
            for (item, cell) in run.iter().enumerate() {
                let found = Table::<L, E>::read(cell);
                if L::class(found) != Class::Page {
                    // The page was taken out before it was complete: so is the rest of it.
                    return (Ran::Whole, run.len() - take_back(run.len()));
                }
                ours &= is_ours(item, found);
            }
            if !ours {
                return (Ran::Mixed, run.len());
            }
        }
        (Ran::Whole, run.len())
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
    fn below<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        link: Link<'_, L, E>,
    ) -> Result<Flow, Reason>
    where
        C: Content<F>,
    {
        let va = self.place.next;
        if link.visit(&mut *self)? == Flow::Dead {
            detach::unlink::<L, E, M>(table, va, link, self.changes);
        }
        Ok(Flow::Done)
    }

    /// Fills a part of the item at `next`, whose word is `word`, in one of its children: as much as belongs there, and
    /// as is not mapped in another child.
    #[cold]
    fn one_of_many<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        index: usize,
        word: L::Word,
    ) -> Result<Flow, Reason>
    where
        C: Content<F>,
    {
        let mut place = Place { last: self.place.last.min(item_last::<L>(self.place.next)), ..self.place };
        let child = loop {
            let (child, last) = part::<L>(&place);
            let others = (0..L::CHILDREN.len()).filter(|other| *other != child);
            let Some(mapped) = others.filter_map(|other| first_mapped(table.child(word, other)?, &place, last)).min()
            else {
                place.last = last;
                break child;
            };
            // Smaller pages may be needed up to there.
            place.last = mapped.checked_sub(1).filter(|last| *last >= place.next).ok_or(Reason::Occupied)?;
        };
        let last = place.last;
        let mut part = Map::<'_, E, M, C> {
            place,
            finished: false,
            content: self.content,
            changes: &mut *self.changes,
            mode: PhantomData,
        };
        let outcome = match table.child(word, child) {
            Some(link) => part.below::<F, L>(table, link),
            None => part.link::<F, L>(table, index, word, child),
        };
        let (reached, finished) = (part.place.next, part.finished);
        if finished {
            self.advance_past(last - self.place.next);
        } else if reached > self.place.next {
            self.advance_past(reached - self.place.next - 1);
        }
        outcome
    }

    /// Builds this child aside, fills it, and links it where `word`, absent or without this child, is.
    #[cold]
    #[inline(never)]
    fn link<F: Format, L: Level<Format = F>>(
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
        let link = aside::build(table, child, Place { last, ..self.place }, self.content)?;
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
                self.changes.note(self.place.next, last, L::INDEX_LOW, L::NUMBER);
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
    fn advance_past(&mut self, bytes_less_one: u64) {
        let place = &mut self.place;
        if place.last - place.next <= bytes_less_one {
            self.finished = true;
        } else {
            place.next += bytes_less_one + 1;
            place.oa = place.oa.wrapping_add(bytes_less_one).wrapping_add(1);
        }
    }
}

/// The first address from `place.next` to `last` that is mapped below a link.
fn first_mapped<F: Format, L: Level<Format = F>, E: Environment>(
    link: Link<'_, L, E>,
    place: &Place,
    last: u64,
) -> Option<u64> {
    let mut scan = Scan::<F> { next: place.next, last, finished: false, run: None };
    link.visit(&mut scan);
    scan.run.map(|run| run.first)
}

/// Which child of an item the largest entry that fits at the place lies below, and how far what is filled there goes:
/// to where its entries no longer fit, or to where larger ones of another child do.
fn part<L: Level>(place: &Place) -> (usize, u64) {
    let sizes = |child: usize| L::CHILDREN.get(child).copied().unwrap_or(0) & place.sizes;
    let largest = |child: usize| (0..64).rev().find(|size| (sizes(child) >> size) & 1 != 0 && place.fits(*size));
    let children = (0..L::CHILDREN.len()).filter_map(|child| Some((largest(child)?, child)));
    let child = children.max_by_key(|(size, _)| *size).map_or(0, |(_, child)| child);

    let mut last = place.last;
    let smallest_lg2 = sizes(child).trailing_zeros();
    let smallest = low_mask(smallest_lg2);
    let bytes_less_one = last - place.next;
    if bytes_less_one & smallest != smallest && bytes_less_one > smallest {
        last = place.next + ((bytes_less_one & !smallest) - 1);
    }
    let others = (0..L::CHILDREN.len()).filter(|other| *other != child).map(sizes).fold(0, |all, sizes| all | sizes);
    for size_lg2 in (smallest_lg2 + 1..64).filter(|size| (others >> size) & 1 != 0) {
        let mask = low_mask(size_lg2);
        let before = place.next | mask;
        let fits_there = (place.next ^ place.oa) & mask == 0 && before < last && last - before > mask;
        if place.next & mask != 0 && fits_there {
            last = before;
        }
    }
    (child, last)
}
