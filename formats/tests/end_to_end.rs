//! Modules under the runtime: what is mapped is found by a walk, changed, and taken out again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use gpt_formats::{arm64_4k, sv39, x86_64};
use gpt_runtime::{EmptyTables, Epochs, Fault, Heap, Level, Reclaim, Removed, SingleThread};

const RWX: x86_64::Attributes = x86_64::Attributes {
    execute: true,
    key: 3,
    cache_pat: true,
    avl: 5,
    global: false,
    dirty: false,
    accessed: false,
    cache_disable: false,
    cache_write_through: false,
    user: true,
    write: true,
};

fn x86_64_range(start: u64, bytes: u64) -> x86_64::VaRange {
    x86_64::VaRange::new(start, bytes).unwrap()
}

fn x86_64_maps_all_sizes<R: Reclaim>(reclaim: R) {
    let tree = x86_64::PageTable::new(Heap, reclaim).unwrap();
    // From 4 KiB below a GiB to 4 KiB above a multiple of 2 MiB: pages of three sizes.
    let (start, bytes) = (0x3fff_f000, 0x1000 + 0x4000_0000 + 0x20_0000 + 0x1000);
    let oa = 0x12_3fff_f000;
    tree.map(x86_64_range(start, bytes), oa, &RWX).unwrap().acknowledge();
    let walk = |va: u64| tree.reader().walk(x86_64::Va::new(va).unwrap());
    for (va, size_lg2) in [(start, 12), (0x4000_0000, 30), (0x7fff_ffff, 30), (0x8000_0000, 21), (0x8020_0000, 12)] {
        let page = walk(va).unwrap();
        assert_eq!(page.size_lg2, size_lg2, "{va:#x}");
        assert_eq!(page.oa + (va - page.va), oa + (va - start), "{va:#x}");
        assert_eq!(page.attributes, RWX, "{va:#x}");
    }
    assert_eq!(walk(start - 1), Err(Fault::Absent(3)));
    assert_eq!(walk(start + bytes), Err(Fault::Absent(3)));
    // One 4 KiB page in the middle of the 2 MiB page becomes read-only: that page is split.
    let read_only = x86_64::Change { write: Some(false), key: Some(0), ..x86_64::Change::default() };
    tree.protect(x86_64_range(0x8010_0000, 0x1000), &read_only).unwrap().acknowledge();
    for (va, write, key) in [(0x800f_f000, true, 3), (0x8010_0000, false, 0), (0x8010_1000, true, 3)] {
        let page = walk(va).unwrap();
        assert_eq!((page.size_lg2, page.attributes.write, page.attributes.key), (12, write, key), "{va:#x}");
        assert_eq!(page.oa, oa + (va - start), "{va:#x}");
    }
    // Everything comes out again, once.
    let mut removed = 0;
    let count = |entry| match entry {
        Removed::Page(page) => removed += 1_u64 << page.size_lg2,
        _ => panic!("only pages were mapped"),
    };
    tree.unmap(x86_64_range(start, bytes), EmptyTables::AtOnce, count).unwrap().acknowledge();
    assert_eq!(removed, bytes);
    assert!(matches!(walk(start), Err(Fault::Absent(_))));
    assert_eq!(tree.reader().mappings(x86_64_range(0, 1 << 47)).count(), 0);
}

#[test]
fn x86_64_maps_all_sizes_on_one_thread() {
    x86_64_maps_all_sizes(SingleThread::default());
}

#[test]
fn x86_64_maps_all_sizes_with_epochs() {
    x86_64_maps_all_sizes(Epochs::new());
}

#[test]
fn what_a_page_has_no_room_for_is_refused() {
    let wide = x86_64::Attributes { key: 16, ..RWX };
    assert_eq!(x86_64::Pt::encode_page(0, 0x1000, &wide), None);
    let word = x86_64::Pt::encode_page(0, 0x1000, &RWX).unwrap();
    // XD clear, key 3, PAT, AVL 5, U/S, R/W, P: table 4-20 of the manual.
    assert_eq!(word, 3 << 59 | 0x1000 | 5 << 9 | 1 << 7 | 0b111);
    let change = x86_64::Change { avl: Some(8), ..x86_64::Change::default() };
    assert_eq!(x86_64::Pt::change(word, &change), None);
    let change = x86_64::Change { execute: Some(false), avl: Some(0), ..x86_64::Change::default() };
    assert_eq!(x86_64::Pt::change(word, &change), Some(word & !(5 << 9) | 1 << 63));
}

#[test]
fn a_change_that_makes_another_kind_of_a_page_is_refused() {
    let attributes = sv39::Attributes { read: true, write: true, ..sv39::Attributes::default() };
    let word = sv39::Vpn0::encode_page(1, 0x8000_1000, &attributes).unwrap();
    assert_eq!(word, 0x8000_1000 >> 2 | 0b111);
    // Writable but not readable is reserved, and neither is a table.
    let refused =
        [Some(true), Some(false)].map(|write| sv39::Change { read: Some(false), write, ..Default::default() });
    assert_eq!(refused.map(|change| sv39::Vpn0::change(word, &change)), [None, None]);
    assert_eq!(sv39::Vpn0::encode_page(1, 0x8000_1000, &sv39::Attributes::default()), None);
}

#[test]
fn codes_are_what_the_description_calls_them() {
    let attributes = arm64_4k::Attributes { shareable: arm64_4k::Sh::INNER, ..Default::default() };
    let word = arm64_4k::L3::encode_page(1, 0x4000, &attributes).unwrap();
    assert_eq!(word >> 8 & 3, 3);
    assert_eq!(arm64_4k::L3::attributes(word), attributes);
    // Shareability 1 is reserved: there is such a code, but no page that says it.
    let reserved = arm64_4k::Attributes { shareable: arm64_4k::Sh::new(1).unwrap(), ..attributes };
    assert_eq!(arm64_4k::L3::encode_page(1, 0x4000, &reserved), None);
    assert_eq!(arm64_4k::Sh::new(4), None);
}

#[test]
fn sixteen_items_with_their_own_addresses_are_one_page() {
    let tree = arm64_4k::PageTable::new(Heap, SingleThread::default()).unwrap();
    let range = arm64_4k::VaRange::new(0x7_0000, 0x2_0000).unwrap();
    let attributes = arm64_4k::Attributes { accessed: true, ..Default::default() };
    tree.map(range, 0x4567_0000, &attributes).unwrap().acknowledge();
    for page in 0..32_u64 {
        let found = tree.reader().walk(arm64_4k::Va::new(0x7_0000 + (page << 12)).unwrap()).unwrap();
        assert_eq!((found.size_lg2, found.oa), (16, 0x4567_0000 + (page >> 4 << 16)));
        assert_eq!(found.attributes, attributes);
    }
}

#[test]
fn entries_are_read_and_written_by_their_own_names() {
    let page = x86_64::Page2m::new(0x4020_0000).unwrap().with_write(true).with_global(true);
    assert_eq!(page.word(), 1 << 63 | 0x4020_0000 | 1 << 8 | 1 << 7 | 0b11);
    assert_eq!(x86_64::Pd::decode(page.word()), x86_64::PdEntry::Page2m(page));
    assert_eq!(x86_64::Pd::decode(page.word() | 1 << 13), x86_64::PdEntry::Malformed(page.word() | 1 << 13));
    assert_eq!(x86_64::Page2m::new(0x4010_0000), None);
    assert_eq!(x86_64::Pdpt::decode(0x1007), x86_64::PdptEntry::Table(x86_64::Table::new(0x1000).unwrap()));
    assert_eq!(x86_64::Pml4::decode(0x1087), x86_64::Pml4Entry::Malformed(0x1087));
}
