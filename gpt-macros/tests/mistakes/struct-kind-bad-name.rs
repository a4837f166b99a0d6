use gpt_macros::PageTable;

/// A two-level format with 4 KiB pages.
#[derive(PageTable)]
#[page_table(
    manual = "Toy Computer Manual, revision 3, section 2.1",
    va(32 bits),
    pa(36 bits, at most),
    entry(32 bits, little-endian),
    levels(31:22 DIR; 21:12 TAB),
)]
#[kind(Page, at(TAB), bits(7:0 zero))]
#[kind(other, at(TAB), when)]
#[kind]
struct Toy {
    kind: ToyKind,
    #[bits(31:8 ADDR page[35:12])]
    address: u64,
}

fn main() {}
