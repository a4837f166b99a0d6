//! Tables in heap memory, at output addresses that are the host's own: for tests, tools and identity-mapped hosts.
//!
//! # Safety
//! Each table is one allocation: its items, aligned as asked, with its header behind them.
#![allow(unsafe_code)]

use alloc::alloc::{alloc_zeroed, dealloc};
use core::alloc::Layout;
use core::ptr::NonNull;

use crate::environment::Environment;
use crate::format::TableShape;
use crate::header::Header;

/// Tables from the global allocator. A table's output address is where the host finds it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heap;

/// How a table and its header lie in one allocation, and where the header starts.
fn layout(shape: TableShape) -> Option<(Layout, usize)> {
    let items = Layout::from_size_align(shape.bytes, shape.align_bytes).ok()?;
    items.extend(Layout::new::<Header>()).ok()
}

// SAFETY: the allocator gives memory of the asked size and alignment that nobody else uses; the pointer is exposed as
// the address and comes back from it unchanged; the header lies behind the items and is written at allocation.
unsafe impl Environment for Heap {
    fn allocate(&self, shape: TableShape) -> Option<u64> {
        let (layout, header) = layout(shape)?;
        if layout.size() == 0 {
            return None;
        }
        // SAFETY: the size is not zero.
        let memory = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        let address = memory.as_ptr().expose_provenance() as u64;
        if shape.reach_bits < 64 && address >> shape.reach_bits != 0 {
            // SAFETY: just allocated with this layout.
            unsafe { dealloc(memory.as_ptr(), layout) };
            return None;
        }
        // SAFETY: the header lies inside the allocation.
        let place = unsafe { memory.add(header) };
        // SAFETY: the layout reserved aligned room for a header there.
        unsafe { place.cast::<Header>().write(Header::new(address, shape)) };
        Some(address)
    }

    unsafe fn free(&self, address: u64, shape: TableShape) {
        if let Some((layout, _)) = layout(shape) {
            // SAFETY: by promise 1 it was allocated with this layout; by promise 2 nobody uses it.
            unsafe { dealloc(core::ptr::with_exposed_provenance_mut(address as usize), layout) };
        }
    }

    #[inline(always)]
    unsafe fn table(&self, address: u64, _: TableShape) -> NonNull<u8> {
        // The address came from a pointer of this host, so it fits; it is never null, and were it, it would dangle.
        NonNull::new(core::ptr::with_exposed_provenance_mut(address as usize)).unwrap_or(NonNull::dangling())
    }

    #[inline(always)]
    unsafe fn header(&self, address: u64, shape: TableShape) -> NonNull<Header> {
        const ALIGN: usize = align_of::<Header>();
        // SAFETY: by promise 1 the table is allocated.
        let table = unsafe { self.table(address, shape) };
        // SAFETY: the header lies behind the items, inside the allocation, where `layout` put it.
        unsafe { table.add(shape.bytes.next_multiple_of(ALIGN)) }.cast()
    }
}
