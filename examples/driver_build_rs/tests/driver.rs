//! The driver with tables in heap memory.
#![allow(clippy::unwrap_used)]

use driver_build_rs::{Mmu, toy_gpu};
use gpt_runtime::Heap;

#[test]
fn pages_of_both_files_are_used() {
    let mmu = Mmu::new(Heap).unwrap();
    let range = toy_gpu::VaRange::new(0x1f_f000, 0x20_2000).unwrap();
    mmu.map(range, 0x12_001f_f000, || {}).unwrap();
    assert_eq!(mmu.look(0x1f_f010), Some((0x12_001f_f010, 12)));
    assert_eq!(mmu.look(0x20_0010), Some((0x12_0020_0010, 21)));
    assert_eq!(mmu.look(0x40_0010), Some((0x12_0040_0010, 12)));
    assert_eq!(mmu.look(0x40_1000), None);
}
