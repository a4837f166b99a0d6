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

/// Cargo keeps what a build script says beside its `OUT_DIR`.
#[test]
fn cargo_knows_both_files() {
    let said = std::fs::read_to_string(concat!(env!("OUT_DIR"), "/../output")).unwrap();
    for file in ["toy_gpu.yaml", "toy_display.yaml"] {
        assert!(said.lines().any(|line| line == format!("cargo:rerun-if-changed={file}")), "{said}");
    }
}
