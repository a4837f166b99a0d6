//! A type whose format is a file: fields are found by name.
#![allow(clippy::unwrap_used, clippy::panic)]

use gpt_macros::PageTable;
use gpt_runtime::Format;

/// x86 PAE paging, 32-bit addresses and 64-bit entries.
#[derive(PageTable, Clone, Copy, Debug, PartialEq)]
#[page_table(file = "../formats/x86_pae.yaml")]
enum X86Pae {
    /// `absent`
    Absent,
    /// `root`
    Root { table: u64, avl: u8, cache_disable: bool, cache_write_through: bool },
    /// `table`
    Table {
        execute: bool,
        table: u64,
        avl: u8,
        accessed: bool,
        cache_disable: bool,
        cache_write_through: bool,
        user: bool,
        write: bool,
    },
    /// `page-2m`
    Page2m {
        execute: bool,
        page: u64,
        cache_pat: bool,
        avl: u8,
        global: bool,
        dirty: bool,
        accessed: bool,
        cache_disable: bool,
        cache_write_through: bool,
        user: bool,
        write: bool,
    },
    /// `page-4k`
    Page4k {
        page: u64,
        cache_pat: bool,
        execute: bool,
        avl: u8,
        global: bool,
        dirty: bool,
        accessed: bool,
        cache_disable: bool,
        cache_write_through: bool,
        user: bool,
        write: bool,
    },
}

/// Only stands for a format.
#[derive(PageTable)]
#[page_table(file = "../formats/sv39.yaml", module = risc_v)]
struct Sv39;

/// Table 4-11 of the manual.
#[test]
fn the_file_says_where_fields_are() {
    let page = X86Pae::Page4k {
        page: 0x1_2345_6000,
        cache_pat: true,
        execute: false,
        avl: 5,
        global: false,
        dirty: true,
        accessed: false,
        cache_disable: false,
        cache_write_through: false,
        user: false,
        write: true,
    };
    assert_eq!(page.encode(2), Some(0x8000_0001_2345_6ac3));
    assert_eq!(X86Pae::decode(2, 0x8000_0001_2345_6ac3), Some(page));
    assert_eq!(<x86_pae::X86Pae as Format>::NAME, "x86_pae");
}

#[test]
fn a_marker_gives_the_module_alone() {
    let _marker = Sv39;
    assert_eq!(<risc_v::Sv39 as Format>::INPUT_BITS, 39);
}
