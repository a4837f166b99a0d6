//! The program of the README about a GPU's tables, word for word, does what it says.
#![allow(clippy::unwrap_used)]

use std::alloc::{Layout, alloc_zeroed};
use std::error::Error;
use std::ptr::NonNull;

use gpt_formats::amdgpu_gfx9::{AmdgpuGfx9, Attributes, Va, VaRange};
use gpt_runtime::{Arena, CreateError, Epochs, GRANULE_BYTES, Granule};

include!("readme/program.rs");

const BYTES: usize = 1 << 20;

#[test]
fn the_program_of_the_readme_runs() {
    let granules: Vec<Granule> = (0..BYTES / GRANULE_BYTES).map(|_| Granule::new()).collect();
    // SAFETY: the size is not zero.
    let memory = unsafe { alloc_zeroed(Layout::from_size_align(BYTES, 4096).unwrap()) };
    // SAFETY: the memory was just allocated, is this test's alone, and is never given back.
    let shadow = unsafe { Arena::new(NonNull::new(memory).unwrap(), 0x10_0000, &granules) }.unwrap();
    let table = table(shadow).unwrap();
    let mut packets = AmdSdma::new(0x4000, 0);
    // 512 pages whose output fits no larger one.
    let range = VaRange::new(0x1000_0000, 0x20_0000).unwrap();
    map(&table, range, 0x8000_1000, &mut packets).unwrap();

    let page = table.reader().walk(Va::new(0x101f_f123).unwrap()).unwrap();
    assert_eq!((page.oa, page.attributes.write), (0x8020_0000, true));
    // One packet makes the 512 entries: it ends with the increment and their number less one.
    assert!(packets.packets().windows(3).any(|words| words == [0x1000, 0, 511]));
}

#[test]
fn it_is_the_one_in_the_readme() {
    assert!(include_str!("../../../README.md").contains(include_str!("readme/program.rs")), "the README has another");
}
