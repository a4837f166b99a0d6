//! Host memory for the shadows of tables.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed};
use std::ptr::NonNull;

use gpt_runtime::{Arena, GRANULE_BYTES, Granule};

/// Memory of so many bytes for tables that the GPU finds at `base`. It stays as long as the program runs.
pub(super) fn arena(base: u64, bytes: usize) -> Option<Arena<'static>> {
    let layout = Layout::from_size_align(bytes, 4096).ok().filter(|layout| layout.size() > 0)?;
    // SAFETY: the size is not zero.
    let memory = NonNull::new(unsafe { alloc_zeroed(layout) })?;
    let granules: Vec<Granule> = (0..bytes / GRANULE_BYTES).map(|_| Granule::new()).collect();
    // SAFETY: the memory was just allocated, is this function's alone, and is never given back.
    unsafe { Arena::new(memory, base, granules.leak()) }
}
