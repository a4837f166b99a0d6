//! Walk, map and unmap of x86 PAE tables as firmware has them: 64-bit entries, and a processor with words of 32 bits
//! and no allocator. `ci/size.sh` links it, weighs it and looks at what was linked in.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use gpt_formats::x86_pae::{Attributes, PageTable, Va, VaRange};
use gpt_runtime::{Arena, EmptyTables, SingleThread};

type Tree = PageTable<Arena<'static>, SingleThread>;

/// Nothing here leads to it, so the linker leaves it out; `ci/size.sh` fails where it does not.
#[panic_handler]
fn rust_panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// Where an address leads, or no address.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn walk(tree: &Tree, va: u64) -> u64 {
    let found = Va::new(va).and_then(|va| tree.reader().walk(va).ok());
    found.map_or(u64::MAX, |page| page.oa + (va - page.va))
}

/// Maps pages for the kernel, and says whether all of them are.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn map(tree: &Tree, va: u64, oa: u64, bytes: u64) -> bool {
    let says = Attributes { write: true, ..Attributes::default() };
    let Ok(range) = VaRange::new(va, bytes) else { return false };
    tree.map(range, oa, &says).map(|owed| owed.acknowledge()).is_ok()
}

/// Takes pages out, and says whether all of them are.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn unmap(tree: &Tree, va: u64, bytes: u64) -> bool {
    let Ok(range) = VaRange::new(va, bytes) else { return false };
    tree.unmap(range, EmptyTables::AtOnce, |_| ()).map(|owed| owed.acknowledge()).is_ok()
}

/// Keeps what is weighed.
#[unsafe(no_mangle)]
pub extern "C" fn _start(tree: &Tree, va: u64, oa: u64, bytes: u64) -> u64 {
    u64::from(map(tree, va, oa, bytes)) + walk(tree, va) + u64::from(unmap(tree, va, bytes))
}
