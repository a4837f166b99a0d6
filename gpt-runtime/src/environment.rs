//! What the runtime needs from its surroundings: memory for tables, and a way to reach it.

#![allow(unsafe_code)]

use core::ptr::NonNull;

use crate::format::{Format, TableShape};
use crate::header::Header;
use crate::table_entry::TableEntry;
use crate::written::Written;

/// The driver's side: where tables live and how both the host and the hardware get at them.
///
/// A table is named by its *output address*, the one that the hardware's walker uses. Nothing is assumed about the
/// host's allocator, page size or locks.
///
/// # Safety
/// An implementation promises that, from the moment that [`Environment::allocate`] gives an address until
/// [`Environment::free`] takes it back,
/// 1. [`Environment::table`] gives a pointer to `shape.bytes` bytes, aligned to `shape.align_bytes`, that nobody
///    else uses, except that the hardware may set the bits that the format marks as its own;
/// 2. [`Environment::header`] gives a pointer to a [`Header`] for that table alone, made by [`Header::new`] with
///    that address and shape when the table was allocated;
/// 3. both give the same pointer at every call.
pub unsafe trait Environment {
    /// Whether the hardware may write accessed and dirty bits. Where it never does, for example because the
    /// feature is off, changes under exclusive ownership become cheaper.
    const HARDWARE_WRITES: bool = true;

    /// Whether [`Environment::allocate`] gives memory in which all bytes are zero. Where it does not, the runtime
    /// writes every item of a new table itself.
    const ZEROED: bool = true;

    /// Whether [`Environment::record`] is called.
    const RECORDS: bool = false;

    /// Memory for a table, at an output address below two to the power of `shape.reach_bits`.
    ///
    /// `None` where there is none. Called by many threads at once.
    fn allocate(&self, shape: TableShape) -> Option<u64>;

    /// Takes a table back.
    ///
    /// # Safety
    /// 1. `address` is from [`Environment::allocate`] of this environment with this `shape`, and not yet freed.
    /// 2. Neither the host nor the hardware uses the table any more.
    unsafe fn free(&self, address: u64, shape: TableShape);

    /// Where the host finds the table.
    ///
    /// # Safety
    /// 1. `address` is from [`Environment::allocate`] of this environment with this `shape`, and not yet freed.
    unsafe fn table(&self, address: u64, shape: TableShape) -> NonNull<u8>;

    /// Where the host finds the table's header.
    ///
    /// # Safety
    /// 1. `address` is from [`Environment::allocate`] of this environment with this `shape`, and not yet freed.
    unsafe fn header(&self, address: u64, shape: TableShape) -> NonNull<Header>;

    /// Asked before an entry leads to a new table what it says beside the address: which memory the table is in,
    /// restrictions for all that lies below, a domain. Left alone, it restricts nothing. Called by many threads at
    /// once, and more than once for the same table if the entry changes meanwhile.
    ///
    /// An environment for one format asks for its attributes by the type of the format:
    /// `if let Some(attributes) = entry.of::<NvVer3>() { … }`.
    #[inline(always)]
    fn table_entry<F: Format>(&self, _entry: &mut TableEntry<F>) {}

    /// Told after items of a table were written, before anything that must come later: the link to a new table
    /// is written only after its items were announced here.
    ///
    /// Where the walker does not see the processor's caches, this cleans the lines of those items.
    #[inline(always)]
    fn written(&self, _table: u64, _shape: TableShape, _first_item: usize, _items: usize) {}

    /// Told what was written, after [`Environment::written`] and where [`Environment::RECORDS`] is set: for an
    /// environment that keeps a device's copy of the tables in step. Called by many threads at once.
    #[inline(always)]
    fn record(&self, _written: &Written<'_>) {}
}

// SAFETY: everything is handed to the environment behind the reference, which keeps the promises.
unsafe impl<E: Environment> Environment for &E {
    const HARDWARE_WRITES: bool = E::HARDWARE_WRITES;
    const ZEROED: bool = E::ZEROED;
    const RECORDS: bool = E::RECORDS;

    fn allocate(&self, shape: TableShape) -> Option<u64> {
        E::allocate(self, shape)
    }

    unsafe fn free(&self, address: u64, shape: TableShape) {
        // SAFETY: the caller's promises 1 and 2 are those asked for.
        unsafe { E::free(self, address, shape) }
    }

    unsafe fn table(&self, address: u64, shape: TableShape) -> NonNull<u8> {
        // SAFETY: the caller's promise 1 is the one asked for.
        unsafe { E::table(self, address, shape) }
    }

    unsafe fn header(&self, address: u64, shape: TableShape) -> NonNull<Header> {
        // SAFETY: the caller's promise 1 is the one asked for.
        unsafe { E::header(self, address, shape) }
    }

    fn table_entry<F: Format>(&self, entry: &mut TableEntry<F>) {
        E::table_entry(self, entry);
    }

    fn written(&self, table: u64, shape: TableShape, first_item: usize, items: usize) {
        E::written(self, table, shape, first_item, items);
    }

    fn record(&self, written: &Written<'_>) {
        E::record(self, written);
    }
}
