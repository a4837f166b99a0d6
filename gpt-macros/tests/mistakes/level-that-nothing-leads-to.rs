use gpt_macros::PageTable;

/// Directory entries with a table of 4 KiB pages and one of 64 KiB pages.
#[derive(PageTable)]
#[page_table(
    manual = "Toy Computer Manual, revision 5, section 2.1",
    va(32 bits),
    pa(36 bits, at most),
    entry(32 bits, little-endian),
    levels(31:22 DIR, entry 64 bits; 21:12 SMALL; 21:16 BIG),
    tlb(caches(table, page), flush(page)),
)]
enum LevelThatNothingLeadsTo {
    /// `absent`
    #[at(DIR, SMALL, BIG)]
    #[bits(
        63:33 free at DIR;
        32 B = 0 at DIR;
        31:1 free;
        0 V = 0;
    )]
    Absent,
    /// `table`
    #[at(DIR)]
    #[when(S or B)]
    #[bits(
        63:33 zero;
        7:1 zero;
    )]
    Table {
        #[bits(32 B vendor.big)]
        big: bool,
        #[bits(31:8 ADDR table SMALL[35:12]; 0 S vendor.small)]
        small: u32,
    },
    /// `page-4k`
    #[at(SMALL)]
    #[bits(
        7:2 zero;
        0 V = 1;
    )]
    Page4k {
        #[bits(31:8 ADDR page[35:12])]
        page: u64,
        #[bits(1 RO not write)]
        write: bool,
    },
    /// `page-64k`
    #[at(BIG)]
    #[bits(
        11:2 zero;
        0 V = 1;
    )]
    Page64k {
        #[bits(31:12 ADDR page[35:16])]
        page: u64,
        #[bits(1 RO not write)]
        write: bool,
    },
}

fn main() {}
