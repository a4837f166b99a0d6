//! `aarch64-paging`: 4K granule, four levels, a table that is not in use, so no invalidation and no check whether an
//! entry may be replaced live.

use std::ptr::NonNull;

use ::aarch64_paging::descriptor::{El1Attributes, PhysicalAddress};
use ::aarch64_paging::paging::{Constraints, El1And0, MemoryRegion, PageTable, RootTable, Translation, VaRange};

use crate::driver::{Driver, OFFSET, PAGE};
use crate::frames;

/// Frames from the pool of all.
#[derive(Debug)]
struct Pool;

impl Translation<El1Attributes> for Pool {
    fn allocate_table(&mut self) -> (NonNull<PageTable<El1Attributes>>, PhysicalAddress) {
        let frame = frames::take_zeroed().expect("the pool has frames");
        (Self.physical_to_virtual(PhysicalAddress(frame)), PhysicalAddress(frame))
    }

    unsafe fn deallocate_table(&mut self, table: NonNull<PageTable<El1Attributes>>) {
        frames::give_back(table.as_ptr().addr());
    }

    #[inline(always)]
    fn physical_to_virtual(&self, address: PhysicalAddress) -> NonNull<PageTable<El1Attributes>> {
        NonNull::new(std::ptr::with_exposed_provenance_mut(address.0)).unwrap_or(NonNull::dangling())
    }
}

pub struct Peer {
    table: RootTable<El1And0, Pool>,
}

const FLAGS: El1Attributes = El1Attributes::VALID
    .union(El1Attributes::ACCESSED)
    .union(El1Attributes::INNER_SHAREABLE)
    .union(El1Attributes::NON_GLOBAL)
    .union(El1Attributes::UXN)
    .union(El1Attributes::PXN);

impl Peer {
    pub fn new() -> Self {
        Self { table: RootTable::with_va_range(Pool, 0, El1And0, VaRange::Lower) }
    }

    /// How many pages are mapped in a range.
    pub fn count(&self, va: u64, bytes: u64) -> u64 {
        let mut pages = 0;
        let visit = self.table.walk_range(&Self::region(va, bytes), &mut |_, entry, level| {
            pages += u64::from(level == 3 && entry.is_valid());
            Ok(())
        });
        visit.expect("the range is in reach");
        pages
    }

    #[inline(always)]
    fn region(va: u64, bytes: u64) -> MemoryRegion {
        MemoryRegion::new(va as usize, (va + bytes) as usize)
    }

    #[inline(always)]
    fn set(&mut self, va: u64, bytes: u64, page: u64, flags: El1Attributes) {
        let target = PhysicalAddress((va + OFFSET) as usize);
        let sizes = if page == PAGE { Constraints::NO_BLOCK_MAPPINGS } else { Constraints::empty() };
        let constraints = sizes | Constraints::NO_CONTIGUOUS_HINT;
        self.table.map_range(&Self::region(va, bytes), target, flags, constraints).expect("the range is in reach");
    }
}

impl Driver for Peer {
    #[inline(always)]
    fn map(&mut self, va: u64, bytes: u64, page: u64) {
        self.set(va, bytes, page, FLAGS);
    }

    #[inline(always)]
    fn unmap(&mut self, va: u64, bytes: u64, page: u64) {
        self.set(va, bytes, page, El1Attributes::empty());
    }

    #[inline(always)]
    fn protect(&mut self, va: u64, bytes: u64, page: u64, write: bool) {
        self.set(va, bytes, page, if write { FLAGS } else { FLAGS | El1Attributes::READ_ONLY });
    }

    #[inline(always)]
    fn walk(&self, va: u64) -> Option<u64> {
        let mut found = None;
        let visit = self.table.walk_range(&Self::region(va & !(PAGE - 1), PAGE), &mut |_, entry, level| {
            if entry.is_valid() {
                let inside = (1 << (39 - 9 * level)) - 1;
                found = Some((entry.output_address().0 as u64 & !inside) | (va & inside));
            }
            Ok(())
        });
        visit.ok()?;
        found
    }
}
