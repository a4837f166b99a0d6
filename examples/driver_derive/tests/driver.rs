//! The driver with tables in heap memory.
#![allow(clippy::unwrap_used)]

use std::cell::Cell;

use driver_derive::{Display, Mmu, display, explain_fault};
use gpt_runtime::Heap;

/// Entries as section 4.3 of the toy manual would print them.
#[test]
fn entries_are_those_of_the_manual() {
    let page = Display::Page { page: 0xab_cdef_1000, coherent: true, write: false };
    assert_eq!(page.encode(1), Some(0xab_cdef_1007));
    assert_eq!(Display::decode(1, 0xab_cdef_1007), Some(page));
    assert_eq!(page.encode(0), None);
    assert_eq!(Display::decode(1, 0x9), None);
}

#[test]
fn a_frame_buffer_is_shown_and_hidden() {
    let mmu = Mmu::new(Heap).unwrap();
    let flushes = Cell::new(0);
    let range = || display::VaRange::new(0x3ff_f000, 0x3000).unwrap();
    mmu.show(range(), 0x12_3456_7000, || flushes.set(flushes.get() + 1)).unwrap();
    assert_eq!(mmu.look(0x400_0123), Some(0x12_3456_8123));
    assert_eq!(mmu.look(0x400_2000), None);
    mmu.hide(range(), || flushes.set(flushes.get() + 1)).unwrap();
    assert_eq!(mmu.look(0x400_0123), None);
    assert!(flushes.get() >= 1);
}

#[test]
fn faults_are_explained() {
    assert_eq!(explain_fault(1, 0), "nothing is mapped there");
    assert_eq!(explain_fault(1, 0x1003), "the page is read-only");
    assert_eq!(explain_fault(1, 0x19), "the entry is corrupt");
}
