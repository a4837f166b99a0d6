/// Arm VMSAv8-64 stage 1, 4 KiB granule, 48-bit addresses.
#[derive(PageTable, Clone, Copy, Debug, PartialEq)]
#[page_table(
    manual = "Arm ARM for A-profile, chapter The AArch64 Virtual Memory System Architecture, as the pseudocode of v9.4 in sail-arm 9db0df2f25dc has it",
    va(48 bits),
    pa(48 bits, at most),
    entry(64 bits, little-endian),
    levels(47:39 L0; 38:30 L1; 29:21 L2; 20:12 L3),
    roots(L0, L1, L2),
    codes(
        sh(0 non-shareable; 2 outer; 3 inner),
    ),
    tlb(caches(table, page), flush(page), replace(through-absent)),
)]
pub enum Arm64_4k {
    /// `absent`
    #[at(L0, L1, L2, L3)]
    #[bits(63:1 free; 0 V = 0)]
    Absent,
    /// `table`
    #[at(L0, L1, L2)]
    #[bits(58:51 free; 50:48 zero; 11:2 free; 1 TYPE = 1; 0 V = 1)]
    Table {
        #[bits(63 NSTable non-secure)]
        non_secure: bool,
        #[bits(62 APTable1 not write)]
        write: bool,
        #[bits(61 APTable0 not user)]
        user: bool,
        #[bits(60 UXNTable not user.execute)]
        user_execute: bool,
        #[bits(59 PXNTable not privileged.execute)]
        privileged_execute: bool,
        #[bits(47:12 ADDR table)]
        table: u64,
    },
    /// `page-4k`
    #[at(L3)]
    #[when(SH != 1)]
    #[bits(63:59 free; 52 CONT = 0; 51 DBM zero; 49:48 zero; 1 TYPE = 1; 0 V = 1)]
    Page4k {
        #[bits(58:55 SW free)]
        sw: u8,
        #[bits(54 UXN not user.execute)]
        user_execute: bool,
        #[bits(53 PXN not privileged.execute)]
        privileged_execute: bool,
        #[bits(50 GP vendor.guarded)]
        guarded: bool,
        #[bits(47:12 ADDR page)]
        page: u64,
        #[bits(11 nG not global)]
        global: bool,
        #[bits(10 AF accessed [hw])]
        accessed: bool,
        #[bits(9:8 SH shareable as sh)]
        shareable: Sh,
        #[bits(7 AP2 not write)]
        write: bool,
        #[bits(6 AP1 user)]
        user: bool,
        #[bits(5 NS non-secure)]
        non_secure: bool,
        #[bits(4:2 AttrIndx memory-type)]
        memory_type: u8,
    },
    /// `page-64k`
    #[at(L3)]
    #[when(SH != 1)]
    #[run(16 items, own addresses)]
    #[like(Page4k)]
    #[bits(52 CONT = 1)]
    Page64k {
        sw: u8,
        user_execute: bool,
        privileged_execute: bool,
        guarded: bool,
        page: u64,
        global: bool,
        accessed: bool,
        shareable: Sh,
        write: bool,
        user: bool,
        non_secure: bool,
        memory_type: u8,
    },
    /// `page-2m`
    #[at(L2)]
    #[when(SH != 1)]
    #[like(Page4k)]
    #[bits(20:17 zero; 16 nT zero; 15:12 zero; 1 TYPE = 0)]
    Page2m {
        #[bits(47:21 ADDR page)]
        page: u64,
        sw: u8,
        user_execute: bool,
        privileged_execute: bool,
        guarded: bool,
        global: bool,
        accessed: bool,
        shareable: Sh,
        write: bool,
        user: bool,
        non_secure: bool,
        memory_type: u8,
    },
    /// `page-32m`
    #[at(L2)]
    #[when(SH != 1)]
    #[run(16 items, own addresses)]
    #[like(Page2m)]
    #[bits(52 CONT = 1)]
    Page32m {
        page: u64,
        sw: u8,
        user_execute: bool,
        privileged_execute: bool,
        guarded: bool,
        global: bool,
        accessed: bool,
        shareable: Sh,
        write: bool,
        user: bool,
        non_secure: bool,
        memory_type: u8,
    },
    /// `page-1g`
    #[at(L1)]
    #[when(SH != 1)]
    #[like(Page2m)]
    #[bits(29:17 zero)]
    Page1g {
        #[bits(47:30 ADDR page)]
        page: u64,
        sw: u8,
        user_execute: bool,
        privileged_execute: bool,
        guarded: bool,
        global: bool,
        accessed: bool,
        shareable: Sh,
        write: bool,
        user: bool,
        non_secure: bool,
        memory_type: u8,
    },
    /// `page-16g`
    #[at(L1)]
    #[when(SH != 1)]
    #[run(16 items, own addresses)]
    #[like(Page1g)]
    #[bits(52 CONT = 1)]
    Page16g {
        page: u64,
        sw: u8,
        user_execute: bool,
        privileged_execute: bool,
        guarded: bool,
        global: bool,
        accessed: bool,
        shareable: Sh,
        write: bool,
        user: bool,
        non_secure: bool,
        memory_type: u8,
    },
}

/// `sh`
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sh {
    /// `non-shareable`
    NonShareable,
    /// `outer`
    Outer,
    /// `inner`
    Inner,
}
