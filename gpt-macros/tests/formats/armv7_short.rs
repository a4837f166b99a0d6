/// Arm short-descriptor format, access flag enabled.
#[derive(PageTable, Clone, Copy, Debug, PartialEq)]
#[page_table(
    manual = "Arm ARM for A-profile, chapter The AArch32 Virtual Memory System Architecture, as the pseudocode of v9.4 in sail-arm 9db0df2f25dc has it; gem5 05e60080dc2e, src/arch/arm/table_walker.hh",
    va(32 bits),
    pa(40 bits, at most),
    entry(32 bits, little-endian),
    levels(31:20 L1; 19:12 L2),
    tlb(caches(table, page), flush(page), replace(through-absent)),
)]
pub enum Armv7Short {
    /// `absent`
    #[at(L1, L2)]
    #[bits(31:2 free; 1:0 TYPE = 0)]
    Absent,
    /// `table`
    #[at(L1)]
    #[reach(32 bits)]
    #[bits(9 zero; 4 zero; 1:0 TYPE = 1)]
    Table {
        #[bits(31:10 ADDR table)]
        table: u64,
        #[bits(8:5 DOMAIN key)]
        key: u8,
        #[bits(3 NS non-secure)]
        non_secure: bool,
        #[bits(2 PXN not privileged.execute)]
        privileged_execute: bool,
    },
    /// `section`
    #[at(L1)]
    #[reach(32 bits)]
    #[bits(18 SUPER = 0; 9 zero; 1 TYPE = 1)]
    Section {
        #[bits(31:20 ADDR page)]
        page: u64,
        #[bits(19 NS non-secure)]
        non_secure: bool,
        #[bits(17 nG not global)]
        global: bool,
        #[bits(16 S shareable)]
        shareable: bool,
        #[bits(15 AP2 not write)]
        write: bool,
        #[bits(14:12 TEX memory-type[4:2]; 3 C memory-type[1]; 2 B memory-type[0])]
        memory_type: u8,
        #[bits(11 AP1 user)]
        user: bool,
        #[bits(10 AF accessed)]
        accessed: bool,
        #[bits(8:5 DOMAIN key)]
        key: u8,
        #[bits(4 XN not execute)]
        execute: bool,
                #[bits(0 PXN not privileged.execute)]
        privileged_execute: bool,
    },
    /// `supersection`
    #[at(L1)]
    #[run(16 items, same address)]
    #[like(Section)]
    #[bits(18 SUPER = 1)]
    Supersection {
        #[bits(31:24 ADDR page; 23:20 ADDR page[35:32]; 8:5 ADDR page[39:36])]
        page: u64,
        non_secure: bool,
        global: bool,
        shareable: bool,
        write: bool,
        memory_type: u8,
        user: bool,
        accessed: bool,
        execute: bool,
        privileged_execute: bool,
    },
    /// `small-page`
    #[at(L2)]
    #[reach(32 bits)]
    #[bits(1 TYPE = 1)]
    SmallPage {
        #[bits(31:12 ADDR page)]
        page: u64,
        #[bits(11 nG not global)]
        global: bool,
        #[bits(10 S shareable)]
        shareable: bool,
        #[bits(9 AP2 not write)]
        write: bool,
        #[bits(8:6 TEX memory-type[4:2]; 3 C memory-type[1]; 2 B memory-type[0])]
        memory_type: u8,
        #[bits(5 AP1 user)]
        user: bool,
        #[bits(4 AF accessed)]
        accessed: bool,
                #[bits(0 XN not execute)]
        execute: bool,
    },
    /// `large-page`
    #[at(L2)]
    #[run(16 items, same address)]
    #[reach(32 bits)]
    #[like(SmallPage)]
    #[bits(8:6 zero; 1:0 TYPE = 1)]
    LargePage {
        #[bits(31:16 ADDR page)]
        page: u64,
        #[bits(15 XN not execute)]
        execute: bool,
        #[bits(14:12 TEX memory-type[4:2])]
        memory_type: u8,
        global: bool,
        shareable: bool,
        write: bool,
        user: bool,
        accessed: bool,
    },
}
