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
enum Toy {
    #[at(DIR, TAB)]
    #[bits(31:1 free; 0 V = 0)]
    Absent,
    #[at(DRI)]
    #[bits(7:1 zero; 0 V = 1)]
    Table {
        #[bits(31:8 ADDR table[35:12])]
        table: u64,
    },
    #[at(TAB)]
    #[bits(7:4 zero; 0 V = 1)]
    Page {
        #[bits(31:8 ADDR page[35:12])]
        page: u64,
        #[bits(3 D drity [hw])]
        dirty: bool,
        #[bits(2 A accessed [hw])]
        accessed: bool,
        #[bits(1 RO not write)]
        write: bool,
    },
}

fn main() {
    // What uses a format that has mistakes is no mistake.
    let entry = Toy::decode(1, 0x1001);
    if let Some(Toy::Page { page, write, .. }) = entry {
        println!("{page:#x} {write}");
    }
    let _word = Toy::Absent.encode(0);
    let attributes = toy::Attributes { accessed: false, write: true };
    if let Ok(tree) = toy::PageTable::new(gpt_runtime::Heap, gpt_runtime::SingleThread::default())
        && let Ok(range) = toy::VaRange::new(0x1000, 0x1000)
        && let Ok(done) = tree.map(range, 0x5000, &attributes)
    {
        done.acknowledge();
    }
    let _level = <toy::Dir as gpt_runtime::Level>::NUMBER;
}
