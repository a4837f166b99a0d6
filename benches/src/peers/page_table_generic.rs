//! `page-table-generic`: the crate has the walk and leaves the entry to its user, so this is the x86-64 entry.
//!
//! It takes out a table as soon as it is empty, and has no way to keep it: where the others work on tables that are
//! there, it allocates and frees them.

use ::page_table_generic::{FrameAllocator, MapConfig, PageTable, PageTableEntry, PhysAddr, TableMeta, VirtAddr};

use crate::driver::{Driver, OFFSET, PAGE};
use crate::frames;

/// Frames from the pool of all; the crate clears them itself.
#[derive(Clone)]
struct Pool;

impl FrameAllocator for Pool {
    fn alloc_frame(&self) -> Option<PhysAddr> {
        Some(PhysAddr::from_usize(frames::take()?))
    }

    fn dealloc_frame(&self, frame: PhysAddr) {
        frames::give_back(frame.as_usize());
    }

    #[inline(always)]
    fn phys_to_virt(&self, address: PhysAddr) -> *mut u8 {
        std::ptr::with_exposed_provenance_mut(address.as_usize())
    }
}

#[derive(Clone, Copy)]
struct Meta;

impl TableMeta for Meta {
    type P = Entry;
    const PAGE_SIZE: usize = PAGE as usize;
    const LEVEL_BITS: &[usize] = &[9, 9, 9, 9];
    const MAX_BLOCK_LEVEL: usize = 2;

    #[inline(always)]
    fn flush(_: Option<VirtAddr>) {}
}

const PRESENT: u64 = 1;
const WRITE: u64 = 2;
const LARGE: u64 = 0x80;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
const FLAGS: u64 = PRESENT | WRITE | NO_EXECUTE;

/// An x86-64 entry; what it says beside its address is a word of its flags.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
struct Entry(u64);

impl PageTableEntry for Entry {
    type PteConfig = u64;

    #[inline(always)]
    fn new_page(address: PhysAddr, flags: u64, is_huge: bool) -> Self {
        Self(address.as_usize() as u64 | flags | if is_huge { LARGE } else { 0 })
    }

    #[inline(always)]
    fn new_table(address: PhysAddr) -> Self {
        Self(address.as_usize() as u64 | PRESENT | WRITE | 4)
    }

    #[inline(always)]
    fn paddr(&self, _: bool) -> PhysAddr {
        PhysAddr::from_usize((self.0 & ADDRESS) as usize)
    }

    #[inline(always)]
    fn config(&self, _: bool) -> u64 {
        self.0 & !ADDRESS & !LARGE
    }

    #[inline(always)]
    fn present(&self) -> bool {
        self.0 & PRESENT != 0
    }

    #[inline(always)]
    fn huge(&self, is_dir: bool) -> bool {
        is_dir && self.0 & LARGE != 0
    }

    #[inline(always)]
    fn unused(&self) -> bool {
        self.0 == 0
    }

    #[inline(always)]
    fn clear(&mut self) {
        self.0 = 0;
    }
}

pub struct Peer {
    table: PageTable<Meta, Pool>,
}

impl Peer {
    pub fn new() -> Self {
        Self { table: PageTable::new(Pool).expect("the pool has frames") }
    }

    /// How many pages are mapped.
    pub fn count(&self) -> u64 {
        self.table.walk_valid().filter(|entry| entry.level == 1).count() as u64
    }
}

impl Driver for Peer {
    #[inline(always)]
    fn map(&mut self, va: u64, bytes: u64, page: u64) {
        let config = MapConfig {
            vaddr: VirtAddr::from_usize(va as usize),
            paddr: PhysAddr::from_usize((va + OFFSET) as usize),
            size: bytes as usize,
            pte: FLAGS,
            allow_huge: page != PAGE,
            flush: false,
        };
        self.table.map(&config).expect("the range is free");
    }

    #[inline(always)]
    fn unmap(&mut self, va: u64, bytes: u64, _: u64) {
        self.table.unmap(VirtAddr::from_usize(va as usize), bytes as usize).expect("the range is mapped");
    }

    #[inline(always)]
    fn protect(&mut self, va: u64, bytes: u64, _: u64, write: bool) {
        let flags = if write { FLAGS } else { FLAGS & !WRITE };
        let start = VirtAddr::from_usize(va as usize);
        self.table.protect_region(start, bytes as usize, flags).expect("the range is mapped");
    }

    #[inline(always)]
    fn walk(&self, va: u64) -> Option<u64> {
        let (address, _) = self.table.translate(VirtAddr::from_usize(va as usize)).ok()?;
        Some(address.as_usize() as u64)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // SAFETY: no hardware ever used the table.
        unsafe { self.table.deallocate() };
    }
}
