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
    /// `absent`
    #[at(PDPT, PD, PT)]
    #[bits(63:1 free; 0 P = 0)]
    Absent,
    /// `root`
    #[at(PDPT)]
    #[bits(63:52 zero; 8:5 zero; 2:1 zero; 0 P = 1)]
    Root {
        #[bits(51:12 ADDR table)]
        table: u64,
        #[bits(11:9 AVL free)]
        avl: u8,
        #[bits(4 PCD cache.disable)]
        cache_disable: bool,
        #[bits(3 PWT cache.write-through)]
        cache_write_through: bool,
    },
    /// `table`
    #[at(PD)]
    #[bits(62:52 zero; 8 free; 7 PS = 0; 6 free; 0 P = 1)]
    Table {
        #[bits(63 XD not execute)]
        execute: bool,
        #[bits(51:12 ADDR table)]
        table: u64,
        #[bits(11:9 AVL free)]
        avl: u8,
        #[bits(5 A accessed [hw])]
        accessed: bool,
        #[bits(4 PCD cache.disable)]
        cache_disable: bool,
        #[bits(3 PWT cache.write-through)]
        cache_write_through: bool,
        #[bits(2 U/S user)]
        user: bool,
        #[bits(1 R/W write)]
        write: bool,
    },
    /// `page-2m`
    #[at(PD)]
    #[bits(62:52 zero; 20:13 zero; 7 PS = 1; 0 P = 1)]
    Page2m {
        #[bits(63 XD not execute)]
        execute: bool,
        #[bits(51:21 ADDR page)]
        page: u64,
        #[bits(12 PAT cache.pat)]
        cache_pat: bool,
        #[bits(11:9 AVL free)]
        avl: u8,
        #[bits(8 G global)]
        global: bool,
        #[bits(6 D dirty [hw])]
        dirty: bool,
        #[bits(5 A accessed [hw])]
        accessed: bool,
        #[bits(4 PCD cache.disable)]
        cache_disable: bool,
        #[bits(3 PWT cache.write-through)]
        cache_write_through: bool,
        #[bits(2 U/S user)]
        user: bool,
        #[bits(1 R/W write)]
        write: bool,
    },
    /// `page-4k`
    #[at(PT)]
    #[like(Page2m)]
    Page4k {
        #[bits(51:12 ADDR page)]
        page: u64,
        #[bits(7 PAT cache.pat)]
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
