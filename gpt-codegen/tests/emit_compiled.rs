//! The modules that are emitted for small formats, compiled with warnings denied, and what they say about a few words.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![deny(missing_docs, warnings)]

use gpt_runtime::{Class, Level};

/// A module that is a file of its own.
#[rustfmt::skip]
#[path = "emit/toy.snap.rs"]
pub mod toy;

/// A module of which a program uses nothing, as it is in one that is no library.
#[allow(unreachable_pub)]
mod unused {
    include!("emit/runs.snap.rs");
}

/// A module that is included.
pub mod scattered {
    include!("emit/scattered.snap.rs");
}

/// A module that is a file of its own.
#[rustfmt::skip]
#[path = "emit/runs.snap.rs"]
pub mod runs;

/// A module that is a file of its own.
#[rustfmt::skip]
#[path = "emit/pair.snap.rs"]
pub mod pair;

#[test]
fn an_address_in_two_parts_is_put_together_and_taken_apart() {
    let page = scattered::Page::new(0xa_1234_5000).unwrap();
    // The high part is in 7:4, CLEAN is set, and no access is granted.
    assert_eq!((page.word(), page.page()), (0x1234_5000 | 1 << 10 | 0xa << 4 | 1, 0xa_1234_5000));
    assert_eq!(scattered::Page::new(0x10_0000_0000), None);
    let word = page.with_access(scattered::Access::READ_ONLY).word();
    let next = scattered::Tab::advance(0, word | 0xffff_f000, 0x1000);
    assert_eq!(next, word & 0xf0f | 0xb << 4);
    assert!(!page.with_type(true).with_type(false).r#type());
}

#[test]
fn what_the_hardware_clears_is_dirty() {
    let attributes =
        scattered::Attributes { access: scattered::Access::READ_WRITE, ..scattered::Attributes::default() };
    let clean = scattered::Tab::encode_page(0, 0x1000, &attributes).unwrap();
    let dirty = clean & !(1 << 10);
    assert!(scattered::Tab::attributes(dirty).dirty && !scattered::Tab::attributes(clean).dirty);
    assert!(scattered::Tab::settled(dirty) && !scattered::Tab::settled(clean));
    assert_eq!(scattered::Tab::absorb(clean, dirty), dirty);
    assert_eq!(scattered::Tab::without_dirty(dirty), clean);
    assert!(scattered::Access::READ_ONLY.read() && !scattered::Access::READ_ONLY.write());
    // Without access it is no page.
    assert_eq!(scattered::Tab::encode_page(0, 0x1000, &scattered::Attributes::default()), None);
}

#[test]
fn a_special_entry_carries_what_it_has_room_for() {
    let swapped = scattered::Special::Swapped { payload: 0x12_3456 };
    assert_eq!(scattered::Tab::encode_special(&swapped), Some(0x1234_5603));
    assert_eq!(scattered::Tab::special(0x1234_5603), Some(swapped));
    let wide = scattered::Special::Swapped { payload: 1 << 24 };
    assert_eq!(scattered::Tab::encode_special(&wide), None);
    assert_eq!(scattered::Dir::encode_special(&swapped), None);
    assert_eq!(scattered::Dir::special(0x1234_5603), None);
}

#[test]
fn a_run_is_told_by_its_size() {
    let attributes = runs::Attributes { read: true, ..runs::Attributes::default() };
    let sizes: Vec<u32> = runs::L3::PAGES.iter().map(|page| page.size_lg2).collect();
    assert_eq!(sizes, [18, 16, 12]);
    for shape in 0..3 {
        let word = runs::L3::encode_page(shape, 0x4_0000, &attributes).unwrap();
        assert_eq!((runs::L3::page_shape(word), runs::L3::page_address(word)), (shape, 0x4_0000));
    }
    // One address for all items is aligned to all of them, an item's own to the item.
    let fits = [0, 1, 2].map(|shape| runs::L3::encode_page(shape, 0x1000, &attributes).is_some());
    assert_eq!(fits, [true, false, true]);
}

#[test]
fn two_children_come_and_go_by_themselves() {
    let big = pair::Dir::with_child(0, 0, 0x12_3456_7800, &Default::default()).unwrap();
    assert_eq!(big, 0x12_3456_7801);
    let both = pair::Dir::with_child(big, 1, 0xab_cdef_f000, &Default::default()).unwrap();
    assert_eq!(both, big | 1 << 64 | 0xab_cdef_f000 << 64);
    assert_eq!((pair::Dir::child(both, 0), pair::Dir::child(both, 1)), (Some(0x12_3456_7800), Some(0xab_cdef_f000)));
    let small = pair::Dir::without_child(both, 0);
    assert_eq!((pair::Dir::child(small, 0), pair::Dir::child(small, 1)), (None, Some(0xab_cdef_f000)));
    assert_eq!(pair::Dir::without_child(small, 1), pair::Dir::EMPTY);
    assert_eq!(pair::Dir::with_child(0, 1, 0x800, &Default::default()), None);
    assert_eq!(pair::Dir::class(1), Class::Table);
    // A page is no place for a table.
    assert_eq!(runs::L2::with_child(7 << 61, 0, 0x1000, &Default::default()), None);
}

#[test]
fn what_is_said_of_a_new_table_may_not_make_the_entry_something_else() {
    let says = |read, write| runs::TableAttributes { read: Some(read), write: Some(write) };
    assert_eq!(runs::L1::with_child(0, 0, 0x4000, &says(true, false)), Some(5 << 61 | 0x4000));
    // Without either the entry is of no kind.
    assert_eq!(runs::L1::with_child(0, 0, 0x4000, &says(false, false)), None);

    let absent = pair::TableAttributes { small: Some(false), big: Some(false) };
    assert_eq!(pair::Dir::with_child(0x1001, 1, 0x2000, &absent), None);
    // What says whether the other table is there is not asked for.
    let small = pair::TableAttributes { small: None, big: Some(false) };
    assert_eq!(pair::Dir::with_child(0x1001, 1, 0x2000, &small), Some(0x1001 | 1 << 64 | 0x2000 << 64));
}
