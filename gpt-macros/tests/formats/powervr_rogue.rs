/// Imagination PowerVR Rogue MMU.
#[derive(PageTable, Clone, Copy, Debug, PartialEq)]
#[page_table(
    manual = "Linux 6.12, drivers/gpu/drm/imagination, pvr_mmu.c and pvr_rogue_mmu_defs.h (revision 0)",
    va(40 bits),
    pa(40 bits, at most),
    entry(64 bits, little-endian),
    levels(39:30 PC, entry 32 bits; 29:21 PD; 20:12 PT_4K; 20:14 PT_16K; 20:16 PT_64K; 20:18 PT_256K; 20:20 PT_1M, aligned 32; PT_2M, one item of 2M, aligned 32),
    tlb(caches(table, page), flush(context), walker(clean-lines)),
)]
pub enum PowervrRogue {
    /// `absent`
    #[at(PC, PD, PT_4K, PT_16K, PT_64K, PT_256K, PT_1M, PT_2M)]
    #[bits(63:41 free at PD; 40 PENDING = 0 at PD; 39:2 free at PD; 1 free at PD; 31:2 free at PC; 1 PENDING = 0 at PC; 63:6 free at PT_4K, PT_16K, PT_64K, PT_256K, PT_1M, PT_2M; 5 PENDING = 0 at PT_4K, PT_16K, PT_64K, PT_256K, PT_1M, PT_2M; 4:1 free at PT_4K, PT_16K, PT_64K, PT_256K, PT_1M, PT_2M; 0 V = 0)]
    Absent,
    /// `pending`
    #[at(PC, PD, PT_4K, PT_16K, PT_64K, PT_256K, PT_1M, PT_2M)]
    #[like(Absent)]
    #[bits(40 PENDING = 1 at PD; 1 PENDING = 1 at PC; 5 PENDING = 1 at PT_4K, PT_16K, PT_64K, PT_256K, PT_1M, PT_2M)]
    Pending,
    /// `directory`
    #[at(PC)]
    #[bits(3:2 zero; 1 PENDING = 0; 0 V = 1)]
    Directory {
        #[bits(31:4 BASE table[39:12])]
        table: u64,
    },
    /// `table-4k`
    #[at(PD)]
    #[bits(63:41 zero; 40 PENDING = 0; 11:4 zero; 3:1 SIZE = 0; 0 V = 1)]
    Table4k {
        #[bits(39:12 BASE table PT_4K)]
        pt_4k: u64,
    },
    /// `table-16k`
    #[at(PD)]
    #[like(Table4k)]
    #[bits(9:4 zero; 3:1 SIZE = 1)]
    Table16k {
        #[bits(39:10 BASE table PT_16K)]
        pt_16k: u64,
    },
    /// `table-64k`
    #[at(PD)]
    #[like(Table4k)]
    #[bits(7:4 zero; 3:1 SIZE = 2)]
    Table64k {
        #[bits(39:8 BASE table PT_64K)]
        pt_64k: u64,
    },
    /// `table-256k`
    #[at(PD)]
    #[like(Table4k)]
    #[bits(5:4 zero; 3:1 SIZE = 3)]
    Table256k {
        #[bits(39:6 BASE table PT_256K)]
        pt_256k: u64,
    },
    /// `table-1m`
    #[at(PD)]
    #[like(Table4k)]
    #[bits(4 zero; 3:1 SIZE = 4)]
    Table1m {
        #[bits(39:5 BASE table PT_1M)]
        pt_1m: u64,
    },
    /// `table-2m`
    #[at(PD)]
    #[like(Table1m)]
    #[bits(3:1 SIZE = 5)]
    Table2m {
        #[bits(39:5 BASE table PT_2M)]
        pt_2m: u64,
    },
    /// `page`
    #[at(PT_4K, PT_16K, PT_64K, PT_256K, PT_1M, PT_2M)]
    #[bits(63 zero; 13:12 zero at PT_16K; 15:12 zero at PT_64K; 17:12 zero at PT_256K; 19:12 zero at PT_1M; 20:12 zero at PT_2M; 5 PENDING = 0; 0 V = 1)]
    Page {
        #[bits(62 PROTECT vendor.protected)]
        protected: bool,
        #[bits(61:40 VP_HI vendor.vp-high)]
        vp_high: u32,
        #[bits(39:12 ADDR page at PT_4K; 39:14 ADDR page at PT_16K; 39:16 ADDR page at PT_64K; 39:18 ADDR page at PT_256K; 39:20 ADDR page at PT_1M; 39:21 ADDR page at PT_2M)]
        page: u64,
        #[bits(11:6 VP_LO vendor.vp-low)]
        vp_low: u8,
        #[bits(4 PM_SRC vendor.parameter-manager [hw])]
        parameter_manager: bool,
        #[bits(3 SLC_BYPASS vendor.slc-bypass)]
        slc_bypass: bool,
        #[bits(2 CC coherent)]
        coherent: bool,
        #[bits(1 RO not write)]
        write: bool,
    },
}
