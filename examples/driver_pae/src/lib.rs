//! The kernel part of an operating system for 32-bit x86 processors: entries have 64 bits, addresses have 52, and words
//! of the host have 32. Nothing here or in the description says so; the runtime writes each entry such that the
//! processor never sees half of one.
#![no_std]

use gpt_macros::PageTable;
use gpt_runtime::{Environment, Reason, Reclaim};

/// x86 PAE paging, 32-bit addresses and 64-bit entries.
#[derive(PageTable, Clone, Copy, Debug, PartialEq)]
#[page_table(
    manual = "Intel 64 and IA-32 Architectures SDM volume 3A (253668-032US), section 4.4, tables 4-8 to 4-11",
    va(32 bits),
    pa(52 bits, at most),
    entry(64 bits, little-endian),
    levels(31:30 PDPT; 29:21 PD; 20:12 PT),
    tlb(caches(table, page), flush(page), reload(PDPT)),
)]
pub enum X86Pae {
    /// Nothing is mapped here.
    #[at(PDPT, PD, PT)]
    #[bits(63:1 free; 0 P = 0)]
    Absent,
    /// A PDPTE: no permissions here, and the processor works from its own copy.
    #[at(PDPT)]
    #[bits(63:52 zero; 8:5 zero; 2:1 zero; 0 P = 1)]
    Root {
        /// The address of the table.
        #[bits(51:12 ADDR table)]
        table: u64,
        /// For the kernel to use.
        #[bits(11:9 AVL free)]
        avl: u8,
        /// Whether the memory is not cached.
        #[bits(4 PCD cache.disable)]
        cache_disable: bool,
        /// Whether the memory is cached write-through.
        #[bits(3 PWT cache.write-through)]
        cache_write_through: bool,
    },
    /// A PDE that leads to a page table.
    #[at(PD)]
    #[bits(62:52 zero; 8 free; 7 PS = 0; 6 free; 0 P = 1)]
    Table {
        /// Whether instructions may be fetched.
        #[bits(63 XD not execute)]
        execute: bool,
        /// The address of the table.
        #[bits(51:12 ADDR table)]
        table: u64,
        /// For the kernel to use.
        #[bits(11:9 AVL free)]
        avl: u8,
        /// Whether it was used.
        #[bits(5 A accessed [hw])]
        accessed: bool,
        /// Whether the memory is not cached.
        #[bits(4 PCD cache.disable)]
        cache_disable: bool,
        /// Whether the memory is cached write-through.
        #[bits(3 PWT cache.write-through)]
        cache_write_through: bool,
        /// Whether user mode may use it.
        #[bits(2 U/S user)]
        user: bool,
        /// Whether the memory may be written.
        #[bits(1 R/W write)]
        write: bool,
    },
    /// A PDE that maps 2 MiB.
    #[at(PD)]
    #[bits(62:52 zero; 20:13 zero; 7 PS = 1; 0 P = 1)]
    Page2m {
        /// Whether instructions may be fetched.
        #[bits(63 XD not execute)]
        execute: bool,
        /// The address of the page.
        #[bits(51:21 ADDR page)]
        page: u64,
        /// The high bit of the index into the page attribute table.
        #[bits(12 PAT cache.pat)]
        cache_pat: bool,
        /// For the kernel to use.
        #[bits(11:9 AVL free)]
        avl: u8,
        /// Whether the translation survives a change of address space.
        #[bits(8 G global)]
        global: bool,
        /// Whether the page was written.
        #[bits(6 D dirty [hw])]
        dirty: bool,
        /// Whether it was used.
        #[bits(5 A accessed [hw])]
        accessed: bool,
        /// Whether the memory is not cached.
        #[bits(4 PCD cache.disable)]
        cache_disable: bool,
        /// Whether the memory is cached write-through.
        #[bits(3 PWT cache.write-through)]
        cache_write_through: bool,
        /// Whether user mode may use it.
        #[bits(2 U/S user)]
        user: bool,
        /// Whether the memory may be written.
        #[bits(1 R/W write)]
        write: bool,
    },
    /// A PTE.
    #[at(PT)]
    #[like(Page2m)]
    Page4k {
        /// The address of the page.
        #[bits(51:12 ADDR page)]
        page: u64,
        /// The high bit of the index into the page attribute table.
        #[bits(7 PAT cache.pat)]
        cache_pat: bool,
        /// Whether instructions may be fetched.
        execute: bool,
        /// For the kernel to use.
        avl: u8,
        /// Whether the translation survives a change of address space.
        global: bool,
        /// Whether the page was written.
        dirty: bool,
        /// Whether it was used.
        accessed: bool,
        /// Whether the memory is not cached.
        cache_disable: bool,
        /// Whether the memory is cached write-through.
        cache_write_through: bool,
        /// Whether user mode may use it.
        user: bool,
        /// Whether the memory may be written.
        write: bool,
    },
}

/// Maps memory above 4 GiB for a user, readable and writable; `reload` says that CR3 has to be written again.
///
/// # Errors
/// Why not all of it could be mapped.
pub fn map_user<E: Environment, R: Reclaim>(
    tables: &x86_pae::PageTable<E, R>,
    range: x86_pae::VaRange,
    memory: u64,
    reload: impl FnOnce(),
) -> Result<(), Reason> {
    let attributes = x86_pae::Attributes { write: true, user: true, ..x86_pae::Attributes::default() };
    match tables.map(range, memory, &attributes) {
        Ok(done) => {
            done.fulfil(|_| reload());
            Ok(())
        }
        Err(incomplete) => Err(incomplete.reason),
    }
}

/// The address of a page that an entry of the last level maps for users.
pub fn user_page(entry: u64) -> Option<u64> {
    match X86Pae::decode(2, entry)? {
        X86Pae::Page4k { page, user: true, .. } => Some(page),
        _ => None,
    }
}
