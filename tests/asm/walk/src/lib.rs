//! A walk as a kernel has it, whose tables lie in a direct map of all memory.
#![no_std]

use core::ptr::NonNull;

use gpt_formats::x86_64::{Va, X86_64};
use gpt_runtime::{Environment, Header, Reader, SingleThread, TableShape};

/// Where the host finds the output address 0.
const DIRECT_MAP: u64 = 0xffff_8880_0000_0000;

/// All memory, at a constant distance; tables have their headers somewhere else.
pub struct DirectMap;

// SAFETY: this crate is compiled to be read, and never run.
unsafe impl Environment for DirectMap {
    fn allocate(&self, _: TableShape) -> Option<u64> {
        None
    }

    unsafe fn free(&self, _: u64, _: TableShape) {}

    #[inline(always)]
    unsafe fn table(&self, address: u64, _: TableShape) -> NonNull<u8> {
        // SAFETY: no table is at the address that would give null.
        unsafe { NonNull::new_unchecked(core::ptr::with_exposed_provenance_mut((address + DIRECT_MAP) as usize)) }
    }

    #[inline(always)]
    unsafe fn header(&self, address: u64, shape: TableShape) -> NonNull<Header> {
        // SAFETY: as above.
        unsafe { self.table(address, shape) }.cast()
    }
}

/// Where an address leads.
#[unsafe(no_mangle)]
pub fn walk(reader: &Reader<'_, X86_64, DirectMap, SingleThread>, va: Va) -> Option<u64> {
    let page = reader.walk(va).ok()?;
    Some(page.oa + (va.get() - page.va))
}
