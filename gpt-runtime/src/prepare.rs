//! Operations in two steps: allocate now, change later, when allocation is not allowed any more.
//!
//! The tables that an operation on a range can need are counted without looking at the tree: at each level at most as
//! many as the range touches. Whatever others do to the tree meanwhile, that is enough: a table that was built aside
//! and lost its race goes back to the pool.
//!
//! # Safety
//! A table of the pool is allocated, is linked nowhere, and is known to the pool alone.
#![allow(unsafe_code)]

use core::cell::Cell;
use core::fmt;
use core::ptr::NonNull;

use crate::address::AddressRange;
use crate::edit;
use crate::environment::Environment;
use crate::format::{Format, Level, TableShape, Visitor};
use crate::header::Header;
use crate::list::Tables;
use crate::mode::Shared;
use crate::page_table::{Outcome, PageTable};
use crate::reclaim::Reclaim;
use crate::removed::{EmptyTables, Removed};
use crate::run::Run;
use crate::table;
use crate::table_entry::TableEntry;
use crate::written::Written;

/// Tables enough for one operation on a range. What is not needed goes back when the value is dropped.
pub struct Prepared<'t, F: Format, E: Environment, R: Reclaim> {
    tree: &'t PageTable<F, E, R>,
    range: AddressRange<F>,
    sizes: u64,
    pool: Pool<'t, E>,
}

/// There is no memory for all the tables that an operation may need; none was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfTables;

impl fmt::Display for OutOfTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no memory for the tables that the operation may need")
    }
}

impl core::error::Error for OutOfTables {}

impl<'t, F: Format, E: Environment, R: Reclaim> Prepared<'t, F, E, R> {
    pub(crate) fn new(tree: &'t PageTable<F, E, R>, range: AddressRange<F>, sizes: u64) -> Result<Self, OutOfTables> {
        let pool = Pool { environment: tree.environment(), tables: Cell::new(Tables::new()) };
        let stock = Stock { pool: &pool, first: range.first(), last: range.last(), sizes };
        if F::at_root(tree.root_table().level, 0, stock) {
            Ok(Self { tree, range, sizes, pool })
        } else {
            Err(OutOfTables)
        }
    }

    /// Like [`PageTable::map_with_sizes`] on the prepared range, with the prepared sizes, without allocating.
    ///
    /// # Errors
    /// Those of [`PageTable::map`] but [`crate::Reason::OutOfTables`].
    pub fn map(self, oa: u64, attributes: &F::Attributes) -> Outcome<'t, F, E, R> {
        let tree = self.tree;
        let _reader = tree.reader();
        Run { tree, memory: &self.pool, owned: None }.map::<Shared>(self.range, oa, attributes, self.sizes)
    }

    /// Like [`PageTable::unmap`] on the prepared range, without allocating.
    ///
    /// # Errors
    /// Those of [`PageTable::unmap`] but [`crate::Reason::OutOfTables`].
    pub fn unmap(self, empty_tables: EmptyTables, report: impl FnMut(Removed<F>)) -> Outcome<'t, F, E, R> {
        let tree = self.tree;
        let _reader = tree.reader();
        Run { tree, memory: &self.pool, owned: None }.unmap::<Shared>(self.range, empty_tables, report)
    }

    /// Like [`PageTable::protect`] on the prepared range, without allocating.
    ///
    /// # Errors
    /// Those of [`PageTable::protect`] but [`crate::Reason::OutOfTables`].
    pub fn protect(self, change: &F::Change) -> Outcome<'t, F, E, R> {
        let tree = self.tree;
        let _reader = tree.reader();
        Run { tree, memory: &self.pool, owned: None }.update::<Shared>(self.range, &mut edit::Protect(change))
    }
}

impl<F: Format, E: Environment, R: Reclaim> fmt::Debug for Prepared<'_, F, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").field("tree", self.tree).field("range", &self.range).finish_non_exhaustive()
    }
}

/// An environment that gives out only what was allocated before.
struct Pool<'e, E: Environment> {
    environment: &'e E,
    tables: Cell<Tables>,
}

impl<E: Environment> Pool<'_, E> {
    /// Adds a new table; false where there is no memory.
    fn add(&self, shape: TableShape) -> bool {
        let Some(address) = self.environment.allocate(shape) else { return false };
        self.put(address, shape);
        true
    }

    /// Adds a table that nobody uses.
    fn put(&self, address: u64, shape: TableShape) {
        // SAFETY: the table is allocated, and it is this pool's own.
        let header = unsafe { self.environment.header(address, shape) };
        // SAFETY: as above, so its header is valid.
        unsafe { header.as_ref() }.renew();
        let mut tables = self.tables.take();
        // SAFETY: as above: it is in no other list.
        unsafe { tables.push(header.as_ptr()) };
        self.tables.set(tables);
    }
}

impl<E: Environment> Drop for Pool<'_, E> {
    fn drop(&mut self) {
        // SAFETY: the tables of the pool are linked nowhere.
        unsafe { table::free_all(self.environment, self.tables.take()) };
    }
}

// SAFETY: tables come from the environment behind and are found through it; a table that is in the pool belongs to the
// pool, and one that it gave out has the memory and the header that the environment gave it.
unsafe impl<E: Environment> Environment for Pool<'_, E> {
    const HARDWARE_WRITES: bool = E::HARDWARE_WRITES;
    // What comes back to the pool was written to.
    const ZEROED: bool = false;
    const RECORDS: bool = E::RECORDS;

    fn allocate(&self, shape: TableShape) -> Option<u64> {
        let mut others = Tables::new();
        let mut tables = self.tables.take();
        let mut found = None;
        while let Some(header) = tables.pop() {
            // SAFETY: the pool owns the headers of its tables.
            let table = unsafe { &*header };
            if table.shape() == shape {
                found = Some(table.address());
                break;
            }
            // SAFETY: it was just taken out of a list that owned it.
            unsafe { others.push(header) };
        }
        tables.append(others);
        self.tables.set(tables);
        found
    }

    unsafe fn free(&self, address: u64, shape: TableShape) {
        // What an operation frees itself was built aside and never linked.
        self.put(address, shape);
    }

    #[inline(always)]
    unsafe fn table(&self, address: u64, shape: TableShape) -> NonNull<u8> {
        // SAFETY: the caller's promise 1.
        unsafe { self.environment.table(address, shape) }
    }

    #[inline(always)]
    unsafe fn header(&self, address: u64, shape: TableShape) -> NonNull<Header> {
        // SAFETY: the caller's promise 1.
        unsafe { self.environment.header(address, shape) }
    }

    #[inline(always)]
    fn table_entry<F: Format>(&self, entry: &mut TableEntry<F>) {
        self.environment.table_entry(entry);
    }

    #[inline(always)]
    fn written(&self, table: u64, shape: TableShape, first_item: usize, items: usize) {
        self.environment.written(table, shape, first_item, items);
    }

    #[inline(always)]
    fn record(&self, written: &Written<'_>) {
        self.environment.record(written);
    }
}

/// Puts as many tables into a pool as a range can need, level by level; says whether there was memory for all.
struct Stock<'p, 'e, E: Environment> {
    pool: &'p Pool<'e, E>,
    first: u64,
    last: u64,
    sizes: u64,
}

impl<F: Format, E: Environment> Visitor<F> for Stock<'_, '_, E> {
    type Output = bool;

    fn visit<L: Level<Format = F>>(self, _: u64) -> bool {
        for (child, sizes) in L::CHILDREN.iter().enumerate() {
            // Of tables that exclude each other, one whose pages an earlier one has too is never made.
            let mut earlier = L::CHILDREN.iter().take(child);
            let unused = L::CHILDREN_EXCLUDE && earlier.any(|earlier| sizes & !earlier == 0);
            if sizes & self.sizes == 0 || unused {
                continue;
            }
            let items = (self.last >> L::INDEX_LOW) - (self.first >> L::INDEX_LOW);
            for _ in 0..=items {
                if !self.pool.add(L::child_shape(child)) {
                    return false;
                }
            }
            let below = Stock { pool: self.pool, first: self.first, last: self.last, sizes: self.sizes };
            if !L::descend(child, 0, below) {
                return false;
            }
        }
        true
    }

    fn dead_end(self) -> bool {
        false
    }
}
