//! `page_table_multiarch`: its tables for x86-64 behind a cursor, with calls for regions.

use std::cell::Cell;

use ::page_table_multiarch::{MappingFlags, PageSize, PagingHandler, x86_64::X64PageTable};
use memory_addr::{PhysAddr, VirtAddr};
use page_table_entry::x86_64::X64PTE;

use crate::driver::{Driver, OFFSET, PAGE};
use crate::frames;

/// Frames from the pool of all; the crate clears them itself.
struct Pool;

impl PagingHandler for Pool {
    fn alloc_frames(count: usize, _: usize) -> Option<PhysAddr> {
        if count == 1 { Some(PhysAddr::from_usize(frames::take()?)) } else { None }
    }

    fn dealloc_frames(start: PhysAddr, _: usize) {
        frames::give_back(start.as_usize());
    }

    #[inline(always)]
    fn phys_to_virt(address: PhysAddr) -> VirtAddr {
        VirtAddr::from_usize(address.as_usize())
    }
}

pub struct Peer {
    table: X64PageTable<Pool>,
}

const FLAGS: MappingFlags = MappingFlags::READ.union(MappingFlags::WRITE);

impl Peer {
    pub fn new() -> Self {
        Self { table: X64PageTable::try_new().expect("the pool has frames") }
    }

    /// How many pages are mapped.
    pub fn count(&self) -> u64 {
        let pages = Cell::new(0);
        let visit = |level: usize, _: usize, _: VirtAddr, _: &X64PTE| {
            if level == 3 {
                pages.set(pages.get() + 1);
            }
        };
        self.table.walk(usize::MAX, Some(&visit), None);
        pages.get()
    }
}

impl Driver for Peer {
    #[inline(always)]
    fn map(&mut self, va: u64, bytes: u64, page: u64) {
        let start = VirtAddr::from_usize(va as usize);
        let target = |va: VirtAddr| PhysAddr::from_usize(va.as_usize() + OFFSET as usize);
        let mut cursor = self.table.cursor();
        if bytes == page {
            let size = if page == PAGE { PageSize::Size4K } else { PageSize::Size2M };
            return cursor.map(start, target(start), size, FLAGS).expect("the page is free");
        }
        if page == PAGE || page == 0 {
            return cursor.map_region(start, target, bytes as usize, FLAGS, page == 0).expect("the range is free");
        }
        // With larger pages allowed it would take those of 1 GiB.
        for va in (va..va + bytes).step_by(page as usize) {
            let va = VirtAddr::from_usize(va as usize);
            cursor.map(va, target(va), PageSize::Size2M, FLAGS).expect("the page is free");
        }
    }

    #[inline(always)]
    fn unmap(&mut self, va: u64, bytes: u64, page: u64) {
        let start = VirtAddr::from_usize(va as usize);
        let mut cursor = self.table.cursor();
        if bytes == page {
            cursor.unmap(start).expect("the page is mapped");
        } else {
            cursor.unmap_region(start, bytes as usize).expect("the range is mapped");
        }
    }

    #[inline(always)]
    fn protect(&mut self, va: u64, bytes: u64, page: u64, write: bool) {
        let flags = if write { FLAGS } else { MappingFlags::READ };
        let start = VirtAddr::from_usize(va as usize);
        let mut cursor = self.table.cursor();
        if bytes == page {
            cursor.protect(start, flags).expect("the page is mapped");
        } else {
            cursor.protect_region(start, bytes as usize, flags).expect("the range is mapped");
        }
    }

    #[inline(always)]
    fn walk(&self, va: u64) -> Option<u64> {
        let (address, _, _) = self.table.query(VirtAddr::from_usize(va as usize)).ok()?;
        Some(address.as_usize() as u64)
    }
}
