//! Maps memory to itself, as a kernel does before it switches translation on, with the module for x86-64.
//!
//! Run it with `cargo run --example identity_map`.

use std::error::Error;

use gpt_formats::x86_64::{Attributes, Change, PageTable, Va, VaRange};
use gpt_runtime::{EmptyTables, Heap, Invalidation, SingleThread};

/// Where the program text lies, and how long it is: large pages do not fit its ends.
const TEXT: (u64, u64) = (0x10_0000, 0x64_5000);
/// The rest of the memory that is mapped.
const DATA: (u64, u64) = (TEXT.0 + TEXT.1, 0x1_0000_0000 - TEXT.0 - TEXT.1);

fn main() -> Result<(), Box<dyn Error>> {
    // Tables come from the heap, and the hardware would find them where we do.
    let mut table: PageTable<Heap, SingleThread> = PageTable::new(Heap, SingleThread::default())?;
    println!("the root table is at {:#x}: this goes into CR3", table.root());

    let text = Attributes { execute: true, global: true, ..Attributes::default() };
    let data = Attributes { write: true, global: true, ..Attributes::default() };
    for ((start, bytes), attributes) in [(TEXT, &text), (DATA, &data)] {
        let mut owner = table.exclusive();
        let mapped = owner.map(VaRange::new(start, bytes)?, start, attributes);
        mapped.map_err(|stop| stop.to_string())?.fulfil(invalidate);
    }

    // A guard page below a stack: it cuts a large page, whose rest stays mapped by smaller ones.
    let guard = VaRange::new(0x4020_0000, 0x1000)?;
    let unmapped = table.unmap(guard, EmptyTables::AtOnce, |removed| println!("taken out: {removed:x?}"));
    unmapped.map_err(|stop| stop.to_string())?.fulfil(invalidate);
    // And a page that is written no more.
    let sealed = VaRange::new(0x4020_1000, 0x1000)?;
    let protected = table.protect(sealed, &Change { write: Some(false), ..Change::default() });
    protected.map_err(|stop| stop.to_string())?.fulfil(invalidate);

    let reader = table.reader();
    for va in [TEXT.0 + 0x123, DATA.0, 0x4020_0000, 0x4020_1000, 0x8000_0000] {
        match reader.walk(Va::new(va).ok_or("not an address of this format")?) {
            Ok(page) => {
                let oa = page.oa + (va - page.va);
                assert_eq!(oa, va, "an identity map");
                println!("{va:#11x} is in a page of {:#x} bytes, {}", 1_u64 << page.size_lg2, rights(&page.attributes));
            }
            Err(fault) => println!("{va:#11x} is not mapped: {fault:?}"),
        }
    }
    println!("all that is mapped:");
    for run in reader.mappings(VaRange::new(0, 1 << 47)?) {
        println!("{:#11x} to {:#11x}, {}", run.first, run.last, rights(&run.attributes));
    }
    Ok(())
}

/// What a kernel does here: INVLPG for every page, or a new CR3.
fn invalidate(what: Invalidation) {
    println!("invalidate {:#x} to {:#x} in steps of {:#x}", what.first, what.last, 1_u64 << what.smallest_page_lg2);
}

fn rights(of: &Attributes) -> String {
    format!("r{}{}", if of.write { "w" } else { "-" }, if of.execute { "x" } else { "-" })
}
