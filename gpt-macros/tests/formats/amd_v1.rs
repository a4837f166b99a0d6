/// AMD IOMMU host (version 1) page tables.
#[derive(PageTable, Clone, Copy, Debug, PartialEq)]
#[page_table(
    manual = "AMD I/O Virtualization Technology (IOMMU) Specification 48882, section 2.2.3 with tables 14 and 15, as cited and coded in Linux 6.19, generic_pt/fmt/amdv1.h and amd_iommu_types.h; QEMU 10.1, hw/i386/amd_iommu.c",
    va(64 bits),
    pa(52 bits, at most),
    entry(64 bits, little-endian),
    levels(63:57 L6, table 4K, aligned 4K; 56:48 L5; 47:39 L4; 38:30 L3; 29:21 L2; 20:12 L1),
    roots(L3, L1, L2, L4, L5, L6),
    tlb(caches(table, page), flush(power-of-two)),
)]
pub enum AmdV1 {
    /// `absent`
    #[at(L6, L5, L4, L3, L2, L1)]
    #[bits(63:1 free; 0 PR = 0)]
    Absent,
    /// `table`
    #[at(L6, L5, L4, L3, L2)]
    #[bits(63 free; 60:52 zero; 11:9 NEXT = 5 at L6; 11:9 NEXT = 4 at L5; 11:9 NEXT = 3 at L4; 11:9 NEXT = 2 at L3; 11:9 NEXT = 1 at L2; 8:6 free; 4:1 free; 0 PR = 1)]
    Table {
        #[bits(62 IW write)]
        write: bool,
        #[bits(61 IR read)]
        read: bool,
        #[bits(51:12 ADDR table)]
        table: u64,
        #[bits(5 A accessed [hw])]
        accessed: bool,
    },
    /// `page`
    #[at(L5, L3, L2, L1)]
    #[bits(63 free; 58:52 zero; 47:12 zero at L5; 29:12 zero at L3; 20:12 zero at L2; 11:9 NEXT = 0; 8:7 free; 4:1 free; 0 PR = 1)]
    Page {
        #[bits(62 IW write)]
        write: bool,
        #[bits(61 IR read)]
        read: bool,
        #[bits(60 FC coherent)]
        coherent: bool,
        #[bits(59 U vendor.untranslated)]
        untranslated: bool,
        #[bits(51:48 ADDR page at L5; 51:30 ADDR page at L3; 51:21 ADDR page at L2; 51:12 ADDR page at L1)]
        page: u64,
        #[bits(6 D dirty [hw])]
        dirty: bool,
        #[bits(5 A accessed [hw])]
        accessed: bool,
    },
    /// `run`
    #[at(L5, L4, L3, L2, L1)]
    #[like(Page)]
    #[bits(11:9 NEXT = 7)]
    Run {
        #[bits(51:12 ADDR page sized)]
        page: u64,
        size_lg2: u8,
        write: bool,
        read: bool,
        coherent: bool,
        untranslated: bool,
        dirty: bool,
        accessed: bool,
    },
}
