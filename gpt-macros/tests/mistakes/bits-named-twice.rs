use gpt_macros::PageTable;

/// Two levels of 64-bit entries with 2 MiB and 4 KiB pages.
#[derive(PageTable)]
#[page_table(
    manual = "Toy Computer Manual, revision 4, section 2.1",
    va(30 bits),
    pa(52 bits, at most),
    entry(64 bits, little-endian),
    levels(29:21 PD; 20:12 PT),
    tlb(caches(table, page), flush(page)),
)]
enum BitsNamedTwice {
    /// `absent`
    #[at(PD, PT)]
    #[bits(
        63:1 free;
        0 P = 0;
    )]
    Absent,
    /// `table`
    #[at(PD)]
    #[bits(
        62:52 free;
        11:8 free;
        7 PS = 0;
        6 free;
        4:2 free;
        0 P = 1;
    )]
    Table {
        #[bits(63 XD not execute)]
        execute: bool,
        #[bits(51:12 ADDR table)]
        table: u64,
        #[bits(5 A accessed [hw])]
        accessed: bool,
        #[bits(1 R/W write)]
        write: bool,
    },
    /// `page-2m`
    #[at(PD)]
    #[bits(
        58:52 free;
        20:13 zero;
        11:8 free;
        7 PS = 1;
        4:2 free;
        0 P = 1;
    )]
    Page2m {
        #[bits(63 XD not execute)]
        execute: bool,
        #[bits(62:59 PK key)]
        key: u8,
        #[bits(51:21 ADDR page)]
        page: u64,
        #[bits(12 PAT cache.pat)]
        cache_pat: bool,
        #[bits(8 G global)]
        global: bool,
        #[bits(6 D dirty [hw])]
        dirty: bool,
        #[bits(5 A accessed [hw])]
        accessed: bool,
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
        key: u8,
        global: bool,
        dirty: bool,
        accessed: bool,
        write: bool,
    },
}

fn main() {}
