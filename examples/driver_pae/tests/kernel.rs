//! The kernel's tables in heap memory; entries are compared with those of the manual.
#![allow(clippy::unwrap_used)]

use driver_pae::{X86Pae, map_user, user_page, x86_pae};
use gpt_runtime::{Heap, SingleThread};

#[test]
fn memory_above_4_gib_is_mapped_for_a_user() {
    let tables = x86_pae::PageTable::new(Heap, SingleThread::default()).unwrap();
    let memory = 0xf_ff00_0000_0000;
    // The first and the last page of the address space of 4 GiB.
    for start in [0, 0xffff_f000] {
        let range = x86_pae::VaRange::new(start, 0x1000).unwrap();
        map_user(&tables, range, memory + start, || {}).unwrap();
        let found = tables.reader().walk(x86_pae::Va::new(start + 0xabc).unwrap()).unwrap();
        assert_eq!((found.oa, found.size_lg2), (memory + start, 12));
        assert!(found.attributes.user && found.attributes.write && !found.attributes.execute);
    }
    assert!(x86_pae::VaRange::new(0xffff_f000, 0x2000).is_err());
}

/// Tables 4-9 and 4-11 of the manual: a PDPTE has no permissions, and XD is bit 63 of a PTE.
#[test]
fn entries_are_those_of_the_manual() {
    let root = X86Pae::Root { table: 0x1_2345_6000, avl: 0, cache_disable: false, cache_write_through: true };
    assert_eq!(root.encode(0), Some(0x1_2345_6009));
    assert_eq!(X86Pae::decode(0, 0x1_2345_600f), None);
    assert_eq!(user_page(0x8000_0001_2345_6007), Some(0x1_2345_6000));
    assert_eq!(user_page(0x8000_0001_2345_6003), None);
}
