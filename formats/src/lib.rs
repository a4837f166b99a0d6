//! The catalogue: descriptions of page-table formats, and the driver source generated from each.
//!
//! Every format is one YAML file beside this crate, listed once below. With the feature `modules`, which is on by
//! default, each is a module too; tools that only want the descriptions do without it.
#![no_std]

/// Lists the catalogue: for every name the description `NAME.yaml` and the module `src/generated/NAME.rs`.
macro_rules! catalogue {
    ($($name:ident),* $(,)?) => {
        /// Every format as its name and the text of its description, in alphabetical order.
        pub const CATALOGUE: &[(&str, &str)] =
            &[$((stringify!($name), include_str!(concat!("../", stringify!($name), ".yaml")))),*];

        #[cfg(feature = "modules")]
        #[path = "generated"]
        #[deny(warnings, missing_docs, clippy::pedantic)]
        mod generated {
            $(
                #[doc = concat!("The driver for `", stringify!($name), "`, generated from its description.")]
                pub mod $name;
            )*
        }

        #[cfg(feature = "modules")]
        pub use generated::*;
    };
}

/// What independent implementations checked of each format: a line `name = "what ran"` for each that one did.
///
/// The tests that run emulated machines write it; a format without a line was checked by nothing independent.
pub const CHECKED_BY: &str = include_str!("../checked.toml");

/// What [`CHECKED_BY`] says of a format: who checked it, and after a colon what ran.
pub fn checked_by(format: &str) -> Option<&'static str> {
    let lines = CHECKED_BY.lines().filter_map(|line| line.split_once(" = "));
    lines.filter(|(name, _)| *name == format).map(|(_, said)| said.trim_matches('"')).next()
}

catalogue! {
    amd_npt,
    amd_v1,
    amdgpu_gfx12,
    amdgpu_gfx12_1,
    amdgpu_gfx9,
    amdgpu_gfx9_further,
    arm64_16k,
    arm64_4k,
    arm64_4k_52,
    arm64_4k_dbm,
    arm64_64k,
    arm64_64k_52,
    arm64_d128,
    arm64_s2_16k,
    arm64_s2_4k,
    arm64_s2_4k_40,
    arm64_s2_4k_dbm,
    arm64_s2_64k,
    armv7_lpae,
    armv7_short,
    armv7_short_ap,
    dart1,
    dart2,
    ept,
    ept5,
    etnaviv_v2,
    exynos_v1,
    exynos_v5,
    intel_gen8,
    loongarch64,
    loongarch64_16k,
    mali_lpae,
    nv_ver2,
    nv_ver2_ampere,
    nv_ver3,
    nv_ver3_blackwell,
    powerpc_radix,
    powervr_rogue,
    rockchip_v1,
    rockchip_v2,
    s390,
    sparc_srmmu,
    sun50i,
    sv32,
    sv32x4,
    sv39,
    sv39x4,
    sv48,
    sv48x4,
    sv57,
    sv57x4,
    tegra_smmu,
    vtd_ss,
    x86_32,
    x86_64,
    x86_64_la57,
    x86_64_os,
    x86_pae,
    xe,
}
