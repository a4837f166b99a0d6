//! Makes one page of several items of smaller pages in the same table that continue each other: a contiguous run, or a
//! page whose size is coded in its address.
//!
//! # Who may do so
//! The owner of the range alone. While only some of the items belong to the new page, the hardware may take the page for
//! whole, and keep a translation of addresses whose own items say something else. Were somebody else to unmap one of the
//! small pages then, an invalidation of that page would not help: the hardware would read from an item beside it, once
//! more, that it is mapped.
//!
//! # Live
//! Where the format replaces entries in place, each item is replaced by a compare-exchange, the first first. It translates
//! to the same before and after. What the hardware wrote to any item until then goes into all of them, for it holds for
//! the whole page now; what it writes later, it writes to one item of the page, as to any run.
//!
//! # Through absent
//! Where it does not, all items are made absent, each by a compare-exchange, whose word has what the hardware wrote last;
//! they are invalidated; then the page is put into them, with all that was written to any. A walk in between finds
//! nothing. The items stay counted all the while, so that the table cannot die.
//!
//! # What stops it
//! Only the hardware changes the items meanwhile, and only to say that they were used. Should the page have no way to say
//! that, what was changed already is made into pages of single items, and nothing is lost.

use core::marker::PhantomData;

use crate::address::low_mask;
use crate::environment::Environment;
use crate::format::{Class, Format, Level, PageShape};
use crate::obligation::{Changes, Invalidation};
use crate::split::{split_run, spread};
use crate::table::{Table, TableVisitor, index, item_last, table_last};
use crate::through_absent::Invalidate;
use crate::walk::{mapping, page_shape};
use crate::word::Word;

/// A table's share, from `next` to `last`, of a range in which pages are merged.
pub(crate) struct MergeRuns<'a, 'i> {
    pub(crate) next: u64,
    pub(crate) last: u64,
    pub(crate) changes: &'a mut Changes,
    pub(crate) invalidate: &'a mut Invalidate<'i>,
}

impl<F: Format, E: Environment> TableVisitor<F, E> for MergeRuns<'_, '_> {
    type Output = ();

    fn visit<L: Level<Format = F>>(mut self, table: &Table<'_, L, E>) {
        if L::PAGES.iter().all(|shape| shape.items_lg2 == 0) {
            return;
        }
        let last = self.last.min(table_last::<L>(self.next));
        loop {
            // The largest first.
            let merged = (0..L::PAGES.len()).find_map(|number| {
                let wide = Wide::<L>::at(number, self.next, last)?;
                self.merge(table, &wide).then_some(wide.last())
            });
            let word = table.load(index::<L>(self.next));
            let in_page = if L::class(word) == Class::Page { low_mask(page_shape::<L>(word).size_lg2) } else { 0 };
            let end = merged.unwrap_or(item_last::<L>(self.next | in_page));
            if end >= last {
                return;
            }
            self.next = end + 1;
        }
    }

    fn dead_end(self) {}
}

impl MergeRuns<'_, '_> {
    /// Makes this page of what its items hold, if that says the same; says whether it did.
    fn merge<F: Format, L: Level<Format = F>, E: Environment>(
        &mut self,
        table: &Table<'_, L, E>,
        wide: &Wide<L>,
    ) -> bool {
        let (number, last) = (index::<L>(wide.va), wide.last());
        let cells = table.cells(number, 1 << wide.shape.items_lg2);
        let Some((oa, mut all)) = wide.of::<E>(cells) else { return false };
        let mut done = 0;
        while let Some(cell) = cells.get(done) {
            let found = Table::<L, E>::read(cell);
            let Some(said) = wide.word(done, found, oa) else { break };
            all = L::absorb(all, said);
            let new = if F::REPLACE_IN_PLACE { wide.item(done, all) } else { L::EMPTY };
            // Where the hardware was quicker, this item is looked at again.
            done += usize::from(Table::<L, E>::replace(cell, found, new).is_ok());
        }
        let whole = done == cells.len();
        if F::REPLACE_IN_PLACE {
            if whole {
                spread::<L, E>(cells, |item| wide.item(item, all));
            } else if done > 0 {
                // An error says that no single item can say it: then the items stay as they are.
                let _ = split_run::<F, L, E>(table, wide.va, wide.item(0, all), self.changes);
            }
        } else {
            table.written(number, done);
            (self.invalidate)(Invalidation {
                first: wide.va,
                last,
                smallest_page_lg2: L::INDEX_LOW,
                levels: 1 << L::NUMBER,
                tables: false,
            });
            for (item, cell) in cells.iter().enumerate().take(done) {
                let single = || wide.single(item, oa, all);
                let word = if whole { None } else { single() };
                Table::<L, E>::write(cell, word.unwrap_or_else(|| wide.item(item, all)));
            }
        }
        if done > 0 {
            table.written(number, done);
            // The hardware may have cached what was there item by item.
            self.changes.note(wide.va, last, L::INDEX_LOW, L::NUMBER);
        }
        whole
    }
}

/// A page of several items that there may be at `va`.
struct Wide<L> {
    /// Which of the level's pages it is.
    number: usize,
    shape: PageShape,
    va: u64,
    level: PhantomData<L>,
}

impl<L: Level> Wide<L> {
    /// The page at `va` with this number, if that has several items, may start there, and ends at `last` or before.
    fn at(number: usize, va: u64, last: u64) -> Option<Self> {
        let shape = *L::PAGES.get(number)?;
        let mask = low_mask(shape.size_lg2);
        let fits = shape.items_lg2 > 0 && va & mask == 0 && last - va >= mask;
        fits.then_some(Self { number, shape, va, level: PhantomData })
    }

    fn last(&self) -> u64 {
        self.va | low_mask(self.shape.size_lg2)
    }

    /// Where it would lead, and its first word, if all of its items have smaller pages that say the same: used as soon as
    /// one of them is.
    fn of<E: Environment>(&self, cells: &[<L::Word as Word>::Cell]) -> Option<(u64, L::Word)> {
        let first = Table::<L, E>::read(cells.first()?);
        let oa = self.start(0, first)?;
        if oa & low_mask(self.shape.size_lg2) != 0 {
            return None;
        }
        let mut all = self.word(0, first, oa)?;
        for (item, cell) in cells.iter().enumerate() {
            let said = self.word(item, Table::<L, E>::read(cell), oa)?;
            if L::absorb(all, said) != L::absorb(said, all) {
                return None;
            }
            all = L::absorb(all, said);
        }
        Some((oa, all))
    }

    /// Where it would lead for an item with this word to stay as it is, if that is of a smaller page.
    fn start(&self, item: usize, word: L::Word) -> Option<u64> {
        let is_smaller = L::class(word) == Class::Page && page_shape::<L>(word).size_lg2 < self.shape.size_lg2;
        is_smaller.then(|| {
            let page = mapping::<L>(self.va + ((item as u64) << L::INDEX_LOW), word);
            page.oa.wrapping_sub(page.va - self.va)
        })
    }

    /// Its first word, if it leads to `oa` and an item with this word can become a part of it.
    fn word(&self, item: usize, word: L::Word, oa: u64) -> Option<L::Word> {
        if self.start(item, word)? != oa {
            return None;
        }
        L::encode_page(self.number, oa, &L::attributes(word))
    }

    /// What one of its items holds.
    fn item(&self, item: usize, first: L::Word) -> L::Word {
        let further = if self.shape.own_address { (item as u64) << L::INDEX_LOW } else { 0 };
        L::advance(self.number, first, further)
    }

    /// What one of its items holds that says the same alone.
    fn single(&self, item: usize, oa: u64, first: L::Word) -> Option<L::Word> {
        let single = L::PAGES.iter().position(|shape| shape.items_lg2 == 0)?;
        let word = L::encode_page(single, oa, &L::attributes(first))?;
        Some(L::advance(single, word, (item as u64) << L::INDEX_LOW))
    }
}
