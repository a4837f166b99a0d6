//! Maps memory with driver source that `gpt build` emitted a moment ago, and writes the tables to a file.
//!
//! The tables lie in a buffer of this program, but are built for a machine that finds them at [`BASE`]: what a boot
//! loader does, or a hypervisor for its guest.

mod x86_64;

use std::alloc::{Layout, alloc_zeroed};
use std::error::Error;
use std::ptr::NonNull;

use gpt_runtime::{Arena, EmptyTables, Epochs, GRANULE_BYTES, Granule, InputAddress};
use x86_64::{Attributes, Change, VaRange, X86_64};

/// Where the machine finds the buffer.
const BASE: u64 = 0x10_0000;
/// Room for 32 tables of 4 KiB.
const BYTES: usize = 32 * 4096;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: first_table IMAGE")?;
    let memory = buffer().ok_or("out of memory")?;
    let granules: Vec<Granule> = (0..BYTES / GRANULE_BYTES).map(|_| Granule::new()).collect();
    // SAFETY: the buffer has that many bytes, is never freed, and nobody else uses it while the arena lives.
    let arena = unsafe { Arena::new(memory, BASE, &granules) }.ok_or("the buffer is misaligned")?;
    let table = gpt_runtime::PageTable::<X86_64, _>::new(&arena, Epochs::new())?;
    println!("root table at {:#x}", table.root());

    let kernel = Attributes { write: true, execute: true, ..Attributes::default() };
    let data = Attributes { write: true, user: true, ..Attributes::default() };
    map(&table, 0, 1 << 30, 0, &kernel)?;
    map(&table, 0x7fff_f000_0000, 0x20_3000, 0x1_2345_6000, &data)?;
    map(&table, 0xffff_8000_0000_0000, 0x40_0000, 0x80_0000, &kernel)?;

    // Make a hole in the middle of a large page: the rest of it stays mapped, by smaller ones.
    let hole = VaRange::new(0xffff_8000_0020_0000, 0x1000)?;
    let mut flushes = 0;
    let unmapped = table.unmap(hole, EmptyTables::WhenCovered, |removed| println!("removed {removed:x?}"));
    unmapped.map_err(|stop| stop.to_string())?.fulfil(|_| flushes += 1);
    // And one page that must not be written any more.
    let read_only = Change { write: Some(false), ..Change::default() };
    let protected = table.protect(VaRange::new(0x7fff_f000_0000, 0x1000)?, &read_only);
    protected.map_err(|stop| stop.to_string())?.fulfil(|_| flushes += 1);
    println!("a processor would have flushed {flushes} times");

    let reader = table.reader();
    for va in [0x1234, 0x7fff_f000_0008, 0xffff_8000_0020_0000, 0xffff_8000_0020_1000] {
        let input = InputAddress::new(va).ok_or("not canonical")?;
        match reader.walk(input) {
            Ok(page) => println!("{va:#x} -> {:#x}, a page of {:#x} bytes", page.oa + (va - page.va), 1_u64 << page.size_lg2),
            Err(fault) => println!("{va:#x} -> {fault:?}"),
        }
    }
    drop(reader);

    // SAFETY: nothing writes to the buffer any more, and it has that many bytes.
    let bytes = unsafe { std::slice::from_raw_parts(memory.as_ptr(), BYTES) };
    std::fs::write(&path, bytes)?;
    println!("wrote the tables to {path}");
    Ok(())
}

/// Maps `bytes` bytes from `va` on.
fn map<'t>(
    table: &'t gpt_runtime::PageTable<X86_64, &Arena<'_>>,
    va: u64,
    bytes: u64,
    oa: u64,
    attributes: &Attributes,
) -> Result<(), Box<dyn Error>> {
    let mapped = table.map(VaRange::new(va, bytes)?, oa, attributes);
    // What was absent is never cached by this format, so there is nothing to flush.
    mapped.map_err(|stop| stop.to_string())?.acknowledge();
    Ok(())
}

/// Zeroed memory, aligned to a page.
fn buffer() -> Option<NonNull<u8>> {
    let layout = Layout::from_size_align(BYTES, 4096).ok()?;
    // SAFETY: the size is not zero.
    NonNull::new(unsafe { alloc_zeroed(layout) })
}
