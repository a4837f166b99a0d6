//! One table: the only place where table memory is touched.
//!
//! # Safety
//! A [`Table`] exists only while it is visited, and a visit starts in one of three ways: at the root, which is
//! freed with the tree; at a [`Link`] that was read from a table that is being visited, under a guard of the
//! reclaimer or with the tree owned; at a link to a table that the caller has just allocated. In each case the memory
//! and its header stay valid until the visit ends.
#![allow(unsafe_code)]

use core::marker::PhantomData;
use core::ptr::NonNull;
use core::slice;

use crate::address::low_mask;
use crate::environment::Environment;
use crate::error::Reason;
use crate::format::{Class, Format, Level, Visitor};
use crate::header::Header;
use crate::list::Tables;
use crate::table_entry::TableEntry;
use crate::word::Word;
use crate::written::Written;

/// A table of level `L`.
pub(crate) struct Table<'e, L: Level, E> {
    environment: &'e E,
    address: u64,
    first: NonNull<<L::Word as Word>::Cell>,
    // The header is looked for only where it is needed: most tables are only passed through on the way down.
}

impl<L: Level, E> Clone for Table<'_, L, E> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<L: Level, E> Copy for Table<'_, L, E> {}

/// Which item of a table of level `L` an input address picks.
#[inline(always)]
pub(crate) fn index<L: Level>(address: u64) -> usize {
    // The mask is at most 2²⁰, so nothing is cut off on any host.
    ((address >> L::INDEX_LOW) & low_mask(L::INDEX_BITS)) as usize
}

/// The last input address below the item that `address` is in.
#[inline(always)]
pub(crate) fn item_last<L: Level>(address: u64) -> u64 {
    address | low_mask(L::INDEX_LOW)
}

/// The last input address below the table that `address` is in.
#[inline(always)]
pub(crate) fn table_last<L: Level>(address: u64) -> u64 {
    address | low_mask(L::INDEX_LOW + L::INDEX_BITS)
}

/// The last address of the last item that ends at or before `last`, where one that does begins at `first`.
#[inline(always)]
pub(crate) fn whole_items_last<L: Level>(first: u64, last: u64) -> Option<u64> {
    let item_mask = low_mask(L::INDEX_LOW);
    if first & item_mask != 0 {
        return None;
    }
    let whole = if last & item_mask == item_mask { last } else { (last & !item_mask).checked_sub(1)? };
    (first <= whole).then_some(whole)
}

impl<'e, L: Level, E: Environment> Table<'e, L, E> {
    /// Whether a word in memory has its bytes the other way round than the host.
    const SWAP: bool = L::BIG_ENDIAN != cfg!(target_endian = "big");

    /// The table at an output address.
    ///
    /// # Safety
    /// 1. The address is that of a table of level `L` that this environment allocated and has not freed.
    /// 2. It is not freed while the value, or a reference from it, is in use.
    #[inline(always)]
    unsafe fn at(environment: &'e E, address: u64) -> Self {
        // SAFETY: by promise 1 the table is allocated.
        let memory = unsafe { environment.table(address, L::TABLE) };
        Self { environment, address, first: memory.cast() }
    }

    /// The cells of all items.
    #[inline(always)]
    fn all(&self) -> &'e [<L::Word as Word>::Cell] {
        // SAFETY: the environment promises room for the items, aligned, used by nobody else but the hardware, which
        // writes single items atomically as a cell does; by promise 2 of `at` it stays.
        unsafe { slice::from_raw_parts(self.first.as_ptr(), L::TABLE.items) }
    }

    /// The table's header.
    #[inline(always)]
    pub(crate) fn header(&self) -> &'e Header {
        // SAFETY: by promise 1 of `at` the table is allocated.
        let header = unsafe { self.environment.header(self.address, L::TABLE) };
        // SAFETY: the environment promises a valid header; by promise 2 of `at` it stays.
        unsafe { header.as_ref() }
    }

    /// The child with this number of an item that holds `word`.
    #[inline(always)]
    pub(crate) fn child(&self, word: L::Word, child: usize) -> Option<Link<'e, L, E>> {
        Some(self.link(child, L::child(word, child)?))
    }

    /// The link to the child with this number at this address, as [`Link::parts`] gave them.
    #[inline(always)]
    pub(crate) fn link(&self, child: usize, address: u64) -> Link<'e, L, E> {
        Link { environment: self.environment, child, address, parent: PhantomData }
    }

    /// The one table below which all of `first` to `last` lies, where an item of this table leads to it already.
    ///
    /// Most calls are short, so this is how they get down: level after level in one piece of straight code.
    #[inline(always)]
    pub(crate) fn child_of_all(&self, first: u64, last: u64) -> Option<Link<'e, L, E>> {
        if L::CHILDREN.len() != 1 || (first ^ last) >> L::INDEX_LOW != 0 {
            return None;
        }
        let word = self.load(index::<L>(first));
        if L::class(word) == Class::Table { self.child(word, 0) } else { None }
    }

    /// Frees the table.
    ///
    /// # Safety
    /// 1. Nothing leads to the table, and neither host nor hardware uses it after this call.
    pub(crate) unsafe fn free(&self) {
        // SAFETY: the table is allocated as long as it is visited, and by promise 1 unused from here on.
        unsafe { self.environment.free(self.address, L::TABLE) };
    }

    /// The environment that the table's memory is from.
    #[inline(always)]
    pub(crate) fn environment(&self) -> &'e E {
        self.environment
    }

    /// The cell of an item.
    #[inline(always)]
    pub(crate) fn cell(&self, index: usize) -> &'e <L::Word as Word>::Cell {
        debug_assert!(index < L::TABLE.items);
        // The number of items is a power of two, so this changes no index that is in range.
        let index = index & ((1 << L::INDEX_BITS) - 1);
        // SAFETY: the mask keeps the index below the number of items, `1 << INDEX_BITS`.
        unsafe { self.all().get_unchecked(index) }
    }

    /// The cells of up to `count` items from `first` on.
    #[inline(always)]
    pub(crate) fn cells(&self, first: usize, count: usize) -> &'e [<L::Word as Word>::Cell] {
        let rest = self.all().get(first..).unwrap_or_default();
        rest.get(..count).unwrap_or(rest)
    }

    /// Loads an item, with acquire order.
    #[inline(always)]
    pub(crate) fn load(&self, index: usize) -> L::Word {
        Self::read(self.cell(index))
    }

    /// Loads a cell, with acquire order.
    #[inline(always)]
    pub(crate) fn read(cell: &<L::Word as Word>::Cell) -> L::Word {
        L::Word::load::<L>(cell).swapped_if(Self::SWAP)
    }

    /// Loads a cell that only this thread, or the hardware, may change.
    #[inline(always)]
    pub(crate) fn read_owned(cell: &<L::Word as Word>::Cell) -> L::Word {
        L::Word::load_relaxed::<L>(cell).swapped_if(Self::SWAP)
    }

    /// Stores into a cell, with release order.
    #[inline(always)]
    pub(crate) fn write(cell: &<L::Word as Word>::Cell, word: L::Word) {
        L::Word::store::<L>(cell, word.swapped_if(Self::SWAP));
    }

    /// Replaces `current` by `new` in a cell, with acquire and release order.
    #[inline(always)]
    pub(crate) fn replace(cell: &<L::Word as Word>::Cell, current: L::Word, new: L::Word) -> Result<(), L::Word> {
        L::Word::compare_exchange::<L>(cell, current.swapped_if(Self::SWAP), new.swapped_if(Self::SWAP))
            .map_err(|found| found.swapped_if(Self::SWAP))
    }

    /// Replaces what is in a cell, with acquire and release order, and gives it back.
    #[inline(always)]
    pub(crate) fn exchange(cell: &<L::Word as Word>::Cell, new: L::Word) -> L::Word {
        L::Word::swap::<L>(cell, new.swapped_if(Self::SWAP)).swapped_if(Self::SWAP)
    }

    /// Replaces `current` by `new` in the item at `index`, and announces it.
    #[inline]
    pub(crate) fn replace_item(&self, index: usize, current: L::Word, new: L::Word) -> Result<(), L::Word> {
        Self::replace(self.cell(index), current, new)?;
        self.written(index, 1);
        Ok(())
    }

    /// Stores into an item of a range that the caller owns, and announces it.
    pub(crate) fn put_item(&self, index: usize, word: L::Word) {
        Self::write(self.cell(index), word);
        self.written(index, 1);
    }

    /// Tells the environment that items were written.
    #[inline(always)]
    pub(crate) fn written(&self, first: usize, items: usize) {
        self.environment.written(self.address, L::TABLE, first, items);
        if E::RECORDS {
            self.record(first, items);
        }
    }

    /// Hands what was written to an environment that keeps a record.
    #[inline(never)]
    fn record(&self, first: usize, items: usize) {
        let load = |item: usize| {
            let word = self.load(first + item);
            (word.into(), L::class(word))
        };
        let item_bytes = size_of::<L::Word>();
        self.environment.record(&Written {
            address: self.address + (first * item_bytes) as u64,
            items,
            item_bytes: item_bytes as u32,
            big_endian: L::BIG_ENDIAN,
            load: &load,
        });
    }
}

/// An algorithm that is shown tables, with their level as a type.
pub(crate) trait TableVisitor<F: Format, E: Environment> {
    /// What the visit gives.
    type Output;

    /// Visits a table.
    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> Self::Output;

    /// What a visit gives where the format has no such table.
    fn dead_end(self) -> Self::Output;
}

/// Turns the address that generated code gives into a table.
struct Enter<'e, E, V> {
    environment: &'e E,
    visitor: V,
}

impl<F: Format, E: Environment, V: TableVisitor<F, E>> Visitor<F> for Enter<'_, E, V> {
    type Output = V::Output;

    #[inline(always)]
    fn visit<L: Level<Format = F>>(self, address: u64) -> V::Output {
        // SAFETY: the address is that of a root or of a link, see the top of this file.
        let table = unsafe { Table::<L, E>::at(self.environment, address) };
        self.visitor.visit(&table)
    }

    #[inline(always)]
    fn dead_end(self) -> V::Output {
        self.visitor.dead_end()
    }
}

/// A table that an item of level `L` leads to, or that will be linked to one.
#[derive(Clone, Copy)]
pub(crate) struct Link<'e, L, E> {
    environment: &'e E,
    child: usize,
    address: u64,
    parent: PhantomData<fn() -> L>,
}

impl<'e, L: Level, E: Environment> Link<'e, L, E> {
    /// Memory for a new table, all zero.
    pub(crate) fn allocate(environment: &'e E, child: usize) -> Option<Self> {
        let address = environment.allocate(L::child_shape(child))?;
        Some(Self { environment, child, address, parent: PhantomData })
    }

    /// The number of the child and its address: two words, for what is rarely called and must not cost memory before.
    #[inline(always)]
    pub(crate) fn parts(self) -> (usize, u64) {
        (self.child, self.address)
    }

    /// `word`, the entry for the item with `va` in it, with this table linked.
    pub(crate) fn linked(&self, word: L::Word, va: u64) -> Result<L::Word, Reason> {
        let mut entry = TableEntry::<L::Format>::new(L::NUMBER, va, self.address);
        self.environment.table_entry(&mut entry);
        entry.link::<L>(word, self.child)
    }

    /// Whether `word` leads to this table.
    pub(crate) fn is_in(&self, word: L::Word) -> bool {
        L::class(word) == Class::Table && L::child(word, self.child) == Some(self.address)
    }

    /// `word` with this table no longer linked.
    pub(crate) fn unlinked(&self, word: L::Word) -> L::Word {
        L::without_child(word, self.child)
    }

    /// Visits the table.
    #[inline(always)]
    pub(crate) fn visit<V: TableVisitor<L::Format, E>>(&self, visitor: V) -> V::Output {
        L::descend(self.child, self.address, Enter { environment: self.environment, visitor })
    }

    /// Puts the table, which the caller has just unlinked, into a list.
    pub(crate) fn detach(self, list: &mut Tables) {
        // SAFETY: the table is allocated: only its retirement, which comes later, frees it.
        let header = unsafe { self.environment.header(self.address, L::child_shape(self.child)) };
        // SAFETY: a link is cleared by one compare-exchange, so one caller alone unlinks the table.
        unsafe { list.push(header.as_ptr()) };
    }
}

/// Visits the root table of a tree that is alive.
#[inline(always)]
pub(crate) fn visit_root<F: Format, E: Environment, V: TableVisitor<F, E>>(
    environment: &E,
    level: u8,
    root: u64,
    visitor: V,
) -> V::Output {
    F::at_root(level, root, Enter { environment, visitor })
}

/// Frees the tables of a list.
///
/// # Safety
/// 1. Neither host nor hardware uses the tables any more, and they are from this environment.
pub(crate) unsafe fn free_all<E: Environment>(environment: &E, mut tables: Tables) {
    while let Some(header) = tables.pop() {
        // SAFETY: a list owns the headers of its tables.
        let header = unsafe { &*header };
        let (address, shape) = (header.address(), header.shape());
        // SAFETY: by promise 1.
        unsafe { environment.free(address, shape) };
    }
}
