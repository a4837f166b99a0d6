/// NVIDIA GMMU version 3 (Hopper).
#[derive(PageTable, Clone, Copy, Debug, PartialEq)]
#[page_table(
    checked_by = "the known answers in the tests of NVIDIA's UVM driver",
    manual = "NVIDIA open-gpu-kernel-modules 595.45.04, dev_mmu.h of gh100 (NV_MMU_VER3), kern_gmmu_fmt_gh10x.c and uvm_hopper_mmu.c; Linux 74f1af95820f, nouveau vmmgh100.c for sparse PD0 entries",
    va(57 bits),
    pa(52 bits, at most),
    entry(64 bits, little-endian),
    levels(56 PD4, table 32, aligned 4K; 55:47 PD3; 46:38 PD2; 37:29 PD1; 28:21 PD0, entry 128 bits; 20:16 PT_BIG; 20:12 PT_SMALL),
    codes(
        pde-aperture(0 none; 1 video; 2 system-coherent; 3 system-non-coherent),
        pte-aperture(0 video; 1 peer; 2 system-coherent; 3 system-non-coherent),
    ),
    tlb(caches(absent, table, page), flush(context)),
)]
pub enum NvVer3 {
    /// `absent`
    #[at(PD4, PD3, PD2, PD1, PD0, PT_BIG, PT_SMALL)]
    #[bits(127:70 zero at PD0; 69:67 PCF_SMALL = 0 at PD0; 66:65 APERTURE_SMALL = 0 at PD0; 64 zero at PD0; 63:8 zero; 7:3 PCF = 0 at PT_BIG, PT_SMALL; 7:6 zero at PD4, PD3, PD2, PD1, PD0; 5:3 PCF = 0 at PD4, PD3, PD2, PD1, PD0; 2:1 APERTURE = 0 at PD4, PD3, PD2, PD1, PD0; 2:1 zero at PT_BIG, PT_SMALL; 0 VALID = 0)]
    Absent,
    /// `sparse`
    #[at(PD4, PD3, PD2, PD1, PD0, PT_BIG, PT_SMALL)]
    #[like(Absent)]
    #[bits(7:3 PCF = 1 at PT_BIG, PT_SMALL; 5 zero at PD4, PD3, PD2, PD1, PD0; 3 SPARSE = 1 at PD4, PD3, PD2, PD1, PD0)]
    Sparse {
        #[bits(4 NO_ATS vendor.no-ats at PD4, PD3, PD2, PD1, PD0)]
        no_ats: bool,
    },
    /// `no-ats`
    #[at(PD4, PD3, PD2, PD1)]
    #[like(Absent)]
    #[bits(5:3 PCF = 2)]
    NoAts,
    /// `no-ats-pair`
    #[at(PD0)]
    #[when(NO_ATS_BIG or NO_ATS_SMALL)]
    #[like(Absent)]
    #[bits(69 zero; 67 SPARSE_SMALL = 0; 5 zero; 3 SPARSE_BIG = 0)]
    NoAtsPair {
        #[bits(68 NO_ATS_SMALL vendor.no-ats-small)]
        no_ats_small: bool,
        #[bits(4 NO_ATS_BIG vendor.no-ats-big)]
        no_ats_big: bool,
    },
    /// `nowhere`
    #[at(PT_BIG, PT_SMALL)]
    #[like(Absent)]
    #[bits(7:3 PCF = 2)]
    Nowhere,
    /// `no-valid-4k`
    #[at(PT_BIG)]
    #[like(Absent)]
    #[bits(7:3 PCF = 3)]
    NoValid4k,
    /// `table`
    #[at(PD4, PD3, PD2, PD1)]
    #[when(APERTURE = 2 and UNCACHED or APERTURE)]
    #[bits(63:52 zero; 11:5 zero; 0 IS_PTE = 0)]
    Table {
        #[bits(51:12 ADDRESS table)]
        table: u64,
        #[bits(4 NO_ATS vendor.no-ats)]
        no_ats: bool,
        #[bits(3 UNCACHED cache.disable)]
        cache_disable: bool,
        #[bits(2:1 APERTURE space as pde-aperture)]
        space: PdeAperture,
    },
    /// `tables`
    #[at(PD0)]
    #[when(APERTURE_BIG = 2 and UNCACHED_BIG or APERTURE_SMALL = 2 and UNCACHED_SMALL or APERTURE_BIG or APERTURE_SMALL)]
    #[present(PT_BIG: APERTURE_BIG = 2 and UNCACHED_BIG or APERTURE_BIG; PT_SMALL: APERTURE_SMALL = 2 and UNCACHED_SMALL or APERTURE_SMALL)]
    #[bits(127:116 zero; 75:69 zero; 64:52 zero; 7:5 zero; 0 IS_PTE = 0)]
    Tables {
        #[bits(115:76 ADDRESS_SMALL table PT_SMALL[51:12])]
        pt_small: u64,
        #[bits(68 NO_ATS_SMALL vendor.no-ats-small)]
        no_ats_small: bool,
        #[bits(67 UNCACHED_SMALL vendor.uncached-small)]
        uncached_small: bool,
        #[bits(66:65 APERTURE_SMALL vendor.space-small as pde-aperture)]
        space_small: PdeAperture,
        #[bits(51:8 ADDRESS_BIG table PT_BIG[51:8])]
        pt_big: u64,
        #[bits(4 NO_ATS_BIG vendor.no-ats-big)]
        no_ats_big: bool,
        #[bits(3 UNCACHED_BIG vendor.uncached-big)]
        uncached_big: bool,
        #[bits(2:1 APERTURE_BIG vendor.space-big as pde-aperture)]
        space_big: PdeAperture,
    },
    /// `page-512m`
    #[at(PD1)]
    #[bits(60:52 zero; 28:12 zero; 0 VALID = 1)]
    Page512m {
        #[bits(63:61 PEER_ID vendor.peer)]
        peer: u8,
        #[bits(51:29 ADDRESS page)]
        page: u64,
        #[bits(11:8 KIND vendor.kind)]
        kind: u8,
        #[bits(7 ACD vendor.access-counter-disable)]
        access_counter_disable: bool,
        #[bits(6 NO_ATOMIC not atomic)]
        atomic: bool,
        #[bits(5 RO not write)]
        write: bool,
        #[bits(4 PRIVILEGE not user)]
        user: bool,
        #[bits(3 UNCACHED cache.disable)]
        cache_disable: bool,
        #[bits(2:1 APERTURE space as pte-aperture)]
        space: PteAperture,
    },
    /// `page-2m`
    #[at(PD0)]
    #[like(Page512m)]
    #[bits(127:64 zero; 20:12 zero)]
    Page2m {
        #[bits(51:21 ADDRESS page)]
        page: u64,
        peer: u8,
        kind: u8,
        access_counter_disable: bool,
        atomic: bool,
        write: bool,
        user: bool,
        cache_disable: bool,
        space: PteAperture,
    },
    /// `page-64k`
    #[at(PT_BIG)]
    #[like(Page512m)]
    #[bits(15:12 zero)]
    Page64k {
        #[bits(51:16 ADDRESS page)]
        page: u64,
        peer: u8,
        kind: u8,
        access_counter_disable: bool,
        atomic: bool,
        write: bool,
        user: bool,
        cache_disable: bool,
        space: PteAperture,
    },
    /// `page-4k`
    #[at(PT_SMALL)]
    #[like(Page512m)]
    Page4k {
        #[bits(51:12 ADDRESS page)]
        page: u64,
        peer: u8,
        kind: u8,
        access_counter_disable: bool,
        atomic: bool,
        write: bool,
        user: bool,
        cache_disable: bool,
        space: PteAperture,
    },
}

/// `pde-aperture`
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PdeAperture {
    /// `none`
    None,
    /// `video`
    Video,
    /// `system-coherent`
    SystemCoherent,
    /// `system-non-coherent`
    SystemNonCoherent,
}

/// `pte-aperture`
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PteAperture {
    /// `video`
    Video,
    /// `peer`
    Peer,
    /// `system-coherent`
    SystemCoherent,
    /// `system-non-coherent`
    SystemNonCoherent,
}
