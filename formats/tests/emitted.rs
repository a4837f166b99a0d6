//! What every module says about a word is what the interpreter reads from the description.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod agree;

/// For every format of the catalogue a test of all its levels.
macro_rules! formats {
    ($($name:ident: $format:ident,)*) => {
        $(
            #[test]
            fn $name() {
                agree::check::<gpt_formats::$name::$format>(stringify!($name));
            }
        )*

        #[test]
        fn every_module_is_tested() {
            let listed: Vec<&str> = gpt_formats::CATALOGUE.iter().map(|(name, _)| *name).collect();
            assert_eq!(listed, [$(stringify!($name)),*]);
        }
    };
}

formats! {
    amd_npt: AmdNpt,
    amd_v1: AmdV1,
    amdgpu_gfx12: AmdgpuGfx12,
    amdgpu_gfx12_1: AmdgpuGfx12_1,
    amdgpu_gfx9: AmdgpuGfx9,
    amdgpu_gfx9_further: AmdgpuGfx9Further,
    arm64_16k: Arm64_16k,
    arm64_4k: Arm64_4k,
    arm64_4k_52: Arm64_4k52,
    arm64_4k_dbm: Arm64_4kDbm,
    arm64_64k: Arm64_64k,
    arm64_64k_52: Arm64_64k52,
    arm64_d128: Arm64D128,
    arm64_s2_16k: Arm64S2_16k,
    arm64_s2_4k: Arm64S2_4k,
    arm64_s2_4k_40: Arm64S2_4k40,
    arm64_s2_4k_dbm: Arm64S2_4kDbm,
    arm64_s2_64k: Arm64S2_64k,
    armv7_lpae: Armv7Lpae,
    armv7_short: Armv7Short,
    armv7_short_ap: Armv7ShortAp,
    dart1: Dart1,
    dart2: Dart2,
    ept: Ept,
    ept5: Ept5,
    etnaviv_v2: EtnavivV2,
    exynos_v1: ExynosV1,
    exynos_v5: ExynosV5,
    intel_gen8: IntelGen8,
    loongarch64: Loongarch64,
    loongarch64_16k: Loongarch64_16k,
    mali_lpae: MaliLpae,
    nv_ver2: NvVer2,
    nv_ver2_ampere: NvVer2Ampere,
    nv_ver3: NvVer3,
    nv_ver3_blackwell: NvVer3Blackwell,
    powerpc_radix: PowerpcRadix,
    powervr_rogue: PowervrRogue,
    rockchip_v1: RockchipV1,
    rockchip_v2: RockchipV2,
    s390: S390,
    sparc_srmmu: SparcSrmmu,
    sun50i: Sun50i,
    sv32: Sv32,
    sv32x4: Sv32x4,
    sv39: Sv39,
    sv39x4: Sv39x4,
    sv48: Sv48,
    sv48x4: Sv48x4,
    sv57: Sv57,
    sv57x4: Sv57x4,
    tegra_smmu: TegraSmmu,
    vtd_ss: VtdSs,
    x86_32: X86_32,
    x86_64: X86_64,
    x86_64_la57: X86_64La57,
    x86_64_os: X86_64Os,
    x86_pae: X86Pae,
    xe: Xe,
}
