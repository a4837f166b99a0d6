/// x86-64 4-level paging.
#[derive(PageTable, Clone, Copy, Debug, PartialEq)]
#[page_table(
    manual = "Intel 64 and IA-32 Architectures SDM volume 3A of 2016, section 4.5, tables 4-14 to 4-19; Bochs 783b58fd6d9b, bochs/cpu/paging.cc",
    va(48 bits, sign-extended),
    pa(52 bits, at most),
    entry(64 bits, little-endian),
    levels(47:39 PML4; 38:30 PDPT; 29:21 PD; 20:12 PT),
    tlb(caches(table, page), flush(page)),
)]
pub enum X86_64 {
    /// `absent`
    #[at(PML4, PDPT, PD, PT)]
    #[bits(63:1 free; 0 P = 0)]
    Absent,
    /// `table`
    #[at(PML4, PDPT, PD)]
    #[bits(62:52 free; 8 free; 7 PS = 0; 6 free; 0 P = 1)]
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
    /// `page-1g`
    #[at(PDPT)]
    #[bits(58:52 free; 29:13 zero; 7 PS = 1; 0 P = 1)]
    Page1g {
        #[bits(63 XD not execute)]
        execute: bool,
        #[bits(62:59 PK key)]
        key: u8,
        #[bits(51:30 ADDR page)]
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
    /// `page-2m`
    #[at(PD)]
    #[like(Page1g)]
    #[bits(20:13 zero)]
    Page2m {
        #[bits(51:21 ADDR page)]
        page: u64,
        execute: bool,
        key: u8,
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
    #[at(PT)]
    #[like(Page1g)]
    Page4k {
        #[bits(51:12 ADDR page)]
        page: u64,
        #[bits(7 PAT cache.pat)]
        cache_pat: bool,
        execute: bool,
        key: u8,
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
