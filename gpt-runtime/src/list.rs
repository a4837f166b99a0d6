//! Lists of tables that are no longer linked, chained through their headers: no memory is needed to free memory.
//!
//! # Safety
//! A list owns its tables: each was unlinked by exactly one thread, which put it into exactly one list, and its
//! header stays valid until the list gives the table to [`crate::Environment::free`].
#![allow(unsafe_code)]

use core::ptr;

use crate::header::Header;
use crate::sync::{AtomicPtr, Ordering};

/// Tables that nobody can reach any more through the tree. Dropping the list leaks them.
#[derive(Debug)]
pub struct Tables {
    head: *mut Header,
    tail: *mut Header,
}

// SAFETY: the list owns the headers that it points to, and a header may be used by any thread.
unsafe impl Send for Tables {}
// SAFETY: nothing can be done to a list through a shared reference but to ask whether it is empty.
unsafe impl Sync for Tables {}

impl Default for Tables {
    fn default() -> Self {
        Self::new()
    }
}

impl Tables {
    /// A list without tables.
    pub const fn new() -> Self {
        Self { head: ptr::null_mut(), tail: ptr::null_mut() }
    }

    /// Whether there is no table in the list.
    pub fn is_empty(&self) -> bool {
        self.head.is_null()
    }

    /// Adds a table that the caller has just unlinked.
    ///
    /// # Safety
    /// 1. The header is valid and the table in no other list.
    pub(crate) unsafe fn push(&mut self, header: *mut Header) {
        // SAFETY: by promise 1 the header is valid.
        unsafe { &*header }.set_next(self.head);
        if self.head.is_null() {
            self.tail = header;
        }
        self.head = header;
    }

    /// Takes a table out.
    pub(crate) fn pop(&mut self) -> Option<*mut Header> {
        if self.head.is_null() {
            return None;
        }
        let header = self.head;
        // SAFETY: the list owns its headers, so they are valid.
        self.head = unsafe { &*header }.next();
        Some(header)
    }

    /// Adds all tables of another list.
    pub fn append(&mut self, mut other: Self) {
        while let Some(header) = other.pop() {
            // SAFETY: the header is from a list that owned it.
            unsafe { self.push(header) };
        }
    }
}

/// A list that any thread may add to, and that is taken as a whole: so no header is ever compared twice.
#[derive(Debug)]
pub struct SharedTables {
    head: AtomicPtr<Header>,
}

impl Default for SharedTables {
    fn default() -> Self {
        Self::new()
    }
}

impl SharedTables {
    /// A list without tables.
    pub fn new() -> Self {
        Self { head: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Adds tables. The release order pairs with the acquire order of [`SharedTables::take`]: who takes the tables
    /// sees them as they were left.
    pub fn add(&self, tables: Tables) {
        if tables.is_empty() {
            return;
        }
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            // SAFETY: `tables` is not empty, so its tail is a header that it owns.
            unsafe { &*tables.tail }.set_next(head);
            match self.head.compare_exchange_weak(head, tables.head, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Takes all tables.
    pub fn take(&self) -> Tables {
        let head = self.head.swap(ptr::null_mut(), Ordering::Acquire);
        // The tail is needed only by `add`, which walks to it through `append` if this list is ever added again.
        let mut tables = Tables::new();
        tables.append(Tables { head, tail: head });
        tables
    }
}
