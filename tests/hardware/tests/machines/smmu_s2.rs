//! Arm's stage 2, walked by an SMMUv3. The emulator has it since version 8.1.

use std::sync::Arc;

use gpt_formats::arm64_s2_4k::{Arm64S2_4k, Sh};
use gpt_hardware_tests::{Memory, Result, Version};
use gpt_runtime::Invalidation;

use crate::arm64::Granule;
use crate::dma;
use crate::smmu::{self, Smmu, Stage};
use crate::walker::{ALL, Access, Answer, AttributesOf, ChangeOf, Fault, Mapped, Privilege, Rights, Walker};

/// What the device needs for itself.
const STAGE: [Mapped; 1] = [dma::stage(smmu::MEMORY_START)];

/// The unit, with a device behind it.
pub(crate) struct Second(Smmu);

impl Walker for Second {
    type Format = Arm64S2_4k;

    const NAME: &'static str = "smmu";
    const EMULATOR: &'static str = "qemu-system-aarch64";
    const SINCE: Version = Version { major: 8, minor: 1, micro: 0 };
    const NOP: &'static [u8] = &[];
    const PRIVILEGES: &'static [Privilege] = &[Privilege::Kernel];
    const ACCESSES: &'static [Access] = &[Access::Load, Access::Store];
    const OUTPUT_BITS: u32 = 44;
    const TABLES: &'static [u64] = &smmu::TABLES;
    const DATA: (u64, u64) = smmu::DATA;
    const WRITES_BITS: bool = false;
    const WHY_NO_BITS: &'static str = "the emulated unit has no hardware update (IDR0.HTTU)";
    const NEEDS_FLAG: bool = true;
    const DEBUGGER: bool = false;
    const CHECKS_RESERVED: bool = false;
    const MALFORMED: &'static [Fault] = &[Fault::Absent];

    fn start() -> Result<Self> {
        Smmu::start(Granule::K4, Stage::Second).map(Self)
    }

    fn memory(&self) -> Arc<Memory> {
        self.0.memory()
    }

    fn input_bits() -> u32 {
        44
    }

    fn stage() -> &'static [Mapped] {
        &STAGE
    }

    fn rights() -> Vec<Rights> {
        let rights = |(read, write)| Rights { read, write, ..ALL };
        [(true, false), (false, true), (true, true)].into_iter().map(rights).collect()
    }

    fn allows(rights: Rights, _: Privilege, access: Access) -> bool {
        if access == Access::Store { rights.write } else { rights.read }
    }

    fn attributes(rights: Rights) -> AttributesOf<Self> {
        AttributesOf::<Self> {
            read: rights.read,
            write: rights.write,
            accessed: true,
            // Normal memory, cached.
            memory_type: 0xf,
            shareable: Sh::INNER,
            ..Default::default()
        }
    }

    fn same(attributes: AttributesOf<Self>, rights: Rights) -> bool {
        attributes == Self::attributes(rights)
    }

    fn events(_: AttributesOf<Self>) -> Option<(bool, bool)> {
        None
    }

    fn write_change(write: bool) -> ChangeOf<Self> {
        ChangeOf::<Self> { write: Some(write), ..Default::default() }
    }

    fn attach(&mut self, root: u64) -> Result<()> {
        self.0.attach(root)
    }

    fn access(&mut self, _: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
        self.0.access(access, va, value)
    }

    fn invalidate(&mut self, owed: Invalidation) -> Result<()> {
        self.0.invalidate(owed.first, owed.last, owed.smallest_page_lg2)
    }
}
