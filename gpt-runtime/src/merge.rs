//! Makes larger pages of small ones that continue each other: one page of a table, or of several items of it.
//!
//! The hardware may hold a table in a cache and go on writing accessed and dirty bits into its items after the entry
//! above has changed. So where a page takes the place of a table, the entry is made absent first, the table invalidated,
//! and only then are its items read for the last time: nothing that the hardware wrote is lost. That needs the owner of
//! the range, see `through_absent.rs`. Pages of several items stay in their table; `merge_run.rs` says how.
//!
//! What lies below an entry is merged first, then the entry: as one page if that is possible, and otherwise the items of
//! its tables that can be. So no pages are made that go again at once.

use core::marker::PhantomData;

use crate::address::low_mask;
use crate::environment::Environment;
use crate::error::Reason;
use crate::format::{Class, Format, Level};
use crate::merge_run::MergeRuns;
use crate::obligation::{Changes, Invalidation};
use crate::table::{Link, Table, TableVisitor, index, item_last, table_last};
use crate::through_absent::Invalidate;
use crate::walk::{Mapping, mapping};
use crate::word::Word;

/// A range whose tables are being merged, from `next` on.
pub(crate) struct Merge<'a, 'i, E> {
    pub(crate) next: u64,
    pub(crate) last: u64,
    pub(crate) finished: bool,
    pub(crate) changes: &'a mut Changes,
    pub(crate) invalidate: &'a mut Invalidate<'i>,
    pub(crate) environment: PhantomData<E>,
}

impl<F: Format, E: Environment> TableVisitor<F, E> for &mut Merge<'_, '_, E> {
    type Output = Result<(), Reason>;

    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> Self::Output {
        let table_last = table_last::<L>(self.next);
        while !self.finished && self.next <= table_last {
            let word = table.load(index::<L>(self.next));
            match L::class(word) {
                Class::Malformed => return Err(Reason::Malformed),
                Class::Table => self.entry(table, word)?,
                Class::Absent | Class::Special | Class::Page => {}
            }
            // An entry's children may have moved `next` on to its end, but not beyond.
            if !self.finished && self.next <= table_last {
                self.advance_past(item_last::<L>(self.next) - self.next);
            }
        }
        Ok(())
    }

    fn dead_end(self) -> Self::Output {
        Err(Reason::BadInput)
    }
}

impl<E: Environment> Merge<'_, '_, E> {
    /// Merges below a table entry, then the entry itself.
    fn entry<F: Format, L: Level<Format = F>>(&mut self, table: &Table<'_, L, E>, word: L::Word) -> Result<(), Reason> {
        let start = self.next;
        for child in 0..L::CHILDREN.len() {
            if let Some(link) = table.child(word, child) {
                self.next = start;
                self.finished = false;
                link.visit(&mut *self)?;
            }
        }
        self.next = start;
        self.finished = false;
        let last = self.last.min(item_last::<L>(start));
        let whole = start & low_mask(L::INDEX_LOW) == 0 && last == item_last::<L>(start);
        let children = || (0..L::CHILDREN.len()).filter_map(|child| table.child(word, child));
        if let (true, Some(link), None) = (whole, children().next(), children().nth(1))
            && self.replace(table, start, link)
        {
            return Ok(());
        }
        for link in children() {
            link.visit(MergeRuns { next: start, last, changes: &mut *self.changes, invalidate: &mut *self.invalidate });
        }
        Ok(())
    }

    /// Replaces the only table of an entry by a page, if one page can say the same; says whether it did.
    fn replace<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        va: u64,
        link: Link<'_, L, E>,
    ) -> bool {
        // There may be several kinds of such pages, for the memory that they lead to.
        let single = |number: &usize| L::PAGES.get(*number).is_some_and(|shape| shape.items_lg2 == 0);
        let encode = |page: &Mapping<F::Attributes>| {
            let mut singles = (0..L::PAGES.len()).filter(single);
            singles.find_map(|number| L::encode_page(number, page.oa, &page.attributes))
        };
        let number = index::<L>(va);
        let Some(small) = link.visit(Continuous { va }) else { return false };
        if encode(&small.page).is_none() {
            return false;
        }
        let mut word = table.load(number);
        loop {
            if !link.is_in(word) || L::class(link.unlinked(word)) != Class::Absent {
                return false;
            }
            match table.replace_item(number, word, L::EMPTY) {
                Ok(()) => break,
                Err(found) => word = found,
            }
        }
        let (first, last) = (va, item_last::<L>(va));
        // What the hardware may have cached are the small pages.
        let (smallest_page_lg2, levels) = (small.item_lg2, 1 << L::NUMBER | 1 << small.level);
        (self.invalidate)(Invalidation { first, last, smallest_page_lg2, levels, tables: true });
        // Only the hardware has changed the table since, and that can say nothing a page cannot.
        let Some(page) = link.visit(Continuous { va }).and_then(|small| encode(&small.page)) else {
            table.put_item(number, word);
            return false;
        };
        table.put_item(number, page);
        link.detach(&mut self.changes.detached);
        self.changes.note(first, last, smallest_page_lg2, L::NUMBER);
        self.changes.note_table(first, last, smallest_page_lg2, L::NUMBER);
        true
    }

    /// Moves on by one byte more than `bytes_less_one`.
    fn advance_past(&mut self, bytes_less_one: u64) {
        if self.last - self.next <= bytes_less_one {
            self.finished = true;
        } else {
            self.next += bytes_less_one + 1;
        }
    }
}

/// Asks whether the items of a table are pages, of whatever sizes, that continue each other and say the same, and if so,
/// what they would say as one page: accessed or dirty if any of them is.
struct Continuous {
    va: u64,
}

/// A table of small pages that continue each other.
struct Small<A> {
    /// What they say as one.
    page: Mapping<A>,
    /// The size of one item of the table, as a power of two.
    item_lg2: u32,
    /// The number of the table's level.
    level: u8,
}

impl<F: Format, E: Environment> TableVisitor<F, E> for Continuous {
    type Output = Option<Small<F::Attributes>>;

    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> Self::Output {
        let cells = table.cells(0, L::TABLE.items);
        let oa = mapping::<L>(self.va, Table::<L, E>::read(cells.first()?)).oa;
        // What an item says, as the smallest page that says it would at the start of the table.
        let at_start = |(item, cell): (usize, &<L::Word as Word>::Cell)| {
            let va = self.va + ((item as u64) << L::INDEX_LOW);
            let word = Table::<L, E>::read(cell);
            let page = mapping::<L>(va, word);
            let goes_on = L::class(word) == Class::Page && page.oa.wrapping_sub(page.va - self.va) == oa;
            let smallest = || (0..L::PAGES.len()).rev().find_map(|shape| L::encode_page(shape, oa, &page.attributes));
            if goes_on { smallest() } else { None }
        };
        let mut whole = at_start((0, cells.first()?))?;
        for item in cells.iter().enumerate() {
            let word = at_start(item)?;
            if L::absorb(whole, word) != L::absorb(word, whole) {
                return None;
            }
            whole = L::absorb(whole, word);
        }
        let page = Mapping { oa, ..mapping::<L>(self.va, whole) };
        Some(Small { page, item_lg2: L::INDEX_LOW, level: L::NUMBER })
    }

    fn dead_end(self) -> Self::Output {
        None
    }
}
