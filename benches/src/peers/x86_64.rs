//! `x86_64`: one page a call. The flush tokens are ignored, as is right for a table that is not in use.

use ::x86_64::structures::paging::mapper::{MappedFrame, Mapper, TranslateResult};
use ::x86_64::structures::paging::{
    FrameAllocator, OffsetPageTable, Page, PageSize, PageTable, PageTableFlags, PhysFrame, Size2MiB, Size4KiB,
    Translate,
};
use ::x86_64::{PhysAddr, VirtAddr};

use crate::driver::{Driver, OFFSET, PAGE};
use crate::frames;

/// Frames from the pool of all.
struct Pool;

// SAFETY: the pool gives each frame to one user only.
unsafe impl FrameAllocator<Size4KiB> for Pool {
    #[inline(always)]
    fn allocate_frame(&mut self) -> Option<PhysFrame> {
        // The crate clears new tables itself.
        Some(PhysFrame::containing_address(PhysAddr::new(frames::take()? as u64)))
    }
}

pub struct Peer {
    table: OffsetPageTable<'static>,
}

const FLAGS: PageTableFlags = PageTableFlags::PRESENT.union(PageTableFlags::WRITABLE).union(PageTableFlags::NO_EXECUTE);

impl Peer {
    pub fn new() -> Self {
        let root = frames::take_zeroed().expect("the pool has frames");
        // SAFETY: the frame is ours, zero, and never given back before the value is dropped.
        let root: &'static mut PageTable = unsafe { &mut *std::ptr::with_exposed_provenance_mut(root) };
        // SAFETY: frames lie where their addresses say.
        Self { table: unsafe { OffsetPageTable::new(root, VirtAddr::new(0)) } }
    }

    #[inline(always)]
    fn page<S: PageSize>(va: u64) -> Page<S> {
        // SAFETY: the work lies in the lower half and is aligned.
        unsafe { Page::from_start_address_unchecked(VirtAddr::new_unsafe(va)) }
    }

    #[inline(always)]
    fn map_one<S: PageSize>(&mut self, va: u64)
    where
        OffsetPageTable<'static>: Mapper<S>,
    {
        // SAFETY: the address is aligned, and low enough.
        let frame = unsafe { PhysFrame::from_start_address_unchecked(PhysAddr::new_unsafe(va + OFFSET)) };
        // SAFETY: nothing uses the table but this program, which does not read through it.
        let done = unsafe { self.table.map_to(Self::page::<S>(va), frame, FLAGS, &mut Pool) };
        done.ok().expect("the page is free").ignore();
    }

    #[inline(always)]
    fn unmap_one<S: PageSize>(&mut self, va: u64)
    where
        OffsetPageTable<'static>: Mapper<S>,
    {
        self.table.unmap(Self::page::<S>(va)).ok().expect("the page is mapped").1.ignore();
    }

    #[inline(always)]
    fn protect_one<S: PageSize>(&mut self, va: u64, write: bool)
    where
        OffsetPageTable<'static>: Mapper<S>,
    {
        let flags = if write { FLAGS } else { FLAGS.difference(PageTableFlags::WRITABLE) };
        // SAFETY: as above.
        let done = unsafe { self.table.update_flags(Self::page::<S>(va), flags) };
        done.ok().expect("the page is mapped").ignore();
    }
}

impl Driver for Peer {
    #[inline(always)]
    fn map(&mut self, va: u64, bytes: u64, page: u64) {
        if page == PAGE {
            (va..va + bytes).step_by(PAGE as usize).for_each(|va| self.map_one::<Size4KiB>(va));
        } else {
            (va..va + bytes).step_by(Size2MiB::SIZE as usize).for_each(|va| self.map_one::<Size2MiB>(va));
        }
    }

    #[inline(always)]
    fn unmap(&mut self, va: u64, bytes: u64, page: u64) {
        if page == PAGE {
            (va..va + bytes).step_by(PAGE as usize).for_each(|va| self.unmap_one::<Size4KiB>(va));
        } else {
            (va..va + bytes).step_by(Size2MiB::SIZE as usize).for_each(|va| self.unmap_one::<Size2MiB>(va));
        }
    }

    #[inline(always)]
    fn protect(&mut self, va: u64, bytes: u64, page: u64, write: bool) {
        if page == PAGE {
            (va..va + bytes).step_by(PAGE as usize).for_each(|va| self.protect_one::<Size4KiB>(va, write));
        } else {
            (va..va + bytes).step_by(Size2MiB::SIZE as usize).for_each(|va| self.protect_one::<Size2MiB>(va, write));
        }
    }

    #[inline(always)]
    fn walk(&self, va: u64) -> Option<u64> {
        match self.table.translate(VirtAddr::new(va)) {
            TranslateResult::Mapped { frame: MappedFrame::Size4KiB(frame), offset, .. } => {
                Some(frame.start_address().as_u64() + offset)
            }
            TranslateResult::Mapped { frame, offset, .. } => Some(frame.start_address().as_u64() + offset),
            _ => None,
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        fn free(table: &PageTable, level: u32) {
            if level > 1 {
                for entry in table.iter().filter(|entry| entry.flags().contains(PageTableFlags::PRESENT)) {
                    if !entry.flags().contains(PageTableFlags::HUGE_PAGE) {
                        let below = std::ptr::with_exposed_provenance::<PageTable>(entry.addr().as_u64() as usize);
                        // SAFETY: a present entry that is no page leads to a table.
                        free(unsafe { &*below }, level - 1);
                    }
                }
            }
            frames::give_back(std::ptr::from_ref(table).addr());
        }
        free(self.table.level_4_table(), 4);
    }
}
