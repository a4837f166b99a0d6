//! Table memory in an arena, seen from both sides: the host's bytes, and what a walker that does not see the host's
//! caches finds, which is only what it was told about.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ptr::NonNull;

use gpt_codegen::Checked;
use gpt_codegen::interpreter::Image;
use gpt_runtime::{Arena, Environment, GRANULE_BYTES, Granule, Header, TableShape};

/// Where the tables are for the hardware: within the reach of every format, and not where the host finds them.
pub const BASE: u64 = 0x4000_0000;

/// Memory for the tables of one tree.
#[derive(Debug)]
pub struct Memory {
    bytes: NonNull<u8>,
    granules: Vec<Granule>,
    /// For every level the bytes and items of a table, and the bytes of an item.
    shapes: Vec<(usize, usize, usize)>,
}

impl Memory {
    /// Memory for some hundred tables, of which some may be of the largest level of a format.
    pub fn new(checked: &Checked) -> Self {
        let levels = &checked.format().levels;
        let shape = |level: &gpt_codegen::model::Level| {
            (level.table_bytes as usize, 1 << level.items_lg2(), level.entry_bytes() as usize)
        };
        let shapes: Vec<_> = levels.iter().map(shape).collect();
        // A table of hundreds of megabytes is never made: whoever may have it may have a smaller one instead.
        let made = shapes.iter().map(|(bytes, ..)| *bytes).filter(|bytes| *bytes <= 1 << 24);
        let largest = made.max().unwrap_or(0);
        // Tables of a megabyte are roots, or made by nobody who can have smaller ones.
        let bytes = if largest > 1 << 16 { (2 << 20) + 16 * largest } else { largest.max(0x1000) * 512 };
        let granules: Vec<Granule> = (0..bytes / GRANULE_BYTES).map(|_| Granule::new()).collect();
        // SAFETY: the size is not zero.
        let bytes = unsafe { alloc_zeroed(Self::layout(granules.len())) };
        Self { bytes: NonNull::new(bytes).unwrap(), granules, shapes }
    }

    fn layout(granules: usize) -> Layout {
        Layout::from_size_align(granules.max(1) * GRANULE_BYTES, 4096).unwrap()
    }

    /// An environment that allocates here. There is one at a time.
    pub fn tables(&mut self) -> Tables<'_> {
        // SAFETY: the memory is borrowed as long as the arena lives, and only touched as the hardware does.
        let arena = unsafe { Arena::new(self.bytes, BASE, &self.granules) };
        Tables {
            arena: arena.unwrap(),
            memory: self.bytes,
            bytes: self.granules.len() * GRANULE_BYTES,
            shapes: &self.shapes,
            seen: RefCell::default(),
            left: Cell::new(usize::MAX),
            allocated: RefCell::default(),
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and no arena is alive.
        unsafe { dealloc(self.bytes.as_ptr(), Self::layout(self.granules.len())) };
    }
}

/// An arena whose memory can be looked at, and that can run out of tables.
#[derive(Debug)]
pub struct Tables<'m> {
    arena: Arena<'m>,
    memory: NonNull<u8>,
    bytes: usize,
    shapes: &'m [(usize, usize, usize)],
    /// What the hardware sees: what was announced as written, from the first byte of the arena on.
    seen: RefCell<Vec<u8>>,
    left: Cell<usize>,
    /// The tables that there are.
    allocated: RefCell<BTreeSet<u64>>,
}

impl Tables<'_> {
    /// How many bytes are in use.
    pub fn used_bytes(&self) -> usize {
        self.arena.used_bytes()
    }

    /// Whether there is a table at an address.
    pub fn is_table(&self, address: u64) -> bool {
        self.allocated.borrow().contains(&address)
    }

    /// Allows this many allocations more.
    pub fn allow(&self, tables: usize) {
        self.left.set(tables);
    }

    /// What the hardware sees.
    pub fn seen(&self) -> Image {
        Image::from_bytes(BASE, self.seen.borrow().clone())
    }

    /// What the host has in memory, as far as tables reach.
    pub fn raw(&self) -> Image {
        let mut bytes = vec![0; self.seen.borrow().len()];
        // SAFETY: what was seen lies inside the memory, and nobody writes to it now.
        unsafe { self.memory.copy_to_nonoverlapping(NonNull::new(bytes.as_mut_ptr()).unwrap(), bytes.len()) };
        Image::from_bytes(BASE, bytes)
    }

    /// The hardware writes these bytes, at an output address.
    pub fn hardware_writes(&self, address: u64, bytes: &[u8]) {
        let offset = (address - BASE) as usize;
        self.seen.borrow_mut()[offset..offset + bytes.len()].copy_from_slice(bytes);
        assert!(offset + bytes.len() <= self.bytes);
        for (number, byte) in bytes.iter().enumerate() {
            // SAFETY: inside the memory, as was just asserted.
            let place = unsafe { self.memory.add(offset + number) };
            // SAFETY: as above; nobody else touches it now.
            unsafe { place.write(*byte) };
        }
    }
}

// SAFETY: everything is handed to the arena, which keeps the promises; an allocation that is refused promises nothing.
unsafe impl Environment for Tables<'_> {
    fn allocate(&self, shape: TableShape) -> Option<u64> {
        self.left.set(self.left.get().checked_sub(1)?);
        let table = self.arena.allocate(shape)?;
        self.allocated.borrow_mut().insert(table);
        Some(table)
    }

    unsafe fn free(&self, address: u64, shape: TableShape) {
        self.allocated.borrow_mut().remove(&address);
        // SAFETY: the caller's promises are those asked for.
        unsafe { self.arena.free(address, shape) }
    }

    unsafe fn table(&self, address: u64, shape: TableShape) -> NonNull<u8> {
        // SAFETY: the caller's promise is the one asked for.
        unsafe { self.arena.table(address, shape) }
    }

    unsafe fn header(&self, address: u64, shape: TableShape) -> NonNull<Header> {
        // SAFETY: the caller's promise is the one asked for.
        unsafe { self.arena.header(address, shape) }
    }

    fn written(&self, table: u64, shape: TableShape, first_item: usize, items: usize) {
        let known = self.shapes.iter().find(|(bytes, items, _)| (*bytes, *items) == (shape.bytes, shape.items));
        let item_bytes = known.expect("a level has such tables").2;
        let start = (table - BASE) as usize + first_item * item_bytes;
        let end = start + items * item_bytes;
        assert!(first_item + items <= shape.items && end <= self.bytes, "items were announced that are not there");
        let mut seen = self.seen.borrow_mut();
        if seen.len() < end {
            seen.resize(end, 0);
        }
        for (offset, byte) in seen.iter_mut().enumerate().take(end).skip(start) {
            // SAFETY: inside the memory, as was just asserted.
            let place = unsafe { self.memory.add(offset) };
            // SAFETY: as above; nobody writes to it now.
            *byte = unsafe { place.read() };
        }
    }
}
