//! Makes one large page of a table of small ones that continue each other.
//!
//! The hardware may hold the table in a cache and go on writing accessed and dirty bits into its items after the entry
//! above has changed. So the entry is made absent first, the table invalidated, and only then are its items read for the
//! last time: nothing that the hardware wrote is lost. That needs the owner of the range, see `through_absent.rs`.

use core::marker::PhantomData;

use crate::address::low_mask;
use crate::environment::Environment;
use crate::error::Reason;
use crate::format::{Class, Format, Level};
use crate::obligation::{Changes, Invalidation};
use crate::table::{Link, Table, TableVisitor, index, item_last, table_last};
use crate::through_absent::Invalidate;
use crate::walk::{Mapping, mapping, page_shape};

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
        let last = item_last::<L>(start);
        if start & low_mask(L::INDEX_LOW) != 0 || self.last < last {
            return Ok(());
        }
        let Some(shape) = L::PAGES.iter().position(|shape| shape.items_lg2 == 0) else { return Ok(()) };
        let mut children = (0..L::CHILDREN.len()).filter_map(|child| table.child(word, child));
        if let (Some(link), None) = (children.next(), children.next()) {
            self.replace(table, start, shape, link);
        }
        Ok(())
    }

    /// Replaces the only table of an entry by a page, if one page can say the same.
    fn replace<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        va: u64,
        shape: usize,
        link: Link<'_, L, E>,
    ) {
        let encode = |page: &Mapping<F::Attributes>| L::encode_page(shape, page.oa, &page.attributes);
        let number = index::<L>(va);
        let Some(small) = link.visit(Continuous { va }) else { return };
        if encode(&small.page).is_none() {
            return;
        }
        let mut word = table.load(number);
        loop {
            if !link.is_in(word) || L::class(link.unlinked(word)) != Class::Absent {
                return;
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
            return;
        };
        table.put_item(number, page);
        link.detach(&mut self.changes.detached);
        self.changes.note(first, last, smallest_page_lg2, L::NUMBER);
        self.changes.note_table(first, last, smallest_page_lg2, L::NUMBER);
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

/// Asks whether the items of a table are pages that continue each other and say the same, and if so, what they would
/// say as one page: accessed or dirty if any of them is.
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
        let first = Table::<L, E>::read(cells.first()?);
        let shape = page_shape::<L>(first);
        let number = L::page_shape(first);
        let mut whole = first;
        for cell in cells {
            let word = Table::<L, E>::read(cell);
            if L::class(word) != Class::Page || page_shape::<L>(word) != shape {
                return None;
            }
            whole = L::absorb(whole, word);
        }
        for (item, cell) in cells.iter().enumerate() {
            let item = if shape.own_address { item } else { item >> shape.items_lg2 << shape.items_lg2 };
            let expected = L::advance(number, first, (item as u64) << L::INDEX_LOW);
            if L::absorb(Table::<L, E>::read(cell), whole) != L::absorb(expected, whole) {
                return None;
            }
        }
        Some(Small { page: mapping::<L>(self.va, whole), item_lg2: L::INDEX_LOW, level: L::NUMBER })
    }

    fn dead_end(self) -> Self::Output {
        None
    }
}
