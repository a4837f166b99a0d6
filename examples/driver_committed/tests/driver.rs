//! The committed module is the one that the description gives, and works.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use driver_committed::{Mmu, toy_display};
use gpt_runtime::{Fault, Heap};

#[test]
fn what_is_committed_is_not_stale() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let checked = gpt_codegen::from_yaml_file(here.join("toy_display.yaml")).unwrap();
    let expected = gpt_codegen::backend::rust::emit(&checked, &gpt_codegen::backend::rust::Options::default());
    let committed = std::fs::read_to_string(here.join("src/toy_display.rs")).unwrap();
    assert!(committed == expected, "run `gpt build toy_display.yaml -o src/toy_display.rs`");
}

#[test]
fn the_driver_maps_and_finds() {
    let mmu = Mmu::new(Heap).unwrap();
    let range = toy_display::VaRange::new(0x1000, 0x2000).unwrap();
    let attributes = toy_display::Attributes { write: true, ..toy_display::Attributes::default() };
    mmu.tables.map(range, 0x5000, &attributes).unwrap().acknowledge();
    let find = |va: u64| mmu.tables.reader().walk(toy_display::Va::new(va).unwrap());
    assert_eq!(find(0x2fff).map(|page| (page.oa, page.attributes)), Ok((0x6000, attributes)));
    assert_eq!(find(0x3000), Err(Fault::Absent(1)));
}
