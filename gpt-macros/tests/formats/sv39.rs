/// RISC-V Sv39 with Svpbmt and Svnapot.
#[derive(PageTable, Clone, Copy, Debug, PartialEq)]
#[page_table(
    manual = "RISC-V Instruction Set Manual, volume II, Supervisor-Level ISA version 1.13, sections Sv39, Svnapot and Svpbmt (riscv-isa-manual 1d472b809241)",
    va(39 bits, sign-extended),
    pa(56 bits),
    entry(64 bits, little-endian),
    levels(38:30 VPN2; 29:21 VPN1; 20:12 VPN0),
    codes(
        pbmt(0 pma; 1 nc; 2 io),
    ),
    tlb(caches(absent, table, page), flush(page)),
)]
pub enum Sv39 {
    /// `absent`
    #[at(VPN2, VPN1, VPN0)]
    #[bits(63:1 free; 0 V = 0)]
    Absent,
    /// `table`
    #[at(VPN2, VPN1)]
    #[bits(63:54 zero; 7:6 zero; 4 zero; 3 X = 0; 2 W = 0; 1 R = 0; 0 V = 1)]
    Table {
        #[bits(53:10 PPN table[55:12])]
        table: u64,
        #[bits(9:8 RSW free)]
        rsw: u8,
        #[bits(5 G global)]
        global: bool,
    },
    /// `page-4k`
    #[at(VPN0)]
    #[when((R or X and not W) and PBMT != 3)]
    #[bits(63 N = 0; 60:54 zero; 0 V = 1)]
    Page4k {
        #[bits(62:61 PBMT memory-type as pbmt)]
        memory_type: Pbmt,
        #[bits(53:10 PPN page[55:12])]
        page: u64,
        #[bits(9:8 RSW free)]
        rsw: u8,
        #[bits(7 D dirty [hw])]
        dirty: bool,
        #[bits(6 A accessed [hw])]
        accessed: bool,
        #[bits(5 G global)]
        global: bool,
        #[bits(4 U user)]
        user: bool,
        #[bits(3 X execute)]
        execute: bool,
        #[bits(2 W write)]
        write: bool,
        #[bits(1 R read)]
        read: bool,
    },
    /// `page-64k`
    #[at(VPN0)]
    #[when((R or X and not W) and PBMT != 3)]
    #[run(16 items, same address)]
    #[like(Page4k)]
    #[bits(63 N = 1; 13:10 SIZE = 0b1000)]
    Page64k {
        #[bits(53:14 PPN page[55:16])]
        page: u64,
        memory_type: Pbmt,
        rsw: u8,
        dirty: bool,
        accessed: bool,
        global: bool,
        user: bool,
        execute: bool,
        write: bool,
        read: bool,
    },
    /// `page-2m`
    #[at(VPN1)]
    #[when((R or X and not W) and PBMT != 3)]
    #[like(Page4k)]
    #[bits(18:10 zero)]
    Page2m {
        #[bits(53:19 PPN page[55:21])]
        page: u64,
        memory_type: Pbmt,
        rsw: u8,
        dirty: bool,
        accessed: bool,
        global: bool,
        user: bool,
        execute: bool,
        write: bool,
        read: bool,
    },
    /// `page-1g`
    #[at(VPN2)]
    #[when((R or X and not W) and PBMT != 3)]
    #[like(Page4k)]
    #[bits(27:10 zero)]
    Page1g {
        #[bits(53:28 PPN page[55:30])]
        page: u64,
        memory_type: Pbmt,
        rsw: u8,
        dirty: bool,
        accessed: bool,
        global: bool,
        user: bool,
        execute: bool,
        write: bool,
        read: bool,
    },
}

/// `pbmt`
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pbmt {
    /// `pma`
    Pma,
    /// `nc`
    Nc,
    /// `io`
    Io,
}
