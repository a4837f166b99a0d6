//! Table memory that knows which tables are allocated, and which were freed since somebody asked.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ptr::NonNull;

use gpt_runtime::{Environment, Header, TableShape};
use gpt_tests::Tables;

pub struct Watched<'m> {
    pub tables: Tables<'m>,
    live: RefCell<BTreeMap<u64, TableShape>>,
    freed: RefCell<Vec<(u64, usize)>>,
}

impl<'m> Watched<'m> {
    pub fn new(tables: Tables<'m>) -> Self {
        Self { tables, live: RefCell::default(), freed: RefCell::default() }
    }

    /// The tables that are allocated.
    pub fn live(&self) -> BTreeMap<u64, TableShape> {
        self.live.borrow().clone()
    }

    /// The address and size of what was freed since the last call.
    pub fn freed(&self) -> Vec<(u64, usize)> {
        self.freed.take()
    }
}

// SAFETY: everything is handed to the memory behind, which keeps the promises.
unsafe impl Environment for Watched<'_> {
    fn allocate(&self, shape: TableShape) -> Option<u64> {
        let address = self.tables.allocate(shape)?;
        assert!(self.live.borrow_mut().insert(address, shape).is_none());
        Some(address)
    }

    unsafe fn free(&self, address: u64, shape: TableShape) {
        assert_eq!(self.live.borrow_mut().remove(&address), Some(shape));
        self.freed.borrow_mut().push((address, shape.bytes));
        // SAFETY: the caller's promises are those asked for.
        unsafe { self.tables.free(address, shape) }
    }

    unsafe fn table(&self, address: u64, shape: TableShape) -> NonNull<u8> {
        // SAFETY: the caller's promise is the one asked for.
        unsafe { self.tables.table(address, shape) }
    }

    unsafe fn header(&self, address: u64, shape: TableShape) -> NonNull<Header> {
        // SAFETY: the caller's promise is the one asked for.
        unsafe { self.tables.header(address, shape) }
    }

    fn written(&self, table: u64, shape: TableShape, first_item: usize, items: usize) {
        self.tables.written(table, shape, first_item, items);
    }
}
