//! Every machine, and for each format without one what would be needed.

use gpt_hardware_tests::{Result, Version};
use gpt_runtime::Format;

use crate::cases::{Case, Run, of};
use crate::matrix::Row;
use crate::scenarios::debug;
use crate::walker::{ANY, Walker};
use crate::{
    amdvi, arm32_formats as arm32, arm64_formats as arm64, arm64_s2_formats as arm64_s2, harness, loongarch,
    loongarch_tlb, npt, powerpc, riscv_formats as riscv, s390, smmu_s2, sparc, vtd, vtd_first, x86,
};

/// Calls a macro with all machines.
macro_rules! every_machine {
    ($of:ident) => {
        [
            $of::<x86::Levels4>(),
            $of::<x86::Os>(),
            $of::<x86::Levels5>(),
            $of::<x86::Pae>(),
            $of::<x86::Bits32>(),
            $of::<npt::Npt>(),
            $of::<vtd::Legacy4>(),
            $of::<vtd::Legacy3>(),
            $of::<vtd::Scalable4>(),
            $of::<vtd::Scalable3>(),
            $of::<vtd_first::FirstStage>(),
            $of::<amdvi::Mode3>(),
            $of::<amdvi::Mode4>(),
            $of::<amdvi::Mode6>(),
            $of::<arm64::Cpu4k>(),
            $of::<arm64::Cpu4kDbm>(),
            $of::<arm64::Cpu4k52>(),
            $of::<arm64::Cpu16k>(),
            $of::<arm64::Cpu64k>(),
            $of::<arm64::Cpu64k52>(),
            $of::<arm64_s2::Guest4k>(),
            $of::<arm64_s2::Guest4kDbm>(),
            $of::<arm64_s2::Guest4k40>(),
            $of::<arm64_s2::Guest16k>(),
            $of::<arm64_s2::Guest64k>(),
            $of::<arm64::Smmu4k>(),
            $of::<arm64::Smmu16k>(),
            $of::<arm64::Smmu64k>(),
            $of::<smmu_s2::Second>(),
            $of::<arm32::Short>(),
            $of::<arm32::ShortAp>(),
            $of::<arm32::Long>(),
            $of::<riscv::Sv32>(),
            $of::<riscv::Sv39>(),
            $of::<riscv::Sv48>(),
            $of::<riscv::Sv57>(),
            $of::<riscv::Sv32x4>(),
            $of::<riscv::Sv39x4>(),
            $of::<riscv::Sv48x4>(),
            $of::<riscv::Sv57x4>(),
            $of::<powerpc::Power>(),
            $of::<s390::Region1>(),
            $of::<s390::Region3>(),
            $of::<s390::Segment>(),
            $of::<sparc::Sparc>(),
            $of::<loongarch_tlb::Tlb>(),
        ]
    };
}

/// The row of a machine.
fn row<W: Walker>() -> Row {
    Row::of::<W>()
}

/// The rows of the matrix.
pub(crate) fn rows() -> Vec<Row> {
    every_machine!(row).into()
}

/// What there is beside the points of the matrix, run or not.
fn others() -> Vec<Case> {
    let ten = Version { major: 10, minor: 0, micro: 0 };
    let test = |format, name, shows, emulator, test: fn() -> Result<()>| {
        let run = Run::Test(test);
        Case { format, machine: "", name, shows, emulator, since: ANY, run }
    };
    let newer = |format, machine, emulator, reason| {
        let run = Run::Lacking(reason);
        Case { format, machine, name: "walk", shows: "", emulator, since: ten, run }
    };
    let tlb = loongarch_tlb::Tlb::EMULATOR;
    vec![
        test("harness", "hand_made_tables", "", "qemu-system-x86_64", harness::hand_made_tables),
        test(
            <loongarch::LoongArch as Walker>::Format::NAME,
            "walk",
            "walk instructions",
            tlb,
            debug::random_mappings::<loongarch::LoongArch>,
        ),
        test(<loongarch_tlb::Tlb as Walker>::Format::NAME, "restricted", "", tlb, loongarch_tlb::restricted),
        newer("sv39", "iommu", "qemu-system-riscv64", "it comes with QEMU 10, and nothing here drives it yet"),
    ]
}

/// All tests of machines: of each, one for each point that concerns it.
pub(crate) fn all() -> Vec<Case> {
    let concerns = |case: &Case| !matches!(case.run, Run::Without(_));
    let machines = every_machine!(of).into_iter().flatten().filter(concerns);
    others().into_iter().chain(machines).collect()
}

/// What machine a format without one would need.
pub(crate) fn would_need(format: &str) -> &'static str {
    match format {
        "arm64_d128" => "needs a processor with FEAT_D128, which no QEMU emulates",
        "ept" | "ept5" => "needs a processor with VMX; QEMU's own emulation has AMD's nested paging alone",
        "dart1" | "dart2" => "needs an Apple SoC's DART, which no machine of QEMU has",
        _ if format.starts_with("amdgpu_") => "needs an AMD GPU, which QEMU does not emulate",
        "intel_gen8" | "xe" => "needs an Intel GPU, which QEMU does not emulate",
        _ if format.starts_with("nv_") => "needs an NVIDIA GPU, which QEMU does not emulate",
        "mali_lpae" | "powervr_rogue" | "etnaviv_v2" => "needs an embedded GPU, which QEMU does not emulate",
        "exynos_v1" | "exynos_v5" => "needs a Samsung System MMU; QEMU's Exynos 4210 has none",
        "rockchip_v1" | "rockchip_v2" => "needs a Rockchip SoC, which QEMU does not emulate",
        "sun50i" => "needs an Allwinner SoC with an IOMMU; QEMU's A10, H3 and R40 have none",
        "tegra_smmu" => "needs an NVIDIA Tegra SoC, which QEMU does not emulate",
        _ => "no machine of these tests walks it, and `machines.rs` does not say what would be needed",
    }
}
