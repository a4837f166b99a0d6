use gpt_macros::PageTable;

/// A two-level format with 4 KiB pages.
#[derive(PageTable)]
#[page_table(file = "toy.yaml")]
enum Toy {
    Absent,
    Table {
        table: u64,
    },
    Page {
        page: u64,
        dirty: bool,
        accessed: bool,
        write: bool,
    },
}

fn main() {}
