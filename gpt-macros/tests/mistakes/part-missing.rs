use gpt_macros::PageTable;

/// A two-level format with 4 KiB pages.
#[derive(PageTable)]
#[page_table(
    manual = "Toy Computer Manual, revision 3, section 2.1",
    va(32 bits),
    pa(36 bits, at most),
    entry(32 bits, little-endian),
    levels(31:22 DIR; 21:12 TAB),
    tlb(caches(table, page), flush(page)),
)]
enum PartMissing {
    /// `absent`
    #[at(DIR, TAB)]
    #[bits(
        31:1 free;
        0 V = 0;
    )]
    Absent,
    /// `table`
    #[at(DIR)]
    #[bits(
        31:8 ADDR table[35:12];
        7:1 zero;
        0 V = 1;
    )]
    Table,
    /// `page`
    #[at(TAB)]
    #[bits(
        7 HI memory-type[3];
        6:5 LO memory-type[1:0];
        4:1 zero;
        0 V = 1;
    )]
    Page {
        #[bits(31:8 ADDR page[35:12])]
        page: u64,
    },
}

fn main() {}
